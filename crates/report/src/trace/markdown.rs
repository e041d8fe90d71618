//! A trace answer as Markdown, for tickets and change requests.

use std::fmt::Write as _;

use faultline_exposure::model::{Answer, Exposure, Path};

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

/// One exposure: a heading, then a list per path and one of its reasons.
pub(crate) fn write_exposure(out: &mut String, exposure: &Exposure) {
    let project = if exposure.project.is_empty() { String::new() } else { format!("/{}", exposure.project) };
    let _ = writeln!(
        out,
        "\n## {}{}: {} {}, {}\n",
        cell(&exposure.repository),
        cell(&project),
        cell(&short(&exposure.package)),
        exposure.advisory.as_deref().unwrap_or_default(),
        level(exposure)
    );
    for path in &exposure.paths {
        write_path(out, path);
    }
    for reason in &exposure.reasons {
        let at = reason.location.as_ref().map(|p| format!(" {}", code(&place(p)))).unwrap_or_default();
        let _ = writeln!(out, "- {}: {}{at}", reason.code.as_str(), cell(&reason.detail));
    }
}

/// Where the path starts, then its steps. The words between keep the lists of two paths apart.
fn write_path(out: &mut String, path: &Path) {
    let kind = path.entry.kind.as_deref().unwrap_or("function");
    let test = if path.test { " (tests only)" } else { "" };
    let at = code(&format!("{}:{}", path.entry.file, path.entry.line));
    let function = code(&path.entry.function);
    let _ = writeln!(out, "Path from {kind} {function} at {at}, weakest edge {}{test}:\n", path.weakest_edge);
    for (number, step) in path.steps.iter().enumerate() {
        let package = step.package.as_deref().map(|p| format!("{} ", short(p))).unwrap_or_default();
        let at = code(&format!("{package}{}:{}:{}", step.file, step.line, step.column));
        let edge = step.edge.as_deref().map(|e| format!(" [{e}]")).unwrap_or_default();
        let _ = writeln!(out, "{}. {at} {}{edge}", number + 1, code(&step.function));
    }
    out.push('\n');
}

/// A span of code that its text cannot end.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Text that cannot break a table or start markup of its own.
pub(crate) fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
