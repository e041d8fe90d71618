//! One folder: reads its manifests, installed metadata and requirement files, and adds the project.

use faultline_facts::{PythonManifest, Resource};
use faultline_package::Scope;

use super::assemble::{self, Parts, View};
use super::discover::Files;
use super::manifest::{Declared, Manifest};
use super::metadata::{self, Metadata};
use super::problems::Problems;
use super::{ReadLock, requirements, setup_cfg};
use crate::{Inventory, Tree, text};

/// Reads the rest of one folder's files and adds the project, if there is one.
pub(super) fn project(tree: &Tree, folder: &str, files: &Files, locks: &mut [ReadLock], out: &mut Inventory) {
    let mut problems = Problems::default();
    let mut names = files.locks.iter().map(|(_, file)| file.clone()).collect();
    let mut manifest = manifests(tree, files, &mut names, &mut problems, out);
    for read in locks.iter_mut().filter(|read| read.folder == folder) {
        refuse_empty(read, &manifest);
        problems.append(&mut read.problems);
    }
    let installed = metadata::lock(&installed(tree, files, &mut names, &mut problems, out), &mut problems);
    let mut views: Vec<View> = locks.iter().filter_map(|read| view(read, folder)).collect();
    names.extend(views.iter().map(|view| view.lock.file.clone()));
    views.extend(installed.iter().map(|lock| View { lock, root: None, takes_rest: true }));
    let requirement_files = requirement_files(tree, files, &manifest, &mut problems);
    let requirements = requirements::read(tree, &requirement_files, &mut problems);
    name_by_lockfile(&mut manifest, &views);
    let something =
        manifest.is_project || !views.is_empty() || !requirements.files.is_empty() || !files.locks.is_empty();
    out.incomplete.extend(problems.incomplete.iter().cloned());
    out.incomplete.extend(problems.skipped());
    if something || !manifest.declared.is_empty() {
        let parts = Parts { path: folder, manifest, views, requirements, files: names };
        out.projects.push(assemble::project(parts, &mut problems));
    }
}

/// A lockfile that holds nothing although a manifest has dependencies was cut off or overwritten.
fn refuse_empty(read: &mut ReadLock, manifest: &Manifest) {
    // pylock files may be for one platform; all others hold every dependency.
    let is_partial = text::file_name(&read.lock.file).starts_with("pylock.");
    let is_missed = |declared: &Declared| {
        if is_partial {
            declared.scope == Scope::Runtime && declared.marker.is_none()
        } else {
            declared.scope != Scope::Build
        }
    };
    if read.lock.packages.is_empty() && !read.broken && manifest.declared.iter().any(is_missed) {
        let why = "holds no packages although the manifest has dependencies: restore or regenerate it";
        read.problems.broken(&read.lock.file, 1, why.to_owned());
        read.broken = true;
    }
}

/// How the project of a folder sees a lockfile; `None` when that is not for this folder.
fn view<'v>(read: &'v ReadLock, folder: &str) -> Option<View<'v>> {
    let root = read.lock.roots.iter().find(|(home, _)| home == folder).map(|(_, root)| *root);
    let is_home = read.folder == folder;
    (!read.broken && (is_home || root.is_some())).then_some(View { lock: &read.lock, root, takes_rest: is_home })
}

/// Without a manifest the lockfile knows what the project is called.
fn name_by_lockfile(manifest: &mut Manifest, views: &[View]) {
    let own = views.iter().find_map(|view| Some(&view.lock.packages[view.root? as usize].purl));
    if let Some(own) = own.filter(|_| manifest.python.name.is_none()) {
        manifest.python.name = Some(own.name().to_owned());
        manifest.python.version = own.version().map(str::to_owned);
    }
}

/// The metadata of all packages that are installed into a folder.
fn installed(
    tree: &Tree,
    files: &Files,
    names: &mut Vec<String>,
    problems: &mut Problems,
    out: &mut Inventory,
) -> Vec<(String, Metadata)> {
    let mut found = Vec::new();
    for file in &files.installed {
        let text = match tree.text(file) {
            Ok(text) => text,
            Err(incomplete) => {
                problems.incomplete.push(incomplete);
                continue;
            }
        };
        let metadata = metadata::parse(&text);
        let mut python = metadata::manifest(&metadata);
        let beside = text::join(text::folder(file), "entry_points.txt").filter(|path| tree.has(path));
        if let Some(text) = beside.and_then(|path| tree.text(&path).ok()) {
            setup_cfg::entry_points_txt(&text, &mut python);
        }
        out.resources.push((file.clone(), Resource::Python(python)));
        names.push(file.clone());
        found.push((file.clone(), metadata));
    }
    found
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
    found.extend(files.environments.iter().map(|file| (file.clone(), Scope::Runtime)));
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
