//! Bills of materials: one model, several formats. Every writer gives the same bytes for the same model.

pub mod build;
pub mod cyclonedx;
pub mod cyclonedx_xml;
mod filename;
pub(crate) mod identity;
pub mod licence;
pub mod profile;
pub mod spdx2;
pub mod spdx3;

use faultline_inventory::metadata::Party;
use faultline_package::{Integrity, Location, Origin, Scope};
pub use licence::Licence;

/// A bill of materials before it takes a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bom {
    /// The subject first, then its projects when it holds several, then packages by their reference.
    pub components: Vec<Component>,
    /// When it was made, RFC 3339 in UTC with seconds.
    pub created: String,
    /// Who answers for it: person or organisation.
    pub author: Option<Party>,
    /// Version of this program.
    pub tool_version: String,
    /// Inputs that could not be read: the known unknowns, one sentence each.
    pub unknowns: Vec<String>,
}

/// What a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The subject, or a project of it.
    Application,
    /// A package.
    Library,
}

/// How well a component's own dependencies are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// All of them are listed.
    Complete,
    /// Some are known to be absent.
    Incomplete,
    /// Nobody knows whether there are more.
    Unknown,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Unique in the document; for packages their package URL wherever that is unique.
    pub reference: String,
    /// What it is.
    pub kind: Kind,
    /// Name space: npm scope, Maven group.
    pub group: Option<String>,
    /// Name without name space.
    pub name: String,
    /// Version; `None` when nobody knows it.
    pub version: Option<String>,
    /// Package URL.
    pub purl: Option<String>,
    /// Ecosystem as package URLs name it; `None` for a repository.
    pub ecosystem: Option<&'static str>,
    /// Strongest scope; `None` for applications.
    pub scope: Option<Scope>,
    /// Where it comes from; `None` for applications.
    pub origin: Option<Origin>,
    /// Hashes of the artifact, or of several where `file` says which.
    pub hashes: Vec<Integrity>,
    /// Declared licence.
    pub licence: Option<Licence>,
    /// Who made it.
    pub supplier: Option<Party>,
    /// One line about it.
    pub description: Option<String>,
    /// Web page.
    pub homepage: Option<String>,
    /// Address of its source repository.
    pub repository: Option<String>,
    /// Copyright lines; an empty list when its files have none, `None` when nobody looked.
    pub copyright: Option<Vec<String>>,
    /// Commit, for the subject.
    pub revision: Option<String>,
    /// Where a lockfile says that it was had from.
    pub distribution: Option<String>,
    /// Files and lines that name it.
    pub occurrences: Vec<Location>,
    /// Install places, where a package manager keeps copies.
    pub copies: Vec<String>,
    /// Environment markers under which it is installed.
    pub markers: Vec<String>,
    /// Positions in [`Bom::components`] of what it depends on, ordered.
    pub depends_on: Vec<usize>,
    /// How well these are known.
    pub completeness: Completeness,
    /// Why they are not complete.
    pub gaps: Vec<String>,
}

impl Bom {
    /// What the document is about.
    pub fn subject(&self) -> &Component {
        &self.components[0]
    }

    /// Everything but the subject.
    pub fn parts(&self) -> &[Component] {
        &self.components[1..]
    }
}

impl Component {
    /// Name with its name space, as its ecosystem writes it.
    pub fn full_name(&self) -> String {
        let separator = if self.ecosystem == Some("maven") { ':' } else { '/' };
        self.group.as_ref().map_or_else(|| self.name.clone(), |group| format!("{group}{separator}{}", self.name))
    }

    /// The version, or a word that says that it is a known unknown.
    pub fn stated_version(&self) -> String {
        self.version.clone().unwrap_or_else(|| "unresolved".to_owned())
    }

    /// File name of the artifact that the ecosystem distributes; of an application the file that stands for it.
    pub fn filename(&self) -> Option<String> {
        filename::of(self)
    }

    /// The hashes that speak of the one artifact named by [`Component::filename`].
    pub fn artifact_hashes(&self) -> impl Iterator<Item = &Integrity> {
        let file = self.filename();
        self.hashes.iter().filter(move |hash| hash.file.is_none() || hash.file == file)
    }
}
