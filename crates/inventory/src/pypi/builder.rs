//! Collects packages and edges of one project from several files, without duplicates.

use std::collections::{HashMap, HashSet};

use faultline_package::{
    Edge, EdgeFrom, Integrity, Location, NodeId, Origin, PackageNode, ProjectGraph, Purl, Relationship, Scope,
};

use super::lock::MOST_VERSIONS;
use super::source::Source;

/// A package as one file states it.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    /// Name and version.
    pub purl: Purl,
    /// Where it comes from.
    pub source: Source,
    /// Hashes.
    pub integrity: Vec<Integrity>,
    /// Scope when nothing leads to it.
    pub scope: Scope,
    /// Place.
    pub location: Option<Location>,
}

/// A graph in the making.
#[derive(Default)]
pub(super) struct Builder {
    graph: ProjectGraph,
    known: HashMap<(Purl, Option<String>), NodeId>,
    by_purl: HashMap<Purl, NodeId>,
    ids: HashSet<String>,
    by_name: HashMap<String, Vec<NodeId>>,
    /// Per package its own marker, and the markers of the edges that lead to it.
    own_markers: Vec<Vec<Option<String>>>,
    edge_markers: Vec<Vec<Option<String>>>,
    root_edges: HashSet<(NodeId, Scope)>,
}

impl Builder {
    /// The node of a package; a second statement of the same package adds its place and hashes.
    pub(super) fn node(&mut self, stated: Stated) -> NodeId {
        let source = stated.source.address.clone().filter(|_| stated.source.origin != Origin::Registry);
        let key = (stated.purl.clone(), source);
        if let Some(id) = self.known.get(&key).copied() {
            self.locate(id, stated.location);
            self.graph.packages[id.0 as usize].integrity.extend(stated.integrity);
            return id;
        }
        let name = stated.purl.name().to_owned();
        let fresh = self.fresh_id(&stated);
        let id = self.graph.add(PackageNode {
            id: fresh,
            purl: stated.purl,
            origin: stated.source.origin,
            alias: None,
            integrity: stated.integrity,
            relationship: Relationship::Transitive,
            scope: stated.scope,
            marker: None,
            locations: stated.location.into_iter().collect(),
            resolved: stated.source.address.filter(|_| stated.source.origin != Origin::Path),
            path: stated.source.path,
        });
        self.by_purl.entry(key.0.clone()).or_insert(id);
        self.known.insert(key, id);
        self.by_name.entry(name).or_default().push(id);
        self.own_markers.push(Vec::new());
        self.edge_markers.push(Vec::new());
        id
    }

    /// The purl, told apart by its source when the same version comes from two places.
    fn fresh_id(&mut self, stated: &Stated) -> String {
        let mut id = stated.purl.to_string();
        if self.ids.contains(&id) {
            id = format!("{id}#{}", stated.source.address.as_deref().unwrap_or("registry"));
        }
        let mut unique = id.clone();
        let mut count = 2;
        while !self.ids.insert(unique.clone()) {
            unique = format!("{id}#{count}");
            count += 1;
        }
        unique
    }

    /// Adds a place to a package.
    pub(super) fn locate(&mut self, id: NodeId, location: Option<Location>) {
        self.graph.packages[id.0 as usize].locations.extend(location);
    }

    /// Marker of the package itself, whoever needs it. Two entries of one version hold under either.
    pub(super) fn own_marker(&mut self, id: NodeId, marker: Option<&str>) {
        self.own_markers[id.0 as usize].push(marker.map(str::to_owned));
    }

    /// Adds an edge and the marker under which it holds.
    pub(super) fn edge(&mut self, from: EdgeFrom, to: NodeId, requirement: &str, scope: Scope, marker: Option<&str>) {
        if from == EdgeFrom::Root {
            self.root_edges.insert((to, scope));
        }
        self.edge_markers[to.0 as usize].push(marker.map(str::to_owned));
        self.graph.edges.push(Edge { from, to, requirement: requirement.to_owned(), scope, name: None });
    }

    /// True when the project itself has this edge.
    pub(super) fn has_root_edge(&self, to: NodeId, scope: Scope) -> bool {
        self.root_edges.contains(&(to, scope))
    }

    /// The packages of a normalised name, of very many versions only the first.
    pub(super) fn named(&self, name: &str) -> &[NodeId] {
        self.by_name.get(name).map_or(&[], |all| &all[..all.len().min(MOST_VERSIONS)])
    }

    /// How many packages there are so far.
    pub(super) fn len(&self) -> usize {
        self.graph.packages.len()
    }

    /// The package that has this name and version, wherever it comes from.
    pub(super) fn find(&self, purl: &Purl) -> Option<NodeId> {
        self.by_purl.get(purl).copied()
    }

    /// The version of a package.
    pub(super) fn version(&self, id: NodeId) -> Option<&str> {
        self.graph.packages[id.0 as usize].purl.version()
    }

    /// Packages without a version that come from the registry, build requirements left out.
    pub(super) fn unversioned(&self) -> impl Iterator<Item = &PackageNode> {
        self.graph.packages.iter().filter(|p| p.purl.version().is_none() && p.origin == Origin::Registry)
    }

    /// The finished graph.
    pub(super) fn finish(mut self) -> ProjectGraph {
        for (index, package) in self.graph.packages.iter_mut().enumerate() {
            package.marker = joined(&self.own_markers[index]).or_else(|| joined(&self.edge_markers[index]));
            package.locations.sort();
            package.locations.dedup();
            package.integrity.sort();
            package.integrity.dedup_by(|a, b| a.algorithm == b.algorithm && a.hex == b.hex);
        }
        self.graph.finish();
        self.graph
    }
}

/// The condition under which a package is needed: none as soon as one edge has none.
fn joined(markers: &[Option<String>]) -> Option<String> {
    let mut distinct: Vec<&str> = markers.iter().map(Option::as_deref).collect::<Option<Vec<&str>>>()?;
    distinct.sort_unstable();
    distinct.dedup();
    match distinct.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => Some(many.iter().map(|m| format!("({m})")).collect::<Vec<_>>().join(" or ")),
    }
}
