//! A scan answer as Markdown, for change requests and job summaries.

use std::fmt::Write as _;

use faultline_exposure::Level;
use faultline_exposure::scan::Scan;

use super::severity;
use super::text::ignored_line;
use crate::trace::markdown::{cell, write_exposure};
use crate::trace::text::{level, short, via};

/// The answer as Markdown: a table, the call paths of what is called, then what is ignored, known and missing.
pub fn to_markdown(scan: &Scan) -> String {
    let mut out = String::from("# Exposures\n\n");
    if scan.exposures.is_empty() {
        out.push_str("None that count.\n");
    } else {
        write_table(&mut out, scan);
    }
    for exposure in scan.exposures.iter().filter(|e| e.level >= Level::Called) {
        write_exposure(&mut out, exposure);
    }
    write_rest(&mut out, scan);
    out
}

fn write_table(out: &mut String, scan: &Scan) {
    out.push_str("| advisory | severity | project | package | scope | via | level | verdict |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    for e in &scan.exposures {
        let advisory = e.advisory.as_deref().unwrap_or_default();
        let severity = severity(scan, e.advisory.as_deref());
        let cells = [advisory, &severity, &e.project, &short(&e.package), &e.scope, &via(e), &level(e)].map(cell);
        let _ = writeln!(out, "| {} | {} |", cells.join(" | "), e.verdict.as_str());
    }
}

fn write_rest(out: &mut String, scan: &Scan) {
    if !scan.ignored.is_empty() {
        out.push_str("\n## Ignored\n\n");
    }
    for ignored in &scan.ignored {
        let _ = writeln!(out, "- {}", cell(&ignored_line(ignored)));
    }
    for entry in &scan.expired {
        let _ = writeln!(
            out,
            "\n> expired: {}:{} ended on {} ({})",
            cell(&entry.file),
            entry.line,
            entry.expires,
            cell(&entry.owner)
        );
    }
    for entry in &scan.unused {
        let (file, owner) = (cell(&entry.file), cell(&entry.owner));
        let _ = writeln!(out, "\n> unused: {file}:{} speaks of no exposure here ({owner})", entry.line);
    }
    if !scan.known.is_empty() {
        let _ = writeln!(out, "\n{} exposures that the baseline has already are not shown.", scan.known.len());
    }
    for item in &scan.unmatched {
        let _ = writeln!(out, "\n> not matched: {} has no known version", cell(&short(&item.package)));
    }
    for item in &scan.incomplete {
        let _ = writeln!(out, "\n> incomplete: {}: {}: {}", cell(&item.repository), cell(&item.what), cell(&item.why));
    }
}
