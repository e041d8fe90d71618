//! The input: what is analysed together, as units of files with facts.

use std::sync::Arc;

use faultline_facts::{Facts, Resource};
use faultline_package::Ecosystem;

use crate::EntryKind;

/// Index into [`Program::units`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u32);

/// One file of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileRef {
    /// The unit.
    pub unit: UnitId,
    /// Index into [`Unit::files`].
    pub file: u32,
}

/// Everything that is analysed together. Order is identity.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// First-party projects and packages.
    pub units: Vec<Unit>,
}

impl Program {
    /// The unit behind an id.
    pub fn unit(&self, id: UnitId) -> &Unit {
        &self.units[id.0 as usize]
    }

    /// The file behind a reference.
    pub fn file(&self, at: FileRef) -> &SourceFile {
        &self.unit(at.unit).files[at.file as usize]
    }
}

/// A first-party project or one package version.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Project path of first-party code (may be empty), purl with version of a package.
    pub name: String,
    /// The package's purl with version; `None` for first-party code.
    pub package: Option<String>,
    /// Another project of the same checkout that this program's project uses: analysed where it is reached, never
    /// entered by itself.
    pub linked: bool,
    /// Whose linking rules hold.
    pub ecosystem: Ecosystem,
    /// Units that share one file tree (all projects of one repository) have equal numbers.
    pub tree: u32,
    /// The unit's folder inside its tree; empty for the tree's root.
    pub root: String,
    /// Files with facts, sorted by path.
    pub files: Vec<SourceFile>,
    /// Manifest path in the tree and what the manifest says.
    pub resources: Vec<(String, Resource)>,
    /// Import name (npm: name or alias; Python: distribution name) and what it resolves to.
    pub dependencies: Vec<(String, Dependency)>,
    /// Entry points that are known from outside the source (Dockerfile, Procfile, command line).
    pub entries: Vec<DeclaredEntry>,
}

impl Unit {
    /// A unit without files, for the caller to fill.
    pub fn new(name: impl Into<String>, ecosystem: Ecosystem, tree: u32) -> Unit {
        Unit {
            name: name.into(),
            package: None,
            linked: false,
            ecosystem,
            tree,
            root: String::new(),
            files: Vec::new(),
            resources: Vec::new(),
            dependencies: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// True for the code that the question is about: of a scanned repository, and not only linked.
    pub fn first_party(&self) -> bool {
        self.package.is_none() && !self.linked
    }
}

/// A file and its facts.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path inside the tree, with `/`.
    pub path: String,
    /// Its facts.
    pub facts: Arc<Facts>,
    /// Known to be test, bench, example or build code. Path conventions and facts are looked at besides.
    pub test: bool,
}

/// What an import name of a unit resolves to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependency {
    /// A unit of the program.
    Unit(UnitId),
    /// A package version whose code is not loaded: purl with version.
    External(String),
}

/// An entry point stated by a deployment file or by the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEntry {
    /// A file of the tree, a Python module, or `module:function`.
    pub target: String,
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// File that states it.
    pub file: String,
    /// 1-based line in that file.
    pub line: u32,
}
