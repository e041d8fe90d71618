//! Expressions.

use std::borrow::Cow;

use faultline_facts::{CallKind, Callee, Const, DynamicKind, Key, ObjectKind, Op, Slot};
use oxc_ast::ast::{
    BinaryExpression, BinaryOperator, ChainElement, ConditionalExpression, Expression, LogicalExpression,
    LogicalOperator, MemberExpression, SimpleAssignmentTarget, TaggedTemplateExpression, TemplateLiteral,
    UnaryExpression, UnaryOperator, UpdateExpression, YieldExpression,
};
use oxc_span::GetSpan;

use super::constants::Folded;
use super::lower::{Into, Lower, Target, positional};

impl<'b, 'a> Lower<'b, 'a> {
    /// Evaluates for its effects only.
    pub(super) fn effect(&mut self, expression: &'b Expression<'a>) {
        match expression {
            Expression::Identifier(_) | Expression::ThisExpression(_) | Expression::Super(_) => {}
            _ if expression.is_literal() => {}
            Expression::BinaryExpression(binary) => self.operands(binary),
            Expression::UnaryExpression(unary) => self.effect(&unary.argument),
            Expression::SequenceExpression(sequence) => sequence.expressions.iter().for_each(|part| self.effect(part)),
            Expression::LogicalExpression(logical) => self.logical_effect(logical),
            Expression::TemplateLiteral(template) => template.expressions.iter().for_each(|part| self.effect(part)),
            Expression::ParenthesizedExpression(inner) => self.effect(&inner.expression),
            _ => {
                self.expression(expression, None);
            }
        }
    }

    /// Evaluates and gives the slot of the value: the target's when there is a target.
    pub(super) fn expression(&mut self, expression: &'b Expression<'a>, into: Into) -> Slot {
        match expression {
            Expression::BooleanLiteral(literal) => self.constant(Const::Bool(literal.value), into),
            Expression::NullLiteral(_) => self.constant(Const::Null, into),
            Expression::NumericLiteral(number) => self.constant(super::constants::number_const(number.value), into),
            Expression::BigIntLiteral(_) => self.plain(into),
            Expression::RegExpLiteral(literal) => {
                let dst = self.object(ObjectKind::Regex, literal.span, into);
                self.deliver(dst, into)
            }
            Expression::StringLiteral(text) => self.text(text.value.as_str(), into),
            Expression::TemplateLiteral(template) => self.template(template, into),
            Expression::Identifier(id) => self.identifier(id, into),
            Expression::Super(node) => {
                let slot = self.super_value(node.span);
                self.deliver(slot, into)
            }
            Expression::ArrayExpression(array) => self.array(array, into),
            Expression::ArrowFunctionExpression(arrow) => self.arrow(arrow, into),
            Expression::AssignmentExpression(assignment) => self.assignment(assignment, into),
            Expression::AwaitExpression(node) => {
                let src = self.expression(&node.argument, None);
                let dst = self.slot(into);
                self.push(Op::Await { dst, src }, node.span);
                dst
            }
            Expression::BinaryExpression(binary) => self.binary(binary, into),
            Expression::CallExpression(call) => self.call(call, into),
            Expression::ChainExpression(chain) => self.chain(&chain.expression, into),
            Expression::ClassExpression(class) => {
                let slot = self.class(class, None);
                self.deliver(slot, into)
            }
            Expression::ConditionalExpression(conditional) => self.conditional(conditional, into),
            Expression::FunctionExpression(function) => self.function_expression(function, into),
            Expression::ImportExpression(import) => self.import_expression(import, into),
            Expression::LogicalExpression(logical) => self.logical(logical, into),
            Expression::NewExpression(new) => self.new_expression(new, into),
            Expression::ObjectExpression(object) => self.object_literal(object, into),
            Expression::ParenthesizedExpression(inner) => self.expression(&inner.expression, into),
            Expression::SequenceExpression(sequence) => self.sequence(&sequence.expressions, into),
            Expression::TaggedTemplateExpression(tagged) => self.tagged(tagged, into),
            Expression::ThisExpression(_) => {
                let slot = self.this();
                self.deliver(slot, into)
            }
            Expression::UnaryExpression(unary) => self.unary(unary, into),
            Expression::UpdateExpression(update) => self.update(update, into),
            Expression::YieldExpression(node) => self.yields(node, into),
            Expression::PrivateInExpression(node) => {
                self.effect(&node.right);
                self.plain(into)
            }
            Expression::ImportMeta(_) => self.global("import.meta", into),
            Expression::NewTarget(_) => self.global("new.target", into),
            Expression::JSXElement(element) => {
                let slot = self.jsx_element(element);
                self.deliver(slot, into)
            }
            Expression::JSXFragment(fragment) => {
                let slot = self.jsx_fragment(fragment);
                self.deliver(slot, into)
            }
            Expression::TSAsExpression(node) => {
                let slot = self.expression(&node.expression, into);
                self.cast(slot, &node.type_annotation, into)
            }
            Expression::TSTypeAssertion(node) => {
                let slot = self.expression(&node.expression, into);
                self.cast(slot, &node.type_annotation, into)
            }
            Expression::TSSatisfiesExpression(node) => self.expression(&node.expression, into),
            Expression::TSNonNullExpression(node) => self.expression(&node.expression, into),
            Expression::TSInstantiationExpression(node) => self.expression(&node.expression, into),
            Expression::V8IntrinsicExpression(node) => {
                node.arguments.iter().filter_map(|argument| argument.as_expression()).for_each(|a| self.effect(a));
                self.plain(into)
            }
            Expression::ComputedMemberExpression(_)
            | Expression::StaticMemberExpression(_)
            | Expression::PrivateFieldExpression(_) => match expression.as_member_expression() {
                Some(member) => self.member(member, into),
                None => self.plain(into),
            },
        }
    }

    fn sequence(&mut self, parts: &'b [Expression<'a>], into: Into) -> Slot {
        let Some((last, before)) = parts.split_last() else { return self.plain(into) };
        for part in before {
            self.effect(part);
        }
        self.expression(last, into)
    }

    fn chain(&mut self, element: &'b ChainElement<'a>, into: Into) -> Slot {
        match element {
            ChainElement::CallExpression(call) => self.call(call, into),
            ChainElement::TSNonNullExpression(node) => self.expression(&node.expression, into),
            _ => match element.as_member_expression() {
                Some(member) => self.member(member, into),
                None => self.plain(into),
            },
        }
    }

    /// Object and key of a member expression.
    pub(super) fn place(&mut self, member: &'b MemberExpression<'a>) -> (Slot, Key) {
        let base = self.expression(member.object(), None);
        let key = match member {
            MemberExpression::ComputedMemberExpression(computed) => self.computed_key(&computed.expression),
            MemberExpression::StaticMemberExpression(fixed) => {
                Key::Named(self.builder.sym(fixed.property.name.as_str()))
            }
            MemberExpression::PrivateFieldExpression(private) => {
                let name = ["#", private.field.name.as_str()].concat();
                Key::Named(self.builder.sym(&name))
            }
        };
        (base, key)
    }

    /// Reads a member.
    pub(super) fn member(&mut self, member: &'b MemberExpression<'a>, into: Into) -> Slot {
        if let Some(name) = self.global_member(member) {
            return self.global(name, into);
        }
        let (base, key) = self.place(member);
        self.load(base, key, member.span(), into)
    }

    /// `x` of `globalThis.x` and its aliases.
    pub(super) fn global_member(&self, member: &'b MemberExpression<'a>) -> Option<&'a str> {
        let MemberExpression::StaticMemberExpression(fixed) = member else { return None };
        let Expression::Identifier(object) = &fixed.object else { return None };
        let is_global_object = self.symbol_of(object).is_none()
            && ["globalThis", "window", "global", "self"].contains(&object.name.as_str());
        is_global_object.then(|| fixed.property.name.as_str())
    }

    fn conditional(&mut self, node: &'b ConditionalExpression<'a>, into: Into) -> Slot {
        self.effect(&node.test);
        let slot = self.slot(into);
        let target = Some(Target { slot, sole: false });
        let (yes, no) = self.conditions(&node.test);
        self.branch(&yes, |lower| {
            lower.expression(&node.consequent, target);
            false
        });
        self.branch(&no, |lower| {
            lower.expression(&node.alternate, target);
            false
        });
        slot
    }

    fn logical(&mut self, node: &'b LogicalExpression<'a>, into: Into) -> Slot {
        if node.operator == LogicalOperator::And {
            return self.and(node, into);
        }
        let slot = self.slot(into);
        let target = Some(Target { slot, sole: false });
        self.expression(&node.left, target);
        let (_, no) = self.conditions(&node.left);
        self.branch(&no, |lower| {
            lower.expression(&node.right, target);
            false
        });
        slot
    }

    /// The left value of `&&` is given on only when it is falsy, and then has nothing callable.
    fn and(&mut self, node: &'b LogicalExpression<'a>, into: Into) -> Slot {
        self.effect(&node.left);
        let (yes, _) = self.conditions(&node.left);
        let slot = self.slot(into);
        self.branch(&yes, |lower| {
            lower.expression(&node.right, Some(Target { slot, sole: false }));
            false
        });
        slot
    }

    fn logical_effect(&mut self, node: &'b LogicalExpression<'a>) {
        self.effect(&node.left);
        let (yes, no) = self.conditions(&node.left);
        let conditions = match node.operator {
            LogicalOperator::And => yes,
            LogicalOperator::Or => no,
            LogicalOperator::Coalesce => Vec::new(),
        };
        self.branch(&conditions, |lower| {
            lower.effect(&node.right);
            false
        });
    }

    fn unary(&mut self, node: &'b UnaryExpression<'a>, into: Into) -> Slot {
        if let Some(folded) = self.fold_unary(node) {
            let value = self.literal(&folded);
            return self.constant(value, into);
        }
        self.effect(&node.argument);
        match node.operator {
            UnaryOperator::Typeof => self.some_text(into),
            UnaryOperator::Void => self.constant(Const::Undefined, into),
            _ => self.plain(into),
        }
    }

    fn fold_unary(&self, node: &'b UnaryExpression<'a>) -> Option<Folded<'b>> {
        match (node.operator, self.fold(&node.argument)?) {
            (UnaryOperator::UnaryNegation, Folded::Number(number)) => Some(Folded::Number(-number)),
            (UnaryOperator::LogicalNot, Folded::Number(number)) => Some(Folded::Bool(number == 0.0)),
            (UnaryOperator::Void, _) => Some(Folded::Undefined),
            _ => None,
        }
    }

    fn update(&mut self, node: &'b UpdateExpression<'a>, into: Into) -> Slot {
        let value = self.plain(into);
        match &node.argument {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(id) => {
                if let Some(symbol) = self.symbol_of(id) {
                    self.assign_symbol(symbol, value);
                }
            }
            target => {
                if let Some(member) = target.as_member_expression() {
                    let (base, key) = self.place(member);
                    self.load(base, key, member.span(), None);
                    self.store(base, key, value, member.span());
                }
            }
        }
        value
    }

    fn yields(&mut self, node: &'b YieldExpression<'a>, into: Into) -> Slot {
        if let Some(argument) = &node.argument {
            let src = self.expression(argument, None);
            let function = self.frame.id;
            if let Some(dst) = self.builder.function_mut(function).yielded {
                if node.delegate {
                    self.push(Op::Iterate { dst, src }, node.span);
                    // The whole gives what the inner generator returns.
                    let key = self.key("@return");
                    return self.load(src, key, node.span, into);
                }
                self.copy(dst, src);
            }
        }
        self.slot(into)
    }

    fn operands(&mut self, node: &'b BinaryExpression<'a>) {
        self.effect(&node.left);
        self.effect(&node.right);
    }

    fn binary(&mut self, node: &'b BinaryExpression<'a>, into: Into) -> Slot {
        if node.operator == BinaryOperator::Addition {
            return self.addition(node, into);
        }
        self.operands(node);
        self.plain(into)
    }

    /// `a + b + c`, without recursion along the chain.
    fn addition(&mut self, node: &'b BinaryExpression<'a>, into: Into) -> Slot {
        let mut operands = vec![&node.right];
        let mut first = &node.left;
        while let Expression::BinaryExpression(inner) = first
            && inner.operator == BinaryOperator::Addition
        {
            operands.push(&inner.right);
            first = &inner.left;
        }
        operands.push(first);
        let mut sum = Sum::default();
        while let Some(operand) = operands.pop() {
            self.add_operand(&mut sum, operand, node.span);
        }
        self.finish_sum(sum, node.span, into)
    }

    fn add_operand(&mut self, sum: &mut Sum<'b>, operand: &'b Expression<'a>, span: oxc_span::Span) {
        match self.fold(operand) {
            Some(Folded::Text(text)) => sum.add_text(&text),
            Some(Folded::Number(number)) if sum.value.is_none() && sum.text.is_none() => {
                // A leading number adds to numbers and is text before text; either way it names nothing.
                let slot = self.constant(super::constants::number_const(number), None);
                sum.value = Some(slot);
            }
            Some(Folded::Number(number)) if sum.text.is_some() && number.fract() == 0.0 => {
                sum.add_text(&format!("{number}"));
            }
            _ => {
                self.flush_text(sum, span);
                let slot = self.expression(operand, None);
                sum.value = Some(match sum.value {
                    None => slot,
                    Some(left) => self.concat(left, slot, span),
                });
            }
        }
    }

    fn concat(&mut self, left: Slot, right: Slot, span: oxc_span::Span) -> Slot {
        let dst = self.temp();
        self.push(Op::Concat { dst, left, right }, span);
        dst
    }

    fn flush_text(&mut self, sum: &mut Sum<'b>, span: oxc_span::Span) {
        let Some(text) = sum.text.take() else { return };
        let right = self.text(&text, None);
        sum.value = Some(match sum.value {
            None => right,
            Some(left) => self.concat(left, right, span),
        });
    }

    fn finish_sum(&mut self, mut sum: Sum<'b>, span: oxc_span::Span, into: Into) -> Slot {
        self.flush_text(&mut sum, span);
        match sum.value {
            Some(value) => self.deliver(value, into),
            None => self.plain(into),
        }
    }

    fn template(&mut self, template: &'b TemplateLiteral<'a>, into: Into) -> Slot {
        let mut sum = Sum::default();
        for (index, quasi) in template.quasis.iter().enumerate() {
            let text = quasi.value.cooked.unwrap_or(quasi.value.raw);
            if !text.is_empty() || template.expressions.is_empty() {
                sum.add_text(text.as_str());
            }
            if let Some(part) = template.expressions.get(index) {
                self.add_operand(&mut sum, part, template.span);
            }
        }
        self.finish_sum(sum, template.span, into)
    }

    fn tagged(&mut self, node: &'b TaggedTemplateExpression<'a>, into: Into) -> Slot {
        let callee = self.callee(&node.tag);
        let strings = self.object(ObjectKind::Array, node.quasi.span, None);
        for (index, quasi) in node.quasi.quasis.iter().enumerate() {
            let text = self.text(quasi.value.cooked.unwrap_or(quasi.value.raw).as_str(), None);
            self.store(strings, Key::Index(index as u32), text, quasi.span);
        }
        let mut args = vec![positional(strings)];
        for part in &node.quasi.expressions {
            args.push(positional(self.expression(part, None)));
        }
        self.invoke(CallKind::Call, callee, args, node.span, into)
    }

    fn identifier(&mut self, id: &'b oxc_ast::ast::IdentifierReference<'a>, into: Into) -> Slot {
        if let Some(symbol) = self.symbol_of(id) {
            let slot = self.read_symbol(symbol);
            return self.deliver(slot, into);
        }
        match id.name.as_str() {
            "undefined" => self.constant(Const::Undefined, into),
            "NaN" | "Infinity" => self.plain(into),
            "arguments" if self.frame.arguments_owner.is_some() => {
                let slot = self.arguments();
                self.deliver(slot, into)
            }
            name => self.global(name, into),
        }
    }

    /// The value of `this`.
    pub(super) fn this(&mut self) -> Slot {
        if let Some(slot) = self.frame.this {
            return slot;
        }
        let slot = self.module_this();
        self.frame.this = Some(slot);
        slot
    }

    fn module_this(&mut self) -> Slot {
        use faultline_facts::ModuleKind;
        match self.kind {
            ModuleKind::Esm => self.constant(Const::Undefined, None),
            ModuleKind::CommonJs => self.global("exports", None),
            // A script is CommonJS when Node loads it, and has the global object for `this` in a browser.
            _ => {
                let slot = self.temp();
                let target = Some(Target { slot, sole: false });
                self.global("exports", target);
                self.global("globalThis", target)
            }
        }
    }

    fn arguments(&mut self) -> Slot {
        let Some(owner) = self.frame.arguments_owner else { return self.temp() };
        if let Some(slot) = self.builder.function_mut(owner).arguments {
            return slot;
        }
        let slot = self.builder.slot(owner);
        self.builder.function_mut(owner).arguments = Some(slot);
        slot
    }

    /// The parent's view of `this`.
    pub(super) fn super_value(&mut self, span: oxc_span::Span) -> Slot {
        let this = self.this();
        if let Some(class) = self.frame.class {
            let dst = self.temp();
            self.push(Op::Super { dst, class, this }, span);
            return dst;
        }
        let home = self.frame.home.unwrap_or(this);
        self.load_name(home, "__proto__", span)
    }

    /// What a call calls.
    pub(super) fn callee(&mut self, expression: &'b Expression<'a>) -> Callee {
        let member = match expression {
            Expression::ChainExpression(chain) => chain.expression.as_member_expression(),
            Expression::TSNonNullExpression(node) => return self.callee(&node.expression),
            Expression::ParenthesizedExpression(node) => return self.callee(&node.expression),
            _ => expression.as_member_expression(),
        };
        match member {
            Some(member) if self.global_member(member).is_none() => {
                let (base, key) = self.place(member);
                Callee::Method { base, key }
            }
            _ => Callee::Value(self.expression(expression, None)),
        }
    }

    /// Notes code made from text.
    pub(super) fn note_eval(&mut self, span: oxc_span::Span) {
        self.dynamic(DynamicKind::Eval, span);
    }
}

/// A sum being built: the value so far, and constant text not yet added to it.
#[derive(Default)]
struct Sum<'b> {
    value: Option<Slot>,
    text: Option<Cow<'b, str>>,
}

impl Sum<'_> {
    fn add_text(&mut self, text: &str) {
        self.text.get_or_insert_default().to_mut().push_str(text);
    }
}
