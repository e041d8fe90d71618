//! Inventory of a revision, and how it is kept.

use std::path::Path;
use std::sync::Arc;

use faultline_facts::Resource;
use faultline_inventory::{Incomplete, Inventory, Tree};
use faultline_package::{Coordinates, Project};
use faultline_source::{
    ClientEnvironment, EntryKind, Http, Limits, Registries, Repository, Snapshot, SourceError, Timeouts,
};

use crate::commands::{Tree as Around, declared, is_deployment_file};
use crate::enclosing::Enclosing;
use crate::input::{check_regular, os_words};
use crate::maven::{PomMemory, Poms, resolve_projects};
use crate::{Declared, EngineError, Progress, Settings};

/// Inventory as the store keeps it.
#[derive(Debug, Clone, Default)]
pub struct StoredInventory {
    /// Projects with their graphs.
    pub projects: Vec<Project>,
    /// Manifests and what they say about code.
    pub resources: Vec<(String, Resource)>,
    /// Entry points that deployment files state.
    pub declared: Vec<Declared>,
    /// Maven coordinates that were missing, and what was asked for them.
    pub(crate) missing: MissingPoms,
}

/// Maven coordinates that no repository had.
#[derive(Debug, Clone, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub(crate) struct MissingPoms {
    /// Group, artifact, version.
    pub coordinates: Vec<(String, String, String)>,
    /// Which repositories were asked.
    pub asked: String,
}

/// Two encodings side by side: the graph is serde's, resources are bitcode's.
#[derive(bitcode::Encode, bitcode::Decode)]
struct Encoded {
    projects: Vec<u8>,
    resources: Vec<(String, Resource)>,
    declared: Vec<Declared>,
    missing: MissingPoms,
}

impl StoredInventory {
    /// Bytes for the store.
    pub(crate) fn encode(inventory: &Inventory, declared: Vec<Declared>, missing: MissingPoms) -> Vec<u8> {
        let projects = serde_json::to_vec(&inventory.projects).unwrap_or_default();
        bitcode::encode(&Encoded { projects, resources: inventory.resources.clone(), declared, missing })
    }

    /// What [`StoredInventory::encode`] wrote; `None` when another version wrote it.
    pub fn decode(bytes: &[u8]) -> Option<StoredInventory> {
        let encoded: Encoded = bitcode::decode(bytes).ok()?;
        let projects = serde_json::from_slice(&encoded.projects).ok()?;
        let Encoded { resources, declared, missing, .. } = encoded;
        Some(StoredInventory { projects, resources, declared, missing })
    }
}

/// Inventory of a snapshot, Maven projects resolved; returns also the coordinates that were missing for that.
pub(crate) fn inventory_of_snapshot(
    snapshot: &Snapshot,
    poms: &Poms,
    progress: &dyn Progress,
) -> (Inventory, Vec<Coordinates>) {
    let paths: Vec<String> =
        snapshot.entries.iter().filter(|e| e.kind != EntryKind::Submodule).map(|e| e.path.clone()).collect();
    let read = reader(snapshot);
    let tree = Tree { paths: &paths, read: &read };
    let mut inventory = faultline_inventory::read(&tree);
    let missing = resolve_projects(&tree, poms, &mut inventory, progress);
    (inventory, missing)
}

/// Reads files of a snapshot; symbolic links stand for what they lead to.
pub(crate) fn reader(snapshot: &Snapshot) -> impl Fn(&str) -> Result<Arc<[u8]>, String> {
    move |path: &str| {
        let entry = snapshot.get(path).ok_or_else(|| "is not there".to_owned())?;
        let entry = if entry.kind == EntryKind::Symlink {
            snapshot.follow(entry).ok_or_else(|| "is a symbolic link that leads out of the repository".to_owned())?
        } else {
            entry
        };
        snapshot.read(entry).map(Arc::from).map_err(|e| e.to_string())
    }
}

/// Entry points that the deployment files of a snapshot state.
pub(crate) fn declared_in(snapshot: &Snapshot, resources: &[(String, Resource)]) -> Vec<Declared> {
    let scripts = |folder: &str, name: &str| script(resources, folder, name);
    let tree = Around { scripts: &scripts, exists: &|path| snapshot.get(path).is_some() };
    let files = snapshot.entries.iter().filter(|e| is_deployment_file(&e.path) && e.kind != EntryKind::Submodule);
    let text = |entry| Some(String::from_utf8_lossy(&snapshot.read(entry).ok()?).into_owned());
    files.filter_map(|e| Some(declared(&e.path, &text(e)?, &tree))).flatten().collect()
}

/// A script of the `package.json` in a folder, or of the closest one above: its folder and command line.
fn script(resources: &[(String, Resource)], folder: &str, name: &str) -> Option<(String, String)> {
    let mut at = folder;
    loop {
        let path = if at.is_empty() { "package.json".to_owned() } else { format!("{at}/package.json") };
        if let Some((_, Resource::Npm(manifest))) = resources.iter().find(|(known, _)| *known == path) {
            let script = manifest.scripts.iter().find(|script| script.name == name)?;
            return Some((at.to_owned(), script.target.clone()));
        }
        if at.is_empty() {
            return None;
        }
        at = at.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// Inventory of one directory, manifest or lockfile as it lies on disk.
pub fn inventory_of_path(path: &Path, settings: &Settings, progress: &dyn Progress) -> Result<Inventory, EngineError> {
    let limits = &settings.limits;
    let http = Http::new(&Timeouts::default(), settings.offline);
    let environment = ClientEnvironment::of_process();
    let registries = Registries::new(settings.registries.clone(), environment, http, limits.clone());
    let memory = PomMemory::default();
    let poms = Poms::new(&registries, &memory, &|_| None);
    let metadata =
        std::fs::metadata(path).map_err(|e| EngineError::Input(format!("{}: {}", path.display(), os_words(&e))))?;
    if metadata.is_dir() {
        let snapshot = Repository::open_plain(path, limits).snapshot(None)?;
        let (mut inventory, _) = inventory_of_snapshot(&snapshot, &poms, progress);
        Enclosing::of(path, limits).complete(&mut inventory, &reader(&snapshot));
        inventory.incomplete.extend(snapshot.problems.iter().map(|reason| Incomplete {
            file: reason.location.as_ref().map_or_else(String::new, |l| l.file.clone()),
            line: 0,
            why: reason.detail.clone(),
        }));
        inventory.incomplete.sort();
        return Ok(inventory);
    }
    check_regular(path, &metadata)?;
    inventory_of_file(path, metadata.len(), limits, &poms, progress)
}

/// One manifest or lockfile; its companions in the same folder are looked at too, but nothing else.
fn inventory_of_file(
    path: &Path,
    size: u64,
    limits: &Limits,
    poms: &Poms,
    progress: &dyn Progress,
) -> Result<Inventory, EngineError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !faultline_source::is_manifest_name(&name) {
        let what = format!("{}: is not a manifest or lockfile that is known by its name", path.display());
        return Err(SourceError::BadInput { what }.into());
    }
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let mut paths = vec![name.clone()];
    let companions = faultline_inventory::companions(&name).iter().filter(|file| folder.join(file).is_file());
    paths.extend(companions.map(|file| (*file).to_owned()));
    paths.sort();
    let read = |wanted: &str| -> Result<Arc<[u8]>, String> {
        if wanted == name && size > limits.max_file_bytes {
            return Err(format!("has {size} bytes, more than the {} that are read", limits.max_file_bytes));
        }
        std::fs::read(folder.join(wanted)).map(Arc::from).map_err(|e| os_words(&e))
    };
    let tree = Tree { paths: &paths, read: &read };
    let mut inventory = faultline_inventory::read(&tree);
    resolve_projects(&tree, poms, &mut inventory, progress);
    Ok(inventory)
}
