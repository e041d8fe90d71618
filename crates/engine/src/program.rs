//! From projects and packages to the program that the solver gets.

use std::sync::Arc;

use faultline_exposure::Missing;
use faultline_package::{Ecosystem, Edge, EdgeFrom, NodeId, Origin, PackageNode, ProjectGraph};
use faultline_reach::{DeclaredEntry, Dependency, EntryKind, Program, SourceFile, Unit, UnitId};
use faultline_store::FileRow;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::checkout::Checkout;
use crate::fleet::Fleet;
use crate::onpath::{ClassId, classes, helpers, import_name, is_flat, on_path};
use crate::packages::{Installed, Package};
use crate::{Declared, Engine, EngineError};

/// The tree of first-party code; packages have one each after it.
const FIRST_PARTY_TREE: u32 = 0;

/// Which package code is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted<'a> {
    /// None.
    Nothing,
    /// Every package.
    All,
    /// Those on a dependency path to one of these, per project in the order of the program's projects.
    OnPath(&'a [Vec<NodeId>]),
    /// The same without what those packages use beside: enough to follow imports.
    Importers(&'a [Vec<NodeId>]),
}

/// A program, and what became of the packages.
#[derive(Default)]
pub(crate) struct Built {
    /// For the solver.
    pub program: Program,
    /// Per project and installed package its unit, when its code is loaded.
    pub units: FxHashMap<(usize, NodeId), UnitId>,
    /// Package versions whose source could not be had.
    pub missing: Vec<Missing>,
    /// Purl and identity of every package loaded, for keys of answers.
    pub loaded: Vec<(String, String)>,
    /// Source files that a unit lacks because they could not be read.
    pub unread: Vec<String>,
}

/// Everything that building needs.
pub(crate) struct Builder<'a> {
    pub engine: &'a Engine,
    pub checkout: &'a Checkout,
    pub installed: &'a Installed,
    pub fleet: &'a Fleet,
    pub(crate) built: Built,
    /// First-party unit of each project in the program.
    pub(crate) first_party: FxHashMap<usize, UnitId>,
    /// Go packages that are vulnerable, by import path; none when not known.
    pub go_paths: FxHashSet<String>,
}

impl<'a> Builder<'a> {
    /// Nothing yet.
    pub fn new(engine: &'a Engine, checkout: &'a Checkout, installed: &'a Installed, fleet: &'a Fleet) -> Builder<'a> {
        Builder {
            engine,
            checkout,
            installed,
            fleet,
            built: Built::default(),
            first_party: FxHashMap::default(),
            go_paths: FxHashSet::default(),
        }
    }

    /// The program of one project: its code, that of the projects it depends on by path, and packages.
    pub fn project(mut self, project: usize, wanted: Wanted) -> Result<Built, EngineError> {
        self.first_party_unit(project, false)?;
        for other in self.path_dependencies(project) {
            self.first_party_unit(other, true)?;
        }
        self.packages(project, wanted, 0)?;
        Ok(self.built)
    }

    /// The program of a whole checkout: every project, and source files that belong to none.
    pub fn everything(mut self, wanted: Wanted) -> Result<Built, EngineError> {
        let projects = self.checkout.inventory.projects.len();
        for project in 0..projects {
            self.first_party_unit(project, false)?;
        }
        for ecosystem in [Ecosystem::Npm, Ecosystem::PyPi, Ecosystem::Go, Ecosystem::Maven] {
            let used = (0..projects).any(|p| self.checkout.project(p).ecosystem == ecosystem && self.adopts_loose(p));
            let files = self.checkout.loose_sources(ecosystem);
            if !used && !files.is_empty() {
                self.add_unit(Unit::new("", ecosystem, FIRST_PARTY_TREE), &files)?;
            }
        }
        for project in 0..projects {
            self.packages(project, wanted, project)?;
        }
        self.jars();
        Ok(self.built)
    }

    /// Jars of the checkout that no dependency speaks of.
    fn jars(&mut self) {
        let first_tree = 1 + u32::try_from(self.built.program.units.len()).unwrap_or(u32::MAX - 1);
        let (units, unread) = self.engine.jars_of(self.checkout, first_tree);
        self.built.program.units.extend(units);
        self.built.unread.extend(unread);
    }

    fn adopts_loose(&self, project: usize) -> bool {
        let loose = self.checkout.loose_sources(self.checkout.project(project).ecosystem);
        !loose.is_empty() && self.checkout.sources_of(project).first().is_some_and(|f| f.path == loose[0].path)
    }

    /// Projects of the checkout that a project reaches through path and link dependencies.
    fn path_dependencies(&self, project: usize) -> Vec<usize> {
        let graph = &self.checkout.project(project).graph;
        let mut found: Vec<usize> = graph.packages.iter().filter_map(|node| self.local(node)).collect();
        found.sort_unstable();
        found.dedup();
        found.retain(|other| *other != project);
        found
    }

    /// The project of the checkout that a path dependency leads to.
    pub(crate) fn local(&self, node: &PackageNode) -> Option<usize> {
        let path = node.path.as_deref().filter(|_| matches!(node.origin, Origin::Path | Origin::Link))?;
        let ecosystem = node.purl.ecosystem();
        self.checkout.inventory.projects.iter().position(|p| p.path == path && p.ecosystem == ecosystem)
    }

    fn first_party_unit(&mut self, project: usize, linked: bool) -> Result<(), EngineError> {
        let data = self.checkout.project(project);
        let mut unit = Unit::new(data.path.clone(), data.ecosystem, FIRST_PARTY_TREE);
        unit.linked = linked;
        unit.root.clone_from(&data.path);
        unit.resources = self.resources(project);
        unit.entries = self.checkout.declared_for(project).map(declared_entry).collect();
        let files = self.checkout.sources_of(project);
        let id = self.add_unit(unit, &files)?;
        self.first_party.insert(project, id);
        Ok(())
    }

    /// Manifests below a project's folder.
    fn resources(&self, project: usize) -> Vec<(String, faultline_facts::Resource)> {
        let folder = &self.checkout.project(project).path;
        let all = &self.checkout.inventory.resources;
        all.iter().filter(|(path, _)| crate::paths::lies_in(path, folder)).cloned().collect()
    }

    fn add_unit(&mut self, mut unit: Unit, files: &[&FileRow]) -> Result<UnitId, EngineError> {
        let facts = self.engine.facts_of(self.checkout, files)?;
        for (file, facts) in files.iter().zip(facts) {
            match facts {
                Some(facts) => unit.files.push(SourceFile { path: file.path.clone(), facts, test: false }),
                None => self.built.unread.push(file.path.clone()),
            }
        }
        Ok(self.push(unit))
    }

    pub(crate) fn push(&mut self, unit: Unit) -> UnitId {
        self.built.program.units.push(unit);
        UnitId(u32::try_from(self.built.program.units.len() - 1).unwrap_or(u32::MAX))
    }

    /// Loads the packages wanted of a project's graph and links everything.
    fn packages(&mut self, project: usize, wanted: Wanted, order: usize) -> Result<(), EngineError> {
        if self.checkout.project(project).ecosystem == Ecosystem::Go {
            return self.go_packages(project, wanted, order);
        }
        let graph = &self.checkout.project(project).graph;
        let load = match wanted {
            Wanted::Nothing => vec![false; graph.packages.len()],
            Wanted::All => vec![true; graph.packages.len()],
            Wanted::OnPath(targets) | Wanted::Importers(targets) => {
                on_path(graph, targets.get(order).map_or(&[], Vec::as_slice))
            }
        };
        let helps = if matches!(wanted, Wanted::OnPath(_)) { helpers(graph, &load) } else { vec![false; load.len()] };
        let class = classes(graph);
        let mut chosen: Vec<(ClassId, usize)> = Vec::new();
        for (index, node) in graph.packages.iter().enumerate() {
            if let Some(unit) = self.local(node).and_then(|other| self.first_party.get(&other)) {
                self.built.units.insert((project, node_id(index)), *unit);
            } else if (load[index] || helps[index]) && !chosen.iter().any(|(known, _)| *known == class[index]) {
                chosen.push((class[index], index));
            }
        }
        let units = self.package_units(project, &chosen)?;
        for (index, class) in class.iter().enumerate() {
            if let Some(unit) = units.get(class).filter(|_| load[index] || helps[index]) {
                self.built.units.entry((project, node_id(index))).or_insert(*unit);
            }
        }
        self.link(project, graph);
        Ok(())
    }

    /// One unit per class of copies, in the order of the graph.
    fn package_units(
        &mut self,
        project: usize,
        chosen: &[(ClassId, usize)],
    ) -> Result<FxHashMap<ClassId, UnitId>, EngineError> {
        let project = self.checkout.project(project);
        let nodes: Vec<&PackageNode> = chosen.iter().map(|(_, index)| &project.graph.packages[*index]).collect();
        let obtained = self.engine.obtain_all(&nodes, &project.path, self.installed, self.fleet)?;
        let mut units = FxHashMap::default();
        for ((class, _), obtained) in chosen.iter().zip(obtained) {
            match obtained {
                Ok(package) => {
                    self.built.loaded.push((package.purl.to_string(), package.record.identity.clone()));
                    let unit = package_as_unit(&package, self.built.program.units.len());
                    units.insert(*class, self.push(unit));
                }
                Err(missing) => self.built.missing.push(missing),
            }
        }
        Ok(units)
    }

    /// Gives every unit of a project's graph its dependencies.
    fn link(&mut self, project: usize, graph: &ProjectGraph) {
        let outgoing = graph.outgoing();
        let flat = is_flat(graph);
        if let Some(unit) = self.first_party.get(&project).copied() {
            let edges: Vec<&Edge> = graph.edges.iter().filter(|e| e.from == EdgeFrom::Root).collect();
            self.depend(unit, project, graph, &edges);
        }
        for (index, edges) in outgoing.iter().enumerate() {
            if let Some(unit) = self.built.units.get(&(project, node_id(index))).copied() {
                let own = edges.iter().map(|e| &graph.edges[*e]);
                // Who needs whom is not said in a flat list: every package sees all of them.
                let edges: Vec<&Edge> = if flat { graph.edges.iter().collect() } else { own.collect() };
                self.depend(unit, project, graph, &edges);
            }
        }
    }

    fn depend(&mut self, unit: UnitId, project: usize, graph: &ProjectGraph, edges: &[&Edge]) {
        for edge in edges {
            let name = import_name(graph, edge);
            let dependency = match self.built.units.get(&(project, edge.to)) {
                Some(target) => Dependency::Unit(*target),
                None => Dependency::External(graph.package(edge.to).purl.to_string()),
            };
            let dependencies = &mut self.built.program.units[unit.0 as usize].dependencies;
            if !dependencies.iter().any(|(known, _)| *known == name) {
                dependencies.push((name, dependency));
            }
        }
    }
}

fn declared_entry(declared: &Declared) -> DeclaredEntry {
    DeclaredEntry {
        target: declared.target.clone(),
        kind: if declared.is_handler { EntryKind::Handler } else { EntryKind::Main },
        file: declared.file.clone(),
        line: declared.line,
    }
}

pub(crate) fn node_id(index: usize) -> NodeId {
    NodeId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// A package as a unit with a tree of its own.
fn package_as_unit(package: &Package, number: usize) -> Unit {
    let tree = 1 + u32::try_from(number).unwrap_or(u32::MAX - 1);
    let name = package.purl.to_string();
    let mut unit = Unit::new(name.clone(), package.purl.ecosystem(), tree);
    unit.package = Some(name);
    unit.resources.clone_from(&package.record.resources);
    let file = |(path, facts): &(String, Arc<faultline_facts::Facts>)| SourceFile {
        path: path.clone(),
        facts: Arc::clone(facts),
        test: false,
    };
    unit.files = package.files.iter().map(file).collect();
    unit
}
