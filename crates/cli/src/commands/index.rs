//! `faultline index`

use std::fmt::Write as _;
use std::path::Path;

use faultline_engine::{IndexReport, Input, read_input};
use serde_json::json;

use crate::args::{Format, Index};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Index) -> anyhow::Result<Exit> {
    let inputs = inputs(&args.inputs, args.rev.as_deref())?;
    let report = context.engine()?.index(&inputs, context.progress())?;
    let text = match args.format {
        Format::Table => to_text(&report),
        Format::Json => super::pretty(&to_json(&report))?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(!report.incomplete.is_empty()))
}

/// Folders and addresses as the user gives them.
pub fn inputs(texts: &[String], revision: Option<&str>) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for text in texts {
        match text.strip_prefix('@') {
            None => inputs.push(input(text, revision)),
            Some(list) => {
                let lines = read_input(Path::new(list))?;
                let lines = lines.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
                inputs.extend(lines.map(|line| input(line, revision)));
            }
        }
    }
    Ok(inputs)
}

fn input(text: &str, revision: Option<&str>) -> Input {
    Input { place: text.to_owned(), revision: revision.map(str::to_owned) }
}

fn to_text(report: &IndexReport) -> String {
    let mut out = String::new();
    let unchanged = report.repositories.len() - report.updated.min(report.repositories.len());
    let _ = writeln!(
        out,
        "{} repositories: {} read, {unchanged} unchanged; {} files parsed",
        report.repositories.len(),
        report.updated,
        report.parsed
    );
    write_incomplete(&mut out, &report.incomplete);
    out
}

/// The last lines of an answer that is not complete.
pub fn write_incomplete(out: &mut String, rows: &[faultline_engine::Incomplete]) {
    if !rows.is_empty() {
        let _ = writeln!(out, "incomplete: {} inputs could not be read", rows.len());
    }
    for row in rows {
        let _ = writeln!(out, "  {}: {}: {}", row.repository, row.what, row.why);
    }
}

fn to_json(report: &IndexReport) -> serde_json::Value {
    json!({
        "schema": "faultline.index/1",
        "repositories": report.repositories.len(),
        "updated": report.updated,
        "parsed": report.parsed,
        "incomplete": report.incomplete,
    })
}
