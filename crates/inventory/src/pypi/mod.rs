//! Python projects: manifests, lockfiles and requirement files of pip, uv, Poetry, PDM, Pipenv, setuptools.
//!
//! One project per folder. What the formats mean and where they are silent is written down in
//! `docs/inventory-pypi.md`. Nothing of a project is executed.

mod assemble;
mod builder;
mod discover;
mod environment;
mod folder;
mod ini;
mod lines;
mod lock;
mod manifest;
mod metadata;
mod pdm;
mod pipfile;
mod poetry;
mod poetry_manifest;
mod problems;
mod pylock;
mod pyproject;
mod python_tokens;
mod reasons;
mod requirement;
mod requirements;
mod scope;
mod setup_cfg;
mod setup_py;
mod source;

mod uv;
mod walk;

use std::collections::BTreeMap;

use faultline_facts::PythonManifest;

use crate::{Inventory, Tree, text, toml_doc};
use discover::{Files, Kind, LockFormat};
use lock::Lock;
use problems::Problems;

/// Adds every Python project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mut folders = discover::projects(tree.paths);
    let mut locks = read_locks(tree, &folders);
    for (home, _) in locks.iter().flat_map(|read| &read.lock.roots) {
        folders.entry(home.clone()).or_default();
    }
    for (home, files) in &folders {
        folder::project(tree, home, files, &mut locks, out);
    }
}

/// Adds the project that one file describes, whatever the file is called; false when it is no Python file.
///
/// For a file that a user names. Requirement files may include others of the tree.
pub fn read_file(tree: &Tree, path: &str, out: &mut Inventory) -> bool {
    let text = (tree.read)(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let Some(kind) = Kind::of_file(path, &text) else { return false };
    let mut files = Files::default();
    kind.add(path, &mut files);
    let home = text::folder(path).to_owned();
    let folders = BTreeMap::from([(home.clone(), files)]);
    let mut locks = read_locks(tree, &folders);
    let mut homes: Vec<String> = locks.iter().flat_map(|read| &read.lock.roots).map(|(home, _)| home.clone()).collect();
    homes.push(home);
    homes.sort();
    homes.dedup();
    for home in homes {
        let files = folders.get(&home).cloned().unwrap_or_default();
        folder::project(tree, &home, &files, &mut locks, out);
    }
    true
}

/// What a manifest says about code, by its file name: `pyproject.toml`, `setup.cfg`, `setup.py`, `METADATA`,
/// `PKG-INFO`, `entry_points.txt`. For packages that are no projects, such as installed ones.
pub fn manifest_facts(file: &str, text: &str) -> PythonManifest {
    let problems = &mut Problems::default();
    match text::file_name(file) {
        "pyproject.toml" => pyproject::read(file, text, problems).python,
        "setup.cfg" => setup_cfg::read(file, text, problems).python,
        "setup.py" => setup_py::read(file, text, problems).python,
        "entry_points.txt" => {
            let mut python = PythonManifest::default();
            setup_cfg::entry_points_txt(text, &mut python);
            python
        }
        _ => metadata::manifest(&metadata::parse(text)),
    }
}

/// A lockfile and what went wrong with it.
struct ReadLock {
    folder: String,
    lock: Lock,
    problems: Problems,
    /// True when nothing could be read at all.
    broken: bool,
}

fn read_locks(tree: &Tree, folders: &BTreeMap<String, Files>) -> Vec<ReadLock> {
    let mut found = Vec::new();
    for (folder, files) in folders {
        for (format, file) in &files.locks {
            let mut problems = Problems::default();
            let lock = match tree.text(file) {
                Ok(text) => read_lock(*format, file, &text, &mut problems),
                Err(incomplete) => {
                    problems.incomplete.push(incomplete);
                    Lock { file: file.clone(), ..Lock::default() }
                }
            };
            let broken = lock.packages.is_empty() && !problems.incomplete.is_empty();
            found.push(ReadLock { folder: folder.clone(), lock, problems, broken });
        }
    }
    found
}

fn read_lock(format: LockFormat, file: &str, text: &str, problems: &mut Problems) -> Lock {
    match format {
        LockFormat::Uv => uv::read(file, text, problems),
        LockFormat::Poetry => poetry::read(file, text, problems),
        LockFormat::Pdm => pdm::read(file, text, problems),
        LockFormat::Pipfile => pipfile::read_lock(file, text, problems),
        LockFormat::Pylock => pylock::read(file, text, problems),
    }
}
