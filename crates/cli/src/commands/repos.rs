//! `faultline repos`

use faultline_engine::Engine;
use serde_json::json;

use crate::args::{Format, Repos, ReposAction};
use crate::commands::status;
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Repos) -> anyhow::Result<Exit> {
    let engine = context.engine()?;
    match &args.action {
        None | Some(ReposAction::List) => list(context, &engine, args.format),
        Some(ReposAction::Remove { names }) => remove(context, &engine, names),
        Some(ReposAction::Rename { from, to }) => rename(&engine, from, to),
        Some(ReposAction::Gc) => clean_up(context, &engine),
    }
}

fn list(context: &Context, engine: &Engine, format: Format) -> anyhow::Result<Exit> {
    let answer = engine.status()?;
    let text = match format {
        Format::Table => status::repository_table(context, &answer),
        Format::Json => super::pretty(&json!({
            "schema": "faultline.repos/1",
            "repositories": status::repository_json(&answer),
        }))?,
    };
    context.output.write(&text)?;
    Ok(Exit::Done)
}

fn remove(context: &Context, engine: &Engine, names: &[String]) -> anyhow::Result<Exit> {
    let known = engine.store().repositories()?;
    if let Some(name) = names.iter().find(|name| !known.iter().any(|r| r.name == **name || r.identity == **name)) {
        anyhow::bail!("no repository is named `{name}`; `faultline repos` lists them");
    }
    for name in names {
        engine.store().remove_repository(name)?;
    }
    context.note("run `faultline repos gc` to give back their room");
    Ok(Exit::Done)
}

fn rename(engine: &Engine, from: &str, to: &str) -> anyhow::Result<Exit> {
    if !engine.store().rename_repository(from, to)? {
        anyhow::bail!("no repository is named `{from}`; `faultline repos` lists them");
    }
    Ok(Exit::Done)
}

fn clean_up(context: &Context, engine: &Engine) -> anyhow::Result<Exit> {
    let done = engine.clean_up()?;
    context.output.write(&format!(
        "{} packs and {} answers dropped, {} bytes given back\n",
        done.packs, done.answers, done.bytes
    ))?;
    Ok(Exit::Done)
}
