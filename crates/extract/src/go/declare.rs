//! Package-level declarations.

use faultline_facts::{Call, CallKind, Callee, FunctionKind, Op, Slot, Sym, TypePlace};
use tree_sitter::Node;

use super::{
    function::Signature,
    kind::{Kind, Part, field, fields, kind, named},
    lower::{Bound, FILE, Lower},
    span,
};

impl<'t> Lower<'t> {
    /// The whole file.
    pub(super) fn file(&mut self, root: Node<'t>) {
        self.header(root);
        let declarations = top_level(root);
        for node in declarations.iter().filter(|node| kind(**node) == Kind::Imports) {
            self.import_declaration(*node);
        }
        for node in &declarations {
            self.declare(*node);
        }
        let mut starters = Vec::new();
        for node in &declarations {
            self.nested(*node, |lower| {
                lower.define(*node, &mut starters);
                Some(())
            });
        }
        for (slot, node) in starters {
            self.call_starter(slot, node);
        }
    }

    /// Gives every name of the file its slot.
    fn declare(&mut self, node: Node<'t>) {
        match kind(node) {
            Kind::Function => {
                let Some(name) = field(node, Part::Name) else { return };
                let text = self.text(name);
                if text == "main" {
                    self.note_main();
                }
                if text != "init" {
                    self.declare_value(name);
                }
            }
            Kind::Var => {
                for name in specs(node).into_iter().flat_map(|spec| fields(spec, Part::Name)) {
                    self.declare_value(name);
                }
            }
            Kind::Const => {
                for name in specs(node).into_iter().flat_map(|spec| fields(spec, Part::Name)) {
                    let text = self.text(name);
                    self.top.insert(text, Bound::Nothing);
                }
            }
            Kind::Type => {
                for spec in named(node) {
                    let Some(name) = field(spec, Part::Name) else { continue };
                    let slot = self.public(name);
                    let text = self.text(name);
                    self.top.insert(text, Bound::Type(slot));
                }
            }
            _ => {}
        }
    }

    fn note_main(&mut self) {
        let facts = self.builder.facts_mut();
        let package = facts.package.is_some_and(|sym| facts.text(sym) == "main");
        facts.flags.main_like |= package;
    }

    fn declare_value(&mut self, name: Node<'t>) {
        let text = self.text(name);
        if text != "_" && !self.top.contains_key(text) {
            let slot = self.public(name);
            self.top.insert(text, Bound::Value(slot));
        }
    }

    fn public(&mut self, name: Node<'t>) -> Slot {
        let sym: Sym = self.sym(name);
        let slot = self.builder.slot(FILE);
        self.builder.facts_mut().names.push((sym, slot));
        slot
    }

    fn define(&mut self, node: Node<'t>, starters: &mut Vec<(Slot, Node<'t>)>) {
        match kind(node) {
            Kind::Function => self.define_function(node, starters),
            Kind::Method => self.define_method(node),
            Kind::Var => self.var_declaration(node),
            Kind::Const => self.const_declaration(node),
            Kind::Type => self.type_declaration(node),
            // Statements stand at top level only where a file is damaged.
            Kind::Imports | Kind::Package | Kind::Comment => {}
            _ => self.statement(node),
        }
    }

    fn define_function(&mut self, node: Node<'t>, starters: &mut Vec<(Slot, Node<'t>)>) {
        let Some(name) = field(node, Part::Name) else { return };
        let text = self.text(name);
        let starts = text == "init";
        let qualified = if starts { format!("init#{}", starters.len() + 1) } else { text.to_owned() };
        let signature = Signature { name: text, qualified, kind: FunctionKind::Function, receiver: None, class: None };
        let function = self.function(node, &signature);
        let known = if starts { None } else { self.top.get(text).cloned() };
        let slot = match known {
            Some(Bound::Value(slot)) => slot,
            _ => self.builder.slot(FILE),
        };
        self.push_file(Op::Closure { dst: slot, function }, span(node));
        if starts {
            starters.push((slot, name));
        }
    }

    /// The runtime calls `init` functions when the package is loaded.
    fn call_starter(&mut self, slot: Slot, node: Node<'t>) {
        let result = self.builder.slot(FILE);
        let call = Call { kind: CallKind::Implicit, callee: Callee::Value(slot), args: Vec::new(), result };
        self.builder.call(FILE, call, span(node), None);
    }

    fn define_method(&mut self, node: Node<'t>) {
        let (Some(name), Some(receiver)) = (field(node, Part::Name), field(node, Part::Receiver)) else { return };
        let text = self.text(name);
        let owner = named(receiver).into_iter().find_map(|p| field(p, Part::Type)).map_or("", |of| self.owner(of));
        let signature = Signature {
            name: text,
            qualified: format!("{owner}.{text}"),
            kind: FunctionKind::Method,
            receiver: Some(receiver),
            class: None,
        };
        self.function(node, &signature);
    }

    /// The name of a receiver's type: no star, no type parameters.
    fn owner(&self, mut node: Node<'t>) -> &'t str {
        loop {
            let inner = match kind(node) {
                Kind::PointerType | Kind::ParenthesizedType => node.named_child(0),
                Kind::GenericType => field(node, Part::Type),
                _ => return self.text(node),
            };
            match inner {
                Some(inner) => node = inner,
                None => return "",
            }
        }
    }

    /// `var` in a file or in a function.
    pub(super) fn var_declaration(&mut self, node: Node<'t>) {
        for spec in specs(node) {
            let types = field(spec, Part::Type).map(|of| self.types(of)).unwrap_or_default();
            let names = fields(spec, Part::Name);
            let values = field(spec, Part::Value).map(named).unwrap_or_default();
            let sources = self.sources(&values, names.len());
            for (index, name) in names.iter().enumerate() {
                let slot = self.variable(*name);
                self.typed(slot, &types, TypePlace::Instance, span(*name));
                if values.is_empty() {
                    self.typed(slot, &types, TypePlace::Made, span(*name));
                }
                if let Some(src) = sources.get(index).copied().flatten() {
                    self.copy(slot, src, span(spec));
                }
            }
        }
    }

    /// The slot of a declared variable: a fresh one in a function.
    pub(super) fn variable(&mut self, name: Node<'t>) -> Slot {
        let text = self.text(name);
        if self.scopes.is_empty()
            && let Some(Bound::Value(slot)) = self.top.get(text)
        {
            return *slot;
        }
        let slot = self.slot();
        self.bind(text, Bound::Value(slot));
        slot
    }

    /// Constants have no callable parts, but their names hide others.
    pub(super) fn const_declaration(&mut self, node: Node<'t>) {
        if self.scopes.is_empty() {
            return;
        }
        for name in specs(node).into_iter().flat_map(|spec| fields(spec, Part::Name)) {
            let text = self.text(name);
            self.bind(text, Bound::Nothing);
        }
    }

    pub(super) fn type_declaration(&mut self, node: Node<'t>) {
        for spec in named(node) {
            let (Some(name), Some(of)) = (field(spec, Part::Name), field(spec, Part::Type)) else { continue };
            let text = self.text(name);
            let known = if self.scopes.is_empty() { self.top.get(text).cloned() } else { None };
            let slot = if let Some(Bound::Type(slot)) = known {
                slot
            } else {
                let slot = self.slot();
                self.bind(text, Bound::Type(slot));
                slot
            };
            self.scopes.push(rustc_hash::FxHashMap::default());
            self.type_parameters(spec);
            self.define_type(spec, (name, of), slot);
            self.scopes.pop();
        }
    }

    fn define_type(&mut self, spec: Node<'t>, (name, of): (Node<'t>, Node<'t>), slot: Slot) {
        if kind(spec) == Kind::TypeAlias {
            for src in self.types(of) {
                self.copy(slot, src, span(spec));
            }
            return;
        }
        let text = self.text(name);
        let qualified = match self.qualified.get(&self.current.id) {
            Some(outer) => format!("{outer}.{text}"),
            None => text.to_owned(),
        };
        let (name, qualified) = (self.builder.sym(text), self.builder.sym(&qualified));
        self.class(of, name, qualified, slot);
    }
}

/// Declarations of a file, also those inside of what could not be parsed.
fn top_level(root: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for node in named(root) {
        if node.is_error() {
            found.extend(named(node).into_iter().filter(|inner| {
                matches!(kind(*inner), Kind::Function | Kind::Method | Kind::Var | Kind::Type | Kind::Imports)
            }));
        } else {
            found.push(node);
        }
    }
    found
}

/// The specs of a `var` or `const` declaration, grouped or not.
fn specs(node: Node<'_>) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for child in named(node) {
        match kind(child) {
            Kind::VarSpec | Kind::ConstSpec => found.push(child),
            Kind::VarSpecs => found.extend(named(child).into_iter().filter(|c| kind(*c) == Kind::VarSpec)),
            _ => {}
        }
    }
    found
}
