//! Finds manifests and lockfiles, chooses one lockfile per folder, and reads both.

use std::collections::{BTreeMap, BTreeSet};

use faultline_facts::Resource;
use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Location, PackageNode, Project, ProjectGraph, Purl, Reason, Relationship,
};

use super::assemble::{projects, reason};
use super::doc::{self, Fault};
use super::lock::{Context, Importer, Lock};
use super::manifest::{self, Manifest, Requirement};
use super::spec::{Spec, classify};
use super::{bun, deno, package_lock, pnpm, yarn};
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
    Deno,
}

/// Lockfile names, the preferred one first, with the tool that writes each.
const LOCKFILES: [(&str, Format, &str); 7] = [
    ("npm-shrinkwrap.json", Format::Npm, "npm"),
    ("package-lock.json", Format::Npm, "npm"),
    ("pnpm-lock.yaml", Format::Pnpm, "pnpm"),
    ("yarn.lock", Format::Yarn, "yarn"),
    ("bun.lock", Format::Bun, "bun"),
    ("bun.lockb", Format::BunBinary, "bun"),
    ("deno.lock", Format::Deno, "deno"),
];

/// What the walk over a tree has found.
#[derive(Default)]
struct Found {
    /// Readable manifests by folder.
    manifests: BTreeMap<String, Manifest>,
    /// Folders whose manifest cannot be read, with the reason.
    unreadable: BTreeMap<String, Reason>,
    /// Lockfiles by folder, as indexes into `LOCKFILES`.
    lockfiles: BTreeMap<String, Vec<usize>>,
}

/// Adds every npm project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let found = walk(tree, out);
    let mut covered: BTreeMap<String, Project> = BTreeMap::new();
    // Outer folders first: a member's own lockfile is not what its workspace installs.
    for folder in found.lockfiles.keys() {
        read_folder(tree, folder, &found, &mut covered, out);
    }
    for (folder, manifest) in &found.manifests {
        if !covered.contains_key(folder) && is_project(folder, manifest) {
            covered.insert(folder.clone(), without_lockfile(folder, manifest));
        }
    }
    for (folder, reason) in found.unreadable {
        let project = covered.entry(folder).or_insert_with_key(|folder| empty(folder));
        project.complete = false;
        project.reasons.push(reason);
    }
    let facts = found.manifests.into_values().filter(|m| file_name(&m.file) == "package.json");
    out.resources.extend(facts.map(|m| (m.file, Resource::Npm(m.facts))));
    out.projects.extend(covered.into_values());
}

fn walk(tree: &Tree, out: &mut Inventory) -> Found {
    let mut found = Found::default();
    for path in tree.paths.iter().filter(|p| !is_installed(p)) {
        let (folder, name) = (folder(path).to_owned(), file_name(path));
        if let Some(format) = LOCKFILES.iter().position(|(file, ..)| *file == name) {
            found.lockfiles.entry(folder).or_default().push(format);
        } else if name == "package.json" || (is_deno(name) && !tree.has(&beside(path, "package.json"))) {
            match read_manifest(tree, path, out) {
                Ok(manifest) => _ = found.manifests.insert(folder, manifest),
                Err(reason) => _ = found.unreadable.insert(folder, reason),
            }
        }
    }
    found
}

fn is_deno(name: &str) -> bool {
    matches!(name, "deno.json" | "deno.jsonc")
}

/// Another file of the same folder.
fn beside(path: &str, name: &str) -> String {
    in_folder(folder(path), name)
}

fn in_folder(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn read_manifest(tree: &Tree, path: &str, out: &mut Inventory) -> Result<Manifest, Reason> {
    let parse = if is_deno(file_name(path)) { deno::manifest } else { manifest::parse };
    let parsed = tree
        .text(path)
        .and_then(|text| parse(path, &text).map_err(|(line, why)| Incomplete { file: path.to_owned(), line, why }));
    match parsed {
        Ok(manifest) => {
            out.incomplete.extend(skipped(path, &manifest.faults));
            Ok(manifest)
        }
        Err(incomplete) => {
            let reason = reason("unreadable", incomplete.why.clone(), path, incomplete.line);
            out.incomplete.push(incomplete);
            Err(reason)
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
fn read_folder(tree: &Tree, folder: &str, found: &Found, covered: &mut BTreeMap<String, Project>, out: &mut Inventory) {
    let manifest = found.manifests.get(folder);
    let formats = found.lockfiles.get(folder).map_or(&[][..], Vec::as_slice);
    let mut remarks: Vec<Reason> = Vec::new();
    let mut is_read = covered.contains_key(folder);
    for format in preference(formats, manifest.and_then(|m| m.package_manager.as_deref())) {
        let file = in_folder(folder, LOCKFILES[format].0);
        if is_read {
            let detail = format!("`{file}` was not used: another lockfile says what is installed here");
            remarks.push(reason("lockfile_ignored", detail, &file, 0));
            continue;
        }
        let yarnrc = in_folder(folder, ".yarnrc.yml");
        let yarnrc = tree.has(&yarnrc).then(|| tree.text(&yarnrc).ok()).flatten();
        let context = Context { file: &file, folder, yarnrc: yarnrc.as_deref(), manifests: &found.manifests };
        match read_lock(tree, LOCKFILES[format].1, &context).and_then(|lock| refuse_empty(lock, &context)) {
            Ok(lock) => {
                out.incomplete.extend(skipped(&file, &lock.faults));
                let unknown = lock.unknown_version.clone();
                out.incomplete.extend(unknown.map(|(line, why)| Incomplete { file: file.clone(), line, why }));
                cover(finish(&lock, &context), &lock, found, covered);
                is_read = true;
            }
            Err(incomplete) => {
                remarks.push(reason("unreadable", incomplete.why.clone(), &file, incomplete.line));
                out.incomplete.push(incomplete);
            }
        }
    }
    if is_read && manifest.is_none() && !covered.contains_key(folder) {
        return;
    }
    let project = covered.entry(folder.to_owned());
    let project = project.or_insert_with(|| manifest.map_or_else(|| empty(folder), |m| without_lockfile(folder, m)));
    project.complete &= remarks.iter().all(|r| r.code != "unreadable");
    project.reasons.extend(remarks);
}

/// Takes the projects of a lockfile; a linked folder with a lockfile of its own is left to that one.
fn cover(projects: Vec<Project>, lock: &Lock, found: &Found, covered: &mut BTreeMap<String, Project>) {
    let linked: BTreeSet<&str> = lock.importers.iter().filter(|i| i.linked).map(|i| i.folder.as_str()).collect();
    for project in projects {
        let is_own = linked.contains(project.path.as_str()) && found.lockfiles.contains_key(&project.path);
        if !is_own {
            covered.entry(project.path.clone()).or_insert(project);
        }
    }
}

fn finish(lock: &Lock, context: &Context) -> Vec<Project> {
    let mut found = projects(lock, context);
    if let (Some((line, _)), Some(root)) = (lock.faults.first(), found.first_mut()) {
        let detail = match lock.faults.len() {
            1 => "one entry of the lockfile could not be understood".to_owned(),
            count => format!("{count} entries of the lockfile could not be understood"),
        };
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

/// A lockfile that holds nothing although a manifest has dependencies was cut off or overwritten.
fn refuse_empty(lock: Lock, context: &Context) -> Result<Lock, Incomplete> {
    // Members that only their manifest tells of have no line in the lockfile.
    let holds_none = lock.packages.iter().all(|package| package.lines.is_empty());
    let is_missed = |importer: &Importer| !importer.missing.is_empty();
    let knows_root = lock.importers.iter().any(|importer| importer.folder == context.folder);
    let root = context.manifests.get(context.folder).filter(|_| !knows_root);
    if holds_none && (lock.importers.iter().any(is_missed) || root.is_some_and(needs_locked)) {
        let why = "holds no packages although package.json has dependencies: restore or regenerate it";
        return Err(Incomplete { file: context.file.to_owned(), line: 1, why: why.to_owned() });
    }
    Ok(lock)
}

/// True when a dependency of the manifest would stand in every lockfile.
fn needs_locked(manifest: &Manifest) -> bool {
    let is_local = |text: &str| matches!(classify(text), Spec::Path(_) | Spec::Link(_) | Spec::Workspace(_));
    manifest.dependencies.iter().any(|dependency| !dependency.may_be_absent && !is_local(&dependency.text))
}

fn parse_lock(text: &str, format: Format, context: &Context) -> Result<Lock, Fault> {
    match format {
        Format::Npm => package_lock::read(&doc::json(text, false)?, context),
        Format::Pnpm => pnpm::read(&doc::yaml(text)?, context),
        Format::Yarn => yarn::read(text, context),
        Format::Deno => deno::read(&doc::json(text, false)?, context),
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

/// A project of which nothing but its folder is known.
fn empty(folder: &str) -> Project {
    Project {
        path: folder.to_owned(),
        ecosystem: Ecosystem::Npm,
        name: None,
        version: None,
        files: Vec::new(),
        complete: false,
        reasons: Vec::new(),
        graph: ProjectGraph::default(),
    }
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
