//! Packages in the `site-packages` of virtual environments.

use std::fs;
use std::path::{Path, PathBuf};

use faultline_package::{Ecosystem, Purl};

use super::folder;
use super::record::{self, Recorded};
use crate::archive::{Keep, PackageFiles};
use crate::error::{Result, SourceError, reason};
use crate::integrity::digest;
use crate::limits::Limits;

/// How deep below a checkout virtual environments are looked for.
const MAX_DEPTH: usize = 4;

/// A folder of installed Python packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonEnvironment {
    /// The `site-packages` folder.
    pub path: PathBuf,
    /// What is installed, ordered by package.
    pub distributions: Vec<PythonDistribution>,
}

/// One installed Python package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonDistribution {
    /// Normalised name.
    pub name: String,
    /// Version as its metadata state it.
    pub version: String,
    /// The `.dist-info` or `.egg-info` folder.
    pub info: PathBuf,
}

/// The virtual environments of a checkout: every folder with a `pyvenv.cfg`, and `active` (`$VIRTUAL_ENV`) if given.
pub fn python_environments(checkout: &Path, active: Option<&Path>) -> Vec<PythonEnvironment> {
    let mut roots: Vec<PathBuf> =
        active.filter(|a| a.join("pyvenv.cfg").is_file()).map(Path::to_owned).into_iter().collect();
    let mut stack = vec![(checkout.to_owned(), 0)];
    while let Some((folder, depth)) = stack.pop() {
        if folder.join("pyvenv.cfg").is_file() {
            roots.push(folder);
        } else if depth < MAX_DEPTH {
            stack.extend(folders(&folder).into_iter().rev().map(|f| (f, depth + 1)));
        }
    }
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in roots.iter().flat_map(|r| site_packages(r)) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.into_iter().map(PythonEnvironment::read).collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(std::result::Result::ok);
    let wanted = entries.filter(|e| {
        let name = e.file_name();
        e.file_type().is_ok_and(|t| t.is_dir()) && name != "node_modules" && name != ".git"
    });
    let mut paths: Vec<PathBuf> = wanted.map(|e| e.path()).collect();
    paths.sort();
    paths
}

/// `lib/python3.X/site-packages`, on Windows `Lib/site-packages`.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    let versions = folders(&environment.join("lib"));
    let mut found: Vec<PathBuf> = versions.iter().map(|v| v.join("site-packages")).collect();
    found.push(environment.join("Lib/site-packages"));
    found.retain(|p| p.is_dir());
    found
}

impl PythonEnvironment {
    /// Lists what is installed in a `site-packages` folder.
    pub fn read(path: PathBuf) -> PythonEnvironment {
        let mut distributions: Vec<PythonDistribution> = folders(&path).into_iter().filter_map(distribution).collect();
        distributions.sort();
        PythonEnvironment { path, distributions }
    }

    /// The distribution of a package at a version.
    pub fn find(&self, name: &str, version: &str) -> Option<&PythonDistribution> {
        let name = Purl::new(Ecosystem::PyPi, name, None).full_name();
        self.distributions.iter().find(|d| d.name == name && same(&d.version, version))
    }

    /// The files of an installed package, paths relative to `site-packages`.
    ///
    /// Files that differ from what the wheel's `RECORD` states are kept and reported: they are what runs.
    pub fn files(&self, distribution: &PythonDistribution, limits: &Limits, keep: Keep) -> Result<PackageFiles> {
        let label = format!("{} {}", distribution.name, distribution.version);
        let Ok(text) = fs::read_to_string(distribution.info.join("RECORD")) else {
            return self.without_record(distribution, &label, limits, keep);
        };
        let records = record::parse(&text);
        let mut collector = folder::collector(&label, limits, keep);
        let root = fs::canonicalize(&self.path).map_err(|e| SourceError::io(&self.path, &e))?;
        for recorded in records.iter().filter(|r| !r.path.split('/').any(|p| p == "..")) {
            match fs::canonicalize(root.join(&recorded.path)) {
                Ok(real) if real.starts_with(&root) => folder::file(&root, &real, &mut collector)?,
                Err(_) if !keep(&recorded.path) => {}
                Ok(_) => collector.problem("bad_path", "a link leads out of the environment", &recorded.path),
                Err(error) => collector.problem("not_found", &format!("recorded, but: {error}"), &recorded.path),
            }
        }
        let mut files = collector.finish();
        check(&records, &mut files);
        Ok(files)
    }

    /// Older installs only name their top-level modules.
    fn without_record(
        &self,
        of: &PythonDistribution,
        label: &str,
        limits: &Limits,
        keep: Keep,
    ) -> Result<PackageFiles> {
        let top = fs::read_to_string(of.info.join("top_level.txt")).unwrap_or_else(|_| of.name.replace('-', "_"));
        let mut collector = folder::collector(label, limits, keep);
        for module in top.lines().map(str::trim).filter(|m| !m.is_empty() && !m.contains(['/', '\\', '.'])) {
            let package = self.path.join(module);
            let single = self.path.join(format!("{module}.py"));
            if fs::symlink_metadata(&package).is_ok_and(|m| m.is_dir()) {
                folder::add(&self.path, &package, &["__pycache__"], &mut collector)?;
            } else if fs::symlink_metadata(&single).is_ok_and(|m| m.is_file()) {
                folder::file(&self.path, &single, &mut collector)?;
            }
        }
        Ok(collector.finish())
    }
}

pub(super) fn same(found: &str, wanted: &str) -> bool {
    use std::str::FromStr;
    let parse = pep440_rs::Version::from_str;
    matches!((parse(found), parse(wanted)), (Ok(a), Ok(b)) if a == b) || found == wanted
}

fn check(records: &[Recorded], files: &mut PackageFiles) {
    for recorded in records {
        let Some(wanted) = &recorded.sha256 else { continue };
        let differs = files.get(&recorded.path).is_some_and(|b| digest("sha256", b).as_ref() != Some(wanted));
        if differs {
            let text = "the installed file differs from what the package's RECORD states";
            files.problems.push(reason("modified", text, &recorded.path));
        }
    }
}

/// Reads name and version from a `.dist-info` or `.egg-info` folder.
fn distribution(info: PathBuf) -> Option<PythonDistribution> {
    let metadata = match info.extension()?.to_str()? {
        "dist-info" => info.join("METADATA"),
        "egg-info" => info.join("PKG-INFO"),
        _ => return None,
    };
    let bytes = fs::read(metadata).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let header = |name: &str| text.lines().take_while(|l| !l.is_empty()).find_map(|l| l.strip_prefix(name));
    let name = Purl::new(Ecosystem::PyPi, header("Name:")?.trim(), None).full_name();
    let version = header("Version:")?.trim().to_owned();
    Some(PythonDistribution { name, version, info })
}
