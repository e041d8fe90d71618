//! `faultline owners`

use std::fmt::Write as _;

use faultline_engine::{OwnedFiles, OwnersAnswer};
use faultline_report::table::layout;
use serde_json::{Value, json};

use crate::args::{Format, Owners};
use crate::context::Context;
use crate::exit::Exit;

pub fn run(context: &Context, args: &Owners) -> anyhow::Result<Exit> {
    let answer = context.engine()?.owners(&args.repository)?;
    let text = match args.format {
        Format::Table => table(&answer, context.output.width()),
        Format::Json => super::pretty(&document(&answer))?,
    };
    context.output.write(&text)?;
    Ok(Exit::Done)
}

fn table(answer: &OwnersAnswer, width: Option<u16>) -> String {
    let rows: Vec<Vec<String>> = answer.groups.iter().flat_map(rows).collect();
    let mut text = layout(&["owner", "source", "section", "files", "first file"], &rows, width);
    match &answer.decided_by {
        Some((file, host)) => _ = writeln!(text, "\n{file} decides, by the rules of {host}"),
        None => text.push_str("\nno CODEOWNERS file: owners are not known\n"),
    }
    for (file, files) in &answer.conflicts {
        _ = writeln!(text, "conflict: {file}, which is not read, gives {files} of these files to others");
    }
    for row in &answer.incomplete {
        _ = writeln!(text, "{}: {}", row.what, row.why);
    }
    text
}

fn rows(group: &OwnedFiles) -> Vec<Vec<String>> {
    let tail = [group.files.to_string(), group.example.clone()];
    let line = |cells: [String; 3]| cells.into_iter().chain(tail.clone()).collect();
    if group.owners.is_empty() {
        return vec![line(["unowned".to_owned(), String::new(), String::new()])];
    }
    let section = |name: &Option<String>, optional| match name {
        Some(name) if optional => format!("{name} (optional)"),
        name => name.clone().unwrap_or_default(),
    };
    let of = group.owners.iter();
    of.map(|o| line([o.owner.clone(), o.source.clone(), section(&o.section, o.optional)])).collect()
}

fn document(answer: &OwnersAnswer) -> Value {
    let unowned: usize = answer.groups.iter().filter(|g| g.owners.is_empty()).map(|g| g.files).sum();
    json!({
        "schema": "faultline.owners/1",
        "repository": answer.repository,
        "revision": answer.revision,
        "path": answer.path,
        "decided_by": answer.decided_by.as_ref().map(|(file, host)| json!({"file": file, "rules": host})),
        "groups": answer.groups.iter().map(group_json).collect::<Vec<_>>(),
        "unowned": unowned,
        "conflicts": answer.conflicts.iter().map(|(file, n)| json!({"file": file, "files": n})).collect::<Vec<_>>(),
        "problems": answer.incomplete.iter().map(|r| json!({"what": r.what, "why": r.why})).collect::<Vec<_>>(),
    })
}

fn group_json(group: &OwnedFiles) -> Value {
    let owner = |o: &_| owner_json(o);
    json!({
        "owners": group.owners.iter().map(owner).collect::<Vec<_>>(),
        "files": group.files,
        "example": group.example,
    })
}

fn owner_json(owner: &faultline_engine::Ownership) -> Value {
    json!({"owner": owner.owner, "source": owner.source, "section": owner.section, "optional": owner.optional})
}
