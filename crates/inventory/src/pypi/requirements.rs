//! Requirement files of pip: includes, constraints, hashes, editable installs, comments of pip-compile.

use std::collections::{HashMap, HashSet};

use faultline_package::{Integrity, Location, Origin, Scope};

use super::environment;
use super::lines::{self, Logical};
use super::lock::{integrity, normal};
use super::manifest::Declared;
use super::problems::Problems;
use super::pyproject::short;
use super::requirement::Requirement;
use super::source::{archive_name, is_archive};
use crate::Tree;
use crate::text::{decode, folder, join};

/// True for conda environments, which hold requirement lines in a list.
fn is_environment(file: &str) -> bool {
    let extension = file.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yml" | "yaml"))
}

/// One requirement of a file.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// Name, requirement, place.
    pub declared: Declared,
    /// Version: pinned, by a constraint, or from the name of an archive.
    pub version: Option<String>,
    /// Where a constraint file states the version.
    pub constraint: Option<Location>,
    /// `--hash` options.
    pub integrity: Vec<Integrity>,
    /// What asked for it, by pip-compile's comment; empty when there is none.
    pub via: Vec<Via>,
}

/// Who asked for a package, by the comment of pip-compile or uv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Via {
    /// The project: a requirement file or its manifest.
    Project,
    /// Another package, by normalised name; or the project's own name.
    Package(String),
}

/// All requirements reached from a set of files.
#[derive(Debug, Default)]
pub(super) struct Requirements {
    /// Requirements in the order of files and lines.
    pub items: Vec<Item>,
    /// Files read, included ones too.
    pub files: Vec<String>,
}

/// A file to read, and as what.
struct Task {
    file: String,
    scope: Scope,
    constraint: bool,
}

/// Reads requirement files and what they include. Every file is read once per scope.
pub(super) fn read(tree: &Tree, files: &[(String, Scope)], problems: &mut Problems) -> Requirements {
    let mut reader =
        Reader { tree, problems, found: Requirements::default(), pins: HashMap::new(), seen: HashSet::new() };
    let mut tasks: Vec<Task> =
        files.iter().rev().map(|(file, scope)| Task { file: file.clone(), scope: *scope, constraint: false }).collect();
    while let Some(task) = tasks.pop() {
        reader.file(&task, &mut tasks);
    }
    reader.finish()
}

struct Reader<'r, 't> {
    tree: &'r Tree<'t>,
    problems: &'r mut Problems,
    found: Requirements,
    /// Versions that constraint files pin, by normalised name, and where.
    pins: HashMap<String, (String, Location)>,
    seen: HashSet<(String, Scope, bool)>,
}

impl Reader<'_, '_> {
    fn file(&mut self, task: &Task, tasks: &mut Vec<Task>) {
        if !self.seen.insert((task.file.clone(), task.scope, task.constraint)) {
            return;
        }
        let Some(text) = self.text(&task.file) else { return };
        if looks_binary(&text) {
            let why = "is not a requirement file: replace it by one".to_owned();
            return self.problems.broken(&task.file, 1, why);
        }
        let logical = if is_environment(&task.file) { environment::lines(&text) } else { lines::split(&text) };
        let says_something = !logical.is_empty() || !is_environment(&task.file);
        if says_something && !self.found.files.contains(&task.file) {
            self.found.files.push(task.file.clone());
        }
        let mut includes = Vec::new();
        for line in &logical {
            self.line(task, line, &mut includes);
        }
        tasks.extend(includes.into_iter().rev());
    }

    fn text(&mut self, file: &str) -> Option<String> {
        let bytes = match (self.tree.read)(file) {
            Ok(bytes) => bytes,
            Err(why) => {
                self.problems.broken(file, 0, why);
                return None;
            }
        };
        let converted = lines::utf16(&bytes);
        match decode(converted.as_ref().map_or(&bytes[..], |text| text.as_bytes())) {
            Ok(text) => Some(text),
            Err((line, why)) => {
                self.problems.broken(file, line, why);
                None
            }
        }
    }

    fn line(&mut self, task: &Task, line: &Logical, includes: &mut Vec<Task>) {
        let (requirement, options) = lines::split_options(&line.text);
        if requirement.is_empty() {
            return self.directive(task, line, options, includes);
        }
        let Some(mut item) = self.item(task, line, requirement, options) else {
            let what = format!("`{}` is not a requirement", short(&line.text));
            return self.problems.entry(&task.file, line.line, &what);
        };
        if task.constraint {
            if let Some(version) = item.version {
                self.pins.entry(item.declared.name).or_insert((version, item.declared.location));
            }
            return;
        }
        item.via = lines::via(&line.comments);
        self.found.items.push(item);
    }

    fn item(&mut self, task: &Task, line: &Logical, text: &str, options: &str) -> Option<Item> {
        let requirement = if is_target(text) { target(text, None)? } else { Requirement::parse(text)? };
        if let Some(trailing) = &requirement.trailing {
            let what = format!("`{}` behind the version of `{}`", short(trailing), requirement.name);
            self.problems.entry(&task.file, line.line, &what);
        }
        let declared = Declared::new(&requirement, task.scope, &task.file, line.line);
        Some(Item {
            version: declared.version(),
            declared,
            constraint: None,
            integrity: hashes(options),
            via: Vec::new(),
        })
    }

    /// A line that starts with an option.
    fn directive(&mut self, task: &Task, line: &Logical, options: &str, includes: &mut Vec<Task>) {
        match lines::option(options) {
            Some((lines::Directive::Include, target)) => self.include(task, line, target, false, includes),
            Some((lines::Directive::Constraint, target)) => self.include(task, line, target, true, includes),
            Some((lines::Directive::Editable, target)) => self.editable(task, line, target),
            Some((lines::Directive::Ignored, _)) => {}
            None => {
                let what = format!("`{}` is not an option of requirement files", short(options));
                self.problems.entry(&task.file, line.line, &what);
            }
        }
    }

    fn include(&mut self, task: &Task, line: &Logical, target: &str, constraint: bool, includes: &mut Vec<Task>) {
        let refuse =
            |problems: &mut Problems, why: String| problems.remark("include_not_read", &task.file, line.line, why);
        let target = target.trim_matches(['"', '\'']);
        if target.contains("://") || target.contains("${") {
            return refuse(self.problems, format!("`{}` is outside the repository: not fetched", short(target)));
        }
        let Some(file) = join(folder(&task.file), target) else {
            return refuse(self.problems, format!("`{}` leads out of the repository: not read", short(target)));
        };
        if !self.tree.has(&file) {
            return refuse(self.problems, format!("`{}` does not exist: add it or remove the line", short(&file)));
        }
        includes.push(Task { file, scope: task.scope, constraint: constraint || task.constraint });
    }

    fn editable(&mut self, task: &Task, line: &Logical, text: &str) {
        let Some(requirement) = target(text, Some(self.tree)) else {
            // `-e .` is the project itself; its manifest is read anyway.
            let is_self = matches!(text.split(['[', '#']).next().map(str::trim), Some("." | "./" | ".."));
            if !is_self {
                self.problems.remark("name_unknown", &task.file, line.line, unnamed(text));
            }
            return;
        };
        let declared = Declared::new(&requirement, task.scope, &task.file, line.line);
        let item = Item {
            version: declared.version(),
            declared,
            constraint: None,
            integrity: Vec::new(),
            via: lines::via(&line.comments),
        };
        if !task.constraint {
            self.found.items.push(item);
        }
    }

    /// Gives constraint pins to requirements that have no version of their own.
    fn finish(mut self) -> Requirements {
        for item in &mut self.found.items {
            if item.version.is_none() && item.declared.source.origin == Origin::Registry {
                let pin = self.pins.get(&item.declared.name).cloned();
                (item.version, item.constraint) = pin.unzip();
            }
        }
        self.found
    }
}

fn unnamed(text: &str) -> String {
    format!("the name of `{}` is not known: add `#egg=NAME` or write `NAME @ ADDRESS`", short(text))
}

fn looks_binary(text: &str) -> bool {
    text.chars().take(4096).any(|c| c.is_control() && !c.is_whitespace())
}

/// True for an address or a path where a name is expected.
fn is_target(text: &str) -> bool {
    let text = text.split(['[', ';']).next().unwrap_or(text).trim();
    let direct = text.split_once('@').is_some_and(|(name, url)| name.len() < url.len() && !name.contains([':', '/']));
    !direct && (text.contains("://") || text.starts_with(['.', '/']) || text.starts_with("file:") || is_archive(text))
}

/// A requirement from an address or a path: named by its fragment, its archive, or the project at that folder.
fn target(text: &str, tree: Option<&Tree>) -> Option<Requirement> {
    let (address, marker) = match text.split_once(" ;").or_else(|| text.split_once("; ")) {
        Some((address, marker)) => (address.trim(), Some(marker.trim().to_owned())),
        None => (text.trim(), None),
    };
    if !address.contains("://") && Requirement::parse(address).is_some_and(|r| r.url.is_some()) {
        return Requirement::parse(text);
    }
    let (bare, extras) = split_extras(address);
    let fragment = address.split_once("#egg=").or_else(|| address.split_once("&egg=")).map(|(_, egg)| egg);
    let named = fragment.map(|egg| egg.split(['&', '[']).next().unwrap_or(egg).to_owned());
    let name =
        named.or_else(|| archive_name(bare).map(|(name, _)| name)).or_else(|| tree.and_then(|_| last_folder(bare)))?;
    (!name.is_empty()).then(|| Requirement {
        name,
        extras,
        marker,
        url: Some(bare.to_owned()),
        ..Requirement::default()
    })
}

/// `./lib[extra]` to path and extras.
fn split_extras(address: &str) -> (&str, Vec<String>) {
    match address.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((bare, extras)) => (bare, extras.split(',').map(|e| e.trim().to_owned()).collect()),
        None => (address, Vec::new()),
    }
}

/// The repository or folder name at the end of an address, as the best name known.
fn last_folder(address: &str) -> Option<String> {
    let path = address.split(['#', '?']).next().unwrap_or(address);
    let path = path
        .rsplit_once('@')
        .filter(|(head, _)| head.contains("://") && head.contains(".git"))
        .map_or(path, |(head, _)| head);
    let last = path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path);
    let name = last.trim_end_matches(".git");
    name.starts_with(|c: char| c.is_ascii_alphanumeric()).then(|| name.to_owned())
}

fn hashes(options: &str) -> Vec<Integrity> {
    let mut words = options.split_whitespace();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let value = if word == "--hash" { words.next() } else { word.strip_prefix("--hash=") };
        found.extend(value.and_then(|value| integrity(value, None)));
    }
    found
}

/// The name of what a via comment calls a package.
pub(super) fn via_name(text: &str) -> String {
    normal(text.split('[').next().unwrap_or(text).trim())
}
