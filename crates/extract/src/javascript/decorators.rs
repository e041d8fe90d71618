//! Decorators: an annotation with its literals, and a call.

use faultline_facts::{Annotation, CallKind, Callee, ClassId, Const, FunctionId, ObjectKind, Slot};
use oxc_ast::ast::{Argument, Class, ClassElement, Decorator, Expression, FormalParameters};

use super::lower::{Lower, Target, positional};

/// What a decorator stands on.
#[derive(Clone, Copy)]
struct Decorated {
    function: Option<FunctionId>,
    class: Option<ClassId>,
}

impl<'b, 'a> Lower<'b, 'a> {
    /// Decorators of a class get the class and may replace it.
    pub(super) fn decorate_class(&mut self, class: &'b Class<'a>, id: ClassId, slot: Slot) {
        for decorator in class.decorators.iter().rev() {
            let callee = self.decorator(decorator, Decorated { function: None, class: Some(id) });
            let args = vec![positional(slot)];
            self.invoke(CallKind::Decorator, callee, args, decorator.span, Some(Target { slot, sole: false }));
        }
    }

    /// Decorators of a method get either the prototype, name and descriptor, or the function and a context.
    pub(super) fn decorate_member(
        &mut self,
        decorators: &'b [Decorator<'a>],
        function: Option<FunctionId>,
        class: Slot,
        name: &str,
        member: Slot,
        is_static: bool,
    ) {
        for decorator in decorators.iter().rev() {
            let callee = self.decorator(decorator, Decorated { function, class: None });
            let first = self.temp();
            self.copy(first, member);
            let owner = if is_static { class } else { self.load_name(class, "prototype", decorator.span) };
            self.copy(first, owner);
            let name = self.text(name, None);
            let descriptor = self.object(ObjectKind::Object, decorator.span, None);
            self.store_name(descriptor, "value", member, decorator.span);
            let args = vec![positional(first), positional(name), positional(descriptor)];
            let into = function.map(|_| Target { slot: member, sole: false });
            self.invoke(CallKind::Decorator, callee, args, decorator.span, into);
        }
    }

    /// Decorators of fields.
    pub(super) fn decorate_fields(&mut self, class: &'b Class<'a>, slot: Slot) {
        for element in &class.body.body {
            let (decorators, key, is_static) = match element {
                ClassElement::PropertyDefinition(property) => (&property.decorators, &property.key, property.r#static),
                ClassElement::AccessorProperty(property) => (&property.decorators, &property.key, property.r#static),
                _ => continue,
            };
            if decorators.is_empty() {
                continue;
            }
            let name = self.key_text(key).unwrap_or_default();
            let member = self.temp();
            self.decorate_member(decorators, None, slot, &name, member, is_static);
        }
    }

    /// Decorators of parameters.
    pub(super) fn decorate_parameters(&mut self, params: &'b FormalParameters<'a>, function: FunctionId, class: Slot) {
        for param in &params.items {
            for decorator in &param.decorators {
                let callee = self.decorator(decorator, Decorated { function: Some(function), class: None });
                self.invoke(CallKind::Decorator, callee, vec![positional(class)], decorator.span, None);
            }
        }
    }

    fn decorator(&mut self, decorator: &'b Decorator<'a>, on: Decorated) -> Callee {
        let (callee, arguments) = match &decorator.expression {
            Expression::CallExpression(call) => (&call.callee, call.arguments.as_slice()),
            other => (other, &[][..]),
        };
        let (base, name) = match callee {
            Expression::StaticMemberExpression(member) => (&member.object, member.property.name.as_str()),
            Expression::Identifier(id) => (callee, id.name.as_str()),
            other => (other, ""),
        };
        let base =
            matches!(base, Expression::Identifier(_) | Expression::StaticMemberExpression(_)).then(|| self.value(base));
        let args = self.literals(arguments);
        let span = self.lines.span(decorator.span);
        let name = self.builder.sym(name);
        self.builder.annotation(Annotation { function: on.function, class: on.class, base, name, args, span });
        match &decorator.expression {
            Expression::CallExpression(_) => Callee::Value(self.value(&decorator.expression)),
            other => self.callee(other),
        }
    }

    fn literals(&mut self, arguments: &'b [Argument<'a>]) -> Vec<Const> {
        let mut literals = Vec::new();
        for argument in arguments {
            if let Some(folded) = argument.as_expression().and_then(|argument| self.fold(argument)) {
                let literal = self.literal(&folded);
                literals.push(literal);
            }
        }
        literals
    }
}
