//! Entry points: where execution enters, and the stages of the analysis.

mod convention;
mod fixtures;
mod go;
mod jvm;
mod node;
mod origin;
mod pytest;
mod python;
mod route;
mod runner;
mod settings;
mod spawn;
mod table;
mod tests;

use faultline_facts::FunctionKind;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    Analysis, Entry, EntryChoice, EntryKind, FunctionRef, Options, Phase, Program, UnitId,
    solve::{EntryRoot, Exports, Func, Inst, Mod, NONE, Solver, Token},
};

pub(crate) use tests::{is_test_file, test_kind};

use convention::Exported;

/// An entry point before its function has instances.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) module: Mod,
    /// `None` for the module body.
    pub(crate) function: Option<Func>,
    pub(crate) kind: EntryKind,
    pub(crate) why: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// How often calls are answered by name after another.
const BY_NAME_ROUNDS: usize = 4;

/// Work for resolving exported names.
const INSPECT_BUDGET: u64 = 5_000_000;

/// The stages, and the entry points that they found.
pub(crate) struct Stages<'a, 'o> {
    solver: Solver<'a>,
    options: &'o Options,
    roots: Vec<EntryRoot>,
    index: FxHashMap<(Func, EntryKind), usize>,
}

/// Runs all stages.
pub(crate) fn analyse(program: &Program, options: &Options) -> Analysis {
    let solver = Solver::new(program, options);
    let mut stages = Stages { solver, options, roots: Vec::new(), index: FxHashMap::default() };
    stages.entered();
    let no_entries = stages.roots.is_empty();
    stages.first_party();
    stages.tests();
    stages.roots.sort_by_key(|root| (root.entry.kind, root.entry.function));
    let mut analysis = stages.solver.finish(&stages.roots, no_entries);
    if !options.inspect.is_empty() {
        for (name, functions) in inspect(program, options) {
            analysis.exports.entry(name).or_default().extend(functions);
        }
        for functions in analysis.exports.values_mut() {
            functions.sort_unstable();
            functions.dedup();
        }
    }
    analysis
}

impl Stages<'_, '_> {
    /// Production entry points and what they load.
    fn entered(&mut self) {
        let mut found = node::mains(&self.solver.linker);
        found.extend(python::mains(&mut self.solver));
        found.extend(jvm::entries(&self.solver));
        found.extend(jvm::components(&self.solver));
        found.extend(go::mains(&self.solver));
        found.extend(declared(&self.solver));
        found.extend(settings::named(&self.solver));
        let chosen = self.chosen(found);
        for entry in chosen {
            self.enter(entry, Phase::Entered);
        }
        self.enter_web_modules();
        self.solver.solve();
        self.enter_exported();
        self.enter_functions_by_name();
        for _ in 0..8 {
            let before = self.solver.insts.len() + self.roots.len();
            let started = if self.wants(EntryKind::Main) { spawn::find(&self.solver) } else { Vec::new() };
            for found in started {
                self.enter(found, Phase::Entered);
            }
            let routes = if self.is_by_kind() { route::find(&mut self.solver) } else { Vec::new() };
            for (found, instances) in routes.into_iter().filter(|(found, _)| self.wants(found.kind)).collect::<Vec<_>>()
            {
                self.add_root(found, instances, Phase::Entered);
            }
            self.solver.solve();
            if before == self.solver.insts.len() + self.roots.len() {
                break;
            }
        }
        self.by_name();
    }

    fn wants(&self, kind: EntryKind) -> bool {
        match &self.options.entries {
            EntryChoice::All => true,
            EntryChoice::Kind(wanted) => *wanted == kind,
            EntryChoice::File(_) | EntryChoice::Function(_) => false,
        }
    }

    /// True when entry points are chosen by kind, if at all.
    fn is_by_kind(&self) -> bool {
        matches!(self.options.entries, EntryChoice::All | EntryChoice::Kind(_))
    }

    fn chosen(&self, found: Vec<Found>) -> Vec<Found> {
        let linker = &self.solver.linker;
        match &self.options.entries {
            EntryChoice::All => found,
            EntryChoice::Kind(kind) if kind.is_test() => (0..linker.modules.len() as u32)
                .map(Mod)
                .filter(|module| linker.unit_of(*module).first_party() && test_kind(linker, *module) == Some(*kind))
                .map(|module| body(&self.solver, module, *kind, "chosen kind".to_owned()))
                .chain(if *kind == EntryKind::Test { runner::tests(linker) } else { Vec::new() })
                .collect(),
            EntryChoice::Kind(kind) => found.into_iter().filter(|found| found.kind == *kind).collect(),
            EntryChoice::File(path) => (0..linker.modules.len() as u32)
                .map(Mod)
                .filter(|module| linker.unit_of(*module).first_party() && linker.path_of(*module) == path)
                .map(|module| body(&self.solver, module, EntryKind::Main, "chosen file".to_owned()))
                .collect(),
            EntryChoice::Function(_) => Vec::new(),
        }
    }

    /// Modules that register routes run even when nothing here imports them: a server loads them.
    fn enter_web_modules(&mut self) {
        if !self.is_by_kind() {
            return;
        }
        for module in route::modules(&self.solver) {
            self.solver.enter_module(module, None);
        }
    }

    /// Exports that a platform calls, and the modules that it loads for them.
    fn enter_exported(&mut self) {
        let mut exported = convention::modules(&self.solver);
        exported.extend(declared_exports(&self.solver));
        for Exported { module, names, kind, why, place } in exported {
            if !self.wants(kind) {
                continue;
            }
            self.solver.enter_module(module, None);
            self.solver.solve();
            for name in names {
                for (func, inst) in convention::functions(&mut self.solver, module, &name) {
                    let line = self.solver.function(func).span.line;
                    let own = || (self.solver.linker.path_of(self.solver.module_of(func)).to_owned(), line);
                    let (file, line) = place.clone().unwrap_or_else(own);
                    let found = Found { module, function: Some(func), kind, why: why.clone(), file, line };
                    self.add_root(found, vec![inst], Phase::Entered);
                }
            }
            let found = body(&self.solver, module, kind, "registers handlers when it is loaded".to_owned());
            let inst = self.solver.module_instance(module);
            self.add_root(found, vec![inst], Phase::Entered);
        }
        self.solver.solve();
    }

    fn enter_functions_by_name(&mut self) {
        let EntryChoice::Function(wanted) = &self.options.entries else { return };
        let names = crate::naming::Names::new(&self.solver.linker);
        let mut found = Vec::new();
        for id in 0..self.solver.linker.modules.len() as u32 {
            let module = Mod(id);
            if !self.solver.linker.unit_of(module).first_party() {
                continue;
            }
            for (local, function) in self.solver.facts(module).functions.iter().enumerate() {
                let name = names.function(module, function);
                if name == *wanted || name.split_once('(').is_some_and(|(name, _)| name == wanted) {
                    found.push((module, self.solver.func(module, faultline_facts::FunctionId(local as u32))));
                }
            }
        }
        for (module, func) in found {
            self.solver.enter_module(module, None);
            self.solver.solve();
            let entry = Found {
                function: Some(func),
                ..body(&self.solver, module, EntryKind::Main, "chosen function".to_owned())
            };
            let instances = self.instances_to_enter(func);
            self.add_root(entry, instances, Phase::Entered);
        }
        self.solver.solve();
    }

    fn enter(&mut self, found: Found, phase: Phase) {
        self.solver.enter_module(found.module, None);
        match found.function {
            None => {
                let inst = self.solver.module_instance(found.module);
                self.add_root(found, vec![inst], phase);
            }
            Some(func) => {
                self.solver.solve();
                let instances = self.instances_to_enter(func);
                self.add_root(found, instances, phase);
            }
        }
    }

    /// An instance of a function for every instance of the one around it.
    fn instances_to_enter(&mut self, func: Func) -> Vec<Inst> {
        let module = self.solver.module_of(func);
        let Some(parent) = self.solver.function(func).parent else { return vec![self.solver.module_instance(module)] };
        let parent = self.solver.func(module, parent);
        let around: Vec<Inst> = (0..self.solver.insts.len() as u32)
            .map(Inst)
            .filter(|inst| self.solver.inst(*inst).func == parent && self.solver.inst(*inst).entered)
            .collect();
        around.into_iter().map(|env| self.solver.shared(func, env)).collect()
    }

    fn add_root(&mut self, found: Found, instances: Vec<Inst>, phase: Phase) {
        let local = faultline_facts::FunctionId(0);
        let func = found.function.unwrap_or_else(|| self.solver.func(found.module, local));
        for inst in &instances {
            self.solver.enter(*inst);
            self.solver.bind_receiver(*inst);
            if found.kind != EntryKind::Export {
                self.solver.bind_unknown(*inst);
            }
        }
        let next = self.roots.len();
        let at = *self.index.entry((func, found.kind)).or_insert(next);
        if at == next {
            let function = FunctionRef(func.0);
            let Found { kind, why, file, line, .. } = found;
            self.roots.push(EntryRoot { entry: Entry { function, kind, why, file, line, phase }, instances });
            return;
        }
        let known = &mut self.roots[at].instances;
        for inst in instances {
            if !known.contains(&inst) {
                known.push(inst);
            }
        }
    }

    /// What only names suggest, a few times: what that calls may need names again.
    fn by_name(&mut self) {
        for _ in 0..BY_NAME_ROUNDS {
            let loaded = !self.solver.budget_hit && self.solver.load_by_name();
            if self.solver.budget_hit || !(self.solver.call_by_name() | loaded) {
                break;
            }
            self.solver.solve();
        }
        if !self.solver.budget_hit {
            self.solver.solve_by_name();
        }
    }

    /// Every production function of first-party code.
    fn first_party(&mut self) {
        self.solver.next_stage(Phase::FirstParty);
        let modules = self.first_party_modules(false);
        for module in &modules {
            self.solver.enter_module(*module, None);
        }
        self.solver.solve();
        self.enter_all_functions(&modules);
        self.by_name();
        self.exports();
        let entered: FxHashSet<Func> = self.roots.iter().map(|root| Func(root.entry.function.0)).collect();
        if entered.is_empty() {
            for module in modules {
                let found = body(&self.solver, module, EntryKind::Module, "no entry point was recognised".to_owned());
                let inst = self.solver.module_instance(module);
                self.add_root(found, vec![inst], Phase::FirstParty);
            }
        }
    }

    fn first_party_modules(&self, tests: bool) -> Vec<Mod> {
        let linker = &self.solver.linker;
        (0..linker.modules.len() as u32)
            .map(Mod)
            .filter(|module| linker.unit_of(*module).first_party() && is_test_file(linker, *module) == tests)
            .collect()
    }

    /// Enters functions that nothing calls, outer ones first, until there are none.
    fn enter_all_functions(&mut self, modules: &[Mod]) {
        for _ in 0..64 {
            let missing = self.missing_instances(modules);
            if missing.is_empty() {
                return;
            }
            self.solver.index_owners();
            for (func, env) in missing {
                let inst = self.solver.shared(func, env);
                self.solver.enter(inst);
                self.solver.bind_receiver(inst);
            }
            if !self.solver.solve() {
                return;
            }
        }
    }

    fn missing_instances(&self, modules: &[Mod]) -> Vec<(Func, Inst)> {
        let wanted: FxHashSet<Mod> = modules.iter().copied().collect();
        let mut entered: FxHashSet<(Func, Inst)> = FxHashSet::default();
        let mut by_function: FxHashMap<Func, Vec<Inst>> = FxHashMap::default();
        for (id, inst) in self.solver.insts.iter().enumerate().filter(|(_, inst)| inst.entered) {
            entered.insert((inst.func, inst.env));
            if wanted.contains(&self.solver.module_of(inst.func)) {
                by_function.entry(inst.func).or_default().push(Inst(id as u32));
            }
        }
        let mut missing = Vec::new();
        for module in modules {
            for (local, function) in self.solver.facts(*module).functions.iter().enumerate() {
                let Some(parent) = function.parent.filter(|_| !function.flags.is_abstract) else { continue };
                let func = self.solver.func(*module, faultline_facts::FunctionId(local as u32));
                let parent = self.solver.func(*module, parent);
                let around = by_function.get(&parent).into_iter().flatten();
                missing.extend(around.filter(|env| !entered.contains(&(func, **env))).map(|env| (func, *env)));
            }
        }
        missing
    }

    /// The exported API of libraries.
    fn exports(&mut self) {
        if !self.wants(EntryKind::Export) {
            return;
        }
        let mut libraries = node::libraries(&mut self.solver);
        libraries.extend(go::libraries(&self.solver));
        for found in libraries {
            let func = found.function.unwrap_or(Func(0));
            let instances: Vec<Inst> = (0..self.solver.insts.len() as u32)
                .map(Inst)
                .filter(|inst| self.solver.inst(*inst).func == func && self.solver.inst(*inst).entered)
                .collect();
            self.add_root(found, instances, Phase::FirstParty);
        }
    }

    /// Tests; then benches, examples and build scripts, whose tools may cost more than everything before.
    fn tests(&mut self) {
        self.solver.next_stage(Phase::Tests);
        let modules = self.first_party_modules(true);
        let is_test = |module: &Mod| test_kind(&self.solver.linker, *module).is_none_or(|kind| kind == EntryKind::Test);
        let (tests, others): (Vec<Mod>, Vec<Mod>) = modules.into_iter().partition(is_test);
        let python = tests.iter().any(|module| self.solver.is_python(*module));
        let plugins = if python { self.plugins() } else { Vec::new() };
        self.enter_tests(&tests, &plugins);
        self.enter_runners();
        self.by_name();
        self.enter_tests(&others, &[]);
        self.by_name();
    }

    fn enter_runners(&mut self) {
        if self.wants_bucket(EntryKind::Test) {
            for found in runner::tests(&self.solver.linker) {
                self.enter(found, Phase::Tests);
            }
            self.solver.solve();
        }
    }

    /// Outside production, a chosen kind is the only one.
    fn wants_bucket(&self, kind: EntryKind) -> bool {
        match self.options.entries {
            EntryChoice::Kind(chosen) if chosen.is_test() => chosen == kind,
            _ => true,
        }
    }

    fn enter_tests(&mut self, modules: &[Mod], plugins: &[Mod]) {
        let kind_of = |stages: &Self, module| test_kind(&stages.solver.linker, module).unwrap_or(EntryKind::Test);
        let wanted = modules.iter().copied().filter(|module| self.wants_bucket(kind_of(self, *module)));
        let modules: &[Mod] = &wanted.collect::<Vec<Mod>>();
        for module in modules {
            let kind = kind_of(self, *module);
            self.solver.enter_module(*module, None);
            let inst = self.solver.module_instance(*module);
            let found = body(&self.solver, *module, kind, format!("{} file", kind.as_str()));
            self.add_root(found, vec![inst], Phase::Tests);
        }
        self.solver.solve();
        self.enter_all_functions(modules);
        let seen = [plugins, modules].concat();
        self.fixtures(&seen);
        self.hooks(&seen);
        self.test_functions(modules);
        self.jvm_tests(modules);
    }

    fn jvm_tests(&mut self, modules: &[Mod]) {
        let found: Vec<Found> = modules.iter().flat_map(|module| jvm::tests(&self.solver, *module)).collect();
        for entry in found {
            self.enter(entry, Phase::Tests);
        }
        self.solver.solve();
    }

    /// Python's test functions are called by the runner.
    fn test_functions(&mut self, modules: &[Mod]) {
        for module in modules {
            if self.solver.is_go(*module) {
                for found in go::tests(&self.solver, *module) {
                    let instances = found.function.map(|func| self.instances_to_enter(func)).unwrap_or_default();
                    self.add_root(found, instances, Phase::Tests);
                }
            }
            if !self.solver.is_python(*module) {
                continue;
            }
            let kind = test_kind(&self.solver.linker, *module).unwrap_or(EntryKind::Test);
            for local in 0..self.solver.facts(*module).functions.len() as u32 {
                let func = self.solver.func(*module, faultline_facts::FunctionId(local));
                let function = self.solver.function(func);
                let name = self.solver.facts(*module).text(function.name);
                if !tests::is_called_by_runner(name) {
                    continue;
                }
                let mut found = body(&self.solver, *module, kind, "test function".to_owned());
                (found.function, found.line) = (Some(func), function.span.line);
                let instances = self.instances_to_enter(func);
                self.add_root(found, instances, Phase::Tests);
            }
        }
        self.solver.solve();
    }
}

/// Exported names of units, solved on their own: whatever the rest costs, symbols resolve.
fn inspect(program: &Program, options: &Options) -> Exports {
    let mut solver = Solver::new(program, &Options { budget: INSPECT_BUDGET, ..options.clone() });
    solver.phase = Phase::Inspected;
    for unit in &options.inspect {
        for id in 0..solver.linker.modules.len() as u32 {
            let named = solver.is_go(Mod(id));
            if solver.linker.info(Mod(id)).at.unit == *unit && !named && !is_test_path(&solver, Mod(id)) {
                solver.enter_module(Mod(id), None);
            }
        }
    }
    solver.solve();
    solver.export_paths(&|unit| options.inspect.contains(&unit))
}

fn is_test_path(solver: &Solver<'_>, module: Mod) -> bool {
    tests::kind_of_path(solver.linker.path_of(module)).is_some()
}

/// A module body as an entry.
pub(crate) fn body(solver: &Solver<'_>, module: Mod, kind: EntryKind, why: String) -> Found {
    Found { module, function: None, kind, why, file: solver.linker.path_of(module).to_owned(), line: 1 }
}

/// Entry points stated from outside.
fn declared(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for unit in &solver.linker.program.units {
        for entry in &unit.entries {
            let (target, function) = entry.target.split_once(':').unwrap_or((entry.target.as_str(), ""));
            let Some(module) = module_of_target(solver, unit.tree, target) else { continue };
            found.push(Found {
                module,
                function: function_named(solver, module, function),
                kind: entry.kind,
                why: format!("declared in {}", entry.file),
                file: entry.file.clone(),
                line: entry.line,
            });
        }
    }
    found
}

/// Entry points stated from outside that are exports: `file.js:name`, or `file.name` as serverless configurations
/// write it.
fn declared_exports(solver: &Solver<'_>) -> Vec<Exported> {
    let mut found = Vec::new();
    for (id, unit) in (0u32..).zip(&solver.linker.program.units) {
        for entry in &unit.entries {
            let Some((module, name)) = declared_export(solver, UnitId(id), &entry.target) else { continue };
            found.push(Exported {
                module,
                names: vec![name.to_owned()],
                kind: entry.kind,
                why: format!("declared in {}", entry.file),
                place: Some((entry.file.clone(), entry.line)),
            });
        }
    }
    found
}

fn declared_export<'t>(solver: &Solver<'_>, unit: UnitId, target: &'t str) -> Option<(Mod, &'t str)> {
    let tree = solver.linker.program.unit(unit).tree;
    if let Some((file, name)) = target.split_once(':') {
        let module = module_of_target(solver, tree, file)?;
        return function_named(solver, module, name).is_none().then_some((module, name));
    }
    let (file, name) = target.rsplit_once('.')?;
    if module_of_target(solver, tree, target).is_some() {
        return None;
    }
    let module = node::file_of(&solver.linker, unit, "", file)
        .or_else(|| module_of_target(solver, tree, &format!("{file}.py")))?;
    Some((module, name))
}

/// The file with this path, or the Python module with this name, in a tree.
pub(crate) fn module_of_target(solver: &Solver<'_>, tree: u32, target: &str) -> Option<Mod> {
    let linker = &solver.linker;
    let modules = (0..linker.modules.len() as u32).map(Mod).filter(|module| linker.tree(*module) == tree);
    let by_path = modules.clone().find(|module| linker.path_of(*module) == target.trim_start_matches("./"));
    by_path.or_else(|| {
        modules
            .filter(|module| solver.is_python(*module))
            .find(|module| linker.python_module(*module, target) == Some(*module))
    })
}

/// The module-level function with this name, or `Class.method`.
pub(crate) fn function_named(solver: &Solver<'_>, module: Mod, name: &str) -> Option<Func> {
    let facts = solver.facts(module);
    let local = facts.functions.iter().position(|f| !name.is_empty() && facts.text(f.qualified) == name)?;
    Some(solver.func(module, faultline_facts::FunctionId(local as u32)))
}

impl Solver<'_> {
    /// A method that is entered has an instance of its class as receiver.
    pub(crate) fn bind_receiver(&mut self, inst: Inst) {
        let func = self.inst(inst).func;
        if self.is_go(self.module_of(func)) {
            return;
        }
        let function = self.function(func);
        let Some(class) = function.class else { return self.bind_owner(inst) };
        let module = self.module_of(func);
        if self.is_jvm(module) {
            return self.bind_entered(inst);
        }
        let class = self.class_ref(module, class);
        let token = self.enclosing_class(inst, class);
        if matches!(token, Token::Class { env, .. } if env.0 == NONE) {
            return;
        }
        let class = self.tokens.intern(token);
        let receiver = if function.flags.classmethod || (function.flags.is_static && function.this.is_some()) {
            class
        } else {
            self.tokens.intern(Token::Instance(class))
        };
        let slot = match (function.this, function.params.first()) {
            (Some(this), _) => this,
            (None, Some(param)) if self.is_python(module) && !function.flags.is_static => param.slot,
            _ => return,
        };
        let node = self.node_of(inst, slot);
        self.store.add(node, receiver);
    }

    /// A function that a prototype or object holds has that as receiver.
    fn bind_owner(&mut self, inst: Inst) {
        let data = self.inst(inst);
        let (func, env) = (data.func, data.env);
        let Some(this) = self.function(func).this else { return };
        let token = self.tokens.intern(Token::Function { func, env });
        let node = self.node_of(inst, this);
        for owner in self.owners_of(token) {
            self.store.add(node, owner);
        }
    }

    /// Arguments of an entry point come from outside.
    pub(crate) fn bind_unknown(&mut self, inst: Inst) {
        let function = self.function(self.inst(inst).func);
        let receiver = usize::from(function.class.is_some() && function.this.is_none() && !function.flags.is_static);
        if function.kind == FunctionKind::Module || self.is_go(self.module_of_inst(inst)) {
            return;
        }
        let receiver = if self.is_jvm(self.module_of_inst(inst)) { 0 } else { receiver };
        for param in function.params.iter().skip(receiver) {
            let node = self.node_of(inst, param.slot);
            let token = self.path_token("entry:(argument)");
            self.store.add(node, token);
        }
    }
}
