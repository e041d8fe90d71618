//! Cases with edges recorded from a run, by position: `{files, functions, calls, fun2fun, call2fun}`, where a
//! place is `file:line:column:end_line:end_column` (columns in characters, the end exclusive).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use super::command::{CallGraph, Function, binary, callgraph};

/// A recorded graph.
#[derive(Debug, Deserialize)]
struct Recorded {
    files: Vec<String>,
    functions: Places,
    calls: Places,
    fun2fun: Vec<(usize, usize)>,
    call2fun: Vec<(usize, usize)>,
}

/// Places as a list or by number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Places {
    List(Vec<String>),
    Map(BTreeMap<usize, String>),
}

impl Places {
    fn get(&self, id: usize) -> Option<&String> {
        match self {
            Places::List(list) => list.get(id),
            Places::Map(map) => map.get(&id),
        }
    }
}

/// `file`, then line, column, end line, end column.
type Place = (String, [u32; 4]);

#[derive(Default)]
struct Totals {
    functions: (usize, usize),
    calls: (usize, usize),
    correct: usize,
    reported: usize,
}

/// Runs every case below `dir` that has a recording beside its sources.
pub fn run(dir: &Path, list: bool) -> anyhow::Result<()> {
    let binary = binary()?;
    let mut totals = Totals::default();
    for path in recordings(dir)? {
        let Ok(recorded) = serde_json::from_str::<Recorded>(&std::fs::read_to_string(&path)?) else { continue };
        let scratch = copy_sources(dir, &recorded)?;
        let graph = callgraph(&binary, scratch.path(), &[])?;
        compare(&path, &recorded, &graph, &mut totals, list);
    }
    println!("function edges found {} of {}", totals.functions.0, totals.functions.1);
    println!("call edges found     {} of {}", totals.calls.0, totals.calls.1);
    println!("reported function edges that were recorded {} of {}", totals.correct, totals.reported);
    Ok(())
}

fn recordings(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| dir.display().to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    found.sort();
    Ok(found)
}

/// Only the files that the recording names, so that cases do not see each other.
fn copy_sources(dir: &Path, recorded: &Recorded) -> anyhow::Result<tempfile::TempDir> {
    let scratch = tempfile::tempdir()?;
    for file in &recorded.files {
        let to = scratch.path().join(file);
        if let (Some(parent), true) = (to.parent(), dir.join(file).is_file()) {
            std::fs::create_dir_all(parent)?;
            std::fs::copy(dir.join(file), &to)?;
        }
    }
    Ok(scratch)
}

fn compare(path: &Path, recorded: &Recorded, graph: &CallGraph, totals: &mut Totals, list: bool) {
    let functions: BTreeSet<(Place, Place)> =
        pairs(&recorded.fun2fun, &recorded.functions, &recorded.functions, recorded);
    let calls: BTreeSet<(Place, Place)> = pairs(&recorded.call2fun, &recorded.calls, &recorded.functions, recorded);
    let reported: BTreeSet<_> = graph
        .edges
        .iter()
        .filter_map(|e| Some((place(&graph.functions[e.from])?, place(&graph.functions[e.to])?)))
        .collect();
    let called: BTreeSet<_> = graph
        .edges
        .iter()
        .filter_map(|e| {
            Some(((e.file.clone()?, [e.line, e.column, e.end_line, e.end_column]), place(&graph.functions[e.to])?))
        })
        .collect();
    totals.functions.0 += functions.iter().filter(|e| has(&reported, e)).count();
    totals.functions.1 += functions.len();
    totals.calls.0 += calls.iter().filter(|e| has(&called, e)).count();
    totals.calls.1 += calls.len();
    totals.correct +=
        reported.iter().filter(|e| functions.iter().any(|f| same(&f.0, &e.0) && same(&f.1, &e.1))).count();
    totals.reported += reported.len();
    if list {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        for edge in functions.iter().filter(|e| !has(&reported, e)) {
            println!("{name}: missing {} -> {}", show(&edge.0), show(&edge.1));
        }
        for edge in calls.iter().filter(|e| !has(&called, e)) {
            println!("{name}: missing call {} -> {}", show(&edge.0), show(&edge.1));
        }
    }
}

fn has(set: &BTreeSet<(Place, Place)>, edge: &(Place, Place)) -> bool {
    set.contains(edge) || set.iter().any(|e| same(&e.0, &edge.0) && same(&e.1, &edge.1))
}

/// Same place; module bodies agree by their start alone, since recorders differ about a file's end.
fn same(a: &Place, b: &Place) -> bool {
    a == b || (a.0 == b.0 && a.1[..2] == [1, 1] && b.1[..2] == [1, 1] && a.1[2] > 1 && b.1[2].abs_diff(a.1[2]) <= 1)
}

fn pairs(edges: &[(usize, usize)], from: &Places, to: &Places, recorded: &Recorded) -> BTreeSet<(Place, Place)> {
    edges.iter().filter_map(|(a, b)| Some((parse(from.get(*a)?, recorded)?, parse(to.get(*b)?, recorded)?))).collect()
}

fn parse(text: &str, recorded: &Recorded) -> Option<Place> {
    let numbers: Vec<u32> = text.split(':').filter_map(|n| n.parse().ok()).collect();
    let [file, line, column, end_line, end_column] = numbers[..] else { return None };
    Some((recorded.files.get(file as usize)?.clone(), [line, column, end_line, end_column]))
}

fn place(function: &Function) -> Option<Place> {
    Some((function.file.clone()?, [function.line?, function.column?, function.end_line?, function.end_column?]))
}

fn show(place: &Place) -> String {
    format!("{}:{}:{}", place.0, place.1[0], place.1[1])
}
