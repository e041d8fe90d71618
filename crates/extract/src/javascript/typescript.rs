//! TypeScript declarations that exist at run time or stand for classes: enums, namespaces, interfaces.

use std::borrow::Cow;

use faultline_facts::{Accessor, Class, ObjectKind, Op, Slot};
use oxc_ast::ast::{
    TSEnumDeclaration, TSEnumMemberName, TSInterfaceDeclaration, TSNamespaceDeclaration, TSNamespaceDeclarationBody,
    TSSignature,
};
use oxc_semantic::SymbolFlags;

use super::constants::{Folded, number_const};
use super::lower::Lower;
use super::names::Named;

impl<'b, 'a> Lower<'b, 'a> {
    /// `enum`: an object with a property per member.
    pub(super) fn enumeration(&mut self, node: &'b TSEnumDeclaration<'a>) {
        if node.declare {
            return;
        }
        let base = self.binding_slot(&node.id);
        self.push(Op::Object { dst: base, kind: ObjectKind::Object }, node.span);
        let mut next = Some(0.0);
        for member in &node.body.members {
            let name = match &member.id {
                TSEnumMemberName::Identifier(id) => Cow::Borrowed(id.name.as_str()),
                TSEnumMemberName::String(text) | TSEnumMemberName::ComputedString(text) => {
                    Cow::Borrowed(text.value.as_str())
                }
                TSEnumMemberName::ComputedTemplateString(template) => {
                    Cow::Owned(template.single_quasi().map(|text| text.to_string()).unwrap_or_default())
                }
            };
            let value = if let Some(init) = &member.initializer {
                next = match self.fold(init) {
                    Some(Folded::Number(number)) => Some(number),
                    _ => None,
                };
                self.value(init)
            } else {
                match next {
                    Some(number) => self.constant(number_const(number), None),
                    None => self.plain(None),
                }
            };
            next = next.map(|number| number + 1.0);
            self.store_name(base, &name, value, member.span);
        }
    }

    /// `namespace`: an object; its body runs in the function around it.
    pub(super) fn namespace(&mut self, node: &'b TSNamespaceDeclaration<'a>) {
        if node.declare {
            return;
        }
        let base = self.binding_slot(&node.id);
        let merged = node.id.symbol_id.get().is_some_and(|symbol| {
            self.scoping.symbol_flags(symbol).intersects(SymbolFlags::Function | SymbolFlags::Class)
        });
        if !merged {
            self.push(Op::Object { dst: base, kind: ObjectKind::Object }, node.span);
        }
        let name = Cow::Borrowed(node.id.name.as_str());
        let naming = self.names.add(self.frame.naming, node.span.start, name, Named::Namespace);
        let outer = std::mem::replace(&mut self.frame.naming, naming);
        self.namespaces.push(base);
        match &node.body {
            TSNamespaceDeclarationBody::TSModuleBlock(block) => {
                self.statements(&block.body);
            }
            TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                self.namespace(inner);
                let slot = self.binding_slot(&inner.id);
                self.store_name(base, inner.id.name.as_str(), slot, inner.span);
            }
        }
        self.namespaces.pop();
        self.frame.naming = outer;
    }

    /// An interface is a class that is never instantiated itself.
    pub(super) fn interface(&mut self, node: &'b TSInterfaceDeclaration<'a>) {
        let bases = node.extends.iter().filter_map(|base| self.type_name(&base.type_name)).collect();
        let name = self.builder.sym(node.id.name.as_str());
        let span = self.lines.span(node.span);
        let id = self.builder.class(Class {
            name,
            qualified: name,
            parent: self.frame.id,
            span,
            bases,
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface: true,
        });
        let relative = Cow::Borrowed(node.id.name.as_str());
        self.names.add(self.frame.naming, node.span.start, relative, Named::Class(id));
        for member in &node.body.body {
            let (key, annotation) = match member {
                TSSignature::TSPropertySignature(property) => (&property.key, property.type_annotation.as_deref()),
                TSSignature::TSMethodSignature(method) => (&method.key, None),
                _ => continue,
            };
            let Some(name) = self.key_text(key) else { continue };
            let slot = self.temp();
            self.annotate(slot, annotation);
            self.add_member(id, &name, slot, false, Accessor::Value);
        }
        let slot = self.interface_slot(node);
        self.push(Op::Class { dst: slot, class: id }, node.span);
    }

    fn interface_slot(&mut self, node: &'b TSInterfaceDeclaration<'a>) -> Slot {
        self.binding_slot(&node.id)
    }
}
