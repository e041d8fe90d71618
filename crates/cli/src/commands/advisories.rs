//! `faultline advisories`

use std::fmt::Write as _;
use std::io::BufRead;

use anyhow::{Context as _, bail};
use faultline_advisory::{Advisory, Problem, Severity};
use faultline_engine::{Advisories as Kept, AdvisorySource, Engine};
use faultline_package::{Ecosystem, Purl};
use serde_json::{Value, json};

use crate::args::{Advisories, Format};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, action: &Advisories) -> anyhow::Result<Exit> {
    match action {
        Advisories::Sync { from, ecosystem, known_exploited, epss, replace, format } => {
            let engine = context.engine()?;
            let mut problems = Vec::new();
            if let Some(file) = known_exploited {
                problems.extend(engine.keep_known_exploited(file)?);
            }
            if let Some(file) = epss {
                problems.extend(engine.keep_epss(file)?);
            }
            sync(context, &engine, from.as_deref(), &parse_ecosystems(ecosystem)?, *replace, problems, *format)
        }
        Advisories::Show { id, format } => show(context, id, *format),
        Advisories::Match => match_stdin(context),
        Advisories::Symbols { id, symbols, format } => super::trace::symbols(context, id, symbols, *format),
    }
}

fn sync(
    context: &Context,
    engine: &Engine,
    from: Option<&str>,
    ecosystems: &[Ecosystem],
    replace: bool,
    problems: Vec<Problem>,
    format: Format,
) -> anyhow::Result<Exit> {
    let source = AdvisorySource::parse(from.unwrap_or(&engine.settings().osv_url));
    let mut report = engine.sync_advisories(&source, ecosystems, replace, context.progress())?;
    report.problems.extend(problems);
    let text = match format {
        Format::Table => {
            let mut text = if report.unchanged {
                format!("nothing is newer than the {} records kept\n", report.records)
            } else {
                format!("{} records read, {} kept\n", report.read, report.records)
            };
            for problem in &report.problems {
                let _ = writeln!(text, "incomplete: {}: {}", problem.file, problem.why);
            }
            text
        }
        Format::Json => super::pretty(&json!({
            "schema": "faultline.advisories-sync/1",
            "read": report.read,
            "records": report.records,
            "incomplete": report.problems.iter().map(|p| json!({"file": p.file, "why": p.why})).collect::<Vec<_>>(),
        }))?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(!report.problems.is_empty()))
}

fn parse_ecosystems(names: &[String]) -> anyhow::Result<Vec<Ecosystem>> {
    if names.is_empty() {
        return Ok(Ecosystem::ALL.to_vec());
    }
    names
        .iter()
        .map(|name| {
            Ecosystem::ALL
                .into_iter()
                .find(|e| e.osv_name().eq_ignore_ascii_case(name) || e.purl_type().eq_ignore_ascii_case(name))
                .with_context(|| format!("`{name}` is not an ecosystem; known are {}", known_ecosystems()))
        })
        .collect()
}

fn known_ecosystems() -> String {
    Ecosystem::ALL.map(Ecosystem::osv_name).join(", ")
}

/// The advisories kept, or an error that says how to get some.
pub fn kept(engine: &Engine) -> anyhow::Result<Kept> {
    engine.advisories()?.context("no advisories are kept yet; run `faultline advisories sync`")
}

fn show(context: &Context, id: &str, format: Format) -> anyhow::Result<Exit> {
    let kept = kept(&context.engine()?)?;
    let Some(advisory) = kept.database.advisory(id) else {
        bail!("no advisory has the id or alias `{id}`; sync newer ones with `faultline advisories sync`");
    };
    let text = match format {
        Format::Table => advisory_text(&advisory),
        Format::Json => super::pretty(&advisory_json(&advisory))?,
    };
    context.output.write(&text)?;
    Ok(Exit::Done)
}

fn advisory_text(advisory: &Advisory) -> String {
    let mut out = format!("{}  {}\n", advisory.id, advisory.summary);
    if advisory.withdrawn {
        out.push_str("  withdrawn: no package is affected\n");
    }
    if !advisory.aliases.is_empty() {
        let _ = writeln!(out, "  aliases   {}", advisory.aliases.join(", "));
    }
    if !advisory.severity.is_unknown() {
        let label = advisory.severity.label.map_or("", |l| l.as_str());
        let score = advisory.severity.score.map(|s| format!(" {s:.1}")).unwrap_or_default();
        let _ = writeln!(out, "  severity  {label}{score} {}", advisory.severity.vector.as_deref().unwrap_or(""));
    }
    for package in &advisory.packages {
        let fixed = if package.fixed.is_empty() { "none known".to_owned() } else { package.fixed.join(", ") };
        let _ = writeln!(out, "  package   {}  affected {}  fixed {fixed}", package.purl, package.affected);
    }
    for record in &advisory.records {
        let _ = writeln!(out, "  record    {}  modified {}", record.id, record.modified);
    }
    for reference in advisory.records.iter().flat_map(|r| &r.references) {
        let _ = writeln!(out, "  see       {} {}", reference.kind.to_lowercase(), reference.url);
    }
    out
}

fn advisory_json(advisory: &Advisory) -> Value {
    json!({
        "schema": "faultline.advisory/1",
        "id": advisory.id,
        "aliases": advisory.aliases,
        "summary": advisory.summary,
        "withdrawn": advisory.withdrawn,
        "severity": severity_json(&advisory.severity),
        "packages": advisory.packages.iter().map(|p| json!({
            "purl": p.purl, "affected": p.affected, "fixed": p.fixed
        })).collect::<Vec<_>>(),
        "records": advisory.records.iter().map(|r| json!({
            "id": r.id, "modified": r.modified, "published": r.published, "withdrawn": r.withdrawn,
            "details": r.details,
            "references": r.references.iter().map(|f| json!({"type": f.kind, "url": f.url})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn severity_json(severity: &Severity) -> Value {
    json!({"vector": severity.vector, "score": severity.score, "label": severity.label.map(faultline_advisory::Label::as_str)})
}

/// Longest line that is read as a package URL.
const MAX_LINE: usize = 64 << 10;

fn match_stdin(context: &Context) -> anyhow::Result<Exit> {
    let kept = kept(&context.engine()?)?;
    let mut out = String::new();
    let mut bad = false;
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.context("stdin")?;
        let (answer, error) = match_line(&kept, &line);
        bad |= error;
        let _ = writeln!(out, "{answer}");
    }
    context.output.write(&out)?;
    Ok(Exit::unless(bad))
}

/// The answer to one line, and whether the line was bad.
fn match_line(kept: &Kept, line: &[u8]) -> (Value, bool) {
    let text = String::from_utf8_lossy(&line[..line.len().min(MAX_LINE)]).trim().to_owned();
    let purl = if line.len() > MAX_LINE { Err("the line is too long".to_owned()) } else { parse_line(&text) };
    let groups = purl.as_ref().map(|purl| kept.database.matches(purl)).unwrap_or_default();
    let advisories: Vec<Value> = groups
        .iter()
        .map(|group| {
            json!({
                "id": group.id, "aliases": group.aliases, "records": group.records,
                "severity": severity_json(&group.severity), "fixed": group.fixed,
            })
        })
        .collect();
    let error = purl.err();
    let bad = error.is_some();
    (json!({"schema": "faultline.advisories-match/1", "purl": text, "advisories": advisories, "error": error}), bad)
}

fn parse_line(text: &str) -> Result<Purl, String> {
    let purl = Purl::parse(text).map_err(|e| e.to_string())?;
    if purl.version().is_none() {
        return Err(format!("`{text}` has no version, so nothing can be matched; add @version"));
    }
    Ok(purl)
}
