//! Expressions: each gives a slot.

use faultline_facts::{Accessor, CallKind, Const, Key, ObjectKind, Op, Slot, jvm};
use tree_sitter::Node;

use super::{
    Lower,
    names::{child, children, plain},
};

impl Lower<'_> {
    /// Lowers an expression; the slot holds its value.
    pub(super) fn value(&mut self, node: Node<'_>) -> Slot {
        match node.kind() {
            "parenthesized_expression" => self.last_of(node),
            "identifier" => self.identifier(node),
            "this" => self.this().unwrap_or_else(|| self.slot()),
            "field_access" => self.field_access(node),
            "method_invocation" => self.method_invocation(node),
            "object_creation_expression" => self.creation(node),
            "lambda_expression" => self.lambda(node),
            "method_reference" => self.method_reference(node),
            "assignment_expression" => self.assignment(node),
            "binary_expression" => self.binary(node),
            "ternary_expression" => self.ternary(node),
            "cast_expression" => self.cast(node),
            "instanceof_expression" => self.instance_of(node),
            "switch_expression" => self.switch(node),
            "array_access" => self.array_access(node),
            "array_creation_expression" => self.array_creation(node),
            "array_initializer" => self.array(node, None),
            "class_literal" => {
                let ty = children(node).into_iter().next().map(|ty| self.names.erased(self.source, ty));
                let src = self.global(&ty.unwrap_or_default(), node);
                let dst = self.slot();
                self.typed(dst, "java.lang.Class", node);
                self.emit(Op::Copy { dst, src }, node);
                dst
            }
            _ => self.literal(node),
        }
    }

    fn literal(&mut self, node: Node<'_>) -> Slot {
        let dst = self.slot();
        let value = match node.kind() {
            "string_literal" => {
                let text = self.string_text(node);
                Const::Str(self.builder.sym(&text))
            }
            "decimal_integer_literal" | "hex_integer_literal" | "octal_integer_literal" | "binary_integer_literal" => {
                let text = self.text(node);
                if text.ends_with(['l', 'L']) {
                    self.typed(dst, "long", node);
                    return dst;
                }
                Const::Int(text.replace('_', "").parse().unwrap_or_default())
            }
            "decimal_floating_point_literal" | "hex_floating_point_literal" => {
                if self.text(node).ends_with(['f', 'F']) {
                    self.typed(dst, "float", node);
                    return dst;
                }
                Const::Num(0.0)
            }
            "true" => Const::Bool(true),
            "false" => Const::Bool(false),
            "null_literal" => Const::Null,
            "character_literal" => {
                self.typed(dst, "char", node);
                return dst;
            }
            _ => return self.last_of(node),
        };
        self.emit(Op::Const { dst, value }, node);
        dst
    }

    /// The last of the expressions inside; all are evaluated.
    fn last_of(&mut self, node: Node<'_>) -> Slot {
        let mut last = None;
        for inner in children(node) {
            last = Some(self.value(inner));
        }
        last.unwrap_or_else(|| self.slot())
    }

    fn identifier(&mut self, node: Node<'_>) -> Slot {
        let name = self.text(node);
        if let Some(slot) = self.local(name) {
            return slot;
        }
        let dst = self.slot();
        if let Some(owner) = self.names.static_owner(name) {
            let base = self.global(&owner, node);
            let key = Key::Named(self.builder.sym(name));
            self.emit(Op::Load { dst, base, key }, node);
            return dst;
        }
        let base = self.receiver(node);
        let key = self.field_key(name);
        let key = Key::Named(self.builder.sym(&key));
        self.emit(Op::Load { dst, base, key }, node);
        dst
    }

    /// A field of a class around, or what a class of that name would be called.
    fn field_key(&self, name: &str) -> String {
        let key = jvm::unqualified(name);
        if !name.starts_with(|c: char| c.is_uppercase()) {
            return key;
        }
        let class = self.names.class_name(name);
        format!("{key}:{}", jvm::plain(&class))
    }

    /// The object that unqualified members are of, or the class in static code.
    pub(super) fn receiver(&mut self, node: Node<'_>) -> Slot {
        if let Some(this) = self.this() {
            return this;
        }
        let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        self.global(&own, node)
    }

    /// The class that an expression of names means, when its spelling says so.
    pub(super) fn class_like(&self, node: Node<'_>) -> Option<String> {
        let name = match node.kind() {
            "identifier" | "type_identifier" => self.text(node).to_owned(),
            "field_access" | "scoped_type_identifier" | "scoped_identifier" => plain(self.text(node)),
            "generic_type" | "array_type" => return Some(self.names.erased(self.source, node)),
            _ => return None,
        };
        let first = name.split('.').next()?;
        if self.local(first).is_some() || !name.split('.').all(|part| part.starts_with(|c: char| c.is_alphabetic())) {
            return None;
        }
        let parts: Vec<&str> = name.split('.').collect();
        let class = parts.iter().position(|part| part.starts_with(|c: char| c.is_uppercase()))?;
        let is_constant = |part: &&str| part.len() > 1 && !part.contains(|c: char| c.is_lowercase());
        let rest = &parts[class + 1..];
        let nested = rest.iter().all(|part| part.starts_with(|c: char| c.is_uppercase()) && !is_constant(part));
        // A lone name in capitals may be a constant that is inherited.
        (nested && !(parts.len() == 1 && is_constant(&parts[0]))).then(|| self.names.qualified(&name))
    }

    fn field_access(&mut self, node: Node<'_>) -> Slot {
        let (Some(object), Some(field)) = (node.child_by_field_name("object"), node.child_by_field_name("field"))
        else {
            return self.last_of(node);
        };
        if field.kind() == "this" {
            return self.outer_this(object, node);
        }
        if let Some(class) = self.class_like(node) {
            return self.global(&class, node);
        }
        let base = self.base(object);
        let name = self.text(field);
        let dst = self.slot();
        let key = if object.kind() == "this" {
            let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
            jvm::owned(&own, name)
        } else {
            name.to_owned()
        };
        let key = Key::Named(self.builder.sym(&key));
        self.emit(Op::Load { dst, base, key }, node);
        dst
    }

    /// What stands before a dot: a class or a value.
    pub(super) fn base(&mut self, object: Node<'_>) -> Slot {
        match self.class_like(object) {
            Some(class) => self.global(&class, object),
            None => self.value(object),
        }
    }

    /// `Outer.this`: the receiver of the function around that is a method of that class.
    fn outer_this(&mut self, object: Node<'_>, node: Node<'_>) -> Slot {
        let name = plain(self.text(object));
        let at = self.classes.iter().rposition(|class| class.name.rsplit(['.', '$']).next() == Some(name.as_str()));
        let frames = match at.and_then(|at| self.classes.get(at + 1)) {
            Some(inner) => &self.frames[..inner.functions.min(self.frames.len())],
            None => &self.frames[..],
        };
        if let Some(this) = frames.iter().rev().find_map(|frame| frame.this) {
            return this;
        }
        let slot = self.slot();
        let ty = self.names.class_name(&name);
        self.typed(slot, &ty, node);
        slot
    }

    fn assignment(&mut self, node: Node<'_>) -> Slot {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right")) else {
            return self.last_of(node);
        };
        let src = self.value(right);
        match left.kind() {
            "identifier" => {
                let name = self.text(left);
                if let Some(dst) = self.local(name) {
                    self.emit(Op::Copy { dst, src }, node);
                } else {
                    let base = self.receiver(left);
                    let key = Key::Named(self.builder.sym(&jvm::unqualified(name)));
                    self.emit(Op::Store { base, key, src, accessor: Accessor::Value }, node);
                }
            }
            "field_access" => {
                let (Some(object), Some(field)) =
                    (left.child_by_field_name("object"), left.child_by_field_name("field"))
                else {
                    return src;
                };
                let base = self.base(object);
                let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
                let name = self.text(field);
                let key = if object.kind() == "this" { jvm::owned(&own, name) } else { name.to_owned() };
                let key = Key::Named(self.builder.sym(&key));
                self.emit(Op::Store { base, key, src, accessor: Accessor::Value }, node);
            }
            "array_access" => {
                let base = left.child_by_field_name("array").map(|array| self.value(array));
                left.child_by_field_name("index").map(|index| self.value(index));
                if let Some(base) = base {
                    self.emit(Op::Store { base, key: Key::Element, src, accessor: Accessor::Value }, node);
                }
            }
            _ => {}
        }
        src
    }

    fn ternary(&mut self, node: Node<'_>) -> Slot {
        node.child_by_field_name("condition").map(|condition| self.value(condition));
        let dst = self.slot();
        for branch in ["consequence", "alternative"] {
            if let Some(branch) = node.child_by_field_name(branch) {
                let src = self.value(branch);
                self.emit(Op::Copy { dst, src }, branch);
            }
        }
        dst
    }

    fn cast(&mut self, node: Node<'_>) -> Slot {
        let value = node.child_by_field_name("value").map(|value| self.value(value));
        let ty = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty));
        match (value, ty) {
            (Some(src), Some(ty)) if ty.ends_with(']') => {
                let dst = self.slot();
                self.typed(dst, &ty, node);
                self.emit(Op::Copy { dst, src }, node);
                dst
            }
            (Some(src), Some(ty)) => self.narrowed(src, &ty, node),
            _ => self.slot(),
        }
    }

    fn instance_of(&mut self, node: Node<'_>) -> Slot {
        let subject = node.child_by_field_name("left").map(|left| self.value(left));
        let ty = node.child_by_field_name("right").map(|ty| self.names.erased(self.source, ty));
        let pattern = node.child_by_field_name("pattern");
        if let (Some(subject), Some(pattern)) = (subject, pattern) {
            self.pattern(pattern, subject);
        }
        if let (Some(subject), Some(name)) = (subject, node.child_by_field_name("name")) {
            let slot = self.narrowed(subject, &ty.clone().unwrap_or_default(), node);
            self.declare(self.text(name), slot);
        } else if let Some(ty) = ty {
            self.note_use(jvm::plain(&ty), super::span_of(node));
        }
        let result = self.slot();
        self.emit(Op::Const { dst: result, value: Const::Bool(true) }, node);
        result
    }

    fn array_access(&mut self, node: Node<'_>) -> Slot {
        let base = node.child_by_field_name("array").map(|array| self.value(array));
        node.child_by_field_name("index").map(|index| self.value(index));
        let dst = self.slot();
        if let Some(base) = base {
            self.emit(Op::Load { dst, base, key: Key::Element }, node);
        }
        dst
    }

    fn array_creation(&mut self, node: Node<'_>) -> Slot {
        let element = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty)).unwrap_or_default();
        let mut dimensions = 0;
        for part in children(node) {
            match part.kind() {
                "dimensions_expr" => {
                    dimensions += 1;
                    self.last_of(part);
                }
                "dimensions" => dimensions += super::names::count(self.text(part)),
                _ => {}
            }
        }
        let ty = format!("{}{}", jvm::plain(&element), "[]".repeat(dimensions.max(1)));
        match node.child_by_field_name("value").or_else(|| child(node, "array_initializer")) {
            Some(values) => self.array(values, Some(&ty)),
            None => self.new_array(Some(&ty), node),
        }
    }

    fn new_array(&mut self, ty: Option<&str>, node: Node<'_>) -> Slot {
        let dst = self.slot();
        self.emit(Op::Object { dst, kind: ObjectKind::Array }, node);
        if let Some(ty) = ty {
            self.typed(dst, ty, node);
        }
        dst
    }

    fn array(&mut self, values: Node<'_>, ty: Option<&str>) -> Slot {
        let base = self.new_array(ty, values);
        for value in children(values) {
            let src = self.value(value);
            self.emit(Op::Store { base, key: Key::Element, src, accessor: Accessor::Value }, value);
        }
        base
    }

    /// An object's text is asked for.
    pub(super) fn ask_for_text(&mut self, slot: Slot, node: Node<'_>) {
        let result = self.slot();
        self.call(CallKind::Implicit, slot, "java.lang.Object#toString()java.lang.String", Vec::new(), result, node);
    }
}
