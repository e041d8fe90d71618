//! `uv.lock`.

use std::collections::HashMap;

use faultline_package::{Integrity, Origin, Scope};

use super::lock::{Lock, LockDependency, LockPackage, Under, integrity, normal, purl, url_file};
use super::poetry::is_package;
use super::problems::Problems;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Table};
use crate::text::folder;

/// Reads a `uv.lock`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Lock {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    problems.toml_version(file, &doc, &["version"], &["1"], "uv");
    let tables: Vec<&Table> =
        toml::tables(&doc.root, "package").filter(|t| is_package(file, &doc, t, problems)).collect();
    let packages = tables.iter().map(|table| package(file, &doc, table)).collect();
    let mut lock = Lock::new(file, packages, true);
    lock.has_direct = true;
    lock.roots = roots(&lock, &doc, &tables);
    let asked = requirements(&tables);
    for (index, table) in tables.iter().enumerate() {
        lock.packages[index].dependencies = dependencies(&lock, table, asked.get(&index));
    }
    lock
}

fn package(file: &str, doc: &Doc, table: &Table) -> LockPackage {
    LockPackage {
        purl: purl(toml::text(table, "name").unwrap_or_default(), toml::text(table, "version")),
        source: source(file, table),
        integrity: hashes(table),
        marker: any_of(&toml::texts(table, "resolution-markers")),
        file: None,
        line: doc.line_of(table, "name"),
        hint: Scope::Runtime,
        direct: false,
        dependencies: Vec::new(),
    }
}

/// Several markers of which one has to hold, as one.
pub(super) fn any_of(markers: &[&str]) -> Option<String> {
    match markers {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => Some(many.iter().map(|m| format!("({m})")).collect::<Vec<_>>().join(" or ")),
    }
}

/// Origin, what tells the source apart, and the folder for packages of the checkout.
fn source(file: &str, table: &Table) -> Source {
    let Some(source) = toml::table(table, &["source"]) else { return Source::registry(None) };
    let of = |key| toml::text(source, key);
    if let Some(local) = of("editable").or(of("virtual")).or(of("directory")) {
        return Source::folder(file, local);
    }
    if let Some(git) = of("git") {
        return Source::git(git, None);
    }
    if let Some(url) = of("url").or(of("path")) {
        return Source::archive(url);
    }
    Source::registry(of("registry"))
}

fn hashes(table: &Table) -> Vec<Integrity> {
    let sdist = toml::table(table, &["sdist"]);
    sdist.into_iter().chain(toml::tables(table, "wheels")).filter_map(artifact_hash).collect()
}

fn artifact_hash(artifact: &Table) -> Option<Integrity> {
    let file = toml::text(artifact, "filename")
        .or_else(|| toml::text(artifact, "url").or(toml::text(artifact, "path")).and_then(url_file));
    integrity(toml::text(artifact, "hash")?, file)
}

/// Workspace members, and the package of the lockfile's own folder.
fn roots(lock: &Lock, doc: &Doc, tables: &[&Table]) -> Vec<(String, u32)> {
    let members: Vec<String> = toml::table(&doc.root, &["manifest"])
        .map(|manifest| toml::texts(manifest, "members").into_iter().map(normal).collect())
        .unwrap_or_default();
    let home = folder(&lock.file);
    let is_project = |index: usize, package: &LockPackage| {
        let local = package.source.origin == Origin::Path && package.source.path.is_some();
        let editable = toml::table(tables[index], &["source"]).is_some_and(|s| !s.contains_key("directory"));
        local
            && (package.source.path.as_deref() == Some(home)
                || editable && members.iter().any(|m| m == package.purl.name()))
    };
    let projects = lock.packages.iter().enumerate().filter(|(index, package)| is_project(*index, package));
    projects.map(|(index, package)| (package.source.path.clone().unwrap_or_default(), index as u32)).collect()
}

/// What a project's metadata asks for, by condition and name.
type Asked = HashMap<(Under, String), String>;

fn requirements(tables: &[&Table]) -> HashMap<usize, Asked> {
    let with_metadata = tables.iter().enumerate().filter_map(|(i, t)| Some((i, toml::table(t, &["metadata"])?)));
    with_metadata.map(|(index, metadata)| (index, asked(metadata))).collect()
}

fn asked(metadata: &Table) -> Asked {
    let mut asked = Asked::new();
    for entry in toml::tables(metadata, "requires-dist") {
        let under = toml::text(entry, "marker").and_then(extra_of).map_or(Under::Base, Under::Extra);
        note(&mut asked, under, entry);
    }
    for (group, list) in toml::table(metadata, &["requires-dev"]).into_iter().flatten() {
        for entry in toml::items(list).iter().filter_map(toml::as_table) {
            note(&mut asked, Under::Group(group.get_ref().to_string()), entry);
        }
    }
    asked
}

fn note(asked: &mut Asked, under: Under, entry: &Table) {
    let (Some(name), Some(specifier)) = (toml::text(entry, "name"), toml::text(entry, "specifier")) else { return };
    let known = asked.entry((under, normal(name))).or_default();
    if !known.is_empty() {
        known.push_str(" || ");
    }
    known.push_str(specifier);
}

/// The extra in a marker `… extra == 'name'`.
pub(super) fn extra_of(marker: &str) -> Option<String> {
    let rest = marker.split_once("extra")?.1.trim_start().strip_prefix("==")?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    rest[1..].split_once(quote).map(|(name, _)| normal(name))
}

fn dependencies(lock: &Lock, table: &Table, asked: Option<&Asked>) -> Vec<LockDependency> {
    let mut found = Vec::new();
    let mut add = |under: &Under, entry: &Table| {
        found.extend(dependency(lock, under, entry, asked));
    };
    toml::tables(table, "dependencies").for_each(|entry| add(&Under::Base, entry));
    for (extra, list) in toml::table(table, &["optional-dependencies"]).into_iter().flatten() {
        let under = Under::Extra(normal(extra.get_ref()));
        toml::items(list).iter().filter_map(toml::as_table).for_each(|entry| add(&under, entry));
    }
    for key in ["dev-dependencies", "dependency-groups"] {
        for (group, list) in toml::table(table, &[key]).into_iter().flatten() {
            let under = Under::Group(group.get_ref().to_string());
            toml::items(list).iter().filter_map(toml::as_table).for_each(|entry| add(&under, entry));
        }
    }
    found
}

fn dependency(lock: &Lock, under: &Under, entry: &Table, asked: Option<&Asked>) -> Vec<LockDependency> {
    let Some(name) = toml::text(entry, "name").map(normal) else { return Vec::new() };
    let extras: Vec<String> =
        toml::texts(entry, "extra").into_iter().chain(toml::texts(entry, "extras")).map(normal).collect();
    let requirement = asked.and_then(|asked| asked.get(&(under.clone(), name.clone()))).cloned().unwrap_or_default();
    let to = targets(lock, &name, entry);
    to.into_iter()
        .map(|to| LockDependency {
            to,
            under: under.clone(),
            extras: extras.clone(),
            requirement: requirement.clone(),
            marker: toml::text(entry, "marker").map(str::to_owned),
        })
        .collect()
}

/// The packages that an entry means: version and source are given only where the name is not enough.
fn targets(lock: &Lock, name: &str, entry: &Table) -> Vec<u32> {
    let version = toml::text(entry, "version").map(|version| purl(name, Some(version)));
    let source = source(&lock.file, entry).address;
    let fits = |index: &&u32| {
        let package = &lock.packages[**index as usize];
        version.as_ref().is_none_or(|version| package.purl == *version)
            && (source.is_none() || package.source.address == source)
    };
    let exact: Vec<u32> = lock.named(name).iter().filter(fits).copied().collect();
    if exact.is_empty() { lock.named(name).to_vec() } else { exact }
}
