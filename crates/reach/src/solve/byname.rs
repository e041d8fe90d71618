//! Calls that nothing answers: methods are looked for by their name (rule R9), and what was handed to them is called.

use faultline_facts::{CallKind, Callee, Key, Op, ParamKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{CallData, Func, Inst, Mod, NONE, Solver, This, Tok, Token, key};
use crate::{EdgeKind, names::Name};

/// Functions of one name above which the name says nothing.
const MAX_CANDIDATES: usize = 25;
/// Names that every second object has.
const COMMON: &[&str] = &[
    "constructor",
    "toString",
    "valueOf",
    "toJSON",
    "call",
    "apply",
    "bind",
    "get",
    "set",
    "has",
    "add",
    "delete",
    "clear",
    "keys",
    "values",
    "entries",
    "length",
    "name",
    "next",
    "then",
    "catch",
    "finally",
    "test",
    "exec",
    "match",
    "replace",
    "split",
    "trim",
    "charAt",
    "charCodeAt",
    "substr",
    "substring",
    "startsWith",
    "endsWith",
    "toLowerCase",
    "toUpperCase",
    "padStart",
    "padEnd",
    "repeat",
    "codePointAt",
    "localeCompare",
    "search",
    "lastIndexOf",
    "toFixed",
    "toISOString",
    "getTime",
    "now",
    "done",
    "value",
    "default",
];

/// Names that say nothing, those of the language's own methods among them.
fn is_common(name: &str) -> bool {
    const OWNERS: [&str; 6] = ["js:Array", "js:Map", "js:Promise", "js:Object", "js:Function", "node:events"];
    let modelled = |owner: &&str| crate::model::find(&format!("{owner}.prototype.{name}")).is_some();
    COMMON.contains(&name) || OWNERS.iter().any(modelled)
}

/// A function under a name, and the object that holds it.
type Held = (Tok, Tok);

impl Solver<'_> {
    /// Adds the calls that only names suggest; false when there are none. The work that follows is for the caller.
    pub(crate) fn call_by_name(&mut self) -> bool {
        let answered = self.answered();
        let mut held: Option<FxHashMap<Name, Vec<Held>>> = None;
        let mut found = false;
        for id in 0..self.insts.len() as u32 {
            let inst = Inst(id);
            let module = self.module_of_inst(inst);
            if !self.inst(inst).entered || !self.is_script(module) {
                continue;
            }
            let function = self.function(self.inst(inst).func);
            for (stmt, op) in (0u32..).zip(function.body.iter().map(|stmt| &stmt.op)) {
                let Op::Call { call } = op else { continue };
                if !answered.contains(&(self.inst(inst).func, stmt)) && self.unanswered.insert((inst, stmt)) {
                    let held = held.get_or_insert_with(|| self.held_functions());
                    found |= self.answer_by_name(inst, module, (stmt, *call), held);
                }
            }
        }
        found
    }

    /// Places of calls of which some instance calls something.
    fn answered(&self) -> FxHashSet<(Func, u32)> {
        let calls = self.edge_map.keys().map(|(from, stmt, _)| (*from, *stmt));
        let outside =
            self.externals.keys().filter(|(path, ..)| path.0 != 0 && !self.path_text(*path).starts_with("entry:"));
        let outside = outside.map(|(_, from, stmt)| (*from, *stmt));
        let modelled = self.modelled.iter().copied();
        calls.chain(outside).chain(modelled).map(|(from, stmt)| (self.inst(from).func, stmt)).collect()
    }

    /// Functions of scripts by the property that holds them.
    fn held_functions(&self) -> FxHashMap<Name, Vec<Held>> {
        let mut found: FxHashMap<Name, Vec<Held>> = FxHashMap::default();
        for ((of, name), node) in &self.own {
            if !matches!(
                self.tokens.get(*of),
                Token::Prototype(_) | Token::Object { .. } | Token::Exports(_) | Token::Module(_)
            ) {
                continue;
            }
            for tok in self.store.tokens(*node).iter().map(|tok| Tok(*tok)) {
                if let Token::Function { func, .. } = self.tokens.get(tok)
                    && self.is_script(self.module_of(func))
                {
                    found.entry(*name).or_default().push((tok, *of));
                }
            }
        }
        for list in found.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        found
    }

    fn answer_by_name(
        &mut self,
        inst: Inst,
        module: Mod,
        (stmt, index): (u32, u32),
        held: &FxHashMap<Name, Vec<Held>>,
    ) -> bool {
        if !self.statement_may_run(inst, stmt) {
            return false;
        }
        let facts = self.facts(module);
        let call = &facts.calls[index as usize];
        if !matches!(call.kind, CallKind::Call | CallKind::New) {
            return false;
        }
        let args = self.arguments(inst, module, call);
        let result = self.node_of(inst, call.result);
        let data = CallData {
            inst,
            stmt,
            kind: call.kind,
            edge: EdgeKind::Name,
            result,
            args,
            this: This::None,
            base: NONE,
            forwards: true,
        };
        let id = self.new_call(data);
        let mut candidates = Vec::new();
        if let (Callee::Method { key: Key::Named(sym), .. }, CallKind::Call) = (call.callee, call.kind) {
            let name = self.name(module, sym);
            if !is_common(self.names.text(name)) {
                candidates = self.candidates(held.get(&name).map_or(&[], Vec::as_slice), call.args.len());
            }
        }
        let called = !candidates.is_empty();
        for (function, of) in candidates {
            let receiver = match self.tokens.get(of) {
                Token::Prototype(class) => self.tokens.intern(Token::Instance(class)),
                _ => of,
            };
            self.invoke(id, function, This::Tok(receiver));
        }
        self.temp.insert((id, key(9, 0)), 0);
        self.hand_out(id);
        called || !call.args.is_empty()
    }

    /// Those that take as many arguments, when they are few enough to mean anything.
    fn candidates(&self, held: &[Held], count: usize) -> Vec<Held> {
        let takes = |(tok, _): &&Held| {
            let Token::Function { func, .. } = self.tokens.get(*tok) else { return false };
            let function = self.function(func);
            let rest = function.params.iter().any(|param| param.kind == ParamKind::Rest);
            rest || function.arguments.is_some() || function.params.len() >= count
        };
        let fitting: Vec<Held> = held.iter().filter(takes).copied().collect();
        let chosen = if fitting.is_empty() { held.to_vec() } else { fitting };
        let functions: FxHashSet<Func> = chosen.iter().filter_map(|(tok, _)| self.func_of(*tok)).collect();
        if functions.len() > MAX_CANDIDATES {
            Vec::new()
        } else {
            chosen.into_iter().take(4 * MAX_CANDIDATES).collect()
        }
    }

    fn func_of(&self, tok: Tok) -> Option<Func> {
        if let Token::Function { func, .. } = self.tokens.get(tok) { Some(func) } else { None }
    }

    fn statement_may_run(&mut self, inst: Inst, stmt: u32) -> bool {
        let facts = self.facts(self.module_of_inst(inst));
        let guard = self.function(self.inst(inst).func).body[stmt as usize].guard;
        guard.is_none_or(|guard| self.guard_may_hold(inst, &facts.guards, guard))
    }
}
