//! Literals: constants, strings, containers.

use faultline_facts::{Accessor, Const, Key, ObjectKind, Op, Slot};
use ruff_python_ast::{
    Expr, ExprDict, ExprFString, ExprNumberLiteral, FStringPart, InterpolatedStringElement, InterpolatedStringElements,
    Number,
};
use ruff_text_size::{Ranged, TextRange};

use super::lower::Lower;

/// Longer strings name no code.
const LONGEST_NAME: usize = 256;
/// Literal tables with more constants than this keep only their kind.
const TABLE: usize = 64;

impl Lower<'_> {
    pub(super) fn literal(&mut self, expr: &Expr, want: Option<Slot>) -> Slot {
        match expr {
            Expr::StringLiteral(text) => self.string(text.value.to_str(), want),
            Expr::BytesLiteral(bytes) => {
                let bytes: Vec<u8> = bytes.value.bytes().collect();
                match std::str::from_utf8(&bytes) {
                    Ok(text) => self.string(text, want),
                    Err(_) => self.object(ObjectKind::Text, want),
                }
            }
            Expr::NumberLiteral(number) => self.number(number, want),
            Expr::BooleanLiteral(literal) => self.constant(Const::Bool(literal.value), want),
            Expr::FString(text) => self.f_string(text, want),
            Expr::TString(text) => {
                let dst = self.object(ObjectKind::Object, want);
                text.value.elements().for_each(|element| self.template_part(element, dst));
                dst
            }
            Expr::List(list) => self.sequence(ObjectKind::Array, &list.elts, want, expr.range()),
            Expr::Tuple(tuple) => self.sequence(ObjectKind::Tuple, &tuple.elts, want, expr.range()),
            Expr::Set(set) => self.sequence(ObjectKind::Set, &set.elts, want, expr.range()),
            Expr::Dict(dict) => self.dict(dict, want),
            _ => self.out(want),
        }
    }

    fn string(&mut self, text: &str, want: Option<Slot>) -> Slot {
        if text.len() > LONGEST_NAME {
            return self.object(ObjectKind::Text, want);
        }
        let sym = self.builder.sym(text);
        self.constant(Const::Str(sym), want)
    }

    fn number(&mut self, number: &ExprNumberLiteral, want: Option<Slot>) -> Slot {
        match constant_number(&number.value) {
            Some(value) => self.constant(value, want),
            None => self.object(ObjectKind::Plain, want),
        }
    }

    fn f_string(&mut self, text: &ExprFString, want: Option<Slot>) -> Slot {
        let mut parts = Vec::new();
        for part in &text.value {
            match part {
                FStringPart::Literal(literal) => parts.push(self.string(literal.as_str(), None)),
                FStringPart::FString(inner) => self.f_string_parts(&inner.elements, &mut parts),
            }
        }
        let dst = self.out(want);
        let Some((last, rest)) = parts.split_last() else { return self.string("", Some(dst)) };
        let Some((first, middle)) = rest.split_first() else {
            let empty = self.string("", None);
            self.push(Op::Concat { dst, left: empty, right: *last });
            return dst;
        };
        let mut left = *first;
        for right in middle {
            let next = self.slot();
            self.push(Op::Concat { dst: next, left, right: *right });
            left = next;
        }
        self.push(Op::Concat { dst, left, right: *last });
        dst
    }

    fn f_string_parts(&mut self, elements: &InterpolatedStringElements, parts: &mut Vec<Slot>) {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => parts.push(self.string(&literal.value, None)),
                InterpolatedStringElement::Interpolation(inner) => {
                    parts.push(self.expr(&inner.expression));
                    if let Some(spec) = &inner.format_spec {
                        self.f_string_parts(&spec.elements, &mut Vec::new());
                    }
                }
            }
        }
    }

    fn template_part(&mut self, element: &InterpolatedStringElement, dst: Slot) {
        if let InterpolatedStringElement::Interpolation(inner) = element {
            let value = self.expr(&inner.expression);
            self.put(dst, Key::Element, value, inner.range());
        }
    }

    fn sequence(&mut self, kind: ObjectKind, elements: &[Expr], want: Option<Slot>, range: TextRange) -> Slot {
        let dst = self.object(kind, want);
        if elements.len() > TABLE && elements.iter().all(is_constant) {
            self.table(dst, elements.iter(), range);
            return dst;
        }
        let mut spread = false;
        for (at, element) in elements.iter().enumerate() {
            if let Expr::Starred(starred) = element {
                let src = self.expr(&starred.value);
                self.push(Op::Spread { dst, src });
                spread = true;
                continue;
            }
            let value = self.expr(element);
            let key = if spread || kind == ObjectKind::Set { Key::Element } else { Key::Index(at as u32) };
            self.fill(dst, key, value);
        }
        dst
    }

    /// A big table of constants: a string stands for all strings, a number for the rest.
    fn table<'e>(&mut self, dst: Slot, mut values: impl Iterator<Item = &'e Expr>, range: TextRange) {
        let kind = if values.any(is_text) { ObjectKind::Text } else { ObjectKind::Plain };
        let value = self.object(kind, None);
        self.put(dst, Key::Element, value, range);
    }

    fn fill(&mut self, base: Slot, key: Key, src: Slot) {
        self.push(Op::Store { base, key, src, accessor: Accessor::Value });
    }

    fn dict(&mut self, dict: &ExprDict, want: Option<Slot>) -> Slot {
        let dst = self.object(ObjectKind::Dict, want);
        let constant = |item: &ruff_python_ast::DictItem| item.key.as_ref().is_some_and(is_constant);
        if dict.len() > TABLE && dict.iter().all(|item| constant(item) && is_constant(&item.value)) {
            self.table(dst, dict.iter().map(|item| &item.value), dict.range());
            return dst;
        }
        for item in dict {
            if let Some(key) = &item.key {
                let key = match self.constant_key(key) {
                    Some(key) => key,
                    None => Key::Computed(self.expr(key)),
                };
                let value = self.expr(&item.value);
                self.fill(dst, key, value);
            } else {
                let src = self.expr(&item.value);
                self.push(Op::Spread { dst, src });
            }
        }
        dst
    }
}

/// The literal of a number.
pub(super) fn constant_number(number: &Number) -> Option<Const> {
    match number {
        Number::Int(int) => int.as_i64().map(Const::Int),
        Number::Float(float) => Some(Const::Num(*float)),
        Number::Complex { .. } => None,
    }
}

/// A string, bytes, number, boolean, `None` or `...` written out; f-strings too.
pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::FString(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
    )
}

/// A string written out.
pub(super) fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::StringLiteral(_) | Expr::FString(_) => true,
        Expr::BinOp(node) => node.op == ruff_python_ast::Operator::Add && (is_text(&node.right) || is_text(&node.left)),
        _ => false,
    }
}

/// A literal, or a container of constants.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant),
        Expr::List(list) => list.elts.iter().all(is_constant),
        Expr::UnaryOp(unary) => is_constant(&unary.operand),
        Expr::FString(_) => false,
        _ => is_literal(expr),
    }
}
