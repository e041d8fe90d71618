//! `pylock.toml` (PEP 751).

use faultline_package::{Integrity, Origin, Scope};

use super::lock::{Lock, LockDependency, LockPackage, Under, hashed, normal, purl, url_file};
use super::poetry::is_package;
use super::problems::Problems;
use super::scope;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Table};
use crate::text::folder;

/// Reads a `pylock.toml`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Lock {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    problems.toml_version(file, &doc, &["lock-version"], &["1"], "tool");
    let tables: Vec<&Table> =
        toml::tables(&doc.root, "packages").filter(|t| is_package(file, &doc, t, problems)).collect();
    let packages = tables.iter().map(|table| package(file, &doc, table)).collect();
    let has_edges = tables.iter().any(|table| table.contains_key("dependencies"));
    let mut lock = Lock::new(file, packages, has_edges);
    lock.roots = own_folder(&lock);
    for (index, table) in tables.iter().enumerate() {
        lock.packages[index].dependencies = dependencies(&lock, table);
    }
    lock
}

/// The project itself, when it is listed as a folder.
fn own_folder(lock: &Lock) -> Vec<(String, u32)> {
    let home = folder(&lock.file);
    let own = lock
        .packages
        .iter()
        .position(|package| package.source.origin == Origin::Path && package.source.path.as_deref() == Some(home));
    own.map(|index| (home.to_owned(), index as u32)).into_iter().collect()
}

fn package(file: &str, doc: &Doc, table: &Table) -> LockPackage {
    let marker = toml::text(table, "marker").map(str::to_owned);
    LockPackage {
        purl: purl(toml::text(table, "name").unwrap_or_default(), toml::text(table, "version")),
        source: source(file, table),
        integrity: hashes(table),
        hint: marker.as_deref().map_or(Scope::Runtime, scope_of_marker),
        marker,
        file: None,
        line: doc.line_of(table, "name"),
        direct: false,
        dependencies: Vec::new(),
    }
}

fn source(file: &str, table: &Table) -> Source {
    let of = |key: &str, inner: &str| toml::table(table, &[key]).and_then(|t| toml::text(t, inner));
    if toml::table(table, &["vcs"]).is_some() {
        let url = of("vcs", "url").or(of("vcs", "path")).unwrap_or_default();
        let commit = of("vcs", "commit-id").or(of("vcs", "requested-revision"));
        return Source::git(url, commit);
    }
    if let Some(path) = of("directory", "path") {
        return Source::folder(file, path);
    }
    if toml::table(table, &["archive"]).is_some() {
        let address = of("archive", "url").or(of("archive", "path")).unwrap_or_default();
        return Source::archive(address);
    }
    Source::registry(toml::text(table, "index"))
}

fn hashes(table: &Table) -> Vec<Integrity> {
    let single = ["sdist", "archive"].into_iter().filter_map(|key| toml::table(table, &[key]));
    single.chain(toml::tables(table, "wheels")).flat_map(artifact_hashes).collect()
}

fn artifact_hashes(artifact: &Table) -> Vec<Integrity> {
    let name = toml::text(artifact, "name")
        .or_else(|| toml::text(artifact, "url").or(toml::text(artifact, "path")).and_then(url_file));
    let hashes = toml::table(artifact, &["hashes"]).into_iter().flatten();
    hashes.filter_map(|(algorithm, hex)| hashed(algorithm.get_ref(), toml::as_text(hex)?, name)).collect()
}

/// `'docs' in dependency_groups` and `'name' in extras` say under which choice a package is installed.
fn scope_of_marker(marker: &str) -> Scope {
    let groups = quoted_before(marker, "dependency_groups").map(scope::of_group);
    let extras = quoted_before(marker, "extras").map(|_| Scope::Optional);
    groups.chain(extras).min().unwrap_or(Scope::Runtime)
}

/// The quoted texts in `'text' in WORD`.
fn quoted_before<'m>(marker: &'m str, word: &'m str) -> impl Iterator<Item = &'m str> {
    marker.match_indices(word).filter_map(|(at, _)| {
        let before = marker[..at].trim_end().strip_suffix("in")?.trim_end();
        if before.ends_with(" not") {
            return None;
        }
        let before = before.strip_suffix(['\'', '"'])?;
        before.rsplit(['\'', '"']).next()
    })
}

fn dependencies(lock: &Lock, table: &Table) -> Vec<LockDependency> {
    let entries = toml::tables(table, "dependencies");
    entries
        .flat_map(|entry| targets(lock, entry))
        .map(|to| LockDependency {
            to,
            under: Under::Base,
            extras: Vec::new(),
            requirement: String::new(),
            marker: None,
        })
        .collect()
}

/// Every package that has all the keys an entry gives.
fn targets(lock: &Lock, entry: &Table) -> Vec<u32> {
    let Some(name) = toml::text(entry, "name").map(normal) else { return Vec::new() };
    let version = toml::text(entry, "version").map(|version| purl(&name, Some(version)));
    let source = source(&lock.file, entry).address;
    let fits = |index: &&u32| {
        let package = &lock.packages[**index as usize];
        version.as_ref().is_none_or(|version| package.purl == *version)
            && (source.is_none() || package.source.address == source)
    };
    let exact: Vec<u32> = lock.named(&name).iter().filter(fits).copied().collect();
    if exact.is_empty() { lock.named(&name).to_vec() } else { exact }
}
