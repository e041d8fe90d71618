//! Which manifests make one workspace with one lockfile.

use std::collections::BTreeMap;

use super::manifest::Manifest;
use crate::text::{folder, join};

/// Manifests by folder.
pub(super) type Manifests = BTreeMap<String, Manifest>;

/// Per folder of a manifest the folder whose lockfile counts for it.
pub(super) fn roots(manifests: &Manifests) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (home, manifest) in manifests {
        out.insert(home.clone(), root_of(manifests, home, manifest));
    }
    path_members(manifests, &mut out);
    out
}

fn root_of(manifests: &Manifests, home: &str, manifest: &Manifest) -> String {
    if manifest.workspace.is_some() {
        return home.to_owned();
    }
    let named = manifest.workspace_folder.as_deref().and_then(|named| join(home, named));
    if let Some(named) = named.filter(|named| manifests.get(named).is_some_and(|m| m.workspace.is_some())) {
        return named;
    }
    let mut above = home;
    while !above.is_empty() {
        above = folder(above);
        let Some(workspace) = manifests.get(above).and_then(|m| m.workspace.as_ref()) else { continue };
        let relative = if above.is_empty() { home } else { &home[above.len() + 1..] };
        let inside = |left_out: &String| {
            relative == left_out.trim_end_matches('/')
                || relative.starts_with(&format!("{}/", left_out.trim_end_matches('/')))
        };
        if workspace.exclude.iter().any(inside) {
            return home.to_owned();
        }
        if workspace.members.iter().any(|pattern| matches(pattern, relative)) {
            return above.to_owned();
        }
        return home.to_owned();
    }
    home.to_owned()
}

fn matches(pattern: &str, relative: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    pattern == relative || fast_glob::glob_match(pattern, relative)
}

/// Folders that a member depends on by path are members too, when they lie below the workspace's root.
fn path_members(manifests: &Manifests, roots: &mut BTreeMap<String, String>) {
    let mut queue: Vec<String> = manifests.keys().cloned().collect();
    while let Some(home) = queue.pop() {
        let (Some(manifest), Some(root)) = (manifests.get(&home), roots.get(&home).cloned()) else { continue };
        if manifests.get(&root).is_none_or(|m| m.workspace.is_none()) {
            continue;
        }
        for path in manifest.dependencies.iter().filter_map(|d| d.path.as_deref()) {
            let Some(other) = join(&home, path) else { continue };
            let below = root.is_empty() || other.starts_with(&format!("{root}/"));
            let alone =
                roots.get(&other) == Some(&other) && manifests.get(&other).is_some_and(|m| m.workspace.is_none());
            if below && alone && other != root && !is_excluded(manifests, &root, &other) {
                roots.insert(other.clone(), root.clone());
                queue.push(other);
            }
        }
    }
}

fn is_excluded(manifests: &Manifests, root: &str, other: &str) -> bool {
    let exclude = manifests.get(root).and_then(|m| m.workspace.as_ref()).map(|w| w.exclude.as_slice());
    exclude
        .into_iter()
        .flatten()
        .filter_map(|left_out| join(root, left_out))
        .any(|left_out| other == left_out || other.starts_with(&format!("{left_out}/")))
}
