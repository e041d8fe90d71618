//! Object and array literals.

use faultline_facts::{Accessor, FunctionKind, Key, ObjectKind, Op, Slot};
use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, Expression, ObjectExpression, ObjectProperty, ObjectPropertyKind,
    PropertyKind,
};

use super::functions::Make;
use super::lower::{Into, Lower};
use super::names::Hint;

/// Elements of an array literal that have a place of their own.
const INDEXED: usize = 64;
/// Literal elements that are looked at.
const LITERALS: usize = 2048;

impl<'b, 'a> Lower<'b, 'a> {
    /// `{…}`.
    pub(super) fn object_literal(&mut self, object: &'b ObjectExpression<'a>, into: Into) -> Slot {
        let owner = self.hint.take().map(|hint| hint.path()).unwrap_or_default();
        let dst = self.object(ObjectKind::Object, object.span, into);
        for property in &object.properties {
            match property {
                ObjectPropertyKind::ObjectProperty(property) => self.property(dst, property, &owner),
                ObjectPropertyKind::SpreadProperty(spread) => {
                    let src = self.expression(&spread.argument, None);
                    self.push(Op::Spread { dst, src }, spread.span);
                }
            }
        }
        self.deliver(dst, into)
    }

    fn property(&mut self, object: Slot, property: &'b ObjectProperty<'a>, owner: &str) {
        let name = self.key_text(&property.key);
        let key = self.property_key(&property.key);
        let hint = name.map(|name| Hint { owner: owner.to_owned(), name });
        let accessor = match property.kind {
            PropertyKind::Init => Accessor::Value,
            PropertyKind::Get => Accessor::Getter,
            PropertyKind::Set => Accessor::Setter,
        };
        let src = match &property.value {
            Expression::FunctionExpression(function) if property.method || accessor != Accessor::Value => {
                let kind = method_kind(accessor);
                let make = Make { hint, span: property.span, home: Some(object), ..Make::new(kind, function.span) };
                self.closure(function, make, None)
            }
            value => {
                self.suggest(value, || hint);
                self.expression(value, None)
            }
        };
        self.push(Op::Store { base: object, key, src, accessor }, property.span);
    }

    /// `[…]`.
    pub(super) fn array(&mut self, array: &'b ArrayExpression<'a>, into: Into) -> Slot {
        let dst = self.object(ObjectKind::Array, array.span, into);
        let mut spread_seen = false;
        for (index, element) in array.elements.iter().enumerate() {
            match element {
                ArrayExpressionElement::SpreadElement(spread) => {
                    let src = self.expression(&spread.argument, None);
                    self.push(Op::Spread { dst, src }, spread.span);
                    spread_seen = true;
                }
                ArrayExpressionElement::Elision(_) => {}
                _ => {
                    let Some(value) = element.as_expression() else { continue };
                    let placed = index < INDEXED && !spread_seen;
                    self.element(
                        dst,
                        if placed { Key::Index(index as u32) } else { Key::Element },
                        index >= LITERALS,
                        value,
                    );
                }
            }
        }
        self.deliver(dst, into)
    }

    /// Numbers far into a table, and anything literal very far into it, say nothing.
    fn element(&mut self, array: Slot, key: Key, far: bool, value: &'b Expression<'a>) {
        use oxc_span::GetSpan;
        let number = matches!(value, Expression::NumericLiteral(_) | Expression::BooleanLiteral(_));
        if key == Key::Element && (number || far && value.is_literal()) {
            return;
        }
        let src = self.expression(value, None);
        self.store(array, key, src, value.span());
    }
}

fn method_kind(accessor: Accessor) -> FunctionKind {
    match accessor {
        Accessor::Value => FunctionKind::Method,
        Accessor::Getter => FunctionKind::Getter,
        Accessor::Setter => FunctionKind::Setter,
    }
}
