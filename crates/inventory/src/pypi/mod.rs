//! Python projects: manifests, lockfiles and requirement files of pip, uv, Poetry, PDM, Pipenv, setuptools.
//!
//! One project per folder. What the formats mean and where they are silent is written down in
//! `docs/inventory-pypi.md`. Nothing of a project is executed.

mod assemble;
mod builder;
mod discover;
mod lines;
mod lock;
mod manifest;
mod pdm;
mod pipfile;
mod poetry;
mod poetry_manifest;
mod problems;
mod pylock;
mod pyproject;
mod reasons;
mod requirement;
mod requirements;
mod scope;
mod source;
mod toml_doc;
mod uv;
mod walk;

use std::collections::BTreeMap;

use faultline_facts::{PythonManifest, Resource};
use faultline_package::Scope;

use crate::{Inventory, Tree, text};
use assemble::{Parts, View};
use discover::{Files, LockFormat};
use lock::Lock;
use manifest::Manifest;
use problems::Problems;

/// Adds every Python project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mut folders = discover::projects(tree.paths);
    let mut locks = read_locks(tree, &folders);
    for (home, _) in locks.iter().flat_map(|read| &read.lock.roots) {
        folders.entry(home.clone()).or_default();
    }
    for (folder, files) in &folders {
        project(tree, folder, files, &mut locks, out);
    }
}

/// A lockfile and what went wrong with it.
struct ReadLock {
    folder: String,
    lock: Lock,
    problems: Problems,
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
            found.push(ReadLock { folder: folder.clone(), lock, problems });
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

/// Reads the rest of one folder's files and adds the project, if there is one.
fn project(tree: &Tree, folder: &str, files: &Files, locks: &mut [ReadLock], out: &mut Inventory) {
    let mut problems = Problems::default();
    let mut names = files.locks.iter().map(|(_, file)| file.clone()).collect();
    let manifest = manifests(tree, files, &mut names, &mut problems, out);
    for read in locks.iter_mut().filter(|read| read.folder == folder) {
        problems.append(&mut read.problems);
    }
    let views: Vec<View> = locks.iter().filter_map(|read| view(read, folder)).collect();
    names.extend(views.iter().map(|view| view.lock.file.clone()));
    let requirement_files = requirement_files(tree, files, &manifest, &mut problems);
    let requirements = requirements::read(tree, &requirement_files, &mut problems);
    let something =
        manifest.is_project || !views.is_empty() || !requirements.files.is_empty() || !files.locks.is_empty();
    out.incomplete.extend(problems.incomplete.iter().cloned());
    if something || !manifest.declared.is_empty() {
        let parts = Parts { path: folder, manifest, views, requirements, files: names };
        out.projects.push(assemble::project(parts, &mut problems));
    }
}

/// How the project of a folder sees a lockfile; `None` when that is not for this folder.
fn view<'v>(read: &'v ReadLock, folder: &str) -> Option<View<'v>> {
    let root = read.lock.roots.iter().find(|(home, _)| home == folder).map(|(_, root)| *root);
    let is_home = read.folder == folder;
    (is_home || root.is_some()).then_some(View { lock: &read.lock, root, takes_rest: is_home })
}

/// All manifests of a folder as one. The first that states a name wins.
fn manifests(
    tree: &Tree,
    files: &Files,
    names: &mut Vec<String>,
    problems: &mut Problems,
    out: &mut Inventory,
) -> Manifest {
    let mut all = Manifest::default();
    for (file, reader) in files.manifests() {
        let text = match tree.text(file) {
            Ok(text) => text,
            Err(incomplete) => {
                problems.incomplete.push(incomplete);
                continue;
            }
        };
        let manifest = reader(file, &text, problems);
        if manifest.is_project || !manifest.declared.is_empty() {
            names.push(file.clone());
        }
        if manifest.python != PythonManifest::default() {
            out.resources.push((file.clone(), Resource::Python(manifest.python.clone())));
        }
        all.merge(manifest);
    }
    all
}

/// The requirement files of a folder, and those that a manifest takes its dependencies from.
fn requirement_files(tree: &Tree, files: &Files, manifest: &Manifest, problems: &mut Problems) -> Vec<(String, Scope)> {
    let mut found = files.requirements.clone();
    for (name, scope, location) in &manifest.requirement_files {
        let file = text::join(text::folder(&location.file), name).filter(|file| tree.has(file));
        if file.is_none() {
            let detail = format!("`{name}` does not exist in the repository: add it or remove the line");
            problems.remark("include_not_read", &location.file, location.line, detail);
        }
        found.extend(file.map(|file| (file, *scope)));
    }
    found
}
