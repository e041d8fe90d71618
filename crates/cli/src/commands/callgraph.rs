//! `faultline callgraph`

use anyhow::Context as _;
use faultline_engine::{Callgraph as Answer, CallgraphRequest, Goal, PackageChoice};
use faultline_package::Purl;
use faultline_report::callgraph as report;

use crate::args::{Callgraph, GraphFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Callgraph) -> anyhow::Result<Exit> {
    let request = request(args)?;
    // First-party code needs nothing that is kept; package sources do.
    let engine =
        if request.packages == PackageChoice::Nothing { context.scratch_engine()? } else { context.engine()? };
    let answer = engine.callgraph(&request, context.progress())?;
    let graph = report::Graph {
        program: &answer.program,
        analysis: &answer.analysis,
        edges: answer.edges.clone(),
        paths: answer.paths.clone(),
    };
    let text = match args.format {
        GraphFormat::Table => report::to_text(&graph),
        GraphFormat::Json => report::to_json(&graph)?,
        GraphFormat::Dot => report::to_dot(&graph),
    };
    context.output.write(&text)?;
    tell(context, &answer);
    Ok(Exit::unless(!answer.index.incomplete.is_empty() || answer.analysis.budget_hit))
}

fn request(args: &Callgraph) -> anyhow::Result<CallgraphRequest> {
    let to = args.to.as_deref().map(goal).transpose()?;
    let packages = match args.packages.as_str() {
        "none" => PackageChoice::Nothing,
        "on-path" => PackageChoice::OnPath,
        "all" => PackageChoice::All,
        purl => PackageChoice::One(Purl::parse(purl).context("--packages takes none, on-path, all, or a package URL")?),
    };
    Ok(CallgraphRequest {
        directory: args.dir.clone(),
        revision: args.rev.clone(),
        entry: args.entry.clone(),
        include_tests: args.include_tests,
        packages,
        to,
        budget: args.budget,
    })
}

/// `pkg:…`, `pkg:…#symbol`, or a function.
fn goal(text: &str) -> anyhow::Result<Goal> {
    if !text.starts_with("pkg:") {
        return Ok(Goal::Function(text.to_owned()));
    }
    let (purl, symbol) = text.split_once('#').map_or((text, None), |(purl, symbol)| (purl, Some(symbol.to_owned())));
    Ok(Goal::Package(Purl::parse(purl).context("--to")?, symbol))
}

/// What could not be read goes to stderr: the graph itself has no place for it.
fn tell(context: &Context, answer: &Answer) {
    for row in &answer.index.incomplete {
        context.note(&format!("incomplete: {}: {}", row.what, row.why));
    }
}
