//! `Pipfile` and `Pipfile.lock`.

use faultline_package::{Location, Scope};

use super::lock::{Lock, LockPackage, integrity, normal, purl};
use super::manifest::{Declared, Manifest};
use super::problems::Problems;
use super::pyproject::set_source;
use super::requirement::pin;
use super::scope;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Value};
use crate::npm::doc::{self, Entry, Item};

/// Reads a `Pipfile`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Manifest {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    let mut manifest = Manifest { is_project: true, ..Manifest::default() };
    for (category, table) in &doc.root {
        let Some(scope) = category_scope(category.get_ref()) else { continue };
        for (name, value) in toml::as_table(table).into_iter().flatten() {
            manifest.declared.push(declared(file, &doc, name.get_ref(), value, scope));
        }
    }
    manifest.declared.sort_by_key(|declared| declared.location.line);
    manifest
}

/// The scope of a category; `None` for tables that hold no packages.
fn category_scope(category: &str) -> Option<Scope> {
    match category {
        "packages" | "default" => Some(Scope::Runtime),
        "dev-packages" | "develop" => Some(Scope::Dev),
        "source" | "requires" | "scripts" | "pipenv" | "global" | "_meta" => None,
        other => Some(scope::of_group(other)),
    }
}

fn declared(file: &str, doc: &Doc, name: &str, value: &Value, scope: Scope) -> Declared {
    let table = toml::as_table(value);
    let requirement = toml::as_text(value).or(table.and_then(|t| toml::text(t, "version"))).unwrap_or_default();
    let mut declared = Declared {
        name: normal(name),
        requirement: requirement.to_owned(),
        extras: table.map_or_else(Vec::new, |t| toml::texts(t, "extras")).into_iter().map(normal).collect(),
        marker: table.and_then(|t| toml::text(t, "markers")).map(str::to_owned),
        scope,
        source: Source::registry(None),
        location: Location { file: file.to_owned(), line: doc.line(value) },
    };
    if let Some(table) = table {
        set_source(&mut declared, table, file);
    }
    declared
}

/// Reads a `Pipfile.lock`. It is flat: no package says what it needs.
pub(super) fn read_lock(file: &str, text: &str, problems: &mut Problems) -> Lock {
    if text.trim().is_empty() {
        return Lock::new(file, Vec::new(), false);
    }
    let root = match doc::json(text, false) {
        Ok(root) => root,
        Err((line, why)) => {
            problems.broken(file, line, why);
            return Lock::new(file, Vec::new(), false);
        }
    };
    if let Some(spec) = root.get("_meta").and_then(|meta| meta.get("pipfile-spec")) {
        let found = match &spec.value {
            doc::Value::Text(text) | doc::Value::Number(text) => text,
            _ => "of another type",
        };
        problems.version(file, spec.line, found, &["1", "2", "3", "4", "5", "6"], "pipenv");
    }
    let mut packages = Vec::new();
    for category in root.entries() {
        let Some(scope) = category_scope(&category.key) else { continue };
        for entry in category.item.entries().iter().filter(|entry| !entry.key.is_empty()) {
            if entry.item.is_map() {
                packages.push(package(file, entry, scope));
            } else {
                problems.entry(file, entry.line, &format!("`{}` is no table", entry.key));
            }
        }
    }
    Lock::new(file, packages, false)
}

fn package(file: &str, entry: &Entry, hint: Scope) -> LockPackage {
    let item = &entry.item;
    let version = item.text_of("version").and_then(|v| pin(v).or(Some(v).filter(|v| starts_with_digit(v))));
    let hashes = item.get("hashes").map_or(&[][..], Item::items);
    LockPackage {
        purl: purl(&entry.key, version),
        source: source(file, item),
        integrity: hashes.iter().filter_map(|hash| integrity(hash.text()?, None)).collect(),
        marker: item.text_of("markers").map(str::to_owned),
        file: None,
        line: entry.line,
        hint,
        direct: false,
        dependencies: Vec::new(),
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn source(file: &str, item: &Item) -> Source {
    let of = |key| item.text_of(key);
    if let Some(git) = of("git").or(of("hg")).or(of("svn")) {
        return Source::git(git, of("ref"));
    }
    match of("path").or(of("file")).or(of("uri")) {
        Some(address) => Source::of_url(file, address),
        None => Source::registry(of("index")),
    }
}
