//! What forbids a negative: files not parsed, live dynamic sites, a spent budget.

use std::collections::BTreeSet;

use faultline_facts::DynamicKind;
use faultline_package::Ecosystem;
use faultline_reach::{Analysis, Dependency, DynamicSite, FileRef, Phase, UnitId};

use crate::examine::{Case, place};
use crate::{Reason, ReasonCode};

/// At most this many places are listed per kind of reason; the rest is counted.
const LISTED: usize = 5;

/// Adds the reasons that qualify a negative answer.
pub(crate) fn reasons(case: &Case<'_>, analysis: &Analysis, out: &mut Vec<Reason>) {
    if analysis.budget_hit {
        out.push(Reason {
            code: ReasonCode::Budget,
            detail: "the analysis stopped at its budget; raise it with --budget".to_owned(),
            location: None,
        });
    }
    if analysis.stats.dropped > 0 {
        out.push(Reason {
            code: ReasonCode::Widened,
            detail: format!("{} values met sets that were full and were not followed", analysis.stats.dropped),
            location: None,
        });
    }
    let loaded = loaded_files(case);
    limited(out, ReasonCode::ParseError, parse_errors(case, &loaded), case);
    limited(out, ReasonCode::DynamicCode, live_sites(case, analysis), case);
}

/// First-party production files and the package files that they load.
fn loaded_files(case: &Case<'_>) -> BTreeSet<FileRef> {
    case.imports.modules.iter().map(|m| m.module).collect()
}

fn parse_errors(case: &Case<'_>, loaded: &BTreeSet<FileRef>) -> Vec<(String, FileRef, u32)> {
    loaded
        .iter()
        .filter_map(|file| {
            let problem = case.program.file(*file).facts.problems.first()?;
            Some((format!("not parsed completely: {}", problem.message), *file, problem.line))
        })
        .collect()
}

fn live_sites(case: &Case<'_>, analysis: &Analysis) -> Vec<(String, FileRef, u32)> {
    let importers = importers_of_vulnerable(case);
    let dependents = dependents_of_vulnerable(case);
    analysis
        .dynamic
        .iter()
        .filter(|site| site.phase.is_some_and(|phase| phase <= Phase::FirstParty))
        .filter(|site| dependents.contains(&site.file.unit) && could_matter(site, case, &importers))
        .map(|site| {
            let detail = format!("{} in {}", describe(site.kind), analysis.function(site.function).name);
            (detail, site.file, site.span.line)
        })
        .collect()
}

/// Eval and computed imports can load anything. Reflection only reaches objects at hand: it matters in the
/// vulnerable package itself and in files that import it.
fn could_matter(site: &DynamicSite, case: &Case<'_>, importers: &BTreeSet<FileRef>) -> bool {
    match site.kind {
        DynamicKind::Eval | DynamicKind::Import => true,
        DynamicKind::Reflection => Some(site.file.unit) == case.unit || importers.contains(&site.file),
        DynamicKind::Native | DynamicKind::ParseGap => false,
    }
}

/// Units that can load the vulnerable package at all: those whose dependencies lead to it. First-party code always can.
fn dependents_of_vulnerable(case: &Case<'_>) -> BTreeSet<UnitId> {
    let units = &case.program.units;
    let ids = || (0..).map(UnitId).zip(units);
    let mut found: BTreeSet<UnitId> = ids().filter(|(_, unit)| unit.first_party()).map(|(id, _)| id).collect();
    found.extend(case.unit);
    // One class path: whoever loads a class by its name may load any.
    found.extend(ids().filter(|(_, unit)| unit.ecosystem == Ecosystem::Maven).map(|(id, _)| id));
    loop {
        let before = found.len();
        let leads = |d: &Dependency| matches!(d, Dependency::Unit(id) if found.contains(id));
        let more: Vec<UnitId> =
            ids().filter(|(_, u)| u.dependencies.iter().any(|(_, d)| leads(d))).map(|(id, _)| id).collect();
        found.extend(more);
        if found.len() == before {
            return found;
        }
    }
}

/// Files that import a module of the vulnerable package directly: the last step of each chain into it.
fn importers_of_vulnerable(case: &Case<'_>) -> BTreeSet<FileRef> {
    case.imports
        .modules
        .iter()
        .filter(|m| Some(m.module.unit) == case.unit)
        .flat_map(|m| m.chain.iter().map(|step| step.file))
        .filter(|file| Some(file.unit) != case.unit)
        .collect()
}

fn describe(kind: DynamicKind) -> &'static str {
    match kind {
        DynamicKind::Eval => "code is made from text",
        DynamicKind::Import => "a module is loaded by a computed name",
        DynamicKind::Reflection => "a member is taken by a computed name",
        DynamicKind::Native => "native code",
        DynamicKind::ParseGap => "code that could not be parsed",
    }
}

fn limited(out: &mut Vec<Reason>, code: ReasonCode, found: Vec<(String, FileRef, u32)>, case: &Case<'_>) {
    let more = found.len().saturating_sub(LISTED);
    for (index, (detail, file, line)) in found.into_iter().take(LISTED).enumerate() {
        let detail =
            if index + 1 == LISTED && more > 0 { format!("{detail} (and {more} more such places)") } else { detail };
        out.push(Reason { code, detail, location: Some(place(case.program, file, line)) });
    }
}
