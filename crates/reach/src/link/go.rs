//! Go's rules: a package is the files of one folder with one package clause; import paths start with module paths.

use faultline_facts::{Facts, Language, Resource};
use faultline_package::Purl;
use rustc_hash::FxHashMap;

use super::{Linker, ModuleInfo, Target, folder_of};
use crate::{Dependency, Program, Unit, UnitId, solve::Mod};

/// One Go package.
pub(crate) struct GoPackage {
    /// Its import path.
    pub(crate) path: String,
    /// Its name: what the package clause says.
    pub(crate) name: String,
    /// Its files without tests, or only tests for the package of external tests.
    pub(crate) files: Vec<Mod>,
    /// Tests inside the package.
    pub(crate) tests: Vec<Mod>,
}

/// Packages of every unit.
#[derive(Default)]
pub(crate) struct Index {
    packages: Vec<GoPackage>,
    of: FxHashMap<Mod, u32>,
    /// Packages that can be imported, by unit and folder.
    by_folder: FxHashMap<(u32, String), u32>,
    /// Per unit its module paths with their folders, longest path first.
    roots: Vec<Vec<(String, String)>>,
    /// Module path of every unit of the program.
    units: FxHashMap<String, UnitId>,
}

impl Index {
    pub(super) fn build(modules: &[ModuleInfo<'_>], program: &Program) -> Index {
        let mut index = Index::default();
        for (id, unit) in (0u32..).zip(&program.units) {
            let roots = roots_of(unit);
            for (path, _) in &roots {
                index.units.entry(path.clone()).or_insert(UnitId(id));
            }
            index.roots.push(roots);
        }
        let mut known: FxHashMap<(u32, String, String), u32> = FxHashMap::default();
        for (id, module) in (0u32..).zip(modules).filter(|(_, m)| m.facts().language == Language::Go) {
            index.add(Mod(id), module, &mut known);
        }
        index.choose_importable(&known);
        index
    }

    fn add(&mut self, module: Mod, info: &ModuleInfo<'_>, known: &mut FxHashMap<(u32, String, String), u32>) {
        let path = info.file.path.as_str();
        let facts: &Facts = info.facts();
        let name = facts.package.map(|name| facts.text(name)).unwrap_or_default();
        let test = path.ends_with("_test.go");
        let folder = folder_of(path);
        let next = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        let id = *known.entry((info.at.unit.0, folder.to_owned(), name.to_owned())).or_insert(next);
        if id == next {
            let path = self.import_path(info.at.unit, folder);
            self.packages.push(GoPackage { path, name: name.to_owned(), files: Vec::new(), tests: Vec::new() });
        }
        let external = test && name.ends_with("_test");
        let package = &mut self.packages[id as usize];
        if test && !external {
            package.tests.push(module);
        } else {
            package.files.push(module);
        }
        self.of.insert(module, id);
    }

    /// Of several packages in one folder (`main` beside a library, ignored programs) the library is imported.
    fn choose_importable(&mut self, known: &FxHashMap<(u32, String, String), u32>) {
        for ((unit, folder, name), id) in known {
            let rank = |id: u32| {
                let package = &self.packages[id as usize];
                (package.name != "main", package.files.len(), std::cmp::Reverse(package.name.clone()))
            };
            if name.ends_with("_test") || self.packages[*id as usize].files.is_empty() {
                continue;
            }
            let key = (*unit, folder.clone());
            let better = self.by_folder.get(&key).is_none_or(|other| rank(*other) < rank(*id));
            if better {
                self.by_folder.insert(key, *id);
            }
        }
    }

    fn import_path(&self, unit: UnitId, folder: &str) -> String {
        let roots = &self.roots[unit.0 as usize];
        let found = roots.iter().find_map(|(path, root)| Some(join_path(path, below(root, folder)?)));
        found.unwrap_or_else(|| folder.to_owned())
    }

    /// The package of a file.
    pub(crate) fn package_of(&self, module: Mod) -> Option<&GoPackage> {
        self.of.get(&module).map(|id| &self.packages[*id as usize])
    }

    /// The number of a file's package.
    pub(crate) fn number_of(&self, module: Mod) -> Option<u32> {
        self.of.get(&module).copied()
    }

    /// The package with a number.
    pub(crate) fn package(&self, id: u32) -> &GoPackage {
        &self.packages[id as usize]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Files of the package that an import path means inside a unit.
    fn in_unit(&self, unit: UnitId, specifier: &str) -> Option<&[Mod]> {
        self.roots[unit.0 as usize]
            .iter()
            .find_map(|(path, root)| self.in_folder(unit, root, below_path(path, specifier)?))
    }

    fn in_folder(&self, unit: UnitId, root: &str, rest: &str) -> Option<&[Mod]> {
        let id = self.by_folder.get(&(unit.0, join_path(root, rest)))?;
        Some(self.packages[*id as usize].files.as_slice())
    }
}

/// Module paths of a unit with the folders that they stand for.
fn roots_of(unit: &Unit) -> Vec<(String, String)> {
    let mut roots: Vec<(String, String)> = Vec::new();
    for (at, resource) in &unit.resources {
        if let Resource::Go(manifest) = resource {
            roots.push((manifest.module.clone(), folder_of(at).to_owned()));
        }
    }
    // A module that takes another's place still says that one's path in its own `go.mod`.
    if roots.iter().all(|(_, folder)| *folder != unit.root)
        && let Some(purl) = unit.package.as_deref().filter(|purl| purl.starts_with("pkg:golang/"))
        && let Ok(purl) = Purl::parse(purl)
    {
        roots.push((purl.full_name(), unit.root.clone()));
    }
    // A module inside another one has the longer folder: it is asked first.
    roots.sort_by_key(|(path, folder)| (std::cmp::Reverse(folder.len()), path.clone()));
    roots
}

/// What of a folder lies below another.
fn below<'f>(root: &str, folder: &'f str) -> Option<&'f str> {
    if root.is_empty() {
        return Some(folder);
    }
    let rest = folder.strip_prefix(root)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// What of an import path lies below a module path.
fn below_path<'s>(module: &str, specifier: &'s str) -> Option<&'s str> {
    if module.is_empty() { None } else { below(module, specifier) }
}

fn join_path(base: &str, rest: &str) -> String {
    match (base.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => base.to_owned(),
        _ => format!("{base}/{rest}"),
    }
}

/// True for packages of the language's own library: their first part has no dot.
fn is_standard(specifier: &str) -> bool {
    !specifier.split('/').next().unwrap_or_default().contains('.')
}

impl Linker<'_> {
    pub(super) fn resolve_go(&self, from: Mod, specifier: &str) -> Vec<Target> {
        let unit = self.info(from).at.unit;
        let modules = |found: &[Mod]| found.iter().map(|module| Target::Module(*module)).collect();
        if let Some(found) = self.go.in_unit(unit, specifier) {
            return modules(found);
        }
        let mut outside = None;
        for prefix in prefixes(specifier) {
            let found = match self.dependencies[unit.0 as usize].get(prefix) {
                Some(Dependency::Unit(other)) => {
                    let rest = specifier[prefix.len()..].trim_start_matches('/');
                    if let Some(found) = self.go.in_folder(*other, &self.program.unit(*other).root, rest) {
                        return modules(found);
                    }
                    self.program.unit(*other).package.clone()
                }
                Some(Dependency::External(purl)) => Some(purl.clone()),
                None => None,
            };
            if let Some(purl) = found {
                let rest = specifier[prefix.len()..].trim_start_matches('/');
                outside = Some(if rest.is_empty() { purl } else { format!("{purl}#{rest}") });
                break;
            }
        }
        // One build has one version of a module, whoever asks.
        let other = prefixes(specifier).find_map(|prefix| self.go.units.get(prefix));
        if let (None, Some(found)) = (&outside, other.and_then(|other| self.go.in_unit(*other, specifier))) {
            return modules(found);
        }
        let plain =
            || if is_standard(specifier) { format!("go:{specifier}") } else { format!("pkg:golang/{specifier}") };
        vec![Target::External(outside.unwrap_or_else(plain))]
    }
}

/// An import path and the paths above it, longest first.
fn prefixes(specifier: &str) -> impl Iterator<Item = &str> {
    let ends = specifier.rmatch_indices('/').map(|(at, _)| &specifier[..at]);
    std::iter::once(specifier).chain(ends)
}
