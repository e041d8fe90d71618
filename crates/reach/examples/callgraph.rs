//! Prints the call graph's figures for a directory, and paths to a symbol.
//!
//! `cargo run -p faultline-reach --example callgraph -- DIR [--site-packages DIR] [--to PACKAGE#SYMBOL] [--edges] [--no-packages]`
#![allow(clippy::print_stdout, reason = "an example for the terminal")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use faultline_extract::{extract, language_of};
use faultline_facts::{EntryPointDeclaration, NpmManifest, Resource};
use faultline_package::Ecosystem;
use faultline_reach::{
    Analysis, CallPath, Dependency, EntryChoice, Options, Phase, Program, SourceFile, Unit, UnitId, analyse,
    import_closure,
};
use serde_json::Value;

struct Arguments {
    dir: PathBuf,
    site_packages: Option<PathBuf>,
    to: Option<String>,
    edges: bool,
    packages: bool,
    entries: EntryChoice,
    budget: Option<u64>,
}

fn arguments() -> Arguments {
    let mut out = Arguments {
        dir: PathBuf::from("."),
        site_packages: None,
        to: None,
        edges: false,
        packages: true,
        entries: EntryChoice::All,
        budget: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--site-packages" => out.site_packages = args.next().map(PathBuf::from),
            "--to" => out.to = args.next(),
            "--edges" => out.edges = true,
            "--no-packages" => out.packages = false,
            "--budget" => out.budget = args.next().and_then(|text| text.parse().ok()),
            "--file" => out.entries = EntryChoice::File(args.next().unwrap_or_default()),
            other => out.dir = PathBuf::from(other),
        }
    }
    out
}

fn main() {
    let arguments = arguments();
    let start = Instant::now();
    let program = load(&arguments);
    let lines: usize = program
        .units
        .iter()
        .flat_map(|unit| &unit.files)
        .map(|file| file.facts.functions[0].span.end_line as usize)
        .sum();
    println!("read {} units, {lines} lines in {:?}", program.units.len(), start.elapsed());
    let start = Instant::now();
    let wanted = arguments.to.as_deref().and_then(|to| to.split_once('#')).map(|(package, _)| format!("/{package}@"));
    let named =
        |unit: &Unit| wanted.as_ref().is_some_and(|wanted| unit.package.as_deref().is_some_and(|p| p.contains(wanted)));
    let inspect = (0..program.units.len() as u32).map(UnitId).filter(|id| named(program.unit(*id))).collect();
    let budget = arguments.budget.unwrap_or(Options::default().budget);
    let options = Options { entries: arguments.entries.clone(), inspect, budget };
    let analysis = analyse(&program, &options);
    println!("solved in {:?}: {:?}", start.elapsed(), analysis.stats);
    println!("imported modules: {}", import_closure(&program, false).modules.len());
    print_reached(&program, &analysis);
    if let Some(to) = &arguments.to {
        print_paths(&program, &analysis, to);
    }
    if arguments.edges {
        for edge in analysis.edges.iter().filter(|edge| edge.phase < Phase::Inspected) {
            let (from, to) = (analysis.function(edge.from), analysis.function(edge.to));
            println!(
                "{} -> {} {}:{} {} {:?}",
                from.name,
                to.name,
                edge.span.line,
                edge.span.column,
                edge.kind.as_str(),
                edge.phase
            );
        }
    }
}

fn print_reached(program: &Program, analysis: &Analysis) {
    for entry in &analysis.entries {
        println!(
            "entry {} {} ({}) {}:{}",
            entry.kind.as_str(),
            analysis.function(entry.function).name,
            entry.why,
            entry.file,
            entry.line
        );
    }
    for (id, unit) in program.units.iter().enumerate() {
        let functions = analysis.functions.iter().filter(|f| f.file.unit == UnitId(id as u32));
        let count = |phase: Phase| functions.clone().filter(|f| f.phase.is_some_and(|at| at <= phase)).count();
        println!(
            "unit {:40} {:5} functions, reached {:5} entered, {:5} first party, {:5} tests",
            unit.name,
            functions.clone().count(),
            count(Phase::Entered),
            count(Phase::FirstParty),
            count(Phase::Tests)
        );
    }
    for problem in &analysis.problems {
        println!("problem {} {}:{} {}", problem.code, program.file(problem.file).path, problem.line, problem.detail);
    }
}

fn print_paths(program: &Program, analysis: &Analysis, to: &str) {
    let (package, symbol) = to.split_once('#').unwrap_or(("", to));
    for (id, unit) in program.units.iter().enumerate() {
        let matches =
            unit.package.as_deref().is_some_and(|purl| purl.contains(&format!("/{package}@"))) || package.is_empty();
        if !matches {
            continue;
        }
        let targets = analysis.find_symbols(UnitId(id as u32), symbol);
        for target in &targets {
            println!("target {} in {}", analysis.function(*target).name, unit.name);
        }
        for phase in [Phase::Entered, Phase::FirstParty, Phase::Tests] {
            let paths = analysis.paths_to(&targets, phase, true);
            println!("{} paths in stage {phase:?}", paths.len());
            for path in &paths {
                print_path(program, analysis, path);
            }
        }
        for site in analysis.calls_into(&targets, Phase::FirstParty) {
            println!(
                "site {} line {} -> {} ({})",
                analysis.function(site.function).name,
                site.span.line,
                analysis.function(site.callee).name,
                site.weakest.as_str()
            );
        }
    }
}

fn print_path(program: &Program, analysis: &Analysis, path: &CallPath) {
    println!("  path weakest {} entry {:?}", path.weakest.as_str(), path.entry);
    for step in &path.steps {
        let function = analysis.function(step.function);
        let unit = program.unit(function.file.unit);
        println!(
            "    {} {} {}:{} {}",
            unit.name,
            function.name,
            program.file(function.file).path,
            step.span.line,
            step.edge.map_or("", |edge| edge.as_str())
        );
    }
}

fn load(arguments: &Arguments) -> Program {
    let mut program = Program::default();
    let mut unit = Unit::new("", Ecosystem::Npm, 0);
    read_files(&arguments.dir, &arguments.dir, &mut unit);
    program.units.push(unit);
    if !arguments.packages {
        return program;
    }
    let mut packages: BTreeMap<PathBuf, UnitId> = BTreeMap::new();
    find_packages(&arguments.dir, &mut program, &mut packages);
    for (path, id) in &packages {
        program.units[id.0 as usize].dependencies = dependencies(path, &packages);
    }
    program.units[0].dependencies = dependencies(&arguments.dir, &packages);
    if let Some(folder) = &arguments.site_packages {
        load_site_packages(folder, &mut program);
    }
    program
}

fn find_packages(dir: &Path, program: &mut Program, packages: &mut BTreeMap<PathBuf, UnitId>) {
    let modules = dir.join("node_modules");
    for entry in sorted(&modules) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || !entry.is_dir() {
            continue;
        }
        if name.starts_with('@') {
            for inner in sorted(&entry) {
                add_package(&inner, program, packages);
            }
        } else {
            add_package(&entry, program, packages);
        }
    }
}

fn add_package(dir: &Path, program: &mut Program, packages: &mut BTreeMap<PathBuf, UnitId>) {
    let Ok(text) = fs::read_to_string(dir.join("package.json")) else { return };
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let purl = format!("pkg:npm/{}@{}", json["name"].as_str().unwrap_or("?"), json["version"].as_str().unwrap_or("0"));
    let id = UnitId(program.units.len() as u32);
    let mut unit = Unit::new(purl.clone(), Ecosystem::Npm, id.0);
    unit.package = Some(purl);
    read_files(dir, dir, &mut unit);
    program.units.push(unit);
    packages.insert(dir.to_owned(), id);
    find_packages(dir, program, packages);
}

/// Nearest `node_modules` wins.
fn dependencies(dir: &Path, packages: &BTreeMap<PathBuf, UnitId>) -> Vec<(String, Dependency)> {
    let mut found: BTreeMap<String, UnitId> = BTreeMap::new();
    for above in dir.ancestors() {
        let modules = above.join("node_modules");
        for (path, id) in packages.range(modules.clone()..).take_while(|(path, _)| path.starts_with(&modules)) {
            let name = path.strip_prefix(&modules).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if !name.contains("node_modules") {
                found.entry(name).or_insert(*id);
            }
        }
    }
    found.into_iter().map(|(name, id)| (name, Dependency::Unit(id))).collect()
}

fn load_site_packages(folder: &Path, program: &mut Program) {
    let mut dependencies = Vec::new();
    for entry in sorted(folder) {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !entry.is_dir() || name.ends_with("-info") || name.starts_with("__") || name == "pip" || name == "setuptools"
        {
            continue;
        }
        let id = UnitId(program.units.len() as u32);
        let purl = format!("pkg:pypi/{}@0", name.to_lowercase());
        let mut unit = Unit::new(purl.clone(), Ecosystem::PyPi, id.0);
        unit.package = Some(purl);
        read_files(folder, &entry, &mut unit);
        program.units.push(unit);
        dependencies.push((name, Dependency::Unit(id)));
    }
    program.units[0].dependencies.extend(dependencies);
}

fn sorted(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn read_files(root: &Path, dir: &Path, unit: &mut Unit) {
    for path in sorted(dir) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "node_modules" | ".git" | "target" | "venv" | "__pycache__") {
                read_files(root, &path, unit);
            }
            continue;
        }
        let relative = path.strip_prefix(root).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        let Ok(bytes) = fs::read(&path) else { continue };
        if name == "package.json" {
            unit.resources.push((relative.clone(), Resource::Npm(manifest(&bytes))));
        }
        if let Some(language) = language_of(&name)
            && bytes.len() < 4_000_000
        {
            unit.files.push(SourceFile { path: relative, facts: Arc::new(extract(language, &bytes)), test: false });
        }
    }
}

fn manifest(bytes: &[u8]) -> NpmManifest {
    let json: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |key: &str| json[key].as_str().map(ToOwned::to_owned);
    let pairs = |key: &str| -> Vec<EntryPointDeclaration> {
        let map = json[key].as_object().into_iter().flatten();
        map.filter_map(|(name, value)| {
            Some(EntryPointDeclaration { name: name.clone(), target: value.as_str()?.to_owned(), line: 1 })
        })
        .collect()
    };
    NpmManifest {
        name: text("name"),
        version: text("version"),
        is_module: json["type"] == "module",
        main: text("main"),
        module: text("module"),
        exports: json.get("exports").map(ToString::to_string),
        imports: json.get("imports").map(ToString::to_string),
        bin: pairs("bin"),
        scripts: pairs("scripts"),
        private: json["private"] == true,
        ..NpmManifest::default()
    }
}
