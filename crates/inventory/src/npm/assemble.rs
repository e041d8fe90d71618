//! From a lockfile to one project per importer, each with the part of the graph that it reaches.

use std::collections::{HashMap, HashSet};

use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Location, NodeId, PackageNode, Project, ProjectGraph, Purl, Reason, Relationship,
};

use super::lock::{Context, Dep, Importer, Lock, Missing, Package};

/// Most packages that the projects of one lockfile hold together; what lies beyond is left out and said so.
const MAX_NODES: usize = 2_000_000;

/// The projects of a lockfile. What no project reaches is kept with the root project.
pub fn projects(lock: &Lock, context: &Context) -> Vec<Project> {
    let mut reach = Reach::new(lock);
    let mut left = MAX_NODES;
    let kept: Vec<Option<Vec<usize>>> = lock.importers.iter().map(|i| reach.of(&i.deps, &mut left)).collect();
    let mut leftover = Some(leftover(lock, &reach));
    let mut projects = Vec::new();
    for (importer, kept) in lock.importers.iter().zip(kept) {
        let root = if importer.folder == context.folder { leftover.take() } else { None };
        projects.push(project(lock, context, importer, kept, root));
    }
    if let Some(packages) = leftover.filter(|l| !l.is_empty() || projects.is_empty()) {
        let empty = Importer { folder: context.folder.to_owned(), ..Importer::default() };
        projects.push(project(lock, context, &empty, Some(Vec::new()), Some(packages)));
    }
    projects
}

/// Which packages are reached, counted in rounds so that nothing is cleared in between.
struct Reach<'a> {
    lock: &'a Lock,
    round: usize,
    seen: Vec<usize>,
}

impl<'a> Reach<'a> {
    fn new(lock: &'a Lock) -> Reach<'a> {
        Reach { lock, round: 0, seen: vec![0; lock.packages.len()] }
    }

    /// What these dependencies reach; none when that goes beyond what is left.
    fn of(&mut self, roots: &[Dep], left: &mut usize) -> Option<Vec<usize>> {
        self.round += 1;
        let mut found = Vec::new();
        let mut stack: Vec<usize> = roots.iter().map(|d| d.to).collect();
        while let Some(index) = stack.pop() {
            if std::mem::replace(&mut self.seen[index], self.round) != self.round {
                *left = left.checked_sub(1)?;
                found.push(index);
                stack.extend(self.lock.packages[index].deps.iter().map(|d| d.to));
            }
        }
        found.sort_unstable();
        Some(found)
    }
}

/// Packages that no importer reaches, except members of the workspace, which are projects themselves.
fn leftover(lock: &Lock, reach: &Reach) -> Vec<usize> {
    let members: HashSet<&str> = lock.importers.iter().map(|i| i.folder.as_str()).collect();
    let is_member = |p: &Package| p.path.as_deref().is_some_and(|path| members.contains(path));
    let packages = lock.packages.iter().enumerate();
    packages.filter(|(index, p)| reach.seen[*index] == 0 && !is_member(p)).map(|(index, _)| index).collect()
}

/// One project: `kept` is what it reaches, `leftover` what the root project takes besides.
fn project(
    lock: &Lock,
    context: &Context,
    importer: &Importer,
    kept: Option<Vec<usize>>,
    leftover: Option<Vec<usize>>,
) -> Project {
    let manifest = context.manifests.get(&importer.folder);
    let is_root = leftover.is_some();
    let too_large = kept.is_none();
    let kept: Vec<usize> = kept.into_iter().flatten().chain(leftover.into_iter().flatten()).collect();
    let mut graph = graph(lock, context, importer, &kept);
    graph.finish();
    let mut reasons = Vec::new();
    if too_large {
        let detail = format!("the projects of this lockfile hold more than {MAX_NODES} packages together");
        reasons.push(reason("too_large", detail, context.file, 0));
    }
    let place = manifest.map_or(context.file, |m| m.file.as_str());
    reasons.extend(missing(&importer.missing, "lockfile_outdated", place));
    reasons.extend(without_version(&graph));
    let unresolved: Vec<Missing> = kept.iter().flat_map(|index| lock.packages[*index].missing.clone()).collect();
    reasons.extend(missing(&unresolved, "dependency_unresolved", context.file));
    if is_root {
        reasons.extend(lock.gaps.iter().map(|(code, detail)| reason(code, detail.clone(), context.file, 0)));
    }
    let complete = reasons.is_empty();
    if is_root {
        let remarks = lock.remarks.iter();
        reasons.extend(remarks.map(|(code, detail, line)| reason(code, detail.clone(), context.file, *line)));
    }
    let mut files: Vec<String> = manifest.map(|m| m.file.clone()).into_iter().collect();
    files.push(context.file.to_owned());
    Project {
        path: importer.folder.clone(),
        ecosystem: Ecosystem::Npm,
        name: manifest.and_then(|m| m.facts.name.clone()).or_else(|| importer.name.clone()),
        version: manifest.and_then(|m| m.facts.version.clone()).or_else(|| importer.version.clone()),
        files,
        complete,
        reasons,
        graph,
    }
}

/// Packages of the lockfile to nodes of the graph.
type Ids = HashMap<usize, NodeId>;

fn graph(lock: &Lock, context: &Context, importer: &Importer, kept: &[usize]) -> ProjectGraph {
    let mut graph = ProjectGraph::default();
    let ids: Ids = kept.iter().map(|index| (*index, graph.add(node(&lock.packages[*index], context)))).collect();
    for index in kept {
        add_edges(&mut graph, EdgeFrom::Node(ids[index]), &lock.packages[*index].deps, lock, &ids);
    }
    add_edges(&mut graph, EdgeFrom::Root, &importer.deps, lock, &ids);
    if let Some(manifest) = context.manifests.get(&importer.folder) {
        for dep in importer.deps.iter().filter(|d| d.line > 0) {
            if let Some(id) = ids.get(&dep.to) {
                let location = Location { file: manifest.file.clone(), line: dep.line };
                graph.packages[id.0 as usize].locations.push(location);
            }
        }
    }
    graph
}

fn add_edges(graph: &mut ProjectGraph, from: EdgeFrom, deps: &[Dep], lock: &Lock, ids: &Ids) {
    for dep in deps {
        let Some(to) = ids.get(&dep.to).copied() else { continue };
        let name = (lock.packages[dep.to].name != dep.name).then(|| dep.name.clone());
        graph.edges.push(Edge { from, to, requirement: dep.requirement.clone(), scope: dep.scope, name });
    }
}

fn node(package: &Package, context: &Context) -> PackageNode {
    let at = |line: &u32| Location { file: context.file.to_owned(), line: *line };
    let mut locations: Vec<Location> = package.lines.iter().map(at).collect();
    let manifest = package.path.as_ref().and_then(|path| context.manifests.get(path));
    if let (true, Some(manifest)) = (locations.is_empty(), manifest) {
        locations.push(Location { file: manifest.file.clone(), line: 1 });
    }
    PackageNode {
        id: package.id.clone(),
        purl: Purl::new(Ecosystem::Npm, &package.name, package.version.as_deref()),
        origin: package.origin,
        alias: package.alias.clone(),
        integrity: package.integrity.clone(),
        relationship: Relationship::Transitive,
        scope: package.flag,
        marker: package.marker.clone(),
        locations,
        resolved: package.resolved.clone(),
        path: package.path.clone(),
    }
}

/// A reason with a place.
pub fn reason(code: &str, detail: String, file: &str, line: u32) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(Location { file: file.to_owned(), line }) }
}

/// One reason for all unresolved dependencies, naming the first ones.
fn missing(missing: &[Missing], code: &str, file: &str) -> Option<Reason> {
    const NAMED: usize = 3;
    let first = missing.first()?;
    let named: Vec<String> =
        missing.iter().take(NAMED).map(|m| format!("{} needs `{}` {}", m.dependent, m.name, m.requirement)).collect();
    let more = if missing.len() > NAMED { format!(" and {} more", missing.len() - NAMED) } else { String::new() };
    let detail =
        format!("the lockfile does not hold what is needed: {}{more}; install again to update it", named.join(", "));
    Some(reason(code, detail, file, first.line))
}

/// One reason for registry packages whose version the lockfile does not state.
fn without_version(graph: &ProjectGraph) -> Option<Reason> {
    let unknown = |p: &&PackageNode| p.origin == faultline_package::Origin::Registry && p.purl.version().is_none();
    let first = graph.packages.iter().find(unknown)?;
    let count = graph.packages.iter().filter(unknown).count();
    let detail = format!("{count} registry packages have no version in the lockfile, the first is `{}`", first.id);
    let location = first.locations.first().cloned();
    Some(Reason { code: "version_unknown".to_owned(), detail, location })
}
