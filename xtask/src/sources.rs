//! What the source of a crate may hold: input and output, printing, SQL, parsers, a doc on every crate.

use crate::Fault;
use crate::files::Crate;

/// A rule: these texts stand only in these crates.
struct Rule {
    texts: &'static [&'static str],
    only: &'static [&'static str],
    what: &'static str,
}

const RULES: [Rule; 4] = [
    Rule {
        texts: &["std::fs", "std::net", "std::os", "File::open", "walkdir::", "ureq::"],
        only: &["source", "store", "engine", "campaign", "server", "cli", "testkit"],
        what: "does I/O",
    },
    Rule {
        texts: &["process::Command", "Command::new("],
        only: &["source", "campaign", "testkit"],
        what: "starts a process",
    },
    Rule {
        texts: &["println!", "print!(", "process::exit", "io::stdout", "io::stderr"],
        only: &["cli", "server", "testkit"],
        what: "prints or exits",
    },
    Rule {
        texts: &["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"CREATE TABLE", "rusqlite"],
        only: &["store"],
        what: "speaks SQL",
    },
];

/// Parser crates: no type of theirs leaves `extract`.
const PARSERS: [&str; 4] = ["oxc_", "ruff_", "tree-sitter", "ra_ap_"];

pub(crate) fn check(crates: &[Crate]) -> Vec<Fault> {
    crates
        .iter()
        .flat_map(|member| {
            let mut faults = parsers(member);
            faults.extend(docs(member));
            faults.extend(member.sources.iter().flat_map(|(path, text)| rules(&member.name, path, text)));
            faults
        })
        .collect()
}

fn parsers(member: &Crate) -> Vec<Fault> {
    let tables = ["dependencies", "build-dependencies"];
    let used = tables.iter().filter_map(|t| member.manifest.get(*t)?.as_table()).flat_map(toml::Table::keys);
    used.filter(|name| member.name != "extract" && PARSERS.iter().any(|p| name.starts_with(p)))
        .map(|name| format!("crates/{}/Cargo.toml: uses the parser `{name}`; only extract may", member.name))
        .collect()
}

fn docs(member: &Crate) -> Vec<Fault> {
    let is_root = |path: &str| path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs");
    member
        .sources
        .iter()
        .filter(|(path, text)| is_root(path) && !text.starts_with("//!"))
        .map(|(path, _)| format!("{path}:1: says nothing about its purpose; begin with `//!`"))
        .collect()
}

fn rules(name: &str, path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in code_lines(text) {
        for rule in RULES.iter().filter(|rule| !rule.only.contains(&name)) {
            if rule.texts.iter().any(|t| line.contains(t)) {
                faults.push(format!("{path}:{number}: {}; only {} may", rule.what, rule.only.join(", ")));
            }
        }
    }
    faults
}

/// Numbered lines without comments; tests stand at the end of a file and do as they like.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, source: &str) -> Crate {
        let sources = vec![(format!("crates/{name}/src/lib.rs"), source.to_owned())];
        Crate { name: name.to_owned(), manifest: toml::Table::new(), sources }
    }

    #[test]
    fn each_rule_holds_outside_its_crates_only() {
        let source = "//! Doc.\nuse std::fs;\nfn f() { println!(); }\nfn g() { Command::new(\"x\"); }\nconst Q: &str = \"SELECT 1\";\n";
        let places: Vec<String> = check(&[member("reach", source)]);
        assert_eq!(places.len(), 4, "{places:?}");
        assert!(places[0].starts_with("crates/reach/src/lib.rs:2: does I/O"));
        assert_eq!(check(&[member("store", source)]).len(), 2);
    }

    #[test]
    fn comments_and_tests_are_free() {
        let source = "//! Doc.\n// println!\n#[cfg(test)]\nmod tests { fn f() { println!(); } }\n";
        assert_eq!(check(&[member("reach", source)]), Vec::<Fault>::new());
    }

    #[test]
    fn a_crate_without_doc_is_a_fault() {
        assert_eq!(check(&[member("reach", "fn f() {}\n")]).len(), 1);
    }

    #[test]
    fn parsers_stay_in_extract() {
        let mut outside = member("reach", "//! Doc.\n");
        outside.manifest = "[dependencies]\noxc_ast = '1'".parse().unwrap();
        assert_eq!(check(&[outside]).len(), 1);
    }
}
