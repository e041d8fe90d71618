//! Finds the files of Gradle, Bazel and sbt builds, and makes one project of each folder.

use std::collections::{BTreeMap, BTreeSet};

use faultline_package::Ecosystem;

use super::catalog::{self, Catalog};
use super::script::{self, Variables};
use super::{Found, bazel, lockfile, project, reason, sbt, verification};
use crate::maven::xml::Fault;
use crate::text::{file_name, folder, is_installed, join};
use crate::{Incomplete, Inventory, Tree};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Script,
    Lockfile,
    Verification,
    Catalog,
    Bazel,
    BazelModule,
    Sbt,
}

fn kind_of(path: &str) -> Option<Kind> {
    let name = file_name(path);
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    match name {
        "build.gradle" | "build.gradle.kts" => Some(Kind::Script),
        "gradle.lockfile" | "buildscript-gradle.lockfile" | "settings-gradle.lockfile" => Some(Kind::Lockfile),
        "verification-metadata.xml" => Some(Kind::Verification),
        "MODULE.bazel" | "WORKSPACE" | "WORKSPACE.bazel" => Some(Kind::BazelModule),
        "build.sbt.lock" => Some(Kind::Sbt),
        _ if ends("maven_install.json") || name == "maven_install.json" => Some(Kind::Bazel),
        _ if ends(".versions.toml") => Some(Kind::Catalog),
        _ if ends(".lockfile") && file_name(folder(path)) == "dependency-locks" => Some(Kind::Lockfile),
        _ => None,
    }
}

/// The folder of the project that a file speaks of: files in `gradle` speak of the folder above.
fn owner(path: &str) -> &str {
    let mut at = folder(path);
    for inner in ["dependency-locks", "gradle"] {
        if file_name(at) == inner {
            at = folder(at);
        }
    }
    at
}

type Files<'t> = BTreeMap<&'t str, Vec<(Kind, &'t str)>>;

/// Adds every project of a tree whose files name Maven coordinates, POMs left out.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let mut files: Files = BTreeMap::new();
    for path in tree.paths.iter().filter(|path| !is_installed(path)) {
        if let Some(kind) = kind_of(path) {
            files.entry(owner(path)).or_default().push((kind, path));
        }
    }
    let has_pom: BTreeSet<String> =
        out.projects.iter().filter(|p| p.ecosystem == Ecosystem::Maven).map(|p| p.path.clone()).collect();
    let catalogs = catalogs(tree, &files, out);
    let scripts = files.values().flatten().any(|(kind, _)| *kind == Kind::Script);
    for (folder, list) in &files {
        // These state nothing by themselves.
        let is_aside = |kind: Kind| matches!(kind, Kind::BazelModule | Kind::Catalog);
        let is_aside = list.iter().all(|(kind, _)| is_aside(*kind));
        let found = Place { tree, folder, list, catalogs: &catalogs, scripts, out }.read();
        if has_pom.contains(*folder) || (is_aside && found.packages.is_empty()) {
            continue;
        }
        if !found.files.is_empty() {
            out.projects.push(project(folder, None, found));
        }
    }
}

fn catalogs<'t>(tree: &Tree, files: &Files<'t>, out: &mut Inventory) -> BTreeMap<&'t str, Catalog> {
    let mut catalogs: BTreeMap<&str, Catalog> = BTreeMap::new();
    for (folder, list) in files {
        for (_, path) in list.iter().filter(|(kind, _)| *kind == Kind::Catalog) {
            let read = tree.text(path).and_then(|text| catalog::read(path, &text).map_err(|fault| at(path, fault)));
            match read {
                Ok(read) => {
                    let known = catalogs.entry(folder).or_default();
                    known.libraries.extend(read.libraries);
                    known.bundles.extend(read.bundles);
                }
                Err(incomplete) => out.incomplete.push(incomplete),
            }
        }
    }
    catalogs
}

fn at(path: &str, (line, why): Fault) -> Incomplete {
    Incomplete { file: path.to_owned(), line, why }
}

/// One folder's files.
struct Place<'f, 't> {
    tree: &'f Tree<'f>,
    folder: &'f str,
    list: &'f [(Kind, &'t str)],
    catalogs: &'f BTreeMap<&'t str, Catalog>,
    /// True when some build script of the tree says which libraries of a catalog are used.
    scripts: bool,
    out: &'f mut Inventory,
}

impl Place<'_, '_> {
    fn read(mut self) -> Found {
        let mut found = Found { complete: true, ..Found::default() };
        let declared = self.script(&mut found);
        let locked = self.lockfiles(&mut found);
        if !locked {
            self.without_lock(declared, &mut found);
        } else if !declared.is_empty() {
            direct_of(&declared, &mut found);
        }
        self.others(&mut found);
        found
    }

    fn of(&self, kind: Kind) -> Vec<String> {
        self.list.iter().filter(|(known, _)| *known == kind).map(|(_, path)| (*path).to_owned()).collect()
    }

    fn text(&mut self, path: &str, found: &mut Found) -> Option<String> {
        match self.tree.text(path) {
            Ok(text) => Some(text),
            Err(incomplete) => {
                self.unreadable(incomplete, found);
                None
            }
        }
    }

    fn unreadable(&mut self, incomplete: Incomplete, found: &mut Found) {
        found.reasons.push(reason("unreadable", incomplete.why.clone(), &incomplete.file, incomplete.line));
        found.complete = false;
        found.files.push(incomplete.file.clone());
        self.out.incomplete.push(incomplete);
    }

    fn script(&mut self, found: &mut Found) -> Vec<super::Listed> {
        let mut declared = Vec::new();
        let mut variables = Variables::new();
        let mut catalog = Catalog::default();
        for above in self.above() {
            let file = join(&above, "gradle.properties").filter(|file| self.tree.has(file));
            let text = file.and_then(|file| self.tree.text(&file).ok());
            script::properties(&text.unwrap_or_default(), &mut variables);
            for name in ["settings.gradle", "settings.gradle.kts"] {
                let file = join(&above, name).filter(|file| self.tree.has(file));
                let text = file.and_then(|file| self.tree.text(&file).ok());
                script::root_name(&text.unwrap_or_default(), &mut variables);
            }
            if let Some(known) = self.catalogs.get(above.as_str()) {
                catalog = known.clone();
            }
        }
        for path in self.of(Kind::Script) {
            if let Some(text) = self.text(&path, found) {
                declared.extend(script::read(&path, &text, &catalog, &variables));
                found.files.push(path);
            }
        }
        declared
    }

    /// The folders from the top of the tree down to this one.
    fn above(&self) -> Vec<String> {
        let mut all: Vec<String> = std::iter::successors(Some(self.folder), |at| (!at.is_empty()).then(|| folder(at)))
            .map(str::to_owned)
            .collect();
        all.reverse();
        all
    }

    /// Reads every lockfile; true when there is one.
    fn lockfiles(&mut self, found: &mut Found) -> bool {
        let mut any = false;
        for path in self.of(Kind::Lockfile) {
            let Some(text) = self.text(&path, found) else { continue };
            let (packages, remark) = lockfile::read(&path, &text);
            found.packages.extend(packages);
            found.reasons.extend(remark);
            any |= !path.contains("buildscript-") && !path.contains("settings-");
            found.files.push(path);
        }
        if any && found.packages.len() > 1 {
            let detail = "a Gradle lockfile does not say which package needs which".to_owned();
            let file = found.files.last().cloned().unwrap_or_default();
            found.reasons.push(reason("edges_unknown", detail, &file, 0));
        }
        any
    }

    /// What is known without a lockfile: what scripts state, else what a catalog or the verification file lists.
    fn without_lock(&mut self, declared: Vec<super::Listed>, found: &mut Found) {
        let stated = !declared.is_empty();
        found.packages.extend(declared);
        let mut why =
            "no gradle.lockfile stands beside the build script, so transitive dependencies are unknown: lock them";
        for path in self.of(Kind::Verification) {
            let read = (self.tree.read)(&path).map_err(|why| Incomplete { file: path.clone(), line: 0, why });
            match read.and_then(|bytes| verification::read(&path, &bytes).map_err(|fault| at(&path, fault))) {
                Ok(packages) => {
                    found.packages.extend(packages);
                    found.files.push(path);
                    why = "verification metadata list what was ever downloaded, without scopes: lock the dependencies";
                }
                Err(incomplete) => self.unreadable(incomplete, found),
            }
        }
        for path in self.of(Kind::Catalog) {
            let catalog = self.catalogs.get(self.folder);
            if !stated && !self.scripts {
                found.packages.extend(catalog.into_iter().flat_map(|c| c.libraries.values().cloned()));
                why = "a version catalog lists what may be used; no build script says what is: lock the dependencies";
            }
            if catalog.is_some() && !found.files.contains(&path) {
                found.files.push(path);
            }
        }
        if !found.packages.is_empty() {
            let file = found.files.first().cloned().unwrap_or_default();
            found.reasons.push(reason("no_lockfile", why.to_owned(), &file, 0));
            found.complete = false;
        }
    }

    fn others(&mut self, found: &mut Found) {
        let pinned = !self.of(Kind::Bazel).is_empty();
        for (kind, path) in self.list.iter().map(|(kind, path)| (*kind, (*path).to_owned())) {
            if !matches!(kind, Kind::Bazel | Kind::BazelModule | Kind::Sbt) || (kind == Kind::BazelModule && pinned) {
                continue;
            }
            let Some(text) = self.text(&path, found) else { continue };
            let read = match kind {
                Kind::Bazel => bazel::read(&path, &text),
                Kind::BazelModule => Ok(bazel::declared(&path, &text)),
                _ => sbt::read(&path, &text),
            };
            match read {
                Ok(read) => append(found, read),
                Err(fault) => self.unreadable(at(&path, fault), found),
            }
        }
    }
}

/// Marks the locked packages that a build script names.
fn direct_of(declared: &[super::Listed], found: &mut Found) {
    let names: BTreeSet<String> = declared.iter().map(|listed| listed.coordinates.name()).collect();
    let locked = found.packages.iter().enumerate();
    let direct: Vec<usize> =
        locked.filter(|(_, p)| names.contains(&p.coordinates.name())).map(|(index, _)| index).collect();
    if !direct.is_empty() {
        for listed in declared {
            let same = found.packages.iter_mut().find(|p| p.coordinates.name() == listed.coordinates.name());
            if let Some(package) = same {
                package.requirement.clone_from(&listed.requirement);
            }
        }
        found.direct = Some(direct);
    }
    let projects = declared.iter().filter(|listed| listed.project.is_some()).cloned();
    for listed in projects {
        found.direct.get_or_insert_with(|| (0..found.packages.len()).collect()).push(found.packages.len());
        found.packages.push(listed);
    }
}

/// Adds what another file of the folder says.
fn append(found: &mut Found, mut other: Found) {
    let base = found.packages.len();
    let count = other.packages.len();
    found.packages.append(&mut other.packages);
    found.edges.extend(other.edges.into_iter().map(|(from, to)| (from + base, to + base)));
    if let Some(direct) = other.direct {
        let known = found.direct.get_or_insert_with(|| (0..base).collect());
        known.extend(direct.into_iter().map(|index| index + base));
    } else if let Some(known) = &mut found.direct {
        known.extend(base..base + count);
    }
    found.reasons.append(&mut other.reasons);
    found.files.append(&mut other.files);
    found.complete &= other.complete;
}
