//! Runs the literate cases in `tests/cases`: Markdown with source files, where a comment `-> a, b` on a line
//! lists every function that the calls starting on that line reach. A line without one reaches none.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use faultline_extract::{extract, language_of};
use faultline_facts::{GoManifest, Language, NpmManifest, Resource};
use faultline_package::Ecosystem;
use faultline_reach::{Analysis, Dependency, EdgeKind, FileRef, Options, Program, SourceFile, Unit, UnitId, analyse};

type Lines = BTreeMap<(String, u32), BTreeSet<String>>;

struct Source {
    path: String,
    text: String,
}

/// The fenced blocks whose info string has a language and a path.
fn sources(markdown: &str) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    let mut open: Option<Source> = None;
    for line in markdown.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(info), None) => {
                let path = info.split_whitespace().nth(1).expect("a path after the language").to_owned();
                open = Some(Source { path, text: String::new() });
            }
            (None, Some(source)) => {
                source.text.push_str(line);
                source.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

fn program(sources: &[Source]) -> Program {
    let has = |language| sources.iter().any(|source| language_of(&source.path) == Some(language));
    let ecosystem = if has(Language::Python) {
        Ecosystem::PyPi
    } else if has(Language::Java) {
        Ecosystem::Maven
    } else if has(Language::Go) {
        Ecosystem::Go
    } else {
        Ecosystem::Npm
    };
    let mut program = Program { units: vec![Unit::new("", ecosystem, 0)] };
    for source in sources {
        let (unit, path) = place(&mut program, ecosystem, &source.path);
        if path == "package.json" {
            let json: serde_json::Value = serde_json::from_str(&source.text).expect("JSON");
            let text = |key: &str| json[key].as_str().map(ToOwned::to_owned);
            let manifest = NpmManifest {
                name: text("name"),
                main: text("main"),
                exports: json.get("exports").map(ToString::to_string),
                ..NpmManifest::default()
            };
            program.units[unit].resources.push((path, Resource::Npm(manifest)));
            let outside = json["dependencies"].as_object().into_iter().flatten();
            let outside =
                outside.map(|(name, _)| (name.clone(), Dependency::External(format!("pkg:npm/{name}@1.0.0"))));
            program.units[unit].dependencies.extend(outside);
        } else if path == "go.mod" {
            let module = source.text.trim().trim_start_matches("module ").to_owned();
            program.units[unit].resources.push((path, Resource::Go(GoManifest { module })));
        } else if path == "requirements.txt" {
            let outside = source.text.lines().map(str::to_owned);
            let outside = outside.map(|name| (name.clone(), Dependency::External(format!("pkg:pypi/{name}@1.0.0"))));
            program.units[unit].dependencies.extend(outside);
        } else {
            let language = language_of(&path).expect("a known language");
            let facts = Arc::new(extract(language, source.text.as_bytes()));
            program.units[unit].files.push(SourceFile { path, facts, test: false });
        }
    }
    program
}

/// `node_modules/x/…` and `site-packages/x/…` are packages of their own.
fn place(program: &mut Program, ecosystem: Ecosystem, path: &str) -> (usize, String) {
    let (name, rest, kind) = if let Some(rest) = path.strip_prefix("node_modules/") {
        let (name, inner) = rest.split_once('/').expect("a file in the package");
        (name, inner, "npm")
    } else if let Some(rest) = path.strip_prefix("site-packages/") {
        (rest.split('/').next().expect("a package"), rest, "pypi")
    } else if let Some(rest) = path.strip_prefix("vendor/") {
        let (at, _) = rest.match_indices('/').nth(1).expect("host, module and file");
        (&rest[..at], &rest[at + 1..], "golang")
    } else {
        return (0, path.to_owned());
    };
    let purl = format!("pkg:{kind}/{name}@1.0.0");
    if let Some(known) = program.units.iter().position(|unit| unit.name == purl) {
        return (known, rest.to_owned());
    }
    let id = program.units.len();
    let mut unit = Unit::new(purl.clone(), ecosystem, id as u32);
    unit.package = Some(purl);
    program.units.push(unit);
    program.units[0].dependencies.push((name.to_owned(), Dependency::Unit(UnitId(id as u32))));
    (id, rest.to_owned())
}

fn expected(sources: &[Source]) -> Lines {
    let mut lines = Lines::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let Some((_, targets)) = line.split_once("// ->").or_else(|| line.split_once("# ->")) else { continue };
            let targets = targets.split(", ").map(|target| target.trim().to_owned()).collect();
            lines.insert((source.path.clone(), number as u32 + 1), targets);
        }
    }
    lines
}

fn actual(program: &Program, analysis: &Analysis) -> Lines {
    let mut lines = Lines::new();
    for edge in analysis.edges.iter().filter(|edge| edge.kind != EdgeKind::Import) {
        let path = full_path(program, analysis.function(edge.from).file);
        lines.entry((path, edge.span.line)).or_default().insert(analysis.function(edge.to).name.clone());
    }
    lines
}

fn full_path(program: &Program, file: FileRef) -> String {
    let unit = program.unit(file.unit);
    let path = &program.file(file).path;
    match unit.package.as_deref() {
        Some(purl) if purl.starts_with("pkg:npm/") => {
            format!("node_modules/{}/{path}", purl.trim_start_matches("pkg:npm/").trim_end_matches("@1.0.0"))
        }
        Some(purl) if purl.starts_with("pkg:golang/") => {
            format!("vendor/{}/{path}", purl.trim_start_matches("pkg:golang/").trim_end_matches("@1.0.0"))
        }
        Some(_) => format!("site-packages/{path}"),
        None => path.clone(),
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of cases");
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}

fn run(language: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(language);
    let mut failures = Vec::new();
    for case in cases(&folder) {
        let sources = sources(&fs::read_to_string(&case).expect("a readable case"));
        let program = program(&sources);
        let analysis = analyse(&program, &Options::default());
        let (expected, actual) = (expected(&sources), actual(&program, &analysis));
        for place in expected.keys().chain(actual.keys()).collect::<BTreeSet<_>>() {
            let (wanted, found) = (expected.get(place), actual.get(place));
            if wanted != found {
                let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
                failures.push(format!("{name} {}:{}\n  expected {wanted:?}\n  found    {found:?}", place.0, place.1));
            }
        }
        let again = analyse(&program, &Options::default());
        assert_eq!(analysis.edges, again.edges, "the same input gives the same edges");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Entry points: `entry route: a, b` in a comment lists what the line makes entry points of that kind.
fn expected_entries(sources: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        for (number, line) in (1u32..).zip(source.text.lines()) {
            let note = line.split_once("// entry ").or_else(|| line.split_once("# entry "));
            let Some((kind, targets)) = note.and_then(|(_, note)| note.split_once(": ")) else { continue };
            found
                .extend(targets.split(", ").map(|target| format!("{}:{number} {kind} {}", source.path, target.trim())));
        }
    }
    found
}

/// Entry points but for modules that only register others, and those of manifests.
fn actual_entries(analysis: &Analysis) -> BTreeSet<String> {
    let entries = analysis.entries.iter().filter(|entry| {
        let registers = entry.why.starts_with("registers ")
            || entry.why == "no entry point was recognised"
            || entry.why == "listens for connections";
        !registers && language_of(&entry.file) != Some(Language::Json)
    });
    let named = |entry: &faultline_reach::Entry| {
        let name = &analysis.function(entry.function).name;
        format!("{}:{} {} {name}", entry.file, entry.line, entry.kind.as_str())
    };
    entries.map(named).collect()
}

#[test]
fn entries() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/entries");
    let mut failures = Vec::new();
    for case in cases(&folder) {
        let sources = sources(&fs::read_to_string(&case).expect("a readable case"));
        let analysis = analyse(&program(&sources), &Options::default());
        let (expected, actual) = (expected_entries(&sources), actual_entries(&analysis));
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        failures.extend(expected.difference(&actual).map(|entry| format!("{name} lacks {entry}")));
        failures.extend(actual.difference(&expected).map(|entry| format!("{name} has   {entry}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn javascript() {
    run("javascript");
}

#[test]
fn java() {
    run("java");
}

#[test]
fn python() {
    run("python");
}

#[test]
fn go() {
    run("go");
}
