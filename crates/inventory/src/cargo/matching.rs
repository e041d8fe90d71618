//! Which package of a lockfile a dependency of a manifest is.

use std::collections::HashMap;

use faultline_package::{Ecosystem, Origin, Range};

use super::features::Known;
use super::lockfile::Lock;
use super::manifest::{Dependency, Manifest};

/// The package that a dependency of `from` resolves to.
pub(super) fn find(lock: &Lock, from: usize, dependency: &Dependency) -> Option<usize> {
    let all = lock.packages[from].dependencies.iter().copied();
    best(lock, all.filter(|to| lock.packages[*to].name == dependency.package()), dependency)
}

/// The package that a dependency of a project which the lockfile does not know would resolve to.
pub(super) fn find_anywhere(lock: &Lock, dependency: &Dependency) -> Option<usize> {
    best(lock, lock.by_name.get(dependency.package())?.iter().copied(), dependency)
}

/// Of several packages of a name the one that fits best: by origin, then by version.
fn best(lock: &Lock, candidates: impl Iterator<Item = usize>, dependency: &Dependency) -> Option<usize> {
    let candidates: Vec<usize> = candidates.collect();
    if candidates.len() < 2 {
        return candidates.first().copied();
    }
    let wanted = match dependency {
        Dependency { path: Some(_), .. } => Origin::Path,
        Dependency { git: Some(_), .. } => Origin::Git,
        _ => Origin::Registry,
    };
    let range = Range::parse(Ecosystem::Cargo, &requirement(&dependency.requirement)).ok();
    let score = |index: usize| {
        let package = &lock.packages[index];
        let in_range = range.as_ref().is_none_or(|range| range.contains(&package.version));
        (in_range, package.origin() == wanted)
    };
    candidates.into_iter().rev().max_by_key(|index| score(*index))
}

/// A bare version means "compatible with" to cargo.
fn requirement(text: &str) -> String {
    let caret = |part: &str| {
        let part = part.trim();
        if part.starts_with(|c: char| c.is_ascii_digit()) && !part.contains('*') {
            format!("^{part}")
        } else {
            part.to_owned()
        }
    };
    match text.trim() {
        "" | "*" => "*".to_owned(),
        text => text.split(',').map(caret).collect::<Vec<_>>().join(", "),
    }
}

/// The packages of a lockfile whose manifests are in the tree.
pub(super) fn known<'m>(
    lock: &Lock,
    members: &[&'m Manifest],
    vendored: &HashMap<(String, String), &'m Manifest>,
) -> Known<'m> {
    let mut known = Known::new();
    for (index, package) in lock.packages.iter().enumerate() {
        let manifest = match package.origin() {
            Origin::Path => own(members, &package.name, &package.version),
            _ => vendored.get(&(package.name.clone(), package.version.clone())).copied(),
        };
        known.extend(manifest.map(|manifest| (index, manifest)));
    }
    known
}

/// The manifest of a package that is a folder: by name and version, else by name alone.
fn own<'m>(members: &[&'m Manifest], name: &str, version: &str) -> Option<&'m Manifest> {
    let named = || members.iter().filter(|m| m.name.as_deref() == Some(name));
    let exact = named().find(|m| m.version.as_deref() == Some(version));
    exact.or_else(|| named().find(|m| m.version.is_none() || m.inherits_version)).or_else(|| named().next()).copied()
}
