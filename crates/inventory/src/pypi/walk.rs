//! Walks a lockfile from a project's direct dependencies and hands packages and edges to the builder.

use std::collections::HashSet;

use faultline_package::{EdgeFrom, Location, NodeId, Scope};

use super::builder::{Builder, Stated};
use super::lock::{Lock, LockDependency, Under};
use super::scope;

/// A direct dependency of a project, resolved to a package of the lockfile.
pub(super) struct Start {
    /// The package.
    pub to: u32,
    /// Scope.
    pub scope: Scope,
    /// Extras asked for.
    pub extras: Vec<String>,
    /// Requirement as written.
    pub requirement: String,
    /// Marker as written.
    pub marker: Option<String>,
}

const STRONGEST_FIRST: [Scope; 6] =
    [Scope::Runtime, Scope::Optional, Scope::Peer, Scope::Dev, Scope::Test, Scope::Build];

/// A package, alone or with one of its extras.
type State = (u32, Option<String>);

/// The walk over one lockfile for one project.
pub(super) struct Walk<'w> {
    lock: &'w Lock,
    builder: &'w mut Builder,
    /// The project's own package, which is no node.
    root: Option<u32>,
    nodes: Vec<Option<NodeId>>,
    base: Vec<Option<Scope>>,
    seen: HashSet<State>,
}

impl<'w> Walk<'w> {
    /// A walk for the project `root`, or for one that the lockfile does not hold.
    pub(super) fn new(lock: &'w Lock, root: Option<u32>, builder: &'w mut Builder) -> Walk<'w> {
        let count = lock.packages.len();
        Walk { lock, builder, root, nodes: vec![None; count], base: vec![None; count], seen: HashSet::new() }
    }

    /// Follows the direct dependencies, strongest scope first.
    pub(super) fn follow(&mut self, starts: &[Start]) {
        let root = self.root;
        for start in starts.iter().filter(|start| Some(start.to) != root) {
            let node = self.node(start.to, start.scope);
            let marker = start.marker.as_deref();
            self.builder.edge(EdgeFrom::Root, node, &start.requirement, start.scope, marker);
        }
        for scope in STRONGEST_FIRST {
            let mut stack = Vec::new();
            for start in starts.iter().filter(|start| start.scope == scope) {
                push(&mut stack, start.to, &start.extras);
            }
            self.drain(stack, scope);
        }
    }

    /// Takes in what nothing led to, each with the lockfile's own word for its scope.
    pub(super) fn take_rest(&mut self, wanted: impl Fn(u32) -> bool) {
        for index in 0..self.lock.packages.len() as u32 {
            if self.base[index as usize].is_none() && Some(index) != self.root && wanted(index) {
                let hint = self.lock.packages[index as usize].hint;
                self.node(index, hint);
                self.drain(vec![(index, None)], hint);
            }
        }
    }

    /// Follows dependencies under extras that nobody visibly asked for: they are used when present.
    pub(super) fn follow_unasked_extras(&mut self) {
        let lock = self.lock;
        for (index, package) in lock.packages.iter().enumerate() {
            for dependency in &package.dependencies {
                let Under::Extra(extra) = &dependency.under else { continue };
                if self.base[index].is_some() && !self.seen.contains(&(index as u32, Some(extra.clone()))) {
                    self.step(index as u32, dependency, Scope::Optional, &mut Vec::new());
                    self.drain(vec![(dependency.to, None)], Scope::Optional);
                }
            }
        }
    }

    /// True when the walk came to a package.
    pub(super) fn reached(&self, index: u32) -> bool {
        self.base[index as usize].is_some()
    }

    fn drain(&mut self, mut stack: Vec<State>, scope: Scope) {
        while let Some(state) = stack.pop() {
            if Some(state.0) == self.root || !self.seen.insert(state.clone()) {
                continue;
            }
            let (index, extra) = state;
            if extra.is_none() {
                self.base[index as usize].get_or_insert(scope);
            }
            self.node(index, scope);
            self.expand(index, extra.as_deref(), scope, &mut stack);
        }
    }

    fn expand(&mut self, index: u32, extra: Option<&str>, scope: Scope, stack: &mut Vec<State>) {
        let lock = self.lock;
        let stronger = self.base[index as usize].is_some_and(|base| base < scope);
        let edge_scope = if extra.is_some() && stronger { scope } else { Scope::Runtime };
        for dependency in &lock.packages[index as usize].dependencies {
            let holds = match &dependency.under {
                Under::Base => extra.is_none(),
                Under::Extra(name) => extra == Some(name.as_str()),
                Under::Group(_) => false,
            };
            if holds {
                self.step(index, dependency, edge_scope, stack);
            }
        }
    }

    fn step(&mut self, from: u32, dependency: &LockDependency, scope: Scope, stack: &mut Vec<State>) {
        push(stack, dependency.to, &dependency.extras);
        if dependency.to == from || Some(dependency.to) == self.root {
            return;
        }
        let start = self.node(from, scope);
        let end = self.node(dependency.to, scope);
        let marker = dependency.marker.as_deref();
        self.builder.edge(EdgeFrom::Node(start), end, &dependency.requirement, scope, marker);
    }

    fn node(&mut self, index: u32, scope: Scope) -> NodeId {
        if let Some(id) = self.nodes[index as usize] {
            return id;
        }
        let package = &self.lock.packages[index as usize];
        let id = self.builder.node(Stated {
            purl: package.purl.clone(),
            source: package.source.clone(),
            integrity: package.integrity.clone(),
            scope,
            location: Some(Location {
                file: package.file.as_ref().unwrap_or(&self.lock.file).clone(),
                line: package.line,
            }),
        });
        self.builder.own_marker(id, package.marker.as_deref());
        self.nodes[index as usize] = Some(id);
        id
    }
}

fn push(stack: &mut Vec<State>, to: u32, extras: &[String]) {
    stack.extend(extras.iter().map(|extra| (to, Some(extra.clone()))));
    stack.push((to, None));
}

/// The direct dependencies that the lockfile itself states for one of its projects.
pub(super) fn starts_of_root(lock: &Lock, root: u32) -> Vec<Start> {
    let dependencies = &lock.packages[root as usize].dependencies;
    dependencies
        .iter()
        .filter(|dependency| dependency.to != root)
        .map(|dependency| Start {
            to: dependency.to,
            scope: match &dependency.under {
                Under::Base => Scope::Runtime,
                Under::Extra(_) => Scope::Optional,
                Under::Group(name) => scope::of_group(name),
            },
            extras: dependency.extras.clone(),
            requirement: dependency.requirement.clone(),
            marker: dependency.marker.clone(),
        })
        .collect()
}

/// Without a manifest: what the lockfile calls direct, else what nothing else needs.
pub(super) fn starts_of_tops(lock: &Lock, root: Option<u32>) -> Vec<Start> {
    let mut chosen: Vec<u32> =
        (0..lock.packages.len() as u32).filter(|index| lock.packages[*index as usize].direct).collect();
    chosen.extend(lock.tops());
    chosen.retain(|index| Some(*index) != root);
    chosen.sort_unstable();
    chosen.dedup();
    chosen.into_iter().map(|index| top(lock, index)).collect()
}

/// A direct dependency of which only the package is known.
pub(super) fn top(lock: &Lock, to: u32) -> Start {
    let scope = lock.packages[to as usize].hint;
    Start { to, scope, extras: Vec::new(), requirement: String::new(), marker: None }
}
