//! `go.work`: several modules that are built together, with one version of each dependency.

use std::cmp::Ordering;
use std::collections::HashMap;

use faultline_package::{Ecosystem, version};

use super::modfile::ModFile;
use super::{at, is_vendored, parsed};
use crate::text::{file_name, folder, join};
use crate::{Incomplete, Inventory, Tree};

/// A workspace.
pub(super) struct Workspace {
    /// The `go.work`.
    pub file: ModFile,
    /// Module path to folder, of every member.
    pub members: HashMap<String, String>,
    /// The highest version that any member requires of a module.
    selected: HashMap<String, String>,
}

/// The workspaces of a tree.
pub(super) fn read(tree: &Tree, mods: &[ModFile], out: &mut Inventory) -> Vec<Workspace> {
    let mut found = Vec::new();
    for file in tree.paths.iter().filter(|path| file_name(path) == "go.work" && !is_vendored(path, false)) {
        match parsed(tree, file) {
            Ok(work) => found.push(workspace(tree, work, mods, out)),
            Err(incomplete) => out.incomplete.push(incomplete),
        }
    }
    found
}

fn workspace(tree: &Tree, work: ModFile, mods: &[ModFile], out: &mut Inventory) -> Workspace {
    let mut found = Workspace { file: work, members: HashMap::new(), selected: HashMap::new() };
    for (line, why) in found.file.faults.clone() {
        out.incomplete.push(Incomplete { file: found.file.file.clone(), line, why });
    }
    let home = folder(&found.file.file).to_owned();
    for (used, line) in found.file.uses.clone() {
        let member = join(&home, &used);
        let file = member.as_ref().map(|m| at(m, "go.mod"));
        let Some(file) = file.filter(|file| tree.has(file)) else {
            let why = format!("uses `{used}`, where no go.mod is; correct it");
            out.incomplete.push(Incomplete { file: found.file.file.clone(), line, why });
            continue;
        };
        if let Some(module) = mods.iter().find(|m| m.file == file) {
            found.add(module);
        }
    }
    found
}

impl Workspace {
    fn add(&mut self, module: &ModFile) {
        let name = module.module.clone().unwrap_or_default();
        self.members.insert(name, folder(&module.file).to_owned());
        for require in &module.requires {
            let known = self.selected.entry(require.path.clone()).or_insert_with(|| require.version.clone());
            if version::compare(Ecosystem::Go, &require.version, known) == Some(Ordering::Greater) {
                known.clone_from(&require.version);
            }
        }
    }

    /// True for the folder of a member.
    pub(super) fn has(&self, home: &str) -> bool {
        self.members.values().any(|member| member == home)
    }

    /// The version that is built of a module.
    pub(super) fn selected(&self, path: &str) -> Option<&str> {
        self.selected.get(path).map(String::as_str)
    }
}
