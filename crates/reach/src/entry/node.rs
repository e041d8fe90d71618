//! Processes and libraries of npm: `bin`, `main`, scripts, servers, `require.main`.

use faultline_facts::{Callee, Key, Language, NpmManifest, Resource};

use super::{Found, is_test_file};
use crate::{
    EntryKind, FunctionRef, UnitId,
    link::{Linker, Loader, Target, folder_of, join},
    solve::{Func, Mod, Solver},
};

/// Commands of scripts that run a file.
const RUNNERS: &[&str] = &["node", "nodemon", "ts-node", "tsx", "bun", "pm2", "forever", "ts-node-dev", "node-dev"];
/// Scripts that are how a process is run in production.
const RUN_SCRIPTS: &[&str] = &["start", "serve", "server", "start:prod", "worker", "prestart"];

/// Files that processes start with.
pub(crate) fn mains(linker: &Linker<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (id, unit) in linker.program.units.iter().enumerate().filter(|(_, unit)| unit.first_party()) {
        for (path, resource) in &unit.resources {
            if let Resource::Npm(manifest) = resource {
                manifest_mains(linker, UnitId(id as u32), path, manifest, &mut found);
            }
        }
    }
    for id in 0..linker.modules.len() as u32 {
        let module = Mod(id);
        let script = !matches!(linker.info(module).facts().language, Language::Python | Language::Go);
        if script && linker.unit_of(module).first_party() && !is_test_file(linker, module) {
            found.extend(self_starting(linker, module));
        }
    }
    found.sort_by_key(|found| found.module);
    found.dedup_by_key(|found| found.module);
    found
}

fn manifest_mains(linker: &Linker<'_>, unit: UnitId, path: &str, manifest: &NpmManifest, out: &mut Vec<Found>) {
    let folder = folder_of(path);
    let mut add = |target: &str, why: String, line: u32| {
        let Some(module) = file_of(linker, unit, folder, target) else { return };
        out.push(Found { module, function: None, kind: EntryKind::Main, why, file: path.to_owned(), line });
    };
    for bin in &manifest.bin {
        add(&bin.target, format!("command `{}`", bin.name), bin.line);
    }
    let mut runs = false;
    for script in manifest.scripts.iter().filter(|script| RUN_SCRIPTS.contains(&script.name.as_str())) {
        for target in files_run(&script.target) {
            runs = true;
            add(target, format!("script `{}`", script.name), script.line);
        }
    }
    if let (Some(main), true) = (&manifest.main, manifest.private && !runs) {
        add(main, "`main` of a private package".to_owned(), 1);
    }
}

/// The file that a manifest or path means: extensions and `index` are tried, and the source of what is built.
pub(super) fn file_of(linker: &Linker<'_>, unit: UnitId, folder: &str, target: &str) -> Option<Mod> {
    let path = join(folder, target)?;
    let tree = linker.program.unit(unit).tree;
    let any = (0..linker.modules.len() as u32).map(Mod).filter(|module| linker.tree(*module) == tree);
    let candidates = [
        path.clone(),
        format!("{path}.js"),
        format!("{path}.ts"),
        format!("{path}/index.js"),
        path.replace(".js", ".ts"),
    ];
    let source = path.strip_prefix("dist/").map(|rest| format!("src/{}", rest.replace(".js", ".ts")));
    candidates.into_iter().chain(source).find_map(|path| any.clone().find(|module| linker.path_of(*module) == path))
}

/// Files that a command line runs.
fn files_run(command: &str) -> Vec<&str> {
    let mut files = Vec::new();
    for part in command.split(['&', '|', ';']) {
        let mut words = part.split_whitespace();
        if words.by_ref().any(|word| RUNNERS.contains(&word.rsplit('/').next().unwrap_or(word))) {
            files.extend(words.find(|word| !word.starts_with('-') && !RUNNERS.contains(word)));
        }
    }
    files
}

/// A file that starts a server or asks whether it is the main module.
fn self_starting(linker: &Linker<'_>, module: Mod) -> Option<Found> {
    let facts = linker.info(module).facts();
    let listens = facts.calls.iter().any(|call| match call.callee {
        Callee::Method { key: Key::Named(name), .. } => facts.text(name) == "listen",
        _ => false,
    });
    let why = match (facts.flags.main_like, listens) {
        (true, _) => "runs as main module",
        (false, true) => "listens for connections",
        _ => return None,
    };
    let file = linker.path_of(module).to_owned();
    Some(Found { module, function: None, kind: EntryKind::Main, why: why.to_owned(), file, line: 1 })
}

/// Exported functions of packages that are meant to be used by others.
pub(crate) fn libraries(solver: &mut Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let first_party: Vec<bool> = solver.linker.program.units.iter().map(crate::Unit::first_party).collect();
    let exports = solver.export_paths(&|unit| first_party[unit.0 as usize]);
    for ((unit, name), functions) in exports {
        let Some(module) = library(&solver.linker, unit) else { continue };
        for FunctionRef(func) in functions {
            let line = solver.function(Func(func)).span.line;
            found.push(Found {
                module,
                function: Some(Func(func)),
                kind: EntryKind::Export,
                why: if name.is_empty() { "exported".to_owned() } else { format!("exported as `{name}`") },
                file: solver.linker.path_of(solver.module_of(Func(func))).to_owned(),
                line,
            });
        }
    }
    found
}

/// The main module of a first-party package that others can use.
fn library(linker: &Linker<'_>, id: UnitId) -> Option<Mod> {
    let unit = linker.program.unit(id);
    if !unit.first_party() {
        return None;
    }
    unit.resources.iter().find_map(|(path, resource)| {
        let Resource::Npm(manifest) = resource else { return None };
        let shared = manifest.name.is_some() && !manifest.private && folder_of(path) == unit.root;
        let stated = manifest.main.is_some() || manifest.exports.is_some() || manifest.module.is_some();
        if !shared || !stated {
            return None;
        }
        linker.in_unit(id, "", Loader::Any).into_iter().find_map(|target| match target {
            Target::Module(module) => Some(module),
            Target::External(_) => None,
        })
    })
}
