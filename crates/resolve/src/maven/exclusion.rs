//! Exclusions along a path.

use std::collections::HashSet;
use std::sync::Arc;

use super::model::Artifact;

/// The exclusions of one dependency and of those above it.
#[derive(Debug, Default)]
pub(super) struct Exclusions {
    above: Option<Arc<Exclusions>>,
    exact: HashSet<(String, String)>,
    groups: HashSet<String>,
    artifacts: HashSet<String>,
    all: bool,
}

/// What is cut off below a dependency.
pub(super) type Cut = Option<Arc<Exclusions>>;

/// Adds a dependency's exclusions to those above it.
pub(super) fn below(above: &Cut, added: &[(String, String)]) -> Cut {
    if added.is_empty() {
        return above.clone();
    }
    let mut set = Exclusions::default();
    set.above.clone_from(above);
    for (group, artifact) in added {
        match (group.as_str(), artifact.as_str()) {
            ("*", "*") => set.all = true,
            ("*", _) => _ = set.artifacts.insert(artifact.clone()),
            (_, "*") => _ = set.groups.insert(group.clone()),
            _ => _ = set.exact.insert((group.clone(), artifact.clone())),
        }
    }
    Some(Arc::new(set))
}

/// Whether an artifact is cut off.
pub(super) fn excludes(cut: &Cut, artifact: &Artifact) -> bool {
    let key = (artifact.group.clone(), artifact.artifact.clone());
    std::iter::successors(cut.as_ref(), |set| set.above.as_ref())
        .any(|set| set.all || set.groups.contains(&key.0) || set.artifacts.contains(&key.1) || set.exact.contains(&key))
}

impl Drop for Exclusions {
    /// Long chains are taken apart one by one: a drop that recurses could overflow the stack.
    fn drop(&mut self) {
        let mut next = self.above.take();
        while let Some(mut owned) = next.and_then(Arc::into_inner) {
            next = owned.above.take();
        }
    }
}
