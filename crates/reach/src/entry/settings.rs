//! Classes and functions that a settings module names by their dotted path.

use faultline_facts::{Const, Language, Op};

use super::{Found, function_named, is_test_file, module_of_target};
use crate::{
    EntryKind,
    solve::{Mod, Solver},
};

/// Names that make a module one of settings.
const SETTINGS: &[&str] = &[
    "MIDDLEWARE",
    "MIDDLEWARE_CLASSES",
    "INSTALLED_APPS",
    "ROOT_URLCONF",
    "AUTHENTICATION_BACKENDS",
    "REST_FRAMEWORK",
    "DOWNLOADER_MIDDLEWARES",
    "ITEM_PIPELINES",
];

/// What is called of a class that settings name.
const METHODS: &[&str] = &[
    "__init__",
    "__call__",
    "process_request",
    "process_view",
    "process_response",
    "process_exception",
    "process_template_response",
    "authenticate",
    "get_user",
    "has_permission",
    "ready",
    "process_item",
    "open_spider",
    "close_spider",
    "from_crawler",
];

/// Functions and methods that settings name.
pub(crate) fn named(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for module in (0..solver.linker.modules.len() as u32).map(Mod) {
        let facts = solver.facts(module);
        let is_settings = facts.language == Language::Python
            && facts.names.iter().any(|(name, _)| SETTINGS.contains(&facts.text(*name)))
            && solver.linker.unit_of(module).first_party()
            && !is_test_file(&solver.linker, module);
        if !is_settings {
            continue;
        }
        for stmt in &facts.functions[0].body {
            if let Op::Const { value: Const::Str(text), .. } = &stmt.op {
                entries(solver, module, facts.text(*text), stmt.span.line.max(1), &mut found);
            }
        }
    }
    found
}

fn entries(solver: &Solver<'_>, settings: Mod, text: &str, line: u32, out: &mut Vec<Found>) {
    let Some((path, name)) = text.rsplit_once('.') else { return };
    let Some(module) = module_of_target(solver, solver.linker.tree(settings), path) else { return };
    if !solver.linker.unit_of(module).first_party() {
        return;
    }
    let methods = METHODS.iter().map(|method| format!("{name}.{method}"));
    for function in methods.chain([name.to_owned()]).filter_map(|name| function_named(solver, module, &name)) {
        out.push(Found {
            module,
            function: Some(function),
            kind: EntryKind::Route,
            why: format!("named `{text}` by settings"),
            file: solver.linker.path_of(settings).to_owned(),
            line,
        });
    }
}
