//! A trace answer for a person on a terminal.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use faultline_exposure::model::{AdvisoryAnswer, Answer, Exposure, Incomplete, Path, TargetAnswer};
use faultline_exposure::{Level, Place, Verdict};

use crate::{explain, table};

/// How much is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Detail {
    /// Terminal width in characters; `None` never wraps.
    pub width: Option<u16>,
    /// All call paths instead of the best one per exposure.
    pub all_paths: bool,
    /// Every reason, also for exposures with a path.
    pub explain: bool,
}

/// The answer as text: what was asked, a table of exposures, their call paths, reasons, and what is missing.
pub fn to_text(answer: &Answer, detail: Detail) -> String {
    let mut out = String::new();
    write_target(&mut out, &answer.target);
    if answer.exposures.is_empty() {
        out.push_str(if answer.target.packages.is_empty() {
            "\nthe target could not be looked up, so nothing was compared with it\n"
        } else {
            "\nno project is known to have an affected version\n"
        });
    } else {
        out.push('\n');
        out.push_str(&table::layout(&HEADER, &rows(answer), detail.width));
    }
    for exposure in &answer.exposures {
        write_exposure(&mut out, exposure, detail);
    }
    write_incomplete(&mut out, &answer.incomplete);
    write_summary(&mut out, answer);
    out
}

const HEADER: [&str; 7] = ["REPOSITORY", "PROJECT", "PACKAGE", "SCOPE", "VIA", "LEVEL", "VERDICT"];

fn rows(answer: &Answer) -> Vec<Vec<String>> {
    answer.exposures.iter().map(row).collect()
}

fn row(exposure: &Exposure) -> Vec<String> {
    vec![
        exposure.repository.clone(),
        if exposure.project.is_empty() { ".".to_owned() } else { exposure.project.clone() },
        short(&exposure.package),
        exposure.scope.clone(),
        via(exposure),
        level(exposure),
        exposure.verdict.as_str().to_owned(),
    ]
}

/// The level, with the test level beside it when tests raise it.
pub(crate) fn level(exposure: &Exposure) -> String {
    if exposure.test_level > exposure.level {
        format!("{} (tests: {})", exposure.level.as_str(), exposure.test_level.as_str())
    } else {
        exposure.level.as_str().to_owned()
    }
}

/// The shortest dependency path without its end, and how many more there are.
pub(crate) fn via(exposure: &Exposure) -> String {
    let Some(path) = exposure.dependency_paths.first() else { return String::new() };
    if path.len() < 2 {
        return "direct".to_owned();
    }
    let names: Vec<String> = path[..path.len() - 1].iter().map(|p| short(p)).collect();
    match exposure.dependency_paths.len() {
        1 => names.join(" > "),
        n => format!("{} (+{} more)", names.join(" > "), n - 1),
    }
}

/// A purl without its type: `qs@6.7.0`.
pub(crate) fn short(purl: &str) -> String {
    let text = purl.strip_prefix("pkg:").and_then(|p| p.split_once('/')).map_or(purl, |(_, rest)| rest);
    text.replace("%40", "@")
}

/// What is known beside the advisory: that it is exploited, and how likely that is.
pub(crate) fn beside(advisory: &AdvisoryAnswer) -> String {
    let mut out = String::new();
    if let Some(exploited) = &advisory.exploited {
        out.push_str(if exploited.ransomware { ", exploited by ransomware" } else { ", exploited" });
    }
    if let Some(epss) = &advisory.epss {
        let _ = write!(out, ", EPSS {:.2}", epss.score);
    }
    out
}

fn write_target(out: &mut String, target: &TargetAnswer) {
    let _ = writeln!(out, "{}", target.query);
    for advisory in &target.advisories {
        let severity = advisory.severity.as_ref().map(|s| {
            let label = s.label.as_deref().unwrap_or("severity");
            s.score.map_or_else(|| format!("  {label}"), |score| format!("  {label} {score:.1}"))
        });
        let summary = advisory.summary.as_deref().unwrap_or("");
        let _ =
            writeln!(out, "  advisory  {}{}{}  {summary}", advisory.id, severity.unwrap_or_default(), beside(advisory));
    }
    for package in &target.packages {
        let fixed = if package.fixed.is_empty() {
            "no fixed version known".to_owned()
        } else {
            format!("fixed in {}", package.fixed.join(", "))
        };
        let _ = writeln!(out, "  package   {}  affected {}  {fixed}", package.purl, package.affected);
    }
    for symbol in &target.symbols {
        let _ = writeln!(
            out,
            "  symbol    {}  {} of {}, grade {}, {}",
            symbol.symbol, symbol.kind, symbol.package, symbol.grade, symbol.origin
        );
    }
    if target.symbols.is_empty() {
        out.push_str("  symbol    none known: the level stops at imported; name one with --symbol or a symbols file\n");
    }
}

/// One exposure: its paths, calls and reasons.
pub(crate) fn write_exposure(out: &mut String, exposure: &Exposure, detail: Detail) {
    let project = if exposure.project.is_empty() { String::new() } else { format!("/{}", exposure.project) };
    let _ = writeln!(out, "\n{}{project}: {}, {}", exposure.repository, short(&exposure.package), level(exposure));
    let shown = if detail.all_paths { exposure.paths.len() } else { shown_paths(&exposure.paths) };
    for path in &exposure.paths[..shown] {
        write_path(out, path);
    }
    if exposure.paths.len() > shown {
        let _ = writeln!(out, "  {} more call paths: --all-paths", exposure.paths.len() - shown);
    }
    if exposure.level >= Level::Called {
        write_calls(out, exposure);
    }
    if detail.explain {
        let _ = writeln!(out, "  why       {}", explain::why(exposure));
    }
    if exposure.verdict != Verdict::PathFound || detail.explain {
        for reason in &exposure.reasons {
            let place = reason.location.as_ref().map(|p| format!("  {}", place(p))).unwrap_or_default();
            let _ = writeln!(out, "  reason    {}: {}{place}", reason.code.as_str(), reason.detail);
            if let Some(remedy) = explain::remedy(reason.code).filter(|_| detail.explain) {
                let _ = writeln!(out, "            remedy: {remedy}");
            }
        }
    }
    for owner in &exposure.owners {
        let _ = writeln!(out, "  owner     {} ({})", owner.owner, owner.source);
    }
}

/// One line per place: a call that leads to several symbols is one call.
fn write_calls(out: &mut String, exposure: &Exposure) {
    let mut seen = BTreeSet::new();
    for call in &exposure.calls {
        let snippet = call.snippet.as_deref().map(|s| format!("  {s}")).unwrap_or_default();
        if seen.insert((&call.file, call.line, call.column, &call.function)) {
            let at = format!("{}:{}:{}", call.file, call.line, call.column);
            let _ = writeln!(out, "  call      {at}  in {}{snippet}", call.function);
        }
    }
}

/// Without `--all-paths`: the best path from each of the first three entries.
fn shown_paths(paths: &[Path]) -> usize {
    paths.len().min(3)
}

/// `file:line`, with the package in front when it is not first-party.
pub(crate) fn place(place: &Place) -> String {
    let at = if place.line == 0 { place.file.clone() } else { format!("{}:{}", place.file, place.line) };
    place.package.as_ref().map_or_else(|| at.clone(), |package| format!("{} {at}", short(package)))
}

fn write_path(out: &mut String, path: &Path) {
    let kind = path.entry.kind.as_deref().unwrap_or("function");
    let test = if path.test { " (tests only)" } else { "" };
    let _ = writeln!(
        out,
        "  path      {kind} {} at {}:{}, weakest edge {}{test}",
        path.entry.function, path.entry.file, path.entry.line, path.weakest_edge
    );
    for step in &path.steps {
        let package = step.package.as_deref().map(|p| format!("{} ", short(p))).unwrap_or_default();
        let edge = step.edge.as_deref().map(|e| format!("  [{e}]")).unwrap_or_default();
        let _ = writeln!(out, "    {package}{}:{}:{}  {}{edge}", step.file, step.line, step.column, step.function);
    }
}

/// What could not be read.
pub(crate) fn write_incomplete(out: &mut String, items: &[Incomplete]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nincomplete: {} inputs could not be read or say too little", items.len());
    for item in items {
        let _ = writeln!(out, "  {}: {}: {}", item.repository, item.what, item.why);
    }
}

fn write_summary(out: &mut String, answer: &Answer) {
    let s = &answer.summary;
    let _ = writeln!(
        out,
        "\n{} repositories, {} projects: {} present, {} imported, {} called, {} reachable; {} not determined",
        s.repositories, s.projects, s.present, s.imported, s.called, s.reachable, s.not_determined
    );
}
