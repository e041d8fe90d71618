//! Gradle, Bazel and sbt: files that name Maven coordinates.

mod bazel;
mod catalog;
mod configuration;
mod discover;
mod lockfile;
mod sbt;
mod script;
mod starlark;
mod tokens;
mod verification;

pub use discover::read;

use faultline_package::{
    Coordinates, Ecosystem, Edge, EdgeFrom, Integrity, Location, NodeId, Origin, PackageNode, Project, ProjectGraph,
    Reason, Scope,
};

use crate::maven::project::node;

/// A package that a file names.
#[derive(Debug, Clone)]
struct Listed {
    coordinates: Coordinates,
    classifier: String,
    scope: Scope,
    integrity: Vec<Integrity>,
    location: Location,
    /// As written.
    requirement: String,
    /// Folder of the project of the same build that is meant.
    project: Option<String>,
}

impl Listed {
    fn new(group: &str, artifact: &str, version: &str, scope: Scope, file: &str, line: u32) -> Listed {
        Listed {
            coordinates: Coordinates::new(group, artifact, version),
            classifier: String::new(),
            scope,
            integrity: Vec::new(),
            location: Location { file: file.to_owned(), line },
            requirement: version.to_owned(),
            project: None,
        }
    }

    fn node(&self) -> PackageNode {
        let mut node = node(&self.coordinates, None, Some(&self.classifier));
        node.scope = self.scope;
        node.integrity.clone_from(&self.integrity);
        node.locations = vec![self.location.clone()];
        if let Some(folder) = &self.project {
            node.origin = Origin::Path;
            node.path = Some(folder.clone());
        }
        node
    }
}

/// What one folder's files come down to.
#[derive(Default)]
struct Found {
    packages: Vec<Listed>,
    /// Packages that the project itself names, by index; `None` when nothing says which.
    direct: Option<Vec<usize>>,
    /// Dependent and dependency, by index.
    edges: Vec<(usize, usize)>,
    reasons: Vec<Reason>,
    complete: bool,
    files: Vec<String>,
}

fn reason(code: &str, detail: String, file: &str, line: u32) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(Location { file: file.to_owned(), line }) }
}

/// A project of what was found; packages with one id become one.
fn project(path: &str, name: Option<String>, found: Found) -> Project {
    let mut graph = ProjectGraph::default();
    let mut ids: std::collections::HashMap<String, NodeId> = std::collections::HashMap::new();
    let mut places = Vec::new();
    for listed in &found.packages {
        let node = listed.node();
        let known = ids.get(&node.id).copied();
        if let Some(known) = known {
            let merged = &mut graph.packages[known.0 as usize];
            merged.scope = merged.scope.min(node.scope);
            merged.locations.extend(node.locations);
            places.push(known);
            continue;
        }
        let key = node.id.clone();
        let id = graph.add(node);
        ids.insert(key, id);
        places.push(id);
    }
    let direct = found.direct.unwrap_or_else(|| (0..found.packages.len()).collect());
    for listed in direct {
        let Listed { requirement, scope, .. } = &found.packages[listed];
        let (to, requirement) = (places[listed], requirement.clone());
        graph.edges.push(Edge { from: EdgeFrom::Root, to, requirement, scope: *scope, name: None });
    }
    for (from, to) in found.edges {
        let from = EdgeFrom::Node(places[from]);
        let scope = Scope::Runtime;
        graph.edges.push(Edge { from, to: places[to], requirement: String::new(), scope, name: None });
    }
    graph.finish();
    Project {
        path: path.to_owned(),
        ecosystem: Ecosystem::Maven,
        name,
        version: None,
        files: found.files,
        complete: found.complete,
        reasons: found.reasons,
        graph,
    }
}
