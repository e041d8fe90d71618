//! Severity: CVSS vector, score and word.

use crate::record::{Affected, Rating, Record};
use bitcode::{Decode, Encode};

/// How bad it is. All parts may be unknown.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Severity {
    /// The CVSS vector the score comes from.
    pub vector: Option<String>,
    /// The score, 0.0 to 10.0.
    pub score: Option<f64>,
    /// The word for it.
    pub label: Option<Label>,
}

/// The words of the CVSS rating scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Label {
    /// 0.0
    None,
    /// 0.1 to 3.9
    Low,
    /// 4.0 to 6.9
    Medium,
    /// 7.0 to 8.9
    High,
    /// 9.0 to 10.0
    Critical,
}

impl Label {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Label::None => "none",
            Label::Low => "low",
            Label::Medium => "medium",
            Label::High => "high",
            Label::Critical => "critical",
        }
    }

    /// The label of a word as sources write it (`MODERATE` is medium).
    pub fn from_word(word: &str) -> Option<Label> {
        match word.to_ascii_lowercase().as_str() {
            "none" | "informational" => Some(Label::None),
            "low" => Some(Label::Low),
            "medium" | "moderate" => Some(Label::Medium),
            "high" | "important" => Some(Label::High),
            "critical" => Some(Label::Critical),
            _ => None,
        }
    }
}

impl Severity {
    /// Of one CVSS vector of version 2, 3 or 4; `None` when it is not one.
    pub fn of_vector(vector: &str) -> Option<Severity> {
        let vector = vector.trim();
        let vector = vector.strip_prefix('(').and_then(|v| v.strip_suffix(')')).unwrap_or(vector);
        let cvss: cvss::Cvss = vector.parse().ok()?;
        let label = match cvss.severity() {
            cvss::Severity::None => Label::None,
            cvss::Severity::Low => Label::Low,
            cvss::Severity::Medium => Label::Medium,
            cvss::Severity::High => Label::High,
            cvss::Severity::Critical => Label::Critical,
        };
        Some(Severity { vector: Some(vector.to_owned()), score: Some(cvss.score()), label: Some(label) })
    }

    /// The severer of two by score, then by label; a known one before an unknown one.
    #[must_use]
    pub fn worse(self, other: Severity) -> Severity {
        if other.rank() > self.rank() { other } else { self }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Severity::default()
    }

    /// Score in tenths, then label, then the version of CVSS (`CVSS:4.0` sorts after `CVSS:3.1`, version 2 has none).
    fn rank(&self) -> (Option<i64>, Option<Label>, bool, &str) {
        #[expect(clippy::cast_possible_truncation, reason = "scores end at 10")]
        let tenths = self.score.map(|score| (score * 10.0).round() as i64);
        let prefix = self.vector.as_deref().and_then(|v| v.get(..8)).unwrap_or_default();
        (tenths, self.label, prefix.starts_with("CVSS:"), prefix)
    }
}

/// The severest vector that counts for one entry of a record: the entry's own, else the record's, else the word.
pub(crate) fn of_entry(record: &Record, affected: &Affected) -> Severity {
    let own = severest(&affected.severity);
    if own.is_unknown() { of_record(record) } else { own }
}

/// The record's severest vector, else its word.
pub fn of_record(record: &Record) -> Severity {
    let rated = severest(&record.severity);
    if rated.is_unknown() {
        let label = record.severity_word.as_deref().and_then(Label::from_word);
        return Severity { label, ..Severity::default() };
    }
    rated
}

fn severest(ratings: &[Rating]) -> Severity {
    ratings.iter().filter_map(|rating| Severity::of_vector(&rating.vector)).fold(Severity::default(), Severity::worse)
}
