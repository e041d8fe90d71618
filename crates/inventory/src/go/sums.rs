//! `go.sum`: hashes of modules.

use std::collections::{BTreeMap, HashMap};

use faultline_package::{Ecosystem, Integrity, version};

use crate::listing::{Fault, hash_base64};
use crate::text::to_line;

use super::modfile::is_version;

/// Hashes by module and version, and where they stand.
#[derive(Debug, Default)]
pub(super) struct Sums {
    hashes: HashMap<(String, String), (Integrity, u32)>,
    /// Of these only the `go.mod` was needed: module, version and line.
    only_manifest: Vec<(String, String, u32)>,
    /// Lines that make no sense.
    pub faults: Vec<Fault>,
}

/// Reads a `go.sum`.
pub(super) fn parse(text: &str) -> Sums {
    let mut sums = Sums::default();
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let words: Vec<&str> = raw.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [path, version, _] if version.ends_with("/go.mod") => {
                let version = version.trim_end_matches("/go.mod").to_owned();
                sums.only_manifest.push(((*path).to_owned(), version, line));
            }
            [path, version, hash] if is_version(version) => {
                if let Some(integrity) = hash.strip_prefix("h1:").and_then(|h| hash_base64("h1", h)) {
                    let key = ((*path).to_owned(), (*version).to_owned());
                    sums.hashes.insert(key, (integrity, line));
                }
            }
            _ => sums.faults.push((line, "is not `module version hash`; run `go mod tidy`".to_owned())),
        }
    }
    sums
}

impl Sums {
    /// The hash of a module's archive.
    pub(super) fn of(&self, path: &str, version: &str) -> Option<&Integrity> {
        self.hashes.get(&(path.to_owned(), version.to_owned())).map(|(integrity, _)| integrity)
    }

    /// Per module the highest version of which the archive was needed: version and line.
    pub(super) fn highest(&self) -> BTreeMap<&str, (&str, u32)> {
        highest(self.hashes.iter().map(|((path, version), (_, line))| (path.as_str(), version.as_str(), *line)))
    }

    /// The same of modules of which only the `go.mod` was needed, to choose versions.
    pub(super) fn highest_unused(&self) -> BTreeMap<&str, (&str, u32)> {
        let mut all = highest(self.only_manifest.iter().map(|(path, version, line)| (&**path, &**version, *line)));
        for (path, _) in self.hashes.keys() {
            all.remove(path.as_str());
        }
        all
    }
}

fn highest<'a>(all: impl Iterator<Item = (&'a str, &'a str, u32)>) -> BTreeMap<&'a str, (&'a str, u32)> {
    let mut out: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
    for (path, version, line) in all {
        let entry = out.entry(path).or_insert((version, line));
        if version::compare(Ecosystem::Go, version, entry.0) == Some(std::cmp::Ordering::Greater) {
            *entry = (version, line);
        }
    }
    out
}
