//! Joins the manifests, lockfiles and requirement files of one folder into a project.

use std::collections::HashMap;

use faultline_package::{Ecosystem, EdgeFrom, NodeId, Origin, Project, Scope};

use super::builder::{Builder, Stated};
use super::lock::{Lock, purl};
use super::manifest::{Declared, Manifest};
use super::problems::Problems;
use super::reasons;
use super::requirement::accepts;
use super::requirements::{Item, Requirements, Via};
use super::walk::{self, Start, Walk};

/// A lockfile as one project sees it.
pub(super) struct View<'v> {
    /// The lockfile.
    pub lock: &'v Lock,
    /// The project's own package in it.
    pub root: Option<u32>,
    /// True when the project also takes packages that no project of the lockfile leads to.
    pub takes_rest: bool,
}

/// Everything known about one folder.
pub(super) struct Parts<'v> {
    /// Folder relative to the repository.
    pub path: &'v str,
    /// What the manifests say together.
    pub manifest: Manifest,
    /// Lockfiles, in order of precedence.
    pub views: Vec<View<'v>>,
    /// Requirement files.
    pub requirements: Requirements,
    /// Files read.
    pub files: Vec<String>,
}

/// Builds the project.
pub(super) fn project(parts: Parts, problems: &mut Problems) -> Project {
    let mut builder = Builder::default();
    for view in &parts.views {
        lockfile(view, &parts.manifest, &mut builder);
    }
    let locked = builder.len();
    let differing = requirement_items(&parts.requirements, !parts.views.is_empty(), &mut builder);
    for declared in &parts.manifest.declared {
        declare(declared, locked, &mut builder);
    }
    for item in parts.requirements.items.iter().filter(|item| !is_resolved(item)) {
        declare(&item.declared, locked, &mut builder);
    }
    let unversioned = reasons::unversioned(&builder);
    let mut found = problems.take_reasons();
    found.extend(problems.incomplete.iter().map(reasons::unreadable));
    found.extend(reasons::completeness(&parts, &unversioned, differing));
    let mut files = parts.files;
    files.extend(parts.requirements.files);
    files.sort();
    files.dedup();
    found.sort();
    found.dedup();
    Project {
        path: parts.path.to_owned(),
        ecosystem: Ecosystem::PyPi,
        name: parts.manifest.python.name,
        version: parts.manifest.python.version,
        files,
        complete: found.iter().all(|reason| reasons::REMARKS.contains(&reason.code.as_str())),
        reasons: found,
        graph: builder.finish(),
    }
}

/// Walks one lockfile from what it and the manifests call direct.
fn lockfile(view: &View, manifest: &Manifest, builder: &mut Builder) {
    let lock = view.lock;
    let mut walk = Walk::new(lock, view.root, builder);
    let root = view.root.filter(|_| lock.has_direct);
    let mut starts = root.map(|root| walk::starts_of_root(lock, root)).unwrap_or_default();
    if root.is_none() {
        starts.extend(manifest.declared.iter().flat_map(|declared| starts_of(lock, declared)));
    }
    let is_workspace = lock.has_direct && !lock.roots.is_empty();
    let known = root.is_some() || manifest.is_project || is_workspace;
    if !known {
        starts = walk::starts_of_tops(lock, view.root);
    }
    walk.follow(&starts);
    if !known {
        follow_cycles(&mut walk, lock);
    }
    if root.is_none() {
        walk.follow_unasked_extras();
    }
    if view.takes_rest {
        let taken = lock.taken_by_others(view.root);
        walk.take_rest(|index| !taken[index as usize]);
    }
}

/// Packages of cycles that nothing else needs: the first of each counts as direct.
fn follow_cycles(walk: &mut Walk, lock: &Lock) {
    for index in 0..lock.packages.len() as u32 {
        if !walk.reached(index) {
            walk.follow(&[walk::top(lock, index)]);
        }
    }
}

fn starts_of(lock: &Lock, declared: &Declared) -> Vec<Start> {
    let to = lock.matching(&declared.name, &declared.requirement);
    to.into_iter()
        .map(|to| Start {
            to,
            scope: declared.scope,
            extras: declared.extras.clone(),
            requirement: declared.requirement.clone(),
            marker: declared.marker.clone(),
        })
        .collect()
}

fn is_resolved(item: &Item) -> bool {
    item.version.is_some() || item.declared.source.origin != Origin::Registry
}

/// Adds requirements with a version; returns the first that a lockfile of the folder does not hold.
fn requirement_items<'r>(found: &'r Requirements, locked: bool, builder: &mut Builder) -> Option<&'r Item> {
    let mut added: Vec<(NodeId, &Item)> = Vec::new();
    for item in found.items.iter().filter(|item| is_resolved(item)) {
        let purl = purl(&item.declared.name, item.version.as_deref());
        if let Some(id) = builder.find(&purl).filter(|_| locked) {
            builder.locate(id, Some(item.declared.location.clone()));
            continue;
        }
        let id = builder.node(stated(&item.declared, item.version.as_deref(), item));
        builder.locate(id, item.constraint.clone());
        added.push((id, item));
    }
    let annotated = annotated_files(found);
    for (id, item) in &added {
        requirement_edges(*id, item, &annotated, builder);
    }
    added.first().map(|(_, item)| *item).filter(|_| locked)
}

fn stated(declared: &Declared, version: Option<&str>, item: &Item) -> Stated {
    Stated {
        purl: purl(&declared.name, version),
        source: declared.source.clone(),
        integrity: item.integrity.clone(),
        scope: declared.scope,
        location: Some(declared.location.clone()),
    }
}

/// Files that say who asked for what.
fn annotated_files(found: &Requirements) -> HashMap<&str, bool> {
    let mut files: HashMap<&str, bool> = HashMap::new();
    for item in &found.items {
        *files.entry(&item.declared.location.file).or_default() |= !item.via.is_empty();
    }
    files
}

/// Edges as the comments say; without comments every requirement is the project's own.
fn requirement_edges(id: NodeId, item: &Item, annotated: &HashMap<&str, bool>, builder: &mut Builder) {
    let declared = &item.declared;
    let marker = declared.marker.as_deref();
    let mut by_project = !annotated.get(declared.location.file.as_str()).copied().unwrap_or_default();
    let mut by_packages = false;
    for via in &item.via {
        let parents: Vec<NodeId> = match via {
            Via::Project => Vec::new(),
            Via::Package(name) => builder.named(name).iter().copied().filter(|parent| *parent != id).collect(),
        };
        by_project |= parents.is_empty();
        by_packages |= !parents.is_empty();
        for parent in parents {
            builder.edge(EdgeFrom::Node(parent), id, "", Scope::Runtime, marker);
        }
    }
    if by_project || !by_packages {
        builder.edge(EdgeFrom::Root, id, &declared.requirement, declared.scope, marker);
    }
}

/// Makes a declared dependency an edge of the project: to what is there by that name, else to a new package.
///
/// The first `locked` packages come from lockfiles and go before others of the name.
fn declare(declared: &Declared, locked: usize, builder: &mut Builder) {
    let mut named = builder.named(&declared.name).to_vec();
    if named.iter().any(|id| (id.0 as usize) < locked) {
        named.retain(|id| (id.0 as usize) < locked);
    }
    let version = declared.version();
    let mut meant: Vec<NodeId> = named
        .iter()
        .copied()
        .filter(|id| builder.version(*id).is_none_or(|version| accepts(&declared.requirement, version)))
        .collect();
    if meant.is_empty() && version.is_none() {
        meant = named;
    }
    if meant.is_empty() {
        meant.push(builder.node(Stated {
            purl: purl(&declared.name, version.as_deref()),
            source: declared.source.clone(),
            integrity: Vec::new(),
            scope: declared.scope,
            location: None,
        }));
    }
    for id in meant {
        builder.locate(id, Some(declared.location.clone()));
        if !builder.has_root_edge(id, declared.scope) {
            let marker = declared.marker.as_deref();
            builder.edge(EdgeFrom::Root, id, &declared.requirement, declared.scope, marker);
        }
    }
}
