//! Python processes: `__main__`, guarded mains, console scripts.

use faultline_facts::{Language, Resource};

use super::{Found, function_named, is_test_file, module_of_target};
use crate::{
    EntryKind,
    solve::{Mod, Solver},
};

/// Modules and functions that processes start with.
pub(crate) fn mains(solver: &mut Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for id in 0..solver.linker.modules.len() as u32 {
        let module = Mod(id);
        let python = solver.facts(module).language == Language::Python;
        if python && solver.linker.unit_of(module).first_party() && !is_test_file(&solver.linker, module) {
            found.extend(main_module(solver, module));
        }
    }
    for unit in solver.linker.program.units.iter().filter(|unit| unit.first_party()) {
        for (path, resource) in &unit.resources {
            let Resource::Python(manifest) = resource else { continue };
            for script in manifest.scripts.iter().chain(&manifest.entry_points) {
                let (target, function) = script.target.split_once(':').unwrap_or((script.target.as_str(), ""));
                let function = function.split(['[', ' ']).next().unwrap_or(function);
                let Some(module) = module_of_target(solver, unit.tree, target.trim()) else { continue };
                found.push(Found {
                    module,
                    function: function_named(solver, module, function),
                    kind: EntryKind::Main,
                    why: format!("command `{}`", script.name),
                    file: path.clone(),
                    line: script.line,
                });
            }
        }
    }
    found
}

fn main_module(solver: &Solver<'_>, module: Mod) -> Option<Found> {
    let path = solver.linker.path_of(module);
    let named = path == "__main__.py" || path.ends_with("/__main__.py");
    let served =
        ["manage.py", "wsgi.py", "asgi.py"].iter().any(|name| path == *name || path.ends_with(&format!("/{name}")));
    let why = match (named, solver.facts(module).flags.main_like, served) {
        (true, ..) => "`__main__` module",
        (_, true, _) => "runs as main module",
        (.., true) => "loaded by a server or by its own command",
        _ => return None,
    };
    Some(super::body(solver, module, EntryKind::Main, why.to_owned()))
}
