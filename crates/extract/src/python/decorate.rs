//! Decorators: calls, the builtins that only set flags, and what is literal in them.

use faultline_facts::{
    Accessor, Annotation, Arg, ArgKind, CallKind, Callee, ClassId, Const, FunctionId, FunctionKind, Member,
    MemberPlace, Op, Slot, Sym,
};
use ruff_python_ast::{Decorator, Expr, ExprCall, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use super::lower::Lower;
use super::scope::{Entry, ScopeKind, VarId};

/// The decorators of one definition, evaluated.
#[derive(Debug, Default)]
pub(super) struct Decorated {
    pub is_static: bool,
    pub classmethod: bool,
    accessor: Option<Accessor>,
    /// A `@overload` or `@x.deleter`: the name is not bound to it.
    unbound: bool,
    calls: Vec<(Callee, TextRange)>,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    base: Option<Slot>,
    name: Sym,
    args: Vec<Const>,
    range: TextRange,
}

enum Known {
    Static,
    Class,
    Getter,
    Setter,
    Unbound,
}

impl Decorated {
    pub(super) fn kind(&self, name: &str, in_class: bool) -> FunctionKind {
        match self.accessor {
            Some(Accessor::Getter) if in_class => FunctionKind::Getter,
            Some(Accessor::Setter) if in_class => FunctionKind::Setter,
            _ if in_class && name == "__init__" => FunctionKind::Constructor,
            _ if in_class => FunctionKind::Method,
            _ => FunctionKind::Function,
        }
    }
}

impl Lower<'_> {
    pub(super) fn decorators(&mut self, list: &[Decorator]) -> Decorated {
        let mut out = Decorated::default();
        for (at, decorator) in list.iter().enumerate() {
            let innermost = at + 1 == list.len();
            match self.known_decorator(&decorator.expression) {
                Some(Known::Static) if innermost => out.is_static = true,
                Some(Known::Class) if innermost => out.classmethod = true,
                Some(Known::Getter) => out.accessor = Some(Accessor::Getter),
                Some(Known::Setter) => out.accessor = Some(Accessor::Setter),
                Some(Known::Unbound) => out.unbound = true,
                _ => self.decorator(&decorator.expression, &mut out),
            }
        }
        out
    }

    fn known_decorator(&mut self, expr: &Expr) -> Option<Known> {
        if let Some(known) = self.accessor_decorator(expr) {
            return Some(known);
        }
        let origin = self.origin(expr)?;
        match origin.strip_prefix("builtins.").unwrap_or(&origin) {
            "staticmethod" | "abc.abstractstaticmethod" => Some(Known::Static),
            "classmethod" | "abc.abstractclassmethod" => Some(Known::Class),
            "property" | "functools.cached_property" | "abc.abstractproperty" | "enum.property" => Some(Known::Getter),
            "typing.overload" | "typing_extensions.overload" => Some(Known::Unbound),
            _ => None,
        }
    }

    /// `@x.setter` where `x` is bound in the class body.
    fn accessor_decorator(&mut self, expr: &Expr) -> Option<Known> {
        let Expr::Attribute(attribute) = expr else { return None };
        let known = match attribute.attr.as_str() {
            "setter" => Known::Setter,
            "getter" => Known::Getter,
            "deleter" => Known::Unbound,
            _ => return None,
        };
        let sym = self.builder.sym(attribute.value.as_name_expr()?.id.as_str());
        let scope = self.table.scope(self.frame.scope);
        let own = scope.kind == ScopeKind::Class && matches!(scope.entries.get(&sym), Some(Entry::Local(_)));
        own.then_some(known)
    }

    fn decorator(&mut self, expr: &Expr, out: &mut Decorated) {
        let range = expr.range();
        let (inner, call) = match expr {
            Expr::Call(call) => (self.callee(&call.func), Some(call)),
            other => (self.callee(other), None),
        };
        let base = match inner {
            Callee::Method { base, .. } => base,
            Callee::Value(slot) => slot,
        };
        let name = self.builder.sym(last_name(call.map_or(expr, |call| &call.func)));
        let args = call.map(|call| self.literal_args(call)).unwrap_or_default();
        out.notes.push(Note { base: Some(base), name, args, range });
        let callee = match call {
            Some(call) => Callee::Value(self.call_with(inner, call, None)),
            None => inner,
        };
        out.calls.push((callee, range));
    }

    fn literal_args(&mut self, call: &ExprCall) -> Vec<Const> {
        call.arguments.args.iter().filter_map(|arg| self.constant_of(arg)).collect()
    }

    /// Applies decorators, innermost first; gives what the name is bound to.
    pub(super) fn decorate(&mut self, decorated: &Decorated, value: Slot) -> Slot {
        let mut value = value;
        for (callee, range) in decorated.calls.iter().rev() {
            let result = self.slot();
            let args = vec![Arg { slot: value, kind: ArgKind::Positional }];
            self.call(CallKind::Decorator, *callee, args, result, *range);
            value = result;
        }
        value
    }

    pub(super) fn annotate(&mut self, decorated: &Decorated, function: Option<FunctionId>, class: Option<ClassId>) {
        for note in &decorated.notes {
            let span = self.span(note.range);
            let args = note.args.clone();
            self.builder.annotation(Annotation { function, class, base: note.base, name: note.name, args, span });
        }
    }

    /// Binds a function's name, or makes it an accessor of the class.
    pub(super) fn bind_function(&mut self, def: &StmtFunctionDef, id: FunctionId, decorated: &Decorated) {
        self.annotate(decorated, Some(id), None);
        let Some(var) = self.lookup(def.name.as_str()) else { return };
        if decorated.unbound {
            let dst = self.slot();
            return self.push(Op::Closure { dst, function: id });
        }
        let in_class = self.table.scope(self.frame.scope).kind == ScopeKind::Class;
        let accessor = decorated.accessor.filter(|_| in_class);
        if accessor.is_none() && decorated.calls.is_empty() {
            let dst = self.define(var);
            return self.push(Op::Closure { dst, function: id });
        }
        let dst = self.slot();
        self.push(Op::Closure { dst, function: id });
        let value = self.decorate(decorated, dst);
        if let Some(accessor) = accessor {
            self.accessor(var, value, accessor);
        } else {
            self.take_value(var, value);
        }
    }

    fn accessor(&mut self, var: VarId, slot: Slot, accessor: Accessor) {
        let name = self.table.var(var).sym;
        self.accessors.push(Member { name, slot, place: MemberPlace::Prototype, accessor });
    }

    /// `x = property(getter, setter)` in a class body.
    pub(super) fn property_call(&mut self, var: VarId, value: &Expr) -> bool {
        let in_class = self.table.scope(self.frame.scope).kind == ScopeKind::Class;
        let Expr::Call(call) = value else { return false };
        if !in_class || !self.is_builtin(&call.func, "property") {
            return false;
        }
        for (at, arg) in call.arguments.args.iter().enumerate().take(2) {
            let accessor = if at == 0 { Accessor::Getter } else { Accessor::Setter };
            self.property_part(var, arg, accessor);
        }
        for keyword in &call.arguments.keywords {
            match keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str) {
                Some("fget") => self.property_part(var, &keyword.value, Accessor::Getter),
                Some("fset") => self.property_part(var, &keyword.value, Accessor::Setter),
                _ => {}
            }
        }
        true
    }

    fn property_part(&mut self, var: VarId, function: &Expr, accessor: Accessor) {
        if !function.is_none_literal_expr() {
            let slot = self.slot();
            self.eval(function, Some(slot));
            self.accessor(var, slot, accessor);
        }
    }
}

/// The last part of a dotted name.
fn last_name(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}
