//! Functions: parameters, bodies, closures.

use std::borrow::Cow;

use faultline_facts::{ClassId, FunctionFlags, FunctionId, FunctionKind, Op, Param, ParamKind, Slot};
use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, BindingPattern, Expression, FormalParameter, FormalParameters,
    Function, FunctionBody, TSTypeAnnotation,
};

use super::lower::{Frame, Into, Lower, Target};
use super::names::{Hint, Named, join};
use super::variables::symbol_index;

/// What is known about a function before its body is read.
pub(super) struct Make<'b> {
    pub kind: FunctionKind,
    pub class: Option<ClassId>,
    pub hint: Option<Hint<'b>>,
    pub span: oxc_span::Span,
    pub is_static: bool,
    /// The object literal around a method.
    pub home: Option<Slot>,
}

impl Make<'_> {
    /// A function of a kind, anonymous and outside any class.
    pub(super) fn new(kind: FunctionKind, span: oxc_span::Span) -> Self {
        Make { kind, class: None, hint: None, span, is_static: false, home: None }
    }
}

impl<'b, 'a> Lower<'b, 'a> {
    /// Suggests a name for the function, class or object that `value` is, if it is one.
    pub(super) fn suggest(&mut self, value: &'b Expression<'a>, hint: impl FnOnce() -> Option<Hint<'b>>) {
        if matches!(
            value.get_inner_expression(),
            Expression::FunctionExpression(_)
                | Expression::ArrowFunctionExpression(_)
                | Expression::ClassExpression(_)
                | Expression::ObjectExpression(_)
        ) {
            self.hint = hint();
        }
    }

    /// Lowers a function and emits its closure.
    pub(super) fn closure(&mut self, function: &'b Function<'a>, make: Make<'b>, into: Into) -> Slot {
        let dst = self.slot(into);
        let span = make.span;
        let id = self.function(function, make);
        self.push(Op::Closure { dst, function: id }, span);
        dst
    }

    /// `function () {}` as an expression. Its own name is the closure itself.
    pub(super) fn function_expression(&mut self, function: &'b Function<'a>, into: Into) -> Slot {
        let hint = self.hint.take();
        let make = Make { hint, ..Make::new(FunctionKind::Function, function.span) };
        let dst = match into {
            Some(target) if target.sole => target.slot,
            _ => self.temp(),
        };
        if let Some(symbol) = function.id.as_ref().and_then(|id| id.symbol_id.get()) {
            self.slots[symbol_index(symbol)] = dst;
        }
        self.closure(function, make, Some(Target { slot: dst, sole: true }));
        self.deliver(dst, into)
    }

    /// Lowers a function that has a body.
    pub(super) fn function(&mut self, function: &'b Function<'a>, make: Make<'b>) -> FunctionId {
        let own = function.id.as_ref().map(|id| id.name.as_str());
        let (is_static, class, home) = (make.is_static, make.class, make.home);
        let (id, naming) = self.declare(own, make);
        let mut frame = self.new_frame(id, naming);
        let this = self.builder.slot(id);
        frame.this = Some(this);
        frame.arguments_owner = Some(id);
        frame.class = class;
        frame.home = home;
        let entry = self.builder.function_mut(id);
        entry.this = Some(this);
        entry.flags = FunctionFlags {
            is_async: function.r#async,
            generator: function.generator,
            is_static,
            ..FunctionFlags::default()
        };
        if function.generator {
            let yielded = self.builder.slot(id);
            self.builder.function_mut(id).yielded = Some(yielded);
        }
        self.begin_scope(function.scope_id.get(), id);
        self.within(frame, |lower| {
            lower.parameters(&function.params);
            lower.return_type(function.return_type.as_deref(), function.r#async);
            if let Some(body) = &function.body {
                lower.body(body);
            }
        });
        id
    }

    /// An arrow function.
    pub(super) fn arrow(&mut self, arrow: &'b ArrowFunctionExpression<'a>, into: Into) -> Slot {
        let hint = self.hint.take();
        let (id, naming) = self.declare(None, Make { hint, ..Make::new(FunctionKind::Function, arrow.span) });
        let mut frame = self.new_frame(id, naming);
        frame.this = self.frame.this;
        frame.arguments_owner = self.frame.arguments_owner;
        frame.home = self.frame.home;
        frame.class = self.frame.class;
        self.builder.function_mut(id).flags =
            FunctionFlags { arrow: true, is_async: arrow.r#async, ..FunctionFlags::default() };
        self.begin_scope(arrow.scope_id.get(), id);
        self.within(frame, |lower| {
            lower.parameters(&arrow.params);
            lower.return_type(arrow.return_type.as_deref(), arrow.r#async);
            lower.arrow_body(&arrow.body);
        });
        let dst = self.slot(into);
        self.push(Op::Closure { dst, function: id }, arrow.span);
        dst
    }

    fn arrow_body(&mut self, body: &'b ArrowFunctionBody<'a>) {
        if let Some(block) = body.as_function_body() {
            self.body(block);
        } else if let Some(expression) = body.as_expression() {
            self.give_back(expression);
        }
    }

    /// `return expression`.
    pub(super) fn give_back(&mut self, expression: &'b Expression<'a>) {
        let id = self.frame.id;
        let slot = self.builder.function_mut(id).ret;
        self.expression(expression, Some(Target { slot, sole: false }));
    }

    fn body(&mut self, body: &'b FunctionBody<'a>) {
        self.statements(&body.statements);
    }

    /// Runs `lower` with another function's frame.
    pub(super) fn within<R>(&mut self, frame: Frame, lower: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.frame, frame);
        let result = lower(self);
        let inner = std::mem::replace(&mut self.frame, outer);
        let memory = inner.finish(&mut self.builder);
        self.spare.push(memory);
        result
    }

    /// Adds the function and its name.
    pub(super) fn declare(&mut self, own: Option<&'b str>, make: Make<'b>) -> (FunctionId, u32) {
        let start = make.span.start;
        let span = self.lines.span(make.span);
        let (owner, given) = match make.hint {
            Some(hint) => (hint.owner, Some(hint.name)),
            None => (String::new(), None),
        };
        let name = own.map(Cow::Borrowed).or(given).filter(|name| !name.is_empty());
        let sym = self.builder.sym(name.as_deref().unwrap_or(""));
        let last = match (&name, make.kind) {
            (Some(name), FunctionKind::Getter) => Cow::Owned(["get ", name].concat()),
            (Some(name), FunctionKind::Setter) => Cow::Owned(["set ", name].concat()),
            (Some(name), _) => name.clone(),
            (None, _) => Cow::Owned(format!("<anonymous:{}:{}>", span.line, span.column)),
        };
        let relative = if owner.is_empty() { last } else { Cow::Owned(join(&owner, &last)) };
        let empty = self.builder.sym("");
        let id = self.builder.function(sym, empty, Some(self.frame.id), make.kind, span);
        self.builder.function_mut(id).class = make.class;
        let naming = self.names.add(self.frame.naming, start, relative, Named::Function(id));
        (id, naming)
    }

    fn parameters(&mut self, params: &'b FormalParameters<'a>) {
        for param in &params.items {
            self.parameter(param);
        }
        if let Some(rest) = &params.rest {
            let slot = self.add_parameter(&rest.rest.argument, ParamKind::Rest);
            self.bind_parameter(&rest.rest.argument, slot);
        }
    }

    fn parameter(&mut self, param: &'b FormalParameter<'a>) {
        let slot = self.add_parameter(&param.pattern, ParamKind::Normal);
        if let Some(default) = &param.initializer {
            let name = param.pattern.get_identifier_name();
            self.suggest(default, || name.map(|name| Hint::plain(name.as_str())));
            self.expression(default, Some(Target { slot, sole: false }));
        }
        self.annotate(slot, param.type_annotation.as_deref());
        self.bind_parameter(&param.pattern, slot);
        if param.has_modifier()
            && let Some(name) = param.pattern.get_identifier_name()
        {
            let this = self.this();
            self.store_name(this, name.as_str(), slot, param.span);
        }
    }

    /// A parameter's slot: the variable's own, unless the variable is assigned later.
    fn add_parameter(&mut self, pattern: &'b BindingPattern<'a>, kind: ParamKind) -> Slot {
        let name = pattern.get_identifier_name();
        let slot = match pattern {
            BindingPattern::BindingIdentifier(id) => match id.symbol_id.get() {
                Some(symbol) if self.is_single(symbol) => self.symbol_slot(symbol),
                _ => self.temp(),
            },
            _ => self.temp(),
        };
        let name = self.builder.sym(name.as_ref().map_or("", |name| name.as_str()));
        let id = self.frame.id;
        self.builder.function_mut(id).params.push(Param { name, slot, kind });
        slot
    }

    fn bind_parameter(&mut self, pattern: &'b BindingPattern<'a>, slot: Slot) {
        let BindingPattern::BindingIdentifier(id) = pattern else { return self.bind(pattern, slot) };
        let Some(symbol) = id.symbol_id.get() else { return };
        let all = self.symbol_slot(symbol);
        if all != slot {
            self.copy(all, slot);
            if self.is_versioned(symbol) {
                self.begin_version(symbol, slot);
            }
        }
    }

    fn return_type(&mut self, annotation: Option<&'b TSTypeAnnotation<'a>>, is_async: bool) {
        let id = self.frame.id;
        let ret = self.builder.function_mut(id).ret;
        if let Some(annotation) = annotation {
            self.annotate_return(ret, &annotation.type_annotation, is_async);
        }
    }
}
