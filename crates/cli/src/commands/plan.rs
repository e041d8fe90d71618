//! `faultline plan`

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use faultline_engine::{Knowledge, PlanRequest, TraceRequest, read_input};
use faultline_plan::steps::{Settings, State};
use faultline_report::plan as report;

use crate::args::{Plan, PlanFormat};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Plan) -> anyhow::Result<Exit> {
    let answer = context.engine()?.plan(&request(args)?, context.progress())?;
    let (target, plan, incomplete) = (&answer.target, &answer.plan, answer.incomplete.as_slice());
    let shown = report::Answer { target, plan, incomplete };
    let text = match args.format {
        PlanFormat::Table => report::to_text(&shown, context.output.width()),
        PlanFormat::Json => report::to_json(&shown)?,
        PlanFormat::Markdown => report::to_markdown(&shown),
        PlanFormat::Dot => report::to_dot(plan),
        PlanFormat::Mermaid => report::to_mermaid(plan),
        PlanFormat::Svg => report::to_svg(plan),
    };
    context.output.write(&text)?;
    Ok(Exit::unless(incomplete.iter().any(|row| row.unread)))
}

fn request(args: &Plan) -> anyhow::Result<PlanRequest> {
    let settings = match &args.settings {
        Some(path) => Settings::parse(&read_input(path)?).map_err(|e| anyhow!("{}:{e}", path.display()))?,
        None => Settings::default(),
    };
    let state = match &args.state {
        Some(path) => State::parse(&read_input(path)?).map_err(|e| anyhow!("{}:{e}", path.display()))?,
        None => State::default(),
    };
    let seconds = Duration::try_from_secs_f64(args.seconds).context("--seconds needs a number of seconds")?;
    let trace = TraceRequest {
        target: args.target.clone(),
        inputs: super::index::inputs(&args.paths, None)?,
        knowledge: Knowledge { advisories: args.advisories.clone(), ..Knowledge::default() },
        repositories: args.repo.clone(),
        ..TraceRequest::default()
    };
    Ok(PlanRequest { trace, to: args.to.clone(), settings, state, limit: seconds.min(Duration::from_hours(24)) })
}
