//! The dependency graph of one project, as inventory reads it from manifests and lockfiles.

use serde::{Deserialize, Serialize};

use crate::{Ecosystem, Purl, Scope};

/// Where in a repository a statement stands. Lines are 1-based.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Path relative to the repository (or the folder given), with `/`.
    pub file: String,
    /// 1-based line; 0 when the format has no lines.
    pub line: u32,
}

/// Why something is not complete, tied to its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// Stable machine-readable code, e.g. `no_lockfile`, `unreadable`, `version_unknown`.
    pub code: String,
    /// One sentence for a person.
    pub detail: String,
    /// The place, when there is one.
    pub location: Option<Location>,
}

/// Where a package version comes from. Only `Registry` packages are matched by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The ecosystem's registry or a mirror of it.
    Registry,
    /// A git repository.
    Git,
    /// A folder of the same checkout, workspace members included.
    Path,
    /// A symbolic link to a folder.
    Link,
    /// An archive at a plain URL, or a local archive file.
    Url,
}

/// One hash that the lockfile states for a package's artifact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Integrity {
    /// Lower-case algorithm name: `sha512`, `sha256`, `sha1`, `md5`.
    pub algorithm: String,
    /// Lower-case hex digest.
    pub hex: String,
    /// The artifact file name the hash belongs to, where one package has several (wheels).
    pub file: Option<String>,
}

/// Index of a package in [`ProjectGraph::packages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// Whether the project itself names the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relationship {
    /// Named by the project's manifest (also when it is reached transitively too).
    Direct,
    /// Only reached through other packages.
    Transitive,
}

/// One installed copy of one package version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageNode {
    /// Stable id within the project that tells copies apart: npm install path
    /// (`node_modules/a/node_modules/b`), pnpm peer context, else the purl.
    pub id: String,
    /// The package; without a version when the version is not known.
    pub purl: Purl,
    /// Where it comes from.
    pub origin: Origin,
    /// The name under which importers know it when that differs from the package's name.
    pub alias: Option<String>,
    /// Hashes stated by the lockfile.
    pub integrity: Vec<Integrity>,
    /// Direct or transitive; computed by [`ProjectGraph::finish`].
    pub relationship: Relationship,
    /// Strongest scope over all ways from the root; computed by [`ProjectGraph::finish`].
    pub scope: Scope,
    /// Environment marker or platform condition, as written.
    pub marker: Option<String>,
    /// Where the lockfile and manifests state it.
    pub locations: Vec<Location>,
    /// The download address a lockfile states: evidence only, never fetched from.
    pub resolved: Option<String>,
    /// For `Path`/`Link` origins: the folder, relative to the repository.
    pub path: Option<String>,
}

/// Start of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EdgeFrom {
    /// The project itself.
    Root,
    /// A package of the graph.
    Node(NodeId),
}

/// A resolved dependency edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edge {
    /// The dependent.
    pub from: EdgeFrom,
    /// The dependency.
    pub to: NodeId,
    /// The requirement as written, e.g. `^4.17.0`; empty when the format has none.
    pub requirement: String,
    /// Scope of this one edge.
    pub scope: Scope,
    /// The name the dependent imports it by, when that differs from the package's name (alias).
    pub name: Option<String>,
}

/// Packages and edges of one project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectGraph {
    /// All installed copies, ordered by id after [`ProjectGraph::finish`].
    pub packages: Vec<PackageNode>,
    /// All edges, ordered and without duplicates after [`ProjectGraph::finish`].
    pub edges: Vec<Edge>,
}

/// A directory with a manifest: name, files read, graph, and how complete that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Folder relative to the repository; empty for its root.
    pub path: String,
    /// The ecosystem.
    pub ecosystem: Ecosystem,
    /// The project's own package name, when the manifest states one.
    pub name: Option<String>,
    /// The project's own version, when the manifest states one.
    pub version: Option<String>,
    /// Manifests and lockfiles read, relative to the repository.
    pub files: Vec<String>,
    /// True when every package and edge is known.
    pub complete: bool,
    /// Why it is not complete, and remarks with a place.
    pub reasons: Vec<Reason>,
    /// The resolved graph.
    pub graph: ProjectGraph,
}

impl ProjectGraph {
    /// Adds a package and returns its id; `finish` puts everything in order.
    pub fn add(&mut self, node: PackageNode) -> NodeId {
        self.packages.push(node);
        NodeId(u32::try_from(self.packages.len() - 1).unwrap_or(u32::MAX))
    }

    /// The package behind an id.
    pub fn package(&self, id: NodeId) -> &PackageNode {
        &self.packages[id.0 as usize]
    }

    /// Orders packages and edges, drops duplicates, and computes relationship and scope of every package.
    ///
    /// Scope is the strongest over all ways from the root, where a way is as weak as its weakest edge.
    /// Packages that no way reaches keep the scope they were given.
    pub fn finish(&mut self) {
        self.sort();
        for package in &mut self.packages {
            package.relationship = Relationship::Transitive;
        }
        for edge in &self.edges {
            if edge.from == EdgeFrom::Root {
                self.packages[edge.to.0 as usize].relationship = Relationship::Direct;
            }
        }
        for (index, scope) in self.strongest_scopes().into_iter().enumerate() {
            if let Some(scope) = scope {
                self.packages[index].scope = scope;
            }
        }
    }

    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.packages.len()).collect();
        order.sort_by(|a, b| self.packages[*a].id.cmp(&self.packages[*b].id));
        let mut renamed = vec![NodeId(0); order.len()];
        for (new, old) in order.iter().enumerate() {
            renamed[*old] = NodeId(u32::try_from(new).unwrap_or(u32::MAX));
        }
        let mut packages: Vec<Option<PackageNode>> = self.packages.drain(..).map(Some).collect();
        self.packages = order.iter().filter_map(|old| packages[*old].take()).collect();
        for edge in &mut self.edges {
            edge.to = renamed[edge.to.0 as usize];
            if let EdgeFrom::Node(id) = &mut edge.from {
                *id = renamed[id.0 as usize];
            }
        }
        self.edges.sort();
        self.edges.dedup();
    }

    /// Per package the strongest scope over all ways from the root: one pass per scope, strongest first.
    fn strongest_scopes(&self) -> Vec<Option<Scope>> {
        let outgoing = self.outgoing();
        let mut best: Vec<Option<Scope>> = vec![None; self.packages.len()];
        for limit in [Scope::Runtime, Scope::Optional, Scope::Peer, Scope::Dev, Scope::Test, Scope::Build] {
            let mut stack: Vec<NodeId> =
                self.edges.iter().filter(|e| e.from == EdgeFrom::Root && e.scope <= limit).map(|e| e.to).collect();
            let mut seen = vec![false; self.packages.len()];
            while let Some(id) = stack.pop() {
                let index = id.0 as usize;
                if std::mem::replace(&mut seen[index], true) {
                    continue;
                }
                best[index].get_or_insert(limit);
                stack
                    .extend(outgoing[index].iter().map(|e| &self.edges[*e]).filter(|e| e.scope <= limit).map(|e| e.to));
            }
        }
        best
    }

    /// Per package the indexes into `edges` of the edges that leave it.
    pub fn outgoing(&self) -> Vec<Vec<usize>> {
        let mut out = vec![Vec::new(); self.packages.len()];
        for (index, edge) in self.edges.iter().enumerate() {
            if let EdgeFrom::Node(id) = edge.from {
                out[id.0 as usize].push(index);
            }
        }
        out
    }

    /// One shortest way to `target` per direct dependency that leads to it, shortest first, at most `limit`.
    ///
    /// Each way starts with the direct dependency and ends with `target`.
    pub fn paths_to(&self, target: NodeId, limit: usize) -> Vec<Vec<NodeId>> {
        let mut incoming: Vec<Vec<NodeId>> = vec![Vec::new(); self.packages.len()];
        for edge in &self.edges {
            if let EdgeFrom::Node(from) = edge.from {
                incoming[edge.to.0 as usize].push(from);
            }
        }
        let mut next: Vec<Option<NodeId>> = vec![None; self.packages.len()];
        let mut seen = vec![false; self.packages.len()];
        let mut queue = std::collections::VecDeque::from([target]);
        seen[target.0 as usize] = true;
        while let Some(id) = queue.pop_front() {
            for from in &incoming[id.0 as usize] {
                if !std::mem::replace(&mut seen[from.0 as usize], true) {
                    next[from.0 as usize] = Some(id);
                    queue.push_back(*from);
                }
            }
        }
        let mut roots: Vec<NodeId> =
            self.edges.iter().filter(|e| e.from == EdgeFrom::Root && seen[e.to.0 as usize]).map(|e| e.to).collect();
        roots.sort_unstable();
        roots.dedup();
        let mut paths: Vec<Vec<NodeId>> = roots
            .into_iter()
            .map(|root| std::iter::successors(Some(root), |id| next[id.0 as usize]).collect())
            .collect();
        paths.sort_by(|a: &Vec<NodeId>, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        paths.truncate(limit);
        paths
    }
}
