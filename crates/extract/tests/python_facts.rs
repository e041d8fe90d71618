//! Python fixtures beside the facts they give: `tests/fixtures/python/NAME.py` and `NAME.facts`.
//!
//! `UPDATE_FIXTURES=1 cargo test -p faultline-extract --test python_facts` writes the facts anew; review them.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail loudly")]

use std::path::{Path, PathBuf};

use faultline_extract::{dump, extract};
use faultline_facts::Language;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/python");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn fixtures_give_the_reviewed_facts() {
    let mut wrong = Vec::new();
    for path in fixtures() {
        let found = dump(&extract(Language::Python, &std::fs::read(&path).unwrap()));
        let facts = path.with_extension("facts");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&facts, &found).unwrap();
        }
        let wanted = std::fs::read_to_string(&facts).unwrap_or_default();
        if let Some((at, (wanted, found))) = first_difference(&wanted, &found) {
            wrong.push(format!("{}:{at}\n  wanted {wanted}\n  found  {found}", facts.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn first_difference(wanted: &str, found: &str) -> Option<(usize, (String, String))> {
    let (mut wanted, mut found) = (wanted.lines(), found.lines());
    for at in 1.. {
        match (wanted.next(), found.next()) {
            (None, None) => return None,
            (a, b) if a == b => {}
            (a, b) => return Some((at, (a.unwrap_or("nothing").to_owned(), b.unwrap_or("nothing").to_owned()))),
        }
    }
    None
}
