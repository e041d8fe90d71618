//! pytest's fixtures: the runner calls them, and a parameter of a test or fixture holds what the fixture of
//! that name gives.

use faultline_facts::FunctionId;

use super::{Stages, body};
use crate::{
    EntryKind, Phase,
    link::folder_of,
    names::Name,
    solve::{Func, Mod, Node},
};

/// A function decorated as a fixture.
struct Fixture {
    module: Mod,
    name: Name,
    function: Func,
    /// Tests below this folder see it; `None` for those of its own file alone.
    folder: Option<String>,
}

impl Stages<'_, '_> {
    /// Enters fixtures, and gives their values to the parameters named like them.
    pub(super) fn fixtures(&mut self, modules: &[Mod]) {
        let fixtures: Vec<Fixture> = modules.iter().flat_map(|module| self.fixtures_of(*module)).collect();
        if fixtures.is_empty() {
            return;
        }
        for fixture in &fixtures {
            let mut found = body(&self.solver, fixture.module, EntryKind::Test, "fixture".to_owned());
            (found.function, found.line) = (Some(fixture.function), self.solver.function(fixture.function).span.line);
            let instances = self.instances_to_enter(fixture.function);
            self.add_root(found, instances, Phase::Tests);
        }
        for module in modules {
            for local in 0..self.solver.facts(*module).functions.len() as u32 {
                let function = self.solver.func(*module, FunctionId(local));
                self.give_fixtures(*module, function, &fixtures);
            }
        }
        self.solver.solve();
    }

    fn fixtures_of(&mut self, module: Mod) -> Vec<Fixture> {
        let facts = self.solver.facts(module);
        let path = self.solver.linker.path_of(module);
        let shared = path.rsplit('/').next() == Some("conftest.py");
        let plugin = self.solver.linker.unit_of(module).package.is_some();
        let folder = if plugin { Some(String::new()) } else { shared.then(|| folder_of(path).to_owned()) };
        let mut found = Vec::new();
        for annotation in facts.annotations.iter().filter(|annotation| facts.text(annotation.name) == "fixture") {
            let Some(local) = annotation.function.filter(|_| self.solver.is_python(module)) else { continue };
            let name = self.solver.name(module, facts.function(local).name);
            let function = self.solver.func(module, local);
            found.push(Fixture { module, name, function, folder: folder.clone() });
        }
        found
    }

    /// The nearest fixture with the parameter's name is asked; a fixture's own name means the one above it.
    fn give_fixtures(&mut self, module: Mod, function: Func, fixtures: &[Fixture]) {
        let facts = self.solver.facts(module);
        let definition = self.solver.function(function);
        let test = facts.text(definition.name).to_lowercase().starts_with("test");
        if !test && !fixtures.iter().any(|fixture| fixture.function == function) {
            return;
        }
        let path = self.solver.linker.path_of(module).to_owned();
        for param in &definition.params {
            let name = self.solver.name(module, param.name);
            let sees = |fixture: &&Fixture| fixture.name == name && fixture.function != function;
            let near = fixtures.iter().filter(sees).filter(|fixture| match &fixture.folder {
                Some(folder) => folder.is_empty() || path.starts_with(&format!("{folder}/")),
                None => fixture.module == module,
            });
            let nearest = near.max_by_key(|fixture| fixture.folder.as_ref().map_or(usize::MAX, String::len));
            let Some(fixture) = nearest else { continue };
            let values = self.fixture_values(fixture.function);
            for inst in self.instances_to_enter(function) {
                let param = self.solver.node_of(inst, param.slot);
                for value in &values {
                    self.solver.store.edge(*value, param, true);
                }
            }
        }
    }

    fn fixture_values(&mut self, function: Func) -> Vec<Node> {
        let definition = self.solver.function(function);
        let slot = definition.yielded.unwrap_or(definition.ret);
        let instances = self.instances_to_enter(function);
        instances.into_iter().map(|inst| self.solver.node_of(inst, slot)).collect()
    }
}
