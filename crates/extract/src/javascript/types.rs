//! TypeScript types that say which class a value is of.

use faultline_facts::{ImportMode, Imported, Op, Slot, TypePlace};
use oxc_ast::ast::{
    IdentifierReference, TSImportType, TSImportTypeQualifier, TSQualifiedName, TSType, TSTypeAliasDeclaration,
    TSTypeAnnotation, TSTypeName, TSTypeQueryExprName, TSTypeReference,
};
use oxc_span::GetSpan;

use super::lower::{Into, Lower};

/// Deepest nesting of a type that is looked into.
const DEPTH: u32 = 8;

impl<'b, 'a> Lower<'b, 'a> {
    /// Says of what class the value is.
    pub(super) fn annotate(&mut self, slot: Slot, annotation: Option<&'b TSTypeAnnotation<'a>>) {
        if let Some(annotation) = annotation {
            self.typed(slot, &annotation.type_annotation, TypePlace::Instance, DEPTH);
        }
    }

    /// The declared return type; for an async function that of the awaited value.
    pub(super) fn annotate_return(&mut self, ret: Slot, ty: &'b TSType<'a>, is_async: bool) {
        if is_async
            && let TSType::TSTypeReference(reference) = ty
            && let Some(inner) = first_argument(reference)
        {
            return self.typed(ret, inner, TypePlace::Instance, DEPTH);
        }
        self.typed(ret, ty, TypePlace::Instance, DEPTH);
    }

    /// `value as T`: a copy, so that other uses of the value are not affected.
    pub(super) fn cast(&mut self, slot: Slot, ty: &'b TSType<'a>, into: Into) -> Slot {
        if !names_a_class(ty) {
            return slot;
        }
        let cast = if into.is_some() {
            slot
        } else {
            let cast = self.temp();
            self.copy(cast, slot);
            cast
        };
        self.typed(cast, ty, TypePlace::Instance, DEPTH);
        cast
    }

    fn typed(&mut self, slot: Slot, ty: &'b TSType<'a>, place: TypePlace, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match ty {
            TSType::TSTypeReference(reference) => self.typed_reference(slot, reference, place, depth),
            TSType::TSUnionType(union) => union.types.iter().for_each(|ty| self.typed(slot, ty, place, depth)),
            TSType::TSIntersectionType(all) => all.types.iter().for_each(|ty| self.typed(slot, ty, place, depth)),
            TSType::TSParenthesizedType(inner) => self.typed(slot, &inner.type_annotation, place, depth),
            TSType::TSTypeOperatorType(operator) => self.typed(slot, &operator.type_annotation, place, depth),
            TSType::TSArrayType(array) if place == TypePlace::Instance => {
                self.typed(slot, &array.element_type, TypePlace::Element, depth);
            }
            TSType::TSTypeQuery(query) if place == TypePlace::Instance => self.typed_query(slot, &query.expr_name),
            TSType::TSImportType(import) => {
                let class = self.import_type(import);
                self.push(Op::Typed { slot, class, place }, import.span);
            }
            _ => {}
        }
    }

    fn typed_query(&mut self, slot: Slot, name: &'b TSTypeQueryExprName<'a>) {
        if let Some(class) = name.as_ts_type_name().and_then(|name| self.type_name(name)) {
            self.push(Op::Typed { slot, class, place: TypePlace::Class }, name.span());
        }
    }

    fn typed_reference(&mut self, slot: Slot, reference: &'b TSTypeReference<'a>, place: TypePlace, depth: u32) {
        if let TSTypeName::IdentifierReference(id) = &reference.type_name {
            match self.symbol_of(id) {
                Some(symbol) => {
                    if let Some(alias) = self.aliases.get(&symbol).copied() {
                        return self.typed(slot, alias, place, depth);
                    }
                    let flags = self.scoping.symbol_flags(symbol);
                    if flags.is_type_parameter() || flags.is_enum() {
                        return;
                    }
                }
                None => {
                    if self.typed_builtin(slot, id, reference, place, depth) {
                        return;
                    }
                }
            }
        }
        if let Some(class) = self.type_name(&reference.type_name) {
            self.push(Op::Typed { slot, class, place }, reference.span);
        }
    }

    /// Types of the language's own library that wrap another.
    fn typed_builtin(
        &mut self,
        slot: Slot,
        id: &IdentifierReference<'_>,
        reference: &'b TSTypeReference<'a>,
        place: TypePlace,
        depth: u32,
    ) -> bool {
        let arguments = reference.type_arguments.as_ref().map_or(&[][..], |arguments| arguments.params.as_slice());
        let (inner, inner_place) = match id.name.as_str() {
            "Promise" | "PromiseLike" => (arguments.first(), TypePlace::Awaited),
            "Array" | "ReadonlyArray" | "Set" | "Iterable" | "Iterator" | "ReadonlySet" => {
                (arguments.first(), TypePlace::Element)
            }
            "Map" | "Record" | "ReadonlyMap" | "WeakMap" => (arguments.get(1), TypePlace::Element),
            "Partial" | "Readonly" | "Required" | "NonNullable" | "Pick" | "Omit" | "Awaited" | "InstanceType" => {
                if let Some(inner) = arguments.first() {
                    self.typed(slot, inner, place, depth);
                }
                return true;
            }
            "Function" | "Object" | "Symbol" | "String" | "Number" | "Boolean" => return true,
            _ => return false,
        };
        if let Some(inner) = inner.filter(|_| place == TypePlace::Instance) {
            self.typed(slot, inner, inner_place, depth);
        }
        true
    }

    /// The slot of the class or interface that a name stands for.
    pub(super) fn type_name(&mut self, name: &'b TSTypeName<'a>) -> Option<Slot> {
        match name {
            TSTypeName::IdentifierReference(id) => Some(self.type_identifier(id)),
            TSTypeName::QualifiedName(qualified) => self.qualified_type(qualified),
            TSTypeName::ThisExpression(_) => None,
        }
    }

    pub(super) fn type_identifier(&mut self, id: &IdentifierReference<'_>) -> Slot {
        match self.symbol_of(id) {
            Some(symbol) => self.symbol_slot(symbol),
            None => self.global(id.name.as_str(), None),
        }
    }

    pub(super) fn qualified_type(&mut self, name: &'b TSQualifiedName<'a>) -> Option<Slot> {
        let base = self.type_name(&name.left)?;
        Some(self.load_name(base, name.right.name.as_str(), name.span))
    }

    fn import_type(&mut self, import: &'b TSImportType<'a>) -> Slot {
        let specifier = import.source.value.as_str();
        let module = self.import(specifier, Imported::Module, ImportMode::TypeOnly, import.span, None);
        match &import.qualifier {
            Some(qualifier) => self.import_qualifier(module, qualifier),
            None => module,
        }
    }

    fn import_qualifier(&mut self, module: Slot, qualifier: &'b TSImportTypeQualifier<'a>) -> Slot {
        match qualifier {
            TSImportTypeQualifier::Identifier(id) => self.load_name(module, id.name.as_str(), id.span),
            TSImportTypeQualifier::QualifiedName(name) => {
                let base = self.import_qualifier(module, &name.left);
                self.load_name(base, name.right.name.as_str(), name.span)
            }
        }
    }

    /// `type A = B`: the name stands for what `B` names.
    pub(super) fn note_alias(&mut self, alias: &'b TSTypeAliasDeclaration<'a>) {
        let Some(symbol) = alias.id.symbol_id.get() else { return };
        self.aliases.insert(symbol, &alias.type_annotation);
        self.alias_value(symbol, &alias.type_annotation, DEPTH);
    }

    fn alias_value(&mut self, symbol: oxc_semantic::SymbolId, ty: &'b TSType<'a>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match ty {
            TSType::TSTypeReference(reference) if reference.type_arguments.is_none() => {
                if let Some(src) = self.type_name(&reference.type_name) {
                    let dst = self.symbol_slot(symbol);
                    self.copy(dst, src);
                }
            }
            TSType::TSUnionType(union) => union.types.iter().for_each(|ty| self.alias_value(symbol, ty, depth)),
            TSType::TSIntersectionType(all) => all.types.iter().for_each(|ty| self.alias_value(symbol, ty, depth)),
            _ => {}
        }
    }
}

fn names_a_class(ty: &TSType<'_>) -> bool {
    !ty.is_keyword() && !ty.is_const_type_reference()
}

fn first_argument<'b, 'a>(reference: &'b TSTypeReference<'a>) -> Option<&'b TSType<'a>> {
    let TSTypeName::IdentifierReference(id) = &reference.type_name else { return None };
    if !matches!(id.name.as_str(), "Promise" | "PromiseLike") {
        return None;
    }
    reference.type_arguments.as_ref()?.params.first()
}
