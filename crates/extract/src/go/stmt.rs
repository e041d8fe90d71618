//! Statements.

use faultline_facts::{Accessor, Key, Op, Slot, Test, TypePlace};
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, fields, kind, named},
    lower::{Bound, Lower, bare},
    span,
};

impl<'t> Lower<'t> {
    pub(super) fn block(&mut self, node: Node<'t>) {
        self.scoped(|lower| lower.statements(node));
    }

    /// Every statement directly inside a node.
    fn statements(&mut self, node: Node<'t>) {
        for inner in named(node) {
            match kind(inner) {
                Kind::Statements => self.statements(inner),
                _ => self.statement(inner),
            }
        }
    }

    pub(super) fn statement(&mut self, node: Node<'t>) {
        self.nested(node, |lower| {
            lower.statement_at(node);
            Some(())
        });
    }

    fn statement_at(&mut self, node: Node<'t>) {
        match kind(node) {
            Kind::Block => self.block(node),
            Kind::Var => self.var_declaration(node),
            Kind::Const => self.const_declaration(node),
            Kind::Type => self.type_declaration(node),
            Kind::ShortVar => self.short_variables(node),
            Kind::Assignment => self.assignment(node),
            Kind::Return => self.returns(node),
            Kind::Send => self.send(node),
            Kind::If => self.conditional(node),
            Kind::For => self.loops(node),
            Kind::Switch => self.switch(node),
            Kind::TypeSwitch => self.type_switch(node),
            Kind::Select => named(node).into_iter().for_each(|case| self.select_case(case)),
            Kind::Labeled => named(node).into_iter().skip(1).for_each(|inner| self.statement(inner)),
            Kind::ExpressionStatement | Kind::Go | Kind::Defer | Kind::Increment | Kind::Decrement => {
                for inner in named(node) {
                    self.effect(inner);
                }
            }
            Kind::Statements => self.statements(node),
            _ if node.is_error() => self.statements(node),
            Kind::Function | Kind::Method | Kind::Imports | Kind::Package | Kind::Other => {}
            _ => self.effect(node),
        }
    }

    /// The values of a list of expressions for `count` targets; one call may give them all.
    pub(super) fn sources(&mut self, values: &[Node<'t>], count: usize) -> Vec<Option<Slot>> {
        if let ([only], true) = (values, count > 1) {
            return self.unpacked(*only, count);
        }
        values.iter().map(|value| self.expr(*value)).collect()
    }

    fn unpacked(&mut self, value: Node<'t>, count: usize) -> Vec<Option<Slot>> {
        let Some(src) = self.expr(value) else { return Vec::new() };
        if kind(bare(value)) != Kind::Call {
            // `v, ok := m[k]`, `v, ok := x.(T)`, `v, ok := <-c`.
            return vec![Some(src)];
        }
        let mut parts = Vec::new();
        for index in 0..count {
            let dst = self.slot();
            let key = Key::Index(u32::try_from(index).unwrap_or(u32::MAX));
            self.push(Op::Load { dst, base: src, key }, span(value));
            parts.push(Some(dst));
        }
        parts
    }

    fn short_variables(&mut self, node: Node<'t>) {
        let left = field(node, Part::Left).map(named).unwrap_or_default();
        let right = field(node, Part::Right).map(named).unwrap_or_default();
        let sources = self.sources(&right, left.len());
        for (index, target) in left.iter().enumerate() {
            let src = sources.get(index).copied().flatten();
            self.short_variable(*target, src, right.get(index).copied());
        }
    }

    /// Declares a variable, or assigns it where this scope has it already.
    fn short_variable(&mut self, target: Node<'t>, src: Option<Slot>, value: Option<Node<'t>>) {
        let text = self.text(target);
        if text == "_" {
            return;
        }
        let known = self.scopes.last().and_then(|scope| scope.get(text)).cloned();
        let slot = if let Some(Bound::Value(slot)) = known {
            slot
        } else {
            let slot = self.slot();
            self.bind(text, Bound::Value(slot));
            slot
        };
        if let Some(src) = src {
            self.copy(slot, src, span(target));
        }
        if let Some(value) = value.filter(|value| matches!(kind(bare(*value)), Kind::Selector | Kind::Index)) {
            self.origins.insert(slot, bare(value));
        }
    }

    fn assignment(&mut self, node: Node<'t>) {
        let left = field(node, Part::Left).map(named).unwrap_or_default();
        let right = field(node, Part::Right).map(named).unwrap_or_default();
        let sources = self.sources(&right, left.len());
        for (index, target) in left.iter().enumerate() {
            match sources.get(index).copied().flatten() {
                Some(src) => self.assign(*target, src, 0),
                None => self.effect(*target),
            }
        }
    }

    /// Writes a value to an expression that can be assigned.
    pub(super) fn assign(&mut self, target: Node<'t>, src: Slot, depth: u32) {
        if depth > 16 {
            return;
        }
        match kind(target) {
            Kind::Identifier => self.assign_name(target, src),
            Kind::Selector => self.assign_field(target, src),
            Kind::Parenthesized => {
                if let Some(inner) = target.named_child(0) {
                    self.assign(inner, src, depth + 1);
                }
            }
            Kind::Index => {
                let Some(container) = field(target, Part::Operand) else { return };
                if let Some(index) = field(target, Part::IndexValue)
                    && let Some(key) = self.expr(index)
                {
                    // Keys of maps are read by `range` like elements.
                    self.write_into(container, key, depth + 1);
                }
                self.write_into(container, src, depth + 1);
            }
            // Through a slice or a pointer.
            Kind::Slice | Kind::Unary => {
                if let Some(container) = field(target, Part::Operand) {
                    self.write_into(container, src, depth + 1);
                }
            }
            _ => {}
        }
    }

    fn assign_name(&mut self, target: Node<'t>, src: Slot) {
        let text = self.text(target);
        match self.known(text) {
            Some(Bound::Value(slot)) => {
                let slot = *slot;
                self.copy(slot, src, span(target));
            }
            None if text != "_" => {
                let name = self.builder.sym(text);
                self.push(Op::StoreGlobal { name, src }, span(target));
            }
            _ => {}
        }
    }

    fn assign_field(&mut self, target: Node<'t>, src: Slot) {
        let (Some(operand), Some(name)) = (field(target, Part::Operand), field(target, Part::Member)) else {
            return;
        };
        let Some(base) = self.operand(operand) else { return };
        let key = Key::Named(self.sym(name));
        self.push(Op::Store { base, key, src, accessor: Accessor::Value }, span(target));
    }

    /// Writes a value into a container, through a pointer, or to a channel.
    pub(super) fn write_into(&mut self, container: Node<'t>, src: Slot, depth: u32) {
        if depth > 16 {
            return;
        }
        let container = bare(container);
        if let Some(base) = self.expr(container) {
            self.push(Op::Store { base, key: Key::Element, src, accessor: Accessor::Value }, span(container));
        }
        self.assign(container, src, depth + 1);
        if kind(container) != Kind::Identifier {
            return;
        }
        if let Some(Bound::Value(slot)) = self.known(self.text(container)) {
            let slot = *slot;
            self.note_written(slot);
            if let Some(origin) = self.origins.get(&slot).copied() {
                self.assign(origin, src, depth + 4);
            }
        }
    }

    fn returns(&mut self, node: Node<'t>) {
        let values: Vec<Node<'t>> = named(node).into_iter().flat_map(named).collect();
        let results = self.current.results.clone();
        if let ([only], true) = (&values[..], results.len() > 1) {
            if let Some(src) = self.expr(*only) {
                let id = self.current.id;
                let ret = self.builder.function_mut(id).ret;
                self.copy(ret, src, span(node));
            }
            return;
        }
        for (index, value) in values.iter().enumerate() {
            if let (Some(src), Some(dst)) = (self.expr(*value), results.get(index)) {
                self.copy(*dst, src, span(node));
            }
        }
    }

    fn send(&mut self, node: Node<'t>) {
        let (Some(channel), Some(value)) = (field(node, Part::Channel), field(node, Part::Value)) else { return };
        match self.expr(value) {
            Some(src) => self.write_into(channel, src, 0),
            None => self.effect(channel),
        }
    }

    fn conditional(&mut self, node: Node<'t>) {
        let mut next = Some(node);
        let mut scopes = 0;
        // A chain of `else if` is as long as its author wants.
        while let Some(node) = next.take() {
            self.scopes.push(rustc_hash::FxHashMap::default());
            scopes += 1;
            if let Some(initializer) = field(node, Part::Initializer) {
                self.statement(initializer);
            }
            if let Some(condition) = field(node, Part::Condition) {
                self.expr(condition);
            }
            if let Some(body) = field(node, Part::Consequence) {
                self.statement(body);
            }
            match field(node, Part::Alternative) {
                Some(other) if kind(other) == Kind::If => next = Some(other),
                Some(other) => self.statement(other),
                None => {}
            }
        }
        for _ in 0..scopes {
            self.scopes.pop();
        }
    }

    fn loops(&mut self, node: Node<'t>) {
        self.scoped(|lower| {
            for part in named(node) {
                match kind(part) {
                    Kind::ForClause => lower.for_clause(part),
                    Kind::RangeClause => lower.range(part),
                    Kind::Block => lower.statement(part),
                    _ => lower.effect(part),
                }
            }
        });
    }

    fn for_clause(&mut self, node: Node<'t>) {
        for part in [Part::Initializer, Part::Condition, Part::Update] {
            if let Some(part) = field(node, part) {
                self.statement(part);
            }
        }
    }

    fn range(&mut self, node: Node<'t>) {
        let source = field(node, Part::Right).and_then(|right| self.expr(right));
        let left = field(node, Part::Left).map(named).unwrap_or_default();
        let declares = (0..node.child_count()).filter_map(|index| node.child(index)).any(|child| child.kind() == ":=");
        for (index, target) in left.iter().enumerate() {
            let value = source.map(|src| self.ranged(src, *target, index));
            match value {
                _ if declares => self.short_variable(*target, value, None),
                Some(value) => self.assign(*target, value, 0),
                None => {}
            }
        }
    }

    /// The first variable of a range is a key or, of a channel or function, the element; the second the element.
    fn ranged(&mut self, src: Slot, target: Node<'t>, index: usize) -> Slot {
        let dst = self.slot();
        let key = if index == 0 { Op::Iterate { dst, src } } else { Op::Load { dst, base: src, key: Key::Element } };
        self.push(key, span(target));
        dst
    }

    fn switch(&mut self, node: Node<'t>) {
        self.scoped(|lower| {
            if let Some(initializer) = field(node, Part::Initializer) {
                lower.statement(initializer);
            }
            if let Some(value) = field(node, Part::Value) {
                lower.expr(value);
            }
            for case in named(node).into_iter().filter(|c| matches!(kind(*c), Kind::Case | Kind::DefaultCase)) {
                if let Some(values) = field(case, Part::Value) {
                    for value in named(values) {
                        lower.effect(value);
                    }
                }
                lower.scoped(|lower| lower.case_body(case));
            }
        });
    }

    fn case_body(&mut self, case: Node<'t>) {
        named(case).into_iter().filter(|n| kind(*n) == Kind::Statements).for_each(|list| self.statements(list));
    }

    fn type_switch(&mut self, node: Node<'t>) {
        self.scoped(|lower| {
            if let Some(initializer) = field(node, Part::Initializer) {
                lower.statement(initializer);
            }
            let value = field(node, Part::Value).and_then(|value| lower.expr(value));
            let alias = field(node, Part::Alias).and_then(|list| list.named_child(0));
            for case in named(node).into_iter().filter(|c| matches!(kind(*c), Kind::TypeCase | Kind::DefaultCase)) {
                lower.scoped(|lower| {
                    if let Some(alias) = alias {
                        lower.case_variable(alias, case, value);
                    }
                    lower.case_body(case);
                });
            }
        });
    }

    /// In a case of one type the variable has that type.
    fn case_variable(&mut self, alias: Node<'t>, case: Node<'t>, value: Option<Slot>) {
        let types = fields(case, Part::Type);
        let slot = self.slot();
        match (&types[..], value) {
            ([only], value) => self.narrow(slot, value, *only),
            (_, Some(src)) => self.copy(slot, src, span(alias)),
            _ => {}
        }
        let text = self.text(alias);
        self.bind(text, Bound::Value(slot));
    }

    /// `slot` is what of `value` has the type.
    pub(super) fn narrow(&mut self, slot: Slot, value: Option<Slot>, of: Node<'t>) {
        let types = self.types(of);
        self.typed(slot, &types, TypePlace::Instance, span(of));
        let Some(src) = value else { return };
        if types.is_empty() {
            self.copy(slot, src, span(of));
        }
        for class in types {
            self.push(Op::Narrow { dst: slot, src, test: Test::Instance(class) }, span(of));
        }
    }

    fn select_case(&mut self, case: Node<'t>) {
        self.scoped(|lower| {
            if let Some(communication) = field(case, Part::Communication) {
                match kind(communication) {
                    Kind::Receive => lower.receive(communication),
                    _ => lower.statement(communication),
                }
            }
            lower.case_body(case);
        });
    }

    fn receive(&mut self, node: Node<'t>) {
        let source = field(node, Part::Right).and_then(|right| self.expr(right));
        let left = field(node, Part::Left).map(named).unwrap_or_default();
        let declares = (0..node.child_count()).filter_map(|index| node.child(index)).any(|child| child.kind() == ":=");
        for (index, target) in left.iter().enumerate() {
            let value = source.filter(|_| index == 0);
            match value {
                _ if declares => self.short_variable(*target, value, None),
                Some(value) => self.assign(*target, value, 0),
                None => {}
            }
        }
    }
}
