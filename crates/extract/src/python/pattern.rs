//! `match`: captures and narrowing.

use faultline_facts::{CallKind, Key, Slot, Test};
use ruff_python_ast::{Expr, Identifier, MatchCase, Pattern, PatternMatchClass, PatternMatchMapping, StmtMatch};
use ruff_text_size::Ranged;

use super::env::Exit;
use super::lower::Lower;

impl Lower<'_> {
    pub(super) fn match_stmt(&mut self, node: &StmtMatch) {
        let subject = self.expr(&node.subject);
        let live = self.frame.live;
        self.frame.conditional += 1;
        let mut exits = Vec::new();
        let mut complete = false;
        for case in &node.cases {
            let mark = self.env.mark();
            self.frame.live = live;
            self.case(&node.subject, subject, case);
            exits.push(self.env.take(mark, self.frame.live));
            complete |= case.guard.is_none() && case.pattern.is_irrefutable();
        }
        if !complete {
            exits.push(Exit { live, ..Exit::default() });
        }
        self.frame.conditional -= 1;
        self.merge(&exits);
    }

    fn case(&mut self, subject_expr: &Expr, subject: Slot, case: &MatchCase) {
        let guard = self.frame.guard;
        self.narrow_case(subject_expr, &case.pattern);
        let subject = match subject_expr {
            Expr::Name(_) => self.expr(subject_expr),
            _ => subject,
        };
        self.pattern(&case.pattern, subject);
        if let Some(test) = &case.guard {
            self.test(test);
            let condition = self.condition(test);
            self.refine(&condition.yes);
        }
        self.block(&case.body);
        self.frame.guard = guard;
    }

    /// What a matching case says about the subject when that is a variable.
    fn narrow_case(&mut self, subject: &Expr, pattern: &Pattern) {
        let Some(var) = self.subject(subject) else { return };
        let mut classes = Vec::new();
        if self.pattern_classes(pattern, &mut classes) {
            let condition = self.instance_condition(var, &classes);
            self.refine(&condition.yes);
            self.frame.guard = self.guards(&condition.guards_yes);
        } else if let Some((slot, any)) = self.fixed_param(var).zip(self.pattern_constants(pattern)) {
            self.frame.guard = self.guards(&[(slot, any)]);
        }
    }

    /// The classes of `C() | D()`; false for other patterns.
    fn pattern_classes(&mut self, pattern: &Pattern, out: &mut Vec<Slot>) -> bool {
        match pattern {
            Pattern::MatchClass(class) => {
                out.push(self.expr(&class.cls));
                true
            }
            Pattern::MatchOr(or) => or.patterns.iter().all(|part| self.pattern_classes(part, out)),
            Pattern::MatchAs(inner) => inner.pattern.as_ref().is_some_and(|part| self.pattern_classes(part, out)),
            _ => false,
        }
    }

    fn pattern_constants(&mut self, pattern: &Pattern) -> Option<Vec<Test>> {
        match pattern {
            Pattern::MatchValue(value) => self.constant_of(&value.value).map(|value| vec![Test::Equals(value)]),
            Pattern::MatchOr(or) => {
                let parts: Option<Vec<Vec<Test>>> = or.patterns.iter().map(|p| self.pattern_constants(p)).collect();
                parts.map(|parts| parts.into_iter().flatten().collect())
            }
            _ => None,
        }
    }

    fn pattern(&mut self, pattern: &Pattern, subject: Slot) {
        match pattern {
            Pattern::MatchValue(node) => {
                let value = self.expr(&node.value);
                if !super::literal::is_literal(&node.value) {
                    self.effect(CallKind::Operator, value, "__eq__", &[subject], node.range());
                }
            }
            Pattern::MatchSequence(node) => {
                for (at, part) in node.patterns.iter().enumerate() {
                    let value = match part {
                        Pattern::MatchStar(_) => self.rest_of(subject, node.range()),
                        _ => self.load(subject, Key::Index(at as u32), None, part.range()),
                    };
                    self.pattern(part, value);
                }
            }
            Pattern::MatchMapping(node) => self.mapping_pattern(node, subject),
            Pattern::MatchClass(node) => self.class_pattern(node, subject),
            Pattern::MatchStar(node) => self.capture_name(node.name.as_ref(), subject),
            Pattern::MatchAs(node) => {
                if let Some(inner) = &node.pattern {
                    self.pattern(inner, subject);
                }
                self.capture_name(node.name.as_ref(), subject);
            }
            Pattern::MatchOr(node) => node.patterns.iter().for_each(|part| self.pattern(part, subject)),
            Pattern::MatchSingleton(_) => {}
        }
    }

    fn mapping_pattern(&mut self, node: &PatternMatchMapping, subject: Slot) {
        for (key, part) in node.keys.iter().zip(&node.patterns) {
            let (key, _) = self.subscript_key(key);
            let value = self.load(subject, key, None, part.range());
            self.pattern(part, value);
        }
        self.capture_name(node.rest.as_ref(), subject);
    }

    fn class_pattern(&mut self, node: &PatternMatchClass, subject: Slot) {
        for keyword in &node.arguments.keywords {
            let key = Key::Named(self.builder.sym(keyword.attr.as_str()));
            let value = self.load(subject, key, None, keyword.range());
            self.pattern(&keyword.pattern, value);
        }
        for part in &node.arguments.patterns {
            // Positional parts go through `__match_args__`; `C(x)` of a builtin is the value itself.
            let value = self.load(subject, Key::Element, None, part.range());
            self.pattern(part, value);
        }
    }

    fn capture_name(&mut self, name: Option<&Identifier>, value: Slot) {
        if let Some(var) = name.and_then(|name| self.lookup(name.as_str())) {
            self.take_value(var, value);
        }
    }
}
