//! Expressions to slots.

use faultline_facts::{CallKind, Const, Key, ObjectKind, Op, Slot};
use ruff_python_ast::{BoolOp, Expr, ExprBoolOp, ExprIf, ExprSubscript};
use ruff_text_size::Ranged;

use super::env::Exit;
use super::lower::Lower;
use super::scope::VarId;

impl Lower<'_> {
    /// The slot that holds the expression's value.
    pub(super) fn expr(&mut self, expr: &Expr) -> Slot {
        self.eval(expr, None)
    }

    /// Evaluates for truth only.
    pub(super) fn test(&mut self, expr: &Expr) {
        match expr {
            Expr::UnaryOp(unary) if unary.op == ruff_python_ast::UnaryOp::Not => self.test(&unary.operand),
            Expr::BoolOp(node) => {
                self.bool_op(node, Lower::test);
            }
            Expr::Compare(compare) => self.compare(compare),
            _ => {
                let value = self.expr(expr);
                if self.has_truth(expr) {
                    self.effect(CallKind::Implicit, value, "__bool__", &[], expr.range());
                }
            }
        }
    }

    /// Whether asking for the value's truth may call a method.
    fn has_truth(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::Attribute(_) | Expr::Subscript(_) => true,
            Expr::Name(name) => name.id.as_str() != "TYPE_CHECKING",
            Expr::Call(call) => match &*call.func {
                Expr::Name(name) => self.lookup(name.id.as_str()).is_some(),
                _ => true,
            },
            _ => false,
        }
    }

    /// Evaluates into `want` when given, else into whatever slot holds the value.
    pub(super) fn eval(&mut self, expr: &Expr, want: Option<Slot>) -> Slot {
        match expr {
            Expr::Name(name) => {
                let slot = self.name(name.id.as_str());
                self.give(slot, want)
            }
            Expr::Attribute(attribute) => {
                let base = self.expr(&attribute.value);
                let key = Key::Named(self.mangled(attribute.attr.as_str()));
                self.load(base, key, want, expr.range())
            }
            Expr::Call(call) => self.call_expr(call, want),
            Expr::Subscript(subscript) => self.subscript(subscript, want),
            Expr::BoolOp(node) => {
                let dst = self.out(want);
                self.bool_op(node, |this, value| {
                    this.eval(value, Some(dst));
                });
                dst
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value, want);
                self.store(&named.target, value, None);
                value
            }
            Expr::BinOp(node) => self.bin_op(node, want),
            Expr::UnaryOp(node) => self.unary_op(node, want),
            Expr::Compare(node) => {
                self.compare(node);
                self.object(ObjectKind::Plain, want)
            }
            Expr::If(node) => self.if_expr(node, want),
            Expr::Lambda(lambda) => self.lambda(lambda, want),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr, want)
            }
            Expr::Await(node) => {
                let src = self.expr(&node.value);
                self.effect(CallKind::Implicit, src, "__await__", &[], expr.range());
                let dst = self.out(want);
                self.push(Op::Await { dst, src });
                dst
            }
            Expr::Yield(node) => {
                self.yield_expr(node.value.as_deref());
                self.out(want)
            }
            Expr::YieldFrom(node) => self.yield_from(&node.value, want),
            Expr::Starred(starred) => self.eval(&starred.value, want),
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step].into_iter().flatten() {
                    self.expr(part);
                }
                self.object(ObjectKind::Plain, want)
            }
            Expr::EllipsisLiteral(_) | Expr::IpyEscapeCommand(_) => self.object(ObjectKind::Plain, want),
            Expr::NoneLiteral(_) => self.constant(Const::Null, want),
            _ => self.literal(expr, want),
        }
    }

    /// The variable that a name means here.
    pub(super) fn lookup(&mut self, name: &str) -> Option<VarId> {
        let sym = self.builder.sym(name);
        self.table.resolve(self.frame.scope, sym)
    }

    /// Reads a name.
    pub(super) fn name(&mut self, name: &str) -> Slot {
        let sym = self.builder.sym(name);
        match self.table.resolve(self.frame.scope, sym) {
            Some(var) => self.read(var),
            None => match self.frame.class {
                Some(class) if name == "__class__" => class.slot,
                _ => self.global(sym),
            },
        }
    }

    /// True when the name is this builtin: nothing in the file declares it.
    pub(super) fn is_builtin(&mut self, expr: &Expr, name: &str) -> bool {
        matches!(expr, Expr::Name(node) if node.id.as_str() == name) && self.lookup(name).is_none()
    }

    /// The dotted path that an expression names: of an import, or a builtin's own name.
    pub(super) fn origin(&mut self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Name(name) => match self.lookup(name.id.as_str()) {
                Some(var) => self.origins.get(&var).cloned(),
                None => Some(name.id.to_string()),
            },
            Expr::Attribute(attribute) => {
                let base = self.origin(&attribute.value)?;
                Some(format!("{base}.{}", attribute.attr))
            }
            _ => None,
        }
    }

    /// Operands in order; what the first ones say holds for the next.
    fn bool_op(&mut self, node: &ExprBoolOp, mut each: impl FnMut(&mut Self, &Expr)) {
        let mark = self.env.mark();
        let guard = self.frame.guard;
        for (at, value) in node.values.iter().enumerate() {
            each(self, value);
            if at + 1 == node.values.len() {
                break;
            }
            let condition = self.condition(value);
            let (refines, guards) = match node.op {
                BoolOp::And => (condition.yes, condition.guards_yes),
                BoolOp::Or => (condition.no, condition.guards_no),
            };
            self.refine(&refines);
            self.frame.guard = self.guards(&guards);
        }
        self.frame.guard = guard;
        self.rejoin(mark);
    }

    /// Joins what happened since the mark with its not having happened.
    pub(super) fn rejoin(&mut self, mark: usize) {
        if self.env.mark() == mark {
            return;
        }
        let live = self.frame.live;
        let exit = self.env.take(mark, true);
        self.merge(&[exit, Exit { live: true, ..Exit::default() }]);
        self.frame.live = live;
    }

    fn if_expr(&mut self, node: &ExprIf, want: Option<Slot>) -> Slot {
        self.test(&node.test);
        let condition = self.condition(&node.test);
        let dst = self.out(want);
        let (mark, guard) = (self.env.mark(), self.frame.guard);
        self.refine(&condition.yes);
        self.frame.guard = self.guards(&condition.guards_yes);
        self.eval(&node.body, Some(dst));
        self.frame.guard = guard;
        let first = self.env.take(mark, true);
        self.refine(&condition.no);
        self.frame.guard = self.guards(&condition.guards_no);
        self.eval(&node.orelse, Some(dst));
        self.frame.guard = guard;
        let live = self.frame.live;
        let second = self.env.take(mark, true);
        self.merge(&[first, second]);
        self.frame.live = live;
        dst
    }

    fn subscript(&mut self, node: &ExprSubscript, want: Option<Slot>) -> Slot {
        let base = self.expr(&node.value);
        let dst = self.out(want);
        let range = node.range();
        if let Expr::Slice(slice) = &*node.slice {
            let index = self.expr(&node.slice);
            let part = self.part_of(base, slice, range);
            self.copy(dst, part);
            return self.special(CallKind::Operator, base, "__getitem__", &[index], Some(dst), range);
        }
        let (key, index) = self.subscript_key(&node.slice);
        self.load(base, key, Some(dst), range);
        self.special(CallKind::Operator, base, "__getitem__", &[index], Some(dst), range)
    }

    /// The key of `base[index]`, and the slot of the index.
    pub(super) fn subscript_key(&mut self, index: &Expr) -> (Key, Slot) {
        let slot = self.expr(index);
        let key = match index {
            Expr::UnaryOp(unary) if unary.operand.is_number_literal_expr() => Key::Element,
            Expr::Slice(_) => Key::Element,
            _ => self.constant_key(index).unwrap_or(Key::Computed(slot)),
        };
        (key, slot)
    }

    /// The key that a constant string or index is.
    pub(super) fn constant_key(&mut self, index: &Expr) -> Option<Key> {
        match index {
            Expr::StringLiteral(text) => Some(Key::Item(self.builder.sym(text.value.to_str()))),
            Expr::NumberLiteral(number) => {
                let int = number.value.as_int().and_then(ruff_python_ast::Int::as_i64)?;
                u32::try_from(int).ok().map(Key::Index)
            }
            _ => None,
        }
    }

    fn yielded(&mut self) -> Slot {
        if let Some(slot) = self.frame.yielded {
            return slot;
        }
        let slot = self.slot();
        self.frame.yielded = Some(slot);
        let function = self.builder.function_mut(self.frame.function);
        function.yielded = Some(slot);
        function.flags.generator = true;
        slot
    }

    fn yield_expr(&mut self, value: Option<&Expr>) {
        let yielded = self.yielded();
        if let Some(value) = value {
            self.eval(value, Some(yielded));
        }
    }

    fn yield_from(&mut self, value: &Expr, want: Option<Slot>) -> Slot {
        let yielded = self.yielded();
        let src = self.expr(value);
        self.item_of(src, value, false, Some(yielded));
        let dst = self.out(want);
        self.push(Op::Await { dst, src });
        dst
    }
}
