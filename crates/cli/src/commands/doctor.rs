//! `faultline doctor`

use faultline_engine::{Check, CheckState};
use faultline_report::table;
use serde_json::json;

use crate::args::{Doctor, Format};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Doctor) -> anyhow::Result<Exit> {
    let mut checks = Vec::new();
    match context.engine() {
        Ok(engine) => checks.extend(engine.doctor()?),
        Err(error) => checks.push(Check {
            name: "store".to_owned(),
            state: CheckState::Bad,
            found: format!("{error:#}"),
            remedy: Some("name another file with --store or FAULTLINE_STORE".to_owned()),
        }),
    }
    let text = match args.format {
        Format::Table => to_text(context, &checks),
        Format::Json => super::pretty(&to_json(&checks))?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(checks.iter().any(|c| c.state == CheckState::Bad)))
}

fn to_text(context: &Context, checks: &[Check]) -> String {
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|c| {
            vec![c.state.as_str().to_owned(), c.name.clone(), c.found.clone(), c.remedy.clone().unwrap_or_default()]
        })
        .collect();
    table::layout(&["STATE", "WHAT", "FOUND", "REMEDY"], &rows, context.output.width())
}

fn to_json(checks: &[Check]) -> serde_json::Value {
    let check = |c: &Check| json!({"name": c.name, "state": c.state.as_str(), "found": c.found, "remedy": c.remedy});
    json!({"schema": "faultline.doctor/1", "checks": checks.iter().map(check).collect::<Vec<_>>()})
}
