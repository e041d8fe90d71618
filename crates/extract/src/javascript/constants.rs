//! Constant expressions and property keys.

use std::borrow::Cow;

use faultline_facts::{Const, Key};
use oxc_ast::ast::{BinaryOperator, Expression, PropertyKey, TemplateLiteral, UnaryOperator};

use super::lower::Lower;

/// Longest chain of operators that is folded.
const FOLD_DEPTH: u32 = 40;

/// A constant that an expression certainly has.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Folded<'b> {
    Text(Cow<'b, str>),
    Number(f64),
    Bool(bool),
    Null,
    Undefined,
}

impl<'b, 'a> Lower<'b, 'a> {
    /// The constant value of an expression.
    pub(super) fn fold(&self, expression: &'b Expression<'a>) -> Option<Folded<'b>> {
        self.fold_within(expression, FOLD_DEPTH)
    }

    /// The constant string that an expression has.
    pub(super) fn fold_text(&self, expression: &'b Expression<'a>) -> Option<Cow<'b, str>> {
        match self.fold(expression)? {
            Folded::Text(text) => Some(text),
            _ => None,
        }
    }

    fn fold_within(&self, expression: &'b Expression<'a>, depth: u32) -> Option<Folded<'b>> {
        let depth = depth.checked_sub(1)?;
        match expression {
            Expression::StringLiteral(text) => Some(Folded::Text(Cow::Borrowed(text.value.as_str()))),
            Expression::NumericLiteral(number) => Some(Folded::Number(number.value)),
            Expression::BooleanLiteral(literal) => Some(Folded::Bool(literal.value)),
            Expression::NullLiteral(_) => Some(Folded::Null),
            Expression::TemplateLiteral(template) => self.fold_template(template, depth),
            Expression::Identifier(id) if self.is_global(id, "undefined") => Some(Folded::Undefined),
            Expression::UnaryExpression(unary) => match unary.operator {
                UnaryOperator::Void if unary.argument.is_literal() => Some(Folded::Undefined),
                UnaryOperator::UnaryNegation => match self.fold_within(&unary.argument, depth)? {
                    Folded::Number(number) => Some(Folded::Number(-number)),
                    _ => None,
                },
                UnaryOperator::LogicalNot => match self.fold_within(&unary.argument, depth)? {
                    Folded::Number(number) => Some(Folded::Bool(number == 0.0)),
                    _ => None,
                },
                _ => None,
            },
            Expression::BinaryExpression(binary) if binary.operator == BinaryOperator::Addition => {
                add(&self.fold_within(&binary.left, depth)?, &self.fold_within(&binary.right, depth)?)
            }
            _ => None,
        }
    }

    fn fold_template(&self, template: &'b TemplateLiteral<'a>, depth: u32) -> Option<Folded<'b>> {
        if let Some(text) = template.single_quasi() {
            return Some(Folded::Text(Cow::Borrowed(text.as_str())));
        }
        let mut text = String::new();
        for (index, quasi) in template.quasis.iter().enumerate() {
            text.push_str(quasi.value.cooked?.as_str());
            if let Some(part) = template.expressions.get(index) {
                text.push_str(&as_text(&self.fold_within(part, depth)?)?);
            }
        }
        Some(Folded::Text(Cow::Owned(text)))
    }

    /// The fact-level literal.
    pub(super) fn literal(&mut self, folded: &Folded<'_>) -> Const {
        match folded {
            Folded::Text(text) => Const::Str(self.builder.sym(text)),
            Folded::Number(number) => number_const(*number),
            Folded::Bool(value) => Const::Bool(*value),
            Folded::Null => Const::Null,
            Folded::Undefined => Const::Undefined,
        }
    }

    /// A property key by its text: canonical array indexes are elements.
    pub(super) fn key(&mut self, name: &str) -> Key {
        match array_index(name) {
            Some(index) => Key::Index(index),
            None => Key::Named(self.builder.sym(name)),
        }
    }

    /// The key of `o[expression]`; evaluates the expression when it is not constant.
    pub(super) fn computed_key(&mut self, expression: &'b Expression<'a>) -> Key {
        if let Some(name) = self.constant_key(expression) {
            return self.key(&name);
        }
        Key::Computed(self.expression(expression, None))
    }

    /// The text of a constant key. Well-known symbols read `@@iterator`.
    pub(super) fn constant_key(&self, expression: &'b Expression<'a>) -> Option<Cow<'b, str>> {
        if let Expression::StaticMemberExpression(member) = expression
            && let Expression::Identifier(object) = &member.object
            && self.is_global(object, "Symbol")
        {
            return Some(Cow::Owned(["@@", member.property.name.as_str()].concat()));
        }
        match self.fold(expression)? {
            Folded::Undefined => None,
            folded => as_text(&folded).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    /// The text of a key in a literal, class or pattern; `None` when computed and not constant.
    pub(super) fn key_text(&self, key: &'b PropertyKey<'a>) -> Option<Cow<'b, str>> {
        match key {
            PropertyKey::StaticIdentifier(id) => Some(Cow::Borrowed(id.name.as_str())),
            PropertyKey::PrivateIdentifier(id) => Some(Cow::Owned(["#", id.name.as_str()].concat())),
            _ => self.constant_key(key.as_expression()?),
        }
    }

    /// The key in a literal, class or pattern; evaluates it when it is not constant.
    pub(super) fn property_key(&mut self, key: &'b PropertyKey<'a>) -> Key {
        if let Some(text) = self.key_text(key) {
            return self.key(&text);
        }
        match key.as_expression() {
            Some(expression) => Key::Computed(self.expression(expression, None)),
            None => Key::Element,
        }
    }
}

fn add<'b>(left: &Folded<'b>, right: &Folded<'b>) -> Option<Folded<'b>> {
    match (left, right) {
        (Folded::Number(a), Folded::Number(b)) => Some(Folded::Number(a + b)),
        (Folded::Text(_), _) | (_, Folded::Text(_)) => {
            let text = [as_text(left)?, as_text(right)?].concat();
            Some(Folded::Text(Cow::Owned(text)))
        }
        _ => None,
    }
}

/// The string conversion of a constant, for whole numbers only.
fn as_text<'f>(folded: &'f Folded<'_>) -> Option<Cow<'f, str>> {
    match folded {
        Folded::Text(text) => Some(Cow::Borrowed(text)),
        Folded::Number(number) => whole(*number).map(|whole| Cow::Owned(whole.to_string())),
        Folded::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Folded::Null => Some(Cow::Borrowed("null")),
        Folded::Undefined => Some(Cow::Borrowed("undefined")),
    }
}

/// A number's literal.
pub(super) fn number_const(number: f64) -> Const {
    whole(number).map_or(Const::Num(number), Const::Int)
}

#[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = (1_i64 << 53) as f64;
    (number.fract() == 0.0 && number.abs() < EXACT && !(number == 0.0 && number.is_sign_negative()))
        .then_some(number as i64)
}

fn array_index(name: &str) -> Option<u32> {
    let bytes = name.as_bytes();
    let canonical = match bytes {
        [b'0'] => true,
        [first, rest @ ..] => {
            first.is_ascii_digit() && *first != b'0' && rest.len() < 10 && rest.iter().all(u8::is_ascii_digit)
        }
        [] => false,
    };
    if canonical { name.parse().ok() } else { None }
}
