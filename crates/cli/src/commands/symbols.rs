//! `faultline advisories symbols`

use std::fmt::Write as _;
use std::path::PathBuf;

use faultline_engine::{Derivation, DeriveRequest};
use serde_json::json;

use crate::args::Format;
use crate::context::Context;
use crate::exit::Exit;

/// Shows the symbols of an advisory, derived before when asked to.
pub fn run(
    context: &Context,
    id: &str,
    request: Option<&DeriveRequest>,
    files: &[PathBuf],
    format: Format,
) -> anyhow::Result<Exit> {
    let knowledge = super::trace::knowledge(None, files, &[]);
    let engine = context.engine()?;
    let derived = request.map(|r| engine.derive_symbols(id, &knowledge, r, context.progress())).transpose()?;
    let (target, incomplete) = engine.symbols(id, &knowledge, context.progress())?;
    let text = match format {
        Format::Json => {
            let mut answer = json!({
                "schema": "faultline.symbols/1",
                "advisory": id,
                "symbols": target.symbols,
                "incomplete": incomplete,
            });
            if let Some(derived) = &derived {
                answer["derivation"] = serde_json::to_value(derived)?;
            }
            super::pretty(&answer)?
        }
        Format::Table => {
            let mut text = symbols_text(context, &target, &incomplete);
            if let Some(derived) = &derived {
                write_derivation(&mut text, derived);
            }
            text
        }
    };
    context.output.write(&text)?;
    let unread = derived.is_some_and(|derived| derived.commits.iter().any(|commit| !commit.read));
    Ok(Exit::unless(unread || !incomplete.is_empty()))
}

fn write_derivation(text: &mut String, derived: &Derivation) {
    if derived.commits.is_empty() {
        text.push_str("the advisory names no fix commit\n");
    }
    for commit in &derived.commits {
        let state = if commit.read { "read" } else { "not read" };
        let _ = writeln!(text, "fix {} of {}: {state}", commit.commit, commit.repository);
        for note in &commit.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    for symbol in &derived.symbols {
        let _ = writeln!(text, "{}  {}  {}:{}", symbol.symbol, symbol.grade, symbol.file, symbol.line);
        let _ = writeln!(text, "  {}", symbol.reason);
        for line in symbol.hunk.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
}

fn symbols_text(
    context: &Context,
    target: &faultline_exposure::model::TargetAnswer,
    incomplete: &[faultline_engine::Incomplete],
) -> String {
    let rows: Vec<Vec<String>> = target
        .symbols
        .iter()
        .map(|s| vec![s.symbol.clone(), s.kind.clone(), s.package.clone(), s.grade.clone(), s.origin.clone()])
        .collect();
    let mut text = if rows.is_empty() {
        "no vulnerable symbols are known; name them in a symbols file or with --symbol\n".to_owned()
    } else {
        let header = ["SYMBOL", "KIND", "PACKAGE", "GRADE", "ORIGIN"];
        faultline_report::table::layout(&header, &rows, context.output.width())
    };
    super::index::write_incomplete(&mut text, incomplete);
    text
}
