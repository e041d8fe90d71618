//! Go: packages as namespaces, methods by the receiver's type, embedding, containers that are what they hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use faultline_facts::{Accessor, ClassId, FunctionId, Imported, Key, Language, Op, Slot, Span};
use rustc_hash::FxHashMap;

use super::{CallData, ClassRef, Func, Inst, Mod, NONE, Node, Shape, Solver, This, Tok, Token, Watch};
use crate::{EdgeKind, link::Target, names::Name};

/// What a Go package declares.
#[derive(Default)]
pub(crate) struct GoScope {
    /// Package-level names; several files may declare one under different build constraints.
    names: BTreeMap<Name, Vec<(Mod, Slot)>>,
    /// Methods by type and name.
    methods: FxHashMap<Name, BTreeMap<Name, Vec<Func>>>,
}

impl Solver<'_> {
    pub(crate) fn is_go(&self, module: Mod) -> bool {
        self.facts(module).language == Language::Go
    }

    /// True for Go types, also those of code that is not loaded.
    pub(crate) fn is_go_class(&self, tok: Tok) -> bool {
        match self.tokens.get(tok) {
            Token::Class { class, .. } => self.is_go(self.class_of(class).0),
            Token::Path(path) => self.paths[path.0 as usize].go,
            _ => false,
        }
    }

    /// What the package of a file declares: without tests, or its tests.
    fn go_scope(&mut self, module: Mod, tests: bool) -> Rc<GoScope> {
        let Some(number) = self.linker.go.number_of(module) else { return Rc::default() };
        if let Some(scope) = self.go_scopes.get(&(number, tests)) {
            return Rc::clone(scope);
        }
        let package = self.linker.go.package(number);
        let files = if tests { package.tests.clone() } else { package.files.clone() };
        let mut scope = GoScope::default();
        for file in files {
            let facts = self.facts(file);
            let statics = self.statics(file);
            for (sym, slot) in &facts.names {
                scope.names.entry(statics.names[sym.0 as usize]).or_default().push((file, *slot));
            }
            for (local, function) in (0u32..).zip(&facts.functions) {
                let owner = facts.text(function.qualified).split('.').next().unwrap_or_default();
                if function.kind == faultline_facts::FunctionKind::Method && function.class.is_none() {
                    let owner = self.names.intern(owner);
                    let name = statics.names[function.name.0 as usize];
                    let func = self.func(file, FunctionId(local));
                    scope.methods.entry(owner).or_default().entry(name).or_default().push(func);
                }
            }
        }
        let scope = Rc::new(scope);
        self.go_scopes.insert((number, tests), Rc::clone(&scope));
        scope
    }

    /// The declarations of a package-level name as a file sees it.
    fn go_declared(&mut self, module: Mod, name: Name) -> Vec<(Mod, Slot)> {
        let mut found = self.go_scope(module, false).names.get(&name).cloned().unwrap_or_default();
        if self.linker.path_of(module).ends_with("_test.go") {
            found.extend(self.go_scope(module, true).names.get(&name).into_iter().flatten());
        }
        found
    }

    /// A name that the file does not declare: the package's, one of a dot import, or an imported package.
    pub(crate) fn go_global(&mut self, module: Mod, name: Name, dst: Node) {
        if self.names.text(name).starts_with('@') {
            let global = self.global_node(name);
            return self.store.edge(global, dst, true);
        }
        let declared = self.go_declared(module, name);
        for (file, slot) in &declared {
            let inst = self.module_instance(*file);
            let node = self.node_of(inst, *slot);
            self.store.edge(node, dst, true);
        }
        if !declared.is_empty() {
            return;
        }
        let facts = self.facts(module);
        let wanted = self.names.text(name).to_owned();
        for import in &facts.imports {
            let targets = self.linker.resolve(module, facts.text(import.specifier), 0);
            match (import.what, targets.first()) {
                (Imported::Star, Some(Target::Module(target))) => {
                    let package = self.tokens.intern(Token::Module(*target));
                    let found = self.lookup(package, name);
                    self.store.edge(found, dst, true);
                }
                (Imported::Module, Some(Target::Module(target))) => {
                    let of = self.facts(*target);
                    if of.package.is_some_and(|package| of.text(package) == wanted) {
                        self.add(dst, Token::Module(*target));
                    }
                }
                (Imported::Module, Some(Target::External(path))) => {
                    let last = path.rsplit('/').find(|part| !part.starts_with('v')).unwrap_or(path);
                    if last.replace(['-', '.'], "").contains(&wanted) {
                        let token = self.path_token(path);
                        self.store.add(dst, token);
                    }
                }
                _ => {}
            }
        }
    }

    /// An assignment to a package-level name of another file.
    pub(crate) fn go_store_global(&mut self, module: Mod, name: Name, src: Node) {
        if self.names.text(name).starts_with('@') {
            let global = self.global_node(name);
            return self.store.edge(src, global, true);
        }
        for (file, slot) in self.go_declared(module, name) {
            let inst = self.module_instance(file);
            let node = self.node_of(inst, slot);
            self.store.edge(src, node, true);
        }
    }

    /// Names of a package as a namespace.
    pub(crate) fn seed_go_module(&mut self, of: Tok, module: Mod) {
        let scope = self.go_scope(module, false);
        for (name, declared) in &scope.names {
            let nodes: Vec<Node> = declared
                .iter()
                .map(|(file, slot)| {
                    let inst = self.module_instance(*file);
                    self.node_of(inst, *slot)
                })
                .collect();
            let node = if let [only] = nodes.as_slice() {
                *only
            } else {
                let node = self.store.node();
                for declared in nodes {
                    self.store.edge(declared, node, true);
                }
                node
            };
            self.set_field(of, *name, node);
        }
    }

    /// Runs a package: the initialisers of all its files.
    pub(crate) fn enter_go_package(&mut self, module: Mod, from: Option<(Inst, u32, Span)>) {
        let mut files = self.linker.go.package_of(module).map(|package| package.files.clone()).unwrap_or_default();
        if !files.contains(&module) {
            files.push(module);
        }
        for file in files {
            let inst = self.module_instance(file);
            if let Some((importer, site, span)) = from
                && importer != inst
            {
                self.record(importer, site, inst, EdgeKind::Import, span);
            }
            self.enter(inst);
        }
    }

    /// The methods of a name that a type's own package gives it.
    fn go_method(&mut self, class: ClassRef, name: Name) -> Vec<Func> {
        let own =
            |scope: &GoScope, owner: Name| scope.methods.get(&owner).and_then(|methods| methods.get(&name)).cloned();
        self.go_of_package(class, own).into_iter().flatten().flatten().collect()
    }

    /// The names of the methods that a type's own package gives it.
    pub(crate) fn go_method_names(&mut self, class: ClassRef) -> BTreeSet<Name> {
        let own = |scope: &GoScope, owner: Name| {
            scope.methods.get(&owner).map(|methods| methods.keys().copied().collect::<Vec<Name>>())
        };
        self.go_of_package(class, own).into_iter().flatten().flatten().collect()
    }

    /// What a type's package says about it, without and with tests.
    fn go_of_package<T>(&mut self, class: ClassRef, of: impl Fn(&GoScope, Name) -> T) -> Vec<T> {
        let (module, _, definition) = self.class_of(class);
        if definition.parent != FunctionId(0) {
            return Vec::new();
        }
        let owner = self.name(module, definition.name);
        let mut found = vec![of(&self.go_scope(module, false), owner)];
        if self.linker.path_of(module).ends_with("_test.go") {
            found.push(of(&self.go_scope(module, true), owner));
        }
        found
    }

    /// A field or method of a value, of a type, or of what is not loaded.
    pub(crate) fn go_member(&mut self, of: Tok, class: Tok, name: Name, node: Node) {
        let Token::Class { class, env } = self.tokens.get(class) else {
            let Token::Path(path) = self.tokens.get(class) else { return };
            let own = self.field(of, name);
            self.store.edge(own, node, true);
            let text = self.names.text(name).to_owned();
            let child = self.child(path, &text);
            return self.add(node, Token::Path(child));
        };
        let methods = self.go_method(class, name);
        if !methods.is_empty() {
            for func in methods {
                let env = self.module_instance(self.module_of(func));
                self.add(node, Token::Function { func, env });
            }
            return;
        }
        let (module, local, definition) = self.class_of(class);
        let statics = self.statics(module);
        if definition.is_interface {
            self.go_abstract(module, local, name, env, node);
        } else if let Some(members) = statics.members.get(&(local, false, name)) {
            for (slot, _) in members {
                let field = self.node_of(env, *slot);
                self.store.edge(field, node, true);
            }
            return;
        }
        for base in &definition.bases {
            let base = self.node_of(env, *base);
            self.store.watch(base, Watch::Read { name, dst: node });
        }
    }

    /// The method of an interface itself: it says what a call gives where no type is known.
    fn go_abstract(&mut self, module: Mod, class: ClassId, name: Name, env: Inst, node: Node) {
        let facts = self.facts(module);
        let statics = self.statics(module);
        for (local, function) in (0u32..).zip(&facts.functions) {
            if function.class == Some(class) && statics.names[function.name.0 as usize] == name {
                let func = self.func(module, FunctionId(local));
                self.add(node, Token::Function { func, env });
            }
        }
    }

    /// The node of a member that a type declares itself.
    fn go_field(&mut self, class: Tok, wanted: Wanted) -> Option<Node> {
        let Token::Class { class, env } = self.tokens.get(class) else { return None };
        let (module, local, definition) = self.class_of(class);
        let slot = match wanted {
            Wanted::Named(name) => self.statics(module).members.get(&(local, false, name))?.first()?.0,
            Wanted::At(index) => definition.members.get(index as usize)?.slot,
        };
        Some(self.node_of(env, slot))
    }

    /// The node of what a named type that is no struct holds.
    fn go_value(&mut self, class: Tok) -> Option<Node> {
        self.go_field(class, Wanted::Named(Name::VALUE))
    }

    pub(crate) fn go_load(&mut self, inst: Inst, stmt: u32, base: Tok, key: Key, dst: Node) {
        let token = self.tokens.get(base);
        match (key, token) {
            (Key::Element, _) => self.go_element(base, dst),
            (Key::Index(index), Token::Object { shape: Shape::Tuple, .. }) => {
                let name = self.index_name(index);
                self.load_name(inst, stmt, base, name, dst);
            }
            (Key::Index(_), Token::Path(_)) => {
                self.store.add(dst, base);
            }
            (Key::Named(sym), Token::Module(_) | Token::Class { .. } | Token::Instance(_) | Token::Path(_)) => {
                let name = self.name(self.module_of_inst(inst), sym);
                let found = self.lookup(base, name);
                self.store.edge(found, dst, true);
            }
            _ => {}
        }
    }

    /// An element of a container is the container, in whose name it stands; named containers say what they hold.
    pub(crate) fn go_element(&mut self, base: Tok, dst: Node) {
        if let Token::Instance(class) = self.tokens.get(base)
            && let Some(value) = self.go_value(class)
        {
            self.store.edge(value, dst, true);
        }
        self.store.add(dst, base);
    }

    pub(crate) fn go_store(&mut self, inst: Inst, stmt: u32, base: Tok, key: Key, src: Node) {
        match self.tokens.get(base) {
            Token::Instance(class) if matches!(self.tokens.get(class), Token::Path(_)) => {
                if let Key::Named(sym) = key {
                    let name = self.name(self.module_of_inst(inst), sym);
                    let own = self.field(base, name);
                    self.store.edge(src, own, true);
                }
                let to = if let Token::Path(path) = self.tokens.get(class) { path.0 } else { 0 };
                self.go_escape(inst, stmt, src, to);
            }
            Token::Instance(class) => {
                let named =
                    if let Key::Named(sym) = key { Some(self.name(self.module_of_inst(inst), sym)) } else { None };
                self.go_store_in(class, key, named, src);
            }
            Token::Module(_) => {
                if let Key::Named(sym) = key {
                    let name = self.name(self.module_of_inst(inst), sym);
                    self.write(base, name, src);
                }
            }
            Token::Object { shape: Shape::Tuple, .. } => {
                if let Key::Index(index) = key {
                    let name = self.index_name(index);
                    self.write(base, name, src);
                }
            }
            Token::Path(path) if matches!(key, Key::Named(_)) => self.go_escape(inst, stmt, src, path.0),
            _ => {}
        }
    }

    fn go_store_in(&mut self, class: Tok, key: Key, named: Option<Name>, src: Node) {
        if let Some(value) = self.go_value(class) {
            return self.store.edge(src, value, true);
        }
        match (key, named) {
            (Key::Index(index), _) => {
                if let Some(field) = self.go_field(class, Wanted::At(index)) {
                    self.store.edge(src, field, true);
                }
            }
            (_, Some(name)) => self.go_store_named(class, name, src),
            _ => {}
        }
    }

    /// Writes a field, one of an embedded struct where the type itself has none of that name.
    pub(crate) fn go_store_named(&mut self, class: Tok, name: Name, src: Node) {
        if let Some(field) = self.go_field(class, Wanted::Named(name)) {
            return self.store.edge(src, field, true);
        }
        let Token::Class { class, env } = self.tokens.get(class) else { return };
        for base in &self.class_of(class).2.bases {
            let base = self.node_of(env, *base);
            self.store.watch(base, Watch::GoStore { name, src });
        }
    }

    /// What is stored in a value of code that is not loaded may be called from there.
    fn go_escape(&mut self, inst: Inst, stmt: u32, src: Node, to: u32) {
        let next = self.calls.len() as u32;
        let call = *self.go_escapes.entry((inst, stmt)).or_insert(next);
        if call == next {
            self.new_call(CallData {
                inst,
                stmt,
                kind: faultline_facts::CallKind::Implicit,
                edge: EdgeKind::Callback,
                result: NONE,
                args: (0, 0),
                this: This::None,
                base: NONE,
                forwards: false,
            });
        }
        self.temp.insert((call, super::key(9, 0)), to);
        self.store.watch(src, Watch::HandOut { call, depth: 2 });
    }

    /// `T(x)`: a value of the type; `f(x)` of a function type calls what was converted to it.
    pub(crate) fn go_convert(&mut self, call: u32, class: Tok) {
        let argument = self.arg_any(call, 0);
        let result = self.calls[call as usize].result;
        if let Token::Class { class: id, .. } = self.tokens.get(class)
            && self.class_of(id).2.is_interface
        {
            if let (Some(argument), true) = (argument, result != NONE) {
                self.store.edge(argument, result, true);
            }
            return;
        }
        let instance = self.tokens.intern(Token::Instance(class));
        self.go_made(class);
        if result != NONE {
            self.store.add(result, instance);
        }
        if let (Some(argument), Some(value)) = (argument, self.go_value(class)) {
            self.store.edge(argument, value, true);
        }
    }

    fn arg_any(&self, call: u32, index: usize) -> Option<Node> {
        self.args_of(call).get(index).map(|arg| arg.node)
    }

    /// A value of a named function type is called.
    pub(crate) fn go_call_value(&mut self, call: u32, callee: Tok, class: Tok) {
        if let Some(value) = self.go_value(class) {
            self.store.watch(value, Watch::CallOn { call, this: callee });
        }
    }

    pub(crate) fn go_store_op(&mut self, inst: Inst, stmt: u32, base: Tok) {
        let Op::Store { key, src, accessor: Accessor::Value, .. } = self.op(inst, stmt) else { return };
        let (key, src) = (*key, self.node_of(inst, *src));
        self.go_store(inst, stmt, base, key, src);
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    Named(Name),
    At(u32),
}
