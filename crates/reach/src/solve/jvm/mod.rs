//! The Java virtual machine: declared methods and fields instead of properties found by name.

mod callback;
mod create;
mod reflect;
mod sites;
mod virtual_call;

use std::rc::Rc;

use faultline_facts::{CallKind, Callee, Function, FunctionKind, Key, Op, Slot};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ArgNode, CallData, Func, Inst, Mod, NONE, Node, Solver, This, Tok, Token, Watch};
use crate::{
    EdgeKind, Phase,
    link::jvm::{Cls, MethodRef, Ty},
    names::Name,
};

pub(crate) use sites::{CallSite, Sites};

/// The statement of what happens before a function is entered.
const ENTERED: u32 = u32::MAX;

/// A receiver with its declared type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) node: Node,
    pub(super) ty: Ty,
    /// The call that it is the receiver of.
    pub(super) call: Option<u32>,
    /// Objects of the type that the call has been made on because the node was full.
    pub(super) done: usize,
}

/// State of the solver for the Java virtual machine.
#[derive(Default)]
pub(crate) struct Jvm {
    sites: FxHashMap<Mod, Rc<Sites>>,
    /// Instances that exist, by each type that they have.
    made: FxHashMap<Ty, Vec<Tok>>,
    /// Receivers with their declared types.
    pub(super) typed: Vec<Expected>,
    typed_known: FxHashSet<(Node, Ty)>,
    initialised: FxHashSet<(Inst, Cls)>,
}

impl Solver<'_> {
    pub(crate) fn is_jvm(&self, module: Mod) -> bool {
        self.facts(module).language.is_jvm()
    }

    pub(crate) fn sites(&mut self, module: Mod) -> Rc<Sites> {
        if let Some(sites) = self.jvm.sites.get(&module) {
            return Rc::clone(sites);
        }
        let facts = self.facts(module);
        let sites = Rc::new(Sites::new(facts, module, &mut self.linker.classes));
        self.jvm.sites.insert(module, Rc::clone(&sites));
        sites
    }

    /// Makes the constraints of one statement; false when it means the same in every language.
    pub(crate) fn apply_jvm(&mut self, inst: Inst, module: Mod, stmt: u32, op: &Op) -> bool {
        match op {
            Op::Global { dst, name } => {
                if self.facts(module).text(*name) == "@thrown" {
                    let (thrown, dst) = (self.global_node(Name::THROWN), self.node_of(inst, *dst));
                    self.store.edge(thrown, dst, true);
                } else if let Some(ty) = self.sites(module).class(*dst) {
                    let class = self.type_token(ty, inst);
                    let dst = self.node_of(inst, *dst);
                    self.store.add(dst, class);
                }
                true
            }
            Op::Load { dst, key: Key::Named(_), .. } => {
                if let Some(field) = self.field_node(inst, module, stmt) {
                    let dst = self.node_of(inst, *dst);
                    self.store.edge(field, dst, true);
                }
                true
            }
            Op::Store { key: Key::Named(_), src, .. } => {
                if let Some(field) = self.field_node(inst, module, stmt) {
                    let src = self.node_of(inst, *src);
                    self.store.edge(src, field, true);
                }
                true
            }
            Op::Call { call } => self.jvm_call(inst, module, stmt, *call),
            Op::Typed { .. } => true,
            _ => false,
        }
    }

    /// The node of the field that a statement accesses, its class initialised.
    fn field_node(&mut self, inst: Inst, module: Mod, stmt: u32) -> Option<Node> {
        let function = self.local(self.inst(inst).func);
        let (ty, field) = self.sites(module).field(function, stmt)?;
        let class = self.linker.classes.class(ty)?;
        if field.is_static {
            self.initialise(inst, stmt, class);
        }
        let env = self.class_env(class, inst);
        Some(self.node_of(env, field.slot))
    }

    /// The instance in which a class is evaluated: of the function around a local class, else of its file.
    fn class_env(&mut self, class: Cls, near: Inst) -> Inst {
        let (module, id) = (self.linker.classes.get(class).module, self.linker.classes.get(class).id);
        let parent = self.func(module, self.facts(module).classes[id.0 as usize].parent);
        let mut at = near;
        while at.0 != NONE {
            if self.inst(at).func == parent {
                return at;
            }
            at = self.inst(at).env;
        }
        let body = self.module_instance(module);
        if self.inst(body).func == parent { body } else { self.shared(parent, body) }
    }

    /// The token of a class of the program.
    pub(crate) fn class_token(&mut self, class: Cls, near: Inst) -> Tok {
        let env = self.class_env(class, near);
        let (module, id) = (self.linker.classes.get(class).module, self.linker.classes.get(class).id);
        let class = self.class_ref(module, id);
        self.tokens.intern(Token::Class { class, env })
    }

    /// The token of any class, of the program or outside.
    pub(crate) fn type_token(&mut self, ty: Ty, near: Inst) -> Tok {
        if let Some(class) = self.linker.classes.class(ty) {
            return self.class_token(class, near);
        }
        let text = format!("java:{}", self.linker.classes.name(ty));
        self.path_token(&text)
    }

    /// The class of the program that a class token is.
    pub(crate) fn cls(&self, tok: Tok) -> Option<Cls> {
        let Token::Class { class, .. } = self.tokens.get(tok) else { return None };
        let (module, id, _) = self.class_of(class);
        self.linker.classes.of(module, id)
    }

    pub(crate) fn method_func(&self, at: MethodRef) -> Func {
        let class = self.linker.classes.get(at.class);
        self.func(class.module, class.methods[at.at as usize].function)
    }

    /// Runs a class's static initialiser, and those above it, on its first use by each function.
    pub(crate) fn initialise(&mut self, from: Inst, stmt: u32, class: Cls) {
        if self.jvm.initialised.contains(&(from, class)) {
            return;
        }
        self.jvm.initialised.insert((from, class));
        let module = self.module_of_inst(from);
        if self.class_around(module, self.inst(from).func) == Some(class) && stmt != ENTERED {
            return;
        }
        let ty = self.linker.classes.get(class).ty;
        let above: Vec<Cls> =
            self.linker.classes.ancestors(ty).filter_map(|ty| self.linker.classes.class(ty)).collect();
        for class in above {
            let methods = self.linker.classes.get(class).named("<clinit>");
            let Some(at) = methods.map(|(at, _)| at).next() else { continue };
            let func = self.method_func(MethodRef { class, at });
            if self.inst(from).func == func {
                continue;
            }
            let env = self.class_env(class, from);
            let inst = self.shared(func, env);
            let span = self.span(from, stmt);
            self.record(from, stmt, inst, EdgeKind::Import, span);
            self.enter(inst);
        }
    }

    /// The class whose method a function is, or lies in.
    fn class_around(&self, module: Mod, func: Func) -> Option<Cls> {
        let mut at = Some(self.function(func));
        while let Some(function) = at {
            if let Some(class) = function.class {
                return self.linker.classes.of(module, class);
            }
            at = function.parent.map(|parent| self.facts(module).function(parent));
        }
        None
    }

    /// The function in which an instance of a method is made; closures of its class share it.
    pub(crate) fn call_method(&mut self, call: u32, at: MethodRef, this: This) {
        let near = match this {
            This::Tok(tok) => self.env_of(tok).unwrap_or(self.calls[call as usize].inst),
            _ => self.calls[call as usize].inst,
        };
        let env = self.class_env(at.class, near);
        let func = self.method_func(at);
        self.call_function(call, func, env, this);
    }

    /// Where the class of an instance was evaluated.
    fn env_of(&self, tok: Tok) -> Option<Inst> {
        let Token::Instance(class) = self.tokens.get(tok) else { return None };
        if let Token::Class { env, .. } = self.tokens.get(class) { Some(env) } else { None }
    }

    /// False when the call is of a value, as in every language.
    fn jvm_call(&mut self, inst: Inst, module: Mod, stmt: u32, index: u32) -> bool {
        let call = &self.facts(module).calls[index as usize];
        let Callee::Method { base, key: Key::Named(_) } = call.callee else { return false };
        let sites = self.sites(module);
        let Some(site) = sites.call(index) else { return true };
        let base = self.receiver_node(inst, base, site);
        let list: Vec<ArgNode> =
            call.args.iter().map(|arg| ArgNode::positional(self.node_of(inst, arg.slot))).collect();
        let args = self.add_args(&list);
        let result = self.node_of(inst, call.result);
        let id = self.new_call(CallData {
            inst,
            stmt,
            kind: CallKind::Call,
            edge: EdgeKind::Direct,
            result,
            args,
            this: This::None,
            base,
            forwards: true,
        });
        self.jvm_sites.insert(id, (module, index));
        match call.kind {
            CallKind::New => self.make_instance(id, site),
            CallKind::Special => self.call_special(id, site, base),
            CallKind::Reference => self.make_reference(id, site, base),
            _ => self.call_declared(id, site, base),
        }
        true
    }

    /// The receiver; of a method of a class around, the object around.
    fn receiver_node(&mut self, inst: Inst, base: Slot, site: &CallSite) -> Node {
        let plain = self.node_of(inst, base);
        if !site.outer {
            return plain;
        }
        let Some(owner) = site.owner else { return plain };
        let module = self.module_of_inst(inst);
        let mut at = Some(self.function(self.inst(inst).func));
        while let Some(function) = at {
            if let (Some(this), true) = (function.this, self.is_method_of(module, function, owner)) {
                return self.node_of(inst, this);
            }
            at = function.parent.map(|parent| self.facts(module).function(parent));
        }
        let call = self.calls.len() as u32;
        self.temp(call, super::key(60, 0))
    }

    fn is_method_of(&self, module: Mod, function: &Function, owner: Ty) -> bool {
        let class = function.class.and_then(|class| self.linker.classes.of(module, class));
        class.is_some_and(|class| self.linker.classes.get(class).ty == owner)
    }

    fn call_special(&mut self, call: u32, site: &CallSite, base: Node) {
        for at in &site.methods {
            self.call_method(call, *at, This::Node(base));
        }
        if site.methods.is_empty() {
            self.call_outside(call, site);
        }
    }

    /// A static or virtual call.
    fn call_declared(&mut self, call: u32, site: &CallSite, base: Node) {
        let data = self.calls[call as usize];
        let (fixed, virtuals): (Vec<MethodRef>, Vec<MethodRef>) =
            site.methods.iter().partition(|at| self.linker.classes.method(**at).is_static);
        if crate::model::jvm::loads_services(site.owner.map_or("", |owner| self.linker.classes.name(owner)), &site.name)
            && let Some(service) = self.arg(call, 0)
        {
            self.store.watch(service, Watch::Services { call });
        }
        for at in fixed {
            self.initialise(data.inst, data.stmt, at.class);
            self.call_method(call, at, This::None);
        }
        if site.on_class && (virtuals.is_empty() || !site.outer) && !site.methods.is_empty() && virtuals.is_empty() {
            return;
        }
        if site.methods.is_empty() {
            self.call_outside(call, site);
        }
        if !site.methods.is_empty() && virtuals.is_empty() {
            return;
        }
        self.store.fresh_watch(base, Watch::Virtual { call });
        if let Some(owner) = site.owner {
            self.expect_receiver(base, owner, call);
        }
    }

    /// The receiver's declared type counts where no object is known to arrive.
    pub(crate) fn expect_type(&mut self, node: Node, ty: Ty) {
        if self.linker.classes.name(ty) != "java.lang.Object" && self.jvm.typed_known.insert((node, ty)) {
            self.jvm.typed.push(Expected { node, ty, call: None, done: 0 });
        }
    }

    fn expect_receiver(&mut self, node: Node, ty: Ty, call: u32) {
        if self.linker.classes.name(ty) != "java.lang.Object" {
            self.jvm.typed.push(Expected { node, ty, call: Some(call), done: 0 });
        }
    }

    /// Whoever enters a method from outside has made the object: its constructors have run.
    fn construct_entered(&mut self, class: Cls, token: Tok) {
        let constructors = self.linker.classes.get(class).named("<init>").map(|(at, _)| MethodRef { class, at });
        for at in constructors.collect::<Vec<_>>() {
            let func = self.method_func(at);
            let env = self.class_env(class, Inst(NONE));
            let inst = self.shared(func, env);
            if let Some(this) = self.function(func).this {
                let node = self.node_of(inst, this);
                self.add(node, Token::Instance(token));
            }
            self.enter(inst);
        }
    }

    /// A method that is entered has an object of its class as receiver, or of one below when that is abstract.
    pub(crate) fn bind_entered(&mut self, inst: Inst) {
        let func = self.inst(inst).func;
        let function = self.function(func);
        let module = self.module_of(func);
        let class = function.class.and_then(|class| self.linker.classes.of(module, class));
        let Some(class) = class else { return };
        self.initialise(inst, ENTERED, class);
        let Some(this) = function.this else { return };
        let node = self.node_of(inst, this);
        if self.linker.classes.is_abstract(class) {
            let ty = self.linker.classes.get(class).ty;
            return self.expect_type(node, ty);
        }
        let token = self.class_token(class, inst);
        if self.phase == Phase::Entered && function.kind != FunctionKind::Constructor {
            self.construct_entered(class, token);
        }
        let instance = match self.phase {
            // That somebody may call it does not say that an object exists.
            Phase::FirstParty => self.tokens.intern(Token::Instance(token)),
            _ => self.instance_made(class, token),
        };
        self.store.add(node, instance);
    }
}
