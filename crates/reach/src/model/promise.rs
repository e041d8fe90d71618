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
    ("js:Promise.allSettled", all),
    ("js:Promise.race", race),
    ("js:Promise.any", race),
    ("js:Promise.prototype.then", then),
    ("js:Promise.prototype.catch", catch),
    ("js:Promise.prototype.finally", finally),
    ("js:Promise.@resolve", fulfil),
];

fn promise(solver: &mut Solver<'_>, at: Use) -> (Tok, Node) {
    let promise = solver.give_object(at.call, Shape::Promise);
    (promise, solver.write_field(promise, Name::VALUE))
}

/// `new Promise(executor)`: the executor gets a function that fulfils it.
fn construct(solver: &mut Solver<'_>, at: Use) {
    let (promise, _) = promise(solver, at);
    let Some(executor) = solver.arg(at.call, 0) else { return };
    let func = solver.path_token("js:Promise.@resolve");
    let bound = solver.bound(func, promise);
    let resolve = solver.token_node(bound);
    let reject = solver.temp(at.call, key(50, 0));
    solver.call_back_with(at.call, 0, executor, &[resolve, reject], This::None);
}

fn fulfil(solver: &mut Solver<'_>, at: Use) {
    let (Some(promise), Some(value)) = (at.this, solver.arg(at.call, 0)) else { return };
    let dst = solver.write_field(promise, Name::VALUE);
    solver.store.watch(value, Watch::Await { dst });
}

fn resolve(solver: &mut Solver<'_>, at: Use) {
    let (_, dst) = promise(solver, at);
    if let Some(value) = solver.arg(at.call, 0) {
        solver.store.watch(value, Watch::Await { dst });
    }
}

fn reject(solver: &mut Solver<'_>, at: Use) {
    promise(solver, at);
}

fn all(solver: &mut Solver<'_>, at: Use) {
    let (_, dst) = promise(solver, at);
    let Some(src) = solver.arg(at.call, 0) else { return };
    let list = solver.make(at.call, 1, Shape::Array);
    solver.store.add(dst, list);
    let values = solver.write_field(list, Name::ELEMENT);
    let elements = solver.elements_in(at.call, 0, src);
    solver.store.watch(elements, Watch::Await { dst: values });
}

fn race(solver: &mut Solver<'_>, at: Use) {
    let (_, dst) = promise(solver, at);
    let Some(src) = solver.arg(at.call, 0) else { return };
    let elements = solver.elements_in(at.call, 0, src);
    solver.store.watch(elements, Watch::Await { dst });
}

fn settled(solver: &mut Solver<'_>, at: Use, index: usize, args: &[Node], dst: Node) {
    let Some(callback) = solver.arg(at.call, index) else { return };
    let this = at.this.map_or(0, |tok| tok.0);
    let result = solver.call_back_with(at.call, this * 4 + index as u32, callback, args, This::None);
    solver.store.watch(result, Watch::Await { dst });
}

fn then(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (_, dst) = promise(solver, at);
    let value = solver.field(this, Name::VALUE);
    let error = solver.temp(at.call, key(51, 0));
    settled(solver, at, 0, &[value], dst);
    settled(solver, at, 1, &[error], dst);
}

fn catch(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (_, dst) = promise(solver, at);
    let value = solver.field(this, Name::VALUE);
    solver.store.edge(value, dst, true);
    let error = solver.temp(at.call, key(51, 0));
    settled(solver, at, 0, &[error], dst);
}

fn finally(solver: &mut Solver<'_>, at: Use) {
    let Some(this) = at.this else { return };
    let (_, dst) = promise(solver, at);
    let value = solver.field(this, Name::VALUE);
    solver.store.edge(value, dst, true);
    let nowhere = solver.temp(at.call, key(52, 0));
    settled(solver, at, 0, &[], nowhere);
}
