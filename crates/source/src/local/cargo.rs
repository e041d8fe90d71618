//! Crates on this machine: vendored, and in cargo's own cache.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use faultline_package::Integrity;
use serde::Deserialize;

use super::{folder, inside};
use crate::archive::{ArchiveKind, Keep, PackageFiles, unpack};
use crate::error::{Result, SourceError, reason};
use crate::integrity::{digest, is_checkable, verify};
use crate::limits::Limits;
use crate::registry::ClientEnvironment;

/// The largest checksum file or manifest that is read.
const MAX_TEXT: u64 = 16 << 20;

/// `.cargo-checksum.json`, which `cargo vendor` writes.
#[derive(Deserialize)]
struct Checksums {
    #[serde(default)]
    files: HashMap<String, String>,
    package: Option<String>,
}

/// A crate that `cargo vendor` copied into a `vendor` folder of the project, or of a folder above it in the checkout.
///
/// Files that differ from the checksums beside them are kept and reported: they are what is built.
pub fn cargo_vendored(
    checkout: &Path,
    project: &Path,
    (name, version): (&str, &str),
    promised: &[Integrity],
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    check_name(name, version)?;
    for above in project.ancestors().take_while(|a| a.starts_with(checkout)) {
        let places = [format!("vendor/{name}-{version}"), format!("vendor/{name}")].map(|place| above.join(place));
        for place in places.iter().filter(|place| place.join("Cargo.toml").is_file()) {
            let real = inside(checkout, place)?;
            if is(&real, name, version) {
                return vendored(&real, (name, version), promised, limits, keep);
            }
        }
    }
    Err(SourceError::NotFound { what: format!("{name} {version} in vendor") })
}

fn vendored(
    place: &Path,
    (name, version): (&str, &str),
    promised: &[Integrity],
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let what = format!("{name}-{version}");
    let mut files = folder::read(place, &what, &[".git"], limits, keep)?;
    let checksums: Option<Checksums> =
        text(&place.join(".cargo-checksum.json")).and_then(|text| serde_json::from_str(&text).ok());
    let Some(Checksums { files: stated, package }) = checksums else {
        files.problems.push(reason("not_verified", "no .cargo-checksum.json lies beside it", &what));
        return Ok(files);
    };
    if let Some(actual) =
        package.filter(|package| is_checkable(promised) && !promised.iter().any(|i| i.hex == *package))
    {
        let expected = promised.iter().map(|i| i.hex.as_str()).collect::<Vec<_>>().join(", ");
        return Err(SourceError::HashMismatch { what, algorithm: "sha256".to_owned(), expected, actual });
    }
    for (path, bytes) in &files.files {
        if stated.get(path).is_some_and(|hex| digest("sha256", bytes).as_ref() != Some(hex)) {
            files.problems.push(reason("modified", "the file is not what its checksum states", path));
        }
    }
    Ok(files)
}

/// The text of a file of sane size.
fn text(file: &Path) -> Option<String> {
    let small = fs::metadata(file).ok().is_some_and(|m| m.is_file() && m.len() <= MAX_TEXT);
    small.then(|| fs::read_to_string(file).ok()).flatten()
}

/// True when the manifest of a folder is of this package: the first `name` and `version` of its `[package]` table.
fn is(place: &Path, name: &str, version: &str) -> bool {
    let text = text(&place.join("Cargo.toml")).unwrap_or_default();
    let package = text.lines().skip_while(|line| line.trim() != "[package]").skip(1);
    let of = |key: &str| {
        let mut lines = package.clone().take_while(|line| !line.trim_start().starts_with('['));
        lines.find_map(|line| {
            let (left, right) = line.split_once('=')?;
            (left.trim() == key).then(|| right.trim().trim_matches(['"', '\'']).to_owned())
        })
    };
    of("name").as_deref() == Some(name) && of("version").as_deref() == Some(version)
}

/// Names come from lockfiles, so they are checked before they become paths.
pub(crate) fn check_name(name: &str, version: &str) -> Result<()> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let good = !name.is_empty() && name.chars().all(word);
    let in_version = |c: char| word(c) || matches!(c, '.' | '+');
    if good && !version.is_empty() && version.chars().all(in_version) && version != "." && version != ".." {
        return Ok(());
    }
    Err(SourceError::BadInput { what: format!("`{name} {version}` is not the name and version of a crate") })
}

/// A crate of cargo's cache: its archive, checked, else the unpacked folder.
pub(crate) fn cached(
    environment: &ClientEnvironment,
    (name, version): (&str, &str),
    promised: &[Integrity],
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    check_name(name, version)?;
    let what = format!("{name}-{version}.crate");
    let home = cargo_home(environment).ok_or_else(|| SourceError::NotFound { what: "cargo's home".to_owned() })?;
    let mut wrong = None;
    for index in folders(&home.join("registry/cache")) {
        let file = index.join(&what);
        let Ok(metadata) = fs::metadata(&file) else { continue };
        if metadata.len() > limits.max_archive_bytes {
            continue;
        }
        let bytes = fs::read(&file).map_err(|e| SourceError::io(&file, &e))?;
        match verify(&what, &bytes, promised) {
            Ok(()) => return unpack(&what, &bytes, ArchiveKind::Crate, limits, keep),
            Err(error) => wrong = Some(error),
        }
    }
    for index in folders(&home.join("registry/src")).iter().filter(|_| wrong.is_none()) {
        let place = index.join(format!("{name}-{version}"));
        if is(&place, name, version) {
            let mut files = folder::read(&place, &what, &[".git"], limits, keep)?;
            files.problems.push(reason("not_verified", "cargo's cache has it unpacked only", &what));
            return Ok(files);
        }
    }
    Err(wrong.unwrap_or_else(|| SourceError::NotFound { what: format!("{name} {version} in cargo's cache") }))
}

/// `$CARGO_HOME`, else `~/.cargo`.
pub(crate) fn cargo_home(environment: &ClientEnvironment) -> Option<PathBuf> {
    let named = environment.var("CARGO_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| Some(environment.home.as_ref()?.join(".cargo")))
}

/// The folders in a folder, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    paths.sort();
    paths
}
