//! Names that a mistyped one may have meant.

use std::collections::BTreeSet;

/// The most names that are offered.
const MOST: usize = 3;

/// `; did you mean ...` with the names most like `wanted`; empty when none is like it.
pub(crate) fn alike<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> String {
    let last = last_part(wanted);
    let most = (last.chars().count() / 3).clamp(1, 3);
    let parts: BTreeSet<&str> = names.map(last_part).filter(|name| is_name(name)).collect();
    let near = |name: &&str| name.chars().count().abs_diff(last.chars().count()) <= most;
    let mut found: Vec<(usize, &str)> = parts
        .into_iter()
        .filter(near)
        .map(|name| (strsim::osa_distance(&last.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    found.sort_unstable();
    let names: Vec<String> = found.iter().take(MOST).map(|(_, name)| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!("; did you mean {}?", names.join(" or ")) }
}

fn last_part(name: &str) -> &str {
    name.rsplit(['.', ':', '/', '#']).next().unwrap_or(name)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() < 100 && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["lib/parse.js:parse", "lib/x.js:Parser.parsed", "lib/x.js:stringify", "lib/x.js:<anonymous:1:2>"];
        assert_eq!(alike("prase", names.into_iter()), "; did you mean `parse`?");
        assert_eq!(alike("qs.Parse", names.into_iter()), "; did you mean `parse` or `parsed`?");
        assert_eq!(alike("completely", names.into_iter()), "");
    }
}
