//! Cases with expected adjacency by name, as the PyCG micro-benchmark has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::command::{CallGraph, binary, callgraph};

type Adjacency = BTreeMap<String, BTreeSet<String>>;

/// Counts per category.
#[derive(Default)]
struct Row {
    cases: usize,
    complete: usize,
    sound: usize,
    both: usize,
}

/// Runs every case below `dir` and prints the table; with `list` the differences too.
pub fn run(dir: &Path, list: bool) -> anyhow::Result<()> {
    let binary = binary()?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for case in cases(dir)? {
        let expected = read_expected(&case)?;
        let found = adjacency(&callgraph(&binary, &case, &[])?, &expected);
        let missing = difference(&expected, &found);
        let extra = difference(&found, &expected);
        let category = case.parent().and_then(Path::file_name).map_or_else(String::new, |n| n.to_string_lossy().into());
        let row = rows.entry(category).or_default();
        row.cases += 1;
        row.complete += usize::from(extra.is_empty());
        row.sound += usize::from(missing.is_empty());
        row.both += usize::from(extra.is_empty() && missing.is_empty());
        if list && !(extra.is_empty() && missing.is_empty()) {
            println!("{}: missing {missing:?} extra {extra:?}", case.strip_prefix(dir).unwrap_or(&case).display());
        }
    }
    print(&rows);
    Ok(())
}

fn cases(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(dir).sort_by_file_name() {
        let entry = entry.with_context(|| dir.display().to_string())?;
        if entry.file_name() == "callgraph.json" {
            found.extend(entry.path().parent().map(Path::to_owned));
        }
    }
    Ok(found)
}

fn read_expected(case: &Path) -> anyhow::Result<Adjacency> {
    let text = std::fs::read_to_string(case.join("callgraph.json"))?;
    serde_json::from_str(&text).with_context(|| case.display().to_string())
}

/// Our graph by name. Running an imported module's body is no call in these suites, and functions of the
/// language itself count only where the suite speaks of them.
fn adjacency(graph: &CallGraph, expected: &Adjacency) -> Adjacency {
    let known: BTreeSet<&String> = expected.keys().chain(expected.values().flatten()).collect();
    let mut found = Adjacency::new();
    for edge in graph.edges.iter().filter(|e| e.kind != "import") {
        let (from, to) = (&graph.functions[edge.from], &graph.functions[edge.to]);
        if to.file.is_none() && !known.contains(&to.name) {
            continue;
        }
        found.entry(from.name.clone()).or_default().insert(to.name.clone());
    }
    found
}

/// Edges of `a` that `b` lacks. Methods of builtin types (`<**PyStr**>.join`) are that suite's own names.
fn difference(a: &Adjacency, b: &Adjacency) -> Vec<String> {
    let empty = BTreeSet::new();
    let mut out = Vec::new();
    for (from, callees) in a {
        let other = b.get(from).unwrap_or(&empty);
        out.extend(callees.difference(other).filter(|c| !c.starts_with("<**")).map(|to| format!("{from} -> {to}")));
    }
    out
}

fn print(rows: &BTreeMap<String, Row>) {
    println!("{:<16} {:>5} {:>9} {:>6} {:>5}", "category", "cases", "complete", "sound", "both");
    let mut total = Row::default();
    for (category, row) in rows {
        println!("{category:<16} {:>5} {:>9} {:>6} {:>5}", row.cases, row.complete, row.sound, row.both);
        total.cases += row.cases;
        total.complete += row.complete;
        total.sound += row.sound;
        total.both += row.both;
    }
    println!("{:<16} {:>5} {:>9} {:>6} {:>5}", "total", total.cases, total.complete, total.sound, total.both);
}
