//! Reading and writing properties, with known, computed and unknown names.

use faultline_facts::{Accessor, Callee, Facts, Imported, Key, Op, Slot};
use rustc_hash::FxHashSet;

use super::{FieldWatch, Func, Inst, Known, Mod, Node, Shape, Solver, Statics, Tok, Token, Watch};
use crate::{link::Target, names::Name};

impl Solver<'_> {
    /// A key that is known before solving.
    pub(crate) fn fixed_key(&mut self, module: Mod, key: Key) -> Option<Name> {
        Some(match key {
            Key::Named(sym) => self.name(module, sym),
            Key::Index(index) => self.index_name(index),
            Key::Element => Name::ELEMENT,
            Key::Item(sym) => {
                let name = self.name(module, sym);
                self.item(name)
            }
            Key::Computed(_) => return None,
        })
    }

    pub(crate) fn load(&mut self, inst: Inst, stmt: u32, base: Slot, key: Key) {
        let base = self.node_of(inst, base);
        self.store.fresh_watch(base, Watch::Load { inst, stmt });
        if let Key::Computed(key) = key {
            let key = self.node_of(inst, key);
            self.store.fresh_watch(key, Watch::LoadKey { inst, stmt });
            self.computed.push((inst, stmt));
        }
    }

    pub(crate) fn load_base(&mut self, inst: Inst, stmt: u32, base: Tok) {
        let Op::Load { dst, key, .. } = self.op(inst, stmt) else { return };
        let (dst, key) = (*dst, *key);
        let dst = self.node_of(inst, dst);
        let module = self.module_of_inst(inst);
        if self.is_go(module) {
            return self.go_load(inst, stmt, base, key, dst);
        }
        if let Some(name) = self.fixed_key(module, key) {
            return self.load_name(inst, stmt, base, name, dst);
        }
        let Key::Computed(slot) = key else { return };
        let key = self.node_of(inst, slot);
        for name in self.texts(key) {
            let name = self.key_name(base, name);
            self.load_name(inst, stmt, base, name, dst);
        }
        if self.is_list(base) {
            match self.known_index(inst, slot) {
                Some(index) => {
                    let name = self.index_name(index);
                    self.load_name(inst, stmt, base, name, dst);
                }
                None => self.read_elements(base, dst),
            }
        }
    }

    /// A known position, which may be a constant of another module.
    fn known_index(&mut self, inst: Inst, slot: Slot) -> Option<u32> {
        let known = self.known_value(inst, slot).or_else(|| self.imported_value(inst, slot))?;
        let Known::Int(index) = known else { return None };
        u32::try_from(index).ok()
    }

    fn imported_value(&mut self, inst: Inst, slot: Slot) -> Option<Known> {
        let module = self.module_of_inst(inst);
        let statics = self.statics(module);
        let slot = statics.trace(slot).err()?;
        let import = *statics.imported.get(&slot)?;
        let import = self.facts(module).imports.get(import.0 as usize)?;
        let Imported::Name(name) = import.what else { return None };
        let name = self.name(module, name);
        let facts = self.facts(module);
        let targets = self.linker.resolve(module, facts.text(import.specifier), import.level);
        let [Target::Module(target)] = targets[..] else { return None };
        let statics = self.statics(target);
        statics.trace(*statics.attributes.get(&name)?).ok()
    }

    pub(crate) fn load_key(&mut self, inst: Inst, stmt: u32, name: Name) {
        let Op::Load { dst, base, .. } = self.op(inst, stmt) else { return };
        let (dst, base) = (self.node_of(inst, *dst), self.node_of(inst, *base));
        for base in self.store.tokens(base).to_vec() {
            let name = self.key_name(Tok(base), name);
            self.load_name(inst, stmt, Tok(base), name, dst);
        }
    }

    /// Names among the tokens of a node.
    pub(crate) fn texts(&self, node: Node) -> Vec<Name> {
        let tokens = self.store.tokens(node).iter();
        tokens
            .filter_map(|tok| if let Token::Text(name) = self.tokens.get(Tok(*tok)) { Some(name) } else { None })
            .collect()
    }

    /// The property that a string names on an object: dictionaries keep items apart from attributes.
    pub(crate) fn key_name(&mut self, base: Tok, name: Name) -> Name {
        if matches!(self.tokens.get(base), Token::Object { shape: Shape::Dict, .. }) { self.item(name) } else { name }
    }

    fn is_list(&self, tok: Tok) -> bool {
        matches!(
            self.tokens.get(tok),
            Token::Object { shape: Shape::Array | Shape::Tuple | Shape::Set | Shape::Iterator, .. }
                | Token::Generator(_)
        )
    }

    pub(crate) fn load_name(&mut self, inst: Inst, stmt: u32, base: Tok, name: Name, dst: Node) {
        if name == Name::ELEMENT {
            return self.read_elements(base, dst);
        }
        let node = self.lookup(base, name);
        self.store.edge(node, dst, true);
        if self.accessor_names.contains(&name) || (self.has_descriptors && self.is_python_instance(base)) {
            self.store.watch(node, Watch::Getter { inst, stmt, this: base, dst });
        }
    }

    /// Everything that iterating or indexing may give.
    pub(crate) fn read_elements(&mut self, base: Tok, dst: Node) {
        if let Token::Path(_) = self.tokens.get(base) {
            let node = self.lookup(base, Name::ELEMENT);
            return self.store.edge(node, dst, true);
        }
        if matches!(self.tokens.get(base), Token::Text(_) | Token::AnyText | Token::Nothing) {
            return;
        }
        self.watch_fields(base, FieldWatch::Elements { dst });
    }

    /// What `for … of` gives: keys of a dictionary, elements of anything else.
    pub(crate) fn iterate(&mut self, base: Tok, dst: Node) {
        if matches!(self.tokens.get(base), Token::Instance(class) if self.is_go_class(class)) {
            return self.go_element(base, dst);
        }
        if let Token::Object { shape: Shape::Dict, .. } = self.tokens.get(base) {
            self.watch_fields(base, FieldWatch::Names { dst });
        } else if let Token::Object { shape: Shape::Map, .. } = self.tokens.get(base) {
            self.map_entries(base, dst);
        } else {
            self.read_elements(base, dst);
        }
    }

    /// Pairs of a map: an array whose second element is a value.
    fn map_entries(&mut self, base: Tok, dst: Node) {
        let Token::Object { inst, stmt, .. } = self.tokens.get(base) else { return };
        let pair = self.tokens.intern(Token::Object { inst, stmt, part: 200, shape: Shape::Array });
        let one = self.index_name(1);
        let value = self.write_field(pair, one);
        let (zero, keys) = (self.index_name(0), self.field(base, Name::KEYS));
        let key = self.write_field(pair, zero);
        self.store.edge(keys, key, true);
        self.watch_fields(base, FieldWatch::Elements { dst: value });
        self.store.add(dst, pair);
    }

    pub(crate) fn store_op(&mut self, inst: Inst, module: Mod, stmt: u32, (base, key, src): (Slot, Key, Slot)) {
        let base_node = self.node_of(inst, base);
        let Key::Computed(key) = key else {
            return self.store.fresh_watch(base_node, Watch::Store { inst, stmt });
        };
        let key_node = self.node_of(inst, key);
        let statics = self.statics(module);
        if let Some((from, read)) = statics.read_by_key(src)
            && statics.same(read, key)
        {
            let from = self.node_of(inst, from);
            self.store.watch(from, Watch::CopyNamed { dst: base_node, key: key_node });
        } else {
            self.store.fresh_watch(base_node, Watch::Store { inst, stmt });
            self.store.fresh_watch(key_node, Watch::StoreKey { inst, stmt });
        }
        self.computed.push((inst, stmt));
    }

    pub(crate) fn store_base(&mut self, inst: Inst, stmt: u32, base: Tok) {
        if self.is_go(self.module_of_inst(inst)) {
            return self.go_store_op(inst, stmt, base);
        }
        let Op::Store { key, src, accessor, .. } = self.op(inst, stmt) else { return };
        let (key, accessor) = (*key, *accessor);
        let src = self.node_of(inst, *src);
        let module = self.module_of_inst(inst);
        if let Some(name) = self.fixed_key(module, key) {
            return self.store_name(inst, stmt, base, name, src, accessor);
        }
        let Key::Computed(key) = key else { return };
        let key = self.node_of(inst, key);
        for name in self.texts(key) {
            let name = self.key_name(base, name);
            self.store_name(inst, stmt, base, name, src, accessor);
        }
        if self.is_list(base) {
            let elements = self.write_field(base, Name::ELEMENT);
            self.store.edge(src, elements, true);
        }
    }

    pub(crate) fn store_key(&mut self, inst: Inst, stmt: u32, name: Name) {
        let Op::Store { base, src, accessor, .. } = self.op(inst, stmt) else { return };
        let (base, src, accessor) = (self.node_of(inst, *base), self.node_of(inst, *src), *accessor);
        for base in self.store.tokens(base).to_vec() {
            let name = self.key_name(Tok(base), name);
            self.store_name(inst, stmt, Tok(base), name, src, accessor);
        }
    }

    fn store_name(&mut self, inst: Inst, stmt: u32, base: Tok, name: Name, src: Node, accessor: Accessor) {
        let base = match self.tokens.get(base) {
            Token::Super { this, .. } => this,
            _ => base,
        };
        if !self.may_hold(base) && !self.is_global_object(base) {
            return;
        }
        if accessor != Accessor::Value {
            return self.define_accessor(base, name, src, accessor == Accessor::Setter);
        }
        self.write(base, name, src);
        if self.accessor_names.contains(&name) || (self.has_descriptors && self.is_python_instance(base)) {
            let node = self.lookup(base, name);
            self.store.watch(node, Watch::Setter { inst, stmt, this: base, src });
        }
    }

    /// False for what has no properties, and for objects from outside: they are many under one name, so
    /// what is written to them is not kept.
    pub(crate) fn may_hold(&self, tok: Tok) -> bool {
        match self.tokens.get(tok) {
            Token::Text(_) | Token::AnyText | Token::Nothing | Token::Getter(_) | Token::Setter(_) => false,
            Token::Path(path) => {
                let text = self.path_text(path);
                text.ends_with("prototype") || text.ends_with("(argument)")
            }
            _ => true,
        }
    }

    /// `globalThis` by any of its names.
    pub(crate) fn is_global_object(&self, tok: Tok) -> bool {
        let Token::Path(path) = self.tokens.get(tok) else { return false };
        matches!(self.path_text(path), "js:globalThis" | "js:global" | "js:window" | "js:self")
    }

    /// Writes a value to an own property.
    pub(crate) fn write(&mut self, base: Tok, name: Name, src: Node) {
        if self.is_global_object(base) {
            let global = self.global_node(name);
            return self.store.edge(src, global, true);
        }
        if !self.may_hold(base) {
            return;
        }
        if name == Name::PROTO {
            let parents = self.parents(base);
            return self.store.edge(src, parents, true);
        }
        let field = self.write_field(base, name);
        self.store.edge(src, field, false);
    }

    pub(crate) fn define_accessor(&mut self, base: Tok, name: Name, function: Node, setter: bool) {
        let field = self.write_field(base, name);
        self.store.watch(function, Watch::Wrap { dst: field, setter });
        self.note_accessor(name);
    }

    /// A property may be an accessor: loads of that name must look for one.
    pub(crate) fn note_accessor(&mut self, name: Name) {
        if self.accessor_names.insert(name) {
            self.late_accessors.push(name);
        }
    }

    /// Any attribute of an instance may be a descriptor where such classes exist.
    fn is_python_instance(&self, tok: Tok) -> bool {
        matches!(self.tokens.get(tok), Token::Instance(class) if self.is_python_class(class))
    }

    pub(crate) fn collect_accessor_names(&mut self, facts: &Facts, statics: &Statics) {
        let named = |member: &faultline_facts::Member| statics.names[member.name.0 as usize] == Name::DUNDER_GET;
        self.has_descriptors |= facts.classes.iter().any(|class| class.members.iter().any(named));
        for member in facts.classes.iter().flat_map(|class| &class.members) {
            if member.accessor != Accessor::Value {
                self.note_accessor(statics.names[member.name.0 as usize]);
            }
        }
        for stmt in facts.functions.iter().flat_map(|function| &function.body) {
            if let Op::Store { key: Key::Named(sym), accessor, .. } = &stmt.op
                && *accessor != Accessor::Value
            {
                self.note_accessor(statics.names[sym.0 as usize]);
            }
        }
    }

    /// Loads that were made before their name was known to be an accessor's.
    pub(crate) fn register_late_accessors(&mut self) {
        if self.late_accessors.is_empty() {
            return;
        }
        let late = std::mem::take(&mut self.late_accessors);
        for index in 0..self.insts.len() {
            let inst = Inst(index as u32);
            if self.inst(inst).entered {
                self.register_late_in(inst, &late);
            }
        }
    }

    fn register_late_in(&mut self, inst: Inst, late: &[Name]) {
        let function = self.function(self.inst(inst).func);
        let module = self.module_of_inst(inst);
        for (stmt, op) in function.body.iter().map(|stmt| &stmt.op).enumerate() {
            let (Op::Load { base, key: Key::Named(sym), .. } | Op::Store { base, key: Key::Named(sym), .. }) = op
            else {
                continue;
            };
            let name = self.name(module, *sym);
            if !late.contains(&name) {
                continue;
            }
            let base = self.node_of(inst, *base);
            for base in self.store.tokens(base).to_vec() {
                match op {
                    Op::Load { .. } => self.load_base(inst, stmt as u32, Tok(base)),
                    _ => self.store_base(inst, stmt as u32, Tok(base)),
                }
            }
        }
    }

    /// Computed keys of which nothing is known: any property. Where another instance of the same statement
    /// knows names, those are believed to be all.
    pub(crate) fn widen_computed(&mut self) {
        let mut known: FxHashSet<(Func, u32)> = FxHashSet::default();
        for (inst, stmt) in &self.computed {
            if self.computed_key(*inst, *stmt).is_some_and(|key| !self.is_unknown_key(key)) {
                known.insert((self.inst(*inst).func, *stmt));
            }
        }
        for index in 0..self.computed.len() {
            let (inst, stmt) = self.computed[index];
            if !known.contains(&(self.inst(inst).func, stmt)) {
                self.widen_site(inst, stmt);
            }
        }
    }

    fn computed_key(&self, inst: Inst, stmt: u32) -> Option<Node> {
        let key = match self.op(inst, stmt) {
            Op::Load { key: Key::Computed(key), .. } | Op::Store { key: Key::Computed(key), .. } => *key,
            Op::Call { call } => match self.facts(self.module_of_inst(inst)).calls[*call as usize].callee {
                Callee::Method { key: Key::Computed(key), .. } => key,
                _ => return None,
            },
            _ => return None,
        };
        Some(self.node_of(inst, key))
    }

    fn widen_site(&mut self, inst: Inst, stmt: u32) {
        match self.op(inst, stmt) {
            Op::Load { dst, base, key: Key::Computed(key) } => {
                let index = self.known_index(inst, *key).is_some();
                let [dst, base, key] = [*dst, *base, *key].map(|slot| self.node_of(inst, slot));
                self.widen_load(base, key, dst, index);
            }
            Op::Store { base, key: Key::Computed(key), src, .. } => {
                let [base_node, key_node, src_node] = [*base, *key, *src].map(|slot| self.node_of(inst, slot));
                let module = self.module_of_inst(inst);
                let statics = self.statics(module);
                let copied = statics.read_by_key(*src).filter(|(_, read)| statics.same(*read, *key));
                let from = copied.map(|(from, _)| self.node_of(inst, from));
                self.widen_store(base_node, key_node, src_node, from);
            }
            Op::Call { call } => self.widen_call(inst, stmt, *call),
            _ => {}
        }
    }

    pub(crate) fn is_unknown_key(&self, key: Node) -> bool {
        let tokens = self.store.tokens(key);
        tokens.contains(&Tok::ANY_TEXT.0) || !tokens.iter().any(|tok| Tok(*tok).is_text())
    }

    /// Objects of which "any property" may be asked.
    pub(crate) fn is_table(&self, tok: Tok) -> bool {
        matches!(
            self.tokens.get(tok),
            Token::Object { .. } | Token::Exports(_) | Token::Module(_) | Token::Instance(_) | Token::Prototype(_)
        )
    }

    /// `index`: the position is known, which answers for lists.
    fn widen_load(&mut self, base: Node, key: Node, dst: Node, index: bool) {
        if !self.is_unknown_key(key) {
            return;
        }
        for base in self.store.tokens(base).to_vec() {
            if index && self.is_list(Tok(base)) {
                continue;
            }
            if self.is_table(Tok(base)) {
                self.watch_fields(Tok(base), FieldWatch::Values { dst });
            } else if matches!(self.tokens.get(Tok(base)), Token::Path(_)) {
                self.read_elements(Tok(base), dst);
            }
        }
    }

    fn widen_store(&mut self, base: Node, key: Node, src: Node, from: Option<Node>) {
        if !self.is_unknown_key(key) {
            return;
        }
        if let Some(from) = from {
            return self.store.watch(from, Watch::SpreadFrom { dst: base });
        }
        for base in self.store.tokens(base).to_vec() {
            // What is exported or inherited is asked for by name; a table is asked by key as it was filled.
            if matches!(self.tokens.get(Tok(base)), Token::Exports(_) | Token::Prototype(_) | Token::Class { .. }) {
                let any = self.any_field(Tok(base));
                self.store.edge(src, any, true);
            } else if self.is_table(Tok(base)) && self.may_hold(Tok(base)) {
                let elements = self.write_field(Tok(base), Name::ELEMENT);
                self.store.edge(src, elements, true);
            }
        }
    }

    /// Copies every property of one object to another, name by name.
    pub(crate) fn copy_properties(&mut self, src: Tok, dst: Tok) {
        if src == dst || !self.may_hold(dst) {
            return;
        }
        if let Token::Path(_) = self.tokens.get(src) {
            return;
        }
        self.watch_fields(src, FieldWatch::CopyTo { dst });
    }

    pub(crate) fn fire_field(&mut self, watcher: FieldWatch, of: Tok, name: Name, node: Node) {
        match watcher {
            FieldWatch::CopyTo { dst } => {
                let to = self.write_field(dst, name);
                self.store.edge(node, to, false);
            }
            FieldWatch::Names { dst } => self.add_name(name, dst),
            FieldWatch::Values { dst } => self.store.edge(node, dst, true),
            FieldWatch::Elements { dst } => {
                if self.is_element(of, name) {
                    self.store.edge(node, dst, true);
                }
            }
            FieldWatch::HandOut { call, depth } => self.store.watch(node, Watch::HandOut { call, depth }),
            FieldWatch::Define { object } => self.store.watch(node, Watch::Descriptor { object, name }),
            FieldWatch::Keyword { callee } => self.bind_keyword_item(callee, name, node),
            FieldWatch::Position { call, callee, at } => self.bind_position_item(call, callee, at, name, node),
        }
    }

    fn add_name(&mut self, name: Name, dst: Node) {
        let text = self.names.text(name);
        if text.starts_with('@') || name == Name::ELEMENT {
            return;
        }
        let plain = text.strip_prefix('\'').map(ToOwned::to_owned);
        let name = plain.map_or(name, |text| self.names.intern(&text));
        self.add(dst, Token::Text(name));
    }

    fn is_element(&self, of: Tok, name: Name) -> bool {
        let dictionary = matches!(self.tokens.get(of), Token::Object { shape: Shape::Dict, .. });
        self.is_index(name) || (dictionary && self.names.text(name).starts_with('\''))
    }
}
