//! The static import closure: which modules first-party code loads, and through which chain.

use std::collections::VecDeque;

use faultline_facts::{ImportMode, Imported, Language, Span};
use rustc_hash::FxHashMap;

use crate::{
    FileRef, Problem, Program,
    entry::is_test_file,
    link::{Linker, Target},
    solve::Mod,
};

/// One import on a chain: the statement in `file` that loads the next module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportStep {
    /// The importing file.
    pub file: FileRef,
    /// The import.
    pub span: Span,
}

/// A module that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedModule {
    /// The module.
    pub module: FileRef,
    /// Imports from first-party code to it, shortest chain; empty for first-party modules themselves.
    pub chain: Vec<ImportStep>,
}

/// A package whose code is not loaded but which is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedExternal {
    /// Package purl with version, or the name of a module of the language's own library.
    pub path: String,
    /// Imports from first-party code to it, shortest chain.
    pub chain: Vec<ImportStep>,
}

/// Everything that first-party code loads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportClosure {
    /// Loaded modules, first-party ones included, by unit and file.
    pub modules: Vec<LoadedModule>,
    /// Imported packages without code.
    pub externals: Vec<ImportedExternal>,
}

/// The modules that first-party code loads, statically, tests and the like left out unless asked for.
///
/// Type-only imports do not count. Needs no solver.
pub fn import_closure(program: &Program, include_tests: bool) -> ImportClosure {
    let linker = Linker::new(program);
    let mut from: FxHashMap<Mod, Option<(Mod, Span)>> = FxHashMap::default();
    let mut externals: FxHashMap<String, (Mod, Span)> = FxHashMap::default();
    let mut queue = VecDeque::new();
    for id in 0..linker.modules.len() {
        let module = Mod(id as u32);
        if linker.unit_of(module).first_party() && (include_tests || !is_test_file(&linker, module)) {
            from.insert(module, None);
            queue.push_back(module);
        }
    }
    while let Some(module) = queue.pop_front() {
        for (target, span) in loads(&linker, module) {
            match target {
                Target::Module(target) => {
                    from.entry(target).or_insert_with(|| {
                        queue.push_back(target);
                        Some((module, span))
                    });
                }
                Target::External(path) => {
                    externals.entry(path).or_insert((module, span));
                }
            }
        }
    }
    closure(&linker, &from, externals)
}

fn closure(
    linker: &Linker<'_>,
    from: &FxHashMap<Mod, Option<(Mod, Span)>>,
    externals: FxHashMap<String, (Mod, Span)>,
) -> ImportClosure {
    let chain = |mut at: Option<(Mod, Span)>| {
        let mut chain = Vec::new();
        while let Some((module, span)) = at {
            chain.push(ImportStep { file: linker.info(module).at, span });
            at = from.get(&module).copied().flatten();
        }
        chain.reverse();
        chain
    };
    let mut modules: Vec<LoadedModule> =
        from.iter().map(|(module, by)| LoadedModule { module: linker.info(*module).at, chain: chain(*by) }).collect();
    modules.sort_unstable_by_key(|loaded| loaded.module);
    let mut externals: Vec<ImportedExternal> =
        externals.into_iter().map(|(path, by)| ImportedExternal { path, chain: chain(Some(by)) }).collect();
    externals.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    ImportClosure { modules, externals }
}

/// What one file loads, in order of its imports.
fn loads(linker: &Linker<'_>, module: Mod) -> Vec<(Target, Span)> {
    let facts = linker.info(module).facts();
    let python = facts.language == Language::Python;
    let mut out = Vec::new();
    for import in facts.imports.iter().filter(|import| import.mode != ImportMode::TypeOnly) {
        let specifier = facts.text(import.specifier);
        for target in linker.resolve(module, specifier, import.level) {
            if let (true, Target::Module(found)) = (python, &target) {
                let parents = packages_above(linker, *found);
                out.extend(parents.into_iter().map(|parent| (Target::Module(parent), import.span)));
            }
            out.push((target, import.span));
        }
        if let (true, Imported::Name(name)) = (python, import.what)
            && let Some(found) = submodule(linker, module, import.level, specifier, facts.text(name))
        {
            out.push((Target::Module(found), import.span));
        }
    }
    out
}

fn submodule(linker: &Linker<'_>, module: Mod, level: u32, specifier: &str, name: &str) -> Option<Mod> {
    match linker.resolve(module, specifier, level).first() {
        Some(Target::Module(package)) => linker.submodule(*package, name),
        _ if level > 0 => linker.relative_sibling(module, level, name),
        _ => linker.python_module(module, &format!("{specifier}.{name}")),
    }
}

/// The packages that Python runs before a module.
fn packages_above(linker: &Linker<'_>, module: Mod) -> Vec<Mod> {
    let mut found = Vec::new();
    let mut folder = crate::link::folder_of(linker.path_of(module));
    while !folder.is_empty() {
        let Some(package) = linker.file_at(module, &format!("{folder}/__init__.py")) else { break };
        if package != module {
            found.push(package);
        }
        folder = crate::link::folder_of(folder);
    }
    found.reverse();
    found
}

/// Imports of first-party code that resolve to nothing, not even to a package that is not loaded.
pub(crate) fn unresolved(linker: &Linker<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for id in 0..linker.modules.len() {
        let module = Mod(id as u32);
        if !linker.unit_of(module).first_party() {
            continue;
        }
        let facts = linker.info(module).facts();
        for import in facts.imports.iter().filter(|import| import.mode == ImportMode::Static) {
            let specifier = facts.text(import.specifier);
            let targets = linker.resolve(module, specifier, import.level);
            let undeclared = targets.iter().any(
                |target| matches!(target, Target::External(path) if path.starts_with("pkg:") && !path.contains('@')),
            );
            let missing = targets.is_empty() && import.level == 0;
            if missing || undeclared {
                problems.push(Problem {
                    file: linker.info(module).at,
                    line: import.span.line,
                    code: "unresolved_import",
                    detail: format!("`{specifier}` is neither a file nor a known dependency"),
                });
            }
        }
    }
    problems
}
