//! What a manifest or lockfile comes down to in ecosystems that need no more than a list of packages and who needs
//! them, and how such files become projects.

mod assemble;
mod collect;
mod hash;

use faultline_package::{Ecosystem, Integrity, Origin, Scope};

pub(crate) use assemble::{Parts, project};
pub(crate) use collect::{Format, Kind, read};
pub(crate) use hash::{hash, hash_base64};

/// A line and what is wrong there, with a remedy.
pub(crate) use crate::npm::doc::Fault;

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Name of the project itself.
    pub name: Option<String>,
    /// Version of the project itself.
    pub version: Option<String>,
    /// True when the file is of another format after all, in spite of its name.
    pub foreign: bool,
    /// Packages, in the order of the file.
    pub packages: Vec<Package>,
    /// What the project needs itself; `None` when the file does not say.
    pub direct: Option<Vec<Need>>,
    /// Entries that were left out, and why.
    pub faults: Vec<Fault>,
    /// What is remarkable but leaves the graph complete: code, line and detail.
    pub remarks: Vec<(&'static str, u32, String)>,
    /// Why the graph is not complete: code, line and detail.
    pub gaps: Vec<(&'static str, u32, String)>,
}

/// A package that a file states.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// By which needs find it; unique in the file unless the same package stands twice.
    pub key: String,
    /// Name as the ecosystem writes it.
    pub name: String,
    /// Version, when known.
    pub version: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Scope by the file's own words, for packages that nothing leads to.
    pub scope: Scope,
    /// 1-based line.
    pub line: u32,
    /// File that states it, when that is not the one that is read.
    pub file: Option<String>,
    /// Name under which others know it, when that differs.
    pub alias: Option<String>,
    /// Hashes of its archive.
    pub integrity: Vec<Integrity>,
    /// Download address or repository.
    pub resolved: Option<String>,
    /// Folder in the repository.
    pub path: Option<String>,
    /// Condition under which it is used.
    pub marker: Option<String>,
    /// What it needs.
    pub needs: Vec<Need>,
}

/// A dependency as written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Need {
    /// [`Package::key`] of what is needed.
    pub key: String,
    /// Requirement as written.
    pub requirement: String,
    /// Scope of the edge.
    pub scope: Option<Scope>,
    /// Line in the file; 0 when unknown.
    pub line: u32,
    /// Condition under which it holds.
    pub marker: Option<String>,
    /// The name that the dependent uses, when it is another than the package's.
    pub name: Option<String>,
    /// True when it may be absent from a lockfile: optional, or part of the platform.
    pub optional: bool,
}

impl Package {
    /// A package of the registry whose key is its name.
    pub(crate) fn new(name: &str, version: Option<&str>, line: u32) -> Package {
        Package {
            key: name.to_owned(),
            name: name.to_owned(),
            version: version.map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned),
            origin: Origin::Registry,
            scope: Scope::Runtime,
            line,
            file: None,
            alias: None,
            integrity: Vec::new(),
            resolved: None,
            path: None,
            marker: None,
            needs: Vec::new(),
        }
    }
}

impl Need {
    /// A need without requirement.
    pub(crate) fn of(key: &str) -> Need {
        Need { key: key.to_owned(), ..Need::default() }
    }

    /// A need as a manifest states it.
    pub(crate) fn stated(key: &str, requirement: &str, scope: Scope, line: u32) -> Need {
        let (key, requirement) = (key.to_owned(), requirement.to_owned());
        Need { key, requirement, scope: Some(scope), line, ..Need::default() }
    }
}

impl Listed {
    /// Adds a package that the project itself names, and the need for it.
    pub(crate) fn declare(&mut self, package: Package, requirement: &str) {
        let need = Need::stated(&package.key, requirement, package.scope, package.line);
        self.direct.get_or_insert_default().push(need);
        self.packages.push(package);
    }

    /// Notes an entry that was left out.
    pub(crate) fn fault(&mut self, line: u32, why: impl Into<String>) {
        self.faults.push((line, why.into()));
    }
}

/// The remedy that most messages end with.
pub(crate) const REGENERATE: &str = "restore or regenerate it";

/// Names of ecosystems that ignore case.
pub(crate) fn folded(ecosystem: Ecosystem, name: &str) -> String {
    match ecosystem {
        Ecosystem::NuGet | Ecosystem::Composer | Ecosystem::Hex | Ecosystem::Pub => name.to_lowercase(),
        _ => name.to_owned(),
    }
}
