//! Which folders are members of a workspace, by the patterns of its root manifest.

use super::lock::Context;
use crate::text::join;

/// Folders with a readable manifest that the root manifest's `workspaces` name, the root itself excluded.
pub fn members(context: &Context) -> Vec<String> {
    let Some(root) = context.manifests.get(context.folder) else { return Vec::new() };
    let patterns = patterns(&root.facts.workspaces);
    if patterns.is_empty() {
        return Vec::new();
    }
    let folders = context.manifests.keys().filter(|folder| *folder != context.folder);
    folders.filter(|folder| is_member(context.folder, folder, &patterns)).cloned().collect()
}

/// Patterns without `./` and trailing `/`, with whether they take away.
pub fn patterns(written: &[String]) -> Vec<(bool, String)> {
    written
        .iter()
        .filter_map(|text| {
            let (negative, text) = text.strip_prefix('!').map_or((false, text.as_str()), |rest| (true, rest));
            join("", text).filter(|p| !p.is_empty()).map(|pattern| (negative, pattern))
        })
        .collect()
}

/// True when the patterns of a root take this folder in: the last pattern that fits decides.
pub fn is_member(root: &str, folder: &str, patterns: &[(bool, String)]) -> bool {
    let inside = match root {
        "" => Some(folder),
        root => folder.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')),
    };
    let Some(inside) = inside else { return false };
    let last = patterns.iter().rev().find(|(_, pattern)| fast_glob::glob_match(pattern, inside));
    last.is_some_and(|(negative, _)| !negative)
}
