//! Watches that only models set.

use crate::{
    names::Name,
    solve::{FieldWatch, NONE, Shape, Solver, This, Tok, Token, Watch},
};

/// A token has arrived at a node that a model watches.
pub(crate) fn fire(solver: &mut Solver<'_>, watch: Watch, tok: Tok) {
    match watch {
        Watch::ThisOf { call, callee } => solver.invoke(call, callee, This::Tok(tok)),
        Watch::BindThis { call, func, args } => {
            super::bound::bind_this(solver, call, func, tok, args);
        }
        Watch::NamedMethod { path, dst } => solver.give_named_method(tok, path, dst),
        Watch::Partial { call, args } => {
            if let Token::Path(_) = solver.tokens.get(tok) {
                return solver.give_token(call, tok);
            }
            let nothing = solver.tokens.intern(Token::Nothing);
            let bound = solver.tokens.intern(Token::Bound { func: tok, this: nothing, args });
            solver.give_token(call, bound);
        }
        Watch::Flatten { dst } => match solver.tokens.get(tok) {
            Token::Object { shape: Shape::Array | Shape::Tuple | Shape::Set, .. } => solver.read_elements(tok, dst),
            _ => {
                solver.store.add(dst, tok);
            }
        },
        Watch::Inherits { parent } => inherit(solver, tok, parent),
        Watch::Adopt { parent } if solver.may_hold(tok) => {
            let parents = solver.parents(tok);
            solver.store.edge(parent, parents, true);
        }
        Watch::Rejection { dst } => {
            if let Token::Promise(_) | Token::Object { shape: Shape::Promise, .. } = solver.tokens.get(tok) {
                let reason = solver.field(tok, Name::REJECTED);
                solver.store.edge(reason, dst, true);
            }
        }
        Watch::ParentsTo { dst } => {
            let parents = solver.parents(tok);
            solver.store.edge(parents, dst, true);
        }
        Watch::EachElement { call, callback, others } => {
            if !solver.call_with_constant(call, callback, tok) {
                solver.store.add(others, tok);
            }
        }
        Watch::TextOnly { dst } => {
            if let Token::Text(_) | Token::AnyText = solver.tokens.get(tok) {
                solver.store.add(dst, tok);
            }
        }
        Watch::Accessor { object, name, setter } => {
            let node = solver.token_node(tok);
            solver.define_accessor(object, name, node, setter);
        }
        Watch::ClassOf { dst } => class_of(solver, tok, dst),
        Watch::Event { object, node, store } => event(solver, tok, object, node, store),
        _ => fire_named(solver, watch, tok),
    }
}

fn inherit(solver: &mut Solver<'_>, child: Tok, parent: u32) {
    if !matches!(solver.tokens.get(child), Token::Function { .. } | Token::Class { .. }) {
        return;
    }
    let prototype = solver.tokens.intern(Token::Prototype(child));
    let parents = solver.parents(prototype);
    solver.store.watch(parent, Watch::PrototypeOf { dst: parents });
    if let Some(name) = solver.names.get("super_") {
        let field = solver.write_field(child, name);
        solver.store.edge(parent, field, true);
    }
}

fn class_of(solver: &mut Solver<'_>, tok: Tok, dst: u32) {
    match solver.tokens.get(tok) {
        Token::Instance(class) => {
            solver.store.add(dst, class);
        }
        Token::Class { .. } => {
            let metaclass = solver.path_token("py:type");
            solver.store.add(dst, metaclass);
        }
        _ => {}
    }
}

fn event(solver: &mut Solver<'_>, tok: Tok, object: Tok, node: u32, store: bool) {
    let Token::Text(name) = solver.tokens.get(tok) else { return };
    let text = format!("@on:{}", solver.names.text(name));
    let name = solver.names.intern(&text);
    if store {
        let field = solver.write_field(object, name);
        solver.store.edge(node, field, true);
    } else {
        let found = solver.lookup(object, name);
        solver.store.edge(found, node, true);
    }
}

fn fire_named(solver: &mut Solver<'_>, watch: Watch, tok: Tok) {
    let text = if let Token::Text(name) = solver.tokens.get(tok) { Some(name) } else { None };
    match (watch, text) {
        (Watch::NamedRead { base, dst }, Some(name)) => solver.store.watch(base, Watch::ReadOf { name, dst }),
        (Watch::NamedWrite { base, src }, Some(name)) => solver.store.watch(base, Watch::WriteOf { name, src }),
        (Watch::Define { base, descriptor }, Some(name)) => {
            solver.store.watch(base, Watch::DefineOn { name, descriptor });
        }
        (Watch::Describe { base, object }, Some(name)) => {
            let described = described(solver, name);
            let dst = solver.write_field(object, described);
            solver.store.watch(base, Watch::ReadOf { name, dst });
        }
        (Watch::Require { call, python }, Some(name)) => require(solver, call, name, python),
        (Watch::WriteOf { name, src }, _) => solver.write(tok, name, src),
        (Watch::DefineOn { name, descriptor }, _) => {
            solver.store.watch(descriptor, Watch::Descriptor { object: tok, name });
        }
        (Watch::Descriptor { object, name }, _) => define(solver, object, name, tok),
        (Watch::DefineAll { base }, _) => solver.store.watch(base, Watch::DefineAllOn { descriptors: tok }),
        (Watch::DefineAllOn { descriptors }, _) => solver.watch_fields(descriptors, FieldWatch::Define { object: tok }),
        _ => {}
    }
}

/// Where a descriptor keeps the property of a name.
fn described(solver: &mut Solver<'_>, name: Name) -> Name {
    let text = format!("@={}", solver.names.text(name));
    solver.names.intern(&text)
}

/// `defineProperty` with one descriptor object.
fn define(solver: &mut Solver<'_>, object: Tok, name: Name, descriptor: Tok) {
    if !solver.may_hold(object) {
        return;
    }
    if let Token::Object { shape: Shape::Property, .. } = solver.tokens.get(descriptor) {
        let described = described(solver, name);
        let value = solver.field(descriptor, described);
        let field = solver.write_field(object, name);
        return solver.store.edge(value, field, false);
    }
    let value = solver.lookup(descriptor, Name::PLAIN_VALUE);
    let field = solver.write_field(object, name);
    solver.store.edge(value, field, false);
    for (part, setter) in [(Name::GET, false), (Name::SET, true)] {
        if let Token::Path(_) = solver.tokens.get(descriptor) {
            continue;
        }
        let function = solver.lookup(descriptor, part);
        solver.store.watch(function, Watch::Accessor { object, name, setter });
    }
}

/// A module is loaded by a computed name.
fn require(solver: &mut Solver<'_>, call: u32, name: Name, python: bool) {
    let data = solver.calls[call as usize];
    let module = solver.module_of_inst(data.inst);
    let text = solver.names.text(name).to_owned();
    let span = solver.span(data.inst, data.stmt);
    let result = if data.result == NONE { solver.temp(call, crate::solve::key(60, 0)) } else { data.result };
    let dots = if python { text.bytes().take_while(|byte| *byte == b'.').count() } else { 0 };
    if let (true, Some(prefix)) = (python, text[dots..].strip_suffix('*')) {
        return require_below(solver, call, prefix, dots as u32, result);
    }
    for target in solver.linker.resolve(module, &text[dots..], dots as u32) {
        match target {
            crate::link::Target::Module(target) => {
                solver.enter_module(target, Some((data.inst, data.stmt, span)));
                solver.bind_module(target, faultline_facts::Imported::Module, None, result);
            }
            crate::link::Target::External(path) => {
                let tok = solver.path_token(&path);
                solver.store.add(result, tok);
            }
        }
    }
}

/// Every module of a package whose name begins with a prefix is loaded.
fn require_below(solver: &mut Solver<'_>, call: u32, prefix: &str, level: u32, result: u32) {
    let data = solver.calls[call as usize];
    let from = solver.module_of_inst(data.inst);
    let span = solver.span(data.inst, data.stmt);
    let (package, begins) = prefix.rsplit_once('.').unwrap_or(("", prefix));
    let found = solver.linker.resolve(from, package, level);
    let Some(crate::link::Target::Module(package)) = found.first().cloned() else { return };
    for module in solver.linker.modules_below(package, begins) {
        solver.enter_module(module, Some((data.inst, data.stmt, span)));
        solver.bind_module(module, faultline_facts::Imported::Module, None, result);
    }
}
