//! The fixpoint: which requirements keep the good version out, and who has to release what.

use std::collections::{BTreeMap, BTreeSet};

use faultline_package::{EdgeFrom, Project, Purl, Scope};

use super::climb::{Climbed, climb};
use super::fleet::{Aim, Member};
use super::need::{Changes, Consumer, Need, Release, Untouched, Wait};
use super::rules::{Override, line_of, next_version, override_of};
use super::trains;

/// A release: the project that publishes it, and the line.
pub(super) type Key = (usize, String);

/// Package → version → what it requires.
pub(super) type Seen = BTreeMap<Purl, BTreeMap<String, BTreeSet<(Purl, String)>>>;

/// What has to change so that nothing of the fleet has what the aim moves away from.
pub fn changes(members: &[Member], aim: &Aim) -> Changes {
    let mut walk = Walk::new(members, aim);
    // A must never goes away, so this ends.
    while walk.round() {}
    walk.finish()
}

pub(super) struct Walk<'a> {
    pub members: &'a [Member<'a>],
    pub aim: &'a Aim<'a>,
    /// Package → the project that publishes it.
    pub publisher: BTreeMap<Purl, usize>,
    /// Packages as the lockfiles of the fleet know them.
    pub seen: Seen,
    /// Projects whose own manifest keeps the good version out.
    pub must: BTreeSet<usize>,
}

impl<'a> Walk<'a> {
    fn new(members: &'a [Member<'a>], aim: &'a Aim<'a>) -> Walk<'a> {
        let mut publisher = BTreeMap::new();
        for (index, member) in members.iter().enumerate() {
            if let Some(package) = member.package() {
                publisher.entry(package).or_insert(index);
            }
        }
        let seen = seen(members);
        Walk { members, aim, publisher, seen, must: BTreeSet::new() }
    }

    /// True when another project has to be released.
    fn round(&mut self) -> bool {
        let open = (0..self.members.len()).filter(|m| self.members[*m].published && !self.must.contains(m));
        let new: Vec<usize> = open.filter(|m| !climb(self, *m).need.edits.is_empty()).collect();
        let grew = !new.is_empty();
        self.must.extend(new);
        grew
    }

    fn finish(&self) -> Changes {
        let climbed: Vec<Climbed> = (0..self.members.len()).map(|m| climb(self, m)).collect();
        let mut wanted: BTreeMap<Key, Climbed> = BTreeMap::new();
        for (member, result) in climbed.iter().enumerate() {
            if self.must.contains(&member) {
                wanted.insert((member, line_of(&self.head(member))), result.clone());
            }
        }
        for (key, constraint) in climbed.iter().flat_map(|c| &c.waits) {
            // A line other than the head's is known from its users only.
            let edits = if self.is_backport(key) { vec![constraint.clone()] } else { Vec::new() };
            let need = Need { edits, ..Need::default() };
            wanted.entry(key.clone()).or_insert(Climbed { need, ..Climbed::default() });
        }
        let keys: Vec<Key> = wanted.keys().cloned().collect();
        let releases: Vec<Release> = wanted.iter().map(|(key, c)| self.release(key, with_waits(c, &keys))).collect();
        let trains = trains::of(&releases);
        let mut changes = Changes { releases, trains, ..Changes::default() };
        for (member, result) in climbed.iter().enumerate() {
            self.sort_in(member, with_waits(result, &keys), &mut changes);
        }
        changes
    }

    fn sort_in(&self, member: usize, need: Need, changes: &mut Changes) {
        let model = &self.members[member];
        let idle = need.moves.is_empty() && need.waits.is_empty();
        if idle || (self.must.contains(&member) && !model.service) {
            return;
        }
        if model.published && !model.service {
            changes.untouched.push(Untouched { member, blockers: need.blockers });
        } else {
            changes.consumers.push(Consumer { member, need, overrule: overrule(model.project) });
        }
    }

    fn head(&self, member: usize) -> String {
        self.members[member].project.version.clone().unwrap_or_default()
    }

    fn is_backport(&self, key: &Key) -> bool {
        line_of(&self.head(key.0)) != key.1
    }

    fn release(&self, key: &Key, need: Need) -> Release {
        let (member, line) = key.clone();
        let backport = self.is_backport(key);
        let installed = need.edits.first().and_then(|e| e.by.rsplit_once('@')).map(|(_, v)| v.to_owned());
        let from = if backport { installed.unwrap_or_else(|| line.clone()) } else { self.head(member) };
        let exists = !backport && !self.must.contains(&member);
        let to = if exists { from.clone() } else { next_version(&from) };
        let package = self.members[member].package().map(|p| p.to_string()).unwrap_or_default();
        Release { member, package, line, from, to, exists, backport, need }
    }

    /// What a package version asks for another package, by the manifest of the fleet or some lockfile of it.
    pub fn stated(&self, package: &Purl, version: &str, of: &Purl) -> Option<String> {
        if let Some(&publisher) = self.publisher.get(package) {
            let graph = &self.members[publisher].project.graph;
            let same = self.head(publisher) == version;
            let own = graph
                .edges
                .iter()
                .find(|e| same && e.from == EdgeFrom::Root && graph.package(e.to).purl.without_version() == *of);
            if let Some(edge) = own.filter(|e| !e.requirement.is_empty()) {
                return Some(edge.requirement.clone());
            }
        }
        let requirements = self.seen.get(package)?.get(version)?;
        requirements.iter().find(|(p, r)| p == of && !r.is_empty()).map(|(_, r)| r.clone())
    }

    /// The version of a package of the fleet that will let the good version in, seen from an installed one.
    pub fn new_version(&self, member: usize, installed: &str) -> String {
        let head = self.head(member);
        if line_of(&head) != line_of(installed) {
            return next_version(installed);
        }
        if self.must.contains(&member) { next_version(&head) } else { head }
    }
}

fn with_waits(climbed: &Climbed, keys: &[Key]) -> Need {
    let waits = climbed.waits.iter().filter_map(|(key, constraint)| {
        Some(Wait { release: keys.binary_search(key).ok()?, constraint: constraint.clone() })
    });
    Need { waits: waits.collect(), ..climbed.need.clone() }
}

fn overrule(project: &Project) -> Option<&'static str> {
    match override_of(project.ecosystem, &project.files) {
        Override::Entry(how) | Override::Decides(how) => Some(how),
        Override::None => None,
    }
}

/// What the lockfiles of the fleet say about packages.
fn seen(members: &[Member]) -> Seen {
    let mut seen = Seen::new();
    for graph in members.iter().map(|m| &m.project.graph) {
        for edge in graph.edges.iter().filter(|e| e.scope <= Scope::Peer) {
            let EdgeFrom::Node(from) = edge.from else { continue };
            let (from, to) = (&graph.package(from).purl, &graph.package(edge.to).purl);
            let Some(version) = from.version() else { continue };
            let versions = seen.entry(from.without_version()).or_default();
            let stated = versions.entry(version.to_owned()).or_default();
            stated.insert((to.without_version(), edge.requirement.clone()));
        }
    }
    seen
}
