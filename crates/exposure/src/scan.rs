//! The answer to a scan: plain data, in the shape that `docs/schemas/scan.json` describes.

use serde::{Deserialize, Serialize};

use crate::Level;
use crate::model::{AdvisoryAnswer, Exposure, Incomplete, PackageAnswer, Summary, SymbolAnswer};

/// The whole answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// What was looked at, as the user named it.
    pub path: String,
    /// Advisories with an exposure, by name.
    pub advisories: Vec<AdvisoryAnswer>,
    /// The packages those are about, as far as they are exposed.
    pub packages: Vec<PackageAnswer>,
    /// Their vulnerable symbols.
    pub symbols: Vec<SymbolAnswer>,
    /// Counts over `exposures`.
    pub summary: Summary,
    /// Exposures that count.
    pub exposures: Vec<Exposure>,
    /// Exposures that the ignore file hides.
    pub ignored: Vec<Ignored>,
    /// Entries of the ignore file that hide nothing any more because their day has passed.
    pub expired: Vec<IgnoreEntry>,
    /// Entries of the ignore file that speak of no exposure.
    pub unused: Vec<IgnoreEntry>,
    /// Exposures that the baseline has already; empty without a baseline.
    pub known: Vec<Known>,
    /// Installed packages without a version that advisories speak of: they could not be matched.
    pub unmatched: Vec<Unmatched>,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

/// An exposure that the ignore file hides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ignored {
    /// The entry that hides it.
    pub entry: IgnoreEntry,
    /// True when a call path was found all the same.
    pub path_found: bool,
    /// What is hidden.
    pub exposure: Exposure,
}

/// One entry of the ignore file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IgnoreEntry {
    /// Any id of an advisory.
    pub id: Option<String>,
    /// A package URL, with or without a version.
    pub package: Option<String>,
    /// Only this project.
    pub project: Option<String>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts, `YYYY-MM-DD`.
    pub expires: String,
    /// The file it stands in.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// Exposures that it speaks of.
    pub matches: usize,
}

/// What makes an exposure the same one in two scans, and how bad it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Known {
    /// Repository name.
    pub repository: String,
    /// Project folder.
    pub project: String,
    /// Package URL without version.
    pub package: String,
    /// Name of the alias group.
    pub advisory: Option<String>,
    /// The level it had.
    pub level: Level,
}

/// An installed package that could not be matched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unmatched {
    /// Repository name.
    pub repository: String,
    /// Project folder.
    pub project: String,
    /// Package URL without version.
    pub package: String,
}

impl Known {
    /// The identity and level of an exposure.
    pub fn of(exposure: &Exposure) -> Known {
        Known {
            repository: exposure.repository.clone(),
            project: exposure.project.clone(),
            package: without_version(&exposure.package).to_owned(),
            advisory: exposure.advisory.clone(),
            level: exposure.level,
        }
    }
}

/// A package URL without its version, qualifiers and subpath.
pub fn without_version(purl: &str) -> &str {
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let name = &purl[..end];
    // A scope is written `%40scope`, so the last `@` starts the version.
    name.rsplit_once('@').map_or(name, |(name, _)| name)
}

/// What changed over everything indexed since the last time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// When the last run was; `null` for the first, in which every exposure is new.
    pub since: Option<String>,
    /// Advisories of `new` and `changed`, by name.
    pub advisories: Vec<AdvisoryAnswer>,
    /// Counts over all exposures, also those that did not change.
    pub summary: Summary,
    /// Exposures that were not there.
    pub new: Vec<Exposure>,
    /// Exposures whose level is another one.
    pub changed: Vec<Changed>,
    /// Exposures that are not there any more.
    pub gone: Vec<Known>,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

/// An exposure whose level is another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The level it had.
    pub before: Level,
    /// As it is now.
    pub exposure: Exposure,
}
