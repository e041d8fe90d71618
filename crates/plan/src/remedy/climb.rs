//! From what is affected in one project up to the project itself: every requirement on the way.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use faultline_package::version::compare;
use faultline_package::{Edge, EdgeFrom, Location, NodeId, Origin, PackageNode, Project, Scope};

use super::need::{Blocker, Constraint, Need};
use super::rules::{Admits, Override, admits, base_version, line_of, override_of};
use super::walk::{Key, Walk};

/// What a project needs; waits as keys, for the releases are numbered at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Climbed {
    pub need: Need,
    pub waits: BTreeSet<(Key, Constraint)>,
}

/// Looks at one project.
pub(super) fn climb(walk: &Walk, member: usize) -> Climbed {
    let project = walk.members[member].project;
    let service = walk.members[member].service || !walk.members[member].published;
    let mut climb = Climb { walk, project, service, out: Climbed::default(), moved: BTreeMap::new(), open: Vec::new() };
    climb.start();
    while let Some(node) = climb.open.pop() {
        climb.parents(node);
    }
    let mut out = climb.out;
    for list in [&mut out.need.edits, &mut out.need.unknown] {
        list.sort();
        list.dedup();
    }
    out.need.blockers.sort();
    out.need.blockers.dedup();
    out
}

struct Climb<'w, 'a> {
    walk: &'w Walk<'a>,
    project: &'w Project,
    /// Something runs from it: what it resolves counts, not only what it asks for.
    service: bool,
    out: Climbed,
    /// Package → the versions it may move to.
    moved: BTreeMap<NodeId, Vec<String>>,
    open: Vec<NodeId>,
}

impl Climb<'_, '_> {
    fn start(&mut self) {
        let graph = &self.project.graph;
        for (index, node) in (0u32..).zip(&graph.packages) {
            let id = NodeId(index);
            if node.scope > Scope::Peer {
                continue;
            }
            if node.purl.version().is_none() {
                self.start_unlocked(id, node);
            } else if (self.walk.aim.affects)(node) {
                let good = self.good_versions(node, node.purl.version().unwrap_or_default());
                self.note_move(id, node.purl.to_string(), good.first().cloned());
                self.move_to(id, good);
            }
        }
    }

    /// A package that no lockfile pins: the requirement is all that is known.
    fn start_unlocked(&mut self, id: NodeId, node: &PackageNode) {
        let requirement = self.edges_to(id).next().map(|e| e.requirement.clone()).unwrap_or_default();
        let base = base_version(&requirement).unwrap_or_default().to_owned();
        let lowest = PackageNode { purl: node.purl.with_version(&base), ..node.clone() };
        if !base.is_empty() && (self.walk.aim.affects)(&lowest) {
            let good = self.good_versions(node, &base);
            self.note_move(id, format!("{} {requirement}", node.purl), good.first().cloned());
            self.move_to(id, good);
        } else if let Some(&publisher) = self.walk.publisher.get(&node.purl.without_version()) {
            self.wait_unlocked(id, publisher);
        }
    }

    /// A package of the fleet that no lockfile pins and that has to be released.
    fn wait_unlocked(&mut self, id: NodeId, publisher: usize) {
        if !self.walk.must.contains(&publisher) {
            return;
        }
        let head = self.walk.members[publisher].project.version.clone().unwrap_or_default();
        let new = self.walk.new_version(publisher, &head);
        let by = self.constraint_of_root(id, &new);
        let keeps_out = admits(self.project.ecosystem, &by.requirement, &new) == Admits::No;
        if self.service || keeps_out {
            self.out.waits.insert(((publisher, line_of(&head)), by));
        }
        self.move_to(id, vec![new]);
    }

    fn note_move(&mut self, id: NodeId, from: String, to: Option<String>) {
        if self.out.need.chain.is_empty() {
            let way = self.project.graph.paths_to(id, 1).into_iter().next().unwrap_or_default();
            self.out.need.chain = way.iter().map(|n| self.project.graph.package(*n).purl.to_string()).collect();
        }
        self.out.need.moves.push((from, to));
    }

    /// Fixed versions above the one there is: those of its own release line first.
    fn good_versions(&self, node: &PackageNode, version: &str) -> Vec<String> {
        let above = |fixed: &&String| compare(node.purl.ecosystem(), fixed, version) == Some(Ordering::Greater);
        let fixed = self.walk.aim.fixed(&node.purl.without_version());
        let mut good: Vec<String> = fixed.iter().filter(above).cloned().collect();
        good.sort_by_key(|v| line_of(v) != line_of(version));
        good
    }

    fn move_to(&mut self, id: NodeId, versions: Vec<String>) {
        if !versions.is_empty() && self.moved.insert(id, versions).is_none() {
            self.open.push(id);
        }
    }

    fn edges_to(&self, id: NodeId) -> impl Iterator<Item = &Edge> {
        self.project.graph.edges.iter().filter(move |e| e.to == id && e.scope <= Scope::Peer)
    }

    /// Every requirement on a package that moves.
    fn parents(&mut self, id: NodeId) {
        let versions = self.moved[&id].clone();
        let edges: Vec<Edge> = self.edges_to(id).cloned().collect();
        for mut edge in edges {
            self.complete(&mut edge);
            let constraint = self.constraint(&edge, &versions[0]);
            match self.admits_any(&edge, &versions) {
                Admits::Yes => {}
                Admits::Unknown => self.out.need.unknown.push(constraint),
                Admits::No => self.blocked(&edge, &versions, constraint),
            }
        }
    }

    /// Lockfiles without requirements are completed from what the fleet knows of the same package version.
    fn complete(&self, edge: &mut Edge) {
        let EdgeFrom::Node(from) = edge.from else { return };
        let (parent, child) = (self.project.graph.package(from), self.project.graph.package(edge.to));
        let (package, Some(version)) = (parent.purl.without_version(), parent.purl.version()) else { return };
        if edge.requirement.is_empty()
            && let Some(known) = self.walk.stated(&package, version, &child.purl.without_version())
        {
            edge.requirement = known;
        }
    }

    fn admits_any(&self, edge: &Edge, versions: &[String]) -> Admits {
        let node = self.project.graph.package(edge.to);
        // What lies in the same checkout is taken as it is.
        if node.origin != Origin::Registry {
            return Admits::Yes;
        }
        let one = |version: &String| admits(self.project.ecosystem, &edge.requirement, version);
        let answers: Vec<Admits> = versions.iter().map(one).collect();
        [Admits::Yes, Admits::Unknown].into_iter().find(|a| answers.contains(a)).unwrap_or(Admits::No)
    }

    fn blocked(&mut self, edge: &Edge, versions: &[String], constraint: Constraint) {
        let EdgeFrom::Node(from) = edge.from else {
            self.out.need.edits.push(constraint);
            return;
        };
        let parent = self.project.graph.package(from);
        let package = parent.purl.without_version();
        let installed = parent.purl.version().unwrap_or_default().to_owned();
        if let Some(&publisher) = self.walk.publisher.get(&package) {
            self.out.waits.insert(((publisher, line_of(&installed)), constraint));
            self.move_to(from, vec![self.walk.new_version(publisher, &installed)]);
        } else if matches!(override_of(self.project.ecosystem, &self.project.files), Override::Decides(_)) {
            // The project's own requirement decides: nobody has to be waited for.
            self.out.need.edits.push(constraint);
        } else if let Some(release) = self.known_release(parent, edge, versions) {
            self.out.need.moves.push((parent.purl.to_string(), Some(release.clone())));
            self.move_to(from, vec![release]);
        } else {
            self.out.need.blockers.push(Blocker { package: parent.purl.to_string(), constraint });
        }
    }

    /// A later version of a third-party package, known from some lockfile of the fleet, that lets a good version in.
    fn known_release(&self, parent: &PackageNode, edge: &Edge, versions: &[String]) -> Option<String> {
        let target = self.project.graph.package(edge.to).purl.without_version();
        let ecosystem = parent.purl.ecosystem();
        let known = self.walk.seen.get(&parent.purl.without_version())?;
        let later =
            |v: &&String| compare(ecosystem, v, parent.purl.version().unwrap_or_default()) == Some(Ordering::Greater);
        let lets_in = |version: &&String| {
            let mut stated = known[*version].iter().filter(|(package, _)| *package == target).peekable();
            stated.peek().is_some()
                && stated.all(|(_, r)| versions.iter().any(|v| admits(ecosystem, r, v) == Admits::Yes))
        };
        let mut found: Vec<&String> = known.keys().filter(later).filter(lets_in).collect();
        found.sort_by(|a, b| compare(ecosystem, a, b).unwrap_or(Ordering::Equal));
        found.first().map(|v| (*v).clone())
    }

    fn constraint_of_root(&self, id: NodeId, keeps_out: &str) -> Constraint {
        let edge = self.edges_to(id).find(|e| e.from == EdgeFrom::Root).cloned();
        edge.map_or_else(
            || Constraint {
                by: self.name(),
                of: self.project.graph.package(id).purl.to_string(),
                requirement: String::new(),
                keeps_out: keeps_out.to_owned(),
                place: None,
            },
            |edge| self.constraint(&edge, keeps_out),
        )
    }

    fn constraint(&self, edge: &Edge, keeps_out: &str) -> Constraint {
        let child = self.project.graph.package(edge.to);
        let (by, place) = match edge.from {
            EdgeFrom::Root => (self.name(), manifest_place(child)),
            EdgeFrom::Node(from) => {
                let parent = self.project.graph.package(from);
                (parent.purl.to_string(), parent.locations.first().cloned())
            }
        };
        Constraint {
            by,
            of: child.purl.without_version().to_string(),
            requirement: edge.requirement.clone(),
            keeps_out: keeps_out.to_owned(),
            place,
        }
    }

    fn name(&self) -> String {
        self.project.name.clone().unwrap_or_else(|| "the project".to_owned())
    }
}

/// Where the manifest names a direct dependency; without that where the lockfile does.
fn manifest_place(node: &PackageNode) -> Option<Location> {
    let lockfile = |l: &&Location| l.file.contains("lock") || l.file.ends_with("go.sum");
    node.locations.iter().find(|l| !lockfile(l)).or_else(|| node.locations.first()).cloned()
}
