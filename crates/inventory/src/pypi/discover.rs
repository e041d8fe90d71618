//! Which files of a tree belong to which Python project.

use std::collections::BTreeMap;

use faultline_package::Scope;

use super::manifest::Manifest;
use super::problems::Problems;
use super::{pipfile, pyproject, scope, setup_cfg, setup_py};
use crate::text::{file_name, folder};

/// Folders whose contents were installed or copied there: no projects of this repository.
const FOREIGN: [&str; 13] = [
    "node_modules",
    "vendor",
    "site-packages",
    "dist-packages",
    ".venv",
    "venv",
    "virtualenv",
    ".virtualenv",
    ".tox",
    ".nox",
    ".eggs",
    "__pypackages__",
    ".git",
];

/// Folder names that hold requirement files of the folder above.
const REQUIREMENT_FOLDERS: [&str; 6] = ["requirements", "requirement", "reqs", "requires", "pip-requirements", "deps"];

/// The files of one project.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Files {
    /// `pyproject.toml`.
    pub pyproject: Option<String>,
    /// `setup.cfg`.
    pub setup_cfg: Option<String>,
    /// `setup.py`.
    pub setup_py: Option<String>,
    /// `Pipfile`.
    pub pipfile: Option<String>,
    /// Lockfiles, and which format each has, in order of precedence.
    pub locks: Vec<(LockFormat, String)>,
    /// Requirement files with their scope.
    pub requirements: Vec<(String, Scope)>,
    /// Conda environments.
    pub environments: Vec<String>,
    /// Metadata of installed packages.
    pub installed: Vec<String>,
}

/// Lockfile formats, in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LockFormat {
    /// `uv.lock`.
    Uv,
    /// `poetry.lock`.
    Poetry,
    /// `pdm.lock`.
    Pdm,
    /// `Pipfile.lock`.
    Pipfile,
    /// `pylock.toml`, `pylock.NAME.toml`.
    Pylock,
}

/// The files of every project, by folder.
pub(super) fn projects(paths: &[String]) -> BTreeMap<String, Files> {
    let mut found: BTreeMap<String, Files> = BTreeMap::new();
    for path in paths.iter().filter(|path| !is_foreign(path)) {
        if let Some(kind) = kind(path) {
            kind.add(path, found.entry(home(path, kind)).or_default());
        }
    }
    for files in found.values_mut() {
        files.locks.sort();
        files.requirements.sort();
    }
    found
}

/// True inside folders whose contents were installed or copied there.
pub(super) fn is_foreign(path: &str) -> bool {
    folder(path).split('/').any(|part| FOREIGN.contains(&part))
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `pyproject.toml`.
    Pyproject,
    /// `setup.cfg`.
    SetupCfg,
    /// `setup.py`.
    SetupPy,
    /// `Pipfile`.
    Pipfile,
    /// A lockfile.
    Lock(LockFormat),
    /// A requirement file.
    Requirements,
    /// A conda environment.
    Environment,
    /// Metadata of an installed package.
    Installed,
}

/// What a file is, by its name.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let name = file_name(path);
    Some(match name {
        "pyproject.toml" => Kind::Pyproject,
        "setup.cfg" => Kind::SetupCfg,
        "setup.py" => Kind::SetupPy,
        "Pipfile" => Kind::Pipfile,
        "uv.lock" => Kind::Lock(LockFormat::Uv),
        "poetry.lock" => Kind::Lock(LockFormat::Poetry),
        "pdm.lock" => Kind::Lock(LockFormat::Pdm),
        "Pipfile.lock" => Kind::Lock(LockFormat::Pipfile),
        _ if is_pylock(name) => Kind::Lock(LockFormat::Pylock),
        _ if is_environment(name) => Kind::Environment,
        _ if is_installed(path) => Kind::Installed,
        _ if is_requirements(path) => Kind::Requirements,
        _ => return None,
    })
}

fn is_pylock(name: &str) -> bool {
    let middle = name.strip_prefix("pylock").and_then(|rest| rest.strip_suffix(".toml"));
    middle.is_some_and(|middle| middle.is_empty() || middle.starts_with('.') && middle.len() > 1)
}

fn is_environment(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| stem == "conda" || stem.starts_with("environment") || stem.starts_with("conda-env"))
}

fn is_installed(path: &str) -> bool {
    let above = file_name(folder(path));
    match file_name(path) {
        "METADATA" => above.strip_suffix(".dist-info").is_some(),
        // Without a version in its folder's name it describes the project itself, built in place.
        "PKG-INFO" => above == "EGG-INFO" || above.strip_suffix(".egg-info").is_some_and(|stem| stem.contains('-')),
        name => name.rsplit_once('.').is_some_and(|(_, extension)| extension == "egg-info"),
    }
}

fn is_requirements(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if !matches!(extension, "txt" | "in" | "pip") || stem.contains("constraint") {
        return false;
    }
    let spoken = ["requirement", "requires"].iter().any(|word| stem.contains(word));
    let is_note = ["license", "licence", "readme", "notes"].iter().any(|word| stem.contains(word));
    spoken && !is_note || stem == "reqs" || in_requirement_folder(path)
}

fn in_requirement_folder(path: &str) -> bool {
    REQUIREMENT_FOLDERS[..4].contains(&file_name(folder(path)).to_ascii_lowercase().as_str())
}

/// The folder of the project that a file belongs to.
fn home(path: &str, kind: Kind) -> String {
    let above = folder(path);
    let home = match kind {
        Kind::Requirements if in_requirement_folder(path) => folder(above),
        Kind::Installed if matches!(file_name(path), "METADATA" | "PKG-INFO") => folder(above),
        _ => above,
    };
    home.to_owned()
}

/// Reads one manifest format.
type ManifestReader = fn(&str, &str, &mut Problems) -> Manifest;

impl Files {
    /// The manifests and their readers, in order of precedence.
    pub(super) fn manifests(&self) -> impl Iterator<Item = (&String, ManifestReader)> {
        let readers: [(&Option<String>, ManifestReader); 4] = [
            (&self.pyproject, pyproject::read),
            (&self.setup_cfg, setup_cfg::read),
            (&self.setup_py, setup_py::read),
            (&self.pipfile, pipfile::read),
        ];
        readers.into_iter().filter_map(|(file, reader)| Some((file.as_ref()?, reader)))
    }
}

impl Kind {
    /// What a file is that was given by hand: by its name, else by what it says.
    pub(super) fn of_file(path: &str, text: &str) -> Option<Kind> {
        if let Some(kind) = kind(path) {
            return Some(kind);
        }
        let has = |mark: &str| text.lines().take(200).any(|line| line.trim_start().starts_with(mark));
        let name = file_name(path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        Some(match extension {
            "txt" | "in" | "pip" => Kind::Requirements,
            "yml" | "yaml" if has("dependencies:") => Kind::Environment,
            "toml" | "lock" if has("[[packages]]") => Kind::Lock(LockFormat::Pylock),
            "toml" if has("[project]") || has("[tool.") => Kind::Pyproject,
            _ if has("Metadata-Version:") => Kind::Installed,
            _ => return None,
        })
    }

    /// Adds a file to a project.
    pub(super) fn add(self, path: &str, files: &mut Files) {
        let path = path.to_owned();
        match self {
            Kind::Pyproject => files.pyproject = Some(path),
            Kind::SetupCfg => files.setup_cfg = Some(path),
            Kind::SetupPy => files.setup_py = Some(path),
            Kind::Pipfile => files.pipfile = Some(path),
            Kind::Lock(format) => files.locks.push((format, path)),
            Kind::Environment => files.environments.push(path),
            Kind::Installed => files.installed.push(path),
            Kind::Requirements => {
                let scope = requirement_scope(&path);
                files.requirements.push((path, scope));
            }
        }
    }
}

/// The scope that the name of a requirement file speaks of; runtime when it says nothing.
pub(super) fn requirement_scope(path: &str) -> Scope {
    scope::of_words(file_name(path).rsplit_once('.').map_or("", |(stem, _)| stem)).unwrap_or(Scope::Runtime)
}
