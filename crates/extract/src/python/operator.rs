//! Operators, which may call special methods.

use faultline_facts::{CallKind, Const, ObjectKind, Op, Slot};
use ruff_python_ast::{CmpOp, Expr, ExprBinOp, ExprCompare, ExprUnaryOp, Operator, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use super::literal::{is_literal, is_text};
use super::lower::Lower;

impl Lower<'_> {
    pub(super) fn bin_op(&mut self, node: &ExprBinOp, want: Option<Slot>) -> Slot {
        let left = self.expr(&node.left);
        let right = self.expr(&node.right);
        let dst = self.out(want);
        let (plain_left, plain_right) = (is_literal(&node.left), is_literal(&node.right));
        if node.op == Operator::Add && (is_text(&node.left) || is_text(&node.right)) {
            self.push(Op::Concat { dst, left, right });
        } else if plain_left && plain_right || node.op == Operator::Mod && is_text(&node.left) {
            let kind = if is_text(&node.left) { ObjectKind::Text } else { ObjectKind::Plain };
            return self.object(kind, Some(dst));
        }
        if is_list(&node.left) || is_list(&node.right) {
            return self.joined_list(left, right, dst);
        }
        if !plain_left {
            self.special(CallKind::Operator, left, method(node.op), &[right], Some(dst), node.range());
        }
        if !plain_right && !is_text(&node.left) {
            self.special(CallKind::Operator, right, reflected(node.op), &[left], Some(dst), node.range());
        }
        dst
    }

    /// `[…] + x`.
    fn joined_list(&mut self, left: Slot, right: Slot, dst: Slot) -> Slot {
        self.object(ObjectKind::Array, Some(dst));
        for src in [left, right] {
            self.push(Op::Spread { dst, src });
        }
        dst
    }

    /// The calls of `left op right` when the left side is no literal; `reflect` is the right side when it is none.
    pub(super) fn binary_calls(
        &mut self,
        op: Operator,
        left: Slot,
        reflect: Option<Slot>,
        right: Slot,
        dst: Slot,
        range: TextRange,
    ) {
        self.special(CallKind::Operator, left, method(op), &[right], Some(dst), range);
        if let Some(right) = reflect {
            self.special(CallKind::Operator, right, reflected(op), &[left], Some(dst), range);
        }
    }

    pub(super) fn unary_op(&mut self, node: &ExprUnaryOp, want: Option<Slot>) -> Slot {
        let name = match node.op {
            UnaryOp::Not => {
                self.test(&node.operand);
                return self.object(ObjectKind::Plain, want);
            }
            UnaryOp::USub => "__neg__",
            UnaryOp::UAdd => "__pos__",
            UnaryOp::Invert => "__invert__",
        };
        if let (UnaryOp::USub, Expr::NumberLiteral(number)) = (node.op, &*node.operand)
            && let Some(int) = number.value.as_int().and_then(ruff_python_ast::Int::as_i64)
        {
            return self.constant(Const::Int(-int), want);
        }
        let operand = self.expr(&node.operand);
        if is_literal(&node.operand) {
            return self.object(ObjectKind::Plain, want);
        }
        self.special(CallKind::Operator, operand, name, &[], want, node.range())
    }

    /// `a < b < c`: each pair in turn.
    pub(super) fn compare(&mut self, node: &ExprCompare) {
        let mut left_expr = &*node.left;
        let mut left = self.expr(left_expr);
        for (op, right_expr) in node.ops.iter().zip(&node.comparators) {
            let right = self.expr(right_expr);
            self.comparison(*op, (left_expr, left), (right_expr, right), node.range());
            (left_expr, left) = (right_expr, right);
        }
    }

    fn comparison(&mut self, op: CmpOp, left: (&Expr, Slot), right: (&Expr, Slot), range: TextRange) {
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            if !is_container(right.0) {
                self.effect(CallKind::Operator, right.1, "__contains__", &[left.1], range);
            }
            return;
        }
        let (names, mirrored): (&[&str], &str) = match op {
            CmpOp::Eq => (&["__eq__"], "__eq__"),
            CmpOp::NotEq => (&["__ne__", "__eq__"], "__ne__"),
            CmpOp::Lt => (&["__lt__"], "__gt__"),
            CmpOp::LtE => (&["__le__"], "__ge__"),
            CmpOp::Gt => (&["__gt__"], "__lt__"),
            CmpOp::GtE => (&["__ge__"], "__le__"),
            _ => return,
        };
        if !is_literal(left.0) {
            for name in names {
                self.effect(CallKind::Operator, left.1, name, &[right.1], range);
            }
        } else if !is_literal(right.0) {
            self.effect(CallKind::Operator, right.1, mirrored, &[left.1], range);
        }
    }
}

fn is_list(expr: &Expr) -> bool {
    matches!(expr, Expr::List(_) | Expr::Tuple(_) | Expr::ListComp(_))
}

fn is_container(expr: &Expr) -> bool {
    is_literal(expr) || matches!(expr, Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_))
}

fn method(op: Operator) -> &'static str {
    names(op)[0]
}

fn reflected(op: Operator) -> &'static str {
    names(op)[1]
}

/// The method that an augmented assignment tries first.
pub(super) fn in_place(op: Operator) -> &'static str {
    names(op)[2]
}

fn names(op: Operator) -> [&'static str; 3] {
    match op {
        Operator::Add => ["__add__", "__radd__", "__iadd__"],
        Operator::Sub => ["__sub__", "__rsub__", "__isub__"],
        Operator::Mult => ["__mul__", "__rmul__", "__imul__"],
        Operator::MatMult => ["__matmul__", "__rmatmul__", "__imatmul__"],
        Operator::Div => ["__truediv__", "__rtruediv__", "__itruediv__"],
        Operator::Mod => ["__mod__", "__rmod__", "__imod__"],
        Operator::Pow => ["__pow__", "__rpow__", "__ipow__"],
        Operator::LShift => ["__lshift__", "__rlshift__", "__ilshift__"],
        Operator::RShift => ["__rshift__", "__rrshift__", "__irshift__"],
        Operator::BitOr => ["__or__", "__ror__", "__ior__"],
        Operator::BitXor => ["__xor__", "__rxor__", "__ixor__"],
        Operator::BitAnd => ["__and__", "__rand__", "__iand__"],
        Operator::FloorDiv => ["__floordiv__", "__rfloordiv__", "__ifloordiv__"],
    }
}
