//! The answer to a trace: plain data, in the shape that `docs/schemas/trace.json` describes.

use serde::{Deserialize, Serialize};

use crate::{Level, Reason, Verdict};

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked.
    pub target: TargetAnswer,
    /// Counts.
    pub summary: Summary,
    /// Exposures, ordered: highest level first, then repository, project, package.
    pub exposures: Vec<Exposure>,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

/// What was asked, as understood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetAnswer {
    /// The words of the query.
    pub query: String,
    /// Advisories that the target names.
    pub advisories: Vec<AdvisoryAnswer>,
    /// Packages it is about.
    pub packages: Vec<PackageAnswer>,
    /// Vulnerable symbols.
    pub symbols: Vec<SymbolAnswer>,
}

/// One alias group of advisories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdvisoryAnswer {
    /// The group's name.
    pub id: String,
    /// All other ids.
    pub aliases: Vec<String>,
    /// One line.
    pub summary: Option<String>,
    /// Severity, `null` when the record states none.
    pub severity: Option<SeverityAnswer>,
    /// Entry of the known-exploited list, `null` when it is not in the one kept or none is kept.
    pub exploited: Option<ExploitedAnswer>,
    /// Exploit prediction, `null` when none is kept.
    pub epss: Option<EpssAnswer>,
}

/// An entry of the known-exploited list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExploitedAnswer {
    /// The day it was added.
    pub added: Option<String>,
    /// The day by which it is to be fixed.
    pub due: Option<String>,
    /// Whether ransomware campaigns are known to use it.
    pub ransomware: bool,
}

/// An exploit prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpssAnswer {
    /// Probability of exploitation within 30 days, 0 to 1.
    pub score: f64,
    /// Share of vulnerabilities with at most this score, 0 to 1.
    pub percentile: f64,
}

/// A severity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeverityAnswer {
    /// CVSS vector.
    pub vector: Option<String>,
    /// Base score, 0 to 10.
    pub score: Option<f64>,
    /// `low`, `medium`, `high`, `critical`.
    pub label: Option<String>,
}

/// A package that the target is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackageAnswer {
    /// Package URL without version.
    pub purl: String,
    /// Affected versions as a VERS range.
    pub affected: String,
    /// Versions that fix it, one per release line.
    pub fixed: Vec<String>,
}

/// A vulnerable symbol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SymbolAnswer {
    /// Name as its source gives it.
    pub symbol: String,
    /// Package URL without version.
    pub package: String,
    /// `function`, `method`, `class`, `field`, `constant`, `module`.
    pub kind: String,
    /// `S0` to `S4`.
    pub grade: String,
    /// Where the knowledge comes from.
    pub origin: String,
}

/// Counts over the exposures. A repository counts for every level at or below its highest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Repositories looked at.
    pub repositories: usize,
    /// Projects looked at.
    pub projects: usize,
    /// Repositories at *present* or above.
    pub present: usize,
    /// Repositories at *imported* or above.
    pub imported: usize,
    /// Repositories at *called* or above.
    pub called: usize,
    /// Repositories at *reachable*.
    pub reachable: usize,
    /// Repositories with a service known to run.
    pub running: usize,
    /// Repositories with an exposure that is not determined.
    pub not_determined: usize,
}

/// One (repository, project, package version, alias group).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exposure {
    /// Repository name.
    pub repository: String,
    /// Commit indexed, `null` for a plain directory.
    pub revision: Option<String>,
    /// Project folder inside the repository, empty for its root.
    pub project: String,
    /// Package version.
    pub package: String,
    /// Name of the alias group, `null` when the target is a package.
    pub advisory: Option<String>,
    /// `direct` or `transitive`.
    pub relationship: String,
    /// Strongest scope.
    pub scope: String,
    /// Where the lockfile or manifest states the package.
    pub manifest: Option<crate::Place>,
    /// One shortest way per direct dependency that leads here, as package URLs.
    pub dependency_paths: Vec<Vec<String>>,
    /// Level for production code.
    pub level: Level,
    /// Level with tests counted.
    pub test_level: Level,
    /// Verdict.
    pub verdict: Verdict,
    /// Reasons.
    pub reasons: Vec<Reason>,
    /// What was analysed.
    pub coverage: Coverage,
    /// First-party call sites into a chain that ends in a vulnerable symbol.
    pub calls: Vec<CallSite>,
    /// Call paths.
    pub paths: Vec<Path>,
    /// Services hit.
    pub services: Vec<Service>,
    /// Owners.
    pub owners: Vec<Owner>,
}

/// What was analysed for an exposure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Package versions whose source was analysed.
    pub packages_analysed: Vec<String>,
    /// Package versions on the path whose source could not be had.
    pub packages_missing: Vec<String>,
}

/// A first-party call site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallSite {
    /// The vulnerable symbol it leads to.
    pub symbol: String,
    /// File, relative to the repository.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-8 bytes.
    pub column: u32,
    /// The function that contains the call.
    pub function: String,
    /// The line of code, trimmed; `null` when its text is not at hand.
    pub snippet: Option<String>,
    /// Kind of the call edge.
    pub edge: String,
}

/// A call path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// Where it starts; `null` kind for a first-party function that no entry point reaches.
    pub entry: Entry,
    /// Weakest edge kind on it.
    pub weakest_edge: String,
    /// Functions from the start to the vulnerable symbol.
    pub steps: Vec<Step>,
    /// The vulnerable symbol it ends in.
    pub symbol: String,
    /// True when it exists only with tests counted.
    pub test: bool,
}

/// Start of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Kind of entry point; `null` when the path starts at a function that is not one.
    pub kind: Option<String>,
    /// Function.
    pub function: String,
    /// File of the function.
    pub file: String,
    /// 1-based line of the function's definition.
    pub line: u32,
}

/// One function on a path, and its call to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Function.
    pub function: String,
    /// Package version, `null` for first-party.
    pub package: Option<String>,
    /// File of the call to the next step; for the last step, of its definition.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-8 bytes.
    pub column: u32,
    /// Kind of the call to the next step; `null` for the last.
    pub edge: Option<String>,
}

/// A service hit by an exposure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Name.
    pub name: String,
    /// `true` when it is known to run, `null` when unknown.
    pub running: Option<bool>,
    /// Environments in which it runs.
    pub environments: Vec<String>,
    /// Where that knowledge comes from.
    pub source: Option<String>,
    /// As of when.
    pub as_of: Option<String>,
}

/// An owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Team or person.
    pub owner: String,
    /// Where that knowledge comes from.
    pub source: String,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Incomplete {
    /// Repository, or the path given.
    pub repository: String,
    /// File (with `:line` where known) or package.
    pub what: String,
    /// Why, with the remedy.
    pub why: String,
    /// True for an input that could not be read, which makes the exit code 3; false for a project that says too
    /// little to be answered for, as one without a lockfile.
    #[serde(default = "unread")]
    pub unread: bool,
}

/// Rows kept by older versions were all of this kind.
fn unread() -> bool {
    true
}
