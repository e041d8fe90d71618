//! Go modules: `go.mod`, `go.work`, `go.sum` and `vendor/modules.txt`.
//!
//! From go 1.17 on a `go.mod` is the resolved list itself. What the formats mean and where they are silent is written
//! down in `docs/inventory-go.md`.

mod modfile;
mod packages;
mod sums;
mod syntax;
mod vendor;
mod workspace;

use faultline_facts::{GoManifest, Resource};
use faultline_package::{Ecosystem, Location, Project, Reason};

use crate::listing::{Fault, Listed, Parts, project};
use crate::text::{file_name, folder};
use crate::{Incomplete, Inventory, Tree};

use modfile::ModFile;
use packages::Sources;
use sums::Sums;
use vendor::Vendored;
use workspace::Workspace;

/// Adds every Go module of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mods = modules(tree, out);
    let workspaces = workspace::read(tree, &mods, out);
    for module in &mods {
        if let Some(path) = module.module.clone() {
            out.resources.push((module.file.clone(), Resource::Go(GoManifest { module: path })));
        }
        let workspace = workspaces.iter().find(|w| w.has(folder(&module.file)));
        let project = module_project(tree, module, workspace, &mut out.incomplete);
        out.projects.push(project);
    }
    for path in tree.paths.iter().filter(|path| is_alone(tree, path)) {
        match file_name(path) {
            "go.sum" => sums_alone(tree, path, out),
            _ => vendored_alone(tree, path, out),
        }
    }
}

/// Where faults of files go.
type Incompletes<'o> = &'o mut Vec<Incomplete>;

/// True for a `go.sum` or vendored list without `go.mod`, as one that a user names.
fn is_alone(tree: &Tree, path: &str) -> bool {
    let home = match file_name(path) {
        "go.sum" => folder(path),
        "modules.txt" if tree.paths.len() == 1 => folder(path),
        "modules.txt" if path == "vendor/modules.txt" || path.ends_with("/vendor/modules.txt") => folder(folder(path)),
        _ => return false,
    };
    !is_vendored(path, true) && !tree.has(&at(home, "go.mod")) && !tree.has(&at(home, "go.work"))
}

/// True inside folders that hold copies of other modules; the vendored list itself is told apart.
fn is_vendored(path: &str, list: bool) -> bool {
    let above = if list && file_name(path) == "modules.txt" { folder(folder(path)) } else { folder(path) };
    above.split('/').any(|part| matches!(part, "vendor" | "node_modules" | "site-packages" | ".git"))
}

/// A file in a folder.
pub(crate) fn at(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn modules(tree: &Tree, out: &mut Inventory) -> Vec<ModFile> {
    let mut found = Vec::new();
    let files = tree.paths.iter().filter(|path| file_name(path) == "go.mod" && !is_vendored(path, false));
    for file in files {
        match parsed(tree, file) {
            Ok(module) => found.push(module),
            Err(incomplete) => {
                out.projects.push(unreadable(&incomplete));
                out.incomplete.push(incomplete);
            }
        }
    }
    found
}

fn parsed(tree: &Tree, file: &str) -> Result<ModFile, Incomplete> {
    let text = tree.text(file)?;
    modfile::parse(file, &text).map_err(|(line, why)| Incomplete { file: file.to_owned(), line, why })
}

fn reason(code: &str, file: &str, line: u32, detail: String) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(Location { file: file.to_owned(), line }) }
}

/// A module whose `go.mod` could not be read is a project all the same.
fn unreadable(incomplete: &Incomplete) -> Project {
    let mut parts = parts_of(folder(&incomplete.file));
    parts.files.push(incomplete.file.clone());
    parts.reasons.push(reason("unreadable", &incomplete.file, incomplete.line, incomplete.why.clone()));
    project(parts)
}

fn parts_of(home: &str) -> Parts {
    Parts {
        path: home.to_owned(),
        ecosystem: Ecosystem::Go,
        lock: None,
        manifests: Vec::new(),
        reasons: Vec::new(),
        files: Vec::new(),
    }
}

fn module_project(tree: &Tree, module: &ModFile, workspace: Option<&Workspace>, out: Incompletes) -> Project {
    let home = folder(&module.file);
    let mut parts = parts_of(home);
    parts.files.push(module.file.clone());
    if let Some(workspace) = workspace {
        parts.files.push(workspace.file.file.clone());
    }
    told(&module.file, &module.faults, &mut parts, out);
    let sums = read_sums(tree, home, workspace, &mut parts, out);
    let vendored = read_vendored(tree, home, workspace, &mut parts, out);
    let replaced = (module.replacements(), workspace.map(|w| w.file.replacements()));
    let sources = Sources { module, workspace, sums: sums.as_ref(), replaced, vendored: vendored.as_ref() };
    let mut listed = packages::of(&sources);
    listed.name.clone_from(&module.module);
    parts.lock = Some((module.file.clone(), listed));
    project(parts)
}

fn read_sums(
    tree: &Tree,
    home: &str,
    workspace: Option<&Workspace>,
    parts: &mut Parts,
    out: Incompletes,
) -> Option<Sums> {
    let own = at(home, "go.sum");
    let shared = workspace.map(|w| at(folder(&w.file.file), "go.work.sum"));
    let file = std::iter::once(own).chain(shared).find(|file| tree.has(file))?;
    let text = text_of(tree, &file, parts, out)?;
    let sums = sums::parse(&text);
    // Hashes are a check, not the list: what is wrong with them is a remark of the project.
    for (line, why) in &sums.faults {
        parts.reasons.push(reason("entries_skipped", &file, *line, why.clone()));
    }
    parts.files.push(file);
    Some(sums)
}

/// The vendored list of a module, or of its workspace.
fn read_vendored(
    tree: &Tree,
    home: &str,
    workspace: Option<&Workspace>,
    parts: &mut Parts,
    out: Incompletes,
) -> Option<(String, Vec<Vendored>)> {
    let home = workspace.map_or(home, |w| folder(&w.file.file));
    let file = at(home, "vendor/modules.txt");
    if !tree.has(&file) {
        return None;
    }
    let text = text_of(tree, &file, parts, out)?;
    let (vendored, faults) = vendor::parse(&text);
    told(&file, &faults, parts, out);
    parts.files.push(file.clone());
    Some((file, vendored))
}

fn text_of(tree: &Tree, file: &str, parts: &mut Parts, out: Incompletes) -> Option<String> {
    match tree.text(file) {
        Ok(text) => Some(text),
        Err(incomplete) => {
            parts.reasons.push(reason("unreadable", file, incomplete.line, incomplete.why.clone()));
            out.push(incomplete);
            None
        }
    }
}

/// Lines that were left out: reasons of the project, and one entry for the file.
fn told(file: &str, faults: &[Fault], parts: &mut Parts, out: Incompletes) {
    for (line, why) in faults {
        parts.reasons.push(reason("entries_skipped", file, *line, why.clone()));
    }
    if let Some((line, why)) = faults.first() {
        let why = match faults.len() {
            1 => format!("one line was skipped: {why}"),
            count => format!("{count} lines were skipped, the first because {why}"),
        };
        out.push(Incomplete { file: file.to_owned(), line: *line, why });
    }
}

fn sums_alone(tree: &Tree, file: &str, out: &mut Inventory) {
    let mut parts = parts_of(folder(file));
    parts.files.push(file.to_owned());
    if let Some(text) = text_of(tree, file, &mut parts, &mut out.incomplete) {
        let sums = sums::parse(&text);
        told(file, &sums.faults, &mut parts, &mut out.incomplete);
        let mut listed = Listed::default();
        packages::add_sums(file, &sums, &mut listed);
        packages::add_unused(file, &sums, &mut listed);
        parts.lock = Some((file.to_owned(), listed));
    }
    out.projects.push(project(parts));
}

fn vendored_alone(tree: &Tree, file: &str, out: &mut Inventory) {
    let home = if file_name(folder(file)) == "vendor" { folder(folder(file)) } else { folder(file) };
    let mut parts = parts_of(home);
    parts.files.push(file.to_owned());
    if let Some(text) = text_of(tree, file, &mut parts, &mut out.incomplete) {
        let (vendored, faults) = vendor::parse(&text);
        told(file, &faults, &mut parts, &mut out.incomplete);
        parts.lock = Some((file.to_owned(), packages::of_vendored(home, &vendored)));
    }
    out.projects.push(project(parts));
}
