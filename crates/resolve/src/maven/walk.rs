//! One breadth-first walk over the dependencies.

use std::collections::{HashMap, HashSet, VecDeque};

use faultline_package::Coordinates;

use super::exclusion::{Cut, below, excludes};
use super::model::{
    Answer, Artifact, Dependency, Edge, Graph, Known, MavenScope, Needs, Node, Outcome, Project, Unresolved,
};
use super::requirement::{Ranges, Requirement, highest, only_version};

/// Most relocations in a row.
const MAX_MOVES: usize = 16;

/// How a walk ended.
pub(super) enum End {
    /// A range does not hold for what was chosen before it was met: walk again, knowing these ranges.
    Conflict(Artifact, Ranges),
    /// It came to its end; artifacts whose known ranges nobody stated are stale.
    Done {
        /// The answer.
        outcome: Outcome,
        /// See above.
        stale: HashSet<Artifact>,
    },
}

/// A dependency that was met.
struct Visit {
    from: Option<usize>,
    declared: Option<usize>,
    dependency: Dependency,
    cut: Cut,
    moves: usize,
}

/// What is chosen so far for an artifact.
#[derive(Default)]
struct State {
    node: Option<usize>,
    ranges: Ranges,
    /// True when some dependency of this walk stated a range.
    stated: bool,
    waiting: Vec<Edge>,
    why: Option<String>,
}

pub(super) struct Walk<'a> {
    known: &'a Known<'a>,
    managed: HashMap<&'a Artifact, &'a Dependency>,
    states: HashMap<Artifact, State>,
    met: HashSet<Artifact>,
    order: Vec<Artifact>,
    queue: VecDeque<Visit>,
    graph: Graph,
    needs: Needs,
    carried: HashSet<Artifact>,
    may_conflict: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        root: &'a Project,
        known: &'a Known<'a>,
        carried: HashMap<Artifact, Ranges>,
        may_conflict: bool,
    ) -> Walk<'a> {
        let declared = root.dependencies.iter().enumerate().map(|(index, dependency)| Visit {
            from: None,
            declared: Some(index),
            dependency: dependency.clone(),
            cut: None,
            moves: 0,
        });
        let state = |(artifact, ranges)| (artifact, State { ranges, ..State::default() });
        Walk {
            known,
            managed: root.managed.iter().rev().map(|entry| (&entry.artifact, entry)).collect(),
            met: HashSet::new(),
            order: Vec::new(),
            queue: declared.collect(),
            graph: Graph::default(),
            needs: Needs::default(),
            carried: carried.keys().cloned().collect(),
            states: carried.into_iter().map(state).collect(),
            may_conflict,
        }
    }

    pub(super) fn run(mut self) -> End {
        while let Some(visit) = self.queue.pop_front() {
            if excludes(&visit.cut, &visit.dependency.artifact) {
                continue;
            }
            if let Some(conflict) = self.meet(visit) {
                return conflict;
            }
        }
        if !self.needs.is_empty() {
            return End::Done { outcome: Outcome::Needs(self.needs), stale: HashSet::new() };
        }
        self.leave_open();
        let stale = self.carried.iter().filter(|a| self.states.get(*a).is_none_or(|state| !state.stated));
        let stale = stale.cloned().collect();
        End::Done { outcome: Outcome::Graph(self.graph), stale }
    }

    fn meet(&mut self, visit: Visit) -> Option<End> {
        let artifact = visit.dependency.artifact.clone();
        if self.met.insert(artifact.clone()) {
            self.order.push(artifact.clone());
        }
        let requirement = Requirement::parse(&visit.dependency.requirement);
        if let Requirement::Hard(range) = &requirement {
            let state = self.states.entry(artifact.clone()).or_default();
            state.stated = true;
            state.ranges.add(range);
            let chosen = state.node.map(|node| self.graph.nodes[node].repository_version.clone());
            if self.may_conflict && chosen.is_some_and(|version| !version.is_empty() && !range.contains(&version)) {
                return Some(End::Conflict(artifact, state.ranges.clone()));
            }
        }
        let chosen = self.states.entry(artifact.clone()).or_default().node;
        match chosen {
            Some(node) => self.graph.edges.push(edge(&visit, node)),
            None => self.choose(visit, &requirement),
        }
        None
    }

    /// Chooses a version for an artifact that has none, or leaves that to a dependency further away.
    fn choose(&mut self, visit: Visit, requirement: &Requirement) {
        let ranges = self.states.get(&visit.dependency.artifact).map(|s| s.ranges.clone()).unwrap_or_default();
        match self.candidate(&visit.dependency.artifact, requirement, &ranges) {
            Ok(version) => self.take(visit, &version),
            Err(why) => {
                let state = self.states.entry(visit.dependency.artifact.clone()).or_default();
                state.waiting.push(edge(&visit, usize::MAX));
                state.why.get_or_insert(why);
            }
        }
    }

    fn candidate(&mut self, artifact: &Artifact, wanted: &Requirement, ranges: &Ranges) -> Result<String, String> {
        let contradicts = || format!("no version satisfies {}", ranges.text());
        match wanted {
            Requirement::Open => Err("no version is stated, and none is managed".to_owned()),
            Requirement::Soft(version) if ranges.allow(version) => Ok(version.clone()),
            Requirement::Soft(_) => Err(contradicts()),
            Requirement::Hard(range) => match only_version(range) {
                Some(version) if ranges.allow(version) => Ok(version.to_owned()),
                Some(_) => Err(contradicts()),
                None => self.listed(artifact, &|version| ranges.allow(version)),
            },
            Requirement::Newest { snapshots } => {
                let fits = |version: &str| ranges.allow(version) && (*snapshots || !version.ends_with("-SNAPSHOT"));
                self.listed(artifact, &fits)
            }
        }
    }

    /// The highest version that a repository lists and that fits.
    fn listed(&mut self, artifact: &Artifact, fits: &dyn Fn(&str) -> bool) -> Result<String, String> {
        match (self.known.versions)(&artifact.group, &artifact.artifact) {
            Answer::Known(versions) => highest(versions.iter().filter(|version| fits(version)))
                .ok_or_else(|| "no version that a repository lists satisfies what is asked for".to_owned()),
            Answer::Missing => Err("its versions are not listed by any repository that was asked".to_owned()),
            Answer::Unasked => {
                self.needs.versions.insert((artifact.group.clone(), artifact.artifact.clone()));
                Err("its versions are not known yet".to_owned())
            }
        }
    }

    /// Adds the chosen version to the graph and its dependencies to the queue.
    fn take(&mut self, visit: Visit, version: &str) {
        let artifact = visit.dependency.artifact.clone();
        let coordinates = Coordinates::new(&artifact.group, &artifact.artifact, version);
        let answer = (self.known.project)(&coordinates);
        if let Answer::Known(project) = &answer
            && let Some(moved) = project.relocation.as_ref().filter(|_| visit.moves < MAX_MOVES)
        {
            let there = Artifact { group: moved.group.clone(), artifact: moved.artifact.clone(), ..artifact };
            let dependency = Dependency { artifact: there, requirement: moved.version.clone(), ..visit.dependency };
            self.queue.push_front(Visit { dependency, moves: visit.moves + 1, ..visit });
            return;
        }
        let project = match answer {
            Answer::Known(project) => Some(project),
            Answer::Missing => None,
            Answer::Unasked => {
                self.needs.projects.insert(coordinates);
                None
            }
        };
        let shown = project.as_ref().and_then(|project| project.shown_version.clone());
        let node = self.graph.nodes.len();
        self.graph.nodes.push(Node {
            artifact: artifact.clone(),
            version: shown.unwrap_or_else(|| version.to_owned()),
            repository_version: version.to_owned(),
            missing: project.is_none(),
        });
        self.graph.edges.push(edge(&visit, node));
        let state = self.states.entry(artifact.clone()).or_default();
        state.node = Some(node);
        let waiting = std::mem::take(&mut state.waiting);
        self.graph.edges.extend(waiting.into_iter().map(|edge| Edge { to: node, ..edge }));
        if let Some(project) = project.filter(|_| !artifact.holds_dependencies()) {
            let cut = below(&visit.cut, &visit.dependency.exclusions);
            let handed_on = project.dependencies.iter().filter(|dependency| is_handed_on(dependency));
            let visits: Vec<Visit> = handed_on.map(|dependency| self.transitive(node, dependency, &cut)).collect();
            self.queue.extend(visits);
        }
    }

    /// A dependency of a dependency: what the root manages wins.
    fn transitive(&self, from: usize, dependency: &Dependency, cut: &Cut) -> Visit {
        let mut dependency = dependency.clone();
        if let Some(managed) = self.managed.get(&dependency.artifact) {
            if !managed.requirement.is_empty() {
                dependency.requirement.clone_from(&managed.requirement);
            }
            dependency.scope = managed.scope.or(dependency.scope);
            dependency.exclusions.extend(managed.exclusions.iter().cloned());
        }
        Visit { from: Some(from), declared: None, dependency, cut: cut.clone(), moves: 0 }
    }

    /// Artifacts for which nothing could be chosen are part of the graph, without a version.
    fn leave_open(&mut self) {
        for artifact in std::mem::take(&mut self.order) {
            let Some(state) = self.states.get_mut(&artifact) else { continue };
            if state.node.is_some() || state.waiting.is_empty() {
                continue;
            }
            let node = self.graph.nodes.len();
            let waiting = std::mem::take(&mut state.waiting);
            self.graph.edges.extend(waiting.into_iter().map(|edge| Edge { to: node, ..edge }));
            let mut why = state.why.take().unwrap_or_default();
            if !state.ranges.is_empty() && !why.contains("no version satisfies") {
                why = format!("{why}: {}", state.ranges.text());
            }
            let version = String::new();
            self.graph.unresolved.push(Unresolved { node, why });
            self.graph.nodes.push(Node { artifact, repository_version: version.clone(), version, missing: true });
        }
    }
}

/// What dependencies of dependencies are followed.
fn is_handed_on(dependency: &Dependency) -> bool {
    !dependency.optional && !matches!(dependency.scope, Some(MavenScope::Test | MavenScope::Provided))
}

fn edge(visit: &Visit, to: usize) -> Edge {
    Edge {
        from: visit.from,
        to,
        requirement: visit.dependency.requirement.clone(),
        scope: visit.dependency.scope.unwrap_or_default(),
        optional: visit.dependency.optional,
        declared: visit.declared,
    }
}
