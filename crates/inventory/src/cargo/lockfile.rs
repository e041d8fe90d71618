//! `Cargo.lock`, versions 1 to 4.

use std::collections::HashMap;

use faultline_package::Origin;

use crate::listing::{Fault, REGENERATE};
use crate::toml_doc::{self, Doc, Table};

/// A lockfile.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// Its packages.
    pub packages: Vec<Locked>,
    /// Indexes by name.
    pub by_name: HashMap<String, Vec<usize>>,
    /// Entries that make no sense.
    pub faults: Vec<Fault>,
    /// Why the graph may not be complete: code, line and detail.
    pub gaps: Vec<(&'static str, u32, String)>,
}

/// A package of a lockfile.
#[derive(Debug, Clone)]
pub(super) struct Locked {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Registry or git repository as written; none for folders.
    pub source: Option<String>,
    /// SHA-256 of its archive.
    pub checksum: Option<String>,
    /// 1-based line of its name.
    pub line: u32,
    /// Indexes of what it depends on.
    pub dependencies: Vec<usize>,
    /// What it depends on but the lockfile does not hold.
    pub missing: Vec<String>,
}

/// The newest version of the format that is known.
const NEWEST: i64 = 4;

/// Reads a lockfile. What comes before and after a fault is kept.
pub(super) fn parse(text: &str) -> Lock {
    let doc = toml_doc::parse(text);
    let mut lock = Lock::default();
    let faults = doc.faults.iter();
    lock.faults = faults.map(|(line, why)| (*line, format!("is not valid TOML: {why}; {REGENERATE}"))).collect();
    check_version(&doc, &mut lock);
    let mut written = Vec::new();
    for value in toml_doc::list(&doc.root, "package") {
        let Some(table) = toml_doc::as_table(value) else { continue };
        match package(&doc, table) {
            Some(package) => {
                written.push(toml_doc::texts(table, "dependencies"));
                lock.by_name.entry(package.name.clone()).or_default().push(lock.packages.len());
                lock.packages.push(package);
            }
            None if lock.faults.is_empty() => {
                let line = doc.line(value);
                lock.faults.push((line, format!("a package has no name or no version; {REGENERATE}")));
            }
            None => {}
        }
    }
    root_of_old(&doc, &mut lock, &mut written);
    for (index, dependencies) in written.iter().enumerate() {
        for text in dependencies {
            match lock.resolve(text) {
                Some(to) => lock.packages[index].dependencies.push(to),
                None => lock.packages[index].missing.push((*text).to_owned()),
            }
        }
    }
    checksums_of_old(&doc, &mut lock);
    lock
}

fn check_version(doc: &Doc, lock: &mut Lock) {
    let Some(value) = doc.root.get("version") else { return };
    let number = match value.get_ref() {
        toml::de::DeValue::Integer(number) => number.to_string().parse::<i64>().ok(),
        _ => None,
    };
    if number.is_none_or(|number| number > NEWEST) {
        let detail = "its version is not known (known are 1 to 4), so packages may be missing; regenerate it with an older cargo";
        lock.gaps.push(("lockfile_version_unknown", doc.line(value), detail.to_owned()));
    }
}

fn package(doc: &Doc, table: &Table) -> Option<Locked> {
    Some(Locked {
        name: toml_doc::text(table, "name").filter(|name| !name.is_empty())?.to_owned(),
        version: toml_doc::text(table, "version").filter(|version| !version.is_empty())?.to_owned(),
        source: toml_doc::text(table, "source").map(str::to_owned),
        checksum: toml_doc::text(table, "checksum").map(str::to_owned),
        line: doc.line_of(table, "name"),
        dependencies: Vec::new(),
        missing: Vec::new(),
    })
}

/// The oldest lockfiles keep the project itself under `[root]`.
fn root_of_old<'d>(doc: &'d Doc, lock: &mut Lock, written: &mut Vec<Vec<&'d str>>) {
    let Some(table) = toml_doc::table(&doc.root, &["root"]) else { return };
    let Some(package) = package(doc, table) else { return };
    written.push(toml_doc::texts(table, "dependencies"));
    lock.by_name.entry(package.name.clone()).or_default().push(lock.packages.len());
    lock.packages.push(package);
}

/// Version 1 keeps checksums apart: `"checksum name version (source)" = "…"`.
fn checksums_of_old(doc: &Doc, lock: &mut Lock) {
    for (key, value) in toml_doc::table(&doc.root, &["metadata"]).into_iter().flatten() {
        let package = key.get_ref().strip_prefix("checksum ").and_then(|text| lock.resolve(text));
        if let Some((index, checksum)) = package.zip(toml_doc::as_text(value)) {
            lock.packages[index].checksum = Some(checksum.to_owned());
        }
    }
}

impl Lock {
    /// The package behind `name`, `name version` or `name version (source)`.
    fn resolve(&self, text: &str) -> Option<usize> {
        let mut words = text.splitn(3, ' ');
        let (name, version) = (words.next()?, words.next());
        let source = words.next().map(|source| source.trim_start_matches('(').trim_end_matches(')'));
        let fits = |index: &&usize| {
            let package = &self.packages[**index];
            version.is_none_or(|version| package.version == version)
                && source.is_none_or(|source| package.source.as_deref().is_some_and(|s| same_source(s, source)))
        };
        self.by_name.get(name)?.iter().find(fits).copied()
    }
}

/// A git source of a dependency has no commit behind `#`.
fn same_source(full: &str, short: &str) -> bool {
    full == short || full.split('#').next() == Some(short)
}

impl Locked {
    /// Where it comes from.
    pub(super) fn origin(&self) -> Origin {
        match self.source.as_deref() {
            None => Origin::Path,
            Some(source) if source.starts_with("git+") => Origin::Git,
            Some(source) if source.starts_with("path+") => Origin::Path,
            Some(_) => Origin::Registry,
        }
    }
}
