//! One module per command.

mod advisories;
mod callgraph;
mod completions;
mod doctor;
mod index;
mod inventory;
mod owners;
mod plan;
mod repos;
mod sbom;
mod scan;
mod status;
mod symbols;
mod trace;
mod vex;
mod watch;

use crate::args::{Cli, Command};
use crate::context::Context;
use crate::exit::Exit;

/// Runs what was asked for.
pub fn run(cli: &Cli) -> anyhow::Result<Exit> {
    let context = Context::new(&cli.global);
    match &cli.command {
        Command::Trace(args) => trace::run(&context, args),
        Command::Plan(args) => plan::run(&context, args),
        Command::Scan(args) => scan::run(&context, args),
        Command::Watch(args) => watch::run(&context, args),
        Command::Index(args) => index::run(&context, args),
        Command::Inventory(args) => inventory::run(&context, args),
        Command::Advisories(action) => advisories::run(&context, action),
        Command::Status(args) => status::run(&context, args),
        Command::Repos(args) => repos::run(&context, args),
        Command::Sbom(args) => sbom::run(&context, args),
        Command::Vex(args) => vex::run(&context, args),
        Command::Owners(args) => owners::run(&context, args),
        Command::Callgraph(args) => callgraph::run(&context, args),
        Command::Doctor(args) => doctor::run(&context, args),
        Command::Completions(args) => completions::run(&context, args),
    }
}

/// A JSON document as text, indented, with a final line end.
fn pretty(document: &serde_json::Value) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}
