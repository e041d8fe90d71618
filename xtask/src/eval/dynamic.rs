//! Dynamic truth: runs packages' own tests under coverage and asks how many of the functions that ran are
//! in the reachable set, and how big that set is.
//!
//! A folder of prepared projects holds a `projects.tsv`: `NAME<tab>COMMAND`; each project stands in `DIR/NAME`
//! with its dependencies installed. Running a test suite executes the project's code: this is a measurement
//! on code that the user chose, not something that the product does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use super::command::{CallGraph, binary, packages};
use super::coverage::{Executed, javascript, python};

/// Which runtime records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// `NODE_V8_COVERAGE`.
    Node,
    /// A profile hook loaded through `sitecustomize`.
    Python,
}

/// Executed and found functions on one side (first-party or dependencies).
#[derive(Debug, Default, Clone, Copy)]
struct Side {
    executed: usize,
    found: usize,
    reachable: usize,
    all: usize,
}

impl Side {
    fn add(&mut self, other: Side) {
        self.executed += other.executed;
        self.found += other.found;
        self.reachable += other.reachable;
        self.all += other.all;
    }

    fn show(self) -> String {
        let percent = |part, whole| if whole == 0 { 100.0 } else { 100.0 * real(part) / real(whole) };
        format!(
            "{:>5}/{:<5} {:>5.1}% {:>6}/{:<6} {:>5.1}%",
            self.found,
            self.executed,
            percent(self.found, self.executed),
            self.reachable,
            self.all,
            percent(self.reachable, self.all)
        )
    }
}

/// Counts are small.
fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Measures every project of `dir` and prints the table; with `list` the misses too.
pub fn run(runtime: Runtime, dir: &Path, list: bool) -> anyhow::Result<()> {
    let dir = dir.canonicalize().with_context(|| dir.display().to_string())?;
    let binary = binary()?;
    let projects = std::fs::read_to_string(dir.join("projects.tsv")).context("projects.tsv: NAME<tab>COMMAND")?;
    println!(
        "{:<22} {:<33} {:<33} {:>7} {:>7}",
        "project", "dependencies: found, reachable", "first-party: found, reachable", "time", "memory"
    );
    let (mut dependency, mut own) = (Side::default(), Side::default());
    for line in projects.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#')) {
        let (name, command) = line.split_once('\t').with_context(|| format!("projects.tsv: `{line}`"))?;
        let project = dir.join(name);
        let project = project.canonicalize().with_context(|| project.display().to_string())?;
        let executed = match runtime {
            Runtime::Node => javascript(&project, command)?,
            Runtime::Python => python(&project, command)?,
        };
        let (graph, time, memory) = analyse(&binary, &project)?;
        let (d, o) = compare(&project, &graph, &executed, list);
        println!("{name:<22} {:<33} {:<33} {:>6.2}s {:>5}MB", d.show(), o.show(), time.as_secs_f64(), memory / 1024);
        dependency.add(d);
        own.add(o);
    }
    println!("{:<22} {:<33} {:<33}", "pooled", dependency.show(), own.show());
    Ok(())
}

/// The call graph from the tests, all packages loaded, with the whole-process time and peak memory in KiB.
fn analyse(binary: &Path, project: &Path) -> anyhow::Result<(CallGraph, Duration, u64)> {
    let scratch = tempfile::tempdir()?;
    let out = scratch.path().join("callgraph.json");
    let started = Instant::now();
    let child = Command::new("/usr/bin/time")
        .args(["-f", "%M", "-o"])
        .arg(scratch.path().join("memory"))
        .arg(binary)
        .arg("callgraph")
        .arg(project)
        .args(["--format", "json", "--offline", "--entry", "tests", "--include-tests", "--packages", "all", "--output"])
        .arg(&out)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .context("/usr/bin/time (Debian package time)")?;
    let time = started.elapsed();
    let text = std::fs::read(&out).with_context(|| String::from_utf8_lossy(&child.stderr).into_owned())?;
    let memory = std::fs::read_to_string(scratch.path().join("memory")).unwrap_or_default();
    let memory = memory.lines().last().and_then(|l| l.trim().parse().ok()).unwrap_or(0);
    Ok((serde_json::from_slice(&text)?, time, memory))
}

/// Functions reachable over edges from every entry of the graph.
fn reachable(graph: &CallGraph) -> Vec<bool> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); graph.functions.len()];
    for edge in &graph.edges {
        next[edge.from].push(edge.to);
    }
    let mut seen = vec![false; graph.functions.len()];
    let mut stack: Vec<usize> = (0..seen.len()).filter(|f| graph.functions[*f].entry.is_some()).collect();
    while let Some(function) = stack.pop() {
        if !std::mem::replace(&mut seen[function], true) {
            stack.extend(&next[function]);
        }
    }
    seen
}

fn compare(project: &Path, graph: &CallGraph, executed: &[Executed], list: bool) -> (Side, Side) {
    let reached = reachable(graph);
    let by_end: BTreeMap<(PathBuf, u32), Vec<usize>> = index(project, graph);
    let (mut dependency, mut own) = (Side::default(), Side::default());
    let counted = |f: &super::command::Function| f.file.is_some() && !is_module(f) && !of_runner(f.file.as_deref());
    for (id, function) in graph.functions.iter().enumerate().filter(|(_, f)| counted(f)) {
        let side = if function.package.is_some() { &mut dependency } else { &mut own };
        side.all += 1;
        side.reachable += usize::from(reached[id]);
    }
    let mut counted = BTreeSet::new();
    for run in executed.iter().filter(|run| !of_runner(inside_packages(&run.file))) {
        let Some(id) = find(graph, &by_end, run) else {
            let side = if is_dependency(project, &run.file) { &mut dependency } else { &mut own };
            side.executed += 1;
            miss(list, "not in the graph", run);
            continue;
        };
        if is_module(&graph.functions[id]) || !counted.insert(id) {
            continue;
        }
        let side = if graph.functions[id].package.is_some() { &mut dependency } else { &mut own };
        side.executed += 1;
        side.found += usize::from(reached[id]);
        if !reached[id] {
            miss(list, "not reached", run);
        }
    }
    (dependency, own)
}

fn miss(list: bool, why: &str, run: &Executed) {
    if list {
        println!("  {why}: {} {}:{}", run.name, run.file.display(), run.line);
    }
}

/// The path below `site-packages`.
fn inside_packages(file: &Path) -> Option<&str> {
    file.to_str()?.split_once("/site-packages/").map(|(_, inside)| inside)
}

/// Python's test runner starts the tests; it is no dependency of theirs, so it counts neither way.
fn of_runner(file: Option<&str>) -> bool {
    const RUNNER: [&str; 7] =
        ["_pytest", "pytest", "pluggy", "iniconfig", "pygments", "pytest_mock", "_distutils_hack"];
    file.and_then(|file| file.split('/').next()).is_some_and(|top| RUNNER.contains(&top))
}

fn is_dependency(project: &Path, file: &Path) -> bool {
    let inside = file.strip_prefix(project).unwrap_or(file);
    inside.components().any(|c| matches!(c.as_os_str().to_str(), Some("node_modules" | "site-packages")))
}

fn is_module(function: &super::command::Function) -> bool {
    function.line == Some(1) && function.column == Some(1) && function.is_module_name()
}

/// Functions by file and last line.
fn index(project: &Path, graph: &CallGraph) -> BTreeMap<(PathBuf, u32), Vec<usize>> {
    let packages = packages(project);
    let mut out: BTreeMap<(PathBuf, u32), Vec<usize>> = BTreeMap::new();
    for (id, function) in graph.functions.iter().enumerate() {
        if let (Some(file), Some(line)) = (function.absolute(project, &packages), function.line) {
            out.entry((file, line)).or_default().push(id);
        }
    }
    out
}

/// The function that starts and ends where the recorder says; recorders differ by a keyword at the start.
fn find(graph: &CallGraph, index: &BTreeMap<(PathBuf, u32), Vec<usize>>, run: &Executed) -> Option<usize> {
    let lines = run.line..=run.line + run.slack;
    lines.flat_map(|line| index.get(&(run.file.clone(), line)).into_iter().flatten()).copied().min_by_key(|id| {
        let f = &graph.functions[*id];
        let end = run.end.map_or(0, |(line, column)| {
            f.end_line.unwrap_or(0).abs_diff(line) * 1000 + f.end_column.unwrap_or(0).abs_diff(column)
        });
        let start = run.column.map_or(0, |column| f.column.unwrap_or(0).abs_diff(column));
        let name = u32::from(!run.name.is_empty() && !f.name.ends_with(&run.name));
        (end, name * 500 + start)
    })
}
