//! `faultline watch`

use faultline_engine::{AdvisorySource, FIRST_SYNC, Incomplete, Knowledge, ScanRequest};
use faultline_report::scan as report;
use faultline_report::trace::Detail;

use crate::args::{Format, Watch};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Watch) -> anyhow::Result<Exit> {
    let engine = context.engine()?;
    let request = ScanRequest {
        knowledge: Knowledge {
            advisories: args.advisories.clone(),
            symbols_files: args.symbols.clone(),
            symbols: Vec::new(),
        },
        include_tests: args.include_tests,
        ..ScanRequest::default()
    };
    let mut problems = Vec::new();
    if !args.no_sync && !engine.settings().offline {
        let source = AdvisorySource::parse(&engine.settings().osv_url);
        let synced = engine.sync_advisories(&source, &FIRST_SYNC, false, context.progress())?;
        problems = synced.problems;
    }
    let (mut answer, state) = engine.watch(&request, context.progress())?;
    answer.incomplete.extend(problems.into_iter().map(incomplete));
    let risen = answer.changed.iter().filter(|c| c.exposure.level > c.before).map(|c| &c.exposure);
    let failed = args.fail_on.is_some_and(|level| answer.new.iter().chain(risen).any(|e| e.level >= level.proved()));
    let detail = Detail { width: context.output.width(), ..Detail::default() };
    let shown = context.output.write(&match args.format {
        Format::Table => report::watch_to_text(&answer, detail),
        Format::Json => report::watch_to_json(&answer)?,
    })?;
    // What nobody saw is news the next time.
    if shown {
        engine.keep_watch(&state)?;
    }
    Ok(if failed { Exit::Failed } else { Exit::unless(answer.incomplete.iter().any(|i| i.unread)) })
}

fn incomplete(problem: faultline_advisory::Problem) -> Incomplete {
    Incomplete { repository: String::new(), what: problem.file, why: problem.why, unread: true }
}
