//! Finds manifests and lockfiles, chooses one lockfile per folder, and reads both.

use std::collections::{BTreeMap, BTreeSet};

use faultline_facts::Resource;
use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Location, PackageNode, Project, ProjectGraph, Purl, Reason, Relationship,
};

use super::assemble::{projects, reason};
use super::doc::{self, Fault};
use super::lock::{Context, Lock};
use super::manifest::{self, Manifest, Requirement};
use super::spec::{Spec, classify};
use super::{bun, package_lock, pnpm, yarn};
use crate::text::{file_name, folder, is_installed, join};
use crate::{Incomplete, Inventory, Tree};

/// A lockfile format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Npm,
    Pnpm,
    Yarn,
    Bun,
    /// bun's old binary file, which nothing but bun reads.
    BunBinary,
}

/// Lockfile names, the preferred one first, with the tool that writes each.
const LOCKFILES: [(&str, Format, &str); 6] = [
    ("npm-shrinkwrap.json", Format::Npm, "npm"),
    ("package-lock.json", Format::Npm, "npm"),
    ("pnpm-lock.yaml", Format::Pnpm, "pnpm"),
    ("yarn.lock", Format::Yarn, "yarn"),
    ("bun.lock", Format::Bun, "bun"),
    ("bun.lockb", Format::BunBinary, "bun"),
];

/// Adds every npm project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mut manifests = BTreeMap::new();
    let mut lockfiles: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut unreadable = BTreeSet::new();
    for path in tree.paths.iter().filter(|p| !is_installed(p)) {
        let name = file_name(path);
        if name == "package.json" {
            match read_manifest(tree, path, out) {
                Some(manifest) => _ = manifests.insert(folder(path).to_owned(), manifest),
                None => _ = unreadable.insert(folder(path).to_owned()),
            }
        } else if let Some(format) = LOCKFILES.iter().position(|(file, ..)| *file == name) {
            lockfiles.entry(folder(path).to_owned()).or_default().push(format);
        }
    }
    let mut covered: BTreeMap<String, Project> = BTreeMap::new();
    // Outer folders first: a member's own lockfile is not what its workspace installs.
    for (folder, formats) in &lockfiles {
        read_folder(tree, folder, formats, &manifests, &mut covered, out);
    }
    for (folder, manifest) in manifests {
        if !covered.contains_key(&folder) && is_project(&folder, &manifest) {
            covered.insert(folder.clone(), without_lockfile(&folder, &manifest));
        }
        out.resources.push((manifest.file.clone(), Resource::Npm(manifest.facts)));
    }
    out.projects.extend(covered.into_values());
}

fn read_manifest(tree: &Tree, path: &str, out: &mut Inventory) -> Option<Manifest> {
    let parsed = tree.text(path).and_then(|text| {
        manifest::parse(path, &text).map_err(|(line, why)| Incomplete { file: path.to_owned(), line, why })
    });
    match parsed {
        Ok(manifest) => {
            out.incomplete.extend(skipped(path, &manifest.faults));
            Some(manifest)
        }
        Err(incomplete) => {
            out.incomplete.push(incomplete);
            None
        }
    }
}

/// One entry for all parts of a file that could not be understood.
fn skipped(file: &str, faults: &[Fault]) -> Option<Incomplete> {
    let (line, why) = faults.first()?;
    let why = match faults.len() {
        1 => format!("one entry was skipped: {why}"),
        count => format!("{count} entries were skipped, the first because {why}"),
    };
    Some(Incomplete { file: file.to_owned(), line: *line, why })
}

/// Reads the lockfile of a folder that counts; where it cannot be read, the next one.
fn read_folder(
    tree: &Tree,
    folder: &str,
    formats: &[usize],
    manifests: &BTreeMap<String, Manifest>,
    covered: &mut BTreeMap<String, Project>,
    out: &mut Inventory,
) {
    let order = preference(formats, manifests.get(folder).and_then(|m| m.package_manager.as_deref()));
    let path = |format: usize| {
        let name = LOCKFILES[format].0;
        if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
    };
    let mut remarks: Vec<Reason> = Vec::new();
    let mut read: Option<Vec<Project>> = None;
    for format in order {
        let file = path(format);
        if covered.contains_key(folder) || read.is_some() {
            let detail = format!("`{file}` was not used: another lockfile says what is installed here");
            remarks.push(reason("lockfile_ignored", detail, &file, 0));
            continue;
        }
        let context = Context { file: &file, folder, manifests };
        match read_lock(tree, LOCKFILES[format].1, &context) {
            Ok(lock) => {
                out.incomplete.extend(skipped(&file, &lock.faults));
                read = Some(finish(&lock, &context));
            }
            Err(incomplete) => {
                remarks.push(reason("unreadable", incomplete.why.clone(), &file, incomplete.line));
                out.incomplete.push(incomplete);
            }
        }
    }
    let found =
        read.unwrap_or_else(|| manifests.get(folder).map(|m| without_lockfile(folder, m)).into_iter().collect());
    for project in found {
        covered.entry(project.path.clone()).or_insert(project);
    }
    if let Some(project) = covered.get_mut(folder) {
        project.complete &= remarks.iter().all(|r| r.code != "unreadable");
        project.reasons.extend(remarks);
    }
}

fn finish(lock: &Lock, context: &Context) -> Vec<Project> {
    let mut found = projects(lock, context);
    if let (Some((line, _)), Some(root)) = (lock.faults.first(), found.first_mut()) {
        let detail = format!("{} entries of the lockfile could not be understood", lock.faults.len());
        root.reasons.push(reason("entries_skipped", detail, context.file, *line));
        root.complete = false;
    }
    found
}

/// The formats of a folder, the one that its `packageManager` names first.
fn preference(formats: &[usize], package_manager: Option<&str>) -> Vec<usize> {
    let tool = package_manager.map(|text| text.split('@').next().unwrap_or(text));
    let mut order = formats.to_vec();
    order.sort_by_key(|format| (tool != Some(LOCKFILES[*format].2), *format));
    order
}

fn read_lock(tree: &Tree, format: Format, context: &Context) -> Result<Lock, Incomplete> {
    let fault = |(line, why)| Incomplete { file: context.file.to_owned(), line, why };
    if format == Format::BunBinary {
        let why = "is bun's binary lockfile: run `bun install --save-text-lockfile` and commit bun.lock";
        return Err(fault((0, why.to_owned())));
    }
    parse_lock(&tree.text(context.file)?, format, context).map_err(fault)
}

fn parse_lock(text: &str, format: Format, context: &Context) -> Result<Lock, Fault> {
    match format {
        Format::Npm => package_lock::read(&doc::json(text, false)?, context),
        Format::Pnpm => pnpm::read(&doc::yaml(text)?, context),
        Format::Yarn => yarn::read(text, context),
        Format::Bun | Format::BunBinary => bun::read(&doc::json(text, true)?, context),
    }
}

/// A manifest without name and dependencies, as build folders hold to state a module type, is no project.
fn is_project(folder: &str, manifest: &Manifest) -> bool {
    folder.is_empty()
        || manifest.facts.name.is_some()
        || !manifest.dependencies.is_empty()
        || !manifest.facts.workspaces.is_empty()
}

/// What a manifest alone tells: direct dependencies whose versions nobody knows.
fn without_lockfile(folder: &str, manifest: &Manifest) -> Project {
    let mut graph = ProjectGraph::default();
    for requirement in &manifest.dependencies {
        let to = graph.add(unresolved(folder, manifest, requirement));
        let name = alias_of(requirement).map(|_| requirement.name.clone());
        let text = requirement.text.clone();
        graph.edges.push(Edge { from: EdgeFrom::Root, to, requirement: text, scope: requirement.scope, name });
    }
    graph.finish();
    let needs = !graph.packages.is_empty();
    let detail = "no lockfile stands beside package.json, so installed versions and transitive dependencies are unknown; commit one";
    let reasons = if needs { vec![reason("no_lockfile", detail.to_owned(), &manifest.file, 0)] } else { Vec::new() };
    Project {
        path: folder.to_owned(),
        ecosystem: Ecosystem::Npm,
        name: manifest.facts.name.clone(),
        version: manifest.facts.version.clone(),
        files: vec![manifest.file.clone()],
        complete: !needs,
        reasons,
        graph,
    }
}

fn alias_of(requirement: &Requirement) -> Option<&str> {
    match classify(&requirement.text) {
        Spec::Alias(name, _) if name != requirement.name => Some(name),
        _ => None,
    }
}

fn unresolved(base: &str, manifest: &Manifest, requirement: &Requirement) -> PackageNode {
    let spec = classify(&requirement.text);
    let real = alias_of(requirement).unwrap_or(&requirement.name);
    let path = match spec {
        Spec::Path(path) | Spec::Link(path) => join(base, path),
        _ => None,
    };
    PackageNode {
        id: requirement.name.clone(),
        purl: Purl::new(Ecosystem::Npm, real, None),
        origin: spec.origin(),
        alias: (real != requirement.name).then(|| requirement.name.clone()),
        integrity: Vec::new(),
        relationship: Relationship::Direct,
        scope: requirement.scope,
        marker: None,
        locations: vec![Location { file: manifest.file.clone(), line: requirement.line }],
        resolved: None,
        path,
    }
}
