//! A trace answer as Markdown, for tickets and change requests.

use std::fmt::Write as _;

use faultline_exposure::model::{Answer, Exposure};

use super::text::{level, place, short, via};

/// The answer as Markdown: a table, then one section per exposure.
pub fn to_markdown(answer: &Answer) -> String {
    let mut out = format!("# {}\n\n", cell(&answer.target.query));
    for advisory in &answer.target.advisories {
        let _ = writeln!(out, "- **{}** {}", advisory.id, cell(advisory.summary.as_deref().unwrap_or("")));
    }
    out.push_str(
        "\n| repository | project | package | scope | via | level | verdict |\n|---|---|---|---|---|---|---|\n",
    );
    for e in &answer.exposures {
        let cells = [&e.repository, &e.project, &short(&e.package), &e.scope, &via(e), &level(e)].map(|c| cell(c));
        let _ = writeln!(out, "| {} | {} |", cells.join(" | "), e.verdict.as_str());
    }
    for exposure in &answer.exposures {
        write_exposure(&mut out, exposure);
    }
    for item in &answer.incomplete {
        let _ = writeln!(out, "\n> incomplete: {}: {}: {}", cell(&item.repository), cell(&item.what), cell(&item.why));
    }
    out
}

/// One exposure: its paths and reasons.
pub(crate) fn write_exposure(out: &mut String, exposure: &Exposure) {
    let _ = writeln!(out, "\n## {} {}: {}\n", cell(&exposure.repository), cell(&exposure.project), level(exposure));
    for path in &exposure.paths {
        for (number, step) in path.steps.iter().enumerate() {
            let package = step.package.as_deref().map(|p| format!("{} ", short(p))).unwrap_or_default();
            let _ = writeln!(
                out,
                "{}. `{package}{}:{}:{}` {}",
                number + 1,
                step.file,
                step.line,
                step.column,
                cell(&step.function)
            );
        }
        out.push('\n');
    }
    for reason in &exposure.reasons {
        let at = reason.location.as_ref().map(|p| format!(" `{}`", place(p))).unwrap_or_default();
        let _ = writeln!(out, "- {}: {}{at}", reason.code.as_str(), cell(&reason.detail));
    }
}

/// Text that cannot break a table or start markup of its own.
pub(crate) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
