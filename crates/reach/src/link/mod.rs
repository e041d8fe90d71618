//! From an import specifier to files: npm and Python rules, resolved for the importing file.

mod exports;
mod go;
pub(crate) mod jdk;
pub(crate) mod jvm;
pub(crate) mod member;
mod node;
mod python;

use std::cell::RefCell;

use faultline_facts::{Facts, Language, NpmManifest, Resource};
use rustc_hash::FxHashMap;

use crate::{Dependency, FileRef, Program, SourceFile, UnitId, solve::Mod};

pub(crate) use exports::Loader;
pub(crate) use python::{is_standard_library, module_names};

/// What a specifier resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    /// A file of the program.
    Module(Mod),
    /// Code that is not loaded: an access path.
    External(String),
}

/// One file of the program.
pub(crate) struct ModuleInfo<'a> {
    pub(crate) at: FileRef,
    pub(crate) file: &'a SourceFile,
}

impl<'a> ModuleInfo<'a> {
    pub(crate) fn facts(&self) -> &'a Facts {
        &self.file.facts
    }
}

/// Resolves specifiers.
pub(crate) struct Linker<'a> {
    pub(crate) program: &'a Program,
    pub(crate) modules: Vec<ModuleInfo<'a>>,
    by_path: FxHashMap<(u32, &'a str), Mod>,
    dependencies: Vec<FxHashMap<&'a str, &'a Dependency>>,
    manifests: FxHashMap<(u32, &'a str), &'a NpmManifest>,
    workspace: FxHashMap<(u32, &'a str), UnitId>,
    python: python::Index<'a>,
    pub(crate) classes: jvm::Classes,
    pub(crate) go: go::Index,
    memo: RefCell<FxHashMap<(Mod, String), Vec<Target>>>,
}

impl<'a> Linker<'a> {
    pub(crate) fn new(program: &'a Program) -> Linker<'a> {
        let mut linker = Linker {
            program,
            modules: Vec::new(),
            by_path: FxHashMap::default(),
            dependencies: Vec::new(),
            manifests: FxHashMap::default(),
            workspace: FxHashMap::default(),
            python: python::Index::default(),
            classes: jvm::Classes::default(),
            go: go::Index::default(),
            memo: RefCell::default(),
        };
        for (index, unit) in program.units.iter().enumerate() {
            linker.add_unit(UnitId(index as u32), unit);
        }
        linker.python = python::Index::build(&linker.modules, program);
        linker.classes = jvm::Classes::build(&linker.modules);
        linker.go = go::Index::build(&linker.modules, program);
        linker
    }

    fn add_unit(&mut self, id: UnitId, unit: &'a crate::Unit) {
        for (file, source) in unit.files.iter().enumerate() {
            let module = Mod(self.modules.len() as u32);
            self.by_path.entry((unit.tree, source.path.as_str())).or_insert(module);
            self.modules.push(ModuleInfo { at: FileRef { unit: id, file: file as u32 }, file: source });
        }
        self.dependencies.push(unit.dependencies.iter().map(|(name, to)| (name.as_str(), to)).collect());
        for (path, resource) in &unit.resources {
            let Resource::Npm(manifest) = resource else { continue };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            self.manifests.insert((unit.tree, folder), manifest);
            if let (Some(name), true) = (&manifest.name, folder == unit.root) {
                self.workspace.entry((unit.tree, name.as_str())).or_insert(id);
            }
        }
    }

    /// The file at a path of the tree of `module`.
    pub(crate) fn file_at(&self, module: Mod, path: &str) -> Option<Mod> {
        self.by_path.get(&(self.tree(module), path)).copied()
    }

    pub(crate) fn info(&self, module: Mod) -> &ModuleInfo<'a> {
        &self.modules[module.0 as usize]
    }

    pub(crate) fn unit_of(&self, module: Mod) -> &'a crate::Unit {
        self.program.unit(self.info(module).at.unit)
    }

    pub(crate) fn tree(&self, module: Mod) -> u32 {
        self.unit_of(module).tree
    }

    pub(crate) fn path_of(&self, module: Mod) -> &'a str {
        let path: &'a str = &self.info(module).file.path;
        path
    }

    /// Every file that a specifier may mean for the importing file, or what it is outside.
    pub(crate) fn resolve(&self, from: Mod, specifier: &str, level: u32) -> Vec<Target> {
        let key = (from, format!("{}{specifier}", ".".repeat(if level > 0 { level as usize + 1000 } else { 0 })));
        if let Some(known) = self.memo.borrow().get(&key) {
            return known.clone();
        }
        let mut found = match self.info(from).facts().language {
            Language::Python => self.resolve_python(from, specifier, level),
            language if language.is_jvm() => self.resolve_jvm(from, specifier),
            Language::Go => self.resolve_go(from, specifier),
            _ => self.resolve_node(from, specifier),
        };
        let mut seen = rustc_hash::FxHashSet::default();
        found.retain(|target| seen.insert(target.clone()));
        self.memo.borrow_mut().insert(key, found.clone());
        found
    }
}

impl Linker<'_> {
    /// The file of a class, or of every class of a package.
    fn resolve_jvm(&self, from: Mod, specifier: &str) -> Vec<Target> {
        match self.classes.file_of(from, specifier) {
            Some(module) => vec![Target::Module(module)],
            None => vec![Target::External(format!("java:{}", jvm::outside(specifier)))],
        }
    }
}

/// The folder of a path.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `base/relative` with `.` and `..` resolved; `None` when it leaves the tree.
pub(crate) fn join(base: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
