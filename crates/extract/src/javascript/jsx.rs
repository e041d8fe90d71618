//! JSX: an element is a call of its component with an object of properties.

use faultline_facts::{CallKind, Callee, Const, Key, ObjectKind, Op, Slot};
use oxc_ast::ast::{
    JSXAttribute, JSXAttributeItem, JSXAttributeName, JSXAttributeValue, JSXChild, JSXElement, JSXElementName,
    JSXFragment, JSXMemberExpression, JSXMemberExpressionObject,
};

use super::lower::{Lower, positional};

impl<'b, 'a> Lower<'b, 'a> {
    /// `<Component …>`. Elements of the host (`<div>`) hand their properties to the global `jsx`.
    pub(super) fn jsx_element(&mut self, element: &'b JSXElement<'a>) -> Slot {
        let opening = &element.opening_element;
        let component = self.jsx_name(&opening.name);
        let props = self.object(ObjectKind::Object, opening.span, None);
        let mut values = Vec::new();
        for item in &opening.attributes {
            match item {
                JSXAttributeItem::Attribute(attribute) => {
                    let value = self.jsx_attribute(props, attribute);
                    values.extend(value);
                }
                JSXAttributeItem::SpreadAttribute(spread) => {
                    let src = self.value(&spread.argument);
                    self.push(Op::Spread { dst: props, src }, spread.span);
                }
            }
        }
        if let Some(children) = self.jsx_children(&element.children, element.span) {
            self.store_name(props, "children", children, element.span);
            values.push(children);
        }
        let mut args = vec![positional(props)];
        let callee = if let Some(callee) = component {
            callee
        } else {
            args.extend(values.into_iter().map(positional));
            Callee::Value(self.global("jsx", None))
        };
        self.invoke(CallKind::Call, callee, args, element.span, None)
    }

    /// `<>…</>`.
    pub(super) fn jsx_fragment(&mut self, fragment: &'b JSXFragment<'a>) -> Slot {
        match self.jsx_children(&fragment.children, fragment.span) {
            Some(children) => children,
            None => self.plain(None),
        }
    }

    fn jsx_name(&mut self, name: &'b JSXElementName<'a>) -> Option<Callee> {
        match name {
            JSXElementName::Identifier(_) | JSXElementName::NamespacedName(_) => None,
            JSXElementName::IdentifierReference(id) => Some(Callee::Value(match self.symbol_of(id) {
                Some(symbol) => self.read_symbol(symbol),
                None => self.global(id.name.as_str(), None),
            })),
            JSXElementName::MemberExpression(member) => {
                let (base, name) = self.jsx_member(member);
                let key = Key::Named(self.builder.sym(name));
                Some(Callee::Method { base, key })
            }
            JSXElementName::ThisExpression(_) => Some(Callee::Value(self.this())),
        }
    }

    fn jsx_member(&mut self, member: &'b JSXMemberExpression<'a>) -> (Slot, &'b str) {
        let base = match &member.object {
            JSXMemberExpressionObject::IdentifierReference(id) => match self.symbol_of(id) {
                Some(symbol) => self.read_symbol(symbol),
                None => self.global(id.name.as_str(), None),
            },
            JSXMemberExpressionObject::MemberExpression(inner) => {
                let (base, name) = self.jsx_member(inner);
                self.load_name(base, name, inner.span)
            }
            JSXMemberExpressionObject::ThisExpression(_) => self.this(),
        };
        (base, member.property.name.as_str())
    }

    fn jsx_attribute(&mut self, props: Slot, attribute: &'b JSXAttribute<'a>) -> Option<Slot> {
        let value = match &attribute.value {
            None => self.constant(Const::Bool(true), None),
            Some(JSXAttributeValue::StringLiteral(text)) => self.text(text.value.as_str(), None),
            Some(JSXAttributeValue::ExpressionContainer(container)) => {
                self.value(container.expression.as_expression()?)
            }
            Some(JSXAttributeValue::Element(element)) => self.jsx_element(element),
            Some(JSXAttributeValue::Fragment(fragment)) => self.jsx_fragment(fragment),
        };
        let name = match &attribute.name {
            JSXAttributeName::Identifier(id) => id.name.as_str(),
            JSXAttributeName::NamespacedName(name) => name.name.name.as_str(),
        };
        self.store_name(props, name, value, attribute.span);
        Some(value)
    }

    fn jsx_children(&mut self, children: &'b [JSXChild<'a>], span: oxc_span::Span) -> Option<Slot> {
        let mut values = Vec::new();
        for child in children {
            let value = match child {
                JSXChild::Text(_) => None,
                JSXChild::Element(element) => Some(self.jsx_element(element)),
                JSXChild::Fragment(fragment) => Some(self.jsx_fragment(fragment)),
                JSXChild::ExpressionContainer(container) => {
                    container.expression.as_expression().map(|expression| self.value(expression))
                }
                JSXChild::Spread(spread) => Some(self.value(&spread.expression)),
            };
            values.extend(value);
        }
        if values.len() <= 1 {
            return values.pop();
        }
        let array = self.object(ObjectKind::Array, span, None);
        for (index, value) in values.into_iter().enumerate() {
            self.store(array, Key::Index(index as u32), value, span);
        }
        Some(array)
    }
}
