//! Maven projects resolved: POMs from the tree, the fleet, local folders and the configured repository.

mod assemble;
mod fleet;
mod known;
mod poms;

use std::sync::Arc;

use faultline_inventory::maven::{Builder, Effective, Pom, Workspace, project};
use faultline_inventory::{Inventory, Tree};
use faultline_package::{Coordinates, Ecosystem, Location, Project};
use faultline_resolve::maven::{self as resolve, Graph, Outcome};

use crate::Progress;
use known::KnownProjects;
pub(crate) use poms::{PomMemory, Poms};

/// Most rounds of asking for what is missing: each goes one dependency deeper.
const MAX_ROUNDS: usize = 500;

/// Replaces the Maven projects of an inventory by resolved ones; returns what was missing for that.
pub(crate) fn resolve_projects(
    tree: &Tree,
    poms: &Poms,
    inventory: &mut Inventory,
    progress: &dyn Progress,
) -> Vec<Coordinates> {
    let is_maven = |project: &Project| project.ecosystem == Ecosystem::Maven && is_pom(project.files.first());
    if !inventory.projects.iter().any(is_maven) {
        return Vec::new();
    }
    let (workspace, _) = Workspace::read(tree);
    let outside = |wanted: &Coordinates| poms.lookup(wanted);
    let mut missing = Vec::new();
    workspace.with_builder(&outside, |builder| {
        let known = KnownProjects::new(builder, &workspace, poms);
        progress.begin("resolving Maven dependencies", Some(workspace.poms().count() as u64));
        for (path, pom) in workspace.poms() {
            let resolved = one(path, pom, builder, &known, &mut missing);
            if let Some(place) = inventory.projects.iter().position(|p| is_maven(p) && p.path == resolved.path) {
                inventory.projects[place] = resolved;
            }
            progress.advance(1);
        }
        progress.end();
    });
    missing.sort();
    missing.dedup();
    missing
}

fn is_pom(file: Option<&String>) -> bool {
    file.is_some_and(|file| file == "pom.xml" || file.ends_with("/pom.xml"))
}

fn one(
    path: &str,
    pom: &Arc<Pom>,
    builder: &Builder,
    known: &KnownProjects,
    missing: &mut Vec<Coordinates>,
) -> Project {
    let effective = builder.effective(pom);
    let graph = graph_of(&effective, known);
    missing.extend(effective.missing.iter().map(|m| m.coordinates.clone()));
    missing.extend(known::missing_of(&graph));
    assemble::project(path, &effective, &graph, known)
}

/// Resolves, asks for what is needed, and resolves again.
fn graph_of(effective: &Effective, known: &KnownProjects) -> Graph {
    let root = known::project_of(effective);
    for _ in 0..MAX_ROUNDS {
        let project = |wanted: &Coordinates| known.project(wanted);
        let versions = |group: &str, artifact: &str| known.versions(group, artifact);
        match resolve::resolve(&root, &resolve::Known { project: &project, versions: &versions }) {
            Outcome::Graph(graph) => return graph,
            Outcome::Needs(needs) => known.get(&needs),
        }
    }
    Graph::default()
}

/// The place at which a whole POM is meant.
fn start_of(path: &str) -> Location {
    Location { file: path.to_owned(), line: 1 }
}

use project::{node, places, reason, reasons};
