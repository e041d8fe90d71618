//! From the solved constraints to plain data.

use rustc_hash::FxHashMap;

use super::{EdgeRecord, Func, Inst, PathId, Solver};
use crate::{
    Analysis, CallEdge, DynamicSite, EdgeKind, Entry, ExternalUse, FunctionNode, FunctionRef, Phase, Problem, Stats,
    naming, path::PathGraph,
};

/// An entry point with the instances that it enters.
pub(crate) struct EntryRoot {
    pub(crate) entry: Entry,
    pub(crate) instances: Vec<Inst>,
}

impl Solver<'_> {
    /// Method calls with several receivers are dispatch.
    fn mark_dispatch(&mut self) {
        let mut targets: FxHashMap<(Inst, faultline_facts::Span, u32), (Func, bool)> = FxHashMap::default();
        // Lines of class files hold several calls.
        let jvm: Vec<bool> = self.insts.iter().map(|inst| self.is_jvm(self.module_of(inst.func))).collect();
        let place = |edge: &EdgeRecord| (edge.from, edge.span, if jvm[edge.from.0 as usize] { edge.stmt } else { 0 });
        for edge in self.edges.iter().filter(|edge| edge.kind != EdgeKind::Import) {
            let to = self.insts[edge.to.0 as usize].func;
            let known = targets.entry(place(edge)).or_insert((to, false));
            known.1 |= known.0 != to;
        }
        for edge in &mut self.edges {
            let several = targets.get(&place(edge)).is_some_and(|(_, several)| *several);
            if several && edge.kind == EdgeKind::Direct {
                edge.kind = EdgeKind::Dispatch;
            }
        }
    }

    pub(crate) fn finish(mut self, roots: &[EntryRoot], no_entries: bool) -> Analysis {
        self.mark_dispatch();
        let phases = self.function_phases();
        let mut analysis = Analysis {
            functions: self.function_nodes(&phases),
            edges: self.merged_edges(),
            dynamic: self.dynamic_sites(&phases),
            entries: roots.iter().map(|root| root.entry.clone()).collect(),
            externals: self.external_uses(),
            problems: self.problems(),
            stats: self.stats(&phases),
            no_entries,
            budget_hit: self.budget_hit,
            exports: std::collections::BTreeMap::new(),
            first_party: self.linker.program.units.iter().map(crate::Unit::first_party).collect(),
            packages: self.linker.program.units.iter().map(|unit| unit.package.clone()).collect(),
            graph: PathGraph::default(),
        };
        for entry in &analysis.entries {
            let function = &mut analysis.functions[entry.function.0 as usize];
            function.entry = Some(function.entry.map_or(entry.kind, |kind| kind.min(entry.kind)));
        }
        analysis.graph = self.path_graph(roots);
        analysis.exports = self.export_paths(&|_| true);
        analysis
    }

    fn function_phases(&self) -> Vec<Option<Phase>> {
        let mut phases = vec![None; self.func_mod.len()];
        for inst in self.insts.iter().filter(|inst| inst.entered) {
            let phase = &mut phases[inst.func.0 as usize];
            *phase = Some(phase.map_or(inst.phase, |known: Phase| known.min(inst.phase)));
        }
        phases
    }

    fn function_nodes(&self, phases: &[Option<Phase>]) -> Vec<FunctionNode> {
        let names = naming::Names::new(&self.linker);
        let mut nodes = Vec::with_capacity(phases.len());
        for (id, module) in self.linker.modules.iter().enumerate() {
            let test = crate::entry::is_test_file(&self.linker, super::Mod(id as u32));
            for function in &module.facts().functions {
                nodes.push(FunctionNode {
                    name: names.function(super::Mod(id as u32), function),
                    file: module.at,
                    span: function.span,
                    entry: None,
                    test,
                    phase: phases[nodes.len()],
                });
            }
        }
        nodes
    }

    fn merged_edges(&self) -> Vec<CallEdge> {
        let mut merged: FxHashMap<(u32, u32, faultline_facts::Span), (EdgeKind, Phase)> = FxHashMap::default();
        for edge in &self.edges {
            let (from, to) = (self.inst(edge.from).func.0, self.inst(edge.to).func.0);
            let known = merged.entry((from, to, edge.span)).or_insert((edge.kind, edge.phase));
            *known = (known.0.min(edge.kind), known.1.min(edge.phase));
        }
        let mut edges: Vec<CallEdge> = merged
            .into_iter()
            .map(|((from, to, span), (kind, phase))| CallEdge {
                from: FunctionRef(from),
                to: FunctionRef(to),
                span,
                kind,
                phase,
            })
            .collect();
        edges.sort_unstable_by_key(|edge| (edge.from, edge.span, edge.to, edge.kind));
        edges
    }

    fn dynamic_sites(&self, phases: &[Option<Phase>]) -> Vec<DynamicSite> {
        let mut sites = Vec::new();
        for (id, module) in self.linker.modules.iter().enumerate() {
            for dynamic in &module.facts().dynamic {
                let func = self.func(super::Mod(id as u32), dynamic.function);
                sites.push(DynamicSite {
                    function: FunctionRef(func.0),
                    file: module.at,
                    span: dynamic.span,
                    kind: dynamic.kind,
                    phase: phases[func.0 as usize],
                });
            }
        }
        sites.sort_unstable();
        sites
    }

    fn external_uses(&self) -> Vec<ExternalUse> {
        let mut uses: Vec<ExternalUse> = self
            .externals
            .iter()
            .filter_map(|((path, inst, stmt), phase)| {
                let path = &self.paths[path.0 as usize];
                let path = if path.go {
                    path.text.trim_start_matches("go:").to_owned()
                } else if path.python {
                    naming::outside_python(&path.text)?
                } else {
                    path.text.to_string()
                };
                let function = FunctionRef(self.inst(*inst).func.0);
                Some(ExternalUse { path, function, span: self.span(*inst, *stmt), phase: *phase })
            })
            .collect();
        uses.sort_unstable();
        uses.dedup_by(|a, b| (&a.path, a.function, a.span) == (&b.path, b.function, b.span));
        uses
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for module in &self.linker.modules {
            for problem in &module.facts().problems {
                problems.push(Problem {
                    file: module.at,
                    line: problem.line,
                    code: "parse_error",
                    detail: problem.message.clone(),
                });
            }
        }
        problems.extend(crate::imports::unresolved(&self.linker));
        problems.sort_unstable();
        problems.dedup();
        problems
    }

    fn stats(&self, phases: &[Option<Phase>]) -> Stats {
        Stats {
            files: self.linker.modules.len() as u32,
            functions: self.func_mod.len() as u32,
            reached: phases.iter().flatten().filter(|phase| **phase < Phase::Inspected).count() as u32,
            instances: self.insts.len() as u32,
            nodes: self.store.count(),
            tokens: self.tokens.count(),
            propagated: self.store.propagated,
            widened: self.widened,
            dropped: self.store.saturated,
        }
    }

    fn path_graph(&self, roots: &[EntryRoot]) -> PathGraph {
        let functions = self.insts.iter().map(|inst| FunctionRef(inst.func.0)).collect();
        let edges = self.edges.iter().map(|edge| crate::path::GraphEdge {
            from: edge.from.0,
            to: edge.to.0,
            span: edge.span,
            kind: edge.kind,
            phase: edge.phase,
        });
        let roots = roots
            .iter()
            .enumerate()
            .flat_map(|(index, root)| root.instances.iter().map(move |inst| (inst.0, index as u32)));
        let phases = self.insts.iter().map(|inst| inst.entered.then_some(inst.phase)).collect();
        PathGraph::new(functions, phases, edges.collect(), roots.collect())
    }

    /// Text of an access path.
    pub(crate) fn path_text(&self, path: PathId) -> &str {
        &self.paths[path.0 as usize].text
    }
}
