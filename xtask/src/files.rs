//! What is read: crates and every text of the repository.

use std::path::Path;

use anyhow::Context;
use walkdir::{DirEntry, WalkDir};

use crate::Fault;

/// Longest source file; above this it is more than one room.
const MAX_LINES: usize = 700;

/// One crate under `crates/`.
pub(crate) struct Crate {
    /// Folder name, e.g. `source`.
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest: toml::Table,
    /// Source files below `src/`: path from the workspace, and text.
    pub sources: Vec<(String, String)>,
}

/// All crates by name.
pub(crate) fn crates(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for entry in WalkDir::new(root.join("crates")).min_depth(1).max_depth(1).sort_by_file_name() {
        let folder = entry?.into_path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = manifest.parse().with_context(|| format!("crates/{name}/Cargo.toml"))?;
        let sources = texts_below(root, &folder.join("src"))?;
        crates.push(Crate { name, manifest, sources });
    }
    Ok(crates)
}

/// Every text file of the repository: path from the workspace, and text.
pub(crate) fn texts(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    texts_below(root, root)
}

fn texts_below(root: &Path, folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|e| !skipped(e)) {
        let entry = entry?;
        if !entry.file_type().is_file() {
            continue;
        }
        // A file that is not UTF-8 is a binary fixture.
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        texts.push((path.to_string_lossy().replace('\\', "/"), text));
    }
    Ok(texts)
}

fn skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() > 0 && matches!(&*name, "target" | ".git" | "node_modules" | "Cargo.lock")
}

/// Source files that are too long.
pub(crate) fn check_sizes(texts: &[(String, String)]) -> Vec<Fault> {
    texts
        .iter()
        .filter(|(path, text)| {
            Path::new(path).extension().is_some_and(|e| e == "rs")
                && !path.contains("/fixtures/")
                && text.lines().count() > MAX_LINES
        })
        .map(|(path, text)| format!("{path}: {} lines; split it, {MAX_LINES} is the most", text.lines().count()))
        .collect()
}
