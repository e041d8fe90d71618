//! Node's rule: a package sees the nearest `node_modules` above it.

use std::collections::HashMap;

/// Install paths and the packages that stand there.
#[derive(Debug, Default)]
pub struct Installed {
    by_path: HashMap<String, usize>,
}

impl Installed {
    /// Says that a package stands at an install path.
    pub fn add(&mut self, path: &str, index: usize) {
        self.by_path.insert(path.to_owned(), index);
    }

    /// The package at exactly this path.
    pub fn exact(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// What `name` means for code that stands at `from`.
    pub fn find(&self, from: &str, name: &str) -> Option<usize> {
        let mut base = from;
        let mut candidate = String::new();
        loop {
            if !(base == "node_modules" || base.ends_with("/node_modules")) {
                candidate.clear();
                candidate.push_str(base);
                candidate.push_str(if base.is_empty() { "node_modules/" } else { "/node_modules/" });
                candidate.push_str(name);
                if let Some(index) = self.by_path.get(&candidate) {
                    return Some(*index);
                }
            }
            if base.is_empty() {
                return None;
            }
            base = base.rfind('/').map_or("", |at| &base[..at]);
        }
    }
}

/// The install path of `name` inside the package at `parent`.
pub fn inside(parent: &str, name: &str) -> String {
    if parent.is_empty() { format!("node_modules/{name}") } else { format!("{parent}/node_modules/{name}") }
}

/// The name under which a path is installed; `None` for folders outside `node_modules`.
pub fn name(path: &str) -> Option<&str> {
    const FOLDER: &str = "node_modules/";
    let at = path.rfind(FOLDER)?;
    let is_folder = at == 0 || path[..at].ends_with('/');
    let name = &path[at + FOLDER.len()..];
    let parts = name.split('/').count();
    let is_name = if name.starts_with('@') { parts == 2 } else { parts == 1 };
    (is_folder && is_name && !name.is_empty()).then_some(name)
}
