//! Objects of the Java virtual machine: instances of classes, collections, callables made of methods.

use faultline_facts::CallKind;

use super::{CallSite, Cls, MethodRef, Ty};
use crate::{
    names::Name,
    solve::{ArgNode, CallData, NONE, Node, Shape, Solver, This, Tok, Token, Watch, key},
};

impl Solver<'_> {
    pub(super) fn make_instance(&mut self, call: u32, site: &CallSite) {
        let data = self.calls[call as usize];
        let Some(owner) = site.owner else { return };
        let Some(class) = self.linker.classes.class(owner) else { return self.make_outside(call, site, owner) };
        self.initialise(data.inst, data.stmt, class);
        let instance = self.instantiate(class, call);
        if data.result != NONE {
            self.store.add(data.result, instance);
        }
        for at in &site.methods {
            self.call_constructor(call, *at, instance);
        }
    }

    fn call_constructor(&mut self, call: u32, at: MethodRef, instance: Tok) {
        let plain = self.sub_call(call, key(61, 0), |solver| CallData { result: NONE, ..solver.calls[call as usize] });
        self.call_method(plain, at, This::Tok(instance));
    }

    /// The instance token of a class of which an object is made.
    pub(super) fn instantiate(&mut self, class: Cls, call: u32) -> Tok {
        let near = self.calls[call as usize].inst;
        let token = self.class_token(class, near);
        self.instance_made(class, token)
    }

    /// Notes that objects of a class exist.
    pub(crate) fn instance_made(&mut self, class: Cls, token: Tok) -> Tok {
        let instance = self.tokens.intern(Token::Instance(token));
        if self.instantiated.insert(token) {
            let ty = self.linker.classes.get(class).ty;
            for above in self.linker.classes.ancestors(ty) {
                self.jvm.made.entry(above).or_default().push(instance);
            }
        }
        instance
    }

    /// An object of a class that is not analysed; collections keep what is put into them.
    fn make_outside(&mut self, call: u32, site: &CallSite, owner: Ty) {
        let data = self.calls[call as usize];
        let name = self.linker.classes.name(owner).to_owned();
        if let Some(shape) = crate::model::jvm::collection(&name) {
            let object = self.give_object(call, shape);
            for arg in self.args_of(call).to_vec() {
                self.fill(object, arg.node);
            }
        } else if data.result != NONE {
            let class = self.path_token(&format!("java:{name}"));
            self.add(data.result, Token::Instance(class));
        }
        self.call_outside(call, site);
    }

    /// What a node's collections hold becomes part of another.
    pub(crate) fn fill(&mut self, object: Tok, from: Node) {
        let elements = self.write_field(object, Name::ELEMENT);
        self.store.watch(from, Watch::Elements { dst: elements });
    }

    /// A callable of a method with its first arguments fixed.
    pub(super) fn make_reference(&mut self, call: u32, site: &CallSite, base: Node) {
        let data = self.calls[call as usize];
        if site.on_class {
            let fixed: Vec<MethodRef> =
                site.methods.iter().copied().filter(|at| self.linker.classes.method(*at).is_static).collect();
            for at in &fixed {
                self.initialise(data.inst, data.stmt, at.class);
                self.give_function(call, *at, None);
            }
            if fixed.len() < site.methods.len().max(1) {
                self.add(data.result, Token::Selector(call));
            }
            return;
        }
        self.store.fresh_watch(base, Watch::VirtualRef { call });
        if let Some(owner) = site.owner {
            self.expect_type(base, owner);
        }
    }

    /// Gives a method as a value, bound to a receiver and to the call's arguments.
    pub(super) fn give_function(&mut self, call: u32, at: MethodRef, this: Option<Tok>) {
        let data = self.calls[call as usize];
        let near = this.map_or(data.inst, |_| data.inst);
        let env = self.class_env(at.class, near);
        let func = self.method_func(at);
        let function = self.tokens.intern(Token::Function { func, env });
        if this.is_none() && data.args.1 == 0 {
            return self.give_token(call, function);
        }
        let this = this.unwrap_or_else(|| self.tokens.intern(Token::Nothing));
        self.call_args_holder(call);
        self.add(data.result, Token::Bound { func: function, this, args: call });
    }

    fn call_args_holder(&mut self, call: u32) {
        self.calls[call as usize].kind = CallKind::Reference;
    }

    /// A method reference without receiver is called: the first argument is it, or an object is made.
    pub(crate) fn call_selector(&mut self, call: u32, of: u32) {
        let Some((module, index)) = self.jvm_sites.get(&of).copied() else { return };
        let sites = self.sites(module);
        let Some(site) = sites.call(index) else { return };
        let mut args: Vec<ArgNode> = self.args_of(of).to_vec();
        args.extend_from_slice(self.args_of(call));
        if &*site.name == "<init>" {
            let derived = self.derived_call(call, of, &args);
            let site = CallSite { methods: self.constructors(site, args.len()), ..site.clone() };
            return self.make_instance(derived, &site);
        }
        let Some((receiver, rest)) = args.split_first() else { return };
        let base = receiver.node;
        let derived = self.derived_call(call, of, rest);
        self.store.watch(base, Watch::Virtual { call: derived });
        if let Some(owner) = site.owner {
            self.expect_type(base, owner);
        }
        if site.methods.is_empty() {
            self.call_outside(derived, site);
        }
    }

    fn constructors(&self, site: &CallSite, count: usize) -> Vec<MethodRef> {
        let fits = |at: &MethodRef| self.linker.classes.method(*at).params.len() == count;
        let fitting: Vec<MethodRef> = site.methods.iter().copied().filter(fits).collect();
        if fitting.is_empty() { site.methods.clone() } else { fitting }
    }

    fn derived_call(&mut self, call: u32, of: u32, args: &[ArgNode]) -> u32 {
        let derived = self.sub_call(call, key(62, of), |solver| CallData {
            args: solver.add_args(args),
            kind: CallKind::Call,
            this: This::None,
            ..solver.calls[call as usize]
        });
        if let Some(site) = self.jvm_sites.get(&of).copied() {
            self.jvm_sites.insert(derived, site);
        }
        derived
    }

    /// A fresh collection that a call gives.
    pub(crate) fn give_collection(&mut self, call: u32, elements: Node) -> Tok {
        self.give_list(call, Shape::Array, elements)
    }
}
