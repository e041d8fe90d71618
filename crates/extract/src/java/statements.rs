//! Statements.

use faultline_facts::{CallKind, Key, Op, Slot, Test};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::{
    Lower,
    classes::declarators,
    members::with_dimensions,
    names::{child, children, is_class},
};

impl Lower<'_> {
    /// Statements in a scope of their own.
    pub(super) fn block(&mut self, node: Node<'_>) {
        self.scoped(|lower| {
            for statement in children(node) {
                if statement.kind() != "explicit_constructor_invocation" {
                    lower.statement(statement);
                }
            }
        });
    }

    pub(super) fn scoped(&mut self, inside: impl FnOnce(&mut Self)) {
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.push(FxHashMap::default());
        }
        inside(self);
        if let Some(frame) = self.frames.last_mut() {
            frame.scopes.pop();
        }
    }

    pub(super) fn statement(&mut self, node: Node<'_>) {
        match node.kind() {
            "block" | "constructor_body" => self.block(node),
            "local_variable_declaration" => self.variables(node),
            "return_statement" => {
                if let Some(value) = children(node).into_iter().next() {
                    let src = self.value(value);
                    let function = self.function();
                    let dst = self.builder.function_mut(function).ret;
                    self.emit(Op::Copy { dst, src }, node);
                }
            }
            "throw_statement" => {
                for value in children(node) {
                    let src = self.value(value);
                    let name = self.builder.sym("@thrown");
                    self.emit(Op::StoreGlobal { name, src }, node);
                }
            }
            "yield_statement" => {
                let target = self.frames.last().and_then(|frame| frame.yields.last().copied());
                for value in children(node) {
                    let src = self.value(value);
                    if let Some(dst) = target {
                        self.emit(Op::Copy { dst, src }, node);
                    }
                }
            }
            "enhanced_for_statement" => self.scoped(|lower| lower.for_each(node)),
            "for_statement" => self.scoped(|lower| lower.parts_of(node)),
            "try_statement" | "try_with_resources_statement" => self.attempt(node),
            "switch_expression" => {
                self.value(node);
            }
            kind if is_class(kind) => self.local_class(node),
            "break_statement" | "continue_statement" | "line_comment" | "block_comment" => {}
            _ => self.parts_of(node),
        }
    }

    /// Everything inside, in order: conditions and bodies of `if`, `while`, labels, expressions.
    fn parts_of(&mut self, node: Node<'_>) {
        for part in children(node) {
            if is_statement(part) {
                self.statement(part);
            } else if part.kind() != "identifier" {
                self.value(part);
            }
        }
    }

    fn variables(&mut self, node: Node<'_>) {
        let ty = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty)).unwrap_or_default();
        for declarator in declarators(node) {
            let Some(name) = declarator.child_by_field_name("name") else { continue };
            let ty = with_dimensions(&ty, declarator.child_by_field_name("dimensions").map(|d| self.text(d)));
            let slot = self.variable(self.text(name), &ty, declarator);
            if let Some(value) = declarator.child_by_field_name("value") {
                let src = self.value(value);
                self.emit(Op::Copy { dst: slot, src }, declarator);
            }
        }
    }

    /// Declares a local variable.
    pub(super) fn variable(&mut self, name: &str, ty: &str, node: Node<'_>) -> Slot {
        let slot = self.slot();
        if !ty.is_empty() && ty.split('|').next().and_then(|ty| ty.rsplit('.').next()) != Some("var") {
            self.typed(slot, ty, node);
        }
        self.declare(name, slot);
        slot
    }

    fn for_each(&mut self, node: Node<'_>) {
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value")) else {
            return;
        };
        let src = self.value(value);
        let ty = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty)).unwrap_or_default();
        let dst = self.variable(self.text(name), &ty, node);
        self.emit(Op::Iterate { dst, src }, value);
        if value.kind() != "array_creation_expression" {
            let [iterator, more, element] = [(); 3].map(|()| self.slot());
            let implicit = CallKind::Implicit;
            self.call(implicit, src, "java.lang.Iterable#iterator()java.util.Iterator", Vec::new(), iterator, value);
            self.call(implicit, iterator, "java.util.Iterator#hasNext()boolean", Vec::new(), more, value);
            self.call(implicit, iterator, "java.util.Iterator#next()java.lang.Object", Vec::new(), element, value);
            self.emit(Op::Copy { dst, src: element }, value);
        }
        if let Some(body) = node.child_by_field_name("body") {
            self.statement(body);
        }
    }

    fn attempt(&mut self, node: Node<'_>) {
        self.scoped(|lower| {
            if let Some(resources) = node.child_by_field_name("resources") {
                for resource in children(resources) {
                    lower.resource(resource);
                }
            }
            if let Some(body) = node.child_by_field_name("body") {
                lower.statement(body);
            }
        });
        for clause in children(node) {
            match clause.kind() {
                "catch_clause" => self.scoped(|lower| lower.catch(clause)),
                "finally_clause" => children(clause).into_iter().for_each(|block| self.statement(block)),
                _ => {}
            }
        }
    }

    fn resource(&mut self, node: Node<'_>) {
        let slot = match (node.child_by_field_name("name"), node.child_by_field_name("value")) {
            (Some(name), Some(value)) => {
                let ty = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty));
                let slot = self.variable(self.text(name), &ty.unwrap_or_default(), node);
                let src = self.value(value);
                self.emit(Op::Copy { dst: slot, src }, node);
                slot
            }
            _ => match children(node).into_iter().next() {
                Some(value) => self.value(value),
                None => return,
            },
        };
        let result = self.slot();
        self.call(CallKind::Implicit, slot, "java.lang.AutoCloseable#close()void", Vec::new(), result, node);
    }

    fn catch(&mut self, clause: Node<'_>) {
        if let Some(parameter) = child(clause, "catch_formal_parameter")
            && let Some(name) = parameter.child_by_field_name("name")
        {
            let types: Vec<Node<'_>> = child(parameter, "catch_type").map(children).unwrap_or_default();
            let slot = self.slot();
            self.declare(self.text(name), slot);
            let thrown = self.slot();
            let sym = self.builder.sym("@thrown");
            self.emit(Op::Global { dst: thrown, name: sym }, parameter);
            for ty in types {
                let ty = self.names.erased(self.source, ty);
                let class = self.global(&ty, parameter);
                self.emit(Op::Narrow { dst: slot, src: thrown, test: Test::Instance(class) }, parameter);
            }
        }
        if let Some(body) = clause.child_by_field_name("body") {
            self.statement(body);
        }
    }

    /// A `switch`, as statement or expression.
    pub(super) fn switch(&mut self, node: Node<'_>) -> Slot {
        let result = self.slot();
        let subject = node.child_by_field_name("condition").map(|condition| self.value(condition));
        if let Some(frame) = self.frames.last_mut() {
            frame.yields.push(result);
        }
        for group in node.child_by_field_name("body").map(children).unwrap_or_default() {
            self.scoped(|lower| {
                for part in children(group) {
                    match part.kind() {
                        "switch_label" => lower.label(part, subject),
                        "expression_statement" if group.kind() == "switch_rule" => {
                            for value in children(part) {
                                let src = lower.value(value);
                                lower.emit(Op::Copy { dst: result, src }, part);
                            }
                        }
                        _ => lower.statement(part),
                    }
                }
            });
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.yields.pop();
        }
        result
    }

    fn label(&mut self, label: Node<'_>, subject: Option<Slot>) {
        for part in children(label) {
            match part.kind() {
                "pattern" | "type_pattern" | "record_pattern" => {
                    if let Some(subject) = subject {
                        self.pattern(part, subject);
                    }
                }
                "guard" => self.parts_of(part),
                _ => {}
            }
        }
    }

    /// Binds the names of a pattern.
    pub(super) fn pattern(&mut self, node: Node<'_>, subject: Slot) {
        match node.kind() {
            "pattern" => children(node).into_iter().for_each(|inner| self.pattern(inner, subject)),
            "type_pattern" | "record_pattern_component" => {
                let inner = children(node);
                let name = inner.iter().rfind(|n| n.kind() == "identifier");
                let ty = inner.iter().find(|n| n.kind() != "identifier" && n.kind() != "modifiers");
                if let (Some(name), Some(ty)) = (name, ty) {
                    let ty = self.names.erased(self.source, *ty);
                    let slot = self.narrowed(subject, &ty, node);
                    self.declare(self.text(*name), slot);
                }
            }
            "record_pattern" => {
                for component in child(node, "record_pattern_body").map(children).unwrap_or_default() {
                    let part = self.slot();
                    self.emit(Op::Load { dst: part, base: subject, key: Key::Element }, component);
                    self.pattern(component, part);
                }
            }
            _ => {}
        }
    }

    /// A slot with the part of a value that is of a type.
    pub(super) fn narrowed(&mut self, src: Slot, ty: &str, node: Node<'_>) -> Slot {
        let class = self.global(ty, node);
        let dst = self.slot();
        self.emit(Op::Narrow { dst, src, test: Test::Instance(class) }, node);
        dst
    }
}

fn is_statement(node: Node<'_>) -> bool {
    let kind = node.kind();
    kind.ends_with("_statement") || kind == "block" || kind == "local_variable_declaration" || is_class(kind)
}
