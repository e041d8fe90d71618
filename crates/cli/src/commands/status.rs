//! `faultline status`

use std::fmt::Write as _;

use faultline_engine::Status as Answer;
use faultline_report::table;
use serde_json::json;

use crate::args::{Format, Status};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Status) -> anyhow::Result<Exit> {
    let status = context.engine()?.status()?;
    let text = match args.format {
        Format::Table => to_text(context, &status),
        Format::Json => super::pretty(&to_json(&status))?,
    };
    context.output.write(&text)?;
    Ok(Exit::unless(!status.incomplete.is_empty()))
}

fn to_text(context: &Context, status: &Answer) -> String {
    let mut out = String::new();
    let mib = status.size.bytes.div_ceil(1 << 20);
    let _ = writeln!(out, "store       {} ({mib} MiB)", status.store.display());
    match &status.advisories {
        Some(info) => {
            let _ = writeln!(out, "advisories  {} records from {}, {}", info.records, info.origin, info.synced_at);
        }
        None => out.push_str("advisories  none; run `faultline advisories sync`\n"),
    }
    let _ = writeln!(
        out,
        "indexed     {} repositories, {} package versions, {} blobs\n",
        status.size.repositories, status.size.packages, status.size.entries
    );
    out.push_str(&repository_table(context, status));
    super::index::write_incomplete(&mut out, &status.incomplete);
    out
}

/// One line per repository.
pub fn repository_table(context: &Context, status: &Answer) -> String {
    let rows: Vec<Vec<String>> = status
        .repositories
        .iter()
        .map(|row| {
            let revision = row.repository.revision.as_deref().map_or("-", |r| r.get(..12).unwrap_or(r));
            vec![
                row.repository.name.clone(),
                revision.to_owned(),
                row.repository.status.as_str().to_owned(),
                row.projects.to_string(),
                row.files.to_string(),
                row.repository.indexed_at.clone(),
                row.repository.location.clone(),
            ]
        })
        .collect();
    let header = ["REPOSITORY", "REVISION", "STATUS", "PROJECTS", "FILES", "INDEXED", "LOCATION"];
    table::layout(&header, &rows, context.output.width())
}

/// One object per repository.
pub fn repository_json(status: &Answer) -> Vec<serde_json::Value> {
    let row = |row: &faultline_engine::RepositoryStatus| {
        json!({
            "name": row.repository.name,
            "identity": row.repository.identity,
            "location": row.repository.location,
            "revision": row.repository.revision,
            "status": row.repository.status.as_str(),
            "indexed_at": row.repository.indexed_at,
            "projects": row.projects,
            "files": row.files,
        })
    };
    status.repositories.iter().map(row).collect()
}

fn to_json(status: &Answer) -> serde_json::Value {
    let advisories = status
        .advisories
        .as_ref()
        .map(|info| json!({"records": info.records, "origin": info.origin, "synced_at": info.synced_at}));
    json!({
        "schema": "faultline.status/1",
        "store": {"path": status.store, "bytes": status.size.bytes, "packages": status.size.packages, "blobs": status.size.entries},
        "advisories": advisories,
        "repositories": repository_json(status),
        "incomplete": status.incomplete,
    })
}
