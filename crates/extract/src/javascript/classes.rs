//! Classes.

use std::borrow::Cow;

use faultline_facts::{
    Accessor, Arg, ArgKind, CallKind, Callee, Class as ClassFact, ClassId, FunctionFlags, FunctionId, FunctionKind,
    Key, Member, MemberPlace, Op, Param, ParamKind, Slot,
};
use oxc_ast::ast::{
    Class, ClassElement, Expression, MethodDefinition, MethodDefinitionKind, PropertyKey, StaticBlock, TSTypeAnnotation,
};

use super::functions::Make;
use super::lower::{Lower, Target};
use super::names::{Hint, Named, join};
use super::variables::symbol_index;

/// A field of any kind.
struct Field<'b, 'a> {
    key: &'b PropertyKey<'a>,
    value: Option<&'b Expression<'a>>,
    annotation: Option<&'b TSTypeAnnotation<'a>>,
    span: oxc_span::Span,
    is_static: bool,
    declared_only: bool,
}

impl<'b, 'a> Lower<'b, 'a> {
    /// A class declaration or expression; gives the slot of the class.
    pub(super) fn class(&mut self, class: &'b Class<'a>, given: Option<Hint<'b>>) -> Slot {
        let hint = self.hint.take().or(given);
        let dst = self.class_slot(class);
        let bases = self.bases(class);
        let (id, naming) = self.declare_class(class, hint, bases);
        self.push(Op::Class { dst, class: id }, class.span);
        let outer = (self.frame.naming, self.frame.class, self.frame.this, self.frame.arguments_owner);
        (self.frame.naming, self.frame.class) = (naming, Some(id));
        self.methods(class, id, dst);
        self.instance_fields(class, id);
        if self.builder.class_mut(id).constructor.is_none() && !class.declare {
            self.implicit_constructor(class, id);
        }
        self.decorate_fields(class, dst);
        self.frame.this = Some(dst);
        self.frame.arguments_owner = None;
        self.statics(class, id, dst);
        (self.frame.naming, self.frame.class, self.frame.this, self.frame.arguments_owner) = outer;
        self.decorate_class(class, id, dst);
        self.bind_class(class, dst);
        dst
    }

    /// The class's own name is its slot, when nothing else is ever assigned to it.
    fn class_slot(&mut self, class: &'b Class<'a>) -> Slot {
        match class.id.as_ref().and_then(|id| id.symbol_id.get()) {
            Some(symbol) if self.is_single(symbol) => self.symbol_slot(symbol),
            Some(symbol) => {
                let dst = self.temp();
                self.symbol_slot(symbol);
                dst
            }
            None => self.temp(),
        }
    }

    fn bind_class(&mut self, class: &'b Class<'a>, dst: Slot) {
        if let Some(symbol) = class.id.as_ref().and_then(|id| id.symbol_id.get())
            && self.slots[symbol_index(symbol)] != dst
        {
            self.assign_symbol(symbol, dst);
        }
    }

    fn bases(&mut self, class: &'b Class<'a>) -> Vec<Slot> {
        let mut bases = Vec::new();
        if let Some(parent) = class.heritage_expression() {
            bases.push(self.value(parent));
        }
        for interface in &class.implements {
            bases.extend(self.type_name(&interface.expression));
        }
        bases
    }

    fn declare_class(&mut self, class: &'b Class<'a>, hint: Option<Hint<'b>>, bases: Vec<Slot>) -> (ClassId, u32) {
        let span = self.lines.span(class.span);
        let (owner, given) = hint.map_or((String::new(), None), |hint| (hint.owner, Some(hint.name)));
        let own = class.id.as_ref().map(|id| Cow::Borrowed(id.name.as_str()));
        let name = own.or(given).filter(|name| !name.is_empty());
        let sym = self.builder.sym(name.as_deref().unwrap_or(""));
        let last = name.unwrap_or_else(|| Cow::Owned(format!("<anonymous:{}:{}>", span.line, span.column)));
        let relative = if owner.is_empty() { last } else { Cow::Owned(join(&owner, &last)) };
        let id = self.builder.class(ClassFact {
            name: sym,
            qualified: sym,
            parent: self.frame.id,
            span,
            bases,
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface: false,
        });
        let naming = self.names.add(self.frame.naming, class.span.start, relative, Named::Class(id));
        (id, naming)
    }

    fn methods(&mut self, class: &'b Class<'a>, id: ClassId, dst: Slot) {
        for element in &class.body.body {
            if let ClassElement::MethodDefinition(method) = element
                && method.value.body.is_some()
            {
                self.method(method, id, dst);
            }
        }
    }

    fn method(&mut self, method: &'b MethodDefinition<'a>, id: ClassId, class: Slot) {
        let (kind, accessor) = match method.kind {
            MethodDefinitionKind::Constructor => (FunctionKind::Constructor, Accessor::Value),
            MethodDefinitionKind::Method => (FunctionKind::Method, Accessor::Value),
            MethodDefinitionKind::Get => (FunctionKind::Getter, Accessor::Getter),
            MethodDefinitionKind::Set => (FunctionKind::Setter, Accessor::Setter),
        };
        let name = self.key_text(&method.key);
        let hint = name.clone().map(Hint::plain);
        let span = self.definition_span(method);
        let make = Make { kind, class: Some(id), hint, span, is_static: method.r#static, home: None };
        if kind == FunctionKind::Constructor {
            let function = self.function(&method.value, make);
            self.builder.class_mut(id).constructor = Some(function);
            self.decorate_parameters(&method.value.params, function, class);
            return;
        }
        let Some(name) = name else {
            let key = self.property_key(&method.key);
            let src = self.closure(&method.value, make, None);
            let base = if method.r#static { class } else { self.load_name(class, "prototype", method.span) };
            self.push(Op::Store { base, key, src, accessor }, method.span);
            return;
        };
        let slot = self.temp();
        let function = self.function(&method.value, make);
        self.push(Op::Closure { dst: slot, function }, method.span);
        self.add_member(id, &name, slot, method.r#static, accessor);
        self.decorate_parameters(&method.value.params, function, class);
        self.decorate_member(&method.decorators, Some(function), class, &name, slot, method.r#static);
    }

    /// A method's text as the language itself gives it: without `static`, which belongs to the class.
    fn definition_span(&self, method: &MethodDefinition<'a>) -> oxc_span::Span {
        let mut span = method.span;
        if method.r#static
            && let Some(rest) = span.source_text(self.text).strip_prefix("static")
        {
            let skipped = rest.len() - rest.trim_start().len() + "static".len();
            span.start += u32::try_from(skipped).unwrap_or(0);
        }
        span
    }

    /// The constructor that a class without one has: it calls the parent's with its own arguments.
    fn implicit_constructor(&mut self, class: &'b Class<'a>, id: ClassId) {
        let make = Make {
            kind: FunctionKind::Constructor,
            class: Some(id),
            hint: Some(Hint::plain("constructor")),
            span: class.span,
            is_static: false,
            home: None,
        };
        let (function, naming) = self.declare(None, make);
        let mut frame = self.new_frame(function, naming);
        let this = self.builder.slot(function);
        self.builder.function_mut(function).this = Some(this);
        (frame.this, frame.class) = (Some(this), Some(id));
        self.builder.class_mut(id).constructor = Some(function);
        self.within(frame, |lower| {
            if class.heritage_expression().is_some() {
                lower.construct_parent(function, class.span);
            }
        });
    }

    fn construct_parent(&mut self, function: FunctionId, span: oxc_span::Span) {
        let rest = self.temp();
        let name = self.builder.sym("args");
        self.builder.function_mut(function).params.push(Param { name, slot: rest, kind: ParamKind::Rest });
        let parent = self.super_value(span);
        let args = vec![Arg { slot: rest, kind: ArgKind::Spread }];
        self.invoke(CallKind::SuperNew, Callee::Value(parent), args, span, None);
    }

    /// Adds a named member to a class.
    pub(super) fn add_member(&mut self, class: ClassId, name: &str, slot: Slot, is_static: bool, accessor: Accessor) {
        let name = self.builder.sym(name);
        let place = if is_static { MemberPlace::Static } else { MemberPlace::Prototype };
        self.builder.class_mut(class).members.push(Member { name, slot, place, accessor });
    }

    /// All instance fields become one synthetic method `<fields>` that stores them onto `this`.
    fn instance_fields(&mut self, class: &'b Class<'a>, id: ClassId) {
        let fields: Vec<_> = class.body.body.iter().filter_map(field).filter(|field| !field.is_static).collect();
        let keys: Vec<Key> = fields.iter().map(|field| self.property_key(field.key)).collect();
        let needed = fields.iter().any(|field| field.value.is_some() || field.annotation.is_some());
        if needed {
            let function = self.initializer(class, id);
            let mut frame = self.new_frame(function, self.frame.naming);
            frame.this = self.builder.function_mut(function).this;
            frame.class = Some(id);
            self.within(frame, |lower| {
                fields.iter().zip(keys).for_each(|(field, key)| lower.instance_field(field, key));
            });
        }
    }

    fn initializer(&mut self, class: &'b Class<'a>, id: ClassId) -> FunctionId {
        let name = self.builder.sym("<fields>");
        let span = self.lines.span(class.body.span);
        let function = self.builder.function(name, name, Some(self.frame.id), FunctionKind::Method, span);
        let this = self.builder.slot(function);
        let entry = self.builder.function_mut(function);
        entry.this = Some(this);
        entry.class = Some(id);
        entry.flags = FunctionFlags::default();
        self.names.add(self.frame.naming, class.body.span.start, Cow::Borrowed("<fields>"), Named::Function(function));
        self.builder.class_mut(id).initializer = Some(function);
        function
    }

    fn instance_field(&mut self, field: &Field<'b, 'a>, key: Key) {
        if field.value.is_none() && field.annotation.is_none() {
            return;
        }
        let slot = self.temp();
        self.field_value(field, slot);
        let this = self.this();
        self.store(this, key, slot, field.span);
    }

    fn field_value(&mut self, field: &Field<'b, 'a>, slot: Slot) {
        if let Some(value) = field.value {
            let name = self.key_text(field.key);
            self.suggest(value, || name.map(Hint::plain));
            self.expression(value, Some(Target { slot, sole: false }));
        }
        self.annotate(slot, field.annotation);
    }

    /// Static fields and blocks run in the function around the class, with the class as `this`.
    fn statics(&mut self, class: &'b Class<'a>, id: ClassId, dst: Slot) {
        for element in &class.body.body {
            match element {
                ClassElement::StaticBlock(block) => self.static_block(block),
                _ => {
                    if let Some(field) = field(element).filter(|field| field.is_static && !field.declared_only) {
                        self.static_field(&field, id, dst);
                    }
                }
            }
        }
    }

    fn static_block(&mut self, block: &'b StaticBlock<'a>) {
        self.statements(&block.body);
    }

    fn static_field(&mut self, field: &Field<'b, 'a>, id: ClassId, class: Slot) {
        let name = self.key_text(field.key);
        let slot = self.temp();
        if let Some(name) = name {
            self.field_value(field, slot);
            self.add_member(id, &name, slot, true, Accessor::Value);
        } else {
            let key = self.property_key(field.key);
            self.field_value(field, slot);
            self.store(class, key, slot, field.span);
        }
    }
}

fn field<'b, 'a>(element: &'b ClassElement<'a>) -> Option<Field<'b, 'a>> {
    match element {
        ClassElement::PropertyDefinition(property) => Some(Field {
            key: &property.key,
            value: property.value.as_ref(),
            annotation: property.type_annotation.as_deref(),
            span: property.span,
            is_static: property.r#static,
            declared_only: property.declare,
        }),
        ClassElement::AccessorProperty(property) => Some(Field {
            key: &property.key,
            value: property.value.as_ref(),
            annotation: property.type_annotation.as_deref(),
            span: property.span,
            is_static: property.r#static,
            declared_only: false,
        }),
        _ => None,
    }
}
