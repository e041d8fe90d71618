//! Packages in `node_modules`, as npm, yarn and pnpm lay them out.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{folder, inside};
use crate::archive::{Keep, PackageFiles};
use crate::error::{Result, SourceError};
use crate::limits::Limits;

/// The largest `package.json` that is read.
const MAX_MANIFEST: u64 = 8 << 20;

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
}

/// The package installed at `install_path`, a lockfile's path such as `node_modules/a/node_modules/b`,
/// relative to the project folder. It must be `name` at `version`.
pub fn node_package(
    checkout: &Path,
    project: &Path,
    install_path: &str,
    (name, version): (&str, &str),
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let bad = install_path.split(['/', '\\']).any(|p| p.is_empty() || p == "." || p == "..");
    if bad || !install_path.split('/').any(|p| p == "node_modules") {
        return Err(SourceError::BadInput { what: format!("`{install_path}` is not a path in node_modules") });
    }
    read(checkout, &project.join(install_path), (name, version), limits, keep)
}

/// The package `name` at `version` wherever it is installed for `project`: its `node_modules`, those of the folders
/// above it in the checkout, nested ones, and pnpm's store.
pub fn find_node_package(
    checkout: &Path,
    project: &Path,
    (name, version): (&str, &str),
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let above = project.ancestors().take_while(|a| a.starts_with(checkout));
    for modules in above.map(|a| a.join("node_modules")).filter(|m| m.is_dir()) {
        if let Some(place) = places(&modules, name, version).into_iter().find(|p| is(p, name, version)) {
            return read(checkout, &place, (name, version), limits, keep);
        }
    }
    Err(SourceError::NotFound { what: format!("{name}@{version} in node_modules") })
}

/// Where a package may be: at the top, in pnpm's store, or nested in another package.
fn places(modules: &Path, name: &str, version: &str) -> Vec<PathBuf> {
    let mut places = vec![modules.join(name)];
    let stored = format!("{}@{version}", name.replace('/', "+"));
    let store = sorted(&modules.join(".pnpm")).into_iter().filter(|p| {
        let folder = p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        folder.strip_prefix(&stored).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '(']))
    });
    places.extend(store.map(|p| p.join("node_modules").join(name)));
    nested(modules, name, 0, &mut places);
    places
}

/// Adds `node_modules/*/node_modules/name`, at every depth up to a sane one.
fn nested(modules: &Path, name: &str, depth: usize, places: &mut Vec<PathBuf>) {
    const MAX_DEPTH: usize = 16;
    for package in packages(modules) {
        let inner = package.join("node_modules");
        let real = fs::symlink_metadata(&package).is_ok_and(|m| m.is_dir());
        if real && depth < MAX_DEPTH && inner.is_dir() {
            places.push(inner.join(name));
            nested(&inner, name, depth + 1, places);
        }
    }
}

/// The package folders of one `node_modules`, scoped ones included.
fn packages(modules: &Path) -> Vec<PathBuf> {
    let scoped = |p: &PathBuf| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('@'));
    let (scopes, plain): (Vec<_>, Vec<_>) = sorted(modules).into_iter().partition(scoped);
    plain.into_iter().chain(scopes.iter().flat_map(|s| sorted(s))).collect()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    paths
}

fn manifest(package: &Path) -> Result<Manifest> {
    let file = package.join("package.json");
    let mut text = Vec::new();
    File::open(&file)
        .and_then(|f| f.take(MAX_MANIFEST).read_to_end(&mut text))
        .map_err(|e| SourceError::io(&file, &e))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    serde_json::from_slice(text)
        .map_err(|e| SourceError::Io { path: file.display().to_string(), why: format!("not a package manifest: {e}") })
}

fn is(package: &Path, name: &str, version: &str) -> bool {
    manifest(package).is_ok_and(|m| m.name.as_deref() == Some(name) && m.version.as_deref() == Some(version))
}

fn read(
    checkout: &Path,
    place: &Path,
    (name, version): (&str, &str),
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let real = inside(checkout, place)?;
    let found = manifest(&real)?;
    if found.name.as_deref() != Some(name) || found.version.as_deref() != Some(version) {
        let text = |t: Option<String>| t.unwrap_or_else(|| "?".to_owned());
        return Err(SourceError::WrongPackage {
            path: place.display().to_string(),
            found: format!("{}@{}", text(found.name), text(found.version)),
            wanted: format!("{name}@{version}"),
        });
    }
    folder::read(&real, &format!("{name}@{version}"), &["node_modules", ".git"], limits, keep)
}
