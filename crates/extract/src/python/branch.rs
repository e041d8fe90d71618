//! Statements with branches: what each leaves, and where they meet.

use faultline_facts::{CallKind, GuardId, Op, Slot, TypePlace};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtTry, StmtWhile, StmtWith};
use ruff_text_size::Ranged;

use super::assign::may_iterate;
use super::env::Exit;
use super::lower::Lower;

/// A finished arm of an `if`: where its test began, how it ended.
struct Arm {
    mark: usize,
    exit: Exit,
}

impl Lower<'_> {
    pub(super) fn if_stmt(&mut self, node: &StmtIf) {
        let (outer_guard, type_only) = (self.frame.guard, self.frame.type_only);
        self.frame.conditional += 1;
        let mut arms = Vec::new();
        self.arm(&node.test, &node.body, &mut arms);
        let mut has_else = false;
        for clause in &node.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.arm(test, &clause.body, &mut arms);
            } else {
                has_else = true;
                self.block(&clause.body);
            }
        }
        self.frame.conditional -= 1;
        self.frame.type_only = type_only;
        let falls_through = !has_else && arms.iter().all(|arm| !arm.exit.live);
        let after = if falls_through { self.frame.guard } else { outer_guard };
        self.frame.guard = outer_guard;
        self.meet(arms);
        self.frame.guard = after;
    }

    /// One test and its body. Afterwards the state is that of the test having failed.
    fn arm(&mut self, test: &Expr, body: &[Stmt], arms: &mut Vec<Arm>) {
        let live = self.frame.live;
        self.test(test);
        let condition = self.condition(test);
        let mark = self.env.mark();
        let guard = self.frame.guard;
        let type_only = self.frame.type_only;
        self.frame.type_only |= self.is_type_checking(test);
        self.refine(&condition.yes);
        self.frame.guard = self.guards(&condition.guards_yes);
        self.block(body);
        self.frame.type_only = type_only;
        arms.push(Arm { mark, exit: self.env.take(mark, self.frame.live) });
        self.frame.live = live;
        self.frame.guard = guard;
        self.refine(&condition.no);
        self.frame.guard = self.guards(&condition.guards_no);
    }

    /// Joins the arms, innermost `else` first.
    fn meet(&mut self, arms: Vec<Arm>) {
        for arm in arms.into_iter().rev() {
            let other = self.env.take(arm.mark, self.frame.live);
            self.merge(&[arm.exit, other]);
        }
    }

    pub(super) fn while_stmt(&mut self, node: &StmtWhile) {
        let region = node.node_index.load().as_u32().unwrap_or(u32::MAX);
        self.looped(region, |this| {
            this.test(&node.test);
            let condition = this.condition(&node.test);
            this.refine(&condition.yes);
            this.block(&node.body);
        });
        self.block(&node.orelse);
    }

    pub(super) fn for_stmt(&mut self, node: &StmtFor) {
        let region = node.node_index.load().as_u32().unwrap_or(u32::MAX);
        let iterable = self.expr(&node.iter);
        self.looped(region, |this| {
            this.store_item(&node.target, iterable, &node.iter, node.is_async);
            this.block(&node.body);
        });
        self.block(&node.orelse);
    }

    /// `for target in iterable`.
    pub(super) fn store_item(&mut self, target: &Expr, iterable: Slot, iter: &Expr, is_async: bool) {
        let var = target.as_name_expr().and_then(|name| self.lookup(name.id.as_str()));
        if let Some(var) = var.filter(|var| !self.versioned(*var)) {
            let item = self.define(var);
            self.item_of(iterable, iter, is_async, Some(item));
        } else {
            let item = self.item_of(iterable, iter, is_async, None);
            self.store(target, item, None);
        }
    }

    /// What one step of iteration gives.
    pub(super) fn item_of(&mut self, iterable: Slot, iter: &Expr, is_async: bool, want: Option<Slot>) -> Slot {
        let item = self.out(want);
        self.push_at(Op::Iterate { dst: item, src: iterable }, iter.range());
        if may_iterate(iter) {
            self.iteration_calls(iterable, is_async, Some(item), iter.range());
        }
        item
    }

    fn looped(&mut self, region: u32, body: impl FnOnce(&mut Self)) {
        let (live, guard) = (self.frame.live, self.frame.guard);
        self.frame.conditional += 1;
        self.open(region);
        let mark = self.env.mark();
        self.enter_phi();
        body(self);
        self.env.undo(mark);
        let exit = self.close();
        self.apply(&exit);
        self.frame.conditional -= 1;
        (self.frame.live, self.frame.guard) = (live, guard);
    }

    pub(super) fn try_stmt(&mut self, node: &StmtTry) {
        let region = node.node_index.load().as_u32().unwrap_or(u32::MAX);
        let live = self.frame.live;
        self.frame.conditional += 1;
        self.open(region);
        let mark = self.env.mark();
        self.block(&node.body);
        let thrown = self.close();
        self.block(&node.orelse);
        let mut exits = vec![self.env.take(mark, self.frame.live)];
        for handler in &node.handlers {
            self.frame.live = live;
            self.apply(&thrown);
            self.handler(handler);
            exits.push(self.env.take(mark, self.frame.live));
        }
        self.frame.conditional -= 1;
        if node.finalbody.is_empty() {
            self.merge(&exits);
            return;
        }
        self.finally(&node.finalbody, exits, thrown, live);
    }

    fn finally(&mut self, body: &[Stmt], mut exits: Vec<Exit>, thrown: Exit, live: bool) {
        let after = exits.iter().any(|exit| exit.live);
        exits.push(Exit { live, ..thrown });
        self.merge(&exits);
        self.block(body);
        self.frame.live &= after;
    }

    fn handler(&mut self, handler: &ExceptHandler) {
        let ExceptHandler::ExceptHandler(handler) = handler;
        let class = handler.type_.as_ref().map(|kind| (self.expr(kind), kind));
        if let Some(name) = &handler.name
            && let Some(var) = self.lookup(name.as_str())
        {
            let slot = self.define(var);
            let mut types = Vec::new();
            match class {
                Some((_, kind)) if kind.is_tuple_expr() => self.tuple_types(kind, &mut types),
                Some((class, _)) => types.push((class, TypePlace::Instance)),
                None => {}
            }
            self.push_types(self.frame.function, slot, &types);
        }
        self.block(&handler.body);
    }

    pub(super) fn with_stmt(&mut self, node: &StmtWith) {
        let (enter, exit) = if node.is_async { ("__aenter__", "__aexit__") } else { ("__enter__", "__exit__") };
        for item in &node.items {
            let context = self.expr(&item.context_expr);
            let range = item.context_expr.range();
            let mut value = self.special(CallKind::Implicit, context, enter, &[], None, range);
            self.effect(CallKind::Implicit, context, exit, &[], range);
            if node.is_async {
                let dst = self.slot();
                self.push(Op::Await { dst, src: value });
                value = dst;
            }
            if let Some(target) = &item.optional_vars {
                self.store(target, value, None);
            }
        }
        self.block(&node.body);
    }

    /// Chains conditions under the present guard.
    pub(super) fn guards(&mut self, tests: &[super::condition::Guarded]) -> Option<GuardId> {
        let mut parent = self.frame.guard;
        for (slot, any) in tests {
            let guard = faultline_facts::Guard { parent, slot: *slot, any: any.clone(), or: None };
            parent = Some(self.builder.guard(guard));
        }
        parent
    }
}
