//! `poetry.lock`, versions 1.x and 2.x.

use std::collections::HashMap;

use faultline_package::{Integrity, Scope};

use super::lock::{Lock, LockDependency, LockPackage, Under, integrity, normal, purl};
use super::problems::Problems;
use super::requirement::Requirement;
use super::scope;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Table, Value};
use super::uv::any_of;

/// Reads a `poetry.lock`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Lock {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    problems.toml_version(file, &doc, &["metadata", "lock-version"], &["1", "2"], "poetry");
    let tables: Vec<&Table> =
        toml::tables(&doc.root, "package").filter(|t| is_package(file, &doc, t, problems)).collect();
    let files = metadata_files(&doc.root);
    let packages = tables.iter().map(|table| package(file, &doc, table, &files)).collect();
    let mut lock = Lock::new(file, packages, true);
    for (index, table) in tables.iter().enumerate() {
        lock.packages[index].dependencies = dependencies(&lock, table);
    }
    lock
}

/// True when an entry names its package; an entry without a name is noted.
pub(super) fn is_package(file: &str, doc: &Doc, table: &Table, problems: &mut Problems) -> bool {
    let named = toml::text(table, "name").is_some_and(|name| !name.is_empty());
    if !named {
        let line = table.keys().next().map_or(0, |key| doc.lines.of(key.span().start));
        problems.entry(file, line, "a package without a name");
    }
    named
}

/// Files by normalised package name, as lockfiles before 2.0 list them at their end.
type Files = HashMap<String, Vec<Integrity>>;

fn metadata_files(root: &Table) -> Files {
    let files = toml::table(root, &["metadata", "files"]);
    files.into_iter().flatten().map(|(name, list)| (normal(name.get_ref()), hashes(list))).collect()
}

fn hashes(list: &Value) -> Vec<Integrity> {
    toml::items(list)
        .iter()
        .filter_map(toml::as_table)
        .filter_map(|file| integrity(toml::text(file, "hash")?, toml::text(file, "file")))
        .collect()
}

fn package(file: &str, doc: &Doc, table: &Table, files: &Files) -> LockPackage {
    let purl = purl(toml::text(table, "name").unwrap_or_default(), toml::text(table, "version"));
    let integrity = match table.get("files") {
        Some(list) => hashes(list),
        None => files.get(purl.name()).cloned().unwrap_or_default(),
    };
    LockPackage {
        source: source(file, table),
        integrity,
        marker: marker(table),
        file: None,
        line: doc.line_of(table, "name"),
        hint: hint(table),
        direct: false,
        dependencies: Vec::new(),
        purl,
    }
}

/// `markers` is one text, or one text per group.
fn marker(table: &Table) -> Option<String> {
    let value = table.get("markers")?;
    if let Some(text) = toml::as_text(value) {
        return Some(text.to_owned());
    }
    let groups = toml::as_table(value)?;
    let mut texts: Vec<&str> = groups.values().filter_map(toml::as_text).collect();
    // A group without a condition makes the package unconditional.
    let unconditional = toml::list(table, "groups").len() > groups.len();
    texts.sort_unstable();
    texts.dedup();
    if unconditional { None } else { any_of(&texts) }
}

/// Scope by the lockfile's own word: `groups` since 2.1, `category` before 1.5, `optional` always.
fn hint(table: &Table) -> Scope {
    let groups = toml::texts(table, "groups");
    let strongest = groups.iter().map(|group| scope::of_group(group)).min();
    let by_category = toml::text(table, "category").map(scope::of_group);
    let scope = strongest.or(by_category).unwrap_or(Scope::Runtime);
    if toml::is_set(table, "optional") { scope.max(Scope::Optional) } else { scope }
}

fn source(file: &str, table: &Table) -> Source {
    let Some(source) = toml::table(table, &["source"]) else { return Source::registry(None) };
    let url = toml::text(source, "url").unwrap_or_default();
    match toml::text(source, "type") {
        Some("git") => {
            let revision = toml::text(source, "resolved_reference").or(toml::text(source, "reference"));
            Source::git(url, revision)
        }
        Some("directory") => Source::folder(file, url),
        Some("file" | "url") => Source::archive(url),
        _ => Source::registry(Some(url)),
    }
}

fn dependencies(lock: &Lock, table: &Table) -> Vec<LockDependency> {
    let extras = extras_by_dependency(table);
    let listed = toml::table(table, &["dependencies"]);
    let mut found = Vec::new();
    for (name, value) in listed.into_iter().flatten() {
        let name = normal(name.get_ref());
        for entry in std::iter::once(value).chain(toml::items(value)).filter(|v| toml::items(v).is_empty()) {
            dependency(lock, &name, entry, &extras, &mut found);
        }
    }
    found
}

/// One entry: a version text, or a table with `version`, `markers`, `extras`, `optional`.
fn dependency(lock: &Lock, name: &str, entry: &Value, extras: &Extras, found: &mut Vec<LockDependency>) {
    let table = toml::as_table(entry);
    let requirement = toml::as_text(entry).or(table.and_then(|t| toml::text(t, "version"))).unwrap_or_default();
    let marker = table.and_then(|t| toml::text(t, "markers")).map(str::to_owned);
    let wanted: Vec<String> =
        table.map_or_else(Vec::new, |t| toml::texts(t, "extras")).into_iter().map(normal).collect();
    let unders = if table.is_some_and(|t| toml::is_set(t, "optional")) {
        extras.get(name).cloned().unwrap_or_else(|| vec![Under::Extra(String::new())])
    } else {
        vec![Under::Base]
    };
    for to in lock.matching(name, requirement) {
        for under in &unders {
            found.push(LockDependency {
                to,
                under: under.clone(),
                extras: wanted.clone(),
                requirement: requirement.to_owned(),
                marker: marker.clone(),
            });
        }
    }
}

/// The extras of a package under which it needs another.
type Extras = HashMap<String, Vec<Under>>;

fn extras_by_dependency(table: &Table) -> Extras {
    let mut found = Extras::new();
    for (extra, list) in toml::table(table, &["extras"]).into_iter().flatten() {
        for requirement in toml::items(list).iter().filter_map(toml::as_text).filter_map(Requirement::parse) {
            found.entry(normal(&requirement.name)).or_default().push(Under::Extra(normal(extra.get_ref())));
        }
    }
    found
}
