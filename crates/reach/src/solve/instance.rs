//! Instances of functions: creation, contexts, and the constraints of their bodies.

use faultline_facts::{CallKind, Const, Guard, GuardId, ObjectKind, Op, Slot, Test, TypePlace};

use super::{Func, Inst, Known, Mod, NONE, Node, Shape, Solver, Token, Watch};
use crate::Phase;

/// Stands for the place of every object that holds only data.
const DATA: u32 = u32::MAX >> 2;
/// Clones of a function that is called with each string of a list.
const MAX_CONSTANTS: u16 = 64;
/// Stands for the calling instance in contexts that are places.
const BY_SITE: Inst = Inst(u32::MAX - 1);
/// Stands for the number of arguments among the known values of a clone.
pub(crate) const ARGUMENT_COUNT: Slot = Slot(u32::MAX);
/// Nesting of call sites in a context.
const MAX_DEPTH: u8 = 2;

/// One instance.
pub(crate) struct InstData {
    pub(crate) func: Func,
    pub(crate) env: Inst,
    /// The calling instance, for clones.
    pub(crate) caller: Inst,
    pub(crate) base: Node,
    pub(crate) phase: Phase,
    pub(crate) entered: bool,
    depth: u8,
    known: Vec<(Slot, Known)>,
}

impl Solver<'_> {
    /// The instance of a function for a call, cloned where that pays.
    pub(crate) fn instance_for(&mut self, func: Func, env: Inst, caller: Inst, site: u32) -> Inst {
        let local = self.local(func);
        let module = self.module_of(func);
        let wrap = self.statics(module).wrap[local.0 as usize];
        if wrap == 0 {
            return self.shared(func, env);
        }
        let context = self.context(caller, site);
        // Places are finitely many; only chains of calling instances have to be cut.
        if context.0 != BY_SITE && !self.may_clone(func, caller) {
            return self.shared(func, env);
        }
        if let Some(inst) = self.inst_map.get(&(func, env, context.0, context.1)) {
            return *inst;
        }
        let wrap = wrap.min(self.store.limits.clones);
        let most = if self.constant_calls.contains(&site) { wrap.max(MAX_CONSTANTS) } else { wrap };
        if self.clones[func.0 as usize] >= most {
            self.widened += 1;
            return self.shared(func, env);
        }
        self.clones[func.0 as usize] += 1;
        let depth = if context.0 == BY_SITE { 1 } else { self.inst(caller).depth + 1 };
        let inst = self.new_instance(func, env, context, depth);
        self.insts[inst.0 as usize].caller = caller;
        inst
    }

    /// What tells a clone apart: the calling instance where its parameters are passed on, else the place
    /// of the call and what is known of its arguments.
    fn context(&mut self, caller: Inst, call: u32) -> (Inst, u32) {
        let data = self.calls[call as usize];
        if data.forwards || !self.is_written(call) || self.constant_calls.contains(&call) {
            return (caller, call);
        }
        let known = self.args_of(call).iter().map(|arg| arg.known.map(Known::key)).collect();
        let site = (self.inst(caller).func, data.stmt, known);
        let next = self.sites.len() as u32;
        (BY_SITE, *self.sites.entry(site).or_insert(next))
    }

    fn may_clone(&self, func: Func, caller: Inst) -> bool {
        if self.inst(caller).depth >= MAX_DEPTH {
            return false;
        }
        let mut at = caller;
        while at.0 != NONE {
            if self.inst(at).func == func {
                return false;
            }
            at = self.inst(at).caller;
        }
        true
    }

    /// The instance without context.
    pub(crate) fn shared(&mut self, func: Func, env: Inst) -> Inst {
        let none = (Inst(NONE), 0);
        if let Some(inst) = self.inst_map.get(&(func, env, none.0, none.1)) {
            return *inst;
        }
        let depth = if env.0 == NONE { 0 } else { self.inst(env).depth };
        self.new_instance(func, env, none, depth)
    }

    fn new_instance(&mut self, func: Func, env: Inst, context: (Inst, u32), depth: u8) -> Inst {
        let inst = Inst(self.insts.len() as u32);
        let (start, end) = self.function(func).slots;
        let base = self.store.nodes(end - start);
        let phase = self.phase;
        self.insts.push(InstData {
            func,
            env,
            caller: context.0,
            base,
            phase,
            entered: false,
            depth,
            known: Vec::new(),
        });
        self.inst_map.insert((func, env, context.0, context.1), inst);
        inst
    }

    pub(crate) fn is_clone(&self, inst: Inst) -> bool {
        self.inst(inst).caller.0 != NONE
    }

    pub(crate) fn set_known(&mut self, inst: Inst, slot: Slot, known: Known) {
        if !self.inst(inst).entered {
            self.insts[inst.0 as usize].known.push((slot, known));
        }
    }

    /// The instance of a module body, whether it runs or not.
    pub(crate) fn module_instance(&mut self, module: Mod) -> Inst {
        if let Some(inst) = self.module_inst[module.0 as usize] {
            return inst;
        }
        let func = self.func(module, faultline_facts::FunctionId(0));
        let inst = self.shared(func, Inst(NONE));
        self.module_inst[module.0 as usize] = Some(inst);
        inst
    }

    /// Sees that the body's constraints are made.
    pub(crate) fn enter(&mut self, inst: Inst) {
        let phase = self.phase;
        let data = &mut self.insts[inst.0 as usize];
        if !data.entered {
            data.entered = true;
            data.phase = phase;
            self.queue.push_back(inst);
        }
    }

    /// The value of a slot where it is known: a constant, or a parameter bound to one in a clone.
    pub(crate) fn known_value(&mut self, inst: Inst, slot: Slot) -> Option<Known> {
        let module = self.module_of_inst(inst);
        match self.statics(module).trace(slot) {
            Ok(known) => Some(known),
            Err(slot) => match self.statics(module).counts.get(&slot) {
                Some(owner) => self.argument_count(inst, self.func(module, *owner)),
                None => self.bound_value(inst, slot),
            },
        }
    }

    fn argument_count(&self, inst: Inst, owner: Func) -> Option<Known> {
        let mut at = inst;
        while at.0 != NONE && self.inst(at).func != owner {
            at = self.inst(at).env;
        }
        (at.0 != NONE).then(|| self.bound_value(at, ARGUMENT_COUNT)).flatten()
    }

    fn bound_value(&self, inst: Inst, slot: Slot) -> Option<Known> {
        let mut at = inst;
        while at.0 != NONE {
            let data = self.inst(at);
            if let Some((_, known)) = data.known.iter().find(|(known, _)| *known == slot) {
                return Some(*known);
            }
            at = data.env;
        }
        None
    }

    /// Makes the constraints of a body.
    pub(crate) fn process(&mut self, inst: Inst) {
        let func = self.inst(inst).func;
        let function = self.function(func);
        let module = self.module_of(func);
        if function.parent.is_none() {
            self.start_module(module, inst);
        }
        let facts = self.facts(module);
        for (index, stmt) in function.body.iter().enumerate() {
            if let Some(guard) = stmt.guard
                && !self.guard_may_hold(inst, &facts.guards, guard)
            {
                continue;
            }
            self.apply(inst, module, index as u32, &stmt.op);
        }
    }

    pub(crate) fn guard_may_hold(&mut self, inst: Inst, guards: &[Guard], guard: GuardId) -> bool {
        let mut at = Some(guard);
        for _ in 0..64 {
            let Some(guard) = at.and_then(|id| guards.get(id.0 as usize)) else { return true };
            if !self.condition_may_hold(inst, guards, guard) {
                return false;
            }
            at = guard.parent;
        }
        true
    }

    fn condition_may_hold(&mut self, inst: Inst, guards: &[Guard], guard: &Guard) -> bool {
        let Some(known) = self.known_value(inst, guard.slot) else { return true };
        let module = self.module_of_inst(inst);
        let statics = self.statics(module);
        if guard.any.iter().any(|test| test_may_hold(known, test, &|value| statics.known(value))) {
            return true;
        }
        let or = guard.or.and_then(|id| guards.get(id.0 as usize));
        or.is_some_and(|or| or.or.is_none() && self.condition_may_hold(inst, guards, or))
    }

    fn apply(&mut self, inst: Inst, module: Mod, stmt: u32, op: &Op) {
        if self.is_jvm(module) && self.apply_jvm(inst, module, stmt, op) {
            return;
        }
        match op {
            Op::Copy { dst, src } => {
                let (src, dst) = (self.node_of(inst, *src), self.node_of(inst, *dst));
                self.store.edge(src, dst, false);
            }
            Op::Const { dst, value } => self.constant(inst, module, *dst, value),
            Op::Concat { dst, left, right } => self.concat(inst, *dst, *left, *right),
            Op::Closure { dst, function } => {
                let token = Token::Function { func: self.func(module, *function), env: inst };
                let dst = self.node_of(inst, *dst);
                self.add(dst, token);
            }
            Op::Class { dst, class } => {
                let token = Token::Class { class: self.class_ref(module, *class), env: inst };
                let dst = self.node_of(inst, *dst);
                self.add(dst, token);
            }
            Op::Object { dst, kind } => self.allocate(inst, stmt, *dst, *kind),
            Op::Load { base, key, .. } => self.load(inst, stmt, *base, *key),
            Op::Store { base, key, src, .. } => self.store_op(inst, module, stmt, (*base, *key, *src)),
            Op::Spread { dst, src } => {
                let (src, dst) = (self.node_of(inst, *src), self.node_of(inst, *dst));
                self.store.watch(src, Watch::SpreadFrom { dst });
            }
            Op::Call { call } => self.call_op(inst, module, stmt, *call),
            Op::Import { dst, import } => {
                let dst = self.node_of(inst, *dst);
                self.import_op(inst, module, *import, dst);
            }
            Op::Global { dst, name } => {
                let name = self.name(module, *name);
                let dst = self.node_of(inst, *dst);
                self.global(module, name, dst);
            }
            Op::StoreGlobal { name, src } => {
                let name = self.name(module, *name);
                if self.is_go(module) {
                    let src = self.node_of(inst, *src);
                    return self.go_store_global(module, name, src);
                }
                let (src, global) = (self.node_of(inst, *src), self.global_node(name));
                self.store.edge(src, global, false);
            }
            Op::Iterate { dst, src } if self.is_go(module) => {
                let (src, dst) = (self.node_of(inst, *src), self.node_of(inst, *dst));
                self.store.edge(src, dst, true);
                self.store.watch(src, Watch::Elements { dst });
            }
            Op::Narrow { dst, src, test: Test::Instance(class) } if self.is_go(module) => {
                let [src, dst, class] = [*src, *dst, *class].map(|slot| self.node_of(inst, slot));
                self.store.watch(class, Watch::GoTest { src, dst });
            }
            Op::Iterate { dst, src } => self.watch_pair(inst, *src, *dst, |dst| Watch::Elements { dst }),
            Op::Keys { dst, src } => self.watch_pair(inst, *src, *dst, |dst| Watch::Keys { dst, inherited: true }),
            Op::Await { dst, src } => self.watch_pair(inst, *src, *dst, |dst| Watch::Await { dst }),
            Op::Narrow { dst, src, .. } => {
                self.watch_pair(inst, *src, *dst, |dst| Watch::Narrow { inst, stmt, dst });
            }
            Op::Super { dst, class, this } => {
                self.note_super(inst, module, stmt);
                self.super_op(inst, module, *dst, *class, *this);
            }
            Op::Typed { slot, class, place } => {
                let place = match place {
                    TypePlace::Instance => 0,
                    TypePlace::Element => 1,
                    TypePlace::Class => 2,
                    TypePlace::Awaited => 3,
                    TypePlace::Made => 4,
                };
                let (slot, class) = (self.node_of(inst, *slot), self.node_of(inst, *class));
                self.store.watch(class, Watch::Typed { slot, place });
            }
        }
    }

    fn watch_pair(&mut self, inst: Inst, src: Slot, dst: Slot, make: impl Fn(Node) -> Watch) {
        let (src, dst) = (self.node_of(inst, src), self.node_of(inst, dst));
        self.store.watch(src, make(dst));
    }

    fn constant(&mut self, inst: Inst, module: Mod, dst: Slot, value: &Const) {
        let Const::Str(sym) = value else { return };
        let text = self.facts(module).text(*sym);
        if text.is_empty() || text.len() > 80 || is_prose(text) {
            return;
        }
        let name = self.name(module, *sym);
        let dst = self.node_of(inst, dst);
        self.add(dst, Token::Text(name));
    }

    fn concat(&mut self, inst: Inst, dst: Slot, left: Slot, right: Slot) {
        let [dst, left, right] = [dst, left, right].map(|slot| self.node_of(inst, slot));
        self.concat_sites.push((left, right, dst, false));
        let watch = Watch::Concat { left, right, dst };
        self.store.watch(left, watch);
        self.store.watch(right, watch);
    }

    fn allocate(&mut self, inst: Inst, stmt: u32, dst: Slot, kind: ObjectKind) {
        let shape = match kind {
            ObjectKind::Object => Shape::Object,
            ObjectKind::Array => Shape::Array,
            ObjectKind::Tuple => Shape::Tuple,
            ObjectKind::Dict => Shape::Dict,
            ObjectKind::Set => Shape::Set,
            ObjectKind::Regex | ObjectKind::Plain => return,
            ObjectKind::Text => {
                let dst = self.node_of(inst, dst);
                return self.add(dst, Token::AnyText);
            }
        };
        let module = self.module_of_inst(inst);
        let stmt = if self.statics(module).data.contains(&dst) { DATA } else { stmt };
        let dst = self.node_of(inst, dst);
        self.add(dst, Token::Object { inst, stmt, part: 0, shape });
    }

    /// The class token that an enclosing method belongs to.
    pub(crate) fn enclosing_class(&mut self, inst: Inst, class: super::ClassRef) -> Token {
        let (module, _, definition) = self.class_of(class);
        let parent = self.func(module, definition.parent);
        let mut env = inst;
        while env.0 != NONE && self.inst(env).func != parent {
            env = self.inst(env).env;
        }
        Token::Class { class, env }
    }

    /// Python's `super()` is a call of a builtin, where it is written.
    fn note_super(&mut self, inst: Inst, module: Mod, stmt: u32) {
        if self.is_python(module) && self.span(inst, stmt).line != 0 {
            let path = self.path("py:super");
            self.note_external(path, inst, stmt, CallKind::Call);
        }
    }

    fn super_op(&mut self, inst: Inst, module: Mod, dst: Slot, class: faultline_facts::ClassId, this: Slot) {
        let class = self.class_ref(module, class);
        let token = self.enclosing_class(inst, class);
        let class = self.tokens.intern(token);
        let (this, dst) = (self.node_of(inst, this), self.node_of(inst, dst));
        // With no receiver known yet the base constructors still run.
        let nothing = self.tokens.intern(Token::Nothing);
        self.add(dst, Token::Super { class, this: nothing });
        self.store.watch(this, Watch::Super { class, dst });
    }
}

/// Texts that name nothing: sentences and lines.
fn is_prose(text: &str) -> bool {
    let spaces = text.bytes().filter(u8::is_ascii_whitespace).count();
    spaces > 0 && (text.len() > 32 || spaces > 3 || text.contains('\n'))
}

/// False when a known value contradicts the test.
fn test_may_hold(known: Known, test: &Test, read: &dyn Fn(&Const) -> Known) -> bool {
    match test {
        Test::Equals(value) => match known {
            Known::Callable | Known::Object => false,
            known => known == read(value),
        },
        Test::Differs(value) => known != read(value),
        Test::Callable => matches!(known, Known::Callable),
        Test::NotCallable => !matches!(known, Known::Callable),
        Test::Text => matches!(known, Known::Text(_)),
        Test::Instance(_) | Test::NotInstance(_) => true,
    }
}
