//! What a condition says about variables when it holds and when it does not.

use faultline_facts::{Const, Op, Slot, Test};
use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprBoolOp, ExprCall, ExprCompare, UnaryOp};

use super::literal::constant_number;
use super::lower::Lower;
use super::scope::VarId;

/// A variable that passes any of the tests.
#[derive(Debug, Clone)]
pub(super) struct Refine {
    var: VarId,
    any: Vec<Test>,
}

/// A never-reassigned parameter and tests of which one holds.
pub(super) type Guarded = (Slot, Vec<Test>);

#[derive(Debug, Default)]
pub(super) struct Condition {
    pub yes: Vec<Refine>,
    pub no: Vec<Refine>,
    pub guards_yes: Vec<Guarded>,
    pub guards_no: Vec<Guarded>,
}

impl Condition {
    fn negated(self) -> Condition {
        Condition { yes: self.no, no: self.yes, guards_yes: self.guards_no, guards_no: self.guards_yes }
    }
}

impl Lower<'_> {
    /// Narrows variables for the code that follows.
    pub(super) fn refine(&mut self, refines: &[Refine]) {
        for refine in refines {
            let src = self.read(refine.var);
            let dst = self.slot();
            for test in &refine.any {
                self.push(Op::Narrow { dst, src, test: test.clone() });
            }
            self.narrow(refine.var, dst, src);
        }
    }

    pub(super) fn condition(&mut self, test: &Expr) -> Condition {
        match test {
            Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => self.condition(&unary.operand).negated(),
            Expr::BoolOp(node) => self.bool_condition(node),
            Expr::Call(call) => self.call_condition(call),
            Expr::Compare(compare) => self.compare_condition(compare),
            Expr::Named(named) => self.condition(&named.value),
            _ => Condition::default(),
        }
    }

    fn bool_condition(&mut self, node: &ExprBoolOp) -> Condition {
        let parts: Vec<Condition> = node.values.iter().map(|value| self.condition(value)).collect();
        match node.op {
            BoolOp::And => conjunction(parts),
            BoolOp::Or => conjunction(parts.into_iter().map(Condition::negated).collect()).negated(),
        }
    }

    fn call_condition(&mut self, call: &ExprCall) -> Condition {
        match &*call.arguments.args {
            [subject, class] if self.is_builtin(&call.func, "isinstance") => {
                let Some(var) = self.subject(subject) else { return Condition::default() };
                let classes = self.class_slots(class);
                self.instance_condition(var, &classes)
            }
            [subject] if self.is_builtin(&call.func, "callable") => {
                let Some(var) = self.subject(subject) else { return Condition::default() };
                self.one(var, Test::Callable, Test::NotCallable)
            }
            _ => Condition::default(),
        }
    }

    fn one(&mut self, var: VarId, yes: Test, no: Test) -> Condition {
        let mut condition = Condition {
            yes: vec![Refine { var, any: vec![yes.clone()] }],
            no: vec![Refine { var, any: vec![no.clone()] }],
            ..Condition::default()
        };
        if let Some(slot) = self.fixed_param(var) {
            condition.guards_yes.push((slot, vec![yes]));
            condition.guards_no.push((slot, vec![no]));
        }
        condition
    }

    /// `isinstance(x, (A, B))`.
    pub(super) fn instance_condition(&mut self, var: VarId, classes: &[Slot]) -> Condition {
        if classes.is_empty() {
            return Condition::default();
        }
        let any: Vec<Test> = classes.iter().map(|class| Test::Instance(*class)).collect();
        let none = classes.iter().map(|class| Test::NotInstance(*class));
        let mut condition = Condition {
            yes: vec![Refine { var, any: any.clone() }],
            no: none.clone().map(|test| Refine { var, any: vec![test] }).collect(),
            ..Condition::default()
        };
        if let Some(slot) = self.fixed_param(var) {
            condition.guards_yes.push((slot, any));
            condition.guards_no.extend(none.map(|test| (slot, vec![test])));
        }
        condition
    }

    /// The classes of `C` or `(C, D)`.
    fn class_slots(&mut self, class: &Expr) -> Vec<Slot> {
        match class {
            Expr::Tuple(tuple) => tuple.elts.iter().flat_map(|class| self.class_slots(class)).collect(),
            Expr::Name(_) | Expr::Attribute(_) => vec![self.expr(class)],
            _ => Vec::new(),
        }
    }

    /// The variable of this function that an expression reads, or binds and reads.
    pub(super) fn subject(&mut self, expr: &Expr) -> Option<VarId> {
        let name = match expr {
            Expr::Name(name) => name,
            Expr::Named(named) => named.target.as_name_expr()?,
            _ => return None,
        };
        let var = self.lookup(name.id.as_str())?;
        (self.is_own(var) && !self.table.var(var).shared).then_some(var)
    }

    /// The slot of a parameter of this function that nothing ever binds again.
    pub(super) fn fixed_param(&mut self, var: VarId) -> Option<Slot> {
        let info = self.table.var(var);
        let fixed = info.param && info.assigns == 1 && !info.shared && self.is_own(var);
        fixed.then(|| self.home(var))
    }

    fn compare_condition(&mut self, compare: &ExprCompare) -> Condition {
        let ([op], [right]) = (&*compare.ops, &*compare.comparators) else { return Condition::default() };
        if let Some(condition) = self.type_condition(&compare.left, *op, right) {
            return condition;
        }
        let Some(slot) = self.subject(&compare.left).and_then(|var| self.fixed_param(var)) else {
            return Condition::default();
        };
        let (values, negate) = match op {
            CmpOp::Eq | CmpOp::Is => (vec![right], false),
            CmpOp::NotEq | CmpOp::IsNot => (vec![right], true),
            CmpOp::In => (members(right), false),
            CmpOp::NotIn => (members(right), true),
            _ => return Condition::default(),
        };
        let constants: Option<Vec<Const>> = values.iter().map(|value| self.constant_of(value)).collect();
        let Some(constants) = constants.filter(|constants| !constants.is_empty()) else { return Condition::default() };
        let condition = Condition {
            guards_yes: vec![(slot, constants.iter().cloned().map(Test::Equals).collect())],
            guards_no: constants.into_iter().map(|value| (slot, vec![Test::Differs(value)])).collect(),
            ..Condition::default()
        };
        if negate { condition.negated() } else { condition }
    }

    /// `type(x) is C`.
    fn type_condition(&mut self, left: &Expr, op: CmpOp, right: &Expr) -> Option<Condition> {
        let Expr::Call(call) = left else { return None };
        let ([subject], true) = (&*call.arguments.args, self.is_builtin(&call.func, "type")) else { return None };
        let negate = match op {
            CmpOp::Eq | CmpOp::Is => false,
            CmpOp::NotEq | CmpOp::IsNot => true,
            _ => return None,
        };
        let var = self.subject(subject)?;
        let classes = self.class_slots(right);
        let mut condition = self.instance_condition(var, &classes);
        // Instances of subclasses fail the test, so failing says nothing.
        condition.no.clear();
        condition.guards_no.clear();
        Some(if negate { condition.negated() } else { condition })
    }

    pub(super) fn constant_of(&mut self, expr: &Expr) -> Option<Const> {
        match expr {
            Expr::StringLiteral(text) => Some(Const::Str(self.builder.sym(text.value.to_str()))),
            Expr::NumberLiteral(number) => constant_number(&number.value),
            Expr::BooleanLiteral(literal) => Some(Const::Bool(literal.value)),
            Expr::NoneLiteral(_) => Some(Const::Null),
            _ => None,
        }
    }
}

/// What holds when all parts hold; what does not hold is only known of a single part.
fn conjunction(parts: Vec<Condition>) -> Condition {
    let mut all = Condition::default();
    let single = parts.len() == 1;
    for part in parts {
        all.yes.extend(part.yes);
        all.guards_yes.extend(part.guards_yes);
        if single {
            all.no.extend(part.no);
            all.guards_no.extend(part.guards_no);
        }
    }
    all
}

fn members(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Set(set) => set.elts.iter().collect(),
        _ => Vec::new(),
    }
}
