//! From what the files of one folder say to a project with its graph.

use std::collections::{HashMap, HashSet};

use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Location, NodeId, Origin, PackageNode, Project, ProjectGraph, Purl, Reason,
    Relationship, Scope,
};

use super::{Listed, Need, Package};

/// Reasons of one code that are told one by one; more are counted.
const MOST_REASONS: usize = 10;

/// The files of one project, as read.
pub(crate) struct Parts {
    /// Folder relative to the repository.
    pub path: String,
    /// Ecosystem.
    pub ecosystem: Ecosystem,
    /// Lockfile or other resolved list: its path and what it says.
    pub lock: Option<(String, Listed)>,
    /// Manifests in order of precedence.
    pub manifests: Vec<(String, Listed)>,
    /// Files that could not be read, and remarks that are known already.
    pub reasons: Vec<Reason>,
    /// Every file that belongs to the project.
    pub files: Vec<String>,
}

/// Codes that leave a graph complete.
const REMARKS: [&str; 3] = ["lockfile_ignored", "duplicate_key", "not_activated"];

/// The project.
pub(crate) fn project(mut parts: Parts) -> Project {
    let listed = parts.lock.iter_mut().map(|(_, l)| l).chain(parts.manifests.iter_mut().map(|(_, m)| m));
    listed.for_each(|listed| without_bad_names(parts.ecosystem, listed));
    let mut graph = Graph::new(parts.ecosystem);
    let mut reasons = parts.reasons;
    if let Some((file, lock)) = &parts.lock {
        graph.add_all(file, &lock.packages);
        graph.connect(file, &lock.packages, &mut reasons);
        told(file, lock, &mut reasons);
    }
    let locked = parts.lock.is_some();
    let stated = parts.lock.as_ref().and_then(|(file, lock)| Some((file, lock.direct.as_ref()?)));
    if let Some((file, direct)) = stated {
        graph.direct(file, direct, &mut reasons);
    }
    for (file, manifest) in &parts.manifests {
        told(file, manifest, &mut reasons);
        graph.manifest(file, manifest, locked, stated.is_some(), &mut reasons);
    }
    let declared = parts.manifests.iter().any(|(_, m)| m.direct.is_some());
    if let Some((file, _)) = parts.lock.as_ref().filter(|_| stated.is_none() && !declared) {
        graph.infer_direct();
        reasons.push(no_manifest(file));
    }
    let mut graph = graph.built;
    for package in &mut graph.packages {
        package.locations.sort();
        package.locations.dedup();
    }
    graph.finish();
    reasons.extend(unversioned(&graph, &parts.files, locked));
    let reasons = shortened(reasons);
    let mut said = parts.manifests.iter().map(|(_, m)| m).chain(parts.lock.iter().map(|(_, l)| l));
    let mut files = parts.files;
    files.sort();
    files.dedup();
    Project {
        path: parts.path,
        ecosystem: parts.ecosystem,
        name: said.clone().find_map(|m| m.name.clone()),
        version: said.find_map(|m| m.version.clone()),
        files,
        complete: reasons.iter().all(|r| REMARKS.contains(&r.code.as_str())),
        reasons,
        graph,
    }
}

/// Leaves out packages whose name no package URL can hold: they could not be kept.
fn without_bad_names(ecosystem: Ecosystem, listed: &mut Listed) {
    let faults = &mut listed.faults;
    listed.packages.retain(|package| {
        let purl = Purl::new(ecosystem, &package.name, package.version.as_deref());
        let good = Purl::parse(&purl.to_string()).is_ok_and(|read| read == purl);
        if !good {
            let name: String = package.name.chars().take(80).collect();
            faults.push((package.line, format!("`{name}` is no name of a package; correct it or regenerate the file")));
        }
        good
    });
}

fn no_manifest(file: &str) -> Reason {
    let detail = "nothing says what the project needs itself: packages that no other one requires are taken as direct";
    reason("no_manifest", detail, file, 0)
}

pub(super) fn reason(code: &str, detail: impl Into<String>, file: &str, line: u32) -> Reason {
    let location = Some(Location { file: file.to_owned(), line });
    Reason { code: code.to_owned(), detail: detail.into(), location }
}

/// What a file says about itself.
fn told(file: &str, listed: &Listed, reasons: &mut Vec<Reason>) {
    let faults = listed.faults.iter().map(|(line, why)| reason("entries_skipped", why.clone(), file, *line));
    reasons.extend(faults);
    let others = listed.gaps.iter().chain(&listed.remarks);
    reasons.extend(others.map(|(code, line, detail)| reason(code, detail.clone(), file, *line)));
}

/// Registry packages without a version make a project incomplete.
fn unversioned(graph: &ProjectGraph, files: &[String], locked: bool) -> Option<Reason> {
    let count = graph.packages.iter().filter(|p| p.purl.version().is_none() && p.origin == Origin::Registry).count();
    let file = files.first()?;
    if locked && count == 0 {
        return None;
    }
    if locked {
        let detail = format!("the versions of {count} packages are not known");
        return Some(reason("version_unknown", detail, file, 0));
    }
    let detail = "no lockfile stands beside it: only what it names itself is known";
    (!graph.packages.is_empty()).then(|| reason("no_lockfile", detail, file, 0))
}

/// At most ten reasons of one code and file; the rest is counted.
fn shortened(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort();
    reasons.dedup();
    let mut counts: HashMap<(String, String), usize> = HashMap::new();
    let file_of = |r: &Reason| r.location.as_ref().map_or_else(String::new, |l| l.file.clone());
    reasons.retain(|r| {
        let count = counts.entry((r.code.clone(), file_of(r))).or_default();
        *count += 1;
        *count <= MOST_REASONS
    });
    for ((code, file), count) in counts.into_iter().filter(|(_, count)| *count > MOST_REASONS) {
        reasons.push(reason(&code, format!("{} more of the same in this file", count - MOST_REASONS), &file, 0));
    }
    reasons.sort();
    reasons
}

/// A graph in the making.
struct Graph {
    ecosystem: Ecosystem,
    built: ProjectGraph,
    /// Package by purl and address.
    known: HashMap<(Purl, Option<String>), NodeId>,
    ids: HashSet<String>,
    /// Package by the key of the file that is read.
    by_key: HashMap<String, NodeId>,
    by_name: HashMap<String, NodeId>,
}

impl Graph {
    fn new(ecosystem: Ecosystem) -> Graph {
        Graph {
            ecosystem,
            built: ProjectGraph::default(),
            known: HashMap::new(),
            ids: HashSet::new(),
            by_key: HashMap::new(),
            by_name: HashMap::new(),
        }
    }

    fn add_all(&mut self, file: &str, packages: &[Package]) {
        for package in packages {
            let id = self.add(file, package);
            self.by_key.entry(package.key.clone()).or_insert(id);
            self.by_name.entry(super::folded(self.ecosystem, &package.name)).or_insert(id);
        }
    }

    /// The node of a package; one that stands twice is one with both places.
    fn add(&mut self, file: &str, package: &Package) -> NodeId {
        let purl = Purl::new(self.ecosystem, &package.name, package.version.as_deref());
        let address = package.resolved.clone().filter(|_| package.origin != Origin::Registry);
        let file = package.file.as_deref().unwrap_or(file);
        let location = Location { file: file.to_owned(), line: package.line };
        let key = (purl.clone(), address);
        if let Some(id) = self.known.get(&key).copied() {
            let node = &mut self.built.packages[id.0 as usize];
            node.scope = node.scope.min(package.scope);
            node.locations.push(location);
            return id;
        }
        let fresh = self.fresh_id(&purl);
        let id = self.built.add(PackageNode {
            id: fresh,
            purl,
            origin: package.origin,
            alias: package.alias.clone(),
            integrity: package.integrity.clone(),
            relationship: Relationship::Transitive,
            scope: package.scope,
            marker: package.marker.clone(),
            locations: vec![location],
            resolved: package.resolved.clone(),
            path: package.path.clone(),
        });
        self.known.insert(key, id);
        id
    }

    fn fresh_id(&mut self, purl: &Purl) -> String {
        let id = purl.to_string();
        let mut unique = id.clone();
        let mut count = 2;
        while !self.ids.insert(unique.clone()) {
            unique = format!("{id}#{count}");
            count += 1;
        }
        unique
    }

    /// Edges between the packages of a lockfile.
    fn connect(&mut self, file: &str, packages: &[Package], reasons: &mut Vec<Reason>) {
        for package in packages {
            let Some(from) = self.by_key.get(&package.key).copied() else { continue };
            for need in &package.needs {
                match self.find(&need.key) {
                    Some(to) if to != from => self.edge(EdgeFrom::Node(from), to, need),
                    Some(_) => {}
                    None if need.optional => {}
                    None => {
                        let detail = format!(
                            "`{}` requires `{}`, which the lockfile does not hold; regenerate it",
                            package.name, need.key
                        );
                        reasons.push(reason("dependency_unresolved", detail, file, need.line.max(package.line)));
                    }
                }
            }
        }
    }

    fn find(&self, key: &str) -> Option<NodeId> {
        self.by_key.get(key).or_else(|| self.by_name.get(key)).copied()
    }

    fn edge(&mut self, from: EdgeFrom, to: NodeId, need: &Need) {
        let scope = need.scope.unwrap_or(Scope::Runtime);
        let name = need.name.clone().or_else(|| self.built.package(to).alias.clone());
        self.built.edges.push(Edge { from, to, requirement: need.requirement.clone(), scope, name });
    }

    /// What a lockfile calls direct.
    fn direct(&mut self, file: &str, direct: &[Need], reasons: &mut Vec<Reason>) {
        for need in direct {
            match self.find(&need.key) {
                Some(to) => self.edge(EdgeFrom::Root, to, need),
                None if need.optional => {}
                None => {
                    let detail = format!("`{}` is required, but the lockfile does not hold it", need.key);
                    reasons.push(reason("dependency_unresolved", detail, file, need.line));
                }
            }
        }
    }

    /// What a manifest declares: edges to what the lockfile holds, else packages of its own.
    fn manifest(&mut self, file: &str, manifest: &Listed, locked: bool, stated: bool, reasons: &mut Vec<Reason>) {
        let root = self.built.edges.iter().filter(|e| e.from == EdgeFrom::Root);
        let direct: HashSet<NodeId> = root.map(|e| e.to).collect();
        let packages: HashMap<&str, &Package> = manifest.packages.iter().map(|p| (p.key.as_str(), p)).collect();
        for need in manifest.direct.iter().flatten() {
            let declared = packages.get(need.key.as_str());
            let name = declared.map_or_else(|| need.key.clone(), |p| super::folded(self.ecosystem, &p.name));
            let location = Location { file: file.to_owned(), line: need.line };
            if let Some(to) = self.find(&need.key).or_else(|| self.find(&name)) {
                let locations = &mut self.built.packages[to.0 as usize].locations;
                locations.extend(Some(location).filter(|l| l.line > 0));
                if !stated || !direct.contains(&to) {
                    self.edge(EdgeFrom::Root, to, need);
                }
                continue;
            }
            let Some(package) = declared.filter(|_| !need.optional || !locked) else { continue };
            let to = self.add(file, package);
            self.by_name.entry(name).or_insert(to);
            self.edge(EdgeFrom::Root, to, need);
            if locked {
                let detail =
                    format!("`{}` is declared, but the lockfile does not hold it; regenerate it", package.name);
                reasons.push(reason("lockfile_outdated", detail, file, need.line));
            }
        }
    }

    /// Where nothing says what is direct: what no other package requires must be.
    fn infer_direct(&mut self) {
        let mut required = vec![false; self.built.packages.len()];
        for edge in &self.built.edges {
            required[edge.to.0 as usize] = true;
        }
        for (index, _) in required.iter().enumerate().filter(|(_, required)| !**required) {
            let to = NodeId(u32::try_from(index).unwrap_or(u32::MAX));
            let scope = Some(self.built.package(to).scope);
            self.edge(EdgeFrom::Root, to, &Need { scope, ..Need::default() });
        }
    }
}
