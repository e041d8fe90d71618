//! A resolved graph as a project's.

use std::collections::BTreeSet;

use faultline_inventory::maven::{Dependency, Effective};
use faultline_package::{
    Coordinates, Edge, EdgeFrom, Location, NodeId, Origin, PackageNode, Project, ProjectGraph, Reason, Scope,
};
use faultline_resolve::maven::{self as resolve, Graph, MavenScope};

use super::known::KnownProjects;
use super::{node, places, reason, reasons, start_of};

/// The project of a POM with its resolved graph.
pub(super) fn project(path: &str, effective: &Effective, graph: &Graph, known: &KnownProjects) -> Project {
    let places = locations(effective, graph);
    let mut out = ProjectGraph::default();
    for (index, chosen) in graph.nodes.iter().enumerate() {
        out.add(package(chosen, places[index].clone(), known));
    }
    let direct = direct_scopes(graph);
    out.edges.extend(graph.edges.iter().map(|edge| edge_of(edge, direct[edge.to])));
    let mut reasons = reasons(effective);
    reasons.extend(unresolved(graph, &places, path));
    reasons.extend(missing(graph, &places, path, known));
    reasons.sort();
    reasons.dedup();
    out.finish();
    let bare = faultline_inventory::maven::project::project(path, effective);
    Project { complete: reasons.is_empty(), reasons, graph: out, ..bare }
}

fn package(chosen: &resolve::Node, places: Vec<Location>, known: &KnownProjects) -> PackageNode {
    let artifact = &chosen.artifact;
    let coordinates = Coordinates::new(&artifact.group, &artifact.artifact, &chosen.version);
    let mut package = node(&coordinates, Some(&artifact.extension), Some(&artifact.classifier));
    package.locations = places;
    if let Some(folder) = known.folder_of(&coordinates) {
        package.origin = Origin::Path;
        package.path = Some(folder);
    }
    package
}

/// Where a dependency is declared; for a transitive one the direct one that brings it, and what manages it.
fn locations(effective: &Effective, graph: &Graph) -> Vec<Vec<Location>> {
    let mut out: Vec<Vec<Location>> = vec![Vec::new(); graph.nodes.len()];
    for edge in graph.edges.iter().filter(|edge| edge.from.is_none()) {
        let declared = edge.declared.and_then(|index| effective.dependencies.get(index));
        out[edge.to].extend(declared.map(places).unwrap_or_default());
    }
    let managed = managed_places(effective);
    // Dependents come before what they brought, so one pass is enough for all but a few edges; two do.
    for edge in graph.edges.iter().chain(&graph.edges) {
        let Some(from) = edge.from.filter(|_| out[edge.to].is_empty()) else { continue };
        let above = out[from].first().cloned();
        let artifact = &graph.nodes[edge.to].artifact;
        let key = (artifact.group.as_str(), artifact.artifact.as_str());
        out[edge.to].extend(above.into_iter().chain(managed.get(&key).cloned()));
    }
    out
}

fn managed_places(effective: &Effective) -> std::collections::HashMap<(&str, &str), Location> {
    let entries = effective.managed.iter().rev().filter(|entry| !entry.location.file.is_empty());
    let key = |entry: &'_ Dependency| entry.location.clone();
    entries.map(|entry| ((entry.group.as_str(), entry.artifact.as_str()), key(entry))).collect()
}

/// Per node the scope with which the project itself declares it.
fn direct_scopes(graph: &Graph) -> Vec<Option<Scope>> {
    let mut out = vec![None; graph.nodes.len()];
    for edge in graph.edges.iter().filter(|edge| edge.from.is_none()) {
        out[edge.to] = Some(scope_of(edge.scope));
    }
    out
}

fn scope_of(scope: MavenScope) -> Scope {
    match scope {
        MavenScope::Compile | MavenScope::Runtime | MavenScope::System => Scope::Runtime,
        MavenScope::Provided => Scope::Peer,
        MavenScope::Test => Scope::Test,
    }
}

/// The scope that the project itself declares holds for every way to the package.
fn edge_of(edge: &resolve::Edge, declared: Option<Scope>) -> Edge {
    let scope = declared.map_or(scope_of(edge.scope), |declared| scope_of(edge.scope).max(declared));
    let optional = edge.optional && edge.from.is_none() && scope == Scope::Runtime;
    Edge {
        from: edge.from.map_or(EdgeFrom::Root, |from| EdgeFrom::Node(node_id(from))),
        to: node_id(edge.to),
        requirement: edge.requirement.clone(),
        scope: if optional { Scope::Optional } else { scope },
        name: None,
    }
}

fn node_id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

fn unresolved(graph: &Graph, places: &[Vec<Location>], path: &str) -> Vec<Reason> {
    let one = |open: &resolve::Unresolved| {
        let detail = format!("the version of {} is not known: {}", graph.nodes[open.node].artifact.name(), open.why);
        let place = places[open.node].first().cloned().unwrap_or_else(|| start_of(path));
        reason("version_unknown", detail, place)
    };
    graph.unresolved.iter().map(one).collect()
}

/// Packages whose POM is missing: what they depend on is not known.
fn missing(graph: &Graph, places: &[Vec<Location>], path: &str, known: &KnownProjects) -> Vec<Reason> {
    let mut told = BTreeSet::new();
    let mut out = Vec::new();
    for (index, chosen) in graph.nodes.iter().enumerate().filter(|(_, n)| n.missing && !n.version.is_empty()) {
        let artifact = &chosen.artifact;
        let coordinates = Coordinates::new(&artifact.group, &artifact.artifact, &chosen.repository_version);
        if told.insert(coordinates.clone()) {
            let why = known.why_missing(&coordinates);
            let detail = format!("the POM of {coordinates} is missing, so its dependencies are unknown: {why}");
            let place = places[index].first().cloned().unwrap_or_else(|| start_of(path));
            out.push(reason("coordinates_missing", detail, place));
        }
    }
    out
}
