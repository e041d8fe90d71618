//! `faultline trace`

use std::path::PathBuf;

use faultline_engine::{Knowledge, TraceRequest};
use faultline_exposure::model::Answer;
use faultline_report::trace::Detail;
use faultline_report::{sarif, trace as report};

use crate::args::{Level, Trace, TraceFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Trace) -> anyhow::Result<Exit> {
    let mut request = request(args)?;
    // The condition is about every exposure, not only those shown.
    let shown = request.level.take();
    let mut answer = context.engine()?.trace(&request, context.progress())?;
    let failed = args.exposing.fail_on.is_some_and(|level| answer.exposures.iter().any(|e| e.level >= level.proved()));
    answer.exposures.retain(|e| shown.is_none_or(|level| e.level >= level));
    context.output.write(&text(context, args, &answer)?)?;
    Ok(if failed { Exit::Failed } else { Exit::unless(answer.incomplete.iter().any(|row| row.unread)) })
}

fn request(args: &Trace) -> anyhow::Result<TraceRequest> {
    Ok(TraceRequest {
        target: args.target.clone(),
        inputs: super::index::inputs(&args.paths, args.exposing.rev.as_deref())?,
        knowledge: knowledge(args.exposing.advisories.clone(), &args.exposing.symbols, &args.symbol),
        scopes: args.exposing.scope.iter().map(|s| s.known()).collect(),
        repositories: args.repo.clone(),
        level: args.exposing.level.map(Level::proved),
        all_paths: args.all_paths,
        include_tests: args.exposing.include_tests,
        budget: args.exposing.budget,
    })
}

pub(super) fn knowledge(advisories: Option<PathBuf>, files: &[PathBuf], symbols: &[String]) -> Knowledge {
    Knowledge { advisories, symbols_files: files.to_vec(), symbols: symbols.to_vec() }
}

fn text(context: &Context, args: &Trace, answer: &Answer) -> anyhow::Result<String> {
    let detail = Detail { width: context.output.width(), all_paths: args.all_paths, explain: args.exposing.explain };
    Ok(match args.exposing.format {
        TraceFormat::Table => report::to_text(answer, detail),
        TraceFormat::Json => report::to_json(answer)?,
        TraceFormat::Markdown => report::to_markdown(answer),
        TraceFormat::Sarif => super::pretty(&sarif::to_sarif(answer, env!("CARGO_PKG_VERSION")))?,
    })
}
