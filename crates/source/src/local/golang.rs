//! Go modules on this machine: vendored, in the module cache, in source trees without versions, in Go's own tree.

use std::fs;
use std::path::{Path, PathBuf};

use faultline_package::Integrity;

use super::{folder, inside};
use crate::archive::{ArchiveKind, Keep, PackageFiles, unpack};
use crate::error::{Result, SourceError, reason};
use crate::golang::{escape, is_promised, verify};
use crate::limits::Limits;
use crate::registry::ClientEnvironment;

/// Largest list of vendored modules that is read.
const MAX_LIST: u64 = 16 << 20;

/// A module copied into `vendor` by the project, or by a folder above it in the checkout.
///
/// `path` is what code imports, also when another module takes its place. Paths are relative to the module.
pub fn go_vendored(
    checkout: &Path,
    project: &Path,
    (path, version): (&str, &str),
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    for above in project.ancestors().take_while(|a| a.starts_with(checkout)) {
        let vendor = above.join("vendor");
        let Some(modules) = vendored_modules(&vendor) else { continue };
        let Some((_, found)) = modules.iter().find(|(name, _)| name == path) else { continue };
        if !found.iter().any(|v| v == version) {
            return Err(SourceError::WrongPackage {
                path: vendor.display().to_string(),
                found: format!("{path} {}", found.join(" => ")),
                wanted: format!("{path} {version}"),
            });
        }
        let real = inside(checkout, &vendor.join(path))?;
        // Modules may lie inside the folders of others.
        let nested: Vec<String> = modules
            .iter()
            .filter_map(|(name, _)| Some(format!("{}/", name.strip_prefix(path)?.strip_prefix('/')?)))
            .collect();
        let own = |file: &str| !nested.iter().any(|inner| file.starts_with(inner.as_str())) && keep(file);
        return folder::read(&real, &format!("{path}@{version}"), &[".git"], limits, &own);
    }
    Err(SourceError::NotFound { what: format!("{path}@{version} in vendor") })
}

/// Module paths and versions (its own and that of what takes its place) of a `vendor/modules.txt`.
fn vendored_modules(vendor: &Path) -> Option<Vec<(String, Vec<String>)>> {
    let file = vendor.join("modules.txt");
    let small = fs::metadata(&file).ok().is_some_and(|m| m.is_file() && m.len() <= MAX_LIST);
    let text = small.then(|| fs::read_to_string(&file).ok()).flatten()?;
    let heads = text.lines().filter_map(|line| line.strip_prefix("# "));
    let module = |head: &str| {
        let words: Vec<&str> = head.split_whitespace().collect();
        let versions = words.iter().skip(1).filter(|w| w.starts_with('v')).map(|w| (*w).to_owned()).collect();
        Some(((*words.first()?).to_owned(), versions))
    };
    Some(heads.filter_map(module).collect())
}

/// A module of the module cache, unpacked or as the archive that `go mod download` keeps.
///
/// Archives are checked against the promised hash; of unpacked modules the hash that go noted is compared.
pub(crate) fn cached(
    environment: &ClientEnvironment,
    (path, version): (&str, &str),
    promised: &[Integrity],
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let (escaped, escaped_version) = (escape(path)?, escape(version)?);
    let what = format!("{path}@{version}");
    for cache in caches(environment) {
        let stem = cache.join("cache/download").join(&escaped).join("@v").join(&escaped_version);
        let beside = |extension: &str| PathBuf::from(format!("{}.{extension}", stem.display()));
        if let Some(bytes) = archive(&beside("zip"), limits)? {
            verify(&what, &bytes, promised, limits)?;
            return unpack(&what, &bytes, ArchiveKind::GoModule, limits, keep);
        }
        let unpacked = cache.join(format!("{escaped}@{escaped_version}"));
        if unpacked.is_dir() {
            let mut files = folder::read(&unpacked, &what, &[".git"], limits, keep)?;
            check_note(&beside("ziphash"), &what, promised, &mut files)?;
            return Ok(files);
        }
    }
    Err(SourceError::NotFound { what: format!("{what} in the module cache") })
}

fn archive(file: &Path, limits: &Limits) -> Result<Option<Vec<u8>>> {
    match fs::metadata(file) {
        Ok(metadata) if metadata.len() > limits.max_archive_bytes => {
            let what = file.display().to_string();
            Err(SourceError::TooLarge { what, limit: limits.max_archive_bytes, unit: "bytes" })
        }
        Ok(metadata) if metadata.is_file() => fs::read(file).map(Some).map_err(|e| SourceError::io(file, &e)),
        _ => Ok(None),
    }
}

/// Compares the promise with the hash that go noted when it unpacked the module.
fn check_note(note: &Path, what: &str, promised: &[Integrity], files: &mut PackageFiles) -> Result<()> {
    let noted = fs::read_to_string(note).ok();
    let noted = noted.as_deref().and_then(|text| crate::integrity::hex_of_base64(text.trim().strip_prefix("h1:")?));
    match noted {
        Some(hex) if is_promised(promised) => {
            if promised.iter().any(|i| i.algorithm == "h1" && i.hex == hex) {
                return Ok(());
            }
            let expected = promised.iter().map(|i| i.hex.as_str()).collect::<Vec<_>>().join(", ");
            let (what, algorithm) = (what.to_owned(), "h1".to_owned());
            Err(SourceError::HashMismatch { what, algorithm, expected, actual: hex })
        }
        _ => {
            files.problems.push(reason("not_verified", "the module cache has no hash to compare", what));
            Ok(())
        }
    }
}

/// Module caches: `$GOMODCACHE`, `pkg/mod` of every folder of `$GOPATH`, else of `~/go`.
pub(crate) fn caches(environment: &ClientEnvironment) -> Vec<PathBuf> {
    if let Some(cache) = environment.go_setting("GOMODCACHE") {
        return vec![PathBuf::from(cache)];
    }
    gopaths(environment).into_iter().map(|path| path.join("pkg/mod")).collect()
}

fn gopaths(environment: &ClientEnvironment) -> Vec<PathBuf> {
    match environment.go_setting("GOPATH") {
        Some(paths) => std::env::split_paths(&paths).filter(|p| p.is_absolute()).collect(),
        None => environment.home.iter().map(|home| home.join("go")).collect(),
    }
}

/// A module in a source tree without versions: `src` of `$GOPATH`, and the tree that Debian's `golang-*-dev` packages fill.
///
/// Nothing there tells the version; the files carry a problem that says so.
pub(crate) fn unversioned(
    environment: &ClientEnvironment,
    (path, version): (&str, &str),
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    escape(path)?;
    for tree in source_trees(environment) {
        let place = tree.join(path);
        let Ok(real) = inside(&tree, &place) else { continue };
        let mut files = folder::read(&real, path, &[".git"], limits, keep)?;
        let detail = format!("{} does not tell the version; {version} was asked for", tree.display());
        files.problems.push(reason("version_not_checked", detail, path));
        return Ok(files);
    }
    Err(SourceError::NotFound { what: format!("{path} in a source tree of Go") })
}

/// Source trees that exist.
pub(crate) fn source_trees(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let system = environment.system.iter().map(|root| root.join("usr/share/gocode"));
    let trees = gopaths(environment).into_iter().chain(system).map(|path| path.join("src"));
    trees.filter(|path| path.is_dir()).collect()
}

/// Go's own library at exactly a version: `src` of `$GOROOT` or of an installed Go.
pub(crate) fn standard_library(
    environment: &ClientEnvironment,
    version: &str,
    limits: &Limits,
    keep: Keep,
) -> Result<PackageFiles> {
    let mut others = Vec::new();
    for root in go_roots(environment) {
        let text = fs::read_to_string(root.join("VERSION")).unwrap_or_default();
        let found = text.lines().next().unwrap_or_default().trim().trim_start_matches("go").to_owned();
        if found == version || found == format!("{version}.0") {
            return folder::read(&root.join("src"), &format!("go{found}"), &["testdata"], limits, keep);
        }
        others.push(found);
    }
    others.retain(|found| !found.is_empty());
    let what = match others.as_slice() {
        [] => format!("the source of Go {version}; set GOROOT"),
        _ => format!("the source of Go {version} (there is {})", others.join(", ")),
    };
    Err(SourceError::NotFound { what })
}

/// Folders of installed Gos, `$GOROOT` first.
pub(crate) fn go_roots(environment: &ClientEnvironment) -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = environment.go_setting("GOROOT").map(PathBuf::from).into_iter().collect();
    if let Some(root) = &environment.system {
        roots.push(root.join("usr/local/go"));
        let installed = fs::read_dir(root.join("usr/lib")).into_iter().flatten().filter_map(|e| Some(e.ok()?.path()));
        let mut named: Vec<PathBuf> = installed
            .filter(|p| p.file_name().is_some_and(|n| n == "go" || n.to_string_lossy().starts_with("go-")))
            .collect();
        named.sort();
        roots.extend(named.into_iter().rev());
    }
    roots.retain(|root| root.join("src").is_dir());
    roots
}
