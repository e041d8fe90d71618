//! Handlers, jobs and commands that frameworks call, found on solved values by the rules of [`super::table`].

use faultline_facts::{Annotation, Call, Callee, Class, ClassId, FunctionId, Imported, Key, Language, Op};
use rustc_hash::FxHashMap;

use super::{
    Found, is_test_file,
    origin::{functions_in, name_of, normal, package_of, package_of_token},
    table::{ClassRule, Rule, Rules, rules},
};
use crate::{
    EntryKind,
    solve::{Inst, Mod, Node, Solver, Tok, Token},
};

/// An entry point and the instances that it enters.
pub(crate) type Route = (Found, Vec<Inst>);

/// First-party modules that use a framework themselves.
pub(crate) fn modules(solver: &Solver<'_>) -> Vec<Mod> {
    let all = (0..solver.linker.modules.len() as u32).map(Mod);
    all.filter(|module| is_candidate(solver, *module) && uses_framework(solver, *module)).collect()
}

fn is_candidate(solver: &Solver<'_>, module: Mod) -> bool {
    solver.linker.unit_of(module).first_party() && !is_test_file(&solver.linker, module)
}

fn uses_framework(solver: &Solver<'_>, module: Mod) -> bool {
    let facts = solver.facts(module);
    let rules = rules(facts.language);
    let imported: Vec<String> =
        facts.imports.iter().filter(|i| i.level == 0).map(|i| normal(facts.text(i.specifier))).collect();
    let separators: &[char] = if facts.language == Language::Python { &['.'] } else { &['/'] };
    let is_imported = |package: &str| {
        imported.iter().any(|specifier| {
            let dotted = specifier.replace('.', "-");
            specifier.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with(separators))
                || (facts.language == Language::Python && dotted == package)
        })
    };
    rules.know(&is_imported) && may_register(solver, module, rules, &is_imported)
}

/// A cheap look at names, before anything is solved.
fn may_register(solver: &Solver<'_>, module: Mod, rules: &Rules, is_imported: &dyn Fn(&str) -> bool) -> bool {
    let facts = solver.facts(module);
    let here = |rule: &&Rule| rule.packages.iter().any(|package| is_imported(package));
    let (calls, decorators): (Vec<&Rule>, Vec<&Rule>) =
        (rules.calls.iter().filter(here).collect(), rules.decorators.iter().filter(here).collect());
    let names = |rules: &[&Rule], name: &str| rules.iter().any(|rule| rule.names.contains(&name));
    let called = facts.calls.iter().any(|call| match call.callee {
        Callee::Method { key: Key::Named(name), .. } => names(&calls, facts.text(name)),
        _ => false,
    });
    let by_import = facts.imports.iter().any(|import| match import.what {
        Imported::Name(name) => names(&calls, facts.text(name)),
        _ => false,
    });
    let decorated = facts.annotations.iter().any(|annotation| {
        let name = facts.text(annotation.name);
        names(&decorators, name) || rules.classes.iter().any(|rule| rule.bases.contains(&name))
    });
    called || by_import || decorated || has_class(solver, module, rules, is_imported)
}

fn has_class(solver: &Solver<'_>, module: Mod, rules: &Rules, is_imported: &dyn Fn(&str) -> bool) -> bool {
    let facts = solver.facts(module);
    let of_package = |rule: &&ClassRule| rule.packages.iter().any(|package| is_imported(package));
    rules.bases.iter().filter(of_package).any(|rule| {
        let classes = facts.classes.iter().filter(|class| !class.bases.is_empty());
        classes.flat_map(|class| &class.members).any(|member| rule.methods.contains(&facts.text(member.name)))
    })
}

/// Handlers registered in code that runs.
pub(crate) fn find(solver: &mut Solver<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut registering: FxHashMap<Inst, EntryKind> = FxHashMap::default();
    let insts: Vec<Inst> = (0..solver.insts.len() as u32).map(Inst).filter(|inst| solver.inst(*inst).entered).collect();
    for inst in insts {
        let module = solver.module_of_inst(inst);
        if !is_candidate(solver, module) {
            continue;
        }
        let before = routes.len();
        decorated(solver, inst, module, &mut routes);
        called(solver, inst, module, &mut routes);
        classes(solver, inst, module, &mut routes);
        if routes.len() > before && solver.function(solver.inst(inst).func).parent.is_none() {
            registering.insert(inst, routes[before].0.kind);
        }
    }
    let mut registering: Vec<(Inst, EntryKind)> = registering.into_iter().collect();
    registering.sort_unstable();
    for (inst, kind) in registering {
        let module = solver.module_of_inst(inst);
        served(solver, inst, module);
        let what = if kind == EntryKind::Route { "routes" } else { "handlers" };
        let found = super::body(solver, module, kind, format!("registers {what} when it is loaded"));
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
    let packages: Vec<&str> = rules(facts.language).calls.iter().flat_map(|rule| rule.packages).copied().collect();
    for (stmt, op) in facts.functions[0].body.iter().map(|stmt| &stmt.op).enumerate() {
        let Op::Call { call } = op else { continue };
        let result = solver.node_of(inst, facts.calls[*call as usize].result);
        for tok in solver.store.tokens(result).to_vec() {
            let tok = Tok(tok);
            if matches!(solver.tokens.get(tok), Token::Instance(_))
                && package_of_token(solver, tok, &packages, 0).is_some()
            {
                solver.call_from_outside(inst, stmt as u32, tok);
            }
        }
    }
}

/// Functions under decorators of a framework.
fn decorated(solver: &mut Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Route>) {
    let facts = solver.facts(module);
    let local = solver.local(solver.inst(inst).func);
    for annotation in &facts.annotations {
        let Some(function) = annotation.function.filter(|f| facts.function(*f).parent == Some(local)) else { continue };
        let Some((kind, package)) = decorator_rule(solver, inst, module, annotation) else { continue };
        let func = solver.func(module, function);
        let handler = solver.shared(func, inst);
        let found = Found {
            module,
            function: Some(func),
            kind,
            why: format!("`@{}` of {package}", facts.text(annotation.name)),
            file: solver.linker.path_of(module).to_owned(),
            line: annotation.span.line,
        };
        out.push((found, vec![handler]));
    }
}

fn decorator_rule(
    solver: &Solver<'_>,
    inst: Inst,
    module: Mod,
    annotation: &Annotation,
) -> Option<(EntryKind, &'static str)> {
    let facts = solver.facts(module);
    let name = facts.text(annotation.name);
    let base = solver.node_of(inst, annotation.base?);
    let mut rules = rules(facts.language).decorators.iter().filter(|rule| rule.names.contains(&name));
    rules.find_map(|rule| Some((rule.kind, package_of(solver, base, rule.packages)?)))
}

/// Functions given to calls of a framework.
fn called(solver: &mut Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Route>) {
    let facts = solver.facts(module);
    for stmt in &solver.function(solver.inst(inst).func).body {
        let Op::Call { call } = &stmt.op else { continue };
        let call = &facts.calls[*call as usize];
        let Some((name, kind, package)) = call_rule(solver, inst, module, call) else { continue };
        for arg in &call.args {
            let node = solver.node_of(inst, arg.slot);
            for (func, handler) in functions_in(solver, node) {
                let found = Found {
                    module: solver.module_of(func),
                    function: Some(func),
                    kind,
                    why: format!("`{name}` of {package}"),
                    file: solver.linker.path_of(module).to_owned(),
                    line: stmt.span.line,
                };
                out.push((found, vec![handler]));
            }
        }
    }
}

type CallMatch = (String, EntryKind, &'static str);

/// The rule that a call falls under: by receiver and method, or by where the called function is from.
fn call_rule(solver: &Solver<'_>, inst: Inst, module: Mod, call: &Call) -> Option<CallMatch> {
    let facts = solver.facts(module);
    let calls = rules(facts.language).calls;
    match call.callee {
        Callee::Method { base, key: Key::Named(name) } => {
            let name = facts.text(name);
            let base = solver.node_of(inst, base);
            let mut rules = calls.iter().filter(|rule| rule.names.contains(&name));
            rules.find_map(|rule| Some((format!(".{name}"), rule.kind, package_of(solver, base, rule.packages)?)))
        }
        Callee::Value(slot) => value_rule(solver, solver.node_of(inst, slot), calls),
        Callee::Method { .. } => None,
    }
}

fn value_rule(solver: &Solver<'_>, node: Node, calls: &[Rule]) -> Option<CallMatch> {
    solver.store.tokens(node).iter().find_map(|tok| {
        let name = name_of(solver, Tok(*tok))?;
        let mut rules = calls.iter().filter(|rule| rule.names.contains(&name));
        rules
            .find_map(|rule| Some((name.to_owned(), rule.kind, package_of_token(solver, Tok(*tok), rule.packages, 0)?)))
    })
}

/// Methods of classes that a framework makes.
fn classes(solver: &mut Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Route>) {
    let facts = solver.facts(module);
    let rules = rules(facts.language);
    let local = solver.local(solver.inst(inst).func);
    for (id, class) in facts.classes.iter().enumerate().filter(|(_, class)| class.parent == local) {
        let id = ClassId(id as u32);
        let token = solver.tokens.intern(Token::Class { class: solver.class_ref(module, id), env: inst });
        let order: Vec<Tok> = solver.resolution_order(token).iter().copied().skip(1).collect();
        for rule in rules.bases {
            if let Some((base, package)) = order.iter().find_map(|base| base_rule(solver, *base, rule)) {
                let why = format!("based on `{base}` of {package}");
                made(solver, inst, (module, id, class), rule, &why, out);
            }
        }
        for annotation in facts.annotations.iter().filter(|annotation| annotation.class == Some(id)) {
            let name = facts.text(annotation.name);
            for rule in rules.classes.iter().filter(|rule| rule.bases.contains(&name)) {
                let Some(base) = annotation.base.map(|base| solver.node_of(inst, base)) else { continue };
                let Some(package) = package_of(solver, base, rule.packages) else { continue };
                let why = format!("class under `@{name}` of {package}");
                constructed(solver, inst, (module, id, class), &why, out);
                made(solver, inst, (module, id, class), rule, &why, out);
            }
        }
    }
}

fn base_rule(solver: &Solver<'_>, base: Tok, rule: &ClassRule) -> Option<(String, &'static str)> {
    let name = name_of(solver, base)?;
    let ends = rule.bases.iter().any(|end| name.ends_with(end));
    let direct = matches!(solver.tokens.get(base), Token::Path(_) | Token::Class { .. });
    let package = package_of_token(solver, base, rule.packages, 0).filter(|_| ends && direct)?;
    Some((name.to_owned(), package))
}

type Made<'a> = (Mod, ClassId, &'a Class);

/// The methods of a rule that a class has itself.
fn made(solver: &mut Solver<'_>, inst: Inst, made: Made<'_>, rule: &ClassRule, why: &str, out: &mut Vec<Route>) {
    let (module, id, _) = made;
    let facts = solver.facts(module);
    for (local, function) in facts.functions.iter().enumerate() {
        if function.class == Some(id) && rule.methods.contains(&facts.text(function.name)) {
            push_method(solver, inst, (module, local), rule.kind, why, out);
        }
    }
}

/// What runs when a framework makes an instance.
fn constructed(solver: &mut Solver<'_>, inst: Inst, made: Made<'_>, why: &str, out: &mut Vec<Route>) {
    let (module, _, class) = made;
    let facts = solver.facts(module);
    let own = class.constructor.into_iter().chain(class.initializer);
    for function in own.filter(|function| !facts.function(*function).body.is_empty()) {
        push_method(solver, inst, (module, function.0 as usize), EntryKind::Main, why, out);
    }
}

fn push_method(
    solver: &mut Solver<'_>,
    inst: Inst,
    (module, local): (Mod, usize),
    kind: EntryKind,
    why: &str,
    out: &mut Vec<Route>,
) {
    let func = solver.func(module, FunctionId(local as u32));
    let handler = solver.shared(func, inst);
    let found = Found {
        module,
        function: Some(func),
        kind,
        why: why.to_owned(),
        file: solver.linker.path_of(module).to_owned(),
        line: solver.function(func).span.line,
    };
    out.push((found, vec![handler]));
}
