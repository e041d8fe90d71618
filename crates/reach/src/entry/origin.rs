//! Which package a value comes from, and under which name.

use rustc_hash::FxHashSet;

use crate::solve::{Func, Inst, Mod, Node, Shape, Solver, Tok, Token};

/// Steps from an instance to its class and from a bound method to its function.
const MAX_DEPTH: u32 = 8;

/// The package among `packages` that a value of the node comes from.
pub(crate) fn package_of(solver: &Solver<'_>, node: Node, packages: &[&'static str]) -> Option<&'static str> {
    solver.store.tokens(node).iter().find_map(|tok| package_of_token(solver, Tok(*tok), packages, 0))
}

/// The package among `packages` that a value comes from: its own code, its class or a base class.
pub(crate) fn package_of_token(
    solver: &Solver<'_>,
    tok: Tok,
    packages: &[&'static str],
    depth: u32,
) -> Option<&'static str> {
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = |tok| package_of_token(solver, tok, packages, depth + 1);
    let module = match solver.tokens.get(tok) {
        Token::Function { func, .. } => solver.module_of(func),
        Token::Class { class, .. } => {
            let own = package_of_module(solver, solver.class_of(class).0, packages);
            return own.or_else(|| solver.resolution_order(tok).iter().copied().skip(1).find_map(inner));
        }
        Token::Object { inst, .. } => solver.module_of_inst(inst),
        Token::Module(module) | Token::Exports(module) => module,
        Token::Instance(of) | Token::Prototype(of) => return inner(of),
        Token::Bound { func, this, .. } => return inner(func).or_else(|| inner(this)),
        Token::Path(path) => return package_of_path(solver.path_text(path), packages),
        _ => return None,
    };
    package_of_module(solver, module, packages)
}

fn package_of_module(solver: &Solver<'_>, module: Mod, packages: &[&'static str]) -> Option<&'static str> {
    package_of_path(solver.linker.unit_of(module).package.as_deref()?, packages)
}

/// The package whose purl a path starts with.
fn package_of_path(path: &str, packages: &[&'static str]) -> Option<&'static str> {
    let name = path.strip_prefix("pkg:npm/").map(|name| name.replacen("%40", "@", 1));
    let name = name.or_else(|| path.strip_prefix("pkg:pypi/").map(normal))?;
    let begins = |package: &&&str| {
        name.strip_prefix(**package).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '.', '/', '(']))
    };
    packages.iter().find(begins).copied()
}

/// A distribution or module name as the tables have it.
pub(crate) fn normal(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

/// The name under which a value is known where it is defined: the last part of an access path, or its own name.
pub(crate) fn name_of<'s>(solver: &'s Solver<'_>, tok: Tok) -> Option<&'s str> {
    match solver.tokens.get(tok) {
        Token::Path(path) => last_part(solver.path_text(path)),
        Token::Function { func, .. } => Some(solver.facts(solver.module_of(func)).text(solver.function(func).name)),
        Token::Class { class, .. } => {
            let (module, _, class) = solver.class_of(class);
            Some(solver.facts(module).text(class.name))
        }
        Token::Bound { func, .. } => name_of(solver, func),
        _ => None,
    }
}

fn last_part(path: &str) -> Option<&str> {
    let path = path.trim_end_matches("()");
    let last = path.rsplit(['.', '/']).next()?;
    (!last.is_empty()).then_some(last)
}

/// First-party functions among the values of a node, those in arrays and objects included.
pub(crate) fn functions_in(solver: &mut Solver<'_>, node: Node) -> Vec<(Func, Inst)> {
    let mut found = Vec::new();
    let mut queue: Vec<Tok> = solver.store.tokens(node).iter().map(|tok| Tok(*tok)).collect();
    let mut seen: FxHashSet<Tok> = queue.iter().copied().collect();
    while let Some(tok) = queue.pop() {
        match solver.tokens.get(tok) {
            Token::Function { func, env } if solver.linker.unit_of(solver.module_of(func)).first_party() => {
                found.push((func, solver.shared(func, env)));
            }
            Token::Bound { func, .. } => queue.extend(seen.insert(func).then_some(func)),
            Token::Object { shape: Shape::Array | Shape::Object | Shape::Dict | Shape::Tuple, .. }
                if seen.len() < 200 =>
            {
                for (_, node) in solver.written(tok) {
                    let inner: Vec<Tok> = solver.store.tokens(node).iter().map(|tok| Tok(*tok)).collect();
                    queue.extend(inner.into_iter().filter(|tok| seen.insert(*tok)));
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
