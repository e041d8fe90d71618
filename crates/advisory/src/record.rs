//! Advisories as they are kept: what an OSV record says, in our own plain form.

use bitcode::{Decode, Encode};
use faultline_package::{Ecosystem, Purl};

/// One OSV record.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Record {
    /// The record's own id, e.g. `GHSA-…`.
    pub id: String,
    /// When it was last changed (RFC 3339); the newer of two records with one id wins.
    pub modified: String,
    /// When it was published (RFC 3339).
    pub published: Option<String>,
    /// When it was withdrawn (RFC 3339); withdrawn records never match.
    pub withdrawn: Option<String>,
    /// Other ids of the same vulnerability.
    pub aliases: Vec<String>,
    /// Ids of other vulnerabilities that have to do with it.
    pub related: Vec<String>,
    /// One line.
    pub summary: String,
    /// Markdown.
    pub details: String,
    /// CVSS vectors.
    pub severity: Vec<Rating>,
    /// The source's own word for the severity, e.g. `MODERATE`.
    pub severity_word: Option<String>,
    /// What is affected.
    pub affected: Vec<Affected>,
    /// Where to read more.
    pub references: Vec<Reference>,
    /// `database_specific` as JSON text.
    pub database_specific: Option<String>,
}

/// One entry of `severity`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Rating {
    /// `CVSS_V2`, `CVSS_V3`, `CVSS_V4` …
    pub kind: String,
    /// The vector.
    pub vector: String,
}

/// One entry of `affected`: a package and which of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Affected {
    /// The ecosystem as written, e.g. `PyPI` or `Maven:https://…`.
    pub ecosystem: String,
    /// The package's name as written.
    pub name: String,
    /// The purl as written.
    pub purl: Option<String>,
    /// CVSS vectors of this package alone.
    pub severity: Vec<Rating>,
    /// Ranges of affected versions.
    pub ranges: Vec<AffectedRange>,
    /// Affected versions one by one.
    pub versions: Vec<String>,
    /// `ecosystem_specific` as JSON text.
    pub ecosystem_specific: Option<String>,
    /// `database_specific` as JSON text.
    pub database_specific: Option<String>,
}

/// A range of versions or commits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct AffectedRange {
    /// What its versions are.
    pub kind: RangeKind,
    /// The repository of a `GIT` range.
    pub repository: Option<String>,
    /// Where affectedness begins and ends, in the order of the record.
    pub events: Vec<Event>,
}

/// The type of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum RangeKind {
    /// Semantic versions.
    Semver,
    /// Versions in the ecosystem's own order.
    Ecosystem,
    /// Commits; never matched against versions.
    Git,
}

/// A point of a range.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// Affected from here on; `0` is before every version.
    Introduced(String),
    /// No longer affected from here on.
    Fixed(String),
    /// The last affected one.
    LastAffected(String),
    /// The range says nothing from here on.
    Limit(String),
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Reference {
    /// `ADVISORY`, `FIX`, `WEB` …
    pub kind: String,
    /// The address.
    pub url: String,
}

impl Event {
    /// The version or commit.
    pub fn text(&self) -> &str {
        match self {
            Event::Introduced(text) | Event::Fixed(text) | Event::LastAffected(text) | Event::Limit(text) => text,
        }
    }
}

impl Record {
    /// Whether it reports a malicious package: the remedy is removal, not an upgrade.
    pub fn is_malicious(&self) -> bool {
        is_malicious_id(&self.id)
    }

    /// Its id and aliases.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

impl Affected {
    /// The package, when its ecosystem is known.
    pub fn package(&self) -> Option<Purl> {
        if let Some(ecosystem) = Ecosystem::from_osv_name(&self.ecosystem) {
            let name = if ecosystem == Ecosystem::Swift { swift_name(&self.name) } else { &self.name };
            return (!name.is_empty()).then(|| Purl::new(ecosystem, name, None));
        }
        let purl = self.purl.as_deref().filter(|_| self.ecosystem.is_empty())?;
        Purl::parse(purl).ok().map(|purl| purl.without_version())
    }
}

/// Swift packages are named by address; the purl has neither scheme nor `.git`.
fn swift_name(name: &str) -> &str {
    let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    name.strip_suffix(".git").unwrap_or(name)
}

/// Whether an id is one of a malicious package.
pub(crate) fn is_malicious_id(id: &str) -> bool {
    id.starts_with("MAL-")
}
