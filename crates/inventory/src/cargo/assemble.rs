//! From a workspace and its lockfile to one project per member.

use std::collections::{HashMap, HashSet};

use faultline_package::{Ecosystem, Location, Reason, Scope};

use super::features::{Active, Known, activate};
use super::lockfile::{self, Lock};
use super::manifest::{Dependency, Manifest};
use super::matching::{find, find_anywhere, known};
use crate::listing::{Listed, Need, Package, Parts, hash, project};
use crate::text::{folder, join};
use crate::{Incomplete, Inventory, Tree};

/// A lockfile and who it is for.
pub(super) struct Locked<'a> {
    /// Its path.
    pub file: &'a str,
    /// What it says.
    pub lock: Lock,
    /// The manifests of the workspace.
    pub members: Vec<&'a Manifest>,
    /// Manifests of vendored packages by name and version.
    pub vendored: &'a HashMap<(String, String), &'a Manifest>,
}

/// Most packages that the projects of one lockfile hold together; what lies beyond is left out and said so.
const MAX_NODES: usize = 2_000_000;

/// Reads a lockfile; `None` when nothing of it could be read.
pub(super) fn read_lock(tree: &Tree, file: &str, out: &mut Inventory) -> Option<Lock> {
    let text = match tree.text(file) {
        Ok(text) => text,
        Err(incomplete) => {
            out.incomplete.push(incomplete);
            return None;
        }
    };
    let lock = lockfile::parse(&text);
    if let Some((line, why)) = lock.faults.first() {
        out.incomplete.push(Incomplete { file: file.to_owned(), line: *line, why: why.clone() });
    }
    (!lock.packages.is_empty() || lock.faults.is_empty()).then_some(lock)
}

fn reason(code: &str, file: &str, line: u32, detail: String) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(Location { file: file.to_owned(), line }) }
}

fn parts(path: &str, manifest: Option<&Manifest>, lock: Option<&str>) -> Parts {
    let mut files: Vec<String> = manifest.map(|m| m.file.clone()).into_iter().collect();
    files.extend(lock.map(str::to_owned));
    let faults = manifest.map_or(&[][..], |m| &m.faults);
    let told = |(line, why): &(u32, String)| {
        reason("entries_skipped", manifest.map_or("", |m| m.file.as_str()), *line, why.clone())
    };
    Parts {
        path: path.to_owned(),
        ecosystem: Ecosystem::Cargo,
        lock: None,
        manifests: Vec::new(),
        reasons: faults.iter().map(told).collect(),
        files,
    }
}

/// One project per member; what no member leads to stays with the first.
pub(super) fn projects(locked: &Locked, out: &mut Inventory) {
    let known = known(&locked.lock, &locked.members, locked.vendored);
    let mut seen = vec![false; locked.lock.packages.len()];
    let mut left = MAX_NODES;
    let first = out.projects.len();
    let mut whole = Vec::new();
    for manifest in locked.members.iter().filter(|m| m.name.is_some()) {
        let listed = member(locked, &known, manifest, &mut seen, &mut left);
        whole.push((*manifest, listed));
    }
    for index in known.keys().filter(|index| locked.lock.packages[**index].source.is_none()) {
        seen[*index] = true;
    }
    let rest: Vec<usize> = (0..seen.len()).filter(|index| !seen[*index]).collect();
    let home = folder(locked.file);
    let keeper = whole.iter().position(|(m, _)| m.folder() == home).or((!whole.is_empty()).then_some(0));
    match keeper {
        Some(keeper) => whole[keeper].1.add_rest(locked, &known, &rest),
        None => alone(locked, &known, &rest, out),
    }
    for (manifest, member) in whole {
        let mut parts = parts(manifest.folder(), Some(manifest), Some(locked.file));
        parts.lock = Some((locked.file.to_owned(), member.listed));
        parts.manifests.push((manifest.file.clone(), member.own));
        out.projects.push(project(parts));
    }
    for project in &mut out.projects[first..] {
        let faults = locked.lock.faults.iter();
        project.reasons.extend(faults.map(|(line, why)| reason("entries_skipped", locked.file, *line, why.clone())));
        project.complete &= locked.lock.faults.is_empty();
    }
}

/// What one member leads to.
struct Member {
    listed: Listed,
    /// Name, version, and the places of direct dependencies.
    own: Listed,
}

impl Member {
    fn add_rest(&mut self, locked: &Locked, known: &Known, rest: &[usize]) {
        for index in rest {
            self.listed.packages.push(package(locked, known, *index, None, Scope::Optional));
        }
        not_activated(locked, rest, "no project of the workspace leads to", &mut self.listed);
    }
}

fn not_activated(locked: &Locked, packages: &[usize], what: &str, listed: &mut Listed) {
    const SHOWN: usize = 5;
    if packages.is_empty() {
        return;
    }
    let names = packages.iter().take(SHOWN).map(|index| {
        let package = &locked.lock.packages[*index];
        format!("{} {}", package.name, package.version)
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let more = if packages.len() > SHOWN { ", …" } else { "" };
    let detail =
        format!("{what} {} packages of the lockfile ({names}{more}): they have the scope optional", packages.len());
    listed.remarks.push(("not_activated", 0, detail));
}

fn member(locked: &Locked, known: &Known, manifest: &Manifest, seen: &mut [bool], left: &mut usize) -> Member {
    let lock = &locked.lock;
    let root = known.iter().find(|(_, m)| m.file == manifest.file).map(|(index, _)| *index);
    let mut listed = Listed { gaps: lock.gaps.clone(), ..Listed::default() };
    let active = root.map(|root| activate(lock, known, root));
    let mut own = Listed::default();
    let direct = direct(lock, root, manifest, active.as_ref(), (&mut listed, &mut own));
    let mut stack: Vec<usize> = direct.iter().filter_map(|(_, to)| *to).collect();
    let mut reached = HashSet::new();
    let mut order = Vec::new();
    while let Some(index) = stack.pop() {
        if Some(index) == root || !reached.insert(index) {
            continue;
        }
        let Some(rest) = left.checked_sub(1) else {
            let detail = format!("the projects of this lockfile hold more than {MAX_NODES} packages together");
            listed.gaps.push(("too_large", 0, detail));
            break;
        };
        *left = rest;
        seen[index] = true;
        order.push(index);
        stack.extend(dependencies(lock, known, index));
    }
    order.sort_unstable();
    let inactive: Vec<usize> =
        order.iter().copied().filter(|i| active.as_ref().is_some_and(|a| !a.packages.contains(i))).collect();
    not_activated(locked, &inactive, "no default feature and no target turns on", &mut listed);
    let own_key = root.map(|root| root.to_string());
    for index in order {
        let mut package = package(locked, known, index, active.as_ref(), Scope::Optional);
        // Tests of a dependency may lead back to the project.
        package.needs.retain(|need| Some(&need.key) != own_key.as_ref());
        listed.packages.push(package);
    }
    mark(&direct, &mut listed);
    listed.direct = Some(direct.into_iter().filter(|(_, to)| to.is_some()).map(|(need, _)| need).collect());
    let own = Listed { gaps: own.gaps, ..places(manifest, &listed) };
    Member { listed, own }
}

/// The conditions under which direct dependencies hold.
fn mark(direct: &[(Need, Option<usize>)], listed: &mut Listed) {
    let mut markers: HashMap<&str, Option<&str>> = HashMap::new();
    for (need, _) in direct {
        let target = need.marker.as_deref();
        let entry = markers.entry(&need.key).or_insert(target);
        *entry = entry.filter(|known| Some(*known) == target);
    }
    for package in &mut listed.packages {
        package.marker = markers.get(package.key.as_str()).copied().flatten().map(str::to_owned);
    }
}

/// Places of direct dependencies in the manifest, and what the project is called.
fn places(manifest: &Manifest, listed: &Listed) -> Listed {
    let needs = listed.direct.iter().flatten().cloned().collect();
    Listed { name: manifest.name.clone(), version: manifest.version.clone(), direct: Some(needs), ..Listed::default() }
}

/// What a member depends on itself: the edge, and the package when the lockfile holds it.
fn direct(
    lock: &Lock,
    root: Option<usize>,
    manifest: &Manifest,
    active: Option<&Active>,
    (listed, own): (&mut Listed, &mut Listed),
) -> Vec<(Need, Option<usize>)> {
    let mut out = Vec::new();
    for (at, dependency) in manifest.dependencies.iter().enumerate() {
        let to = match root {
            Some(root) => find(lock, root, dependency),
            None => find_anywhere(lock, dependency),
        };
        // A package may depend on itself for its tests.
        if to.is_some() && to == root {
            continue;
        }
        if to.is_none() {
            let detail = format!(
                "`{}` is declared, but Cargo.lock does not hold it; run `cargo update -w`",
                dependency.package()
            );
            own.gaps.push(("lockfile_outdated", dependency.line, detail));
        }
        let on = root.zip(active).is_none_or(|(root, active)| active.edges.contains(&(root, at)));
        out.push((need(dependency, to, on), to));
    }
    if let Some(root) = root {
        for missing in &lock.packages[root].missing {
            let detail =
                format!("`{missing}` is required by the project, but Cargo.lock does not hold it; regenerate it");
            listed.gaps.push(("dependency_unresolved", lock.packages[root].line, detail));
        }
    }
    out
}

fn need(dependency: &Dependency, to: Option<usize>, on: bool) -> Need {
    Need {
        key: to.map_or_else(|| dependency.package().to_owned(), |to| to.to_string()),
        requirement: dependency.requirement.clone(),
        scope: Some(if on { dependency.scope() } else { Scope::Optional }),
        line: dependency.line,
        name: dependency.package.as_ref().map(|_| dependency.name.clone()),
        marker: dependency.target.clone(),
        ..Need::default()
    }
}

/// A package of the lockfile with its edges.
fn package(locked: &Locked, known: &Known, index: usize, active: Option<&Active>, scope: Scope) -> Package {
    let lock = &locked.lock;
    let entry = &lock.packages[index];
    let manifest = known.get(&index).copied();
    let needs = match manifest {
        Some(_) => known_needs(lock, known, index, active),
        None => entry.dependencies.iter().map(|to| Need::of(&to.to_string())).collect(),
    };
    let missing = entry.missing.iter().map(|name| Need { line: entry.line, ..Need::of(name) });
    Package {
        key: index.to_string(),
        origin: entry.origin(),
        integrity: entry.checksum.as_deref().and_then(hash).into_iter().collect(),
        resolved: entry.source.clone(),
        path: manifest.filter(|_| entry.source.is_none()).map(|m| m.folder().to_owned()),
        needs: needs.into_iter().chain(missing).collect(),
        scope,
        ..Package::new(&entry.name, Some(&entry.version), entry.line)
    }
}

/// What a package leads to: all that the lockfile says but what only its own tests need.
fn dependencies(lock: &Lock, known: &Known, index: usize) -> Vec<usize> {
    let all = &lock.packages[index].dependencies;
    let Some(manifest) = known.get(&index) else { return all.clone() };
    let of = |is_dev: bool| {
        let wanted = manifest.dependencies.iter().filter(move |d| (d.scope() == Scope::Dev) == is_dev);
        wanted.filter_map(|d| find(lock, index, d)).collect::<HashSet<usize>>()
    };
    let (needed, of_tests) = (of(false), of(true));
    all.iter().copied().filter(|to| needed.contains(to) || !of_tests.contains(to)).collect()
}

/// Edges of a package whose manifest is known: with requirement, scope and the name that its code uses.
fn known_needs(lock: &Lock, known: &Known, index: usize, active: Option<&Active>) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut named = HashSet::new();
    let stated = known.get(&index).map_or(&[][..], |manifest| &manifest.dependencies);
    for (at, dependency) in stated.iter().enumerate().filter(|(_, d)| d.scope() != Scope::Dev) {
        let Some(to) = find(lock, index, dependency) else { continue };
        named.insert(to);
        let on = active.is_none_or(|active| active.edges.contains(&(index, at)));
        needs.push(Need { line: 0, ..need(dependency, Some(to), on) });
    }
    let others = dependencies(lock, known, index).into_iter().filter(|to| !named.contains(to));
    needs.extend(others.map(|to| Need::of(&to.to_string())));
    needs
}

/// A lockfile without manifests: the folders in it that nothing depends on are what it is for.
fn alone(locked: &Locked, known: &Known, rest: &[usize], out: &mut Inventory) {
    let lock = &locked.lock;
    let mut required = vec![false; lock.packages.len()];
    for (index, package) in lock.packages.iter().enumerate() {
        for to in package.dependencies.iter().filter(|to| **to != index) {
            required[*to] = true;
        }
    }
    let tops: Vec<usize> =
        rest.iter().copied().filter(|i| !required[*i] && lock.packages[*i].source.is_none()).collect();
    let mut listed = Listed { gaps: lock.gaps.clone(), ..Listed::default() };
    let own = if let [own] = tops.as_slice() { Some(*own) } else { None };
    for index in rest.iter().filter(|index| Some(**index) != own) {
        listed.packages.push(package(locked, known, *index, None, Scope::Runtime));
    }
    if let Some(own) = own {
        let entry = &lock.packages[own];
        listed.name = Some(entry.name.clone());
        listed.version = Some(entry.version.clone());
        let missing = entry.missing.iter().map(|name| Need { line: entry.line, ..Need::of(name) });
        listed.direct = Some(entry.dependencies.iter().map(|to| Need::of(&to.to_string())).chain(missing).collect());
    } else if !tops.is_empty() {
        listed.direct = Some(tops.iter().map(|to| Need::of(&to.to_string())).collect());
    }
    if listed.direct.is_some() {
        let detail = "no Cargo.toml stands beside the lockfile: scopes and features are not known";
        listed.gaps.push(("no_manifest", 0, detail.to_owned()));
    }
    let mut parts = parts(folder(locked.file), None, Some(locked.file));
    parts.lock = Some((locked.file.to_owned(), listed));
    out.projects.push(project(parts));
}

/// Projects whose lockfile is absent or could not be read.
pub(super) fn without_lock(members: &[&Manifest], lock: Option<&str>, out: &mut Inventory) {
    let broken = lock.map(|file| {
        let why = out.incomplete.iter().rev().find(|i| i.file == file);
        let (line, why) = why.map_or((0, String::new()), |i| (i.line, i.why.clone()));
        reason("unreadable", file, line, why)
    });
    let mut named = 0;
    for manifest in members.iter().filter(|m| m.name.is_some() || !m.dependencies.is_empty() || !m.faults.is_empty()) {
        named += 1;
        let mut parts = parts(manifest.folder(), Some(manifest), lock);
        parts.reasons.extend(broken.clone());
        parts.manifests.push((manifest.file.clone(), declared(manifest)));
        out.projects.push(project(parts));
    }
    if let Some(file) = lock.filter(|_| named == 0) {
        let mut parts = parts(folder(file), None, lock);
        parts.reasons.extend(broken);
        out.projects.push(project(parts));
    }
}

/// What a manifest declares; only an exact requirement is a version.
fn declared(manifest: &Manifest) -> Listed {
    let mut listed = Listed {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        direct: Some(Vec::new()),
        ..Listed::default()
    };
    for dependency in &manifest.dependencies {
        let exact = dependency.requirement.trim().strip_prefix('=').map(str::trim);
        let exact = exact.filter(|v| v.split('.').count() > 2 && !v.contains([',', '*']));
        let mut package = Package::new(dependency.package(), exact, dependency.line);
        if let Some(path) = &dependency.path {
            package.origin = faultline_package::Origin::Path;
            package.path = join(manifest.folder(), path);
        } else if let Some(git) = &dependency.git {
            package.origin = faultline_package::Origin::Git;
            package.resolved = Some(git.clone());
        }
        package.marker.clone_from(&dependency.target);
        let on = !dependency.optional || manifest.features.get("default").is_some_and(|d| d.contains(&dependency.name));
        package.scope = if on { dependency.scope() } else { Scope::Optional };
        let name = dependency.package.as_ref().map(|_| dependency.name.clone());
        let need = Need::stated(&package.key, &dependency.requirement, package.scope, dependency.line);
        listed.direct.get_or_insert_default().push(Need { name, ..need });
        listed.packages.push(package);
    }
    listed
}
