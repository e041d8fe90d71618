//! The packages of one module, from everything that is known about it.

use std::collections::{HashMap, HashSet};

use faultline_package::{Origin, Scope};

use super::modfile::{ModFile, Replace, Replacements, Require, is_version};
use super::sums::Sums;
use super::vendor::Vendored;
use super::workspace::Workspace;
use crate::listing::{Listed, Need, Package};
use crate::text::{folder, join};

/// What is known about a module.
pub(super) struct Sources<'a> {
    /// Its `go.mod`.
    pub module: &'a ModFile,
    /// The workspace that it is a member of.
    pub workspace: Option<&'a Workspace>,
    /// Its hashes.
    pub sums: Option<&'a Sums>,
    /// Its replacements, and those of the workspace.
    pub replaced: (Replacements<'a>, Option<Replacements<'a>>),
    /// The vendored list and its path.
    pub vendored: Option<&'a (String, Vec<Vendored>)>,
}

/// The resolved list of a module.
pub(super) fn of(sources: &Sources) -> Listed {
    let module = sources.module;
    let mut listed = Listed { direct: Some(Vec::new()), ..Listed::default() };
    let tools = tool_modules(module);
    for require in &module.requires {
        add_require(sources, require, tools.contains(require.path.as_str()), &mut listed);
    }
    if let Some((file, vendored)) = sources.vendored {
        vendored_too(sources, file, vendored, &mut listed);
    } else if !module.is_pruned() {
        not_pruned(sources, &mut listed);
    }
    if let Some((version, line)) = module.stdlib() {
        listed.declare(Package::new("stdlib", Some(version), *line), version);
    }
    listed
}

/// Modules that hold one of the tools that `go.mod` names.
fn tool_modules(module: &ModFile) -> HashSet<&str> {
    let required: HashSet<&str> = module.requires.iter().map(|r| r.path.as_str()).collect();
    let above = |path: &str| path.rsplit_once('/').map(|(above, _)| above.len());
    let longest = |tool: &str| {
        let mut length = Some(tool.len());
        while let Some(end) = length {
            if let Some(found) = required.get(&tool[..end]) {
                return Some(*found);
            }
            length = above(&tool[..end]);
        }
        None
    };
    module.tools.iter().filter_map(|(tool, _)| longest(tool)).collect()
}

fn add_require(sources: &Sources, require: &Require, is_tool: bool, listed: &mut Listed) {
    let member = sources.workspace.and_then(|w| w.members.get(&require.path));
    let mut package = match member {
        Some(home) => local(&require.path, Some(home.clone()), require.line),
        None => resolved(sources, require, listed),
    };
    // A module that only tools need carries `// indirect`, for no package of the module imports it.
    let scope = if is_tool && require.indirect { Scope::Build } else { Scope::Runtime };
    package.scope = scope;
    if is_tool || !require.indirect {
        let need = Need::stated(&package.key, &require.version, scope, require.line);
        listed.direct.get_or_insert_default().push(need);
    }
    listed.packages.push(package);
}

/// A required module at the version that is built, or what takes its place.
fn resolved(sources: &Sources, require: &Require, listed: &mut Listed) -> Package {
    let selected = sources.workspace.and_then(|w| w.selected(&require.path)).unwrap_or(&require.version);
    let module = sources.module;
    let (own, shared) = &sources.replaced;
    let work = sources.workspace.zip(shared.as_ref());
    let work = work.and_then(|(w, shared)| Some((w.file.file.as_str(), shared.of(&require.path, selected)?)));
    let replace = work.or_else(|| Some((module.file.as_str(), own.of(&require.path, selected)?)));
    let Some((file, replace)) = replace else {
        if module.excludes.contains(&(require.path.clone(), selected.to_owned())) {
            let detail = format!("{} {selected} is required and excluded; go builds a higher version", require.path);
            listed.gaps.push(("version_excluded", require.line, detail));
        }
        return at_version(sources, &require.path, selected, require.line, listed);
    };
    let replaced = match &replace.target_version {
        Some(version) => at_version(sources, &replace.target, version, replace.line, listed),
        None => local(&require.path, join(folder(file), &replace.target), replace.line),
    };
    let key = format!("{} {}", require.path, require.version);
    Package { key, file: Some(file.to_owned()), alias: alias(&require.path, replace), ..replaced }
}

/// The path under which importers know a module that another one takes the place of.
fn alias(path: &str, replace: &Replace) -> Option<String> {
    (!replace.is_local() && replace.target != path).then(|| path.to_owned())
}

fn at_version(sources: &Sources, path: &str, version: &str, line: u32, listed: &mut Listed) -> Package {
    let known = Some(version).filter(|v| is_version(v));
    if known.is_none() {
        let detail = format!("`{version}` of {path} is no version; run `go mod tidy`");
        listed.gaps.push(("version_unknown", line, detail));
    }
    let hash = sources.sums.and_then(|sums| sums.of(path, version));
    let key = format!("{path} {version}");
    Package { key, integrity: hash.into_iter().cloned().collect(), ..Package::new(path, known, line) }
}

fn local(path: &str, home: Option<String>, line: u32) -> Package {
    Package { origin: Origin::Path, path: home, ..Package::new(path, None, line) }
}

/// Modules of the vendored list: another place of those that are known, new ones, and those of which nothing was copied.
fn vendored_too(sources: &Sources, file: &str, vendored: &[Vendored], listed: &mut Listed) {
    let by_path: HashMap<&str, &Vendored> = vendored.iter().map(|v| (v.path.as_str(), v)).collect();
    let mut unused = HashSet::new();
    for (require, package) in sources.module.requires.iter().zip(&mut listed.packages) {
        if by_path.get(require.path.as_str()).is_none_or(|v| v.packages == 0) {
            package.scope = Scope::Optional;
            unused.insert(package.key.clone());
        }
    }
    for need in listed.direct.iter_mut().flatten().filter(|need| unused.contains(&need.key)) {
        need.scope = Some(Scope::Optional);
    }
    let unused = unused.len();
    if unused > 0 {
        let detail =
            format!("of {unused} modules that go.mod names no package is vendored: they have the scope optional");
        listed.remarks.push(("not_activated", 0, detail));
    }
    if sources.workspace.is_some() {
        return;
    }
    let required: HashMap<&str, &Require> = sources.module.requires.iter().map(|r| (r.path.as_str(), r)).collect();
    for module in vendored {
        let require = required.get(module.path.as_str());
        let differs = require.filter(|r| r.version != module.version && sources.module.is_pruned());
        if let Some(require) = differs {
            let (path, a, b) = (&module.path, &require.version, &module.version);
            let detail = format!("go.mod requires {path} {a}, but {b} is vendored; run `go mod vendor`");
            listed.gaps.push(("lockfile_outdated", require.line, detail));
        }
        if module.packages > 0 || differs.is_some() {
            let mut package = vendored_package(folder(folder(file)), file, module);
            let hash = package.version.as_deref().zip(sources.sums).and_then(|(v, sums)| sums.of(&package.name, v));
            package.integrity = hash.into_iter().cloned().collect();
            listed.packages.push(package);
        }
    }
}

fn vendored_package(home: &str, file: &str, module: &Vendored) -> Package {
    let package = match &module.replaced {
        None => Package::new(&module.path, Some(&module.version), module.line),
        Some((target, Some(version))) => {
            let alias = (*target != module.path).then(|| module.path.clone());
            Package { alias, ..Package::new(target, Some(version), module.line) }
        }
        Some((target, None)) => local(&module.path, join(home, target), module.line),
    };
    let key = format!("{} {}", module.path, module.version);
    Package { key, file: Some(file.to_owned()), ..package }
}

/// A vendored list without `go.mod`: what it calls explicit is direct.
pub(super) fn of_vendored(home: &str, vendored: &[Vendored]) -> Listed {
    let mut listed = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for module in vendored.iter().filter(|m| m.packages > 0 || m.explicit) {
        let mut package = Package { file: None, ..vendored_package(home, "", module) };
        if module.packages == 0 {
            package.scope = Scope::Optional;
        }
        if module.explicit {
            let need = Need::stated(&package.key, &module.version, package.scope, module.line);
            listed.direct.get_or_insert_default().push(need);
        }
        listed.packages.push(package);
    }
    listed
}

/// Before go 1.17 `go.mod` names only a part; `go.sum` has every archive that was needed, and perhaps more.
fn not_pruned(sources: &Sources, listed: &mut Listed) {
    let file = super::at(folder(&sources.module.file), "go.sum");
    let Some(sums) = sources.sums else {
        if !sources.module.requires.is_empty() {
            let detail = "go.mod is older than go 1.17, so it does not name what its modules require; without go.sum that is not known";
            listed.gaps.push(("no_lockfile", 0, detail.to_owned()));
        }
        return;
    };
    let replaced = sources.module.replaces.iter().flat_map(|r| [r.path.as_str(), r.target.as_str()]);
    let known: HashSet<&str> = sources.module.requires.iter().map(|r| r.path.as_str()).chain(replaced).collect();
    let mut more = Listed::default();
    add_sums(&file, sums, &mut more);
    more.packages.retain(|p| !known.contains(p.name.as_str()));
    if !more.packages.is_empty() {
        let count = more.packages.len();
        let detail = format!(
            "go.mod is older than go 1.17: {count} modules come from go.sum, each in its highest version, and some may not be built; run `go mod tidy -go=1.17` or vendor them"
        );
        listed.gaps.push(("not_pruned", 0, detail));
        listed.packages.append(&mut more.packages);
    }
}

/// Every module of a `go.sum` in its highest version.
pub(super) fn add_sums(file: &str, sums: &Sums, listed: &mut Listed) {
    for (path, (version, line)) in sums.highest() {
        let integrity = sums.of(path, version).into_iter().cloned().collect();
        let key = format!("{path} {version}");
        let package = Package::new(path, Some(version), line);
        listed.packages.push(Package { key, integrity, file: Some(file.to_owned()), ..package });
    }
}

/// Modules of a `go.sum` alone of which only the `go.mod` was needed: nothing of them is built.
pub(super) fn add_unused(file: &str, sums: &Sums, listed: &mut Listed) {
    let unused = sums.highest_unused();
    if unused.is_empty() {
        return;
    }
    let detail = format!("of {} modules only the go.mod was needed: they have the scope optional", unused.len());
    listed.remarks.push(("not_activated", 0, detail));
    for (path, (version, line)) in unused {
        let key = format!("{path} {version}");
        let package = Package::new(path, Some(version), line);
        listed.packages.push(Package { key, scope: Scope::Optional, file: Some(file.to_owned()), ..package });
    }
}
