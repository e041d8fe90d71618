//! What comes out: what each project has to do, and why.

use faultline_package::Location;

/// What has to happen in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The lockfile is resolved again; every requirement lets the good version in.
    Relock,
    /// A requirement of its own is changed.
    Bump,
    /// It waits for releases of internal packages.
    Cascade,
    /// Nothing published lets the good version in: an override, or a wait for someone else.
    Blocked,
}

impl Action {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Relock => "relock",
            Action::Bump => "bump",
            Action::Cascade => "cascade",
            Action::Blocked => "blocked",
        }
    }
}

/// A requirement that does not let a version in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// Who states it: a package version, or the project itself.
    pub by: String,
    /// About which package.
    pub of: String,
    /// As written.
    pub requirement: String,
    /// The version that it keeps out.
    pub keeps_out: String,
    /// Where it stands.
    pub place: Option<Location>,
}

/// A third-party package that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocker {
    /// The package version whose requirement blocks.
    pub package: String,
    /// The requirement.
    pub constraint: Constraint,
}

/// An internal package that has to be released first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait {
    /// Index of the [`Release`].
    pub release: usize,
    /// The installed version whose requirement makes it necessary.
    pub constraint: Constraint,
}

/// A package that gets a new version, in one release line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Index of the project that publishes it.
    pub member: usize,
    /// The package, without version.
    pub package: String,
    /// The release line, e.g. `2` or `0.4`.
    pub line: String,
    /// The version now.
    pub from: String,
    /// The version that consumers are to take.
    pub to: String,
    /// It is released already: consumers only have to take it.
    pub exists: bool,
    /// The line is not the one of the repository's head: a backport.
    pub backport: bool,
    /// What has to happen in it.
    pub need: Need,
}

/// What a project needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Need {
    /// Requirements of its own manifest that have to change.
    pub edits: Vec<Constraint>,
    /// Releases to wait for.
    pub waits: Vec<Wait>,
    /// Third-party packages in the way.
    pub blockers: Vec<Blocker>,
    /// Affected packages installed, with the version they move to (`None`: there is no good one).
    pub moves: Vec<(String, Option<String>)>,
    /// The shortest way to the first of them.
    pub chain: Vec<String>,
    /// Requirements that say nothing about versions: only the resolver knows.
    pub unknown: Vec<Constraint>,
}

impl Need {
    /// What has to happen; the strongest reason counts.
    pub fn action(&self) -> Action {
        let nowhere = self.moves.iter().any(|(_, to)| to.is_none());
        if nowhere || !self.blockers.is_empty() {
            Action::Blocked
        } else if !self.waits.is_empty() {
            Action::Cascade
        } else if !self.edits.is_empty() {
            Action::Bump
        } else {
            Action::Relock
        }
    }
}

/// A service or a leaf and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// Index of the project.
    pub member: usize,
    /// What it needs.
    pub need: Need,
    /// What overrules the requirements in the way, when there is such a thing.
    pub overrule: Option<&'static str>,
}

/// Everything that has to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Internal packages to release, each after those it waits for where there is no cycle.
    pub releases: Vec<Release>,
    /// Projects that take them.
    pub consumers: Vec<Consumer>,
    /// Releases that wait for each other, as indexes: one release train each.
    pub trains: Vec<Vec<usize>>,
    /// Published packages that have the package somewhere and need no release.
    pub untouched: Vec<Untouched>,
}

/// A published package for which a release changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untouched {
    /// Index of the project.
    pub member: usize,
    /// Third-party packages that stand in the way all the same: until they release, no release here helps.
    pub blockers: Vec<Blocker>,
}
