//! Statements without branches.

use faultline_facts::{CallKind, Key, Op, TypePlace};
use ruff_python_ast::{Expr, Stmt, StmtAnnAssign, StmtAugAssign, StmtDelete, StmtExpr, StmtRaise, StmtReturn};
use ruff_text_size::Ranged;

use super::lower::Lower;

impl Lower<'_> {
    /// Lowers statements; guards that an early exit set end with the block.
    pub(super) fn block(&mut self, body: &[Stmt]) {
        let guard = self.frame.guard;
        let mut fresh = Vec::new();
        for stmt in body {
            self.tracked(stmt, &mut fresh);
        }
        self.frame.guard = guard;
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function_def(def),
            Stmt::ClassDef(def) => self.class_def(def),
            Stmt::Return(node) => self.return_stmt(node),
            Stmt::Delete(node) => self.delete(node),
            Stmt::Assign(node) => self.assign_stmt(node),
            Stmt::AugAssign(node) => self.aug_assign(node),
            Stmt::AnnAssign(node) => self.ann_assign(node),
            Stmt::TypeAlias(node) => self.assign(&node.name, &node.value),
            Stmt::For(node) => self.for_stmt(node),
            Stmt::While(node) => self.while_stmt(node),
            Stmt::If(node) => self.if_stmt(node),
            Stmt::With(node) => self.with_stmt(node),
            Stmt::Match(node) => self.match_stmt(node),
            Stmt::Raise(node) => self.raise(node),
            Stmt::Try(node) => self.try_stmt(node),
            Stmt::Assert(node) => {
                self.test(&node.test);
                if let Some(msg) = &node.msg {
                    self.expr(msg);
                }
                let condition = self.condition(&node.test);
                self.refine(&condition.yes);
            }
            Stmt::Import(node) => self.import(node),
            Stmt::ImportFrom(node) => self.import_from(node),
            Stmt::Expr(node) => self.expr_stmt(node),
            Stmt::Break(_) | Stmt::Continue(_) => self.frame.live = false,
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn expr_stmt(&mut self, node: &StmtExpr) {
        let idle = matches!(
            &*node.value,
            Expr::StringLiteral(_) | Expr::EllipsisLiteral(_) | Expr::NumberLiteral(_) | Expr::NoneLiteral(_)
        );
        if !idle {
            self.expr(&node.value);
        }
    }

    fn return_stmt(&mut self, node: &StmtReturn) {
        if let Some(value) = &node.value {
            let ret = self.builder.function_mut(self.frame.function).ret;
            self.eval(value, Some(ret));
        }
        self.frame.live = false;
    }

    fn raise(&mut self, node: &StmtRaise) {
        for part in node.exc.iter().chain(&node.cause) {
            let raised = self.expr(part);
            // `raise E` makes an instance of the class E, and keeps what is one already.
            if !part.is_call_expr() {
                let kind = if looks_like_class(part) { CallKind::Call } else { CallKind::Implicit };
                let result = self.slot();
                self.call(kind, faultline_facts::Callee::Value(raised), Vec::new(), result, part.range());
            }
        }
        self.frame.live = false;
    }

    fn delete(&mut self, node: &StmtDelete) {
        for target in &node.targets {
            if let Expr::Subscript(subscript) = target {
                let base = self.expr(&subscript.value);
                let index = self.expr(&subscript.slice);
                self.effect(CallKind::Operator, base, "__delitem__", &[index], target.range());
            }
        }
    }

    fn aug_assign(&mut self, node: &StmtAugAssign) {
        let range = node.range();
        let old = match &*node.target {
            Expr::Name(name) => self.name(name.id.as_str()),
            other => self.expr(other),
        };
        let value = self.expr(&node.value);
        let result = self.slot();
        let plain = super::literal::is_literal(&node.value);
        self.copy(result, old);
        let in_place = super::operator::in_place(node.op);
        self.special(CallKind::Operator, old, in_place, &[value], Some(result), range);
        self.binary_calls(node.op, old, (!plain).then_some(value), value, result, range);
        if !plain {
            self.push(Op::Spread { dst: old, src: value });
        }
        self.note_all(&node.target, &node.value, true);
        self.store(&node.target, result, None);
    }

    fn ann_assign(&mut self, node: &StmtAnnAssign) {
        let mut types = Vec::new();
        self.types(&node.annotation, TypePlace::Instance, &mut types);
        let Some(value) = &node.value else {
            return self.declare_only(node, &types);
        };
        if types.is_empty() {
            return self.assign(&node.target, value);
        }
        let slot = self.slot();
        self.eval(value, Some(slot));
        self.push_types(self.frame.function, slot, &types);
        self.store(&node.target, slot, Some(value));
    }

    /// `x: C` binds nothing at run time, but says what `x` will be.
    fn declare_only(&mut self, node: &StmtAnnAssign, types: &[(faultline_facts::Slot, TypePlace)]) {
        if types.is_empty() {
            return;
        }
        match &*node.target {
            Expr::Name(name) => {
                if let Some(var) = self.lookup(name.id.as_str()) {
                    let slot = self.define(var);
                    self.push_types(self.frame.function, slot, types);
                }
            }
            Expr::Attribute(attribute) => {
                let base = self.expr(&attribute.value);
                let key = Key::Named(self.mangled(attribute.attr.as_str()));
                let slot = self.slot();
                self.push_types(self.frame.function, slot, types);
                self.put(base, key, slot, node.range());
            }
            _ => {}
        }
    }
}

/// By the naming convention of classes.
fn looks_like_class(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    };
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}
