//! Python: methods that are called by nobody in sight, but by those who know an object by its base class, by a
//! prefix of their names, or by a name that many classes share.

use faultline_facts::{Accessor, CallKind};

use super::{ArgNode, CallData, Inst, NONE, Node, Solver, This, Tok, Token, Watch};
use crate::{EdgeKind, names::Name};

/// Classes of the language's library whose own code does not call what subclasses add.
const QUIET: [&str; 9] = [
    "py:abc.",
    "py:typing.",
    "py:enum.",
    "py:collections.namedtuple",
    "py:collections.OrderedDict",
    "py:collections.defaultdict",
    "py:types.",
    "py:dataclasses.",
    "py:string.Template",
];

impl Solver<'_> {
    /// Instances of classes that inherit from code which is not analysed: that code calls their methods.
    pub(crate) fn call_overrides(&mut self) {
        for index in self.overridden..self.made.len() {
            let (class, inst, stmt) = self.made[index];
            if self.is_python_class(class) && self.has_calling_base(class) {
                self.call_members(class, inst, stmt);
            }
        }
        self.overridden = self.made.len();
    }

    fn has_calling_base(&self, class: Tok) -> bool {
        self.resolution_order(class).iter().any(|base| match self.tokens.get(*base) {
            Token::Path(path) => {
                let text = self.path_text(path);
                let foreign = text.starts_with("pkg:") || (text.starts_with("py:") && text.contains('.'));
                foreign && !QUIET.iter().any(|quiet| text.starts_with(quiet))
            }
            _ => false,
        })
    }

    fn call_members(&mut self, class: Tok, inst: Inst, stmt: u32) {
        let argument = self.path_token("entry:(argument)");
        let node = self.token_node(argument);
        let call = self.outside_call(inst, stmt, EdgeKind::Callback, &[ArgNode::positional(node); 3]);
        let instance = self.tokens.intern(Token::Instance(class));
        for name in self.member_names(class) {
            let text = self.names.text(name);
            if text == "__init__" || text == "__new__" || (text.starts_with('_') && !text.starts_with("__")) {
                continue;
            }
            let found = self.lookup(instance, name);
            self.store.watch(found, Watch::CallOn { call, this: instance });
        }
    }

    fn outside_call(&mut self, inst: Inst, stmt: u32, edge: EdgeKind, args: &[ArgNode]) -> u32 {
        let args = self.add_args(args);
        self.new_call(CallData {
            inst,
            stmt,
            kind: CallKind::Implicit,
            edge,
            result: NONE,
            args,
            this: This::None,
            base: NONE,
            forwards: true,
        })
    }

    /// Names of plain members of a class and of those above it that are analysed.
    fn member_names(&mut self, class: Tok) -> Vec<Name> {
        let mut found = Vec::new();
        for above in self.resolution_order(class).iter() {
            let Token::Class { class, .. } = self.tokens.get(*above) else { continue };
            let (module, _, definition) = self.class_of(class);
            let statics = self.statics(module);
            let plain = definition.members.iter().filter(|member| member.accessor == Accessor::Value);
            found.extend(plain.map(|member| statics.names[member.name.0 as usize]));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// A name that too many classes share to say which is meant: whoever makes an object of one may have it called.
    pub(super) fn call_common(&mut self, names: &[Name]) {
        for index in 0..self.made.len() {
            let (class, inst, stmt) = self.made[index];
            if !self.is_python_class(class) {
                continue;
            }
            let members = self.member_names(class);
            for name in names.iter().copied().filter(|name| members.binary_search(name).is_ok()) {
                if self.common.insert((class, name)) {
                    let call = self.outside_call(inst, stmt, EdgeKind::Name, &[]);
                    let instance = self.tokens.intern(Token::Instance(class));
                    let found = self.lookup(instance, name);
                    self.store.watch(found, Watch::CallOn { call, this: instance });
                }
            }
        }
    }

    /// Texts that begin like a name and go on with what is not known become prefixes: `visit_*`.
    pub(crate) fn widen_prefixes(&mut self) {
        for index in 0..self.concat_sites.len() {
            let (left, right, dst, path) = self.concat_sites[index];
            let open = self.store.tokens(right).iter().all(|tok| !Tok(*tok).is_text() || *tok == Tok::ANY_TEXT.0);
            if path || !open {
                continue;
            }
            for name in self.texts(left) {
                let text = self.names.text(name);
                let named = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
                if text.len() < 2 || !named || text.starts_with(|first: char| first.is_ascii_digit()) {
                    continue;
                }
                let text = format!("{text}*");
                let prefix = self.names.intern(&text);
                self.prefixes.insert(prefix);
                self.add(dst, Token::Text(prefix));
            }
        }
    }

    /// Everything on an object that begins with a prefix; false when the name is none.
    pub(crate) fn read_prefixed(&mut self, of: Tok, prefix: Name, dst: Node) -> bool {
        if !self.prefixes.contains(&prefix) {
            return false;
        }
        let text = self.names.text(prefix).trim_end_matches('*').to_owned();
        let names = match self.tokens.get(of) {
            Token::Instance(class) if self.is_python_class(class) => self.member_names(class),
            Token::Class { .. } if self.is_python_class(of) => self.member_names(of),
            Token::Module(_) => self.written(of).into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        };
        for name in names {
            if self.names.text(name).starts_with(&text) {
                let found = self.lookup(of, name);
                self.store.edge(found, dst, true);
            }
        }
        true
    }

    /// A module's own `__getattr__` is called for what the module lacks.
    pub(super) fn call_module_getattr(&mut self, module: super::Mod, inst: Inst) {
        let facts = self.facts(module);
        let own = |function: &faultline_facts::Function| {
            function.parent == Some(faultline_facts::FunctionId(0))
                && function.class.is_none()
                && facts.text(function.name) == "__getattr__"
        };
        let Some(local) = facts.functions.iter().position(own) else { return };
        let func = self.func(module, faultline_facts::FunctionId(local as u32));
        let function = self.tokens.intern(Token::Function { func, env: inst });
        self.call_from_outside(inst, 0, function);
    }

    /// The descriptor's `__set__` is called for what is written.
    pub(super) fn bind_setter(&mut self, descriptor: Tok, dst: Node) {
        let Some(name) = self.names.get("__set__") else { return };
        let setter = self.lookup(descriptor, name);
        self.store.watch(setter, Watch::Wrap { dst, setter: true });
    }

    /// Arguments of an accessor: a descriptor gets the object first.
    pub(super) fn accessor_args(&mut self, accessor: Tok, this: Tok, src: Option<Node>) -> (u32, u32) {
        let descriptor = matches!(self.tokens.get(accessor), Token::Bound { .. });
        let object = descriptor.then(|| self.token_node(this));
        let args: Vec<ArgNode> = object.into_iter().chain(src).map(ArgNode::positional).collect();
        self.add_args(&args)
    }
}
