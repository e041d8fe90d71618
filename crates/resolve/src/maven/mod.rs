//! Maven: the nearest declaration wins.
//!
//! Breadth first from the root: of several declarations of one artifact the nearest decides, of equally near ones the
//! first. A range must hold for whatever is chosen: when it does not, the walk starts again knowing the range.

mod exclusion;
mod model;
mod requirement;
mod walk;

pub use model::{
    Answer, Artifact, Dependency, Edge, Graph, Known, MavenScope, Needs, Node, Outcome, Project, Unresolved,
};

use std::collections::{HashMap, HashSet};

use requirement::Ranges;
use walk::{End, Walk};

/// Most walks before ranges that contradict each other in circles are left as they are.
const MAX_WALKS: usize = 200;

/// Resolves the dependencies of a project.
pub fn resolve(root: &Project, known: &Known) -> Outcome {
    let mut carried: HashMap<Artifact, Ranges> = HashMap::new();
    let mut dropped: HashSet<Artifact> = HashSet::new();
    for attempt in 0.. {
        let walk = Walk::new(root, known, carried.clone(), attempt < MAX_WALKS);
        match walk.run() {
            End::Conflict(artifact, ranges) => _ = carried.insert(artifact, ranges),
            End::Done { outcome, mut stale } => {
                // A range that comes back stands below the very version that it forbids.
                stale.retain(|artifact| dropped.insert(artifact.clone()));
                if stale.is_empty() || attempt >= MAX_WALKS {
                    return outcome;
                }
                // What stated these ranges is no longer part of the graph.
                carried.retain(|artifact, _| !stale.contains(artifact));
            }
        }
    }
    Outcome::Graph(Graph::default())
}
