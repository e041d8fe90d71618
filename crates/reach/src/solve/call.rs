//! Calls: what each callee token means.

use faultline_facts::{ArgKind, Call, CallKind, Callee, Facts, Key};

use super::{FieldWatch, Func, Inst, Known, Mod, NONE, Node, PathId, Shape, Solver, Tok, Token, Watch, key};
use crate::{EdgeKind, names::Name};

/// Marks a call as written, not made by a model.
const WRITTEN: u64 = u64::MAX;

/// Numbers the object that a constructor from outside makes.
const OUTSIDE: u8 = 230;

/// Strings of one list for which a callback is called apart.
const MAX_CONSTANTS: u32 = 48;

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ArgMode {
    Positional,
    Spread,
    Keyword(Name),
    KeywordSpread,
}

/// An argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArgNode {
    pub(crate) node: Node,
    pub(crate) mode: ArgMode,
    pub(crate) known: Option<Known>,
}

impl ArgNode {
    pub(crate) fn positional(node: Node) -> ArgNode {
        ArgNode { node, mode: ArgMode::Positional, known: None }
    }
}

/// The receiver of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum This {
    None,
    Tok(Tok),
    Node(Node),
}

/// A call of an instance, or one that a model makes for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallData {
    pub(crate) inst: Inst,
    pub(crate) stmt: u32,
    pub(crate) kind: CallKind,
    pub(crate) edge: EdgeKind,
    pub(crate) result: Node,
    pub(crate) args: (u32, u32),
    /// Receiver stated by the call itself (`fn.call(x)`).
    pub(crate) this: This,
    /// Receiver node of a method call, to tell how it is known.
    pub(crate) base: Node,
    /// Some argument is a parameter of the caller, so that the caller's clones differ here.
    pub(crate) forwards: bool,
}

impl Solver<'_> {
    pub(crate) fn call_op(&mut self, inst: Inst, module: Mod, stmt: u32, index: u32) {
        let facts = self.facts(module);
        let call = &facts.calls[index as usize];
        let args = self.arguments(inst, module, call);
        let result = self.node_of(inst, call.result);
        let edge = self.edge_kind(inst, module, call);
        let base = match call.callee {
            Callee::Method { base, .. } => self.node_of(inst, base),
            Callee::Value(_) => NONE,
        };
        let statics = self.statics(module);
        let forwards = call.args.iter().any(|arg| statics.from_param.contains(&arg.slot));
        let data = CallData { inst, stmt, kind: call.kind, edge, result, args, this: This::None, base, forwards };
        let id = self.new_call(data);
        self.temp.insert((id, WRITTEN), inst.0);
        if self.is_script(module) {
            self.named_method(id);
        }
        match call.callee {
            Callee::Value(slot) => {
                let callee = self.node_of(inst, slot);
                self.store.fresh_watch(callee, Watch::Call { call: id });
            }
            Callee::Method { key, .. } => self.method_call(inst, module, id, base, key),
        }
    }

    fn method_call(&mut self, inst: Inst, module: Mod, call: u32, base: Node, key: Key) {
        if let Some(name) = self.fixed_key(module, key) {
            self.note_method_call(call, name);
            return self.store.fresh_watch(base, Watch::Method { call, name });
        }
        let Key::Computed(key) = key else { return };
        let key = self.node_of(inst, key);
        self.store.fresh_watch(base, Watch::MethodAny { call, key });
        let stmt = self.calls[call as usize].stmt;
        self.call_at.insert((inst, stmt), call);
        self.computed.push((inst, stmt));
    }

    pub(crate) fn arguments(&mut self, inst: Inst, module: Mod, call: &Call) -> (u32, u32) {
        let start = self.args.len() as u32;
        for arg in &call.args {
            let mode = match arg.kind {
                ArgKind::Positional => ArgMode::Positional,
                ArgKind::Spread => ArgMode::Spread,
                ArgKind::Keyword(sym) => ArgMode::Keyword(self.name(module, sym)),
                ArgKind::KeywordSpread => ArgMode::KeywordSpread,
            };
            let known = self.known_value(inst, arg.slot);
            let node = self.node_of(inst, arg.slot);
            self.args.push(ArgNode { node, mode, known });
        }
        (start, call.args.len() as u32)
    }

    fn edge_kind(&mut self, inst: Inst, module: Mod, call: &Call) -> EdgeKind {
        let _ = inst;
        match call.callee {
            Callee::Value(slot) if self.statics(module).from_param.contains(&slot) => EdgeKind::Callback,
            _ => EdgeKind::Direct,
        }
    }

    pub(crate) fn new_call(&mut self, data: CallData) -> u32 {
        self.calls.push(data);
        self.calls.len() as u32 - 1
    }

    pub(crate) fn args_of(&self, call: u32) -> &[ArgNode] {
        let (start, count) = self.calls[call as usize].args;
        &self.args[start as usize..(start + count) as usize]
    }

    pub(crate) fn add_args(&mut self, args: &[ArgNode]) -> (u32, u32) {
        let start = self.args.len() as u32;
        self.args.extend_from_slice(args);
        (start, args.len() as u32)
    }

    /// A call at the same place with other arguments; made once per purpose.
    pub(crate) fn sub_call(&mut self, call: u32, purpose: u64, make: impl FnOnce(&mut Self) -> CallData) -> u32 {
        if let Some(known) = self.temp.get(&(call, purpose)) {
            return *known;
        }
        let data = make(self);
        let id = self.new_call(data);
        self.temp.insert((call, purpose), id);
        id
    }

    /// A call like `call` whose first argument is one string, so that clones know it; false for other tokens.
    pub(crate) fn call_with_constant(&mut self, call: u32, callback: Node, tok: Tok) -> bool {
        let Token::Text(name) = self.tokens.get(tok) else { return false };
        let count = self.constant_counts.entry(call).or_insert(0);
        if !self.temp.contains_key(&(call, key(92, tok.0))) {
            *count += 1;
            if *count > MAX_CONSTANTS {
                return false;
            }
        }
        let mut args = self.args_of(call).to_vec();
        let Some(first) = args.first_mut() else { return false };
        let node = self.token_node(tok);
        *first = ArgNode { node, mode: ArgMode::Positional, known: Some(Known::Text(name)) };
        let sub = self.sub_call(call, key(92, tok.0), |solver| CallData {
            args: solver.add_args(&args),
            ..solver.calls[call as usize]
        });
        self.temp.insert((sub, WRITTEN), 1);
        self.constant_calls.insert(sub);
        self.store.watch(callback, Watch::Call { call: sub });
        true
    }

    /// True for a call as written, not one made by a model.
    pub(crate) fn is_written(&self, call: u32) -> bool {
        self.temp.contains_key(&(call, WRITTEN))
    }

    /// A token has arrived as callee.
    pub(crate) fn invoke(&mut self, call: u32, callee: Tok, this: This) {
        let data = self.calls[call as usize];
        match self.tokens.get(callee) {
            Token::Function { func, env } => self.call_function_token(call, callee, func, env, this),
            Token::Class { .. } if self.is_go_class(callee) => self.go_convert(call, callee),
            Token::Instance(class) if self.is_go_class(class) => match self.tokens.get(class) {
                Token::Path(path) => self.call_path(call, path, this),
                _ => self.go_call_value(call, callee, class),
            },
            Token::Class { .. } => self.call_class(call, callee, this),
            Token::Bound { .. } => self.call_bound(call, callee),
            Token::Path(path) => self.call_path(call, path, this),
            Token::Selector(of) => self.call_selector(call, of),
            Token::Super { class, this } if data.kind == CallKind::SuperNew => self.call_super(call, class, this),
            Token::Instance(class) if self.is_python_class(class) => {
                let node = self.lookup(callee, Name::CALL);
                self.store.watch(node, Watch::CallOn { call, this: callee });
            }
            Token::Getter(getter) => {
                let result = self.temp(call, key(1, getter.0));
                let read = self.sub_call(call, key(2, getter.0), |solver| CallData {
                    result,
                    args: (0, 0),
                    kind: CallKind::Implicit,
                    edge: EdgeKind::Direct,
                    ..solver.calls[call as usize]
                });
                self.invoke(read, getter, this);
                match this {
                    This::Tok(this) => self.store.watch(result, Watch::CallOn { call, this }),
                    _ => self.store.watch(result, Watch::Call { call }),
                }
            }
            _ => {}
        }
    }

    fn call_function_token(&mut self, call: u32, callee: Tok, func: Func, env: Inst, this: This) {
        let data = self.calls[call as usize];
        if data.kind == CallKind::New {
            let instance = self.tokens.intern(Token::Instance(callee));
            self.first_made(callee, data.inst, data.stmt);
            if data.result != NONE {
                self.store.add(data.result, instance);
            }
            return self.call_function(call, func, env, This::Tok(instance));
        }
        let this = match data.this {
            This::None => this,
            stated => stated,
        };
        self.call_function(call, func, env, this);
    }

    /// Calls a function: edge, arguments, receiver, result.
    pub(crate) fn call_function(&mut self, call: u32, func: Func, env: Inst, this: This) {
        let data = self.calls[call as usize];
        let callee = self.instance_for(func, env, data.inst, call);
        let span = self.span(data.inst, data.stmt);
        let edge = self.receiver_kind(&data);
        if !self.function(func).flags.is_abstract {
            self.record(data.inst, data.stmt, callee, edge, span);
        }
        if self.is_clone(callee) && self.is_written(call) {
            self.learn(call, callee);
        }
        self.bind_this(callee, this);
        if self.bound_calls.insert((call, callee)) {
            self.bind_arguments(call, callee);
            self.bind_result(call, callee);
        }
        self.enter(callee);
    }

    fn receiver_kind(&self, data: &CallData) -> EdgeKind {
        if data.base != NONE && self.typed_nodes.contains(&data.base) {
            data.edge.max(EdgeKind::Typed)
        } else {
            data.edge
        }
    }

    fn bind_this(&mut self, callee: Inst, this: This) {
        // A Go method's receiver is what it declares, whatever it was promoted through.
        if self.is_go(self.module_of_inst(callee)) {
            return;
        }
        let Some(slot) = self.function(self.inst(callee).func).this else { return };
        let node = self.node_of(callee, slot);
        match this {
            This::None => {}
            This::Tok(tok) => {
                self.store.add(node, tok);
            }
            This::Node(src) => self.store.edge(src, node, true),
        }
    }

    fn bind_result(&mut self, call: u32, callee: Inst) {
        let data = self.calls[call as usize];
        if data.result == NONE || data.kind == CallKind::SuperNew {
            return;
        }
        let function = self.function(self.inst(callee).func);
        if function.flags.generator {
            return self.add(data.result, Token::Generator(callee));
        }
        if function.flags.is_async {
            return self.add(data.result, Token::Promise(callee));
        }
        let ret = self.node_of(callee, function.ret);
        self.store.edge(ret, data.result, true);
    }

    fn call_class(&mut self, call: u32, class: Tok, this: This) {
        let data = self.calls[call as usize];
        if self.is_python_class(class) {
            return self.python_construct(call, class);
        }
        if data.kind == CallKind::SuperNew {
            let this = if let This::Tok(this) = this { Some(this) } else { None };
            return self.run_constructor(call, class, this);
        }
        let instance = self.tokens.intern(Token::Instance(class));
        self.first_made(class, data.inst, data.stmt);
        if data.result != NONE {
            self.store.add(data.result, instance);
        }
        self.run_constructor(call, class, Some(instance));
    }

    /// Field initialisers, then the constructor, or those of the base classes when there is none.
    fn run_constructor(&mut self, call: u32, class: Tok, this: Option<Tok>) {
        let Token::Class { class: id, env } = self.tokens.get(class) else { return };
        let (module, _, definition) = self.class_of(id);
        let this_arg = this.map_or(This::None, This::Tok);
        if let Some(initializer) = definition.initializer {
            let plain = self.sub_call(call, key(3, 0), |solver| CallData {
                args: (0, 0),
                result: NONE,
                kind: CallKind::Implicit,
                ..solver.calls[call as usize]
            });
            self.call_function(plain, self.func(module, initializer), env, this_arg);
        }
        if let Some(constructor) = definition.constructor {
            let func = self.func(module, constructor);
            return self.call_function(call, func, env, this_arg);
        }
        if this.is_some() || definition.constructor.is_none() {
            self.construct_bases(call, class, this);
        }
    }

    fn construct_bases(&mut self, call: u32, class: Tok, this: Option<Tok>) {
        let Token::Class { class: id, env } = self.tokens.get(class) else { return };
        let parent = self.sub_call(call, key(4, 0), |solver| CallData {
            kind: CallKind::SuperNew,
            result: NONE,
            ..solver.calls[call as usize]
        });
        let this = this.unwrap_or_else(|| self.tokens.intern(Token::Nothing));
        for base in &self.class_of(id).2.bases {
            let base = self.node_of(env, *base);
            self.store.watch(base, Watch::CallOn { call: parent, this });
        }
    }

    fn call_super(&mut self, call: u32, class: Tok, this: Tok) {
        let nothing = self.tokens.intern(Token::Nothing);
        let result = self.calls[call as usize].result;
        if this != nothing && result != NONE {
            self.store.add(result, this);
        }
        self.construct_bases(call, class, (this != nothing).then_some(this));
    }

    fn python_construct(&mut self, call: u32, class: Tok) {
        let data = self.calls[call as usize];
        let instance = self.tokens.intern(Token::Instance(class));
        self.first_made(class, data.inst, data.stmt);
        if data.result != NONE {
            self.store.add(data.result, instance);
        }
        let init = self.sub_call(call, key(5, 0), |solver| CallData { result: NONE, ..solver.calls[call as usize] });
        let constructor = self.lookup(instance, Name::INIT);
        self.store.watch(constructor, Watch::CallOn { call: init, this: instance });
        let new = self.raw(class, Name::NEW);
        let made = self.temp_new(call, class);
        self.store.watch(new, Watch::Bind { dst: made, this: class, class: true });
        self.meta_call(call, class);
        self.post_init(call, instance);
    }

    /// A node for `__new__` bound to the class, watched by the call.
    fn temp_new(&mut self, call: u32, class: Tok) -> Node {
        let node = self.temp(call, key(6, class.0));
        self.store.watch(node, Watch::NewOf { call, class });
        node
    }

    fn meta_call(&mut self, call: u32, class: Tok) {
        for ancestor in self.resolution_order(class).iter().copied() {
            let Token::Class { class: id, env } = self.tokens.get(ancestor) else { continue };
            let Some(meta) = self.class_of(id).2.metaclass else { continue };
            let node = self.temp(call, key(7, class.0));
            let meta = self.node_of(env, meta);
            self.store.watch(meta, Watch::Meta { dst: node, class, name: Name::CALL });
            self.store.watch(node, Watch::CallOn { call, this: class });
        }
    }

    fn post_init(&mut self, call: u32, instance: Tok) {
        let Some(name) = self.names.get("__post_init__") else { return };
        let node = self.lookup(instance, name);
        let plain = self.sub_call(call, key(8, 0), |solver| CallData {
            args: (0, 0),
            result: NONE,
            kind: CallKind::Implicit,
            ..solver.calls[call as usize]
        });
        self.store.watch(node, Watch::CallOn { call: plain, this: instance });
    }

    fn call_bound(&mut self, call: u32, callee: Tok) {
        let Token::Bound { func, this, args } = self.tokens.get(callee) else { return };
        let nothing = self.tokens.intern(Token::Nothing);
        let derived = match self.derived.get(&(call, callee)) {
            Some(derived) => *derived,
            None => self.derive(call, callee, func, this, args),
        };
        let this = if this == nothing { This::None } else { This::Tok(this) };
        self.invoke(derived, func, this);
    }

    fn derive(&mut self, call: u32, callee: Tok, func: Tok, this: Tok, args: u32) -> u32 {
        let nothing = self.tokens.intern(Token::Nothing);
        let mut list = Vec::new();
        let positional =
            matches!(self.tokens.get(func), Token::Function { func, .. } if self.is_python(self.module_of(func)));
        if positional && this != nothing {
            list.push(ArgNode::positional(self.token_node(this)));
        }
        if args != NONE {
            list.extend_from_slice(self.args_of(args));
        }
        list.extend_from_slice(self.args_of(call));
        let args = self.add_args(&list);
        let derived = self.new_call(CallData { args, ..self.calls[call as usize] });
        self.derived.insert((call, callee), derived);
        if self.is_written(call) {
            self.temp.insert((derived, WRITTEN), 0);
        }
        derived
    }

    /// A node that holds one token.
    pub(crate) fn token_node(&mut self, tok: Tok) -> Node {
        if let Some(node) = self.temp.get(&(u32::MAX, key(0, tok.0))) {
            return *node;
        }
        let node = self.store.node();
        self.temp.insert((u32::MAX, key(0, tok.0)), node);
        self.store.add(node, tok);
        node
    }

    fn call_path(&mut self, call: u32, path: PathId, this: This) {
        let data = self.calls[call as usize];
        if data.kind == CallKind::SuperNew {
            return self.hand_out(call);
        }
        if let Some(model) = self.paths[path.0 as usize].model {
            if self.paths[path.0 as usize].python {
                self.note_external(path, data.inst, data.stmt, data.kind);
            }
            self.modelled.insert((data.inst, data.stmt));
            let this = if let This::Tok(this) = this { Some(this) } else { None };
            return model(self, crate::model::Use { call, path, this });
        }
        self.unknown_call(call, path);
    }

    /// Remembers a call of what is not analysed, unless nothing is written there that calls.
    pub(crate) fn note_external(&mut self, path: PathId, inst: Inst, stmt: u32, kind: CallKind) {
        if !matches!(kind, CallKind::Operator | CallKind::Implicit) {
            let phase = self.phase;
            self.externals.entry((path, inst, stmt)).or_insert(phase);
        }
    }

    /// A call of code that is not analysed: functions handed to it are called.
    pub(crate) fn unknown_call(&mut self, call: u32, path: PathId) {
        let data = self.calls[call as usize];
        self.note_external(path, data.inst, data.stmt, data.kind);
        if data.result != NONE {
            let result = self.child(path, "()");
            self.add(data.result, Token::Path(result));
            if data.kind == CallKind::New && !self.paths[path.0 as usize].python {
                // What is written to it stays with it.
                self.add(
                    data.result,
                    Token::Object { inst: data.inst, stmt: data.stmt, part: OUTSIDE, shape: Shape::Object },
                );
            }
        }
        self.temp.insert((call, key(9, 0)), path.0);
        if crate::model::calls_nothing(self.path_text(path)) {
            return;
        }
        if data.kind == CallKind::Decorator
            && let Some(decorated) = self.arg(call, 0)
        {
            // Most decorators give something that calls what they decorate.
            self.give(call, decorated);
        }
        self.hand_out(call);
    }

    pub(crate) fn hand_out(&mut self, call: u32) {
        for arg in self.args_of(call).to_vec() {
            self.store.watch(arg.node, Watch::HandOut { call, depth: 2 });
        }
    }

    /// A value has been handed to code that is not analysed.
    pub(crate) fn handed_out(&mut self, call: u32, depth: u8, tok: Tok) {
        match self.tokens.get(tok) {
            Token::Function { .. } | Token::Bound { .. } if self.handed.insert((call, tok)) => {
                let back = self.call_back(call);
                self.invoke(back, tok, This::None);
            }
            Token::Instance(class) if self.is_go_class(class) => {
                let to = self.temp.get(&(call, key(9, 0))).copied().map(PathId);
                self.go_handed_out(call, depth, tok, class, to);
            }
            Token::Instance(class) if depth > 0 && self.is_python_class(class) => {}
            Token::Instance(_) | Token::Selector(_) if self.handed.insert((call, tok)) => self.hand_out_jvm(call, tok),
            // What an object holds leaves with it once, whoever else gets it.
            Token::Object { .. } if depth > 0 && self.escaped.insert((tok, 0)) => {
                self.watch_fields(tok, FieldWatch::HandOut { call, depth: depth - 1 });
            }
            _ => {}
        }
    }

    /// The call that foreign code makes of a function handed to it.
    pub(crate) fn call_back(&mut self, call: u32) -> u32 {
        self.sub_call(call, key(10, 0), |solver| {
            let path = solver.temp.get(&(call, key(9, 0))).copied();
            let mut args = Vec::new();
            // What a Go function takes from outside is what it declares.
            let go = solver.is_go(solver.module_of_inst(solver.calls[call as usize].inst));
            if let Some(path) = path.filter(|_| !go) {
                let argument = solver.child(PathId(path), "(argument)");
                let tok = solver.tokens.intern(Token::Path(argument));
                let node = solver.token_node(tok);
                args = vec![ArgNode::positional(node); 4];
            }
            let args = solver.add_args(&args);
            CallData {
                args,
                result: NONE,
                kind: CallKind::Implicit,
                edge: EdgeKind::Callback,
                this: This::None,
                ..solver.calls[call as usize]
            }
        })
    }

    /// Methods found by a computed name of which nothing is known.
    pub(crate) fn widen_call(&mut self, inst: Inst, stmt: u32, index: u32) {
        let facts: &Facts = self.facts(self.module_of_inst(inst));
        let Callee::Method { base, key: Key::Computed(name) } = facts.calls[index as usize].callee else { return };
        let (base, name) = (self.node_of(inst, base), self.node_of(inst, name));
        if !self.is_unknown_key(name) {
            return;
        }
        let Some(call) = self.call_at.get(&(inst, stmt)).copied() else { return };
        for base in self.store.tokens(base).to_vec() {
            if self.is_table(Tok(base)) {
                let values = self.temp(call, key(11, base));
                self.watch_fields(Tok(base), FieldWatch::Values { dst: values });
                self.store.watch(values, Watch::CallOn { call, this: Tok(base) });
            }
        }
    }

    /// Code that is not analysed calls an object made at a statement, with arguments from outside.
    pub(crate) fn call_from_outside(&mut self, inst: Inst, stmt: u32, callee: Tok) {
        if !self.handed.insert((u32::MAX - stmt, callee)) {
            return;
        }
        self.enter_from_outside(inst, stmt, callee, This::None);
    }

    /// The same with a receiver.
    pub(crate) fn call_method_from_outside(&mut self, inst: Inst, stmt: u32, callee: Tok, this: Tok) {
        if self.handed.insert((u32::MAX - this.0, callee)) {
            self.enter_from_outside(inst, stmt, callee, This::Tok(this));
        }
    }

    fn enter_from_outside(&mut self, inst: Inst, stmt: u32, callee: Tok, this: This) {
        let argument = self.path_token("entry:(argument)");
        let node = self.token_node(argument);
        let args = self.add_args(&[ArgNode::positional(node); 3]);
        let call = self.new_call(CallData {
            inst,
            stmt,
            kind: CallKind::Implicit,
            edge: EdgeKind::Callback,
            result: NONE,
            args,
            this: This::None,
            base: NONE,
            forwards: true,
        });
        self.invoke(call, callee, this);
    }
}
