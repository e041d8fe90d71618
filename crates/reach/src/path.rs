//! Call paths: from entries or first-party functions to targets.

use std::collections::VecDeque;

use faultline_facts::Span;
use rustc_hash::FxHashSet;

use crate::{Analysis, EdgeKind, FunctionRef, Phase};

/// One function on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The function.
    pub function: FunctionRef,
    /// The call to the next step, in this function's file; for the last step its definition.
    pub span: Span,
    /// Kind of that call; `None` for the last step.
    pub edge: Option<EdgeKind>,
}

/// A call path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPath {
    /// Index into [`Analysis::entries`]; `None` when it starts at a first-party function that is no entry.
    pub entry: Option<u32>,
    /// The target.
    pub target: FunctionRef,
    /// The weakest kind on it; [`EdgeKind::Direct`] when it has no edge.
    pub weakest: EdgeKind,
    /// Its functions, first to last.
    pub steps: Vec<Step>,
}

/// A first-party call whose chain ends in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// The target.
    pub target: FunctionRef,
    /// The first-party function that calls.
    pub function: FunctionRef,
    /// What it calls.
    pub callee: FunctionRef,
    /// The call.
    pub span: Span,
    /// Weakest edge of the best chain from this call to the target.
    pub weakest: EdgeKind,
    /// First stage.
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphEdge {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) span: Span,
    pub(crate) kind: EdgeKind,
    pub(crate) phase: Phase,
}

/// The call graph over function instances.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathGraph {
    functions: Vec<FunctionRef>,
    phases: Vec<Option<Phase>>,
    edges: Vec<GraphEdge>,
    /// Edge numbers sorted by callee, with the first of each instance.
    incoming: (Vec<u32>, Vec<u32>),
    outgoing: (Vec<u32>, Vec<u32>),
    /// Instance and entry.
    roots: Vec<(u32, u32)>,
}

impl PathGraph {
    pub(crate) fn new(
        functions: Vec<FunctionRef>,
        phases: Vec<Option<Phase>>,
        mut edges: Vec<GraphEdge>,
        roots: Vec<(u32, u32)>,
    ) -> PathGraph {
        edges.sort_unstable_by_key(|edge| (edge.from, edge.span, edge.to));
        let incoming = grouped(&edges, functions.len(), |edge| edge.to);
        let outgoing = grouped(&edges, functions.len(), |edge| edge.from);
        PathGraph { functions, phases, edges, incoming, outgoing, roots }
    }

    fn calls_of(&self, inst: u32) -> impl Iterator<Item = &GraphEdge> {
        slice(&self.incoming, inst).iter().map(|edge| &self.edges[*edge as usize])
    }

    fn out_of(&self, inst: u32) -> impl Iterator<Item = &GraphEdge> {
        slice(&self.outgoing, inst).iter().map(|edge| &self.edges[*edge as usize])
    }

    fn instances(&self, function: FunctionRef, phase: Phase) -> impl Iterator<Item = u32> {
        let entered = self.phases.iter().enumerate();
        entered.filter_map(move |(inst, at)| {
            let inside = self.functions[inst] == function && at.is_some_and(|at| at <= phase);
            inside.then_some(inst as u32)
        })
    }

    /// Steps from every instance to the target over edges no weaker than `kind`.
    fn distances(&self, target: FunctionRef, phase: Phase, kind: EdgeKind) -> Vec<u32> {
        let mut distance = vec![u32::MAX; self.functions.len()];
        let mut queue: VecDeque<u32> = self.instances(target, phase).collect();
        for inst in &queue {
            distance[*inst as usize] = 0;
        }
        while let Some(inst) = queue.pop_front() {
            for edge in self.calls_of(inst).filter(|edge| edge.kind <= kind && edge.phase <= phase) {
                if distance[edge.from as usize] == u32::MAX {
                    distance[edge.from as usize] = distance[inst as usize] + 1;
                    queue.push_back(edge.from);
                }
            }
        }
        distance
    }
}

fn grouped(edges: &[GraphEdge], count: usize, by: impl Fn(&GraphEdge) -> u32) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..edges.len() as u32).collect();
    order.sort_by_key(|edge| by(&edges[*edge as usize]));
    let mut starts = vec![0; count + 1];
    for edge in edges {
        starts[by(edge) as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    (order, starts)
}

fn slice(groups: &(Vec<u32>, Vec<u32>), inst: u32) -> &[u32] {
    let (order, starts) = groups;
    let (Some(from), Some(to)) = (starts.get(inst as usize), starts.get(inst as usize + 1)) else { return &[] };
    &order[*from as usize..*to as usize]
}

impl Analysis {
    /// The best path per (entry, target): by weakest edge, then by length. With `all` one more for each
    /// different call into the target.
    ///
    /// With [`Phase::Entered`] paths start at production entry points, with [`Phase::FirstParty`] at any
    /// first-party production function (the nearest per target), with [`Phase::Tests`] at test entries too.
    pub fn paths_to(&self, targets: &[FunctionRef], phase: Phase, all: bool) -> Vec<CallPath> {
        let mut paths = Vec::new();
        for target in targets {
            if phase == Phase::FirstParty {
                paths.extend(self.nearest_path(*target));
            } else {
                self.entry_paths(*target, phase, all, &mut paths);
            }
        }
        paths
    }

    fn entry_paths(&self, target: FunctionRef, phase: Phase, all: bool, out: &mut Vec<CallPath>) {
        let mut done: FxHashSet<u32> = FxHashSet::default();
        for kind in EdgeKind::ALL {
            let distance = self.graph.distances(target, phase, kind);
            let mut best: Vec<(u32, u32, u32)> = Vec::new();
            for (inst, entry) in &self.graph.roots {
                let at = distance[*inst as usize];
                if at != u32::MAX && !done.contains(entry) && self.entries[*entry as usize].phase <= phase {
                    best.push((*entry, at, *inst));
                }
            }
            best.sort_unstable();
            best.dedup_by_key(|(entry, _, _)| *entry);
            for (entry, _, inst) in best {
                done.insert(entry);
                out.push(self.walk(inst, &distance, kind, phase, target, Some(entry)));
                if all {
                    self.more_paths(inst, target, kind, phase, entry, out);
                }
            }
        }
    }

    /// Paths over every other last call into the target.
    fn more_paths(
        &self,
        root: u32,
        target: FunctionRef,
        kind: EdgeKind,
        phase: Phase,
        entry: u32,
        out: &mut Vec<CallPath>,
    ) {
        let last = out.last().and_then(|path| path.steps.iter().rev().nth(1)).map(|step| step.function);
        let mut seen: FxHashSet<FunctionRef> = last.into_iter().collect();
        let instances: Vec<u32> = self.graph.instances(target, phase).collect();
        for inst in instances {
            for edge in self.graph.calls_of(inst).filter(|edge| edge.kind <= kind && edge.phase <= phase) {
                let caller = self.graph.functions[edge.from as usize];
                if caller == target || !seen.insert(caller) {
                    continue;
                }
                let distance = self.graph.distances(caller, phase, kind);
                if distance[root as usize] == u32::MAX {
                    continue;
                }
                let mut path = self.walk(root, &distance, kind, phase, caller, Some(entry));
                if path.steps.iter().any(|step| step.function == target) {
                    continue;
                }
                if let Some(step) = path.steps.last_mut() {
                    *step = Step { function: caller, span: edge.span, edge: Some(edge.kind) };
                }
                path.steps.push(Step { function: target, span: self.function(target).span, edge: None });
                path.target = target;
                path.weakest = path.weakest.max(edge.kind);
                out.push(path);
            }
        }
    }

    /// Follows falling distances from an instance to the target.
    fn walk(
        &self,
        from: u32,
        distance: &[u32],
        kind: EdgeKind,
        phase: Phase,
        target: FunctionRef,
        entry: Option<u32>,
    ) -> CallPath {
        let mut steps = Vec::new();
        let mut weakest = EdgeKind::Direct;
        let mut at = from;
        while distance[at as usize] > 0 {
            let wanted = distance[at as usize] - 1;
            let next = self
                .graph
                .out_of(at)
                .filter(|edge| edge.kind <= kind && edge.phase <= phase && distance[edge.to as usize] == wanted)
                .min_by_key(|edge| (edge.kind, edge.span, edge.to));
            let Some(edge) = next else { break };
            steps.push(Step { function: self.graph.functions[at as usize], span: edge.span, edge: Some(edge.kind) });
            weakest = weakest.max(edge.kind);
            at = edge.to;
        }
        steps.push(Step { function: target, span: self.function(target).span, edge: None });
        CallPath { entry, target, weakest, steps }
    }

    /// The path from the nearest first-party production function.
    fn nearest_path(&self, target: FunctionRef) -> Option<CallPath> {
        let phase = Phase::FirstParty;
        for kind in EdgeKind::ALL {
            let distance = self.graph.distances(target, phase, kind);
            let best = (0..distance.len() as u32)
                .filter(|inst| distance[*inst as usize] != u32::MAX && self.is_production(*inst))
                .min_by_key(|inst| (distance[*inst as usize], self.graph.functions[*inst as usize], *inst));
            if let Some(inst) = best {
                return Some(self.walk(inst, &distance, kind, phase, target, None));
            }
        }
        None
    }

    fn is_production(&self, inst: u32) -> bool {
        let function = self.graph.functions[inst as usize];
        self.is_first_party(function) && !self.function(function).test
    }

    /// Every first-party call that leads out of first-party code to a target, or to a target itself.
    pub fn calls_into(&self, targets: &[FunctionRef], phase: Phase) -> Vec<CallSite> {
        let mut sites: Vec<CallSite> = Vec::new();
        let mut seen = FxHashSet::default();
        for target in targets {
            for kind in EdgeKind::ALL {
                let distance = self.graph.distances(*target, phase, kind);
                for edge in self.graph.edges.iter().filter(|edge| edge.kind <= kind && edge.phase <= phase) {
                    if distance[edge.to as usize] == u32::MAX {
                        continue;
                    }
                    let function = self.graph.functions[edge.from as usize];
                    let callee = self.graph.functions[edge.to as usize];
                    let leaves = self.is_first_party(function) && (callee == *target || !self.is_first_party(callee));
                    if leaves && seen.insert((*target, function, callee, edge.span)) {
                        let site = CallSite {
                            target: *target,
                            function,
                            callee,
                            span: edge.span,
                            weakest: kind,
                            phase: edge.phase,
                        };
                        sites.push(site);
                    }
                }
            }
        }
        sites.sort_by_key(|site| (site.function, site.span, site.target, site.callee));
        sites
    }
}
