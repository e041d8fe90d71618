//! `go.mod` and `go.work`.

use std::collections::{HashMap, HashSet};

use super::syntax::{Statement, statements};
use crate::listing::Fault;

/// A `go.mod` or `go.work`.
#[derive(Debug, Default)]
pub(super) struct ModFile {
    /// Path in the repository.
    pub file: String,
    /// Module path.
    pub module: Option<String>,
    /// The `go` line: version and line.
    pub go: Option<(String, u32)>,
    /// The `toolchain` line: version without `go`, and line.
    pub toolchain: Option<(String, u32)>,
    /// `require`.
    pub requires: Vec<Require>,
    /// `replace`.
    pub replaces: Vec<Replace>,
    /// `exclude`: module and version.
    pub excludes: HashSet<(String, String)>,
    /// `tool`: package path and line.
    pub tools: Vec<(String, u32)>,
    /// `use` of a `go.work`: folder as written and line.
    pub uses: Vec<(String, u32)>,
    /// Lines that make no sense.
    pub faults: Vec<Fault>,
}

/// A required module.
#[derive(Debug, Clone)]
pub(super) struct Require {
    /// Module path.
    pub path: String,
    /// Version as written.
    pub version: String,
    /// True with the comment `// indirect`.
    pub indirect: bool,
    /// 1-based line.
    pub line: u32,
}

/// A replacement.
#[derive(Debug, Clone)]
pub(super) struct Replace {
    /// Module that is replaced.
    pub path: String,
    /// Version that is replaced; every one without.
    pub version: Option<String>,
    /// Module or folder that takes its place.
    pub target: String,
    /// Version of the other module; a folder has none.
    pub target_version: Option<String>,
    /// 1-based line.
    pub line: u32,
}

impl Replace {
    /// True when a folder takes the module's place.
    pub(super) fn is_local(&self) -> bool {
        self.target_version.is_none()
    }
}

/// Reads a file; an error when no line of it is one of Go's.
pub(super) fn parse(file: &str, text: &str) -> Result<ModFile, Fault> {
    let (found, faults) = statements(text);
    let mut out = ModFile { file: file.to_owned(), faults, ..ModFile::default() };
    let mut understood = found.is_empty();
    for statement in &found {
        match out.statement(statement) {
            Ok(()) => understood = true,
            Err(why) => out.faults.push((statement.line, why)),
        }
    }
    out.faults.sort();
    match out.faults.first() {
        Some((line, why)) if !understood => Err((*line, why.clone())),
        _ => Ok(out),
    }
}

impl ModFile {
    fn statement(&mut self, statement: &Statement) -> Result<(), String> {
        let Statement { line, verb, words, comment } = statement;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (verb.as_str(), words.as_slice()) {
            ("module", [path]) => self.module = Some((*path).to_owned()),
            ("go", [version]) if is_go_version(version) => self.go = Some(((*version).to_owned(), *line)),
            ("toolchain", [name]) => {
                let version = name.strip_prefix("go").filter(|v| is_go_version(v));
                self.toolchain = version.map(|v| (plain(v).to_owned(), *line));
            }
            ("require", [path, version]) => {
                let indirect = comment.split(';').any(|part| part.trim() == "indirect");
                let (path, version) = ((*path).to_owned(), (*version).to_owned());
                self.requires.push(Require { path, version, indirect, line: *line });
            }
            ("exclude", [path, version]) => {
                self.excludes.insert(((*path).to_owned(), (*version).to_owned()));
            }
            ("replace", words) => self.replaces.push(replace(words, *line)?),
            ("tool", [path]) => self.tools.push(((*path).to_owned(), *line)),
            ("use", [folder]) => self.uses.push(((*folder).to_owned(), *line)),
            ("retract" | "godebug" | "ignore", _) => {}
            ("module" | "go" | "require" | "exclude" | "tool" | "use", _) => {
                return Err(format!("`{verb} {}` is not how go writes it; correct it", words.join(" ")));
            }
            _ => return Err(format!("`{verb}` is no directive of go.mod; correct it")),
        }
        Ok(())
    }

    /// Go's own version that the module needs at least: the toolchain's, else the language's.
    pub(super) fn stdlib(&self) -> Option<&(String, u32)> {
        self.toolchain.as_ref().or(self.go.as_ref())
    }

    /// True when `go.mod` lists every module that builds need, which it does from go 1.17 on.
    pub(super) fn is_pruned(&self) -> bool {
        let parts = self.go.as_ref().map(|(version, _)| version.split('.').map(str::parse::<u32>));
        let numbers: Vec<u32> = parts.into_iter().flatten().map_while(Result::ok).collect();
        numbers.as_slice() >= [1, 17].as_slice()
    }

    /// Its replacements by module and version; of several the last counts.
    pub(super) fn replacements(&self) -> Replacements<'_> {
        let keyed = self.replaces.iter().map(|r| ((r.path.as_str(), r.version.as_deref()), r));
        Replacements(keyed.collect())
    }
}

/// Replacements by module and version.
pub(super) struct Replacements<'a>(HashMap<(&'a str, Option<&'a str>), &'a Replace>);

impl<'a> Replacements<'a> {
    /// The replacement of a required module: one for the version goes before one for all.
    pub(super) fn of<'k>(&self, path: &'k str, version: &'k str) -> Option<&'a Replace>
    where
        'a: 'k,
    {
        let exact = self.0.get(&(path, Some(version)));
        exact.or_else(|| self.0.get(&(path, None))).copied()
    }
}

fn replace(words: &[&str], line: u32) -> Result<Replace, String> {
    let (path, version, target) = match words {
        [path, "=>", target @ ..] => (path, None, target),
        [path, version, "=>", target @ ..] => (path, Some((*version).to_owned()), target),
        _ => return Err(format!("`replace {}` is not how go writes it; correct it", words.join(" "))),
    };
    let (target, target_version) = match target {
        [target] if is_folder(target) => (target, None),
        [target, version] => (target, Some((*version).to_owned())),
        _ => {
            return Err("a replacement is a folder that starts with `./` or `../`, or a module with its version".into());
        }
    };
    Ok(Replace { path: (*path).to_owned(), version, target: (*target).to_owned(), target_version, line })
}

/// True for what go takes for a folder and not for a module.
pub(super) fn is_folder(text: &str) -> bool {
    let drive = text.as_bytes().get(1) == Some(&b':');
    text == "." || text == ".." || ["./", "../", "/", ".\\", "..\\"].iter().any(|p| text.starts_with(p)) || drive
}

/// `1.21`, `1.21.3`, `1.22rc1`, `1.23.6-suffix`.
fn is_go_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.')
}

/// A toolchain's version without the suffix of whoever built it.
fn plain(version: &str) -> &str {
    version.split('-').next().unwrap_or(version)
}

/// True for `v1.2.3` with whatever follows by the rules of semantic versions.
pub(super) fn is_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else { return false };
    let core = rest.split(['-', '+']).next().unwrap_or(rest);
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}
