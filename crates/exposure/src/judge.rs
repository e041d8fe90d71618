//! From what was found to a level and a verdict.

use crate::{Level, Reason, ReasonCode, Verdict};

/// What was found for one project, package version and advisory.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Production code loads the vulnerable module.
    pub imported: bool,
    /// A first-party production function calls into a chain that ends in a vulnerable symbol.
    pub called: bool,
    /// Such a chain starts at a production entry point.
    pub reachable: bool,
    /// The same three with tests, benches, examples and build scripts counted.
    pub with_tests: WithTests,
    /// Everything that qualifies the answer; the order does not matter.
    pub reasons: Vec<Reason>,
}

/// Findings with tests counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct WithTests {
    /// Loads the vulnerable module.
    pub imported: bool,
    /// Calls into a chain.
    pub called: bool,
    /// From an entry point, a test counting as one.
    pub reachable: bool,
}

/// The judgement on one exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Level for production code.
    pub level: Level,
    /// Level with tests counted; never below `level`.
    pub test_level: Level,
    /// Verdict.
    pub verdict: Verdict,
    /// Reasons, ordered, without duplicates; at least one when the verdict is not `path_found`.
    pub reasons: Vec<Reason>,
}

/// Judges findings. A level rests on proof alone; a negative verdict needs that no reason spoils it.
pub fn judge(findings: Findings) -> Judgement {
    let Findings { imported, called, reachable, with_tests, mut reasons } = findings;
    let level = level_of(imported, called, reachable);
    let test_level = level.max(level_of(with_tests.imported, with_tests.called, with_tests.reachable));
    reasons.sort();
    reasons.dedup();
    let verdict = match level {
        Level::Called | Level::Reachable => Verdict::PathFound,
        Level::Present | Level::Imported => negative(&mut reasons),
    };
    Judgement { level, test_level, verdict, reasons }
}

fn negative(reasons: &mut Vec<Reason>) -> Verdict {
    if reasons.is_empty() {
        reasons.push(Reason {
            code: ReasonCode::NotAnalysed,
            detail: "nothing was analysed for this exposure".to_owned(),
            location: None,
        });
    }
    if reasons.iter().any(|r| r.code.spoils_negative()) { Verdict::NotDetermined } else { Verdict::NoPathFound }
}

fn level_of(imported: bool, called: bool, reachable: bool) -> Level {
    match (imported, called, reachable) {
        (_, _, true) => Level::Reachable,
        (_, true, false) => Level::Called,
        (true, false, false) => Level::Imported,
        _ => Level::Present,
    }
}
