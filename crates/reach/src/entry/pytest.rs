//! Installed test runners: their command starts the tests, and they call the hooks and fixtures of their own
//! modules and of installed plugins.

use faultline_facts::{FunctionId, PythonManifest, Resource};

use super::{Found, Stages, body, function_named, module_of_target};
use crate::{
    EntryKind, Phase,
    solve::{Mod, Solver},
};

/// Commands that run the tests of a project, and the group under which plugins of each register.
const RUNNERS: [(&str, &str); 4] =
    [("pytest", "pytest11/"), ("nose2", "nose.plugins"), ("behave", "behave."), ("ward", "ward/")];
/// Functions with this prefix in a plugin are called by the runner.
const HOOK: &str = "pytest_";

impl Stages<'_, '_> {
    /// Enters the commands of installed runners and the modules of their plugins; gives those modules.
    pub(super) fn plugins(&mut self) -> Vec<Mod> {
        let commands = commands(&self.solver);
        if commands.is_empty() {
            return Vec::new();
        }
        let plugins = plugin_modules(&self.solver, &commands);
        for command in commands {
            self.enter(command, Phase::Tests);
        }
        for module in &plugins {
            let found = body(&self.solver, *module, EntryKind::Test, "plugin of the test runner".to_owned());
            self.enter(found, Phase::Tests);
        }
        self.solver.solve();
        plugins
    }

    /// Hooks of plugins and of first-party code.
    pub(super) fn hooks(&mut self, modules: &[Mod]) {
        for module in modules {
            let facts = self.solver.facts(*module);
            for (local, function) in (0u32..).zip(&facts.functions) {
                if !facts.text(function.name).starts_with(HOOK) {
                    continue;
                }
                let func = self.solver.func(*module, FunctionId(local));
                let mut found = body(&self.solver, *module, EntryKind::Test, "hook of the test runner".to_owned());
                (found.function, found.line) = (Some(func), function.span.line);
                let instances = self.instances_to_enter(func);
                self.add_root(found, instances, Phase::Tests);
            }
        }
        self.solver.solve();
    }
}

fn manifests<'s>(solver: &'s Solver<'_>) -> impl Iterator<Item = (u32, &'s str, &'s PythonManifest)> {
    let packages = solver.linker.program.units.iter().filter(|unit| unit.package.is_some());
    packages.flat_map(|unit| {
        unit.resources.iter().filter_map(|(path, resource)| match resource {
            Resource::Python(manifest) => Some((unit.tree, path.as_str(), manifest)),
            _ => None,
        })
    })
}

fn commands(solver: &Solver<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for (tree, path, manifest) in manifests(solver) {
        for script in &manifest.scripts {
            let Some((target, function)) = script.target.split_once(':') else { continue };
            let Some(module) = module_of_target(solver, tree, target.trim()) else { continue };
            let function = function_named(solver, module, function.trim());
            let known = found.iter().any(|known| (known.module, known.function) == (module, function));
            if known || !RUNNERS.iter().any(|(name, _)| *name == script.name) {
                continue;
            }
            found.push(Found {
                module,
                function,
                kind: EntryKind::Test,
                why: format!("test runner `{}`", script.name),
                file: path.to_owned(),
                line: script.line,
            });
        }
    }
    found
}

/// Modules of the runners' own packages that have hooks or fixtures, and those that plugins register.
fn plugin_modules(solver: &Solver<'_>, commands: &[Found]) -> Vec<Mod> {
    let units: Vec<_> = commands.iter().map(|command| solver.linker.info(command.module).at.unit).collect();
    let own = (0..solver.linker.modules.len() as u32).map(Mod);
    let own = own.filter(|module| units.contains(&solver.linker.info(*module).at.unit) && is_plugin(solver, *module));
    let mut found: Vec<Mod> = own.collect();
    for (tree, _, manifest) in manifests(solver) {
        for entry in &manifest.entry_points {
            let target = entry.target.split([':', '[', ' ']).next().unwrap_or_default();
            if RUNNERS.iter().any(|(_, group)| entry.name.starts_with(group)) {
                found.extend(module_of_target(solver, tree, target));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_plugin(solver: &Solver<'_>, module: Mod) -> bool {
    let facts = solver.facts(module);
    solver.is_python(module)
        && (facts.functions.iter().any(|function| facts.text(function.name).starts_with(HOOK))
            || facts.annotations.iter().any(|annotation| facts.text(annotation.name) == "fixture"))
}
