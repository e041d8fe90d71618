//! Cases with edges recorded from a run, by position: `{files, functions, calls, fun2fun, call2fun}`, where a
//! place is `file:line:column:end_line:end_column` (columns in characters, the end exclusive).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use super::command::{CallGraph, Function, binary, callgraph, packages};

/// A recorded graph.
#[derive(Debug, Deserialize)]
struct Recorded {
    files: Vec<String>,
    functions: Places,
    calls: Places,
    fun2fun: Vec<(usize, usize)>,
    call2fun: Vec<(usize, usize)>,
    /// Places of functions and calls that are not to be compared.
    #[serde(default)]
    ignore: Vec<String>,
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
        let folder = scratch.path().canonicalize()?;
        let graph = callgraph(&binary, &folder, &["--packages", "all"])?;
        let found = Found::new(&folder, &recorded, &graph);
        compare(&path, &recorded, &graph, &found, &mut totals, list);
    }
    println!("function edges found {} of {}", totals.functions.0, totals.functions.1);
    println!("call edges found     {} of {}", totals.calls.0, totals.calls.1);
    println!(
        "reported function edges that were recorded {} of {} (of functions that ran)",
        totals.correct, totals.reported
    );
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

/// Only the files that the recording names and the manifests beside them, so that cases do not see each other.
fn copy_sources(dir: &Path, recorded: &Recorded) -> anyhow::Result<tempfile::TempDir> {
    let scratch = tempfile::tempdir()?;
    for file in recorded.files.iter().map(Path::new) {
        copy(dir, scratch.path(), file)?;
        let folders = file.ancestors().skip(1).filter(|folder| *folder != Path::new(""));
        for manifest in folders.map(|folder| folder.join("package.json")) {
            copy(dir, scratch.path(), &manifest)?;
        }
    }
    lock(scratch.path(), recorded)?;
    Ok(scratch)
}

/// A lockfile that says what the case has installed, as every real project has one.
fn lock(folder: &Path, recorded: &Recorded) -> anyhow::Result<()> {
    let mut installed = serde_json::Map::new();
    let mut wanted = serde_json::Map::new();
    for file in recorded.files.iter().filter(|file| file.starts_with("node_modules/")) {
        for package in Path::new(file).ancestors().skip(1) {
            let Ok(text) = std::fs::read(folder.join(package).join("package.json")) else { continue };
            let manifest: serde_json::Value = serde_json::from_slice(&text)?;
            let name = package.to_string_lossy().trim_start_matches("node_modules/").to_owned();
            installed.insert(package.to_string_lossy().into_owned(), json!({"version": manifest["version"]}));
            wanted.insert(name, manifest["version"].clone());
        }
    }
    if !wanted.is_empty() {
        let root = json!({"name": "case", "version": "1.0.0", "dependencies": wanted});
        installed.insert(String::new(), root.clone());
        let lock = json!({"name": "case", "lockfileVersion": 3, "packages": installed});
        std::fs::write(folder.join("package.json"), root.to_string())?;
        std::fs::write(folder.join("package-lock.json"), lock.to_string())?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, file: &Path) -> anyhow::Result<()> {
    let target = to.join(file);
    if let (Some(parent), true) = (target.parent(), from.join(file).is_file()) {
        std::fs::create_dir_all(parent)?;
        std::fs::copy(from.join(file), target)?;
    }
    Ok(())
}

type Edges = BTreeSet<(Place, Place)>;

fn compare(path: &Path, recorded: &Recorded, graph: &CallGraph, found: &Found, totals: &mut Totals, list: bool) {
    let functions: Edges = pairs(&recorded.fun2fun, &recorded.functions, recorded)
        .into_iter()
        .map(|(from, to)| (found.definition(from), found.definition(to)))
        .collect();
    let calls: Edges = pairs(&recorded.call2fun, &recorded.calls, recorded)
        .into_iter()
        .map(|(call, to)| (call_place(&found.stripped(call)), found.definition(to)))
        .collect();
    let (reported, called) = (found.function_edges(graph), found.call_edges(graph));
    // A function that the run did not enter has no recorded edges, so nothing is known about its calls.
    let entered: BTreeSet<&Place> = functions.iter().flat_map(|(from, to)| [from, to]).collect();
    let written = found.written_edges(graph);
    let judged: Vec<_> = written.iter().filter(|(from, _)| entered.contains(from) || is_module(from)).collect();
    totals.functions.0 += functions.intersection(&reported).count();
    totals.functions.1 += functions.len();
    totals.calls.0 += calls.intersection(&called).count();
    totals.calls.1 += calls.len();
    totals.correct += judged.iter().filter(|edge| functions.contains(edge)).count();
    totals.reported += judged.len();
    if list {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        for (from, to) in functions.difference(&reported) {
            println!("{name}: missing {} -> {}", show(from), show(to));
        }
        for (from, to) in calls.difference(&called) {
            println!("{name}: missing call {} -> {}", show(from), show(to));
        }
        for (from, to) in judged.iter().filter(|edge| !functions.contains(edge)) {
            println!("{name}: extra {} -> {}", show(from), show(to));
        }
    }
}

/// Functions of the graph by their place in the folder.
struct Found {
    files: BTreeMap<String, Vec<String>>,
    /// Place and name of every function.
    places: Vec<Option<(Place, String)>>,
}

impl Found {
    fn new(folder: &Path, recorded: &Recorded, graph: &CallGraph) -> Found {
        let packages = packages(folder);
        let place = |function: &Function| {
            let absolute = function.absolute(folder, &packages)?;
            let file = absolute.strip_prefix(folder).ok()?.to_string_lossy().into_owned();
            let end = [function.end_line?, function.end_column?];
            let start = [function.line?, function.column?];
            let whole = start == [1, 1] && function.is_module_name();
            let place = if whole { module(&file) } else { (file, [start[0], start[1], end[0], end[1]]) };
            Some((place, function.name.clone()))
        };
        let lines = |file: &String| {
            let text = std::fs::read_to_string(folder.join(file)).unwrap_or_default();
            (file.clone(), text.lines().map(ToOwned::to_owned).collect())
        };
        Found { files: recorded.files.iter().map(lines).collect(), places: graph.functions.iter().map(place).collect() }
    }

    fn function_edges(&self, graph: &CallGraph) -> Edges {
        let edges = graph.edges.iter().filter_map(|edge| Some((self.place(edge.from)?, self.place(edge.to)?)));
        edges.collect()
    }

    /// Edges of calls that stand in the text. Recordings leave out what the runtime itself calls: module bodies,
    /// accessors, functions handed to its library, field initialisers, and constructors that a class only inherits.
    fn written_edges(&self, graph: &CallGraph) -> Edges {
        let written = graph.edges.iter().filter(|edge| edge.kind != "callback" && edge.kind != "import");
        let edges = written.filter_map(|edge| {
            let (from, to) = (self.place(edge.from)?, self.place(edge.to)?);
            let at = self.character(&from.0, edge.end_line, edge.end_column.checked_sub(2)?);
            let new = self.rest(&from.0, edge.line, edge.column).is_some_and(|text| text.starts_with("new"));
            let class = self.rest(&from.0, from.1[0], from.1[1]).is_some_and(|text| text.starts_with("class"));
            let fields = graph.functions[edge.to].name.ends_with("<fields>");
            ((new || matches!(at, Some(')' | '`'))) && !class && !fields).then_some((from, to))
        });
        edges.collect()
    }

    fn character(&self, file: &str, line: u32, column: u32) -> Option<char> {
        self.rest(file, line, column + 1)?.chars().next()
    }

    /// The line from a column on.
    fn rest(&self, file: &str, line: u32, column: u32) -> Option<&str> {
        self.files.get(file)?.get(line.checked_sub(1)? as usize)?.get(column.checked_sub(1)? as usize..)
    }

    fn call_edges(&self, graph: &CallGraph) -> Edges {
        let edges = graph.edges.iter().filter_map(|edge| {
            let (file, _) = self.place(edge.from)?;
            Some((call_place(&(file, [edge.line, edge.column, edge.end_line, edge.end_column])), self.place(edge.to)?))
        });
        edges.collect()
    }

    fn place(&self, id: usize) -> Option<Place> {
        self.places.get(id)?.as_ref().map(|(place, _)| place.clone())
    }

    /// The graph's place for a recorded function. Recordings name a file's body by the file's extent, whose end
    /// depends on the recorder, and a constructor by the extent of its class.
    fn definition(&self, place: Place) -> Place {
        let (file, [line, column, end_line, end_column]) = &place;
        let lines = self.files.get(file).map(Vec::as_slice).unwrap_or_default();
        if [*line, *column] == [1, 1] && *end_line as usize >= lines.len() && !self.has(&place) {
            return module(file);
        }
        if !self.rest(file, *line, *column).is_some_and(|text| text.starts_with("class")) {
            return place;
        }
        let inside = |own: &[u32; 4]| own[..2] >= [*line, *column][..] && own[2..] <= [*end_line, *end_column][..];
        let constructors =
            self.places.iter().flatten().filter(|(own, name)| {
                own.0 == *file && inside(&own.1) && name.rsplit('.').next() == Some("constructor")
            });
        constructors.map(|(own, name)| (name.matches('.').count(), own)).min().map_or(place.clone(), |m| m.1.clone())
    }

    /// A call without parentheses around the whole of it.
    fn stripped(&self, place: Place) -> Place {
        let (file, [line, mut column, end_line, mut end_column]) = place;
        let lines = self.files.get(&file).map(Vec::as_slice).unwrap_or_default();
        if let Some(text) = lines.get(line.max(1) as usize - 1).filter(|_| line == end_line) {
            while let Some(inner) = text.get(column as usize - 1..end_column as usize - 1).and_then(parenthesised) {
                let start = (inner.as_ptr() as usize - text.as_ptr() as usize) as u32;
                (column, end_column) = (start + 1, start + inner.len() as u32 + 1);
            }
        }
        (file, [line, column, end_line, end_column])
    }

    fn has(&self, place: &Place) -> bool {
        self.places.iter().flatten().any(|(own, _)| own == place)
    }
}

/// What stands in the parentheses around a whole expression.
fn parenthesised(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i32;
    let closed = inner.chars().any(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    (!closed).then(|| inner.trim())
}

fn module(file: &str) -> Place {
    (file.to_owned(), [0; 4])
}

fn is_module(place: &Place) -> bool {
    place.1 == [0; 4]
}

/// Calls agree by their end: recorders differ about parentheses around the callee.
fn call_place(place: &Place) -> Place {
    (place.0.clone(), [0, 0, place.1[2], place.1[3]])
}

/// Recorded edges, without those of places that the recording says to ignore.
fn pairs(edges: &[(usize, usize)], from: &Places, recorded: &Recorded) -> Vec<(Place, Place)> {
    let ignored = |text: &&String| !recorded.ignore.contains(*text);
    let place = |places: &Places, id: &usize| parse(places.get(*id).filter(ignored)?, recorded);
    edges.iter().filter_map(|(a, b)| Some((place(from, a)?, place(&recorded.functions, b)?))).collect()
}

fn parse(text: &str, recorded: &Recorded) -> Option<Place> {
    let numbers: Vec<u32> = text.split(':').filter_map(|n| n.parse().ok()).collect();
    let [file, line, column, end_line, end_column] = numbers[..] else { return None };
    Some((recorded.files.get(file as usize)?.clone(), [line, column, end_line, end_column]))
}

fn show((file, [line, column, end_line, end_column]): &Place) -> String {
    match line {
        0 => format!("{file}:…{end_line}:{end_column}"),
        _ => format!("{file}:{line}:{column}"),
    }
}
