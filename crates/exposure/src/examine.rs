//! From a solved program to findings, call sites, call paths and coverage for one vulnerable package version.

use std::collections::BTreeSet;

use faultline_reach::{Analysis, CallPath, EntryKind, FileRef, FunctionRef, ImportClosure, Phase, Program, UnitId};

use crate::frontier;
use crate::judge::{Findings, Judgement, WithTests, judge};
use crate::model::{CallSite, Coverage, Entry, Path, Step, SymbolAnswer};
use crate::{Place, Reason, ReasonCode};

/// Everything known about one (project, package version, advisory).
pub struct Case<'a> {
    /// First-party units and the packages on the dependency path.
    pub program: &'a Program,
    /// Its call graph; `None` when there was nothing to solve for.
    pub analysis: Option<&'a Analysis>,
    /// What production code loads.
    pub imports: &'a ImportClosure,
    /// What is loaded with tests counted.
    pub imports_with_tests: &'a ImportClosure,
    /// The vulnerable package version, as a purl.
    pub package: &'a str,
    /// Its unit, when its source is at hand.
    pub unit: Option<UnitId>,
    /// Vulnerable symbols of that package.
    pub symbols: &'a [SymbolAnswer],
    /// The record marks the whole package as malicious.
    pub malicious: bool,
    /// Packages on the path whose source could not be had, and why.
    pub missing: &'a [Missing],
    /// Reasons that the inventory gives.
    pub inventory: Vec<Reason>,
    /// Every path instead of the best per entry.
    pub all_paths: bool,
    /// The text of a line of a file, when at hand.
    pub line: &'a dyn Fn(FileRef, u32) -> Option<String>,
}

/// A package version on the path whose source could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Purl with version.
    pub package: String,
    /// `PackageMissing` or `RegistryNotConfigured`.
    pub code: ReasonCode,
    /// Why, with the remedy.
    pub why: String,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Level, verdict, reasons.
    pub judgement: Judgement,
    /// What was analysed.
    pub coverage: Coverage,
    /// First-party call sites.
    pub calls: Vec<CallSite>,
    /// Call paths.
    pub paths: Vec<Path>,
}

/// A symbol and the functions that it names.
struct Target {
    symbol: String,
    functions: Vec<FunctionRef>,
}

/// Examines one case.
pub fn examine(case: &Case<'_>) -> Examined {
    let mut reasons = case.inventory.clone();
    let targets = resolve(case, &mut reasons);
    let functions: Vec<FunctionRef> = targets.iter().flat_map(|t| t.functions.iter().copied()).collect();
    let files: BTreeSet<FileRef> = vulnerable_files(case, &functions);

    let mut findings = Findings {
        imported: imported(case, case.imports, &files),
        with_tests: WithTests { imported: imported(case, case.imports_with_tests, &files), ..WithTests::default() },
        ..Findings::default()
    };
    let (mut calls, mut paths) = (Vec::new(), Vec::new());
    if let Some(analysis) = case.analysis {
        let found = Found::search(analysis, &functions, case.all_paths);
        findings.reachable = !found.reachable.is_empty();
        findings.called = findings.reachable || !found.called.is_empty();
        findings.with_tests.reachable = findings.reachable || !found.tests.is_empty();
        findings.with_tests.called = findings.called || !found.tests.is_empty();
        paths = found.shown(case, analysis, &targets);
        calls = call_sites(case, analysis, &functions, &targets);
        frontier::reasons(case, analysis, &mut reasons);
    }
    describe(case, &findings, &files, &mut reasons);
    findings.reasons = reasons;
    Examined { judgement: judge(findings), coverage: coverage(case), calls, paths }
}

/// Finds the functions of each symbol that may yield *called*, and notes what stands in the way.
fn resolve(case: &Case<'_>, reasons: &mut Vec<Reason>) -> Vec<Target> {
    let mut note = |code, detail: String| reasons.push(Reason { code, detail, location: None });
    if case.malicious {
        note(ReasonCode::MaliciousPackage, format!("{} is malicious itself; remove it", case.package));
    }
    if case.symbols.is_empty() && !case.malicious {
        let remedy = "name them with --symbol or in a symbols file";
        note(ReasonCode::NoSymbols, format!("no vulnerable symbols are known for {}; {remedy}", case.package));
    }
    if let Some(best) = case.symbols.iter().map(|s| s.grade.as_str()).max().filter(|grade| *grade < "S3") {
        note(ReasonCode::LowGrade, format!("the best grade of its symbols is {best}; a negative needs S3"));
    }
    for missing in case.missing {
        note(missing.code, format!("the source of {} is not to be had: {}", missing.package, missing.why));
    }
    let (Some(analysis), Some(unit)) = (case.analysis, case.unit) else { return Vec::new() };
    let mut targets = Vec::new();
    for symbol in case.symbols.iter().filter(|s| s.grade.as_str() >= "S2") {
        let functions = analysis.find_symbols(unit, &symbol.symbol);
        if functions.is_empty() && !loads_package(case, &symbol.symbol) {
            // A Go package that nothing imports is not loaded: its symbols are not looked for.
            continue;
        }
        if functions.is_empty() {
            let near = crate::near::alike(&symbol.symbol, analysis.symbol_names(unit));
            let detail = format!("{} {} does not name code of {}{near}", symbol.kind, symbol.symbol, case.package);
            note(ReasonCode::SymbolNotFound, detail);
        } else {
            targets.push(Target { symbol: symbol.symbol.clone(), functions });
        }
    }
    targets
}

/// The Go package that a symbol stands in: `golang.org/x/net/http2` of `golang.org/x/net/http2.Server.Serve`.
pub fn go_package(symbol: &str) -> Option<&str> {
    let name = symbol.rfind('/').map_or(0, |at| at + 1);
    let dots = symbol[name..].match_indices('.');
    // Version-like parts belong to the path: `gopkg.in/yaml.v3.Unmarshal`.
    let mut ends = dots.map(|(at, _)| name + at).filter(|at| !is_major(&symbol[at + 1..]));
    ends.next().map(|at| &symbol[..at])
}

fn is_major(rest: &str) -> bool {
    let part = rest.split('.').next().unwrap_or_default();
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// False when it is known that nothing loads the package of a symbol.
fn loads_package(case: &Case<'_>, symbol: &str) -> bool {
    if !case.package.starts_with("pkg:golang/") {
        return true;
    }
    let Some(analysis) = case.analysis else { return true };
    let Some(package) = go_package(symbol) else { return true };
    case.unit.is_none_or(|unit| analysis.has_package(unit, package))
}

/// The modules whose loading counts as *imported*: those of the symbols, else every module of the package.
fn vulnerable_files(case: &Case<'_>, functions: &[FunctionRef]) -> BTreeSet<FileRef> {
    let Some(analysis) = case.analysis else { return BTreeSet::new() };
    if let (Some(unit), true) = (case.unit, case.package.starts_with("pkg:golang/")) {
        let packages = case.symbols.iter().filter_map(|symbol| go_package(&symbol.symbol));
        return packages.flat_map(|package| analysis.files_of_package(unit, package)).collect();
    }
    functions
        .iter()
        .map(|function| analysis.function(*function).file)
        .filter(|file| Some(file.unit) == case.unit)
        .collect()
}

fn imported(case: &Case<'_>, closure: &ImportClosure, files: &BTreeSet<FileRef>) -> bool {
    chain(case, closure, files).is_some()
}

/// The shortest import chain to a vulnerable module.
fn chain<'c>(
    case: &Case<'_>,
    closure: &'c ImportClosure,
    files: &BTreeSet<FileRef>,
) -> Option<&'c [faultline_reach::ImportStep]> {
    // Of a Go module only the vulnerable packages count, where they are known.
    let go = case.package.starts_with("pkg:golang/") && case.analysis.is_some() && !case.symbols.is_empty();
    let module = closure
        .modules
        .iter()
        .filter(|m| Some(m.module.unit) == case.unit && ((files.is_empty() && !go) || files.contains(&m.module)))
        .min_by_key(|m| (m.chain.len(), m.module));
    let inside =
        |path: &str| path.strip_prefix(case.package).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'));
    let external = || closure.externals.iter().find(|e| !go && inside(&e.path));
    module.map(|m| m.chain.as_slice()).or_else(|| external().map(|e| e.chain.as_slice()))
}

/// The call paths found, by what they prove.
#[derive(Default)]
struct Found {
    reachable: Vec<CallPath>,
    called: Vec<CallPath>,
    tests: Vec<CallPath>,
}

impl Found {
    fn search(analysis: &Analysis, targets: &[FunctionRef], all: bool) -> Found {
        if targets.is_empty() {
            return Found::default();
        }
        let enters = |path: &CallPath| {
            path.entry
                .and_then(|e| analysis.entries.get(e as usize))
                .is_some_and(|e| !matches!(e.kind, EntryKind::Module | EntryKind::Export) && !e.kind.is_test())
        };
        let paths = |phase| analysis.paths_to(targets, phase, true);
        let ways = |phase| distinct(analysis, paths(phase), all);
        // Chosen first: a module body that is an entry point too must not stand for it.
        let entered = paths(Phase::Entered).into_iter().filter(|path| enters(path)).collect();
        let reachable = distinct(analysis, entered, all);
        let called = if reachable.is_empty() { ways(Phase::FirstParty) } else { Vec::new() };
        let tests = if reachable.is_empty() && called.is_empty() { ways(Phase::Tests) } else { Vec::new() };
        Found { reachable, called, tests }
    }

    /// The strongest proof only: a reachable path makes the others superfluous.
    fn shown(&self, case: &Case<'_>, analysis: &Analysis, targets: &[Target]) -> Vec<Path> {
        let strongest = [&self.reachable, &self.called, &self.tests].into_iter().find(|paths| !paths.is_empty());
        let test = strongest.is_some_and(|paths| std::ptr::eq(paths, &raw const self.tests));
        strongest.into_iter().flatten().map(|path| path_answer(case, analysis, targets, path, test)).collect()
    }
}

/// Drops paths that say the same, and unless `all` are wanted keeps the first per entry and per package whose
/// code makes the last call, so that every way into the vulnerable package is seen.
fn distinct(analysis: &Analysis, paths: Vec<CallPath>, all: bool) -> Vec<CallPath> {
    let mut seen = BTreeSet::new();
    let mut ways = BTreeSet::new();
    let way = |path: &CallPath| {
        let caller = path.steps.iter().rev().find(|s| !same_package(analysis, s.function, path.target));
        let first = path.steps.first().map(|s| s.function);
        (first, path.target, caller.and_then(|s| analysis.package_of(s.function).map(str::to_owned)))
    };
    paths.into_iter().filter(|path| seen.insert(path.steps.clone()) && (all || ways.insert(way(path)))).collect()
}

fn same_package(analysis: &Analysis, a: FunctionRef, b: FunctionRef) -> bool {
    analysis.function(a).file.unit == analysis.function(b).file.unit
}

fn path_answer(case: &Case<'_>, analysis: &Analysis, targets: &[Target], path: &CallPath, test: bool) -> Path {
    let steps: Vec<Step> = path.steps.iter().map(|step| step_answer(case, analysis, step)).collect();
    let entry = path.entry.and_then(|index| analysis.entries.get(index as usize));
    let first = path.steps.first().map(|s| s.function);
    Path {
        entry: Entry {
            kind: entry.map(|e| e.kind.as_str().to_owned()),
            function: first.map_or_else(String::new, |f| analysis.function(f).name.clone()),
            file: first.map_or_else(String::new, |f| file_name(case.program, analysis.function(f).file)),
            line: first.map_or(0, |f| analysis.function(f).span.line),
        },
        weakest_edge: path.weakest.as_str().to_owned(),
        steps,
        symbol: symbol_of(targets, path.target),
        test,
    }
}

fn step_answer(case: &Case<'_>, analysis: &Analysis, step: &faultline_reach::Step) -> Step {
    let function = analysis.function(step.function);
    Step {
        function: function.name.clone(),
        package: analysis.package_of(step.function).map(str::to_owned),
        file: file_name(case.program, function.file),
        line: step.span.line,
        column: step.span.column,
        edge: step.edge.map(|edge| edge.as_str().to_owned()),
    }
}

fn symbol_of(targets: &[Target], function: FunctionRef) -> String {
    targets.iter().find(|t| t.functions.contains(&function)).map_or_else(String::new, |t| t.symbol.clone())
}

fn call_sites(case: &Case<'_>, analysis: &Analysis, functions: &[FunctionRef], targets: &[Target]) -> Vec<CallSite> {
    if functions.is_empty() {
        return Vec::new();
    }
    let mut calls: Vec<CallSite> = analysis
        .calls_into(functions, Phase::Tests)
        .into_iter()
        .map(|call| {
            let caller = analysis.function(call.function);
            CallSite {
                symbol: symbol_of(targets, call.target),
                file: file_name(case.program, caller.file),
                line: call.span.line,
                column: call.span.column,
                function: caller.name.clone(),
                snippet: (case.line)(caller.file, call.span.line).map(|text| text.trim().to_owned()),
                edge: call.weakest.as_str().to_owned(),
            }
        })
        .collect();
    calls.sort();
    calls.dedup();
    calls
}

/// The statements that every answer below *called* carries: how it is loaded, and what was analysed.
fn describe(case: &Case<'_>, findings: &Findings, files: &BTreeSet<FileRef>, reasons: &mut Vec<Reason>) {
    match chain(case, case.imports, files) {
        Some(steps) => reasons.push(Reason {
            code: ReasonCode::ImportChain,
            detail: format!("production code loads {} through {} imports", case.package, steps.len()),
            location: steps.first().map(|step| place(case.program, step.file, step.span.line)),
        }),
        None if case.analysis.is_some() && !findings.called => reasons.push(Reason {
            code: ReasonCode::NotImported,
            detail: format!("no production code that was analysed loads the vulnerable module of {}", case.package),
            location: None,
        }),
        None => {}
    }
    let Some(analysis) = case.analysis else { return };
    if analysis.no_entries {
        reasons.push(Reason {
            code: ReasonCode::NoEntryPoint,
            detail:
                "no entry point was recognised, so all top-level code counts as entered and the level stops at called"
                    .to_owned(),
            location: None,
        });
    }
    let packages = case.program.units.iter().filter(|u| u.package.is_some()).count();
    reasons.push(Reason {
        code: ReasonCode::Analysed,
        detail: format!(
            "{} of {} functions reached in {} files; {packages} packages on the dependency path analysed, others not loaded",
            analysis.stats.reached, analysis.stats.functions, analysis.stats.files
        ),
        location: None,
    });
}

fn coverage(case: &Case<'_>) -> Coverage {
    let mut packages_analysed: Vec<String> = case.program.units.iter().filter_map(|u| u.package.clone()).collect();
    packages_analysed.sort();
    packages_analysed.dedup();
    let mut packages_missing: Vec<String> = case.missing.iter().map(|m| m.package.clone()).collect();
    packages_missing.sort();
    packages_missing.dedup();
    Coverage { packages_analysed, packages_missing }
}

/// Path of a file in its tree.
pub(crate) fn file_name(program: &Program, file: FileRef) -> String {
    program.file(file).path.clone()
}

/// A place in a file of the program.
pub(crate) fn place(program: &Program, file: FileRef, line: u32) -> Place {
    Place { package: program.unit(file.unit).package.clone(), file: file_name(program, file), line }
}
