//! Classes: members, bases, Python's method resolution order, `super`.

use std::rc::Rc;

use faultline_facts::Accessor;
use rustc_hash::FxHashMap;

use super::{ClassRef, Deferred, Inst, Node, Solver, Tok, Token, Watch};
use crate::names::Name;

/// Longest chain of base classes that is followed.
const MAX_ANCESTORS: u32 = 60;

/// Known linearisations, with how much was known of the bases then.
pub(super) type Orders = FxHashMap<Tok, (Rc<[Tok]>, usize)>;

impl Solver<'_> {
    pub(crate) fn seed_class(&mut self, of: Tok, class: ClassRef, env: Inst, parents: Node) {
        let (module, _, definition) = self.class_of(class);
        let python = self.is_python(module);
        self.seed_members(of, class, env, !python);
        for base in &definition.bases {
            let base = self.node_of(env, *base);
            self.store.edge(base, parents, true);
        }
    }

    pub(crate) fn seed_prototype(&mut self, of: Tok, owner: Tok, parents: Node) {
        let constructor = self.field(of, Name::CONSTRUCTOR);
        self.store.add(constructor, owner);
        let Token::Class { class, env } = self.tokens.get(owner) else { return };
        self.seed_members(of, class, env, false);
        for base in &self.class_of(class).2.bases {
            let base = self.node_of(env, *base);
            self.store.watch(base, Watch::PrototypeOf { dst: parents });
        }
    }

    fn seed_members(&mut self, of: Tok, class: ClassRef, env: Inst, fixed: bool) {
        let (module, local, definition) = self.class_of(class);
        let statics = self.statics(module);
        for member in &definition.members {
            let name = statics.names[member.name.0 as usize];
            let Some(members) = statics.members.get(&(local, fixed, name)) else { continue };
            if self.own.contains_key(&(of, name)) {
                continue;
            }
            self.seed_member(of, name, env, members);
        }
    }

    fn seed_member(&mut self, of: Tok, name: Name, env: Inst, members: &[(faultline_facts::Slot, Accessor)]) {
        if let [(slot, Accessor::Value)] = members {
            let node = self.node_of(env, *slot);
            return self.set_field(of, name, node);
        }
        let node = self.store.node();
        self.set_field(of, name, node);
        for (slot, accessor) in members {
            let value = self.node_of(env, *slot);
            match accessor {
                Accessor::Value => self.store.edge(value, node, false),
                _ => self.store.watch(value, Watch::Wrap { dst: node, setter: *accessor == Accessor::Setter }),
            }
        }
    }

    pub(crate) fn python_class_lookup(&mut self, of: Tok, name: Name, node: Node) {
        let raw = self.raw(of, name);
        self.store.watch(raw, Watch::Bind { dst: node, this: of, class: true });
        let Token::Class { class, env } = self.tokens.get(of) else { return };
        if let Some(meta) = self.class_of(class).2.metaclass {
            let meta = self.node_of(env, meta);
            self.store.watch(meta, Watch::Meta { dst: node, class: of, name });
        }
        for base in self.bases(of) {
            if matches!(self.tokens.get(base), Token::Class { .. }) {
                self.inherit_meta(of, base, name, node);
            }
        }
    }

    fn inherit_meta(&mut self, of: Tok, base: Tok, name: Name, node: Node) {
        let mut at = base;
        for _ in 0..16 {
            let Token::Class { class, env } = self.tokens.get(at) else { return };
            if let Some(meta) = self.class_of(class).2.metaclass {
                let meta = self.node_of(env, meta);
                self.store.watch(meta, Watch::Meta { dst: node, class: of, name });
                return;
            }
            match self.bases(at).first() {
                Some(next) => at = *next,
                None => return,
            }
        }
    }

    pub(crate) fn python_instance_lookup(&mut self, of: Tok, class: Tok, name: Name, node: Node) {
        let own = self.field(of, name);
        self.store.edge(own, node, false);
        self.add_look(of, name, node);
        let raw = self.raw(class, name);
        self.store.watch(raw, Watch::Bind { dst: node, this: of, class: false });
        if name == Name::CLASS {
            self.store.add(node, class);
        }
    }

    /// What a class and its ancestors define under a name, unbound.
    pub(crate) fn raw(&mut self, class: Tok, name: Name) -> Node {
        if let Some(node) = self.raws.get(&(class, name)) {
            return *node;
        }
        if !matches!(self.tokens.get(class), Token::Class { .. }) {
            return self.lookup(class, name);
        }
        let node = self.store.node();
        self.raws.insert((class, name), node);
        let own = self.field(class, name);
        self.store.edge(own, node, false);
        if self.stops_lookup(class, name) {
            return node;
        }
        if self.has_many_bases(class) {
            self.deferred.push_back(Deferred::Raw { class, name, node });
        } else {
            self.add_look(class, name, node);
            self.look_in_parents(class, name, node, true);
        }
        node
    }

    fn has_many_bases(&self, class: Tok) -> bool {
        matches!(self.tokens.get(class), Token::Class { class, .. } if self.class_of(class).2.bases.len() > 1)
    }

    /// Base classes in order, as far as they are known now.
    fn bases(&self, class: Tok) -> Vec<Tok> {
        let Token::Class { class, env } = self.tokens.get(class) else { return Vec::new() };
        let bases = self.class_of(class).2.bases.iter();
        let tokens = bases.flat_map(|slot| self.store.tokens(self.node_of(env, *slot)).to_vec());
        tokens.map(Tok).filter(|base| matches!(self.tokens.get(*base), Token::Class { .. } | Token::Path(_))).collect()
    }

    /// Python's linearisation, falling back to depth first where it has none.
    pub(crate) fn resolution_order(&self, class: Tok) -> Rc<[Tok]> {
        if let Some((order, size)) = self.orders.borrow().get(&class)
            && *size == self.base_count(order)
        {
            return Rc::clone(order);
        }
        let order: Rc<[Tok]> = self.linearise(class, 0, &mut FxHashMap::default()).into();
        let size = self.base_count(&order);
        self.orders.borrow_mut().insert(class, (Rc::clone(&order), size));
        order
    }

    /// How much is known of the bases of some classes: a known order holds until this grows.
    fn base_count(&self, classes: &[Tok]) -> usize {
        let count = |class: &Tok| match self.tokens.get(*class) {
            Token::Class { class, env } => {
                let bases = self.class_of(class).2.bases.iter();
                bases.map(|slot| self.store.tokens(self.node_of(env, *slot)).len()).sum()
            }
            _ => 0,
        };
        classes.iter().map(count).sum()
    }

    fn linearise(&self, class: Tok, depth: u32, known: &mut FxHashMap<Tok, Vec<Tok>>) -> Vec<Tok> {
        if let Some(order) = known.get(&class) {
            return order.clone();
        }
        let mut order = vec![class];
        if depth > MAX_ANCESTORS {
            return order;
        }
        // A class that inherits from itself ends here.
        known.insert(class, order.clone());
        let bases = self.bases(class);
        let mut lines: Vec<Vec<Tok>> = bases.iter().map(|base| self.linearise(*base, depth + 1, known)).collect();
        lines.push(bases);
        while lines.iter().any(|line| !line.is_empty()) {
            let heads = lines.iter().filter_map(|line| line.first()).copied();
            let good = heads.clone().find(|head| !lines.iter().any(|line| line.iter().skip(1).any(|tok| tok == head)));
            let Some(next) = good.or_else(|| heads.clone().next()) else { break };
            if !order.contains(&next) {
                order.push(next);
            }
            for line in &mut lines {
                line.retain(|tok| *tok != next);
            }
        }
        known.insert(class, order.clone());
        order
    }

    pub(crate) fn super_lookup(&mut self, class: Tok, this: Tok, name: Name, node: Node) {
        self.deferred.push_back(Deferred::Super { class, this, name, node });
    }

    pub(crate) fn resolve_deferred(&mut self, deferred: Deferred) {
        match deferred {
            Deferred::Raw { class, name, node } => {
                let order = self.resolution_order(class);
                self.look_along(&order[1..], name, node);
                // What arrives as a base later is asked besides.
                self.add_look(class, name, node);
            }
            Deferred::Super { class, this, name, node } => self.resolve_super(class, this, name, node),
        }
    }

    fn look_along(&mut self, order: &[Tok], name: Name, node: Node) {
        for class in order {
            if let Token::Path(path) = self.tokens.get(*class)
                && self.is_builtin_without(path, name)
            {
                continue;
            }
            if !matches!(self.tokens.get(*class), Token::Class { .. }) {
                let found = self.lookup(*class, name);
                self.store.edge(found, node, false);
                continue;
            }
            let own = self.field(*class, name);
            self.store.edge(own, node, false);
            if self.stops_lookup(*class, name) {
                return;
            }
        }
    }

    fn resolve_super(&mut self, class: Tok, this: Tok, name: Name, node: Node) {
        if !self.is_python_class(class) {
            return self.script_super(class, this, name, node);
        }
        let receiver = match self.tokens.get(this) {
            Token::Instance(of) => of,
            Token::Class { .. } => this,
            _ => class,
        };
        let order = self.resolution_order(receiver);
        let after = order.iter().position(|tok| *tok == class).map_or(&order[1..], |at| &order[at + 1..]);
        let raw = self.store.node();
        self.look_along(after, name, raw);
        if this == self.tokens.intern(Token::Nothing) {
            return;
        }
        self.store.watch(raw, Watch::Bind { dst: node, this, class: receiver == this });
    }

    fn script_super(&mut self, class: Tok, this: Tok, name: Name, node: Node) {
        let of = match self.tokens.get(this) {
            Token::Class { .. } => class,
            _ => self.tokens.intern(Token::Prototype(class)),
        };
        let index = self.parents(of);
        self.store.watch(index, Watch::Read { name, dst: node });
    }
}
