//! The dispatch of watches.

use faultline_facts::{CallKind, Op, Test};

use super::{CallData, Inst, NONE, Node, Shape, Solver, This, Tok, Token, Watch, key};
use crate::{EdgeKind, names::Name};

/// Strings that one node may concatenate to.
const MAX_CONCATS: usize = 24;

impl Solver<'_> {
    pub(crate) fn fire(&mut self, watch: Watch, tok: Tok) {
        self.fired += 1;
        match watch {
            Watch::Load { inst, stmt } => self.load_base(inst, stmt, tok),
            Watch::LoadKey { inst, stmt } => {
                if let Token::Text(name) = self.tokens.get(tok) {
                    self.load_key(inst, stmt, name);
                }
            }
            Watch::Store { inst, stmt } => self.store_base(inst, stmt, tok),
            Watch::StoreKey { inst, stmt } => {
                if let Token::Text(name) = self.tokens.get(tok) {
                    self.store_key(inst, stmt, name);
                }
            }
            Watch::ReadOf { name, dst } if self.read_prefixed(tok, name, dst) => {}
            Watch::Read { name, dst } | Watch::ReadOf { name, dst } => {
                let name = self.key_name(tok, name);
                let found = self.lookup(tok, name);
                self.store.edge(found, dst, false);
            }
            Watch::Call { call } => self.invoke(call, tok, This::None),
            Watch::Method { call, name } => self.method_on(call, tok, name),
            Watch::MethodAny { call, key } => {
                self.store.watch(key, Watch::MethodKey { call, base: tok });
                if matches!(self.tokens.get(tok), Token::Path(_)) {
                    self.method_on(call, tok, Name::ELEMENT);
                }
            }
            Watch::MethodKey { call, base } => {
                if let Token::Text(name) = self.tokens.get(tok) {
                    let name = self.key_name(base, name);
                    self.method_on(call, base, name);
                }
            }
            Watch::CallOn { call, this } => self.invoke(call, tok, This::Tok(this)),
            _ => self.fire_object(watch, tok),
        }
    }

    fn method_on(&mut self, call: u32, base: Tok, name: Name) {
        let node = if name == Name::ELEMENT {
            let elements = self.temp(call, key(12, base.0));
            self.read_elements(base, elements);
            elements
        } else {
            self.lookup(base, name)
        };
        let this = if let Token::Super { this, .. } = self.tokens.get(base) { this } else { base };
        self.store.watch(node, Watch::CallOn { call, this });
    }

    fn fire_object(&mut self, watch: Watch, tok: Tok) {
        match watch {
            Watch::Getter { inst, stmt, this, dst } => {
                if let Token::Getter(getter) = self.tokens.get(tok) {
                    self.call_accessor(inst, stmt, getter, this, Some(dst), None);
                }
            }
            Watch::Setter { inst, stmt, this, src } => {
                if let Token::Setter(setter) = self.tokens.get(tok) {
                    self.call_accessor(inst, stmt, setter, this, None, Some(src));
                }
            }
            Watch::Wrap { dst, setter } => {
                if !tok.is_accessor() && !matches!(self.tokens.get(tok), Token::Text(_) | Token::AnyText) {
                    self.add(dst, if setter { Token::Setter(tok) } else { Token::Getter(tok) });
                }
            }
            Watch::Parent { of } => self.new_parent(of, tok),
            Watch::PrototypeOf { dst } => self.prototype_parent(tok, dst),
            Watch::Bind { dst, this, class } => self.bind_method(tok, dst, this, class),
            Watch::Super { class, dst } => {
                let token = Token::Super { class, this: tok };
                self.add(dst, token);
            }
            Watch::Meta { dst, class, name } => {
                let raw = self.raw(tok, name);
                self.store.watch(raw, Watch::Bind { dst, this: class, class: false });
            }
            Watch::NewOf { call, class } => self.call_new(call, class, tok),
            _ => self.fire_flow(watch, tok),
        }
    }

    fn fire_flow(&mut self, watch: Watch, tok: Tok) {
        match watch {
            Watch::Await { dst } => self.await_value(tok, dst),
            Watch::Elements { dst } => self.iterate(tok, dst),
            Watch::Keys { dst, inherited } => self.keys(tok, dst, inherited),
            Watch::Values { dst } => {
                if let Token::Path(_) = self.tokens.get(tok) {
                    self.read_elements(tok, dst);
                } else {
                    self.watch_fields(tok, super::FieldWatch::Values { dst });
                }
            }
            Watch::SpreadFrom { dst } => self.store.watch(dst, Watch::SpreadInto { src: tok }),
            Watch::SpreadInto { src } => self.copy_properties(src, tok),
            Watch::CopyNamed { dst, key } => self.store.watch(key, Watch::CopyKey { dst, src: tok }),
            Watch::CopyKey { dst, src } => {
                if let Token::Text(name) = self.tokens.get(tok) {
                    self.store.watch(dst, Watch::CopyInto { src, name });
                }
            }
            Watch::CopyInto { src, name } => {
                let (from, to) = (self.key_name(src, name), self.key_name(tok, name));
                let from = self.lookup(src, from);
                if self.may_hold(tok) {
                    let to = self.write_field(tok, to);
                    self.store.edge(from, to, false);
                }
            }
            Watch::SpreadArgs { call, callee, at } => self.spread_arguments(call, callee, at, tok),
            Watch::SpreadKeywords { callee } => self.spread_keywords(callee, tok),
            Watch::Narrow { inst, stmt, dst } => self.narrow(inst, stmt, dst, tok),
            Watch::Typed { slot, place } if self.is_go_class(tok) => self.go_typed(slot, place, tok),
            Watch::GoTest { src, dst } => self.store.watch(src, Watch::GoNarrow { class: tok, dst }),
            Watch::GoNarrow { class, dst } => self.go_narrow(class, dst, tok),
            Watch::GoStore { name, src } => {
                if let Token::Instance(class) = self.tokens.get(tok) {
                    self.go_store_named(class, name, src);
                }
            }
            Watch::Typed { slot, place } => {
                if !self.typed.contains(&(slot, place, tok)) {
                    self.typed.push((slot, place, tok));
                }
            }
            Watch::HandOut { call, depth } => self.handed_out(call, depth, tok),
            Watch::Concat { left, right, dst } => self.concatenate(left, right, dst),
            _ => self.fire_jvm(watch, tok),
        }
    }

    fn fire_jvm(&mut self, watch: Watch, tok: Tok) {
        match watch {
            Watch::Virtual { call } => self.call_virtual(call, tok),
            Watch::VirtualRef { call } => self.bind_virtual(call, tok),
            Watch::CallInstance { call } => self.call_as_function(call, tok),
            Watch::Implicit { call, name } => crate::model::jvm::implicit(self, call, name, tok),
            Watch::ClassNamed { call } => self.load_class_named(call, tok),
            Watch::MethodNamed { call, class } => self.give_method_named(call, class, tok),
            Watch::Services { call } => self.load_services(call, tok),
            Watch::FillElements { from } => {
                if let Token::Object { .. } = self.tokens.get(tok) {
                    let elements = self.write_field(tok, Name::ELEMENT);
                    self.store.edge(from, elements, true);
                }
            }
            _ => self.fire_files(watch, tok),
        }
    }

    fn fire_files(&mut self, watch: Watch, tok: Tok) {
        match watch {
            Watch::Join { left, right, dst } => self.join_paths(left, right, dst),
            Watch::Start { call } => self.start_file(call, tok),
            Watch::Folder { dst } => self.folder_text(tok, dst),
            Watch::FolderNames { dst } => self.folder_names(tok, dst),
            Watch::Resolve { module, dst } => self.resolve_text(module, tok, dst),
            _ => crate::model::fire(self, watch, tok),
        }
    }

    fn call_accessor(&mut self, inst: Inst, stmt: u32, accessor: Tok, this: Tok, dst: Option<Node>, src: Option<Node>) {
        let next = self.calls.len() as u32;
        let call = *self.accessor_calls.entry((inst, stmt, accessor, this)).or_insert(next);
        if call == next {
            let args = self.accessor_args(accessor, this, src);
            self.new_call(CallData {
                inst,
                stmt,
                kind: CallKind::Implicit,
                edge: EdgeKind::Direct,
                result: dst.unwrap_or(NONE),
                args,
                this: This::None,
                base: NONE,
                forwards: true,
            });
        }
        let python =
            matches!(self.tokens.get(accessor), Token::Function { func, .. } if self.is_python(self.module_of(func)));
        if python {
            let bound = self.tokens.intern(Token::Bound { func: accessor, this, args: NONE });
            return self.invoke(call, bound, This::None);
        }
        self.invoke(call, accessor, This::Tok(this));
    }

    fn prototype_parent(&mut self, tok: Tok, dst: Node) {
        match self.tokens.get(tok) {
            Token::Function { .. } | Token::Class { .. } => {
                let prototype = self.field(tok, Name::PROTOTYPE);
                self.store.edge(prototype, dst, true);
            }
            Token::Path(path) => {
                let prototype = self.child(path, "prototype");
                self.add(dst, Token::Path(prototype));
            }
            _ => {}
        }
    }

    /// Python: a function found on a class becomes a method of the receiver.
    fn bind_method(&mut self, tok: Tok, dst: Node, this: Tok, class: bool) {
        let flags = match self.tokens.get(tok) {
            Token::Function { func, .. } => self.function(func).flags,
            Token::Instance(of) => return self.bind_descriptor(tok, of, dst),
            _ => {
                self.store.add(dst, tok);
                return;
            }
        };
        if flags.is_static || (class && !flags.classmethod) {
            self.store.add(dst, tok);
            return;
        }
        let receiver = match (flags.classmethod, self.tokens.get(this)) {
            (true, Token::Instance(of)) => of,
            _ => this,
        };
        self.add(dst, Token::Bound { func: tok, this: receiver, args: NONE });
    }

    /// An object on a class may be a descriptor.
    fn bind_descriptor(&mut self, tok: Tok, of: Tok, dst: Node) {
        self.store.add(dst, tok);
        if !self.is_python_class(of) || !matches!(self.tokens.get(of), Token::Class { .. }) {
            return;
        }
        let getter = self.lookup(tok, Name::DUNDER_GET);
        self.store.watch(getter, Watch::Wrap { dst, setter: false });
        self.bind_setter(tok, dst);
    }

    fn call_new(&mut self, call: u32, class: Tok, tok: Tok) {
        if let Token::Function { .. } = self.tokens.get(tok) {
            let bound = self.tokens.intern(Token::Bound { func: tok, this: class, args: NONE });
            self.invoke(call, bound, This::None);
        }
    }

    fn await_value(&mut self, tok: Tok, dst: Node) {
        match self.tokens.get(tok) {
            Token::Promise(_) | Token::Object { shape: Shape::Promise, .. } => {
                let value = self.field(tok, Name::VALUE);
                self.store.edge(value, dst, true);
            }
            _ => {
                if !tok.is_accessor() {
                    self.store.add(dst, tok);
                }
            }
        }
    }

    fn keys(&mut self, tok: Tok, dst: Node, inherited: bool) {
        match self.tokens.get(tok) {
            Token::Text(_) | Token::AnyText | Token::Path(_) | Token::Nothing => return,
            _ => self.watch_fields(tok, super::FieldWatch::Names { dst }),
        }
        if inherited {
            let parents = self.parents(tok);
            self.store.watch(parents, Watch::Keys { dst, inherited });
        }
    }

    fn narrow(&mut self, inst: Inst, stmt: u32, dst: Node, tok: Tok) {
        let Op::Narrow { test, .. } = self.op(inst, stmt) else { return };
        if self.is_jvm(self.module_of_inst(inst)) {
            return self.narrow_jvm(inst, test, dst, tok);
        }
        let token = self.tokens.get(tok);
        let callable =
            matches!(token, Token::Function { .. } | Token::Class { .. } | Token::Bound { .. } | Token::Path(_));
        let text = matches!(token, Token::Text(_) | Token::AnyText);
        let pass = match test {
            Test::Callable => callable || matches!(token, Token::Instance(class) if self.is_python_class(class)),
            Test::NotCallable => !callable || matches!(token, Token::Path(_)),
            Test::Text => text || matches!(token, Token::Path(_)),
            Test::Instance(class) => {
                let class = self.node_of(inst, *class);
                return self.narrow_to(tok, class, dst, false);
            }
            Test::NotInstance(class) => {
                let class = self.node_of(inst, *class);
                return self.narrow_to(tok, class, dst, true);
            }
            Test::Equals(_) | Test::Differs(_) => true,
        };
        if pass {
            self.store.add(dst, tok);
        }
    }

    /// Instances pass by their class, where it and the tested one are known classes of the program.
    fn narrow_to(&mut self, tok: Tok, classes: Node, dst: Node, negated: bool) {
        let known: Vec<Tok> = self.store.tokens(classes).iter().map(|tok| Tok(*tok)).collect();
        let certain = !known.is_empty() && known.iter().all(|tok| matches!(self.tokens.get(*tok), Token::Class { .. }));
        let pass = match self.tokens.get(tok) {
            Token::Instance(of) if certain && matches!(self.tokens.get(of), Token::Class { .. }) => {
                let order = self.resolution_order(of);
                let foreign = order.iter().any(|tok| !matches!(self.tokens.get(*tok), Token::Class { .. }));
                foreign || known.iter().any(|class| order.contains(class)) != negated
            }
            Token::Function { .. } | Token::Text(_) | Token::AnyText | Token::Class { .. } => !certain || negated,
            _ => true,
        };
        if pass {
            self.store.add(dst, tok);
        }
    }

    fn concatenate(&mut self, left: Node, right: Node, dst: Node) {
        let (left, right) = (self.texts(left), self.texts(right));
        if left.len() * right.len() > MAX_CONCATS {
            return self.add(dst, Token::AnyText);
        }
        for left in &left {
            for right in &right {
                let text = format!("{}{}", self.names.text(*left), self.names.text(*right));
                if text.len() <= 120 {
                    let name = self.names.intern(&text);
                    self.add(dst, Token::Text(name));
                }
            }
        }
    }
}
