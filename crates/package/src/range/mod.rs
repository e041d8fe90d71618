//! Version ranges: VERS, the bare comparator lists of targets, and the ecosystems' own notations.

mod bounds;
mod notation;

use crate::{Ecosystem, Version};
use std::cmp::Ordering;

/// A set of versions of one ecosystem.
///
/// Pre-releases stand where the ecosystem's order puts them: `2.0.0-rc.1` is in `<2.0.0`. That is wider than
/// what package managers install for such a range, and right for the question "is this version affected?".
#[derive(Debug, Clone)]
pub struct Range {
    ecosystem: Ecosystem,
    text: String,
    intervals: Vec<Vec<Constraint>>,
}

/// Why a range was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version range: {why}")]
pub struct RangeError {
    /// The text as given.
    pub text: String,
    /// What is wrong with it and what would be right.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// One comparison; a version is in the range when all comparisons of one of its intervals hold.
#[derive(Debug, Clone)]
struct Constraint {
    operator: Operator,
    version: Version,
}

impl Constraint {
    fn holds(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order == Ordering::Equal,
            Operator::NotEqual => order != Ordering::Equal,
            Operator::Less => order == Ordering::Less,
            Operator::LessEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            Operator::GreaterEqual => order != Ordering::Less,
        }
    }
}

impl Range {
    /// Reads a range of an ecosystem.
    ///
    /// `vers:npm/>=1.0|<2` and the same without its head; comparators joined by commas or spaces (all must
    /// hold) and alternatives joined by `||`; `^1.2`, `~1.2`, `1.x`, `1.2 - 2.0` (npm, Cargo, Composer …),
    /// `~> 1.2` (gem, Hex), `~=1.2`, `==1.*` (Python), `[1.0,2.0)` (Maven, `NuGet`); `*` is every version.
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Result<Range, RangeError> {
        let error = |why: String| RangeError { text: text.to_owned(), why };
        let trimmed = text.trim();
        let intervals = match trimmed.strip_prefix("vers:") {
            Some(vers) => notation::vers(ecosystem, vers),
            None => notation::bare(ecosystem, trimmed),
        };
        Ok(Range { ecosystem, text: trimmed.to_owned(), intervals: intervals.map_err(error)? })
    }

    /// Whether a version is in the range; a version that has no place in the ecosystem's order never is,
    /// except in the range of every version.
    pub fn contains(&self, version: &str) -> bool {
        match Version::parse(self.ecosystem, version) {
            Some(version) => self.contains_version(&version),
            None => self.intervals.iter().any(Vec::is_empty),
        }
    }

    /// [`Range::contains`] for a version that was read already.
    ///
    /// A Python local label (`1.0+cu118`) counts only against bounds that have one.
    pub fn contains_version(&self, version: &Version) -> bool {
        let public = version.without_local();
        let holds = |constraint: &Constraint| {
            let ignore = !constraint.version.as_str().contains('+');
            constraint.holds(public.as_ref().filter(|_| ignore).unwrap_or(version))
        };
        self.intervals.iter().any(|all| all.iter().all(holds))
    }

    /// The ecosystem whose order decides.
    pub fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
