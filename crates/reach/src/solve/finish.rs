//! From the solved constraints to plain data.

use rustc_hash::FxHashMap;

use super::{Func, Inst, PathId, Solver, Tok, Token, NONE};
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
        let mut targets: FxHashMap<(Inst, faultline_facts::Span), (Func, bool)> = FxHashMap::default();
        for edge in &self.edges {
            let to = self.insts[edge.to.0 as usize].func;
            let known = targets.entry((edge.from, edge.span)).or_insert((to, false));
            known.1 |= known.0 != to;
        }
        for edge in &mut self.edges {
            let several = targets.get(&(edge.from, edge.span)).is_some_and(|(_, several)| *several);
            if several && edge.kind == EdgeKind::Direct {
                edge.kind = EdgeKind::Dispatch;
            }
        }
    }

    pub(crate) fn finish(mut self, roots: Vec<EntryRoot>, no_entries: bool) -> Analysis {
        self.debug();
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
        analysis.graph = self.path_graph(&roots);
        analysis.exports = self.export_paths();
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
                widened: false,
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
            .map(|((path, inst, stmt), phase)| ExternalUse {
                path: self.paths[path.0 as usize].text.to_string(),
                function: FunctionRef(self.inst(*inst).func.0),
                span: self.span(*inst, *stmt),
                phase: *phase,
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
        let roots = roots.iter().enumerate().flat_map(|(index, root)| {
            root.instances.iter().map(move |inst| (inst.0, index as u32))
        });
        let phases = self.insts.iter().map(|inst| inst.entered.then_some(inst.phase)).collect();
        PathGraph::new(functions, phases, edges.collect(), roots.collect())
    }

    /// Text of an access path.
    pub(crate) fn path_text(&self, path: PathId) -> &str {
        &self.paths[path.0 as usize].text
    }

    fn debug(&self) {
        let mut kinds: std::collections::BTreeMap<String, u32> = Default::default();
        for tok in self.tokens.all() {
            let text = format!("{:?}", self.tokens.get(tok));
            *kinds.entry(text.split(['(', ' ']).next().unwrap_or("").to_owned()).or_default() += 1;
        }
        eprintln!("{kinds:?} paths {} calls {} looks {} own {} watches {:?}", self.paths.len(), self.calls.len(), self.looks.len(), self.own.len(), self.store.sizes());
        let mut nodes: Vec<(usize, u32)> = (0..self.store.count()).map(|n| (self.store.tokens(n).len(), n)).collect();
        nodes.sort_unstable();
        for (len, node) in nodes.iter().rev().take(12) {
            let sample: Vec<String> = self.store.tokens(*node).iter().step_by((len / 6).max(1)).map(|tok| self.describe(Tok(*tok))).collect();
            let of = self.insts.iter().find(|i| i.base <= *node && *node < i.base + (self.function(i.func).slots.1 - self.function(i.func).slots.0));
            let of = of.map(|i| format!("{}:{:?} slot {}", self.linker.path_of(self.module_of(i.func)), self.function(i.func).span.line, node - i.base));
            let field = self.own.iter().find(|(_, n)| *n == node).map(|((t, n), _)| format!("field {} {}", self.describe(*t), self.names.text(*n)));
            eprintln!("{len} node {node} {of:?} {field:?} {sample:?}");
        }
        for ((t, n), node) in &self.own {
            let text = self.names.text(*n);
            if text == "get" && self.store.tokens(*node).len() > 5 || text == "path" && self.store.tokens(*node).len() > 5 {
                let list: Vec<String> = self.store.tokens(*node).iter().take(30).map(|tok| self.describe(Tok(*tok))).collect();
                eprintln!("GET {} {text} {} {list:?}", self.describe(*t), self.store.tokens(*node).len());
            }
        }
        for (tok, index) in &self.object_of {
            let o = &self.objects[*index as usize];
            if o.any() != NONE { eprintln!("ANY {} {}", self.describe(*tok), self.store.tokens(o.any()).len()); }
        }
        let mut edges: std::collections::BTreeMap<(String, u32), u32> = Default::default();
        for e in &self.edges {
            let f = self.inst(e.to).func;
            *edges.entry((self.linker.path_of(self.module_of(f)).to_owned(), self.function(f).span.line)).or_default() += 1;
        }
        let mut edges: Vec<_> = edges.into_iter().map(|(k, v)| (v, k)).collect();
        edges.sort();
        eprintln!("{:?}", edges.iter().rev().take(10).collect::<Vec<_>>());
    }

    pub(crate) fn describe(&self, tok: Tok) -> String {
        match self.tokens.get(tok) {
            Token::Path(p) => format!("path {}", self.path_text(p)),
            Token::Function { func, env } => format!("fn {}:{} env{}", self.linker.path_of(self.module_of(func)), self.function(func).span.line, env.0),
            Token::Text(n) => format!("'{}'", self.names.text(n)),
            Token::Instance(t) => format!("inst {}", self.describe(t)),
            Token::Prototype(t) => format!("proto {}", self.describe(t)),
            Token::Object { inst, stmt, part, shape } => format!("{shape:?} {}:{} {}", self.linker.path_of(self.module_of_inst(inst)), self.span(inst, stmt).line, part),
            Token::Bound { func, this, .. } => format!("bound {} to {}", self.describe(func), self.describe(this)),
            t => format!("{t:?}"),
        }
    }
}
