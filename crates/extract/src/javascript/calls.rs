//! Calls, `new`, `require` and `import()`.

use std::borrow::Cow;

use faultline_facts::{Arg, ArgKind, CallKind, Callee, DynamicKind, Import, ImportMode, Imported, Op, Slot};
use oxc_ast::ast::{Argument, CallExpression, Expression, ImportExpression, NewExpression};

use super::lower::{Into, Lower};

impl<'b, 'a> Lower<'b, 'a> {
    /// A call.
    pub(super) fn call(&mut self, call: &'b CallExpression<'a>, into: Into) -> Slot {
        if let Expression::Super(_) = call.callee {
            return self.super_call(call, into);
        }
        if self.is_require(&call.callee) {
            if let Some(specifier) = self.first_text(&call.arguments) {
                return self.require(&specifier, call, into);
            }
            self.dynamic(DynamicKind::Import, call.span);
        }
        self.note_dynamic_call(&call.callee, &call.arguments, call.span);
        let callee = self.callee(&call.callee);
        let args = self.arguments_of(&call.arguments);
        self.invoke(CallKind::Call, callee, args, call.span, into)
    }

    fn super_call(&mut self, call: &'b CallExpression<'a>, into: Into) -> Slot {
        let parent = self.super_value(call.span);
        let args = self.arguments_of(&call.arguments);
        self.invoke(CallKind::SuperNew, Callee::Value(parent), args, call.span, into)
    }

    /// `new`.
    pub(super) fn new_expression(&mut self, new: &'b NewExpression<'a>, into: Into) -> Slot {
        self.note_dynamic_call(&new.callee, &new.arguments, new.span);
        let callee = self.expression(&new.callee, None);
        let args = self.arguments_of(&new.arguments);
        self.invoke(CallKind::New, Callee::Value(callee), args, new.span, into)
    }

    /// Evaluated arguments.
    pub(super) fn arguments_of(&mut self, arguments: &'b [Argument<'a>]) -> Vec<Arg> {
        let mut args = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let arg = match argument {
                Argument::SpreadElement(spread) => {
                    Arg { slot: self.expression(&spread.argument, None), kind: ArgKind::Spread }
                }
                _ => match argument.as_expression() {
                    Some(expression) => Arg { slot: self.expression(expression, None), kind: ArgKind::Positional },
                    None => continue,
                },
            };
            args.push(arg);
        }
        args
    }

    /// `require` or `module.require` of the module system, or one made by `createRequire`.
    fn is_require(&self, callee: &'b Expression<'a>) -> bool {
        match callee {
            Expression::Identifier(id) => match self.symbol_of(id) {
                Some(symbol) => self.requires.contains(&symbol),
                None => id.name == "require",
            },
            Expression::StaticMemberExpression(member) => {
                member.property.name == "require"
                    && matches!(&member.object, Expression::Identifier(id) if self.is_global(id, "module"))
            }
            _ => false,
        }
    }

    fn first_text(&self, arguments: &'b [Argument<'a>]) -> Option<Cow<'b, str>> {
        self.fold_text(arguments.first()?.as_expression()?)
    }

    fn require(&mut self, specifier: &str, call: &'b CallExpression<'a>, into: Into) -> Slot {
        if specifier.rsplit_once('.').is_some_and(|(_, extension)| extension == "node") {
            self.dynamic(DynamicKind::Native, call.span);
        }
        let nested = self.frame.id.0 != 0 || self.frame.conditional > 0;
        let mode = if nested { ImportMode::Conditional } else { ImportMode::Static };
        self.import(specifier, Imported::Module, mode, call.span, into)
    }

    /// Emits an import and gives the slot it binds.
    pub(super) fn import(
        &mut self,
        specifier: &str,
        what: Imported,
        mode: ImportMode,
        span: oxc_span::Span,
        into: Into,
    ) -> Slot {
        self.note_test_import(specifier);
        let specifier = self.builder.sym(specifier);
        let place = self.lines.span(span);
        let function = self.frame.id;
        let import = self.builder.import(Import { specifier, level: 0, what, mode, function, span: place });
        let dst = self.slot(into);
        self.push(Op::Import { dst, import }, span);
        dst
    }

    /// `import(…)`.
    pub(super) fn import_expression(&mut self, node: &'b ImportExpression<'a>, into: Into) -> Slot {
        if let Some(options) = &node.options {
            self.effect(options);
        }
        if let Some(specifier) = self.fold_text(&node.source) {
            return self.import(&specifier, Imported::Module, ImportMode::Dynamic, node.span, into);
        }
        self.dynamic(DynamicKind::Import, node.span);
        let callee = self.global("import", None);
        let source = self.expression(&node.source, None);
        let args = vec![Arg { slot: source, kind: ArgKind::Positional }];
        self.invoke(CallKind::Call, Callee::Value(callee), args, node.span, into)
    }

    /// Notes calls that make code from text.
    fn note_dynamic_call(&mut self, callee: &'b Expression<'a>, arguments: &'b [Argument<'a>], span: oxc_span::Span) {
        if let Expression::StaticMemberExpression(member) = callee {
            let native = matches!(member.property.name.as_str(), "binding" | "dlopen" | "_linkedBinding");
            if native && matches!(&member.object, Expression::Identifier(id) if self.is_global(id, "process")) {
                self.dynamic(DynamicKind::Native, span);
            }
        }
        let Expression::Identifier(id) = callee else { return };
        if self.symbol_of(id).is_some() {
            return;
        }
        match id.name.as_str() {
            "eval" => self.note_eval(span),
            // The idiom for the global object runs no foreign code.
            "Function" if self.first_text(arguments).as_deref() != Some("return this") => self.note_eval(span),
            "setTimeout" | "setInterval" if self.first_text(arguments).is_some() => self.note_eval(span),
            "describe" | "it" | "test" | "suite" if arguments.len() >= 2 && self.first_text(arguments).is_some() => {
                self.note_test_call();
            }
            _ => {}
        }
    }
}
