//! `faultline advisories`

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};

use anyhow::{Context as _, bail};
use faultline_advisory::{Advisory, Enrichment, Epss, Exploited, Problem, Severity};
use faultline_engine::{Advisories as Kept, AdvisorySource, DeriveRequest, Engine};
use faultline_package::{Ecosystem, Purl, Version};
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
        Advisories::Symbols { id, derive, repo, symbols, format } => {
            let request = derive.then(|| DeriveRequest { repository: repo.clone() });
            super::symbols::run(context, id, request.as_ref(), symbols, *format)
        }
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
            write_unordered(&mut text, &report.unordered);
            text
        }
        Format::Json => super::pretty(&json!({
            "schema": "faultline.advisories-sync/1",
            "read": report.read,
            "records": report.records,
            "unchanged": report.unchanged,
            "incomplete": report.problems.iter().map(|p| json!({"file": p.file, "why": p.why})).collect::<Vec<_>>(),
            "unordered": report.unordered.iter().map(|p| json!({"id": p.file, "why": p.why})).collect::<Vec<_>>(),
        }))?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(!report.problems.is_empty()))
}

/// Faults of the data: they are said, but the input was read.
fn write_unordered(text: &mut String, records: &[Problem]) {
    const SHOWN: usize = 5;
    if records.is_empty() {
        return;
    }
    let _ = writeln!(text, "{} records have a range with a version that cannot be ordered:", records.len());
    for record in records.iter().take(SHOWN) {
        let _ = writeln!(text, "  {}: {}", record.file, record.why);
    }
    if records.len() > SHOWN {
        let _ = writeln!(text, "  and {} more: --format json lists them", records.len() - SHOWN);
    }
}

fn parse_ecosystems(names: &[String]) -> anyhow::Result<Vec<Ecosystem>> {
    if names.is_empty() {
        return Ok(Ecosystem::ALL.into_iter().filter(|e| e.has_advisories()).collect());
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

fn exploited_json(exploited: &Exploited) -> Value {
    json!({"added": exploited.added, "due": exploited.due, "ransomware": exploited.ransomware})
}

fn epss_json(epss: &Epss) -> Value {
    json!({"score": epss.score, "percentile": epss.percentile})
}

/// Longest line that is read as a package URL.
const MAX_LINE: usize = 64 << 10;

fn match_stdin(context: &Context) -> anyhow::Result<Exit> {
    let engine = context.engine()?;
    let (kept, beside) = (kept(&engine)?, engine.enrichment()?);
    let input = BufReader::new(std::io::stdin().lock());
    let bad = context.output.stream(|out| match_lines(&kept, &beside, input, out))?;
    Ok(Exit::unless(bad))
}

/// One line in, one line out; whoever waits for an answer before asking on gets it. True when a line was bad.
fn match_lines(
    kept: &Kept,
    beside: &Enrichment,
    mut input: BufReader<impl Read>,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut line = Vec::new();
    let mut bad = false;
    while read_line(&mut input, &mut line).context("stdin")? {
        let (answer, error) = match_line(kept, beside, &line);
        bad |= error;
        writeln!(out, "{answer}")?;
        if !input.buffer().contains(&b'\n') {
            out.flush()?;
        }
    }
    Ok(bad)
}

/// Reads a line without its end, of which no more than one byte above [`MAX_LINE`] is kept; false at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let read = input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > MAX_LINE {
        input.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

/// The answer to one line, and whether the line was bad.
fn match_line(kept: &Kept, beside: &Enrichment, line: &[u8]) -> (Value, bool) {
    let text = String::from_utf8_lossy(&line[..line.len().min(MAX_LINE)]).trim().to_owned();
    let found = match std::str::from_utf8(line) {
        _ if line.len() > MAX_LINE => Err("the line is longer than 64 KiB".to_owned()),
        Ok(line) => parse_line(line.trim()).and_then(|purl| matches(kept, &purl)),
        Err(_) => Err("the line is not UTF-8 text".to_owned()),
    };
    let (mut groups, error) = match found {
        Ok(groups) => (groups, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    beside.attach(&mut groups);
    let advisories: Vec<Value> = groups
        .iter()
        .map(|group| {
            json!({
                "id": group.id, "aliases": group.aliases, "records": group.records,
                "severity": severity_json(&group.severity), "fixed": group.fixed,
                "exploited": group.exploited.as_ref().map(exploited_json), "epss": group.epss.as_ref().map(epss_json),
            })
        })
        .collect();
    let bad = error.is_some();
    (json!({"schema": "faultline.advisories-match/1", "purl": text, "advisories": advisories, "error": error}), bad)
}

/// What affects a package; a version outside the ecosystem's order that no advisory names is no answer.
fn matches(kept: &Kept, purl: &Purl) -> Result<Vec<faultline_advisory::Group>, String> {
    let groups = kept.database.matches(purl);
    let version = purl.version().unwrap_or_default();
    if groups.is_empty() && Version::parse(purl.ecosystem(), version).is_none() {
        let ecosystem = purl.ecosystem().osv_name();
        return Err(format!(
            "`{version}` is no version of {ecosystem}, so ranges cannot be compared; give the exact one"
        ));
    }
    Ok(groups)
}

fn parse_line(text: &str) -> Result<Purl, String> {
    let purl = Purl::parse(text).map_err(|e| e.to_string())?;
    check_spelling(text)?;
    if purl.to_string().contains("%00") || purl.full_name().chars().any(char::is_control) {
        return Err(format!("`{text}` holds control characters"));
    }
    if purl.version().is_none() {
        return Err(format!("`{text}` has no version, so nothing can be matched; add @version"));
    }
    Ok(purl)
}

/// Refuses what a lenient reader would take for part of a name: `%` without a byte behind it, a second `@`.
fn check_spelling(text: &str) -> Result<(), String> {
    let is_byte = |after: &str| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    if text.split('%').skip(1).any(|after| !is_byte(after)) {
        return Err(format!("`{text}` holds a `%` that two hexadecimal digits do not follow; write it as %25"));
    }
    let path = text.split(['?', '#']).next().unwrap_or(text);
    // Scopes of npm begin with `@`, which many write as it is.
    if path.matches('@').count() - path.matches("/@").count() > 1 {
        return Err(format!("`{text}` has more than one `@version`; write an @ that belongs to it as %40"));
    }
    Ok(())
}
