//! Processes, tests and exported API of Go.

use faultline_facts::{FunctionId, FunctionKind};

use super::{Found, body, is_test_file};
use crate::{
    EntryKind,
    link::Linker,
    solve::{Mod, Solver},
};

/// First-party Go files.
fn files(solver: &Solver<'_>) -> Vec<Mod> {
    let all = (0..solver.linker.modules.len() as u32).map(Mod);
    all.filter(|module| solver.linker.unit_of(*module).first_party() && solver.is_go(*module)).collect()
}

/// `main.main` of every program.
pub(crate) fn mains(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for module in files(solver) {
        let facts = solver.facts(module);
        if !facts.flags.main_like || is_test_file(&solver.linker, module) {
            continue;
        }
        let Some(local) = facts.functions.iter().position(|f| facts.text(f.qualified) == "main") else { continue };
        let func = solver.func(module, FunctionId(local as u32));
        let line = facts.functions[local].span.line;
        let main =
            Found { function: Some(func), line, ..body(solver, module, EntryKind::Main, "func main".to_owned()) };
        found.push(main);
    }
    found
}

/// How the name of a function that the test runner calls begins, and what it is.
const RUNNERS: [(&str, EntryKind); 4] = [
    ("Test", EntryKind::Test),
    ("Fuzz", EntryKind::Test),
    ("Benchmark", EntryKind::Bench),
    ("Example", EntryKind::Example),
];

/// Tests, benchmarks and examples of one file.
pub(crate) fn tests(solver: &Solver<'_>, module: Mod) -> Vec<Found> {
    let facts = solver.facts(module);
    let mut found = Vec::new();
    for (local, function) in (0u32..).zip(&facts.functions) {
        let name = facts.text(function.name);
        if function.kind != FunctionKind::Function || function.parent != Some(FunctionId(0)) {
            continue;
        }
        let Some((_, kind)) = RUNNERS.iter().find(|(start, _)| is_run(name, start)) else { continue };
        let func = solver.func(module, FunctionId(local));
        let line = function.span.line;
        found.push(Found { function: Some(func), line, ..body(solver, module, *kind, "test function".to_owned()) });
    }
    found
}

/// `TestX`, `Test_x` and `Test`, not `Testify`.
fn is_run(name: &str, start: &str) -> bool {
    name.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

/// Exported functions and methods of packages that others can import.
pub(crate) fn libraries(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for module in files(solver) {
        if is_test_file(&solver.linker, module) || !is_library(&solver.linker, module) {
            continue;
        }
        let facts = solver.facts(module);
        for (local, function) in (0u32..).zip(&facts.functions) {
            let exported = facts.text(function.qualified).split('.').all(|part| part.starts_with(char::is_uppercase));
            if !exported || function.flags.is_abstract || function.parent != Some(FunctionId(0)) {
                continue;
            }
            let why = format!("exported as `{}`", facts.text(function.qualified));
            let func = solver.func(module, FunctionId(local));
            found.push(Found {
                function: Some(func),
                line: function.span.line,
                ..body(solver, module, EntryKind::Export, why)
            });
        }
    }
    found
}

fn is_library(linker: &Linker<'_>, module: Mod) -> bool {
    linker.go.package_of(module).is_some_and(|package| {
        package.name != "main" && !package.path.split('/').any(|part| part == "internal") && package.path.contains('.')
    })
}
