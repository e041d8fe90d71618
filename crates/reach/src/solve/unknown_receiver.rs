//! Members of receivers that stay unknown: by name, after everything else (rule R9).

use faultline_facts::{CallKind, FunctionKind, Key, Op, ParamKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ArgMode, CallData, Func, Inst, Mod, NONE, Node, Solver, This, Tok, Token, Watch, key};
use crate::{EdgeKind, names::Name};

/// Functions of one name above which the name says nothing.
const MAX_CANDIDATES: usize = 25;
/// Times that what was found is propagated and looked at again.
const ROUNDS: u32 = 6;
/// Instances of the function around a class that are taken for it.
const MAX_AROUND: usize = 2;

/// Methods and getters of the modules that run, by name.
type Candidates = FxHashMap<Name, Vec<Func>>;

/// A member of a receiver that is not known.
#[derive(Clone, Copy)]
struct Place {
    inst: Inst,
    stmt: u32,
    name: Name,
    /// The call, or `None` for a read that may be of a getter.
    call: Option<u32>,
}

impl Solver<'_> {
    /// Solves, then follows by name what has no receiver, and solves again; false when the budget is spent.
    pub(crate) fn solve_by_name(&mut self) -> bool {
        if !self.solve() {
            return false;
        }
        for _ in 0..ROUNDS {
            let before = self.edges.len();
            let places = self.unknown_receivers();
            let candidates = self.python_methods();
            let mut around = FxHashMap::default();
            let mut common: Vec<Name> = Vec::new();
            for place in places {
                if !self.follow_name(place, &candidates, &mut around) {
                    common.push(place.name);
                }
            }
            common.sort_unstable();
            common.dedup();
            self.call_common(&common);
            if !self.solve() {
                return false;
            }
            if self.edges.len() == before {
                break;
            }
        }
        true
    }

    /// Methods called, and attributes read that may be getters, where the receiver gave nothing.
    fn unknown_receivers(&mut self) -> Vec<Place> {
        let known = self.edge_map.iter().filter(|(_, edge)| self.edges[**edge as usize].kind != EdgeKind::Name);
        let resolved: FxHashSet<(Inst, u32)> = known.map(|((inst, stmt, _), _)| (*inst, *stmt)).collect();
        let mut places = Vec::new();
        for index in 0..self.method_calls.len() {
            let (call, name) = self.method_calls[index];
            let CallData { inst, stmt, base, .. } = self.calls[call as usize];
            if self.store.is_crowded(base) || !resolved.contains(&(inst, stmt)) && self.is_unknown(base) {
                places.push(Place { inst, stmt, name, call: Some(call) });
            }
        }
        for id in 0..self.insts.len() as u32 {
            if self.inst(Inst(id)).entered {
                self.unknown_reads(Inst(id), &resolved, &mut places);
            }
        }
        places
    }

    fn unknown_reads(&mut self, inst: Inst, resolved: &FxHashSet<(Inst, u32)>, out: &mut Vec<Place>) {
        let module = self.module_of_inst(inst);
        if !self.is_python(module) {
            return;
        }
        let statics = self.statics(module);
        for (stmt, op) in (0u32..).zip(self.function(self.inst(inst).func).body.iter().map(|stmt| &stmt.op)) {
            let Op::Load { base, key: Key::Named(sym), .. } = op else { continue };
            let name = statics.names[sym.0 as usize];
            if !self.accessor_names.contains(&name) {
                continue;
            }
            let base = self.node_of(inst, *base);
            if self.store.is_crowded(base) || !resolved.contains(&(inst, stmt)) && self.is_unknown(base) {
                out.push(Place { inst, stmt, name, call: None });
            }
        }
    }

    /// True when nothing is known of a receiver, or nothing of where it came from.
    fn is_unknown(&self, base: Node) -> bool {
        let tokens = self.store.tokens(base);
        tokens.is_empty() || tokens.iter().any(|tok| self.is_vague(Tok(*tok)))
    }

    fn is_vague(&self, tok: Tok) -> bool {
        match self.tokens.get(tok) {
            Token::Path(path) => path.0 == 0 || self.path_text(path).contains("(argument)"),
            _ => false,
        }
    }

    fn python_methods(&mut self) -> Candidates {
        let mut found = Candidates::default();
        for id in 0..self.linker.modules.len() as u32 {
            let module = Mod(id);
            let runs = self.module_inst[id as usize].is_some_and(|inst| self.inst(inst).entered);
            if !runs || !self.is_python(module) {
                continue;
            }
            let statics = self.statics(module);
            for (local, function) in (0u32..).zip(&self.facts(module).functions) {
                if function.class.is_some() && function.kind != FunctionKind::Setter {
                    let name = statics.names[function.name.0 as usize];
                    let func = self.func(module, faultline_facts::FunctionId(local));
                    found.entry(name).or_default().push(func);
                }
            }
        }
        found
    }

    /// False when too many have the name.
    fn follow_name(&mut self, place: Place, candidates: &Candidates, around: &mut FxHashMap<Func, Vec<Inst>>) -> bool {
        let Some(candidates) = candidates.get(&place.name) else { return true };
        let fits: Vec<Func> = candidates.iter().copied().filter(|func| self.fits(place, *func)).collect();
        if fits.len() > MAX_CANDIDATES {
            return false;
        }
        for func in fits {
            for class in self.classes_around(func, around) {
                self.follow_member(place, func, class);
            }
        }
        true
    }

    /// True when the call's arguments find parameters; a read wants a getter.
    fn fits(&self, place: Place, func: Func) -> bool {
        let function = self.function(func);
        let Some(call) = place.call else { return function.kind == FunctionKind::Getter };
        if function.kind == FunctionKind::Getter {
            return false;
        }
        if function.params.iter().any(|param| param.kind == ParamKind::Rest) {
            return true;
        }
        let given = self.args_of(call).iter().filter(|arg| arg.mode == ArgMode::Positional).count();
        let takes = function.params.iter().filter(|p| matches!(p.kind, ParamKind::Normal | ParamKind::PositionalOnly));
        given + usize::from(!function.flags.is_static) <= takes.count()
    }

    /// The classes that have the function as a member.
    fn classes_around(&mut self, func: Func, around: &mut FxHashMap<Func, Vec<Inst>>) -> Vec<Tok> {
        let module = self.module_of(func);
        let Some(class) = self.function(func).class else { return Vec::new() };
        let class = self.class_ref(module, class);
        let parent = self.func(module, self.class_of(class).2.parent);
        let insts = &self.insts;
        let found = around.entry(parent).or_insert_with(|| {
            let entered = insts.iter().enumerate().filter(|(_, inst)| inst.func == parent && inst.entered);
            entered.map(|(id, _)| Inst(id as u32)).take(MAX_AROUND).collect()
        });
        found.clone().into_iter().map(|env| self.tokens.intern(Token::Class { class, env })).collect()
    }

    fn follow_member(&mut self, place: Place, func: Func, class: Tok) {
        let instance = self.tokens.intern(Token::Instance(class));
        let Token::Class { env, .. } = self.tokens.get(class) else { return };
        if let Some(call) = place.call {
            let named = self.sub_call(call, key(13, class.0), |solver| CallData {
                edge: EdgeKind::Name,
                ..solver.calls[call as usize]
            });
            let found = self.lookup(instance, place.name);
            return self.store.watch(found, Watch::CallOn { call: named, this: instance });
        }
        let Op::Load { dst, .. } = self.op(place.inst, place.stmt) else { return };
        let result = self.node_of(place.inst, *dst);
        let getter = self.tokens.intern(Token::Function { func, env });
        if self.accessor_calls.contains_key(&(place.inst, place.stmt, getter, instance)) {
            return;
        }
        let call = self.new_call(CallData {
            inst: place.inst,
            stmt: place.stmt,
            kind: CallKind::Implicit,
            edge: EdgeKind::Name,
            result,
            args: (0, 0),
            this: This::None,
            base: NONE,
            forwards: true,
        });
        self.accessor_calls.insert((place.inst, place.stmt, getter, instance), call);
        let bound = self.tokens.intern(Token::Bound { func: getter, this: instance, args: NONE });
        self.invoke(call, bound, This::None);
    }

    /// Notes a method call with a known name.
    pub(super) fn note_method_call(&mut self, call: u32, name: Name) {
        if self.is_python(self.module_of_inst(self.calls[call as usize].inst)) {
            self.method_calls.push((call, name));
        }
    }
}
