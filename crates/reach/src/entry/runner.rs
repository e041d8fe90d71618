//! What scripts of manifests run for the tests: commands of installed packages, and the files named to them.

use faultline_facts::{EntryPointDeclaration, NpmManifest, Resource};
use rustc_hash::FxHashSet;

use super::{Found, node::file_of};
use crate::{
    Dependency, EntryKind, UnitId,
    link::{Linker, Target, folder_of},
    solve::Mod,
};

/// Names of scripts that run tests contain one of these.
const TEST_SCRIPTS: &[&str] = &["test", "unit", "spec", "coverage", "cover", "mocha", "jest", "e2e", "integration"];
/// Commands that look at code or build it, and run none of it.
const CHECKERS: &[&str] = &[
    "eslint",
    "standard",
    "semistandard",
    "xo",
    "jshint",
    "jscs",
    "tslint",
    "oxlint",
    "biome",
    "prettier",
    "oxfmt",
    "tsc",
    "tsd",
    "tstyche",
    "check-dts",
    "dtslint",
    "attw",
    "flow",
    "publint",
    "typedoc",
    "jsdoc",
    "gts",
    "markdownlint-cli2",
    "markdownlint",
    "evalmd",
    "eclint",
    "editorconfig-tools",
    "editorconfig-checker",
    "aud",
    "npm-audit",
    "size-limit",
    "bundlesize",
    "knip",
    "madge",
    "depcheck",
    "lockfile-lint",
    "license-checker",
    "auto-changelog",
    "husky",
    "lint-staged",
    "rimraf",
    "del",
    "del-cli",
    "mkdirp",
    "cpy",
    "rollup",
    "webpack",
    "esbuild",
    "tsup",
    "tshy",
    "unbuild",
    "babel",
    "browserify",
    "uglifyjs",
    "terser",
    "coveralls",
    "codecov",
    "git",
    "echo",
    "cp",
    "rm",
    "cd",
];
/// Test runners that tests need not import.
const RUNNERS: &[&str] = &["mocha", "jest", "ava", "tape", "tap", "vitest", "jasmine", "uvu", "qunit", "lab", "borp"];
/// Options whose value is a module to load first.
const PRELOADS: &[&str] = &["-r", "--require", "--import", "--loader", "--experimental-loader", "--file"];
/// How deep scripts call scripts.
const MAX_SCRIPTS: usize = 40;

/// Modules with which the test suite starts.
pub(crate) fn tests(linker: &Linker<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (id, unit) in (0u32..).zip(&linker.program.units).filter(|(_, unit)| unit.first_party()) {
        for (path, resource) in &unit.resources {
            if let Resource::Npm(manifest) = resource {
                let mut suite = Suite { linker, unit: UnitId(id), path, found: &mut found };
                suite.scripts(manifest);
                suite.known_runners();
            }
        }
    }
    let mut seen = FxHashSet::default();
    found.retain(|found: &Found| seen.insert(found.module));
    found
}

struct Suite<'a, 'l, 'p> {
    linker: &'l Linker<'p>,
    unit: UnitId,
    /// The manifest.
    path: &'l str,
    found: &'a mut Vec<Found>,
}

impl Suite<'_, '_, '_> {
    fn scripts(&mut self, manifest: &NpmManifest) {
        let is_test = |script: &&EntryPointDeclaration| TEST_SCRIPTS.iter().any(|word| script.name.contains(word));
        let queue: Vec<&EntryPointDeclaration> = manifest.scripts.iter().filter(is_test).collect();
        let mut at = 0;
        while let Some(script) = queue.get(at).copied().filter(|_| at < MAX_SCRIPTS) {
            at += 1;
            for command in script.target.split(['&', '|', ';']) {
                let words: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
                self.command(&words, script);
            }
        }
    }

    fn command(&mut self, words: &[&str], script: &EntryPointDeclaration) {
        let name = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
        let mut started = false;
        let mut previous = "";
        for word in words.iter().filter(|word| !is_assignment(word)) {
            if CHECKERS.contains(&name(word).as_str()) {
                return;
            }
            if let Some((option, value)) = word.split_once('=').filter(|(option, _)| option.starts_with('-')) {
                if PRELOADS.contains(&option) {
                    self.preload(value, script);
                }
            } else if PRELOADS.contains(&previous) {
                self.preload(word, script);
            } else if !word.starts_with('-') {
                started |= self.program(word, &name(word), started, script);
            }
            previous = word;
        }
    }

    /// A command of a package, or a file of the project. After the first one, words are mostly its arguments.
    fn program(&mut self, word: &str, name: &str, started: bool, script: &EntryPointDeclaration) -> bool {
        let is_path = word.contains('/') || word.contains('.');
        if !is_path || word.contains("node_modules/") {
            let bins = self.bins(name, started);
            let any = !bins.is_empty();
            for module in bins {
                self.add(module, format!("run by script `{}`", script.name), script.line);
            }
            if any {
                return true;
            }
        }
        if let Some(module) = file_of(self.linker, self.unit, folder_of(self.path), word) {
            self.add(module, format!("named in script `{}`", script.name), script.line);
        }
        false
    }

    /// The files of a command: of direct dependencies, or of anything installed.
    fn bins(&self, name: &str, direct_only: bool) -> Vec<Mod> {
        let program = self.linker.program;
        let direct: Vec<UnitId> =
            program.unit(self.unit).dependencies.iter().filter_map(|(_, to)| unit_of(to)).collect();
        let of = |id: UnitId| bin_of(self.linker, id, name);
        let found: Vec<Mod> = direct.into_iter().filter_map(of).collect();
        if !found.is_empty() || direct_only {
            return found;
        }
        let all = (0..program.units.len() as u32).map(UnitId).filter(|id| program.unit(*id).package.is_some());
        all.filter_map(of).take(1).collect()
    }

    fn preload(&mut self, value: &str, script: &EntryPointDeclaration) {
        let first = (0..self.linker.modules.len() as u32).map(Mod);
        let Some(from) = first.clone().find(|module| self.linker.info(*module).at.unit == self.unit) else { return };
        let why = format!("loaded first by script `{}`", script.name);
        if let Some(module) = file_of(self.linker, self.unit, folder_of(self.path), value) {
            return self.add(module, why, script.line);
        }
        for target in self.linker.resolve(from, value, 0) {
            if let Target::Module(module) = target {
                self.add(module, why.clone(), script.line);
            }
        }
    }

    /// Runners that the project depends on by itself, whatever its scripts say.
    fn known_runners(&mut self) {
        for name in RUNNERS {
            for module in self.bins(name, true) {
                self.add(module, format!("test runner `{name}`"), 1);
            }
        }
    }

    fn add(&mut self, module: Mod, why: String, line: u32) {
        let file = self.path.to_owned();
        self.found.push(Found { module, function: None, kind: EntryKind::Test, why, file, line });
    }
}

fn unit_of(dependency: &Dependency) -> Option<UnitId> {
    match dependency {
        Dependency::Unit(id) => Some(*id),
        Dependency::External(_) => None,
    }
}

/// The file of a command of one package.
fn bin_of(linker: &Linker<'_>, id: UnitId, name: &str) -> Option<Mod> {
    let unit = linker.program.unit(id);
    unit.resources.iter().find_map(|(path, resource)| {
        let Resource::Npm(manifest) = resource else { return None };
        if folder_of(path) != unit.root {
            return None;
        }
        let bin = manifest.bin.iter().find(|bin| bin.name == name)?;
        file_of(linker, id, folder_of(path), &bin.target)
    })
}

/// `NAME=value` before a command.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
