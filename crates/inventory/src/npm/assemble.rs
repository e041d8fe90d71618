//! From a lockfile to one project per importer, each with the part of the graph that it reaches.

use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Location, NodeId, PackageNode, Project, ProjectGraph, Purl, Reason, Relationship,
};

use super::lock::{Context, Dep, Importer, Lock, Missing, Package};

/// The projects of a lockfile. What no project reaches is kept with the root project.
pub fn projects(lock: &Lock, context: &Context) -> Vec<Project> {
    let reach: Vec<Vec<bool>> = lock.importers.iter().map(|i| reachable(lock, &i.deps)).collect();
    let leftover = leftover(lock, &reach);
    let mut projects = Vec::new();
    let empty = Importer { folder: context.folder.to_owned(), ..Importer::default() };
    let mut has_root = false;
    for (importer, mut kept) in lock.importers.iter().zip(reach) {
        let is_root = importer.folder == context.folder && !has_root;
        has_root |= is_root;
        if is_root {
            keep(&mut kept, &leftover);
        }
        projects.push(project(lock, context, importer, &kept, is_root));
    }
    if !has_root && (leftover.contains(&true) || projects.is_empty()) {
        projects.push(project(lock, context, &empty, &leftover, true));
    }
    projects
}

fn keep(kept: &mut [bool], more: &[bool]) {
    for (kept, more) in kept.iter_mut().zip(more) {
        *kept |= more;
    }
}

fn reachable(lock: &Lock, roots: &[Dep]) -> Vec<bool> {
    let mut seen = vec![false; lock.packages.len()];
    let mut stack: Vec<usize> = roots.iter().map(|d| d.to).collect();
    while let Some(index) = stack.pop() {
        if !std::mem::replace(&mut seen[index], true) {
            stack.extend(lock.packages[index].deps.iter().map(|d| d.to));
        }
    }
    seen
}

/// Packages that no importer reaches, except members of the workspace, which are projects themselves.
fn leftover(lock: &Lock, reach: &[Vec<bool>]) -> Vec<bool> {
    let is_member = |p: &Package| {
        p.path.as_ref().is_some_and(|path| lock.importers.iter().any(|importer| importer.folder == *path))
    };
    let packages = lock.packages.iter().enumerate();
    packages.map(|(index, p)| !reach.iter().any(|seen| seen[index]) && !is_member(p)).collect()
}

fn project(lock: &Lock, context: &Context, importer: &Importer, kept: &[bool], is_root: bool) -> Project {
    let manifest = context.manifests.get(&importer.folder);
    let mut graph = graph(lock, context, importer, kept);
    graph.finish();
    let mut reasons = Vec::new();
    let place = manifest.map_or(context.file, |m| m.file.as_str());
    reasons.extend(missing(&importer.missing, "lockfile_outdated", place));
    let of_packages: Vec<Missing> = if is_root { lock.missing.clone() } else { Vec::new() };
    reasons.extend(missing(&of_packages, "dependency_unresolved", context.file));
    reasons.extend(without_version(&graph));
    if is_root {
        reasons.extend(lock.gaps.iter().map(|(code, detail)| reason(code, detail.clone(), context.file, 0)));
    }
    let mut files: Vec<String> = manifest.map(|m| m.file.clone()).into_iter().collect();
    files.push(context.file.to_owned());
    Project {
        path: importer.folder.clone(),
        ecosystem: Ecosystem::Npm,
        name: manifest.and_then(|m| m.facts.name.clone()).or_else(|| importer.name.clone()),
        version: manifest.and_then(|m| m.facts.version.clone()).or_else(|| importer.version.clone()),
        files,
        complete: reasons.is_empty(),
        reasons,
        graph,
    }
}

fn graph(lock: &Lock, context: &Context, importer: &Importer, kept: &[bool]) -> ProjectGraph {
    let mut graph = ProjectGraph::default();
    let mut ids: Vec<Option<NodeId>> = vec![None; lock.packages.len()];
    for (index, package) in lock.packages.iter().enumerate().filter(|(index, _)| kept[*index]) {
        ids[index] = Some(graph.add(node(package, context.file)));
    }
    for (index, package) in lock.packages.iter().enumerate() {
        if let Some(id) = ids[index] {
            add_edges(&mut graph, EdgeFrom::Node(id), &package.deps, lock, &ids);
        }
    }
    add_edges(&mut graph, EdgeFrom::Root, &importer.deps, lock, &ids);
    if let Some(manifest) = context.manifests.get(&importer.folder) {
        for dep in importer.deps.iter().filter(|d| d.line > 0) {
            if let Some(id) = ids[dep.to] {
                let location = Location { file: manifest.file.clone(), line: dep.line };
                graph.packages[id.0 as usize].locations.push(location);
            }
        }
    }
    graph
}

fn add_edges(graph: &mut ProjectGraph, from: EdgeFrom, deps: &[Dep], lock: &Lock, ids: &[Option<NodeId>]) {
    for dep in deps {
        let Some(to) = ids[dep.to] else { continue };
        let name = (lock.packages[dep.to].name != dep.name).then(|| dep.name.clone());
        graph.edges.push(Edge { from, to, requirement: dep.requirement.clone(), scope: dep.scope, name });
    }
}

fn node(package: &Package, file: &str) -> PackageNode {
    let at = |line: &u32| Location { file: file.to_owned(), line: *line };
    PackageNode {
        id: package.id.clone(),
        purl: Purl::new(Ecosystem::Npm, &package.name, package.version.as_deref()),
        origin: package.origin,
        alias: package.alias.clone(),
        integrity: package.integrity.clone(),
        relationship: Relationship::Transitive,
        scope: package.flag,
        marker: package.marker.clone(),
        locations: package.lines.iter().map(at).collect(),
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
