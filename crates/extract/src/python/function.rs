//! Function definitions and lambdas.

use faultline_facts::{FunctionId, FunctionKind, Op, Param, ParamKind, Slot, Sym, TypePlace};
use ruff_python_ast::{Expr, ExprLambda, ParameterWithDefault, Parameters, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::decorate::Decorated;
use super::lower::{Frame, Lower};
use super::scope::{ScopeId, ScopeKind};

/// A parameter before its function exists: what the enclosing function evaluated for it.
struct Prepared {
    name: Sym,
    kind: ParamKind,
    default: Option<Slot>,
    types: Vec<(Slot, TypePlace)>,
}

impl Lower<'_> {
    pub(super) fn function_def(&mut self, def: &StmtFunctionDef) {
        let Some(scope) = def.node_index.load().as_u32() else { return };
        let decorated = self.decorators(&def.decorator_list);
        let prepared = self.prepare(&def.parameters);
        let mut returns = Vec::new();
        if let Some(annotation) = &def.returns {
            self.types(annotation, TypePlace::Instance, &mut returns);
        }
        let in_class = self.table.scope(self.frame.scope).kind == ScopeKind::Class;
        let name = self.builder.sym(def.name.as_str());
        let qualified = self.qualify(def.name.as_str());
        let start = self.keyword(def.range(), def.decorator_list.last().map(Ranged::end));
        let span = self.span(TextRange::new(start, def.end()));
        let kind = decorated.kind(def.name.as_str(), in_class);
        let id = self.builder.function(name, qualified, Some(self.frame.function), kind, span);
        self.flags(id, def, &decorated, in_class);
        self.bind_function(def, id, &decorated);
        self.body(id, scope, def.name.as_str(), prepared, |this| this.block(&def.body));
        self.type_return(id, &returns);
    }

    fn flags(&mut self, id: FunctionId, def: &StmtFunctionDef, decorated: &Decorated, in_class: bool) {
        let class = self.frame.class.filter(|_| in_class).map(|class| class.id);
        let name = def.name.as_str();
        let function = self.builder.function_mut(id);
        function.class = class;
        function.flags.is_async = def.is_async;
        function.flags.is_static = decorated.is_static || in_class && name == "__new__";
        function.flags.classmethod =
            decorated.classmethod || in_class && matches!(name, "__init_subclass__" | "__class_getitem__");
    }

    fn type_return(&mut self, id: FunctionId, types: &[(Slot, TypePlace)]) {
        let function = self.builder.function_mut(id);
        let (ret, yielded) = (function.ret, function.yielded);
        for (class, place) in types {
            match (place, yielded) {
                (TypePlace::Element, Some(yielded)) => {
                    self.push_types(id, yielded, &[(*class, TypePlace::Instance)]);
                }
                (_, Some(_)) => {}
                _ => self.push_types(id, ret, &[(*class, *place)]),
            }
        }
    }

    pub(super) fn lambda(&mut self, lambda: &ExprLambda, want: Option<Slot>) -> Slot {
        let dst = self.out(want);
        let Some(scope) = lambda.node_index.load().as_u32() else { return dst };
        let prepared = lambda.parameters.as_ref().map(|parameters| self.prepare(parameters)).unwrap_or_default();
        let own = format!("<lambda{}>", self.table.scope(scope).number);
        let name = self.builder.sym("");
        let qualified = self.qualify(&own);
        let span = self.span(lambda.range());
        let id = self.builder.function(name, qualified, Some(self.frame.function), FunctionKind::Function, span);
        self.builder.function_mut(id).flags.arrow = true;
        self.push(Op::Closure { dst, function: id });
        self.body(id, scope, &own, prepared, |this| {
            let ret = this.builder.function_mut(id).ret;
            this.eval(&lambda.body, Some(ret));
        });
        dst
    }

    /// Lowers a body in a frame of its own.
    fn body(
        &mut self,
        id: FunctionId,
        scope: ScopeId,
        name: &str,
        params: Vec<Prepared>,
        lower: impl FnOnce(&mut Self),
    ) {
        let prefix = format!("{}{name}.", self.frame.prefix);
        let mut frame = Frame::new(id, scope, prefix);
        frame.class = self.frame.class;
        let outer = std::mem::replace(&mut self.frame, frame);
        let accessors = std::mem::take(&mut self.accessors);
        let mark = self.env.mark();
        self.own(scope);
        self.params(id, scope, params);
        lower(self);
        self.env.undo(mark);
        self.accessors = accessors;
        self.frame = outer;
    }

    fn params(&mut self, id: FunctionId, scope: ScopeId, params: Vec<Prepared>) {
        for param in params {
            let slot = self.slot();
            self.frame.first_param = self.frame.first_param.or(Some(slot));
            if let Some(src) = param.default {
                self.push(Op::Copy { dst: slot, src });
            }
            self.push_types(id, slot, &param.types);
            self.builder.function_mut(id).params.push(Param { name: param.name, slot, kind: param.kind });
            let var = self.table.local(scope, param.name);
            self.adopt(var, slot);
        }
    }

    /// Evaluates defaults and annotations where the function is defined.
    fn prepare(&mut self, parameters: &Parameters) -> Vec<Prepared> {
        let mut out = Vec::with_capacity(parameters.len());
        for (list, kind) in
            [(&parameters.posonlyargs, ParamKind::PositionalOnly), (&parameters.args, ParamKind::Normal)]
        {
            list.iter().for_each(|param| out.push(self.prepare_one(param, kind)));
        }
        if let Some(rest) = &parameters.vararg {
            out.push(self.prepare_rest(rest, ParamKind::Rest));
        }
        parameters.kwonlyargs.iter().for_each(|param| out.push(self.prepare_one(param, ParamKind::KeywordOnly)));
        if let Some(rest) = &parameters.kwarg {
            out.push(self.prepare_rest(rest, ParamKind::KeywordRest));
        }
        out
    }

    fn prepare_one(&mut self, param: &ParameterWithDefault, kind: ParamKind) -> Prepared {
        let mut types = Vec::new();
        if let Some(annotation) = param.annotation() {
            self.types(annotation, TypePlace::Instance, &mut types);
        }
        let default = param.default().map(|default: &Expr| self.expr(default));
        Prepared { name: self.builder.sym(param.name().as_str()), kind, default, types }
    }

    /// The annotation of `*args` and `**kwargs` speaks of their elements.
    fn prepare_rest(&mut self, param: &ruff_python_ast::Parameter, kind: ParamKind) -> Prepared {
        let mut types = Vec::new();
        if let Some(annotation) = param.annotation() {
            self.types(annotation, TypePlace::Element, &mut types);
        }
        Prepared { name: self.builder.sym(param.name.as_str()), kind, default: None, types }
    }

    /// Where `def` or `class` stands after the decorators.
    pub(super) fn keyword(&mut self, range: TextRange, decorators_end: Option<TextSize>) -> TextSize {
        let Some(from) = decorators_end else { return range.start() };
        let bytes = self.source.as_bytes();
        let mut at = from.to_usize();
        let mut comment = false;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\n' | b'\r' => comment = false,
                b'#' => comment = true,
                byte if !comment && byte.is_ascii_alphabetic() => break,
                _ => {}
            }
            at += 1;
        }
        TextSize::new(at as u32).min(range.end())
    }
}
