//! The solver: subset constraints with the call graph built on the fly.

mod bind;
mod byname;
mod call;
mod class;
mod collapse;
mod conventions;
mod exports;
mod finish;
mod fire;
mod go;
mod go_types;
mod hooks;
mod instance;
mod jvm;
mod load_store;
mod module;
mod named_modules;
mod object;
mod statics;
mod store;
mod token;
mod typed;
mod unknown_receiver;
mod watch;

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use faultline_facts::{Facts, Function, FunctionId, Language, Op, Slot, Span};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{EdgeKind, Options, Phase, Program, link::Linker, model, names::Name, names::Names};

pub(crate) use call::{ArgMode, ArgNode, CallData, This};
pub(crate) use exports::Exports;
pub(crate) use finish::EntryRoot;
pub(crate) use instance::InstData;
pub(crate) use jvm::CallSite;
pub(crate) use statics::{Known, Statics};
pub(crate) use store::{Limits, NONE, Node, Store};
pub(crate) use token::{ClassRef, Func, Inst, Mod, PathId, Shape, Tok, Token, Tokens};
pub(crate) use watch::{FieldWatch, Watch};

use object::Object;
use store::Task;

/// A purpose for which a call may have a node or call of its own, for one token or node.
pub(crate) const fn key(purpose: u64, of: u32) -> u64 {
    (purpose << 32) | of as u64
}

/// A call edge between instances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EdgeRecord {
    pub(crate) from: Inst,
    pub(crate) to: Inst,
    pub(crate) stmt: u32,
    pub(crate) span: Span,
    pub(crate) kind: EdgeKind,
    pub(crate) phase: Phase,
}

/// An access path outside the program.
pub(crate) struct PathInfo {
    pub(crate) text: Box<str>,
    pub(crate) model: Option<model::Model>,
    pub(crate) python: bool,
    pub(crate) go: bool,
    depth: u8,
}

/// Parts of an access path into a package that is not analysed.
const MAX_PACKAGE_DEPTH: u8 = 5;
/// Parts of an access path into the language's own library.
const MAX_BUILTIN_DEPTH: u8 = 3;

/// Values propagated between two searches for cycles.
const COLLAPSE_EVERY: u64 = 200_000;

/// Python functions above which a program is big.
const MANY_FUNCTIONS: usize = 3000;

/// An access path without the version of its package.
fn below_version(path: &str) -> &str {
    let Some(at) = path.strip_prefix("pkg:").and_then(|path| path.rfind('@')).map(|at| at + 4) else { return path };
    let mut dots = path.match_indices('.').map(|(dot, _)| dot).filter(|dot| *dot > at);
    let is_number = |dot: &usize| path[dot + 1..].starts_with(|first: char| first.is_ascii_digit());
    dots.find(|dot| !is_number(dot)).map_or("", |dot| &path[dot..])
}

/// A place of a call and what is known of its arguments there.
pub(crate) type Site = (Func, u32, Vec<Option<(u8, u64)>>);

/// Work that waits until nothing else is left, because its result depends on what is absent.
#[derive(Clone, Copy)]
pub(crate) enum Deferred {
    /// A class attribute by a method resolution order that has more than one line.
    Raw { class: Tok, name: Name, node: Node },
    /// An attribute above a class in the receiver's method resolution order.
    Super { class: Tok, this: Tok, name: Name, node: Node },
}

pub(crate) struct Solver<'a> {
    pub(crate) linker: Linker<'a>,
    pub(crate) names: Names,
    pub(crate) tokens: Tokens,
    pub(crate) store: Store,
    pub(crate) phase: Phase,
    pub(crate) insts: Vec<InstData>,
    pub(crate) edges: Vec<EdgeRecord>,
    pub(crate) externals: FxHashMap<(PathId, Inst, u32), Phase>,
    pub(crate) calls: Vec<CallData>,
    pub(crate) widened: u32,
    pub(crate) budget_hit: bool,
    pub(crate) paths: Vec<PathInfo>,
    /// Texts that are put together: left, right, result, and whether as a path.
    pub(crate) concat_sites: Vec<(Node, Node, Node, bool)>,
    pub(crate) typed: Vec<(Node, u8, Tok)>,
    pub(crate) typed_nodes: FxHashSet<Node>,
    pub(crate) instantiated: FxHashSet<Tok>,
    pub(crate) jvm: jvm::Jvm,
    pub(crate) jvm_sites: FxHashMap<u32, (Mod, u32)>,
    /// Classes with the place where they are first instantiated.
    made: Vec<(Tok, Inst, u32)>,
    /// Calls that load modules, with the node of the name.
    pub(crate) loads: Vec<(u32, Node)>,
    has_descriptors: bool,
    collapse_at: u64,
    constant_counts: FxHashMap<u32, u32>,
    sites: FxHashMap<Site, u32>,
    constant_calls: FxHashSet<u32>,
    field_watches: FxHashSet<(Tok, FieldWatch)>,
    escaped: FxHashSet<(Tok, u8)>,
    fired: u64,
    owners: FxHashMap<Tok, Vec<Tok>>,
    call_at: FxHashMap<(Inst, u32), u32>,
    method_calls: Vec<(u32, Name)>,
    /// Instantiated classes whose overrides were looked at.
    overridden: usize,
    /// Members that are called because their name is common.
    common: FxHashSet<(Tok, Name)>,
    /// Names that are beginnings of names.
    prefixes: FxHashSet<Name>,
    orders: RefCell<class::Orders>,
    statics: Vec<Option<Rc<Statics>>>,
    func_base: Vec<u32>,
    class_base: Vec<u32>,
    func_mod: Vec<Mod>,
    class_mod: Vec<Mod>,
    inst_map: FxHashMap<(Func, Inst, Inst, u32), Inst>,
    clones: Vec<u16>,
    module_inst: Vec<Option<Inst>>,
    queue: VecDeque<Inst>,
    deferred: VecDeque<Deferred>,
    args: Vec<ArgNode>,
    bound_calls: FxHashSet<(u32, Inst)>,
    derived: FxHashMap<(u32, Tok), u32>,
    handed: FxHashSet<(u32, Tok)>,
    objects: Vec<Object>,
    object_of: FxHashMap<Tok, u32>,
    own: FxHashMap<(Tok, Name), Node>,
    looks: FxHashMap<(Tok, Name), Node>,
    raws: FxHashMap<(Tok, Name), Node>,
    path_map: FxHashMap<Box<str>, PathId>,
    globals: FxHashMap<Name, Node>,
    edge_map: FxHashMap<(Inst, u32, Inst), u32>,
    accessor_names: FxHashSet<Name>,
    late_accessors: Vec<Name>,
    nowhere: Node,
    item_names: FxHashMap<Name, Name>,
    look_depth: u32,
    computed: Vec<(Inst, u32)>,
    temp: FxHashMap<(u32, u64), Node>,
    accessor_calls: FxHashMap<(Inst, u32, Tok, Tok), u32>,
    go_scopes: FxHashMap<(u32, bool), Rc<go::GoScope>>,
    go_escapes: FxHashMap<(Inst, u32), u32>,
    go_types: go_types::GoTypes,
    handed_methods: FxHashSet<(u32, Tok, Name)>,
    budget: u64,
    /// Calls of what has a model.
    modelled: FxHashSet<(Inst, u32)>,
    /// Calls that were answered by name.
    unanswered: FxHashSet<(Inst, u32)>,
}

impl<'a> Solver<'a> {
    pub(crate) fn new(program: &'a Program, options: &Options) -> Solver<'a> {
        let linker = Linker::new(program);
        let modules = linker.modules.len();
        let mut solver = Solver {
            linker,
            names: Names::new(),
            tokens: Tokens::default(),
            store: Store::default(),
            phase: Phase::Entered,
            insts: Vec::new(),
            edges: Vec::new(),
            externals: FxHashMap::default(),
            calls: Vec::new(),
            widened: 0,
            budget_hit: false,
            paths: Vec::new(),
            concat_sites: Vec::new(),
            typed: Vec::new(),
            typed_nodes: FxHashSet::default(),
            instantiated: FxHashSet::default(),
            jvm: jvm::Jvm::default(),
            jvm_sites: FxHashMap::default(),
            made: Vec::new(),
            loads: Vec::new(),
            has_descriptors: false,
            collapse_at: COLLAPSE_EVERY,
            constant_counts: FxHashMap::default(),
            sites: FxHashMap::default(),
            constant_calls: FxHashSet::default(),
            field_watches: FxHashSet::default(),
            escaped: FxHashSet::default(),
            fired: 0,
            owners: FxHashMap::default(),
            call_at: FxHashMap::default(),
            method_calls: Vec::new(),
            overridden: 0,
            common: FxHashSet::default(),
            prefixes: FxHashSet::default(),
            orders: RefCell::default(),
            statics: (0..modules).map(|_| None).collect(),
            func_base: Vec::new(),
            class_base: Vec::new(),
            func_mod: Vec::new(),
            class_mod: Vec::new(),
            inst_map: FxHashMap::default(),
            clones: Vec::new(),
            module_inst: vec![None; modules],
            queue: VecDeque::new(),
            deferred: VecDeque::new(),
            args: Vec::new(),
            bound_calls: FxHashSet::default(),
            derived: FxHashMap::default(),
            handed: FxHashSet::default(),
            objects: Vec::new(),
            object_of: FxHashMap::default(),
            own: FxHashMap::default(),
            looks: FxHashMap::default(),
            raws: FxHashMap::default(),
            path_map: FxHashMap::default(),
            globals: FxHashMap::default(),
            edge_map: FxHashMap::default(),
            accessor_names: FxHashSet::default(),
            late_accessors: Vec::new(),
            nowhere: 0,
            item_names: FxHashMap::default(),
            look_depth: 0,
            computed: Vec::new(),
            temp: FxHashMap::default(),
            accessor_calls: FxHashMap::default(),
            go_scopes: FxHashMap::default(),
            go_escapes: FxHashMap::default(),
            go_types: go_types::GoTypes::default(),
            handed_methods: FxHashSet::default(),
            budget: options.budget,
            modelled: FxHashSet::default(),
            unanswered: FxHashSet::default(),
        };
        if !solver.linker.go.is_empty() {
            solver.store.limits = Limits::GO;
        }
        solver.nowhere = solver.store.node();
        solver.path("*");
        solver.number();
        solver
    }

    /// Gives functions and classes their program-wide numbers.
    fn number(&mut self) {
        for id in 0..self.linker.modules.len() {
            let facts = self.linker.modules[id].facts();
            self.func_base.push(self.func_mod.len() as u32);
            self.class_base.push(self.class_mod.len() as u32);
            self.func_mod.extend(facts.functions.iter().map(|_| Mod(id as u32)));
            self.class_mod.extend(facts.classes.iter().map(|_| Mod(id as u32)));
        }
        self.clones = vec![0; self.func_mod.len()];
        let python = self.func_mod.iter().filter(|module| self.is_python(**module)).count();
        if python > MANY_FUNCTIONS && python * 2 > self.func_mod.len() {
            self.store.limits = Limits::BIG_PYTHON;
        }
    }

    /// Works until nothing changes; false when the budget is spent.
    pub(crate) fn solve(&mut self) -> bool {
        let mut settled = false;
        loop {
            while let Some(task) = self.store.work.pop_front() {
                if !self.step(task) {
                    return false;
                }
            }
            if let Some(inst) = self.queue.pop_front() {
                self.process(inst);
            } else if let Some(deferred) = self.deferred.pop_front() {
                self.resolve_deferred(deferred);
            } else if !settled {
                settled = !self.round();
            } else if let Some(task) = self.store.later.pop_front() {
                if !self.step(task) {
                    return false;
                }
                settled = !self.store.later.is_empty();
            } else {
                return true;
            }
        }
    }

    /// Does one task; false when the budget is spent.
    fn step(&mut self, task: Task) -> bool {
        self.run(task);
        if self.store.propagated >= self.collapse_at {
            self.store.collapse();
            self.collapse_at = self.store.propagated + COLLAPSE_EVERY;
        }
        let within = self.spent() <= self.budget;
        self.budget_hit |= !within;
        within
    }

    /// Work done so far; offering a known value is cheap, reacting to a new one is not.
    fn spent(&self) -> u64 {
        self.store.propagated + self.fired + self.store.attempts / 8
    }

    /// The next stage has half of the budget again, whatever the ones before spent.
    pub(crate) fn next_stage(&mut self, phase: Phase) {
        self.phase = phase;
        if self.budget_hit {
            self.budget += self.budget / 2;
        }
    }

    /// What is decided only when nothing else is left: unknown keys, late accessors, declared types.
    fn round(&mut self) -> bool {
        let before = self.progress();
        self.register_late_accessors();
        if self.progress() != before {
            return true;
        }
        self.inject_typed();
        self.inject_interfaces();
        if self.progress() != before {
            return true;
        }
        self.inject_declared(true);
        if self.progress() != before {
            return true;
        }
        self.call_hooks();
        self.widen_texts();
        self.call_overrides();
        self.widen_prefixes();
        if self.progress() != before {
            return true;
        }
        self.widen_computed();
        self.progress() != before
    }

    fn progress(&self) -> (u64, usize, usize) {
        (self.store.propagated, self.store.work.len() + self.store.later.len(), self.queue.len())
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::Node(node) => {
                let (from, to, mut watches) = self.store.flush(node);
                while watches != NONE {
                    let (watch, next) = self.store.watch_at(watches);
                    for index in from..to {
                        let token = self.store.token_at(node, index);
                        self.fire(watch, token);
                    }
                    watches = next;
                }
            }
            Task::Deliver { watch, node, upto } => {
                for index in 0..upto {
                    let token = self.store.token_at(node, index);
                    self.fire(watch, token);
                }
            }
        }
    }

    pub(crate) fn facts(&self, module: Mod) -> &'a Facts {
        self.linker.modules[module.0 as usize].facts()
    }

    pub(crate) fn statics(&mut self, module: Mod) -> Rc<Statics> {
        if let Some(statics) = &self.statics[module.0 as usize] {
            return Rc::clone(statics);
        }
        let facts = self.facts(module);
        let statics = Rc::new(Statics::new(facts, &mut self.names));
        self.collect_accessor_names(facts, &statics);
        self.statics[module.0 as usize] = Some(Rc::clone(&statics));
        statics
    }

    pub(crate) fn module_of(&self, func: Func) -> Mod {
        self.func_mod[func.0 as usize]
    }

    pub(crate) fn local(&self, func: Func) -> FunctionId {
        FunctionId(func.0 - self.func_base[self.module_of(func).0 as usize])
    }

    pub(crate) fn func(&self, module: Mod, local: FunctionId) -> Func {
        Func(self.func_base[module.0 as usize] + local.0)
    }

    pub(crate) fn function(&self, func: Func) -> &'a Function {
        self.facts(self.module_of(func)).function(self.local(func))
    }

    pub(crate) fn class_ref(&self, module: Mod, local: faultline_facts::ClassId) -> ClassRef {
        ClassRef(self.class_base[module.0 as usize] + local.0)
    }

    pub(crate) fn class_of(&self, class: ClassRef) -> (Mod, faultline_facts::ClassId, &'a faultline_facts::Class) {
        let module = self.class_mod[class.0 as usize];
        let local = faultline_facts::ClassId(class.0 - self.class_base[module.0 as usize]);
        (module, local, &self.facts(module).classes[local.0 as usize])
    }

    pub(crate) fn is_python(&self, module: Mod) -> bool {
        self.facts(module).language == Language::Python
    }

    /// True for a file of JavaScript or TypeScript.
    pub(crate) fn is_script(&self, module: Mod) -> bool {
        matches!(self.facts(module).language, Language::JavaScript | Language::TypeScript | Language::Json)
    }

    pub(crate) fn inst(&self, inst: Inst) -> &InstData {
        &self.insts[inst.0 as usize]
    }

    pub(crate) fn module_of_inst(&self, inst: Inst) -> Mod {
        self.module_of(self.inst(inst).func)
    }

    /// The node of a slot as seen from an instance.
    pub(crate) fn node_of(&self, inst: Inst, slot: Slot) -> Node {
        let module = self.module_of_inst(inst);
        let facts = self.facts(module);
        let Some(owner) = facts.slot_owner.get(slot.0 as usize) else { return self.nowhere };
        let wanted = self.func(module, *owner);
        let mut at = inst;
        for _ in 0..256 {
            let data = self.inst(at);
            if data.func == wanted {
                return data.base + slot.0 - facts.function(*owner).slots.0;
            }
            if data.env.0 == NONE {
                break;
            }
            at = data.env;
        }
        self.nowhere
    }

    pub(crate) fn add(&mut self, node: Node, token: Token) {
        let tok = self.tokens.intern(token);
        self.store.add(node, tok);
    }

    /// Interns a name of a file's facts.
    pub(crate) fn name(&mut self, module: Mod, sym: faultline_facts::Sym) -> Name {
        self.statics(module).names.get(sym.0 as usize).copied().unwrap_or(Name::EMPTY)
    }

    /// The name under which a dictionary keeps an item, apart from attributes.
    pub(crate) fn item(&mut self, name: Name) -> Name {
        if let Some(item) = self.item_names.get(&name) {
            return *item;
        }
        let text = format!("'{}", self.names.text(name));
        let item = self.names.intern(&text);
        self.item_names.insert(name, item);
        item
    }

    pub(crate) fn index_name(&mut self, index: u32) -> Name {
        if index >= 48 { Name::ELEMENT } else { self.names.intern(&index.to_string()) }
    }

    pub(crate) fn is_index(&self, name: Name) -> bool {
        name == Name::ELEMENT || self.names.text(name).bytes().next().is_some_and(|byte| byte.is_ascii_digit())
    }

    pub(crate) fn span(&self, inst: Inst, stmt: u32) -> Span {
        let function = self.function(self.inst(inst).func);
        function.body.get(stmt as usize).map_or(function.span, |stmt| stmt.span)
    }

    pub(crate) fn op(&self, inst: Inst, stmt: u32) -> &'a Op {
        &self.function(self.inst(inst).func).body[stmt as usize].op
    }

    /// Records an edge, or strengthens a recorded one.
    pub(crate) fn record(&mut self, from: Inst, stmt: u32, to: Inst, kind: EdgeKind, span: Span) {
        let next = self.edges.len() as u32;
        let index = *self.edge_map.entry((from, stmt, to)).or_insert(next);
        if index == next {
            self.edges.push(EdgeRecord { from, to, stmt, span, kind, phase: self.phase });
        } else {
            let edge = &mut self.edges[index as usize];
            edge.kind = edge.kind.min(kind);
        }
    }

    /// A node made once for a purpose of a call.
    pub(crate) fn temp(&mut self, call: u32, purpose: u64) -> Node {
        if let Some(node) = self.temp.get(&(call, purpose)) {
            return *node;
        }
        let node = self.store.node();
        self.temp.insert((call, purpose), node);
        node
    }

    /// The access path with this text.
    pub(crate) fn path(&mut self, text: &str) -> PathId {
        let text = model::canonical(text);
        if let Some(id) = self.path_map.get(text.as_ref()) {
            return *id;
        }
        let id = PathId(self.paths.len() as u32);
        let depth = below_version(&text).matches(['.', '(']).count() as u8;
        let python = text.starts_with("py:") || text.starts_with("pkg:pypi/");
        let go = text.starts_with("go:") || text.starts_with("pkg:golang/");
        let model = model::find(&text);
        self.paths.push(PathInfo { text: text.as_ref().into(), model, python, go, depth });
        self.path_map.insert(text.as_ref().into(), id);
        id
    }

    pub(crate) fn path_token(&mut self, text: &str) -> Tok {
        let path = self.path(text);
        self.tokens.intern(Token::Path(path))
    }

    /// A path below another, as long as it says something.
    pub(crate) fn child(&mut self, path: PathId, suffix: &str) -> PathId {
        let info = &self.paths[path.0 as usize];
        if path.0 == 0 {
            return path;
        }
        let call = suffix.starts_with('(');
        let text = if call { format!("{}{suffix}", info.text) } else { format!("{}.{suffix}", info.text) };
        let package = text.starts_with("pkg:");
        let known =
            if package { info.depth < MAX_PACKAGE_DEPTH } else { suffix != "()" && info.depth < MAX_BUILTIN_DEPTH };
        match known || model::is_prefix(&text) {
            true => self.path(&text),
            // Long chains still say whose they are.
            false if package => path,
            false => PathId(0),
        }
    }
}
