//! Levels, verdicts, reasons and grades: the words of an answer.

use serde::{Deserialize, Serialize};

/// How far exposure was proved, weakest first. A lower bound: incomplete analysis never lowers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// In the resolved dependency graph.
    Present,
    /// Analysed code loads the vulnerable module.
    Imported,
    /// First-party code calls into a chain that ends in a vulnerable symbol.
    Called,
    /// That chain starts at an entry point.
    Reachable,
}

impl Level {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Present => "present",
            Level::Imported => "imported",
            Level::Called => "called",
            Level::Reachable => "reachable",
        }
    }

    /// The level of a word, if it is one.
    pub fn parse(word: &str) -> Option<Level> {
        [Level::Present, Level::Imported, Level::Called, Level::Reachable].into_iter().find(|l| l.as_str() == word)
    }
}

/// What the analysis says, three-valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A call path was found: the level is called or reachable.
    PathFound,
    /// No call path in what was analysed, and everything that matters was analysed.
    NoPathFound,
    /// Neither: the reasons say why.
    NotDetermined,
}

impl Verdict {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::PathFound => "path_found",
            Verdict::NoPathFound => "no_path_found",
            Verdict::NotDetermined => "not_determined",
        }
    }
}

/// Why a verdict is what it is, tied to a place where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// What kind of reason.
    pub code: ReasonCode,
    /// One sentence for a person.
    pub detail: String,
    /// Where.
    pub location: Option<Place>,
}

/// A place in first-party code or, with `package`, in a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Package version, `null` for first-party code.
    pub package: Option<String>,
    /// Path relative to the repository or the package.
    pub file: String,
    /// 1-based line; 0 when only the file is known, shown as `null`.
    #[serde(serialize_with = "known_line", deserialize_with = "line_or_null")]
    pub line: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn known_line<S: serde::Serializer>(line: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    if *line == 0 { serializer.serialize_none() } else { serializer.serialize_u32(*line) }
}

fn line_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(Option::<u32>::deserialize(deserializer)?.unwrap_or_default())
}

/// Kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The record says that the package itself is malicious; the remedy is removal.
    MaliciousPackage,
    /// No vulnerable symbols are known, so *called* cannot be proved.
    NoSymbols,
    /// The grade of the symbols is too low for a negative.
    LowGrade,
    /// A named symbol does not exist in this package version.
    SymbolNotFound,
    /// The source of a package on the path is not to be had.
    PackageMissing,
    /// No registry is configured to fetch it from.
    RegistryNotConfigured,
    /// A file on the path could not be parsed completely.
    ParseError,
    /// A live dynamic site could load or call the vulnerable code.
    DynamicCode,
    /// The analysis stopped at its budget.
    Budget,
    /// Facts were widened at a cap.
    Widened,
    /// The project is not completely known (no lockfile, versions unknown).
    IncompleteInventory,
    /// The ecosystem or language is not analysed at function level.
    NotAnalysed,
    /// No entry point was recognised, so the level stops at *called*.
    NoEntryPoint,
    /// How the vulnerable module comes to be loaded.
    ImportChain,
    /// Nothing that was analysed loads the vulnerable module.
    NotImported,
    /// What was analysed: the statement that a negative rests on.
    Analysed,
}

impl ReasonCode {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            ReasonCode::MaliciousPackage => "malicious_package",
            ReasonCode::NoSymbols => "no_symbols",
            ReasonCode::LowGrade => "low_grade",
            ReasonCode::SymbolNotFound => "symbol_not_found",
            ReasonCode::PackageMissing => "package_missing",
            ReasonCode::RegistryNotConfigured => "registry_not_configured",
            ReasonCode::ParseError => "parse_error",
            ReasonCode::DynamicCode => "dynamic_code",
            ReasonCode::Budget => "budget",
            ReasonCode::Widened => "widened",
            ReasonCode::IncompleteInventory => "incomplete_inventory",
            ReasonCode::NotAnalysed => "not_analysed",
            ReasonCode::NoEntryPoint => "no_entry_point",
            ReasonCode::ImportChain => "import_chain",
            ReasonCode::NotImported => "not_imported",
            ReasonCode::Analysed => "analysed",
        }
    }

    /// True when this reason alone forbids the verdict `no_path_found`.
    pub fn spoils_negative(self) -> bool {
        !matches!(
            self,
            ReasonCode::NoEntryPoint | ReasonCode::ImportChain | ReasonCode::NotImported | ReasonCode::Analysed
        )
    }
}
