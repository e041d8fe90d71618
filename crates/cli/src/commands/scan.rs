//! `faultline scan`

use std::path::{Path, PathBuf};

use anyhow::bail;
use faultline_engine::{Baseline, Engine, IGNORE_FILE, Input, Knowledge, ScanRequest, parse_ignore_file, read_input};
use faultline_exposure::scan::{IgnoreEntry, Scan as Answer};
use faultline_report::trace::Detail;
use faultline_report::{sarif, scan as report};

use crate::args::{Scan, TraceFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Scan) -> anyhow::Result<Exit> {
    let mut request = request(args)?;
    let engine = context.engine()?;
    request.baseline = baseline(context, args, &engine, &request)?;
    let mut answer = engine.scan(&request, context.progress())?;
    if let Some(why) = unreadable(&answer) {
        bail!("{}: {why}", args.path);
    }
    // The condition is about every exposure, not only those shown.
    let failed = args.exposing.fail_on.is_some_and(|level| answer.exposures.iter().any(|e| e.level >= level.proved()));
    answer.exposures.retain(|e| args.exposing.level.is_none_or(|level| e.level >= level.proved()));
    context.output.write(&text(context, args, &answer)?)?;
    Ok(if failed { Exit::Failed } else { Exit::unless(answer.incomplete.iter().any(|row| row.unread)) })
}

fn request(args: &Scan) -> anyhow::Result<ScanRequest> {
    if !Path::new(&args.path).is_dir() {
        bail!("{} is not a folder; `faultline scan` reads one checkout", args.path);
    }
    Ok(ScanRequest {
        input: Some(Input { place: args.path.clone(), revision: args.exposing.rev.clone() }),
        knowledge: Knowledge {
            advisories: args.exposing.advisories.clone(),
            symbols_files: args.exposing.symbols.clone(),
            symbols: Vec::new(),
        },
        scopes: args.exposing.scope.iter().map(|s| s.known()).collect(),
        include_tests: args.exposing.include_tests,
        budget: args.exposing.budget,
        ignore: ignore_entries(&args.path, args.ignore.as_deref())?,
        baseline: None,
    })
}

/// The entries of the file named, else of the one in the root of the checkout.
pub fn ignore_entries(checkout: &str, named: Option<&Path>) -> anyhow::Result<Vec<IgnoreEntry>> {
    let beside = Path::new(checkout).join(IGNORE_FILE);
    let (path, name): (PathBuf, String) = match named {
        Some(path) => (path.to_owned(), path.display().to_string()),
        None if beside.is_file() => (beside, IGNORE_FILE.to_owned()),
        None => return Ok(Vec::new()),
    };
    let text = read_input(&path)?;
    let (entries, faults) = parse_ignore_file(&name, &text);
    if faults.is_empty() {
        return Ok(entries);
    }
    let lines: Vec<String> = faults.iter().map(|f| format!("{}:{}: {}", path.display(), f.line, f.why)).collect();
    bail!("the ignore file is not valid:\n  {}", lines.join("\n  "))
}

/// What is known already: a former answer, or the exposures of an older revision.
fn baseline(
    context: &Context,
    args: &Scan,
    engine: &Engine,
    request: &ScanRequest,
) -> anyhow::Result<Option<Baseline>> {
    if let Some(path) = &args.baseline {
        let json = read_input(path)?;
        return Ok(Some(Baseline::parse(&path.display().to_string(), &json).map_err(anyhow::Error::msg)?));
    }
    let Some(revision) = &args.since else { return Ok(None) };
    let input = Input { place: args.path.clone(), revision: Some(revision.clone()) };
    // The ignore file of today speaks of today's exposures only.
    let before = ScanRequest { input: Some(input), ignore: Vec::new(), ..request.clone() };
    let answer = engine.scan(&before, context.progress())?;
    // A repository that could not be opened at that revision would hide everything.
    if let Some(why) = unreadable(&answer) {
        bail!("--since {revision}: {why}; a CI checkout may lack history: fetch it with depth 0");
    }
    Ok(Some(Baseline::of(&answer)))
}

/// Why nothing of the checkout could be read.
fn unreadable(answer: &Answer) -> Option<&str> {
    let row = answer.incomplete.iter().find(|row| row.what == "." && row.unread);
    row.filter(|_| answer.summary.repositories == 0).map(|row| row.why.as_str())
}

fn text(context: &Context, args: &Scan, answer: &Answer) -> anyhow::Result<String> {
    let detail = Detail { width: context.output.width(), all_paths: false, explain: args.exposing.explain };
    Ok(match args.exposing.format {
        TraceFormat::Table => report::to_text(answer, detail),
        TraceFormat::Json => report::to_json(answer)?,
        TraceFormat::Markdown => report::to_markdown(answer),
        TraceFormat::Sarif => super::pretty(&sarif::scan_to_sarif(answer, env!("CARGO_PKG_VERSION")))?,
    })
}
