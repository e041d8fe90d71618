//! Expressions. Those that hold nothing callable have no slot.

use faultline_facts::{Key, Op, Slot};
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, kind, named},
    lower::{Bound, Lower, bare},
    span,
    types::is_predeclared,
};

impl<'t> Lower<'t> {
    pub(super) fn expr(&mut self, node: Node<'t>) -> Option<Slot> {
        self.nested(node, |lower| lower.expr_at(node))
    }

    /// Evaluates an expression whose value does not matter.
    pub(super) fn effect(&mut self, node: Node<'t>) {
        self.expr(node);
    }

    fn expr_at(&mut self, node: Node<'t>) -> Option<Slot> {
        match kind(node) {
            Kind::Identifier => self.name(node),
            Kind::Parenthesized | Kind::VariadicArgument | Kind::LiteralElement => {
                node.named_child(0).and_then(|inner| self.expr(inner))
            }
            Kind::Selector => self.selector(node),
            Kind::Call => self.call(node),
            Kind::FuncLiteral => Some(self.closure(node)),
            Kind::Composite => self.composite(node),
            Kind::Unary => field(node, Part::Operand).and_then(|operand| self.expr(operand)),
            Kind::Binary => self.binary(node),
            Kind::Index => self.index(node),
            Kind::Instantiation => field(node, Part::Type).and_then(|of| self.types(of).first().copied()),
            Kind::Slice => {
                let mut parts = named(node).into_iter();
                let base = parts.next().and_then(|operand| self.expr(operand));
                parts.for_each(|part| self.effect(part));
                base
            }
            Kind::Assertion => self.assertion(node),
            Kind::Conversion => self.conversion(node),
            Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType | Kind::PointerType => {
                self.types(node).first().copied()
            }
            _ if node.is_error() => {
                for inner in named(node) {
                    self.effect(inner);
                }
                None
            }
            _ => None,
        }
    }

    /// A name as a value.
    fn name(&mut self, node: Node<'t>) -> Option<Slot> {
        let text = self.text(node);
        match self.known(text) {
            Some(Bound::Value(slot) | Bound::Type(slot)) => Some(*slot),
            Some(_) => None,
            None => match self.imports.get(text) {
                Some(Bound::Value(slot)) => Some(*slot),
                Some(_) => None,
                None if text == "_" || is_predeclared(text) => None,
                None => Some(self.global(node)),
            },
        }
    }

    /// What stands before a dot: a package's slot, or a value.
    pub(super) fn operand(&mut self, node: Node<'t>) -> Option<Slot> {
        self.expr(node)
    }

    /// The slot of the package that an operand names.
    pub(super) fn package_of(&self, operand: Node<'t>) -> Option<Slot> {
        if kind(operand) != Kind::Identifier {
            return None;
        }
        match self.imported(self.text(operand)) {
            Some(Bound::Value(slot)) => Some(*slot),
            _ => None,
        }
    }

    fn selector(&mut self, node: Node<'t>) -> Option<Slot> {
        let (operand, name) = (field(node, Part::Operand)?, field(node, Part::Member)?);
        if let Some(package) = self.package_of(operand) {
            if self.text(operand) == "unsafe" {
                self.note_unsafe(span(node));
            }
            return Some(self.member(package, name));
        }
        if let Some(of) = self.method_expression(operand) {
            return Some(self.unbound_method(node, of, name));
        }
        let base = self.expr(operand)?;
        let dst = self.slot();
        let key = Key::Named(self.sym(name));
        self.push(Op::Load { dst, base, key }, span(node));
        Some(dst)
    }

    /// The type in `T.Method` or `(*T).Method`, where the file says that it is one.
    fn method_expression(&mut self, operand: Node<'t>) -> Option<Slot> {
        let mut inner = bare(operand);
        let starred = kind(inner) == Kind::Unary;
        if starred {
            inner = bare(field(inner, Part::Operand)?);
        }
        if kind(inner) != Kind::Identifier {
            return None;
        }
        match self.known(self.text(inner)) {
            Some(Bound::Type(slot)) => Some(*slot),
            _ => None,
        }
    }

    /// A function that calls the method on its first argument.
    fn unbound_method(&mut self, node: Node<'t>, of: Slot, name: Node<'t>) -> Slot {
        let text = self.text(name);
        self.forwarder(node, of, text)
    }

    fn index(&mut self, node: Node<'t>) -> Option<Slot> {
        if let Some(index) = field(node, Part::IndexValue)
            && !matches!(kind(index), Kind::Identifier)
        {
            self.expr(index);
        }
        let base = field(node, Part::Operand).and_then(|operand| self.expr(operand))?;
        let dst = self.slot();
        self.push(Op::Load { dst, base, key: Key::Element }, span(node));
        Some(dst)
    }

    /// Operators give plain values. Long sums nest to the left, so that side is a loop.
    fn binary(&mut self, node: Node<'t>) -> Option<Slot> {
        let mut rights = Vec::new();
        let mut at = node;
        while kind(at) == Kind::Binary {
            rights.extend(field(at, Part::Right));
            let Some(left) = field(at, Part::Left) else { break };
            at = left;
        }
        self.expr(at);
        for right in rights.into_iter().rev() {
            self.expr(right);
        }
        None
    }

    fn assertion(&mut self, node: Node<'t>) -> Option<Slot> {
        let value = field(node, Part::Operand).and_then(|operand| self.expr(operand));
        let of = field(node, Part::Type)?;
        let dst = self.slot();
        self.narrow(dst, value, of);
        Some(dst)
    }

    fn conversion(&mut self, node: Node<'t>) -> Option<Slot> {
        let value = field(node, Part::Operand).and_then(|operand| self.expr(operand));
        let of = field(node, Part::Type)?;
        self.converted(node, of, value)
    }
}
