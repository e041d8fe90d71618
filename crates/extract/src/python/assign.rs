//! Assignment: targets of every form.

use faultline_facts::{Accessor, CallKind, Key, ObjectKind, Op, Slot};
use ruff_python_ast::{Expr, ExprSlice, StmtAssign};
use ruff_text_size::{Ranged, TextRange};

use super::lower::Lower;
use super::scope::VarId;

impl Lower<'_> {
    pub(super) fn assign_stmt(&mut self, node: &StmtAssign) {
        if let [target] = node.targets.as_slice() {
            return self.assign(target, &node.value);
        }
        let value = self.expr(&node.value);
        for target in &node.targets {
            self.note_all(target, &node.value, false);
            self.store(target, value, Some(&node.value));
        }
    }

    /// `target = value`.
    pub(super) fn assign(&mut self, target: &Expr, value: &Expr) {
        self.note_all(target, value, false);
        if let Expr::Name(name) = target {
            let Some(var) = self.lookup(name.id.as_str()) else { return };
            if self.property_call(var, value) {
                return;
            }
            return self.assign_name(var, value);
        }
        if let Some(pairs) = pairs(target, value) {
            let values: Vec<Slot> = pairs.iter().map(|(_, value)| self.expr(value)).collect();
            for ((target, value), slot) in pairs.into_iter().zip(values) {
                self.store(target, slot, Some(value));
            }
            return;
        }
        if self.starred_literal(target, value) {
            return;
        }
        let slot = self.expr(value);
        self.store(target, slot, Some(value));
    }

    /// `a, *b, c = x, y, z`: the parts are known.
    fn starred_literal(&mut self, target: &Expr, value: &Expr) -> bool {
        let (Some(targets), Some(values)) = (elements(target), elements(value)) else { return false };
        let stars = targets.iter().filter(|part| part.is_starred_expr()).count();
        let fits = stars == 1 && values.len() + 1 >= targets.len() && !values.iter().any(Expr::is_starred_expr);
        let Some(star) = targets.iter().position(Expr::is_starred_expr).filter(|_| fits) else { return false };
        let rest = values.len() + 1 - targets.len();
        let slots: Vec<Slot> = values.iter().map(|value| self.expr(value)).collect();
        for (target, slot) in targets.iter().zip(&slots).take(star) {
            self.store(target, *slot, None);
        }
        let list = self.object(ObjectKind::Array, None);
        for (at, slot) in slots[star..star + rest].iter().enumerate() {
            self.put(list, Key::Index(at as u32), *slot, targets[star].range());
        }
        self.store(&targets[star], list, None);
        for (target, slot) in targets[star + 1..].iter().zip(&slots[star + rest..]) {
            self.store(target, *slot, None);
        }
        true
    }

    fn assign_name(&mut self, var: VarId, value: &Expr) {
        if self.versioned(var) || value.is_name_expr() {
            let slot = self.expr(value);
            return self.take_value(var, slot);
        }
        let target = self.define(var);
        self.eval(value, Some(target));
    }

    /// Makes the value in a slot the variable's.
    pub(super) fn take_value(&mut self, var: VarId, value: Slot) {
        if self.versioned(var) {
            return self.bring(var, value);
        }
        let slot = self.define(var);
        self.copy(slot, value);
    }

    /// Stores a value into any target. `source` is the expression it came from, when there is one.
    pub(super) fn store(&mut self, target: &Expr, value: Slot, source: Option<&Expr>) {
        match target {
            Expr::Name(name) => {
                if let Some(var) = self.lookup(name.id.as_str()) {
                    self.take_value(var, value);
                }
            }
            Expr::Attribute(attribute) => {
                let base = self.expr(&attribute.value);
                let key = Key::Named(self.mangled(attribute.attr.as_str()));
                self.put(base, key, value, target.range());
            }
            Expr::Subscript(subscript) => {
                let base = self.expr(&subscript.value);
                let (key, index) = self.subscript_key(&subscript.slice);
                self.put(base, key, value, target.range());
                self.effect(CallKind::Operator, base, "__setitem__", &[index, value], target.range());
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value, source.is_some_and(may_iterate), target.range()),
            Expr::List(list) => self.unpack(&list.elts, value, source.is_some_and(may_iterate), target.range()),
            Expr::Starred(starred) => self.store(&starred.value, value, source),
            _ => {}
        }
    }

    pub(super) fn put(&mut self, base: Slot, key: Key, src: Slot, range: TextRange) {
        self.push_at(Op::Store { base, key, src, accessor: Accessor::Value }, range);
    }

    /// `a, *b, c = value`.
    fn unpack(&mut self, targets: &[Expr], value: Slot, iterates: bool, range: TextRange) {
        let next = iterates.then(|| self.iteration_calls(value, false, None, range));
        let star = targets.iter().position(Expr::is_starred_expr);
        for (at, target) in targets.iter().enumerate() {
            if let Expr::Starred(starred) = target {
                let rest = self.rest_of(value, range);
                self.store(&starred.value, rest, None);
                continue;
            }
            let key = if star.is_some_and(|star| at > star) { Key::Element } else { Key::Index(at as u32) };
            let part = self.load(value, key, None, range);
            if let Some(next) = next {
                self.copy(part, next);
            }
            self.store(target, part, None);
        }
    }

    /// A new list of the elements from `lower` up to `upper`, when these are constants and not many.
    pub(super) fn part_of(&mut self, value: Slot, slice: &ExprSlice, range: TextRange) -> Slot {
        const MOST: u32 = 16;
        let lower = slice.lower.as_deref().map_or(Some(0), constant_index);
        let upper = slice.upper.as_deref().and_then(constant_index);
        let (Some(lower), Some(upper), None) = (lower, upper, &slice.step) else { return self.rest_of(value, range) };
        if upper.saturating_sub(lower) > MOST {
            return self.rest_of(value, range);
        }
        let part = self.object(ObjectKind::Array, None);
        for (to, from) in (lower..upper).enumerate() {
            let item = self.load(value, Key::Index(from), None, range);
            self.put(part, Key::Index(to as u32), item, range);
        }
        part
    }

    /// A new list of all elements of `value`.
    pub(super) fn rest_of(&mut self, value: Slot, range: TextRange) -> Slot {
        let rest = self.object(ObjectKind::Array, None);
        let element = self.slot();
        self.push_at(Op::Iterate { dst: element, src: value }, range);
        self.put(rest, Key::Element, element, range);
        rest
    }

    /// The implicit calls of one step of iteration; gives what `__next__` returns.
    pub(super) fn iteration_calls(
        &mut self,
        iterable: Slot,
        is_async: bool,
        want: Option<Slot>,
        range: TextRange,
    ) -> Slot {
        let (iter, next) = if is_async { ("__aiter__", "__anext__") } else { ("__iter__", "__next__") };
        let iterator = self.special(CallKind::Implicit, iterable, iter, &[], None, range);
        if !is_async {
            return self.special(CallKind::Implicit, iterator, next, &[], want, range);
        }
        let src = self.special(CallKind::Implicit, iterator, next, &[], None, range);
        let dst = self.out(want);
        self.push(Op::Await { dst, src });
        dst
    }
}

/// Whether iterating over the value may run the file's own code.
pub(super) fn may_iterate(value: &Expr) -> bool {
    match value {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Await(_) | Expr::Subscript(_) => true,
        Expr::Call(call) => !matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "range"),
        _ => false,
    }
}

fn constant_index(expr: &Expr) -> Option<u32> {
    let int = expr.as_number_literal_expr()?.value.as_int()?.as_i64()?;
    u32::try_from(int).ok()
}

/// Pairs the parts of `a, b = x, y`.
fn pairs<'e>(target: &'e Expr, value: &'e Expr) -> Option<Vec<(&'e Expr, &'e Expr)>> {
    let (targets, values) = (elements(target)?, elements(value)?);
    let plain = |parts: &[Expr]| !parts.iter().any(Expr::is_starred_expr);
    (targets.len() == values.len() && plain(targets) && plain(values)).then(|| targets.iter().zip(values).collect())
}

fn elements(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}
