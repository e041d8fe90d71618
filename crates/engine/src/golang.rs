//! Go: only packages that lie between first-party code and what is asked about are parsed.
//!
//! Imports are read from the tops of files, module by module, along the import paths that first-party code starts;
//! a package counts when its imports lead to a wanted one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use faultline_extract::go::{Header, header};
use faultline_facts::{ImportMode, Resource};
use faultline_package::{NodeId, PackageNode, ProjectGraph};
use faultline_reach::{Dependency, SourceFile, Unit, UnitId};
use faultline_store::{EntryKey, FileRow};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::EngineError;
use crate::onpath::import_name;
use crate::packages::Package;
use crate::program::{Builder, Wanted, node_id};

/// One Go package of a module that was looked at.
struct GoPackage {
    module: usize,
    folder: String,
    imports: BTreeSet<String>,
}

/// A module's source with its packages by folder.
struct Module {
    package: Arc<Package>,
    folders: BTreeMap<String, BTreeSet<String>>,
}

/// What has been found by following imports.
#[derive(Default)]
struct Walk {
    modules: FxHashMap<usize, Option<Module>>,
    packages: FxHashMap<String, GoPackage>,
}

impl Builder<'_> {
    /// Loads of the project's modules what lies on import paths to the wanted ones.
    pub(crate) fn go_packages(&mut self, project: usize, wanted: Wanted, order: usize) -> Result<(), EngineError> {
        let graph = &self.checkout.project(project).graph;
        let names = module_names(graph);
        let mut walk = Walk::default();
        if !matches!(wanted, Wanted::Nothing) {
            self.follow(project, graph, &names, &mut walk)?;
        }
        let targets: FxHashSet<usize> = match wanted {
            Wanted::Nothing | Wanted::All => FxHashSet::default(),
            Wanted::OnPath(targets) | Wanted::Importers(targets) => {
                targets.get(order).into_iter().flatten().map(|node| node.0 as usize).collect()
            }
        };
        let keep = match wanted {
            Wanted::All => walk.packages.keys().cloned().collect(),
            _ => self.leading(&walk, &targets),
        };
        self.go_units(project, graph, &walk, &keep, &targets)?;
        self.link_go(project, graph, &names);
        Ok(())
    }

    /// Follows imports from first-party code through modules, obtaining each when it is first needed.
    fn follow(
        &mut self,
        project: usize,
        graph: &ProjectGraph,
        names: &FxHashMap<String, usize>,
        walk: &mut Walk,
    ) -> Result<(), EngineError> {
        let own = self.own_modules();
        let mut queue: BTreeSet<String> = self.first_party_imports();
        let mut seen: FxHashSet<String> = FxHashSet::default();
        while !queue.is_empty() {
            let batch: Vec<(String, usize, String)> = std::mem::take(&mut queue)
                .into_iter()
                .filter(|path| seen.insert(path.clone()))
                .filter(|path| !own.iter().any(|module| below(module, path).is_some()))
                .filter_map(|path| {
                    let (module, folder) = module_of(&path, names)?;
                    Some((path, module, folder))
                })
                .collect();
            let mut needed: Vec<usize> = batch.iter().map(|(_, module, _)| *module).collect();
            needed.sort_unstable();
            needed.dedup();
            needed
                .retain(|module| !walk.modules.contains_key(module) && self.local(&graph.packages[*module]).is_none());
            self.obtain_modules(project, graph, &needed, walk)?;
            for (path, module, folder) in batch {
                let Some(Some(source)) = walk.modules.get(&module) else { continue };
                let Some(imports) = source.folders.get(&folder).cloned() else { continue };
                queue.extend(imports.iter().cloned());
                walk.packages.insert(path, GoPackage { module, folder, imports });
            }
        }
        Ok(())
    }

    fn obtain_modules(
        &mut self,
        project: usize,
        graph: &ProjectGraph,
        needed: &[usize],
        walk: &mut Walk,
    ) -> Result<(), EngineError> {
        let nodes: Vec<&PackageNode> = needed.iter().map(|index| &graph.packages[*index]).collect();
        let path = &self.checkout.project(project).path;
        let obtained = self.engine.obtain_all(&nodes, path, self.installed, self.fleet)?;
        for (module, obtained) in needed.iter().zip(obtained) {
            let source = match obtained {
                Ok(package) => {
                    self.built.loaded.push((package.purl.to_string(), package.record.identity.clone()));
                    Some(Module { folders: self.folders(&package)?, package })
                }
                Err(missing) => {
                    self.built.missing.push(missing);
                    None
                }
            };
            walk.modules.insert(*module, source);
        }
        Ok(())
    }

    /// Imports of every folder of a module, tests left out.
    fn folders(&self, package: &Package) -> Result<BTreeMap<String, BTreeSet<String>>, EngineError> {
        let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (path, header) in self.headers(package)? {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            folders.entry(folder.to_owned()).or_default().extend(header.imports);
        }
        Ok(folders)
    }

    fn headers(&self, package: &Package) -> Result<Vec<(String, Header)>, EngineError> {
        if !package.files.is_empty() {
            let of_facts = |facts: &faultline_facts::Facts| Header {
                package: String::new(),
                imports: facts.imports.iter().map(|import| facts.text(import.specifier).to_owned()).collect(),
            };
            let files = package.files.iter().filter(|(path, _)| !path.ends_with("_test.go"));
            return Ok(files.map(|(path, facts)| (path.clone(), of_facts(facts))).collect());
        }
        let rows: Vec<&FileRow> = go_files(package).collect();
        let keys: Vec<EntryKey> = rows.iter().map(|row| EntryKey::text(&row.content)).collect();
        let texts = self.engine.store().texts(&keys)?;
        let read = rows.iter().zip(texts).filter_map(|(row, text)| Some((row.path.clone(), header(&text?))));
        Ok(read.collect())
    }

    /// Module paths of the checkout's own code in the program.
    fn own_modules(&self) -> Vec<String> {
        let units = self.first_party.values().map(|unit| &self.built.program.units[unit.0 as usize]);
        let manifests = units.flat_map(|unit| &unit.resources);
        let module = |(_, resource): &(String, Resource)| match resource {
            Resource::Go(manifest) => Some(manifest.module.clone()),
            _ => None,
        };
        manifests.filter_map(module).collect()
    }

    fn first_party_imports(&self) -> BTreeSet<String> {
        let units = self.built.program.units.iter().filter(|unit| unit.package.is_none());
        let mut found = BTreeSet::new();
        for facts in units.flat_map(|unit| &unit.files).map(|file| &file.facts) {
            let imports = facts.imports.iter().filter(|import| import.mode == ImportMode::Static);
            found.extend(imports.map(|import| facts.text(import.specifier).to_owned()));
        }
        found
    }

    /// Packages from which imports lead to a package of the targets; of those only the vulnerable ones when known.
    fn leading(&self, walk: &Walk, targets: &FxHashSet<usize>) -> BTreeSet<String> {
        let mut importers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for (path, package) in &walk.packages {
            for import in &package.imports {
                importers.entry(import).or_default().push(path);
            }
        }
        let wanted = |path: &str| self.go_paths.is_empty() || self.go_paths.contains(path);
        let is_goal = |path: &str, package: &GoPackage| targets.contains(&package.module) && wanted(path);
        let goals = walk.packages.iter().filter(|(path, package)| is_goal(path, package));
        let mut queue: VecDeque<&str> = goals.map(|(path, _)| path.as_str()).collect();
        let mut found: BTreeSet<String> = queue.iter().map(|path| (*path).to_owned()).collect();
        while let Some(path) = queue.pop_front() {
            for importer in importers.get(path).into_iter().flatten() {
                if found.insert((*importer).to_owned()) {
                    queue.push_back(importer);
                }
            }
        }
        found
    }

    fn go_units(
        &mut self,
        project: usize,
        graph: &ProjectGraph,
        walk: &Walk,
        keep: &BTreeSet<String>,
        targets: &FxHashSet<usize>,
    ) -> Result<(), EngineError> {
        let mut folders: BTreeMap<usize, FxHashSet<&str>> = BTreeMap::new();
        for package in keep.iter().filter_map(|path| walk.packages.get(path)) {
            folders.entry(package.module).or_default().insert(&package.folder);
        }
        for target in targets {
            folders.entry(*target).or_default();
        }
        for (index, node) in graph.packages.iter().enumerate() {
            if let Some(unit) = self.local(node).and_then(|other| self.first_party.get(&other)).copied() {
                self.built.units.insert((project, node_id(index)), unit);
                continue;
            }
            let Some(wanted) = folders.get(&index) else { continue };
            if matches!(walk.modules.get(&index), Some(None)) {
                continue;
            }
            let tree = 1 + u32::try_from(self.built.program.units.len()).unwrap_or(u32::MAX - 1);
            let mut unit = Unit::new(node.purl.to_string(), node.purl.ecosystem(), tree);
            unit.package = Some(node.purl.to_string());
            if let Some(Some(module)) = walk.modules.get(&index) {
                unit.resources.clone_from(&module.package.record.resources);
                let in_folder = |path: &str| wanted.contains(path.rsplit_once('/').map_or("", |(folder, _)| folder));
                unit.files = self.engine.go_facts(&module.package, &in_folder)?;
            }
            let id = self.push(unit);
            self.built.units.insert((project, node_id(index)), id);
        }
        Ok(())
    }

    /// One build has one version of each module: every unit sees all.
    fn link_go(&mut self, project: usize, graph: &ProjectGraph, names: &FxHashMap<String, usize>) {
        let dependency =
            |index: usize, units: &FxHashMap<(usize, NodeId), UnitId>| match units.get(&(project, node_id(index))) {
                Some(unit) => Dependency::Unit(*unit),
                None => Dependency::External(graph.packages[index].purl.to_string()),
            };
        let mut all: Vec<(String, Dependency)> =
            names.iter().map(|(name, index)| (name.clone(), dependency(*index, &self.built.units))).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let own = self.first_party.values().copied();
        let packages = self.built.units.iter().filter(|((of, _), _)| *of == project).map(|(_, unit)| *unit);
        let units: BTreeSet<UnitId> = own.chain(packages).collect();
        for unit in units {
            let dependencies = &mut self.built.program.units[unit.0 as usize].dependencies;
            if dependencies.is_empty() {
                dependencies.clone_from(&all);
            }
        }
    }
}

impl crate::Engine {
    /// Files of a module with their facts, for the paths that are wanted; those not known are parsed now.
    fn go_facts(&self, package: &Package, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<SourceFile>, EngineError> {
        let file = |path: &str, facts: &Arc<faultline_facts::Facts>| SourceFile {
            path: path.to_owned(),
            facts: Arc::clone(facts),
            test: false,
        };
        if !package.files.is_empty() {
            let kept = package.files.iter().filter(|(path, _)| wanted(path) && !path.ends_with("_test.go"));
            return Ok(kept.map(|(path, facts)| file(path, facts)).collect());
        }
        let rows: Vec<&FileRow> = go_files(package).filter(|row| wanted(&row.path)).collect();
        let facts = self.facts_of_package(&package.purl, &package.record, &rows)?;
        let known = rows.iter().zip(facts).filter_map(|(row, facts)| Some((row, Arc::new(facts?))));
        Ok(known.map(|(row, facts)| file(&row.path, &facts)).collect())
    }
}

/// Go files of a kept module that are built, tests left out.
fn go_files(package: &Package) -> impl Iterator<Item = &FileRow> {
    let rows = package.record.files.iter();
    rows.filter(|row| row.language == Some(faultline_facts::Language::Go) && !row.path.ends_with("_test.go"))
}

/// The path by which each module of a graph is imported.
fn module_names(graph: &ProjectGraph) -> FxHashMap<String, usize> {
    let mut names: FxHashMap<String, usize> = FxHashMap::default();
    for edge in &graph.edges {
        names.entry(import_name(graph, edge)).or_insert(edge.to.0 as usize);
    }
    for (index, node) in graph.packages.iter().enumerate() {
        let name = node.alias.clone().unwrap_or_else(|| node.purl.full_name());
        names.entry(name).or_insert(index);
    }
    names
}

/// The module with the longest path that an import path starts with, and the folder inside it.
fn module_of(path: &str, names: &FxHashMap<String, usize>) -> Option<(usize, String)> {
    let ends = path.rmatch_indices('/').map(|(at, _)| at);
    std::iter::once(path.len()).chain(ends).find_map(|at| {
        let module = names.get(&path[..at])?;
        Some((*module, path[at..].trim_start_matches('/').to_owned()))
    })
}

fn below<'p>(module: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(module)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}
