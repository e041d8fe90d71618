//! The lockfile around a folder that is read alone: a member of a workspace has none of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_inventory::{Inventory, ReadFile, Tree};
use faultline_package::{Location, Project};
use faultline_source::{Limits, is_manifest_name};
use faultline_store::AnswerKey;

/// Files beside a lockfile that say how it is read.
const BESIDE: [&str; 2] = [".yarnrc.yml", "pnpm-workspace.yaml"];

/// Manifests and lockfiles of the folders above one, up to the root of its git repository, nearest folder first.
#[derive(Default)]
pub(crate) struct Enclosing(Vec<Above>);

/// One folder above.
struct Above {
    /// Path from there to the folder that is read.
    way: String,
    /// Content by name.
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Enclosing {
    /// Looks above a folder. Outside of git there is nothing: another project may lie anywhere.
    pub fn of(folder: &Path, limits: &Limits) -> Enclosing {
        let Ok(folder) = std::fs::canonicalize(folder) else { return Enclosing::default() };
        let mut above = Vec::new();
        for ancestor in folder.ancestors().skip(1) {
            if let Some(found) = look(ancestor, &folder, limits) {
                above.push(found);
            }
            if ancestor.join(".git").exists() {
                return Enclosing(above);
            }
        }
        Enclosing::default()
    }

    /// A digest over everything that was found; empty when nothing was.
    pub fn digest(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut key = AnswerKey::new();
        for above in &self.0 {
            key.add(&above.way);
            for (name, bytes) in &above.files {
                key.add(name).add(bytes);
            }
        }
        key.hex()
    }

    /// Gives projects without a lockfile what the nearest lockfile above says that is installed for them.
    pub fn complete(&self, inventory: &mut Inventory, read: &ReadFile<'_>) {
        for above in &self.0 {
            if !inventory.projects.iter().any(lacks_lockfile) {
                return;
            }
            above.complete(inventory, read);
        }
    }
}

impl Above {
    fn complete(&self, inventory: &mut Inventory, read: &ReadFile<'_>) {
        let inside = |file: &str| format!("{}/{file}", self.way);
        let manifests = inventory.projects.iter().flat_map(|project| &project.files).map(|file| inside(file));
        let mut paths: Vec<String> = self.files.keys().cloned().chain(manifests).collect();
        paths.sort();
        paths.dedup();
        let start = format!("{}/", self.way);
        let read = |path: &str| match path.strip_prefix(&start) {
            Some(file) => read(file),
            None => self.files.get(path).cloned().ok_or_else(|| "is not there".to_owned()),
        };
        let around = faultline_inventory::read(&Tree { paths: &paths, read: &read });
        for project in inventory.projects.iter_mut().filter(|project| lacks_lockfile(project)) {
            let path = if project.path.is_empty() { self.way.clone() } else { inside(&project.path) };
            let same = |p: &&Project| p.path == path && p.ecosystem == project.ecosystem && !lacks_lockfile(p);
            if let Some(found) = around.projects.iter().find(same) {
                *project = self.seen_from_below(found.clone(), project.path.clone());
            }
        }
    }

    fn seen_from_below(&self, mut project: Project, path: String) -> Project {
        project.path = path;
        project.files.iter_mut().for_each(|file| *file = self.below(file));
        let reasons = project.reasons.iter_mut().filter_map(|reason| reason.location.as_mut());
        let packages = project.graph.packages.iter_mut().flat_map(|package| &mut package.locations);
        reasons.chain(packages).for_each(|location: &mut Location| location.file = self.below(&location.file));
        project
    }

    /// A path from the folder above as a path from the folder that is read.
    fn below(&self, file: &str) -> String {
        let start = format!("{}/", self.way);
        let up = "../".repeat(self.way.split('/').count());
        file.strip_prefix(&start).map_or_else(|| format!("{up}{file}"), str::to_owned)
    }
}

fn lacks_lockfile(project: &Project) -> bool {
    project.reasons.iter().any(|reason| reason.code == "no_lockfile")
}

fn look(ancestor: &Path, folder: &Path, limits: &Limits) -> Option<Above> {
    let wanted = |name: &str| is_manifest_name(name) || BESIDE.contains(&name);
    let entries = std::fs::read_dir(ancestor).ok()?.filter_map(Result::ok);
    let named = entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())));
    let files: BTreeMap<String, Arc<[u8]>> = named
        .filter(|(name, _)| wanted(name))
        .filter_map(|(name, path)| Some((name, content(&path, limits)?)))
        .collect();
    let parts = folder.strip_prefix(ancestor).ok()?.components();
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    (!files.is_empty()).then(|| Above { way: parts.join("/"), files })
}

fn content(path: &PathBuf, limits: &Limits) -> Option<Arc<[u8]>> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    let readable = metadata.is_file() && metadata.len() <= limits.max_file_bytes;
    readable.then(|| std::fs::read(path).ok().map(Arc::from)).flatten()
}
