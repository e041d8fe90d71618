//! A scan answer for a person on a terminal.

use std::fmt::Write as _;

use faultline_exposure::Level;
use faultline_exposure::model::Exposure;
use faultline_exposure::scan::{Ignored, Scan};

use super::severity;
use crate::table;
use crate::trace::Detail;
use crate::trace::text::{level, short, via, write_exposure, write_incomplete};

const HEADER: [&str; 8] = ["ADVISORY", "SEVERITY", "PROJECT", "PACKAGE", "SCOPE", "VIA", "LEVEL", "VERDICT"];

/// The answer as text: a table of exposures, call paths of those that are called, what is ignored, known and missing.
pub fn to_text(scan: &Scan, detail: Detail) -> String {
    let mut out = String::new();
    if scan.exposures.is_empty() {
        let new = if scan.known.is_empty() { "" } else { "new " };
        let _ = writeln!(out, "no {new}exposure");
    } else {
        out.push_str(&table::layout(
            &HEADER,
            &scan.exposures.iter().map(|e| row(scan, e)).collect::<Vec<_>>(),
            detail.width,
        ));
    }
    // A checkout has many exposures: reasons of those without a path are for --explain.
    for exposure in scan.exposures.iter().filter(|e| detail.explain || e.test_level >= Level::Called) {
        write_exposure(&mut out, exposure, detail);
    }
    write_ignored(&mut out, scan);
    if !scan.known.is_empty() {
        let _ = writeln!(out, "\nknown: {} exposures that the baseline has already are not shown", scan.known.len());
    }
    write_unmatched(&mut out, scan);
    write_incomplete(&mut out, &scan.incomplete);
    write_summary(&mut out, scan);
    out
}

fn row(scan: &Scan, exposure: &Exposure) -> Vec<String> {
    vec![
        exposure.advisory.clone().unwrap_or_default(),
        severity(scan, exposure.advisory.as_deref()),
        if exposure.project.is_empty() { ".".to_owned() } else { exposure.project.clone() },
        short(&exposure.package),
        exposure.scope.clone(),
        via(exposure),
        level(exposure),
        exposure.verdict.as_str().to_owned(),
    ]
}

fn write_ignored(out: &mut String, scan: &Scan) {
    if !scan.ignored.is_empty() {
        let found = scan.ignored.iter().filter(|i| i.path_found).count();
        let _ = writeln!(out, "\nignored: {} exposures, {found} of them although a path was found", scan.ignored.len());
    }
    for ignored in &scan.ignored {
        let _ = writeln!(out, "  {}", ignored_line(ignored));
    }
    for entry in &scan.expired {
        let _ = writeln!(
            out,
            "\nexpired: {}:{} ended on {} and hides nothing any more; it speaks of {} exposures; ask {}",
            entry.file, entry.line, entry.expires, entry.matches, entry.owner
        );
    }
    for entry in &scan.unused {
        let _ =
            writeln!(out, "\nunused: {}:{} speaks of no exposure here; ask {}", entry.file, entry.line, entry.owner);
    }
}

/// What is hidden, by whom and why; a path that was found is said aloud.
pub(super) fn ignored_line(ignored: &Ignored) -> String {
    let (entry, exposure) = (&ignored.entry, &ignored.exposure);
    let found = if ignored.path_found { "ignored although a path was found: " } else { "" };
    format!(
        "{found}{} {} {}: {} ({}, until {}, {}:{})",
        exposure.advisory.as_deref().unwrap_or(""),
        short(&exposure.package),
        level(exposure),
        entry.reason,
        entry.owner,
        entry.expires,
        entry.file,
        entry.line
    )
}

fn write_unmatched(out: &mut String, scan: &Scan) {
    if scan.unmatched.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\nnot matched: {} packages have advisories but no known version; commit a lockfile",
        scan.unmatched.len()
    );
    for item in &scan.unmatched {
        let project = if item.project.is_empty() { "." } else { &item.project };
        let _ = writeln!(out, "  {project}: {}", short(&item.package));
    }
}

fn write_summary(out: &mut String, scan: &Scan) {
    let at_least = |level| scan.exposures.iter().filter(|e| e.level >= level).count();
    let _ = writeln!(
        out,
        "\n{} exposures in {} projects: {} imported, {} called, {} reachable; {} ignored",
        scan.exposures.len(),
        scan.summary.projects,
        at_least(Level::Imported),
        at_least(Level::Called),
        at_least(Level::Reachable),
        scan.ignored.len()
    );
}
