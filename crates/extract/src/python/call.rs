//! Calls, and the builtins that need the names of the file to be understood.

use faultline_facts::{
    Accessor, Arg, ArgKind, CallKind, Callee, DynamicKind, Import, ImportMode, Imported, Key, Op, Slot,
};
use ruff_python_ast::{Arguments, Expr, ExprCall};
use ruff_python_parser::typing::parse_type_annotation;
use ruff_text_size::Ranged;

use super::lower::Lower;

impl Lower<'_> {
    pub(super) fn call_expr(&mut self, call: &ExprCall, want: Option<Slot>) -> Slot {
        if self.is_builtin(&call.func, "super")
            && let Some(slot) = self.super_call(call, want)
        {
            return slot;
        }
        let callee = self.callee(&call.func);
        self.call_with(callee, call, want)
    }

    /// What an expression in call position calls.
    pub(super) fn callee(&mut self, func: &Expr) -> Callee {
        match func {
            Expr::Attribute(attribute) => {
                let base = self.expr(&attribute.value);
                let key = Key::Named(self.mangled(attribute.attr.as_str()));
                Callee::Method { base, key }
            }
            _ => Callee::Value(self.expr(func)),
        }
    }

    pub(super) fn call_with(&mut self, callee: Callee, call: &ExprCall, want: Option<Slot>) -> Slot {
        let args = self.arguments(&call.arguments);
        let result = self.out(want);
        self.known_call(call, &args, result);
        self.call(CallKind::Call, callee, args, result, call.range());
        result
    }

    pub(super) fn arguments(&mut self, arguments: &Arguments) -> Vec<Arg> {
        let mut args = Vec::with_capacity(arguments.args.len() + arguments.keywords.len());
        for arg in &arguments.args {
            let kind = if arg.is_starred_expr() { ArgKind::Spread } else { ArgKind::Positional };
            args.push(Arg { slot: self.expr(arg), kind });
        }
        for keyword in &arguments.keywords {
            let slot = self.expr(&keyword.value);
            let kind = match &keyword.arg {
                Some(name) => ArgKind::Keyword(self.builder.sym(name.as_str())),
                None => ArgKind::KeywordSpread,
            };
            args.push(Arg { slot, kind });
        }
        args
    }

    /// `super()` and `super(C, self)`; `None` when the class is not in this file.
    fn super_call(&mut self, call: &ExprCall, want: Option<Slot>) -> Option<Slot> {
        let (class, this) = match &*call.arguments.args {
            [] => (self.frame.class?.id, self.frame.first_param?),
            [class, this] => {
                let var = self.subject_class(class)?;
                (var, self.expr(this))
            }
            _ => return None,
        };
        let dst = self.out(want);
        self.push_at(Op::Super { dst, class, this }, call.range());
        Some(dst)
    }

    fn subject_class(&mut self, expr: &Expr) -> Option<faultline_facts::ClassId> {
        let Expr::Name(name) = expr else { return None };
        let sym = self.builder.sym(name.id.as_str());
        if let Some(class) = self.frame.class.filter(|class| class.name == sym) {
            return Some(class.id);
        }
        let var = self.lookup(name.id.as_str())?;
        self.classes.get(&var).map(|class| class.id)
    }

    /// Builtins whose meaning depends on a constant argument. The ordinary call is emitted besides.
    fn known_call(&mut self, call: &ExprCall, args: &[Arg], result: Slot) {
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return,
        };
        match name {
            "eval" | "exec" if self.is_builtin(&call.func, name) => self.eval_call(call, result),
            "getattr" | "setattr" if self.is_builtin(&call.func, name) => self.attribute_call(call, args, result),
            "__import__" | "import_module" => self.import_call(call, result),
            _ => {}
        }
    }

    /// The source in a constant string is evaluated here, when it is an expression; else nothing is known.
    fn eval_call(&mut self, call: &ExprCall, result: Slot) {
        let text = call.arguments.args.first().and_then(Expr::as_string_literal_expr);
        let plain = text.filter(|_| call.arguments.len() == 1);
        match plain.and_then(|text| parse_type_annotation(text, self.source).ok()) {
            Some(parsed) => {
                self.eval(parsed.expression(), Some(result));
            }
            None => self.witness(DynamicKind::Eval, call),
        }
    }

    fn witness(&mut self, kind: DynamicKind, call: &ExprCall) {
        let span = self.span(call.range());
        self.builder.dynamic(self.frame.function, kind, span);
    }

    /// `getattr(o, 'x', default)` is a load, `setattr(o, 'x', v)` a store.
    fn attribute_call(&mut self, call: &ExprCall, args: &[Arg], result: Slot) {
        let positional = args.iter().all(|arg| arg.kind == ArgKind::Positional);
        let name = call.arguments.args.get(1).and_then(Expr::as_string_literal_expr);
        let (Some(name), true) = (name, positional) else { return self.witness(DynamicKind::Reflection, call) };
        let key = Key::Named(self.builder.sym(name.value.to_str()));
        let base = args[0].slot;
        let setter = call.func.as_name_expr().is_some_and(|name| name.id.as_str() == "setattr");
        match args.get(2) {
            Some(value) if setter => {
                self.push_at(Op::Store { base, key, src: value.slot, accessor: Accessor::Value }, call.range());
            }
            None if setter => {}
            default => {
                self.load(base, key, Some(result), call.range());
                if let Some(default) = default {
                    self.copy(result, default.slot);
                }
            }
        }
    }

    /// `__import__('x')`, `importlib.import_module('x')`.
    fn import_call(&mut self, call: &ExprCall, result: Slot) {
        let whole_path = match self.origin(&call.func).as_deref() {
            Some("__import__" | "builtins.__import__") => false,
            Some("importlib.import_module") => true,
            _ => return,
        };
        let first = call.arguments.args.first();
        let Some(path) = first.and_then(Expr::as_string_literal_expr).map(|text| text.value.to_str()) else {
            return self.witness(DynamicKind::Import, call);
        };
        let name = path.trim_start_matches('.');
        let level = (path.len() - name.len()) as u32;
        if whole_path {
            return self.dynamic_import(name, level, result, call);
        }
        if let Some((top, _)) = name.split_once('.') {
            let unused = self.slot();
            self.dynamic_import(name, level, unused, call);
            return self.dynamic_import(top, level, result, call);
        }
        self.dynamic_import(name, level, result, call);
    }

    fn dynamic_import(&mut self, name: &str, level: u32, dst: Slot, call: &ExprCall) {
        let import = Import {
            specifier: self.builder.sym(name),
            level,
            what: Imported::Module,
            mode: ImportMode::Dynamic,
            function: self.frame.function,
            span: self.span(call.range()),
        };
        let import = self.builder.import(import);
        self.push_at(Op::Import { dst, import }, call.range());
    }
}
