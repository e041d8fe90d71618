//! The `pip:` list in a conda environment.

use super::lines::{self, Logical};
use crate::npm::doc::{self, Item};

/// The requirement lines of a conda environment; none when it has no `pip:` list or is no YAML.
pub(super) fn lines(text: &str) -> Vec<Logical> {
    if !text.contains("pip:") {
        return Vec::new();
    }
    let documents = doc::yaml(text).unwrap_or_default();
    let dependencies = documents.iter().filter_map(|document| document.get("dependencies")).flat_map(Item::items);
    let pip = dependencies.filter_map(|item| item.get("pip")).flat_map(Item::items);
    pip.flat_map(|item| {
        let lines = lines::split(item.text().unwrap_or_default());
        lines.into_iter().map(|logical| Logical { line: item.line, ..logical })
    })
    .collect()
}
