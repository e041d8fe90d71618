//! `faultline completions`

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "faultline", &mut script);
    context.output.write(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
