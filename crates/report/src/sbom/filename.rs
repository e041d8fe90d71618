//! File names of the artifacts that ecosystems distribute.

use faultline_package::Integrity;

use super::{Component, Kind};

/// What a lockfile names, else what the ecosystem's own tools would call it. Of an application the file whose hash
/// is given: the artifact that the user names, else the manifest.
pub(super) fn of(component: &Component) -> Option<String> {
    if component.kind == Kind::Application {
        return component.hashes.iter().find_map(|h| h.file.clone());
    }
    // Of a Python package's files the one with the strongest hash stands for all, source archives before others.
    let named = component.hashes.iter().filter_map(|h| Some((h, h.file.as_deref()?)));
    let rank = |(hash, file): &(&Integrity, &str)| (hash.algorithm != "sha512", !file.ends_with(".tar.gz"));
    if let Some((_, file)) = named.min_by_key(rank) {
        return Some(file.to_owned());
    }
    let version = component.version.as_deref()?;
    let name = &component.name;
    match component.ecosystem? {
        "npm" => Some(format!("{name}-{version}.tgz")),
        "cargo" => Some(format!("{name}-{version}.crate")),
        "maven" => Some(format!("{name}-{version}.jar")),
        "golang" => Some(format!("{version}.zip")),
        "gem" => Some(format!("{name}-{version}.gem")),
        "nuget" => Some(format!("{name}.{version}.nupkg")),
        "pypi" => Some(format!("{}-{version}.tar.gz", name.replace('-', "_"))),
        _ => None,
    }
}
