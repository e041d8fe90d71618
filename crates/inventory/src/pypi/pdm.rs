//! `pdm.lock`.

use faultline_package::{Integrity, Scope};

use super::lock::{Lock, LockDependency, LockPackage, Under, integrity, normal, purl, url_file};
use super::poetry::is_package;
use super::problems::Problems;
use super::requirement::Requirement;
use super::scope;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Table};

/// Reads a `pdm.lock`. A package with extras is an entry of its own; it becomes a condition of the plain one.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Lock {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    problems.toml_version(file, &doc, &["metadata", "lock_version"], &["1", "2", "3", "4"], "pdm");
    let tables: Vec<&Table> =
        toml::tables(&doc.root, "package").filter(|t| is_package(file, &doc, t, problems)).collect();
    let (plain, with_extras): (Vec<&Table>, Vec<&Table>) =
        tables.into_iter().partition(|table| toml::texts(table, "extras").is_empty());
    let alone = with_extras.iter().filter(|extra| !plain.iter().any(|table| same(table, extra)));
    let kept: Vec<&Table> = plain.iter().chain(alone).copied().collect();
    let packages = kept.iter().map(|table| package(file, &doc, table)).collect();
    let mut lock = Lock::new(file, packages, true);
    for (index, table) in kept.iter().enumerate() {
        lock.packages[index].dependencies = dependencies(&lock, table, &[Under::Base]);
    }
    for table in with_extras {
        add_extra(&mut lock, table);
    }
    lock
}

fn same(one: &Table, other: &Table) -> bool {
    let key = |table| (toml::text(table, "name").map(normal), toml::text(table, "version").map(str::to_owned));
    key(one) == key(other)
}

fn package(file: &str, doc: &Doc, table: &Table) -> LockPackage {
    let groups = toml::texts(table, "groups");
    LockPackage {
        purl: purl(toml::text(table, "name").unwrap_or_default(), toml::text(table, "version")),
        source: source(file, table),
        integrity: hashes(table),
        marker: toml::text(table, "marker").map(str::to_owned),
        file: None,
        line: doc.line_of(table, "name"),
        hint: groups.iter().map(|g| scope::of_unknown_group(g)).min().unwrap_or(Scope::Runtime),
        direct: false,
        dependencies: Vec::new(),
    }
}

fn source(file: &str, table: &Table) -> Source {
    let of = |key| toml::text(table, key);
    if let Some(git) = of("git").or(of("hg")).or(of("svn")) {
        let revision = of("revision").or(of("ref"));
        return Source::git(git, revision);
    }
    if let Some(path) = of("path") {
        return Source::of_url(file, path);
    }
    match of("url") {
        Some(url) => Source::archive(url),
        None => Source::registry(None),
    }
}

fn hashes(table: &Table) -> Vec<Integrity> {
    toml::tables(table, "files")
        .filter_map(|artifact| {
            let name = toml::text(artifact, "file").or_else(|| toml::text(artifact, "url").and_then(url_file));
            integrity(toml::text(artifact, "hash")?, name)
        })
        .collect()
}

fn dependencies(lock: &Lock, table: &Table, unders: &[Under]) -> Vec<LockDependency> {
    let mut found = Vec::new();
    for requirement in toml::texts(table, "dependencies").into_iter().filter_map(Requirement::parse) {
        let extras: Vec<String> = requirement.extras.iter().map(|e| normal(e)).collect();
        for to in lock.matching(&normal(&requirement.name), &requirement.specifier) {
            found.extend(unders.iter().map(|under| LockDependency {
                to,
                under: under.clone(),
                extras: extras.clone(),
                requirement: requirement.asked().to_owned(),
                marker: requirement.marker.clone(),
            }));
        }
    }
    found
}

/// Adds the dependencies of an entry with extras to the plain entry of the same version.
fn add_extra(lock: &mut Lock, table: &Table) {
    let unders: Vec<Under> = toml::texts(table, "extras").into_iter().map(|e| Under::Extra(normal(e))).collect();
    let wanted = purl(toml::text(table, "name").unwrap_or_default(), toml::text(table, "version"));
    let base = lock.named(wanted.name()).iter().copied().find(|i| lock.packages[*i as usize].purl == wanted);
    let Some(base) = base else { return };
    let found: Vec<LockDependency> =
        dependencies(lock, table, &unders).into_iter().filter(|dependency| dependency.to != base).collect();
    lock.packages[base as usize].dependencies.extend(found);
}
