//! Routes of web frameworks, jobs and commands, found on solved values: what is registered, and where.

use faultline_facts::{Callee, Key, Language, Op, Slot};
use rustc_hash::FxHashSet;

use super::{Found, is_test_file};
use crate::{
    EntryKind,
    solve::{Func, Inst, Mod, Shape, Solver, Tok, Token},
};

/// Packages whose objects take handlers, and the methods that take them.
const SCRIPT_FRAMEWORKS: &[&str] = &[
    "express",
    "router",
    "connect",
    "fastify",
    "koa",
    "koa-router",
    "@koa/router",
    "restify",
    "polka",
    "@hapi/hapi",
    "hapi",
    "hono",
    "find-my-way",
    "express-promise-router",
];
const SCRIPT_METHODS: &[&str] = &[
    "get", "post", "put", "delete", "patch", "head", "options", "all", "use", "param", "route", "del", "add",
    "addHook", "register",
];
const PYTHON_FRAMEWORKS: &[&str] = &[
    "flask",
    "quart",
    "fastapi",
    "starlette",
    "sanic",
    "aiohttp",
    "bottle",
    "falcon",
    "tornado",
    "celery",
    "click",
    "typer",
    "rq",
    "huey",
    "dramatiq",
    "apscheduler",
    "flask-restful",
    "connexion",
];
const PYTHON_ROUTES: &[&str] = &[
    "route",
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "options",
    "websocket",
    "before_request",
    "after_request",
    "teardown_request",
    "before_first_request",
    "errorhandler",
    "app_errorhandler",
    "context_processor",
    "url_value_preprocessor",
    "middleware",
    "exception_handler",
    "on_event",
    "api_route",
    "endpoint",
    "listener",
    "view",
    "template_filter",
    "before_app_request",
];
const PYTHON_JOBS: &[&str] = &["task", "shared_task", "job", "actor", "scheduled_job", "periodic_task"];
const PYTHON_COMMANDS: &[&str] = &["command", "group"];
const PYTHON_METHODS: &[&str] =
    &["add_url_rule", "add_api_route", "add_route", "register_error_handler", "add_resource"];

/// An entry point and the instances that it enters.
pub(crate) type Route = (Found, Vec<Inst>);

/// First-party modules that use a web framework themselves.
pub(crate) fn modules(solver: &Solver<'_>) -> Vec<Mod> {
    let all = (0..solver.linker.modules.len() as u32).map(Mod);
    all.filter(|module| is_candidate(solver, *module) && imports_framework(solver, *module)).collect()
}

fn is_candidate(solver: &Solver<'_>, module: Mod) -> bool {
    solver.linker.unit_of(module).first_party() && !is_test_file(&solver.linker, module)
}

fn imports_framework(solver: &Solver<'_>, module: Mod) -> bool {
    let facts = solver.facts(module);
    let (frameworks, separator) =
        if facts.language == Language::Python { (PYTHON_FRAMEWORKS, '.') } else { (SCRIPT_FRAMEWORKS, '\n') };
    let imported = facts.imports.iter().any(|import| {
        let specifier = facts.text(import.specifier);
        import.level == 0 && frameworks.contains(&specifier.split(separator).next().unwrap_or(specifier))
    });
    imported && (has_annotation(solver, module) || has_method(solver, module))
}

fn has_annotation(solver: &Solver<'_>, module: Mod) -> bool {
    let facts = solver.facts(module);
    facts.annotations.iter().any(|annotation| annotation_kind(facts.text(annotation.name)).is_some())
}

fn has_method(solver: &Solver<'_>, module: Mod) -> bool {
    let facts = solver.facts(module);
    facts.calls.iter().any(|call| match call.callee {
        Callee::Method { key: Key::Named(name), .. } => {
            SCRIPT_METHODS.contains(&facts.text(name)) || PYTHON_METHODS.contains(&facts.text(name))
        }
        _ => false,
    })
}

fn annotation_kind(name: &str) -> Option<EntryKind> {
    if PYTHON_ROUTES.contains(&name) {
        Some(EntryKind::Route)
    } else if PYTHON_JOBS.contains(&name) {
        Some(EntryKind::Job)
    } else if PYTHON_COMMANDS.contains(&name) {
        Some(EntryKind::Main)
    } else {
        None
    }
}

/// Handlers registered in code that runs.
pub(crate) fn find(solver: &mut Solver<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut registering: FxHashSet<Inst> = FxHashSet::default();
    let insts: Vec<Inst> = (0..solver.insts.len() as u32).map(Inst).filter(|inst| solver.inst(*inst).entered).collect();
    for inst in insts {
        let module = solver.module_of_inst(inst);
        if !is_candidate(solver, module) {
            continue;
        }
        let before = routes.len();
        annotated(solver, inst, module, &mut routes);
        called(solver, inst, module, &mut routes);
        if routes.len() > before && solver.function(solver.inst(inst).func).parent.is_none() {
            registering.insert(inst);
        }
    }
    let mut registering: Vec<Inst> = registering.into_iter().collect();
    registering.sort_unstable();
    for inst in registering {
        let module = solver.module_of_inst(inst);
        served(solver, inst, module);
        let found = super::body(solver, module, EntryKind::Route, "registers routes when it is loaded".to_owned());
        routes.push((found, vec![inst]));
    }
    routes
}

/// A server calls the application objects that a module with routes holds.
fn served(solver: &mut Solver<'_>, inst: Inst, module: Mod) {
    let facts = solver.facts(module);
    if facts.language != Language::Python {
        return;
    }
    for (stmt, op) in facts.functions[0].body.iter().map(|stmt| &stmt.op).enumerate() {
        let Op::Call { call } = op else { continue };
        let result = solver.node_of(inst, facts.calls[*call as usize].result);
        for tok in solver.store.tokens(result).to_vec() {
            let tok = Tok(tok);
            if matches!(solver.tokens.get(tok), Token::Instance(_))
                && framework_of_token(solver, tok, PYTHON_FRAMEWORKS, 0).is_some()
            {
                solver.call_from_outside(inst, stmt as u32, tok);
            }
        }
    }
}

/// Decorators whose base is an object of a framework.
fn annotated(solver: &mut Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Route>) {
    let facts = solver.facts(module);
    let local = solver.local(solver.inst(inst).func);
    for annotation in &facts.annotations {
        let (Some(function), Some(base)) = (annotation.function, annotation.base) else { continue };
        if facts.function(function).parent != Some(local) {
            continue;
        }
        let name = facts.text(annotation.name);
        let Some(kind) = annotation_kind(name) else { continue };
        let Some(framework) = framework_of(solver, inst, base, PYTHON_FRAMEWORKS) else { continue };
        let func = solver.func(module, function);
        let handler = solver.shared(func, inst);
        let found = Found {
            module,
            function: Some(func),
            kind,
            why: format!("`@{name}` of {framework}"),
            file: solver.linker.path_of(module).to_owned(),
            line: annotation.span.line,
        };
        out.push((found, vec![handler]));
    }
}

/// Calls of registering methods on an object of a framework.
fn called(solver: &mut Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Route>) {
    let facts = solver.facts(module);
    let python = facts.language == Language::Python;
    let (frameworks, methods) =
        if python { (PYTHON_FRAMEWORKS, PYTHON_METHODS) } else { (SCRIPT_FRAMEWORKS, SCRIPT_METHODS) };
    for stmt in &solver.function(solver.inst(inst).func).body {
        let Op::Call { call } = &stmt.op else { continue };
        let call = &facts.calls[*call as usize];
        let Callee::Method { base, key: Key::Named(name) } = call.callee else { continue };
        let name = facts.text(name);
        if !methods.contains(&name) {
            continue;
        }
        let Some(framework) = framework_of(solver, inst, base, frameworks) else { continue };
        for arg in &call.args {
            for (func, handler) in handlers(solver, inst, arg.slot) {
                let found = Found {
                    module: solver.module_of(func),
                    function: Some(func),
                    kind: EntryKind::Route,
                    why: format!("`.{name}` of {framework}"),
                    file: solver.linker.path_of(module).to_owned(),
                    line: stmt.span.line,
                };
                out.push((found, vec![handler]));
            }
        }
    }
}

/// First-party functions among the values of an argument, those in arrays included.
fn handlers(solver: &mut Solver<'_>, inst: Inst, slot: Slot) -> Vec<(Func, Inst)> {
    let node = solver.node_of(inst, slot);
    let mut found = Vec::new();
    let mut queue: Vec<Tok> = solver.store.tokens(node).iter().map(|tok| Tok(*tok)).collect();
    let mut seen: FxHashSet<Tok> = queue.iter().copied().collect();
    while let Some(tok) = queue.pop() {
        match solver.tokens.get(tok) {
            Token::Function { func, env } if solver.linker.unit_of(solver.module_of(func)).first_party() => {
                found.push((func, solver.shared(func, env)));
            }
            Token::Bound { func, .. } => queue.extend(seen.insert(func).then_some(func)),
            Token::Object { shape: Shape::Array | Shape::Object, .. } if seen.len() < 200 => {
                for (_, node) in solver.written(tok) {
                    let inner: Vec<Tok> = solver.store.tokens(node).iter().map(|tok| Tok(*tok)).collect();
                    queue.extend(inner.into_iter().filter(|tok| seen.insert(*tok)));
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

/// The framework that an object comes from.
fn framework_of(solver: &Solver<'_>, inst: Inst, slot: Slot, frameworks: &[&'static str]) -> Option<&'static str> {
    let node = solver.node_of(inst, slot);
    solver.store.tokens(node).iter().find_map(|tok| framework_of_token(solver, Tok(*tok), frameworks, 0))
}

fn framework_of_token(solver: &Solver<'_>, tok: Tok, frameworks: &[&'static str], depth: u32) -> Option<&'static str> {
    if depth > 8 {
        return None;
    }
    let module = match solver.tokens.get(tok) {
        Token::Function { func, .. } => solver.module_of(func),
        Token::Class { class, .. } => {
            let own = framework_of_module(solver, solver.class_of(class).0, frameworks);
            let order = solver.resolution_order(tok).into_iter().skip(1);
            return own.or_else(|| {
                order.into_iter().find_map(|base| framework_of_token(solver, base, frameworks, depth + 1))
            });
        }
        Token::Object { inst, .. } => solver.module_of_inst(inst),
        Token::Instance(inner) | Token::Prototype(inner) => {
            return framework_of_token(solver, inner, frameworks, depth + 1);
        }
        Token::Bound { func, this, .. } => {
            return framework_of_token(solver, func, frameworks, depth + 1)
                .or_else(|| framework_of_token(solver, this, frameworks, depth + 1));
        }
        Token::Path(path) => return framework_of_path(solver.path_text(path), frameworks),
        _ => return None,
    };
    framework_of_module(solver, module, frameworks)
}

fn framework_of_module(solver: &Solver<'_>, module: Mod, frameworks: &[&'static str]) -> Option<&'static str> {
    framework_of_path(solver.linker.unit_of(module).package.as_deref()?, frameworks)
}

/// The framework whose purl a path starts with.
fn framework_of_path(path: &str, frameworks: &[&'static str]) -> Option<&'static str> {
    let name = path.strip_prefix("pkg:npm/").or_else(|| path.strip_prefix("pkg:pypi/"))?;
    let decoded = name.replacen("%40", "@", 1);
    frameworks.iter().copied().find(|framework| {
        decoded.strip_prefix(framework).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '.', '/', '(']))
    })
}
