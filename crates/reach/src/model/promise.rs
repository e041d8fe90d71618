//! JavaScript promises.

use super::{Table, Use};
use crate::{
    names::Name,
    solve::{Node, Shape, Solver, This, Tok, Watch, key},
};

pub(super) const MODELS: Table = &[
    ("js:Promise", construct),
    ("js:Promise.resolve", resolve),
    ("js:Promise.reject", reject),
    ("js:Promise.all", all),
    ("js:Promise.allSettled", all_settled),
    ("js:Promise.race", race),
    ("js:Promise.any", race),
    ("js:Promise.prototype.then", then),
    ("js:Promise.prototype.catch", catch),
    ("js:Promise.prototype.finally", finally),
    ("js:Promise.@resolve", fulfil),
    ("js:Promise.@reject", refuse),
];

fn promise(solver: &mut Solver<'_>, at: Use) -> (Tok, Node) {
    let promise = solver.give_object(at.call, Shape::Promise);
    (promise, solver.write_field(promise, Name::VALUE))
}

/// `new Promise(executor)`: the executor gets functions that settle it.
fn construct(solver: &mut Solver<'_>, at: Use) {
    let (promise, _) = promise(solver, at);
    let Some(executor) = solver.arg(at.call, 0) else { return };
    let [resolve, reject] = ["js:Promise.@resolve", "js:Promise.@reject"].map(|path| {
        let func = solver.path_token(path);
        let bound = solver.bound(func, promise);
        solver.token_node(bound)
    });
    solver.call_back_with(at.call, 0, executor, &[resolve, reject], This::None);
}

fn fulfil(solver: &mut Solver<'_>, at: Use) {
    let (Some(promise), Some(value)) = (at.this, solver.arg(at.call, 0)) else { return };
    fulfil_with(solver, promise, value);
}

/// A promise takes over the value, or the fate of another promise.
fn fulfil_with(solver: &mut Solver<'_>, promise: Tok, value: Node) {
    let (dst, reason) = (solver.write_field(promise, Name::VALUE), solver.write_field(promise, Name::REJECTED));
    solver.store.watch(value, Watch::Await { dst });
    solver.store.watch(value, Watch::Rejection { dst: reason });
}

fn refuse(solver: &mut Solver<'_>, at: Use) {
    let (Some(promise), Some(value)) = (at.this, solver.arg(at.call, 0)) else { return };
    let reason = solver.write_field(promise, Name::REJECTED);
    solver.store.edge(value, reason, true);
}

fn resolve(solver: &mut Solver<'_>, at: Use) {
    let (promise, _) = promise(solver, at);
    if let Some(value) = solver.arg(at.call, 0) {
        fulfil_with(solver, promise, value);
    }
}

fn reject(solver: &mut Solver<'_>, at: Use) {
    let (promise, _) = promise(solver, at);
    refuse(solver, Use { this: Some(promise), ..at });
}

fn all(solver: &mut Solver<'_>, at: Use) {
    let (promise, dst) = promise(solver, at);
    let Some(src) = solver.arg(at.call, 0) else { return };
    let list = solver.make(at.call, 1, Shape::Array);
    solver.store.add(dst, list);
    let values = solver.write_field(list, Name::ELEMENT);
    let elements = solver.elements_in(at.call, 0, src);
    solver.store.watch(elements, Watch::Await { dst: values });
    let reason = solver.write_field(promise, Name::REJECTED);
    solver.store.watch(elements, Watch::Rejection { dst: reason });
}

/// Resolves to a list of `{status, value, reason}`.
fn all_settled(solver: &mut Solver<'_>, at: Use) {
    let (_, dst) = promise(solver, at);
    let Some(src) = solver.arg(at.call, 0) else { return };
    let (list, outcome) = (solver.make(at.call, 1, Shape::Array), solver.make(at.call, 2, Shape::Object));
    solver.store.add(dst, list);
    let values = solver.write_field(list, Name::ELEMENT);
    solver.store.add(values, outcome);
    let elements = solver.elements_in(at.call, 0, src);
    let reason = solver.names.intern("reason");
    let (value, reason) = (solver.write_field(outcome, Name::PLAIN_VALUE), solver.write_field(outcome, reason));
    solver.store.watch(elements, Watch::Await { dst: value });
    solver.store.watch(elements, Watch::Rejection { dst: reason });
}

fn race(solver: &mut Solver<'_>, at: Use) {
    let (promise, _) = promise(solver, at);
    let Some(src) = solver.arg(at.call, 0) else { return };
    let elements = solver.elements_in(at.call, 0, src);
    fulfil_with(solver, promise, elements);
}

fn settled(solver: &mut Solver<'_>, at: Use, index: usize, args: &[Node], promise: Tok) {
    let Some(callback) = solver.arg(at.call, index) else { return };
    let this = at.this.map_or(0, |tok| tok.0);
    let result = solver.call_back_with(at.call, this.rotate_left(2) | index as u32, callback, args, This::None);
    fulfil_with(solver, promise, result);
}

/// What a handler of rejections gets: the reasons of this promise, and whatever is thrown anywhere.
fn caught(solver: &mut Solver<'_>, at: Use, this: Tok) -> Node {
    let error = solver.temp(at.call, key(51, this.0));
    let reason = solver.field(this, Name::REJECTED);
    solver.store.edge(reason, error, true);
    let thrown = solver.global_node(Name::THROWN);
    solver.store.edge(thrown, error, true);
    error
}

/// Both outcomes, or one of them, are those of the promise before.
fn pass_on(solver: &mut Solver<'_>, this: Tok, promise: Tok, names: &[Name]) {
    for name in names {
        let (from, to) = (solver.field(this, *name), solver.write_field(promise, *name));
        solver.store.edge(from, to, true);
    }
}

fn then(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (promise, _) = promise(solver, at);
    let value = solver.field(this, Name::VALUE);
    settled(solver, at, 0, &[value], promise);
    if solver.arg(at.call, 1).is_none() {
        return pass_on(solver, this, promise, &[Name::REJECTED]);
    }
    let error = caught(solver, at, this);
    settled(solver, at, 1, &[error], promise);
}

fn catch(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (promise, _) = promise(solver, at);
    pass_on(solver, this, promise, &[Name::VALUE]);
    let error = caught(solver, at, this);
    settled(solver, at, 0, &[error], promise);
}

fn finally(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (promise, _) = promise(solver, at);
    pass_on(solver, this, promise, &[Name::VALUE, Name::REJECTED]);
    let nowhere = solver.make(at.call, 1, Shape::Promise);
    settled(solver, at, 0, &[], nowhere);
}
