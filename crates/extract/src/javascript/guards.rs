//! Conditions: guards on what never changes, narrowed versions inside a branch.

use faultline_facts::{Guard, GuardId, Slot, Test};
use oxc_ast::ast::{
    BinaryExpression, BinaryOperator, Expression, LogicalExpression, LogicalOperator, SwitchStatement, UnaryOperator,
};
use oxc_semantic::SymbolId;

use super::constants::Folded;
use super::lower::Lower;

/// Longest `||` of tests that makes one guard.
const MAX_ANY: usize = 16;

/// Deepest nesting of `!`, `&&` and `||` that is looked into.
const MAX_DEPTH: u32 = 12;

/// One thing that is known in a branch: any of the tests holds for the variable.
#[derive(Clone)]
pub(super) struct Condition {
    /// The variable, or `None` for `arguments.length`.
    symbol: Option<SymbolId>,
    slot: Slot,
    any: Vec<Test>,
    span: oxc_span::Span,
    /// Or this one holds.
    or: Option<Box<Condition>>,
}

/// A variable (see [`Condition`]), its slot, and what holds of it when the test succeeds and when it fails.
type Tested = (Option<SymbolId>, Slot, Option<Test>, Option<Test>);

/// What a `switch` is about.
pub(super) struct Subject {
    variable: Option<(SymbolId, Slot)>,
    of_type: bool,
    span: oxc_span::Span,
}

impl<'b, 'a> Lower<'b, 'a> {
    /// What holds when the test succeeds, and what when it fails.
    pub(super) fn conditions(&mut self, test: &'b Expression<'a>) -> (Vec<Condition>, Vec<Condition>) {
        self.conditions_within(test, MAX_DEPTH)
    }

    fn conditions_within(&mut self, test: &'b Expression<'a>, depth: u32) -> (Vec<Condition>, Vec<Condition>) {
        let Some(depth) = depth.checked_sub(1) else { return (Vec::new(), Vec::new()) };
        match test {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::LogicalNot => {
                let (yes, no) = self.conditions_within(&unary.argument, depth);
                (no, yes)
            }
            Expression::LogicalExpression(logical) => self.logical_conditions(logical, depth),
            Expression::BinaryExpression(binary) => self.comparison(binary),
            _ => (Vec::new(), Vec::new()),
        }
    }

    fn logical_conditions(&mut self, node: &'b LogicalExpression<'a>, depth: u32) -> (Vec<Condition>, Vec<Condition>) {
        let (mut yes, mut no) = self.conditions_within(&node.left, depth);
        let (right_yes, right_no) = self.conditions_within(&node.right, depth);
        match node.operator {
            LogicalOperator::And => {
                yes.extend(right_yes);
                (yes, either(&no, &right_no))
            }
            LogicalOperator::Or => {
                no.extend(right_no);
                (either(&yes, &right_yes), no)
            }
            LogicalOperator::Coalesce => (Vec::new(), Vec::new()),
        }
    }

    fn comparison(&mut self, node: &'b BinaryExpression<'a>) -> (Vec<Condition>, Vec<Condition>) {
        let (equal, negated) = match node.operator {
            BinaryOperator::StrictEquality | BinaryOperator::Equality => (true, false),
            BinaryOperator::StrictInequality | BinaryOperator::Inequality => (true, true),
            BinaryOperator::Instanceof => (false, false),
            _ => return (Vec::new(), Vec::new()),
        };
        let tested = if equal { self.equality(node) } else { self.instance_test(node) };
        let Some((symbol, slot, yes, no)) = tested else { return (Vec::new(), Vec::new()) };
        let one = |test: Option<Test>| match test {
            Some(test) => vec![Condition { symbol, slot, any: vec![test], span: node.span, or: None }],
            None => Vec::new(),
        };
        if negated { (one(no), one(yes)) } else { (one(yes), one(no)) }
    }

    fn equality(&mut self, node: &'b BinaryExpression<'a>) -> Option<Tested> {
        let (subject, constant) = match (self.fold(&node.left), self.fold(&node.right)) {
            (None, Some(constant)) => (&node.left, constant),
            (Some(constant), None) => (&node.right, constant),
            _ => return None,
        };
        if let Expression::UnaryExpression(unary) = subject
            && unary.operator == UnaryOperator::Typeof
        {
            let (symbol, slot) = self.subject(&unary.argument)?;
            let (yes, no) = typeof_tests(&constant)?;
            return Some((Some(symbol), slot, Some(yes), no));
        }
        let (symbol, slot) = match self.argument_count(subject) {
            Some(slot) => (None, slot),
            None => self.subject(subject).map(|(symbol, slot)| (Some(symbol), slot))?,
        };
        let constant = match constant {
            Folded::Null | Folded::Undefined => return None,
            constant => self.literal(&constant),
        };
        Some((symbol, slot, Some(Test::Equals(constant.clone())), Some(Test::Differs(constant))))
    }

    fn instance_test(&mut self, node: &'b BinaryExpression<'a>) -> Option<Tested> {
        let (symbol, slot) = self.subject(&node.left)?;
        let class = match &node.right {
            Expression::Identifier(_) | Expression::StaticMemberExpression(_) => self.value(&node.right),
            _ => return None,
        };
        Some((Some(symbol), slot, Some(Test::Instance(class)), Some(Test::NotInstance(class))))
    }

    /// The value of `arguments.length`, whose tests tell the overloads of a function apart.
    fn argument_count(&mut self, expression: &'b Expression<'a>) -> Option<Slot> {
        let Expression::StaticMemberExpression(member) = expression else { return None };
        let Expression::Identifier(id) = &member.object else { return None };
        (member.property.name == "length" && self.is_global(id, "arguments")).then(|| self.value(expression))
    }

    /// A local variable whose value here is certain to be the one tested.
    fn subject(&mut self, expression: &'b Expression<'a>) -> Option<(SymbolId, Slot)> {
        let Expression::Identifier(id) = expression else { return None };
        let symbol = self.symbol_of(id)?;
        (self.is_single(symbol) || self.is_versioned(symbol)).then(|| (symbol, self.symbol_slot(symbol)))
    }

    /// Takes conditions as given from here to the end of the branch.
    pub(super) fn assume(&mut self, conditions: &[Condition]) {
        for condition in conditions {
            if let Some(guard) = self.guard_of(condition, self.frame.guard) {
                self.frame.guard = Some(guard);
            }
            if let [test] = condition.any.as_slice()
                && let (Some(symbol), None) = (condition.symbol, &condition.or)
                && is_narrowing(test)
            {
                self.narrow(symbol, test.clone(), condition.span);
            }
        }
    }

    fn guard_of(&mut self, condition: &Condition, parent: Option<GuardId>) -> Option<GuardId> {
        let certain = condition.symbol.is_none_or(|symbol| self.is_single(symbol));
        if !certain || !condition.any.iter().all(is_guard_test) {
            return None;
        }
        let or = match &condition.or {
            Some(other) => Some(self.guard_of(other, None)?),
            None => None,
        };
        Some(self.builder.guard(Guard { parent, slot: condition.slot, any: condition.any.clone(), or }))
    }

    /// What a `switch` tests.
    pub(super) fn switch_subject(&mut self, discriminant: &'b Expression<'a>) -> Subject {
        use oxc_span::GetSpan;
        let span = discriminant.span();
        match discriminant {
            Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Typeof => {
                Subject { variable: self.subject(&unary.argument), of_type: true, span }
            }
            _ => Subject { variable: self.subject(discriminant), of_type: false, span },
        }
    }

    /// The test of one `case`.
    pub(super) fn case_test(&mut self, subject: &Subject, test: &'b Expression<'a>) -> Option<Test> {
        subject.variable?;
        let folded = self.fold(test)?;
        match (subject.of_type, folded) {
            (true, folded) => typeof_tests(&folded).map(|(yes, _)| yes),
            (false, Folded::Null | Folded::Undefined) => None,
            (false, folded) => Some(Test::Equals(self.literal(&folded))),
        }
    }

    /// That none of the other cases holds, for `default`.
    pub(super) fn other_cases(&mut self, subject: &Subject, node: &'b SwitchStatement<'a>) -> Vec<Test> {
        if subject.of_type {
            return Vec::new();
        }
        let tests = node.cases.iter().filter_map(|case| case.test.as_ref());
        let tests: Vec<_> = tests.filter_map(|test| self.case_test(subject, test)).collect();
        tests
            .into_iter()
            .filter_map(|test| if let Test::Equals(c) = test { Some(Test::Differs(c)) } else { None })
            .collect()
    }

    /// What holds inside a case.
    pub(super) fn case_conditions(
        subject: &Subject,
        tests: &[Test],
        excluded: &[Test],
        certain: bool,
    ) -> Vec<Condition> {
        let Some((symbol, slot)) = subject.variable.filter(|_| certain) else { return Vec::new() };
        let condition = |any: Vec<Test>| Condition { symbol: Some(symbol), slot, any, span: subject.span, or: None };
        if !tests.is_empty() && tests.len() <= MAX_ANY {
            return vec![condition(tests.to_vec())];
        }
        excluded.iter().take(MAX_ANY).map(|test| condition(vec![test.clone()])).collect()
    }
}

/// Either of two single conditions.
fn either(left: &[Condition], right: &[Condition]) -> Vec<Condition> {
    let ([left], [right]) = (left, right) else { return Vec::new() };
    if left.or.is_some() || right.or.is_some() || left.any.len() + right.any.len() > MAX_ANY {
        return Vec::new();
    }
    if left.symbol != right.symbol {
        return vec![Condition { or: Some(Box::new(right.clone())), ..left.clone() }];
    }
    let any = left.any.iter().chain(&right.any).cloned().collect();
    vec![Condition { any, ..left.clone() }]
}

fn typeof_tests(name: &Folded<'_>) -> Option<(Test, Option<Test>)> {
    match name {
        Folded::Text(text) if text == "function" => Some((Test::Callable, Some(Test::NotCallable))),
        Folded::Text(text) if text == "string" => Some((Test::Text, None)),
        _ => None,
    }
}

fn is_guard_test(test: &Test) -> bool {
    !matches!(test, Test::Instance(_) | Test::NotInstance(_))
}

fn is_narrowing(test: &Test) -> bool {
    !matches!(test, Test::Equals(_) | Test::Differs(_))
}
