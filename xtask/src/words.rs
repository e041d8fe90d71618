//! Words that stand nowhere: host names of package registries.

use crate::Fault;

/// Host names in pieces, so that this file passes its own check.
const HOSTS: [&[&str]; 12] = [
    &["npm", "js.", "org"],
    &["npm", "js.", "com"],
    &["yarn", "pkg.", "com"],
    &["py", "pi.", "org"],
    &["python", "hosted.", "org"],
    &["maven.", "apache.", "org"],
    &["repo1.", "maven.", "org"],
    &["proxy.", "go", "lang.", "org"],
    &["index.", "crates.", "io"],
    &["static.", "crates.", "io"],
    &["api.", "nu", "get.", "org"],
    &["repo.", "pack", "agist.", "org"],
];

pub(crate) fn check(texts: &[(String, String)]) -> Vec<Fault> {
    let hosts = HOSTS.map(<[&str]>::concat);
    let mut faults = Vec::new();
    for (path, text) in texts {
        for (index, line) in text.lines().enumerate() {
            if let Some(host) = hosts.iter().find(|host| line.contains(host.as_str())) {
                let pieces = host.replace('.', " ");
                faults
                    .push(format!("{path}:{}: names a registry's host ({pieces}); write registry.example", index + 1));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_found_with_its_line() {
        let text = format!("fine\nhttps://registry.{}/qs", HOSTS[0].concat());
        let faults = check(&[("a.lock".to_owned(), text)]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("a.lock:2: "));
        assert!(check(&[("b".to_owned(), "https://registry.example/qs".to_owned())]).is_empty());
    }
}
