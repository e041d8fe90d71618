//! Type expressions: to the slots of the named types that a value of the type stands for.

use faultline_facts::{Accessor, Class, ClassId, FunctionKind, Member, MemberPlace, Op, Slot, TypePlace};
use tree_sitter::Node;

use super::{
    function::Signature,
    kind::{Kind, Part, field, fields, kind, named},
    lower::{Bound, Lower},
    span,
};

/// Types of the language itself that have no methods that are analysed.
const PREDECLARED: &[&str] = &[
    "any",
    "bool",
    "byte",
    "comparable",
    "complex64",
    "complex128",
    "error",
    "float32",
    "float64",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "rune",
    "string",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "uintptr",
];

/// True for types of the language itself.
pub(super) fn is_predeclared(name: &str) -> bool {
    PREDECLARED.contains(&name)
}

/// The member that stands for the value of a named type which is no struct: its elements, or its function.
pub(super) const VALUE: &str = "@value";

impl<'t> Lower<'t> {
    /// The named types inside a type; containers, channels and pointers count as what they hold.
    pub(super) fn types(&mut self, node: Node<'t>) -> Vec<Slot> {
        let mut found = Vec::new();
        self.collect_types(node, &mut found);
        found
    }

    fn collect_types(&mut self, node: Node<'t>, out: &mut Vec<Slot>) {
        self.nested(node, |lower| {
            lower.types_of(node, out);
            Some(())
        });
    }

    fn types_of(&mut self, node: Node<'t>, out: &mut Vec<Slot>) {
        match kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => self.type_name(node, out),
            Kind::QualifiedType => out.extend(self.qualified_type(node)),
            Kind::GenericType => {
                if let Some(inner) = field(node, Part::Type) {
                    self.collect_types(inner, out);
                }
            }
            Kind::MapType => {
                for part in [field(node, Part::Value), field(node, Part::Key)].into_iter().flatten() {
                    self.collect_types(part, out);
                }
            }
            Kind::ArrayType | Kind::OpenArrayType | Kind::SliceType => {
                if let Some(element) = field(node, Part::Element) {
                    self.collect_types(element, out);
                }
            }
            Kind::ChannelType => {
                if let Some(element) = field(node, Part::Value) {
                    self.collect_types(element, out);
                }
            }
            Kind::PointerType
            | Kind::ParenthesizedType
            | Kind::NegatedType
            | Kind::TypeElement
            | Kind::TypeConstraint => named(node).into_iter().for_each(|inner| self.collect_types(inner, out)),
            Kind::StructType | Kind::InterfaceType => out.extend(self.anonymous(node)),
            _ => {}
        }
    }

    fn type_name(&mut self, node: Node<'t>, out: &mut Vec<Slot>) {
        let text = self.text(node);
        match self.known(text) {
            Some(Bound::Type(slot) | Bound::Value(slot)) => out.push(*slot),
            Some(Bound::Parameter(bounds)) => out.extend(bounds.clone()),
            Some(Bound::Nothing) => {}
            None if is_predeclared(text) => {}
            None => out.push(self.global(node)),
        }
    }

    fn qualified_type(&mut self, node: Node<'t>) -> Option<Slot> {
        let (package, name) = (field(node, Part::Package)?, field(node, Part::Name)?);
        let text = self.text(package);
        let package = match self.imports.get(text) {
            Some(Bound::Value(slot)) => *slot,
            Some(_) => return None,
            None => self.global(package),
        };
        if self.text(name) == "Pointer" && text == "unsafe" {
            self.note_unsafe(span(node));
        }
        Some(self.member(package, name))
    }

    /// A struct or interface without a name.
    fn anonymous(&mut self, node: Node<'t>) -> Option<Slot> {
        if node.named_child_count() == 0 {
            return None;
        }
        let empty = self.builder.sym("");
        let slot = self.slot();
        self.class(node, empty, empty, slot);
        Some(slot)
    }

    /// Declares a class for a type's right-hand side, and puts it into a slot.
    pub(super) fn class(
        &mut self,
        node: Node<'t>,
        name: faultline_facts::Sym,
        qualified: faultline_facts::Sym,
        slot: Slot,
    ) {
        let id = self.builder.class(Class {
            name,
            qualified,
            parent: self.current.id,
            span: span(node),
            bases: Vec::new(),
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface: kind(node) == Kind::InterfaceType,
        });
        self.push(Op::Class { dst: slot, class: id }, span(node));
        match kind(node) {
            Kind::StructType => named(node).into_iter().for_each(|list| self.fields_of(id, list)),
            Kind::InterfaceType => self.interface(id, node),
            // A type defined by another's name has that one's fields.
            Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType => {
                let types = self.types(node);
                let value = self.add_member(id, VALUE);
                self.typed(value, &types, TypePlace::Instance, span(node));
                if !types.is_empty() {
                    self.builder.class_mut(id).bases.push(value);
                }
            }
            _ => {
                let types = self.types(node);
                let value = self.add_member(id, VALUE);
                self.typed(value, &types, TypePlace::Instance, span(node));
            }
        }
    }

    fn add_member(&mut self, class: ClassId, name: &str) -> Slot {
        let slot = self.slot();
        let name = self.builder.sym(name);
        let member = Member { name, slot, place: MemberPlace::Prototype, accessor: Accessor::Value };
        self.builder.class_mut(class).members.push(member);
        slot
    }

    fn fields_of(&mut self, class: ClassId, list: Node<'t>) {
        for node in named(list).into_iter().filter(|node| kind(*node) == Kind::Field) {
            let Some(of) = field(node, Part::Type) else { continue };
            let types = self.types(of);
            let names = fields(node, Part::Name);
            for name in &names {
                let text = self.text(*name);
                let slot = self.add_member(class, text);
                self.typed(slot, &types, TypePlace::Instance, span(*name));
            }
            if names.is_empty() {
                let text = self.embedded_name(of);
                let slot = self.add_member(class, text);
                self.typed(slot, &types, TypePlace::Instance, span(of));
                self.builder.class_mut(class).bases.push(slot);
            }
        }
    }

    /// The field name of an embedded type: its last part.
    fn embedded_name(&self, node: Node<'t>) -> &'t str {
        match kind(node) {
            Kind::QualifiedType => field(node, Part::Name).map_or("", |name| self.text(name)),
            Kind::GenericType => field(node, Part::Type).map_or("", |inner| self.embedded_name(inner)),
            _ => self.text(node),
        }
    }

    fn interface(&mut self, class: ClassId, node: Node<'t>) {
        for element in named(node) {
            match kind(element) {
                Kind::MethodElement => self.interface_method(class, element),
                // Of a union only the methods common to all matter; an embedded interface is a union of one.
                Kind::TypeElement if element.named_child_count() == 1 => {
                    let types = self.types(element);
                    self.builder.class_mut(class).bases.extend(types);
                }
                _ => {}
            }
        }
    }

    fn interface_method(&mut self, class: ClassId, node: Node<'t>) {
        let Some(name) = field(node, Part::Name) else { return };
        let text = self.text(name);
        self.add_member(class, text);
        let owner = self.builder.class_mut(class).qualified;
        let owner = self.builder.facts_mut().text(owner).to_owned();
        let signature = Signature {
            name: text,
            qualified: format!("{owner}.{text}"),
            kind: FunctionKind::Method,
            receiver: None,
            class: Some(class),
        };
        let id = self.function(node, &signature);
        self.builder.function_mut(id).flags.is_abstract = true;
    }
}
