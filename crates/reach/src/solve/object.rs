//! Objects: own properties, look-up through parents, built-in methods.

use faultline_facts::{Accessor, Language};

use rustc_hash::FxHashMap;

use super::{FieldWatch, NONE, Node, PathId, Shape, Solver, Tok, Token, Watch};
use crate::names::Name;

/// Nesting of look-ups above which the rest is put on the worklist.
const MAX_LOOK_DEPTH: u32 = 60;

/// What is known of one object-like token.
pub(crate) struct Object {
    /// Written properties in order of the first write.
    written: Vec<(Name, Node)>,
    /// Look-ups made so far; true for Python's class-side ones.
    looks: Vec<(Name, Node, bool)>,
    watchers: Vec<FieldWatch>,
    parents: Node,
    any: Node,
}

impl Solver<'_> {
    pub(crate) fn object(&mut self, of: Tok) -> usize {
        if let Some(index) = self.object_of.get(&of) {
            return *index as usize;
        }
        let index = self.objects.len();
        let parents = self.store.node();
        self.objects.push(Object { written: Vec::new(), looks: Vec::new(), watchers: Vec::new(), parents, any: NONE });
        self.object_of.insert(of, index as u32);
        self.store.fresh_watch(parents, Watch::Parent { of });
        self.seed(of, parents);
        index
    }

    /// What an object has from the start.
    fn seed(&mut self, of: Tok, parents: Node) {
        match self.tokens.get(of) {
            Token::Class { class, .. } if self.is_go(self.class_of(class).0) => {}
            Token::Instance(class) if self.is_go_class(class) => {}
            Token::Class { class, env } => self.seed_class(of, class, env, parents),
            Token::Prototype(owner) => self.seed_prototype(of, owner, parents),
            Token::Instance(class) => self.seed_instance(class, parents),
            Token::Module(module) if self.is_go(module) => self.seed_go_module(of, module),
            Token::Module(module) => self.seed_module(of, module, parents),
            Token::CommonJs(module) => {
                let exports = self.write_field(of, Name::EXPORTS);
                self.add(exports, Token::Exports(module));
            }
            Token::Function { .. } => {
                let prototype = self.field(of, Name::PROTOTYPE);
                self.add(prototype, Token::Prototype(of));
            }
            Token::Promise(inst) => {
                let value = self.write_field(of, Name::VALUE);
                let ret = self.function(self.inst(inst).func).ret;
                let ret = self.node_of(inst, ret);
                self.store.watch(ret, Watch::Await { dst: value });
            }
            Token::Generator(inst) => {
                let function = self.function(self.inst(inst).func);
                let (returned, ret) = (self.write_field(of, Name::RETURNED), self.node_of(inst, function.ret));
                self.store.edge(ret, returned, true);
                if let Some(yielded) = function.yielded {
                    let (elements, yielded) = (self.write_field(of, Name::ELEMENT), self.node_of(inst, yielded));
                    self.store.edge(yielded, elements, true);
                }
            }
            _ => {}
        }
    }

    fn seed_instance(&mut self, class: Tok, parents: Node) {
        match self.tokens.get(class) {
            Token::Path(path) if self.paths[path.0 as usize].python => {
                self.store.add(parents, class);
            }
            Token::Path(path) => {
                let prototype = self.child(path, "prototype");
                self.add(parents, Token::Path(prototype));
            }
            _ if self.is_python_class(class) => {}
            _ => {
                let prototype = self.field(class, Name::PROTOTYPE);
                self.store.edge(prototype, parents, true);
            }
        }
    }

    pub(crate) fn is_python_class(&self, tok: Tok) -> bool {
        match self.tokens.get(tok) {
            Token::Class { class, .. } => self.class_of(class).0.0 != NONE && self.is_python(self.class_of(class).0),
            Token::Path(path) => self.paths[path.0 as usize].python,
            _ => false,
        }
    }

    /// The node of an own property.
    pub(crate) fn field(&mut self, of: Tok, name: Name) -> Node {
        self.object(of);
        if let Some(node) = self.own.get(&(of, name)) {
            return *node;
        }
        let node = self.store.node();
        self.own.insert((of, name), node);
        if name == Name::PROTOTYPE && matches!(self.tokens.get(of), Token::Class { .. }) {
            self.add(node, Token::Prototype(of));
        }
        node
    }

    /// Makes an existing node the node of an own property.
    pub(crate) fn set_field(&mut self, of: Tok, name: Name, node: Node) {
        self.own.insert((of, name), node);
        let index = self.object_of[&of] as usize;
        self.objects[index].written.push((name, node));
    }

    /// The node of an own property that something is written to.
    pub(crate) fn write_field(&mut self, of: Tok, name: Name) -> Node {
        let node = self.field(of, name);
        let index = self.object(of);
        let object = &mut self.objects[index];
        if !object.written.iter().any(|(_, written)| *written == node) {
            object.written.push((name, node));
            for watcher in object.watchers.clone() {
                self.fire_field(watcher, of, name, node);
            }
        }
        node
    }

    /// Where values with unknown name are written.
    pub(crate) fn any_field(&mut self, of: Tok) -> Node {
        let index = self.object(of);
        if self.objects[index].any == NONE {
            let any = self.store.node();
            self.objects[index].any = any;
            for (_, node, _) in self.objects[index].looks.clone() {
                self.store.edge(any, node, false);
            }
        }
        self.objects[index].any
    }

    pub(crate) fn parents(&mut self, of: Tok) -> Node {
        let index = self.object(of);
        self.objects[index].parents
    }

    pub(crate) fn written(&mut self, of: Tok) -> Vec<(Name, Node)> {
        let index = self.object(of);
        self.objects[index].written.clone()
    }

    /// Tells of every property written, now and later.
    pub(crate) fn watch_fields(&mut self, of: Tok, watcher: FieldWatch) {
        let index = self.object(of);
        if !self.field_watches.insert((of, watcher)) {
            return;
        }
        let object = &mut self.objects[index];
        object.watchers.push(watcher);
        for (name, node) in object.written.clone() {
            self.fire_field(watcher, of, name, node);
        }
    }

    /// Everything that reading `name` on a token may give.
    pub(crate) fn lookup(&mut self, of: Tok, name: Name) -> Node {
        if let Some(node) = self.looks.get(&(of, name)) {
            return *node;
        }
        let node = self.store.node();
        self.looks.insert((of, name), node);
        let token = self.tokens.get(of);
        match token {
            Token::Class { class, .. } if self.is_go(self.class_of(class).0) => self.go_member(of, of, name, node),
            Token::Instance(class) if self.is_go_class(class) => self.go_member(of, class, name, node),
            Token::Path(path) if self.paths[path.0 as usize].go => self.go_member(of, of, name, node),
            Token::Class { class, .. } if self.is_python(self.class_of(class).0) => {
                self.python_class_lookup(of, name, node);
            }
            Token::Instance(class) if self.is_python_class(class) => self.python_instance_lookup(of, class, name, node),
            Token::Super { class, this } => self.super_lookup(class, this, name, node),
            Token::Bound { func, .. } => {
                let inner = self.lookup(func, name);
                self.store.edge(inner, node, false);
            }
            Token::Path(path) => self.path_lookup(of, path, name, node),
            Token::Text(_) | Token::AnyText | Token::Nothing | Token::Getter(_) | Token::Setter(_) => {}
            _ => self.plain_lookup(of, name, node),
        }
        self.builtin_lookup(of, name, node);
        node
    }

    fn plain_lookup(&mut self, of: Tok, name: Name, node: Node) {
        let own = self.field(of, name);
        self.store.edge(own, node, false);
        let index = self.object(of);
        let any = self.objects[index].any;
        if any != NONE {
            self.store.edge(any, node, false);
        }
        if self.is_index(name) && name != Name::ELEMENT {
            let elements = self.field(of, Name::ELEMENT);
            self.store.edge(elements, node, false);
        }
        if self.stops_lookup(of, name) {
            return;
        }
        if name == Name::PROTO {
            let parents = self.objects[index].parents;
            return self.store.edge(parents, node, false);
        }
        self.objects[index].looks.push((name, node, false));
        self.look_in_parents(of, name, node, false);
    }

    pub(crate) fn look_in_parents(&mut self, of: Tok, name: Name, node: Node, raw: bool) {
        let index = self.object(of);
        let parents = self.objects[index].parents;
        if self.look_depth > MAX_LOOK_DEPTH {
            // The parents' watch looks again, from an empty stack.
            self.store.fresh_watch(parents, Watch::Parent { of });
            return;
        }
        self.look_depth += 1;
        for parent in self.store.tokens(parents).to_vec() {
            self.look_in_parent(of, Tok(parent), name, node, raw);
        }
        self.look_depth -= 1;
    }

    pub(crate) fn add_look(&mut self, of: Tok, name: Name, node: Node) {
        let index = self.object(of);
        self.objects[index].looks.push((name, node, true));
        let any = self.objects[index].any;
        if any != NONE {
            self.store.edge(any, node, false);
        }
    }

    fn look_in_parent(&mut self, of: Tok, parent: Tok, name: Name, node: Node, raw: bool) {
        if parent == of {
            return;
        }
        if let (Token::Module(_), Token::Module(module)) = (self.tokens.get(of), self.tokens.get(parent))
            && !self.is_public(module, name)
        {
            return;
        }
        if let Token::Path(path) = self.tokens.get(parent)
            && self.is_builtin_without(path, name)
        {
            return;
        }
        let found = if raw { self.raw(parent, name) } else { self.lookup(parent, name) };
        self.store.edge(found, node, false);
    }

    /// The language's own classes say nothing about names that have no model and were not written.
    pub(crate) fn is_builtin_without(&self, path: PathId, name: Name) -> bool {
        let text = self.path_text(path);
        let child = format!("{text}.{}", self.names.text(name));
        !text.starts_with("pkg:")
            && !crate::model::is_prefix(&child)
            && !self.own.contains_key(&(Tok::of_path(path), name))
    }

    /// A parent has arrived: all look-ups so far continue into it.
    pub(crate) fn new_parent(&mut self, of: Tok, parent: Tok) {
        let index = self.object(of);
        for (name, node, raw) in self.objects[index].looks.clone() {
            self.look_in_parent(of, parent, name, node, raw);
        }
    }

    fn path_lookup(&mut self, of: Tok, path: PathId, name: Name, node: Node) {
        let own = self.field(of, name);
        self.store.edge(own, node, false);
        let index = self.object(of);
        self.objects[index].looks.push((name, node, false));
        self.look_in_parents(of, name, node, false);
        if name == Name::PROTO {
            return;
        }
        if self.is_global_object(of) {
            let global = self.global_node(name);
            self.store.edge(global, node, false);
        }
        let text = if self.is_index(name) { "[]".to_owned() } else { self.names.text(name).to_owned() };
        if !self.paths[path.0 as usize].python && crate::model::find(&format!("js:Function.prototype.{text}")).is_some()
        {
            return;
        }
        let child = self.child(path, &text);
        self.add(node, Token::Path(child));
    }

    /// True when the class body itself defines the name, so that parents are not asked.
    pub(crate) fn stops_lookup(&mut self, of: Tok, name: Name) -> bool {
        let (class, fixed) = match self.tokens.get(of) {
            Token::Class { class, .. } => (class, !self.is_python(self.class_of(class).0)),
            Token::Prototype(owner) => match self.tokens.get(owner) {
                Token::Class { class, .. } => (class, false),
                _ => return false,
            },
            Token::Module(module) => return self.statics(module).attributes.contains_key(&name),
            _ => return false,
        };
        let (module, local, _) = self.class_of(class);
        let statics = self.statics(module);
        let members = statics.members.get(&(local, fixed, name));
        members.is_some_and(|members| members.iter().any(|(_, accessor)| *accessor != Accessor::Setter))
    }

    /// Methods of the language's own library.
    fn builtin_lookup(&mut self, of: Tok, name: Name, node: Node) {
        let Some(owner) = self.builtin_owner(of) else { return };
        let text = self.names.text(name);
        for owner in owner {
            let path = format!("{owner}.{text}");
            if crate::model::find(&path).is_some() {
                let token = self.path_token(&path);
                self.store.add(node, token);
                return;
            }
        }
    }

    fn builtin_owner(&self, of: Tok) -> Option<Vec<&'static str>> {
        if self.token_is_go(of) {
            return None;
        }
        let python = self.token_is_python(of)?;
        let owner = match (self.tokens.get(of), python) {
            (Token::Object { shape, .. }, true) => match shape {
                Shape::Array => "py:list",
                Shape::Tuple => "py:tuple",
                Shape::Dict | Shape::Object | Shape::Map => "py:dict",
                Shape::Set => "py:set",
                Shape::Property => "py:property",
                Shape::Iterator => "py:generator",
                Shape::Promise => "py:awaitable",
            },
            (Token::Object { shape, .. }, false) => match shape {
                Shape::Array | Shape::Tuple => "js:Array.prototype",
                Shape::Promise => "js:Promise.prototype",
                Shape::Map | Shape::Set => "js:Map.prototype",
                Shape::Iterator => "js:Iterator.prototype",
                _ => "js:Object.prototype",
            },
            (Token::Generator(_), true) => "py:generator",
            (Token::Generator(_), false) => "js:Iterator.prototype",
            (Token::Promise(_), true) => "py:awaitable",
            (Token::Promise(_), false) => "js:Promise.prototype",
            (Token::Function { .. } | Token::Class { .. }, true) => "py:function",
            (Token::Function { .. } | Token::Class { .. }, false) => {
                return Some(vec!["js:Function.prototype", "js:Object.prototype"]);
            }
            (Token::Instance(_) | Token::Exports(_) | Token::Prototype(_), false) => "js:Object.prototype",
            (Token::Path(_), false) => "js:Function.prototype",
            _ => return None,
        };
        Some(vec![owner])
    }

    fn token_is_go(&self, of: Tok) -> bool {
        match self.tokens.get(of) {
            Token::Object { inst, .. } => self.is_go(self.module_of_inst(inst)),
            Token::Function { func, .. } => self.is_go(self.module_of(func)),
            Token::Instance(class) => self.is_go_class(class),
            _ => self.is_go_class(of),
        }
    }

    fn token_is_python(&self, of: Tok) -> Option<bool> {
        Some(match self.tokens.get(of) {
            Token::Object { inst, .. } | Token::Promise(inst) | Token::Generator(inst) => {
                self.facts(self.module_of_inst(inst)).language == Language::Python
            }
            Token::Function { func, .. } => self.is_python(self.module_of(func)),
            Token::Class { class, .. } => self.is_python(self.class_of(class).0),
            Token::Path(path) => self.paths[path.0 as usize].python,
            Token::Instance(class) | Token::Prototype(class) => return self.token_is_python(class),
            Token::Exports(_) => false,
            _ => return None,
        })
    }

    /// Notes which objects hold which first-party functions as methods.
    pub(crate) fn index_owners(&mut self) {
        let mut owners: FxHashMap<Tok, Vec<Tok>> = FxHashMap::default();
        for ((of, _), node) in &self.own {
            if !matches!(self.tokens.get(*of), Token::Prototype(_) | Token::Object { .. } | Token::Exports(_)) {
                continue;
            }
            for tok in self.store.tokens(*node) {
                let Token::Function { func, .. } = self.tokens.get(Tok(*tok)) else { continue };
                if self.linker.unit_of(self.module_of(func)).first_party() {
                    owners.entry(Tok(*tok)).or_default().push(*of);
                }
            }
        }
        for list in owners.values_mut() {
            list.sort_unstable();
            list.dedup();
        }
        self.owners = owners;
    }

    /// Receivers that a function has as a method: prototypes give their instances.
    pub(crate) fn owners_of(&mut self, function: Tok) -> Vec<Tok> {
        let owners = self.owners.get(&function).cloned().unwrap_or_default();
        let receiver = |of: Tok| match self.tokens.get(of) {
            Token::Prototype(class) => self.tokens.intern(Token::Instance(class)),
            _ => of,
        };
        owners.into_iter().map(receiver).collect()
    }
}
