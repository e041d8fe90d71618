//! JavaScript's `Object` and `Reflect`: definitions, prototypes, enumeration.

use super::{Table, Use, identity};
use crate::{
    names::Name,
    solve::{ArgMode, Shape, Solver, Watch, key},
};

pub(super) const MODELS: Table = &[
    ("js:Object.assign", assign),
    ("js:Object.create", create),
    ("js:Object.defineProperty", define),
    ("js:Reflect.defineProperty", define),
    ("js:Object.defineProperties", define_all),
    ("js:Object.keys", keys),
    ("js:Object.getOwnPropertyNames", keys),
    ("js:Reflect.ownKeys", keys),
    ("js:Object.values", values),
    ("js:Object.entries", entries),
    ("js:Object.fromEntries", from_entries),
    ("js:Object.freeze", identity),
    ("js:Object.seal", identity),
    ("js:Object.preventExtensions", identity),
    ("js:Object", identity),
    ("js:Object.setPrototypeOf", set_prototype),
    ("js:Reflect.setPrototypeOf", set_prototype),
    ("js:Object.getPrototypeOf", get_prototype),
    ("js:Object.getOwnPropertyDescriptor", descriptor),
    ("js:Reflect.get", get),
    ("js:Reflect.set", set),
    ("js:Object.prototype.__defineGetter__", define_getter),
    ("js:Object.prototype.__defineSetter__", define_setter),
    ("js:structuredClone", identity),
];

fn assign(solver: &mut Solver<'_>, at: Use) {
    let Some(dst) = solver.arg(at.call, 0) else { return };
    solver.give(at.call, dst);
    for arg in solver.args_of(at.call).to_vec().into_iter().skip(1) {
        let src = if arg.mode == ArgMode::Spread { solver.elements_in(at.call, arg.node, arg.node) } else { arg.node };
        solver.store.watch(src, Watch::SpreadFrom { dst });
    }
}

fn create(solver: &mut Solver<'_>, at: Use) {
    let object = solver.give_object(at.call, Shape::Object);
    if let Some(parent) = solver.arg(at.call, 0) {
        let parents = solver.parents(object);
        solver.store.edge(parent, parents, true);
    }
    if let Some(descriptors) = solver.arg(at.call, 1) {
        let base = solver.token_node(object);
        solver.store.watch(descriptors, Watch::DefineAll { base });
    }
}

fn define(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    solver.give(at.call, base);
    if let Some(descriptor) = solver.arg(at.call, 2) {
        solver.store.watch(name, Watch::Define { base, descriptor });
    }
}

fn define_all(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(descriptors)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    solver.give(at.call, base);
    solver.store.watch(descriptors, Watch::DefineAll { base });
}

fn keys(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let names = solver.temp(at.call, key(40, 0));
    solver.store.watch(src, Watch::Keys { dst: names, inherited: false });
    solver.give_list(at.call, Shape::Array, names);
}

fn values(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let values = solver.temp(at.call, key(41, 0));
    solver.store.watch(src, Watch::Values { dst: values });
    solver.give_list(at.call, Shape::Array, values);
}

fn entries(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let pair = solver.make(at.call, 1, Shape::Array);
    let (zero, one) = (solver.index_name(0), solver.index_name(1));
    let (key, value) = (solver.write_field(pair, zero), solver.write_field(pair, one));
    solver.store.watch(src, Watch::Keys { dst: key, inherited: false });
    solver.store.watch(src, Watch::Values { dst: value });
    let node = solver.token_node(pair);
    solver.give_list(at.call, Shape::Array, node);
}

fn from_entries(solver: &mut Solver<'_>, at: Use) {
    let Some(src) = solver.arg(at.call, 0) else { return };
    let object = solver.give_object(at.call, Shape::Object);
    let pairs = solver.elements_in(at.call, 0, src);
    let any = solver.any_field(object);
    let one = solver.index_name(1);
    solver.store.watch(pairs, Watch::Read { name: one, dst: any });
}

fn set_prototype(solver: &mut Solver<'_>, at: Use) {
    let (Some(object), Some(parent)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    solver.give(at.call, object);
    solver.store.watch(object, Watch::Adopt { parent });
}

fn get_prototype(solver: &mut Solver<'_>, at: Use) {
    let (Some(object), Some(result)) = (solver.arg(at.call, 0), solver.result(at.call)) else { return };
    solver.store.watch(object, Watch::ParentsTo { dst: result });
}

/// The descriptor keeps each property apart; `defineProperty` with it copies the one of its name.
fn descriptor(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    let object = solver.give_object(at.call, Shape::Property);
    solver.store.watch(name, Watch::Describe { base, object });
}

fn get(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    if let Some(dst) = solver.result(at.call) {
        solver.store.watch(name, Watch::NamedRead { base, dst });
    }
}

fn set(solver: &mut Solver<'_>, at: Use) {
    let (Some(base), Some(name)) = (solver.arg(at.call, 0), solver.arg(at.call, 1)) else { return };
    if let Some(src) = solver.arg(at.call, 2) {
        solver.store.watch(name, Watch::NamedWrite { base, src });
    }
}

fn define_getter(solver: &mut Solver<'_>, at: Use) {
    define_accessor(solver, at, Name::GET);
}

fn define_setter(solver: &mut Solver<'_>, at: Use) {
    define_accessor(solver, at, Name::SET);
}

fn define_accessor(solver: &mut Solver<'_>, at: Use, kind: Name) {
    let (Some(this), Some(name), Some(function)) = (at.this, solver.arg(at.call, 0), solver.arg(at.call, 1)) else {
        return;
    };
    let descriptor = solver.make(at.call, 2, Shape::Object);
    let field = solver.write_field(descriptor, kind);
    solver.store.edge(function, field, true);
    let (base, descriptor) = (solver.token_node(this), solver.token_node(descriptor));
    solver.store.watch(name, Watch::Define { base, descriptor });
}
