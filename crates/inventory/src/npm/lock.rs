//! What every npm lockfile format is read into, before it is split into projects.

use std::collections::BTreeMap;

use faultline_package::{Integrity, Origin, Scope};

use super::doc::{Fault, Item, Value};
use super::manifest::{Manifest, Requirement};

/// What a lockfile reader knows besides the file itself.
pub struct Context<'a> {
    /// Path of the lockfile relative to the repository.
    pub file: &'a str,
    /// Its folder.
    pub folder: &'a str,
    /// Text of a `.yarnrc.yml` beside it: its catalogs stand nowhere else.
    pub yarnrc: Option<&'a str>,
    /// Every readable `package.json` of the repository by folder.
    pub manifests: &'a BTreeMap<String, Manifest>,
}

/// A lockfile's packages and the projects that it is about.
#[derive(Debug, Default)]
pub struct Lock {
    /// Installed copies.
    pub packages: Vec<Package>,
    /// The root project and the members of its workspace.
    pub importers: Vec<Importer>,
    /// Entries that could not be understood.
    pub faults: Vec<Fault>,
    /// Remarks that leave the graph complete: code, detail and line.
    pub remarks: Vec<(&'static str, String, u32)>,
    /// Why the whole graph may be incomplete: code and detail.
    pub gaps: Vec<(&'static str, String)>,
    /// A version of the format that is not known: line, and what that means.
    pub unknown_version: Option<Fault>,
}

/// One installed copy of a package.
#[derive(Debug, Clone)]
pub struct Package {
    /// Unique within the lockfile.
    pub id: String,
    /// Real name.
    pub name: String,
    /// Version, when known.
    pub version: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Name under which importers know it, when it differs.
    pub alias: Option<String>,
    /// Hashes of its archive.
    pub integrity: Vec<Integrity>,
    /// Lines of its keys in the lockfile.
    pub lines: Vec<u32>,
    /// Download address.
    pub resolved: Option<String>,
    /// Folder for `Path` and `Link`.
    pub path: Option<String>,
    /// Scope by the lockfile's own flags, for packages that nothing reaches.
    pub flag: Scope,
    /// Platform condition.
    pub marker: Option<String>,
    /// Resolved dependencies.
    pub deps: Vec<Dep>,
    /// Dependencies that the lockfile does not hold.
    pub missing: Vec<Missing>,
}

impl Package {
    /// A registry package with the given identity and nothing else known.
    pub fn new(id: String, name: String, version: Option<String>, line: u32) -> Package {
        Package {
            id,
            name,
            version: version.filter(|v| !v.is_empty()),
            origin: Origin::Registry,
            alias: None,
            integrity: Vec::new(),
            lines: vec![line],
            resolved: None,
            path: None,
            flag: Scope::Runtime,
            marker: None,
            deps: Vec::new(),
            missing: Vec::new(),
        }
    }
}

impl Lock {
    /// Notes a version of which nobody knows what it means; older files have none.
    pub fn check_version(&mut self, version: Option<&Item>, known: &[&str], tool: &str) {
        let Some(item) = version else { return };
        let text = match &item.value {
            Value::Text(text) | Value::Number(text) => text,
            Value::Null => return,
            _ => "of another type",
        };
        if !known.contains(&text.split('.').next().unwrap_or(text)) {
            let known = known.join(", ");
            let detail = format!(
                "version {text} of this format is not known (known are {known}), so packages may be missing; regenerate it with a {tool} that writes one of these"
            );
            self.unknown_version = Some((item.line, detail.clone()));
            self.gaps.push(("lockfile_version_unknown", detail));
        }
    }

    /// Remarks on a key that stands twice: package managers take the last one, and so do we.
    pub fn remark_twice(&mut self, key: &str, line: u32) {
        let detail = format!("`{key}` stands twice in the lockfile, the last one counts");
        self.remarks.push(("duplicate_key", detail, line));
    }
}

/// Longest install path or key that is taken for real.
pub const MAX_KEY: usize = 4096;

/// A resolved dependency of a package or of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dep {
    /// Index into [`Lock::packages`].
    pub to: usize,
    /// As written.
    pub requirement: String,
    /// Scope of the edge.
    pub scope: Scope,
    /// The name the dependent uses.
    pub name: String,
    /// Line in the dependent's manifest; 0 when unknown.
    pub line: u32,
}

/// A project that the lockfile is about.
#[derive(Debug, Default)]
pub struct Importer {
    /// Folder relative to the repository.
    pub folder: String,
    /// Own name, as far as the lockfile states it.
    pub name: Option<String>,
    /// Own version, as far as the lockfile states it.
    pub version: Option<String>,
    /// True when a lockfile of its own counts more: a folder that is linked, not a member of the workspace.
    pub linked: bool,
    /// What it depends on.
    pub deps: Vec<Dep>,
    /// What it names but the lockfile does not hold.
    pub missing: Vec<Missing>,
}

/// A dependency that could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Who needs it.
    pub dependent: String,
    /// What it needs.
    pub name: String,
    /// As written.
    pub requirement: String,
    /// Where the dependent stands.
    pub line: u32,
}

/// Resolves requirements to dependencies; what may not be absent and is goes to `missing`.
pub fn resolve(
    dependent: &str,
    line: u32,
    requirements: &[Requirement],
    missing: &mut Vec<Missing>,
    mut find: impl FnMut(&Requirement) -> Option<usize>,
) -> Vec<Dep> {
    let mut deps = Vec::with_capacity(requirements.len());
    for requirement in requirements {
        let Requirement { name, text, scope, line: at, .. } = requirement;
        match find(requirement) {
            Some(to) => deps.push(Dep { to, requirement: text.clone(), scope: *scope, name: name.clone(), line: *at }),
            None if requirement.may_be_absent || *scope == Scope::Peer => {}
            None => missing.push(Missing {
                dependent: dependent.to_owned(),
                name: name.clone(),
                requirement: text.clone(),
                line: if *at > 0 { *at } else { line },
            }),
        }
    }
    deps
}

/// The requirements that hold for those who depend on the package: all but its development ones.
pub fn published(requirements: &[Requirement]) -> Vec<Requirement> {
    requirements.iter().filter(|r| r.scope < Scope::Dev).cloned().collect()
}

/// The same requirements without lines, for lists that come from a lockfile.
pub fn without_lines(mut requirements: Vec<Requirement>) -> Vec<Requirement> {
    for requirement in &mut requirements {
        requirement.line = 0;
    }
    requirements
}

/// `os`, `cpu` and `libc` conditions as one text.
pub fn platform(item: &Item) -> Option<String> {
    let mut parts = Vec::new();
    for key in ["os", "cpu", "libc"] {
        let Some(value) = item.get(key) else { continue };
        let words: Vec<&str> = match value.text() {
            Some(text) => vec![text],
            None => value.items().iter().filter_map(Item::text).collect(),
        };
        if !words.is_empty() && words != ["none"] {
            parts.push(format!("{key}={}", words.join(",")));
        }
    }
    (!parts.is_empty()).then(|| parts.join(" "))
}
