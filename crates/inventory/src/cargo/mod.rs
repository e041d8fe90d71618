//! Cargo workspaces: `Cargo.toml` and `Cargo.lock`.
//!
//! What the formats mean and where they are silent is written down in `docs/inventory-cargo.md`.

mod assemble;
mod condition;
mod features;
mod lockfile;
mod manifest;
mod matching;
mod workspace;

use std::collections::{BTreeMap, HashMap};

use crate::text::{file_name, folder};
use crate::{Incomplete, Inventory, Tree};

use assemble::Locked;
use manifest::Manifest;
use workspace::Manifests;

/// Adds every Cargo package of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mut manifests = Manifests::new();
    let mut vendored = Vec::new();
    for path in tree.paths.iter().filter(|path| file_name(path) == "Cargo.toml") {
        if is_foreign(path) {
            vendored.extend(vendored_manifest(tree, path));
        } else {
            own_manifest(tree, path, &mut manifests);
        }
    }
    let roots = workspace::roots(&manifests);
    inherit(&mut manifests, &roots);
    told(&manifests, out);
    let vendored: HashMap<(String, String), &Manifest> =
        vendored.iter().filter_map(|m| Some(((m.name.clone()?, m.version.clone()?), m))).collect();
    let mut groups: BTreeMap<&str, Vec<&Manifest>> = BTreeMap::new();
    for (home, root) in &roots {
        groups.entry(root).or_default().extend(manifests.get(home));
    }
    let locks: Vec<&String> =
        tree.paths.iter().filter(|path| file_name(path) == "Cargo.lock" && !is_foreign(path)).collect();
    for file in &locks {
        groups.entry(folder(file)).or_default();
    }
    for (root, members) in groups {
        let file = crate::go::at(root, "Cargo.lock");
        let lock = tree.has(&file).then(|| assemble::read_lock(tree, &file, out));
        match lock {
            Some(Some(lock)) => assemble::projects(&Locked { file: &file, lock, members, vendored: &vendored }, out),
            Some(None) => assemble::without_lock(&members, Some(&file), out),
            None => assemble::without_lock(&members, None, out),
        }
    }
}

/// True for copies of other people's packages.
fn is_foreign(path: &str) -> bool {
    folder(path).split('/').any(|part| matches!(part, "vendor" | "node_modules" | "site-packages" | "target" | ".git"))
}

/// The manifest of a vendored package, which tells its features. Only what cargo itself copied counts.
fn vendored_manifest(tree: &Tree, path: &str) -> Option<Manifest> {
    let copied = tree.has(&crate::go::at(folder(path), ".cargo-checksum.json"));
    let text = tree.text(path).ok().filter(|_| copied)?;
    Some(manifest::parse(path, &text))
}

fn own_manifest(tree: &Tree, path: &str, manifests: &mut Manifests) {
    match tree.text(path) {
        Ok(text) => {
            let manifest = manifest::parse(path, &text);
            if !manifest.is_empty() || !manifest.faults.is_empty() {
                manifests.insert(folder(path).to_owned(), manifest);
            }
        }
        Err(incomplete) => {
            let faults = vec![(incomplete.line, incomplete.why)];
            manifests
                .insert(folder(path).to_owned(), Manifest { file: path.to_owned(), faults, ..Manifest::default() });
        }
    }
}

/// Members take over what the root of their workspace states.
fn inherit(manifests: &mut Manifests, roots: &BTreeMap<String, String>) {
    for (home, root) in roots {
        let Some(mut manifest) = manifests.remove(home) else { continue };
        let own = manifest.workspace.take();
        let stated = own.as_ref().or_else(|| manifests.get(root).and_then(|m| m.workspace.as_ref()));
        if let Some(stated) = stated {
            manifest.inherit(stated, root);
        }
        manifest.workspace = own;
        manifests.insert(home.clone(), manifest);
    }
}

fn told(manifests: &Manifests, out: &mut Inventory) {
    for manifest in manifests.values() {
        let Some((line, why)) = manifest.faults.first() else { continue };
        let why = match manifest.faults.len() {
            1 => why.clone(),
            count => format!("{why} (and {} more)", count - 1),
        };
        out.incomplete.push(Incomplete { file: manifest.file.clone(), line: *line, why });
    }
}
