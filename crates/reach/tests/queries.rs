//! Stages, paths, call sites, symbols and the import closure.

use std::sync::Arc;

use faultline_extract::{extract, language_of};
use faultline_facts::{EntryPointDeclaration, NpmManifest, Resource};
use faultline_package::Ecosystem;
use faultline_reach::{
    Analysis, DeclaredEntry, Dependency, EntryChoice, EntryKind, Options, Phase, Program, SourceFile, Unit, UnitId,
    analyse, import_closure,
};

fn unit(name: &str, package: Option<&str>, tree: u32, files: &[(&str, &str)]) -> Unit {
    let mut unit = Unit::new(name, Ecosystem::Npm, tree);
    unit.package = package.map(ToOwned::to_owned);
    for (path, text) in files {
        let facts = Arc::new(extract(language_of(path).expect("a language"), text.as_bytes()));
        unit.files.push(SourceFile { path: (*path).to_owned(), facts, test: false });
    }
    unit
}

const LIBRARY: &[(&str, &str)] = &[
    ("index.js", "exports.safe = require('./safe');\nexports.parse = require('./parse').run;\n"),
    ("safe.js", "module.exports = function safe() {};\n"),
    ("parse.js", "exports.run = function (x) { return inner(x); };\nfunction inner(x) {}\n"),
];

fn program(files: &[(&str, &str)], start: Option<&str>) -> Program {
    let mut app = unit("app", None, 0, files);
    let scripts =
        start.map(|file| EntryPointDeclaration { name: "start".into(), target: format!("node {file}"), line: 3 });
    let manifest = NpmManifest { scripts: scripts.into_iter().collect(), private: true, ..NpmManifest::default() };
    app.resources.push(("package.json".to_owned(), Resource::Npm(manifest)));
    app.dependencies.push(("lib".to_owned(), Dependency::Unit(UnitId(1))));
    let library = unit("pkg:npm/lib@1.0.0", Some("pkg:npm/lib@1.0.0"), 1, LIBRARY);
    Program { units: vec![app, library] }
}

fn solve(program: &Program) -> Analysis {
    analyse(program, &Options { inspect: vec![UnitId(1)], ..Options::default() })
}

fn steps(analysis: &Analysis, symbol: &str, phase: Phase) -> Vec<Vec<String>> {
    let targets = analysis.find_symbols(UnitId(1), symbol);
    assert!(!targets.is_empty(), "{symbol} names something");
    let name = |function| analysis.function(function).name.clone();
    let paths = analysis.paths_to(&targets, phase, false);
    paths.iter().map(|path| path.steps.iter().map(|step| name(step.function)).collect()).collect()
}

#[test]
fn an_entry_reaches_a_symbol_through_a_package() {
    let program = program(&[("main.js", "const lib = require('lib');\nlib.parse('x');\n")], Some("main.js"));
    let analysis = solve(&program);
    assert_eq!(analysis.entries[0].kind, EntryKind::Main);
    assert_eq!(analysis.entries[0].line, 3);
    let expected = vec![vec!["main.js".to_owned(), "parse.js:run".into(), "parse.js:inner".into()]];
    assert_eq!(steps(&analysis, "parse.js:inner", Phase::Entered), expected);
    let sites = analysis.calls_into(&analysis.find_symbols(UnitId(1), "parse.js:inner"), Phase::FirstParty);
    assert_eq!(sites.len(), 1);
    assert_eq!(sites[0].span.line, 2);
}

#[test]
fn importing_is_not_calling() {
    let program = program(&[("main.js", "const lib = require('lib');\nlib.safe();\n")], Some("main.js"));
    let analysis = solve(&program);
    for phase in [Phase::Entered, Phase::FirstParty, Phase::Tests] {
        assert!(steps(&analysis, "parse", phase).is_empty());
    }
    let closure = import_closure(&program, false);
    let parse = closure.modules.iter().find(|module| program.file(module.module).path == "parse.js").expect("loaded");
    assert_eq!(parse.chain.len(), 2);
    assert_eq!(parse.chain[0].span.line, 1);
}

#[test]
fn a_function_that_nothing_enters_calls_but_does_not_reach() {
    let files = [("main.js", ""), ("unused.js", "const lib = require('lib');\nexports.f = () => lib.parse();\n")];
    let analysis = solve(&program(&files, Some("main.js")));
    assert!(steps(&analysis, "parse", Phase::Entered).is_empty());
    assert_eq!(steps(&analysis, "parse", Phase::FirstParty).len(), 1);
}

#[test]
fn tests_are_a_bucket_of_their_own() {
    let files = [("main.js", ""), ("test/main.test.js", "require('lib').parse();\n")];
    let analysis = solve(&program(&files, Some("main.js")));
    assert!(steps(&analysis, "parse", Phase::FirstParty).is_empty());
    assert_eq!(steps(&analysis, "parse", Phase::Tests).len(), 1);
}

#[test]
fn without_entry_point_nothing_is_reachable() {
    let analysis = solve(&program(&[("some.js", "require('lib').parse();\n")], None));
    assert!(analysis.no_entries);
    assert!(steps(&analysis, "parse", Phase::Entered).is_empty());
    assert_eq!(steps(&analysis, "parse", Phase::FirstParty).len(), 1);
}

#[test]
fn symbols_are_found_by_export_name_and_suffix() {
    let analysis = solve(&program(&[("main.js", "")], Some("main.js")));
    let names = |symbol: &str| -> Vec<String> {
        let found = analysis.find_symbols(UnitId(1), symbol);
        found.into_iter().map(|function| analysis.function(function).name.clone()).collect()
    };
    assert_eq!(names("parse"), ["parse.js:run"]);
    assert_eq!(names("lib.parse"), ["parse.js:run"]);
    assert_eq!(names("parse.js:inner"), ["parse.js:inner"]);
    assert_eq!(names("inner"), ["parse.js:inner"]);
    assert_eq!(names("safe.js"), ["safe.js"]);
    assert!(names("absent").is_empty());
}

#[test]
fn a_chosen_file_is_the_only_entry() {
    let program = program(&[("a.js", "require('lib').parse();\n"), ("b.js", "")], None);
    let with = |file: &str| {
        let options =
            Options { entries: EntryChoice::File(file.to_owned()), inspect: vec![UnitId(1)], ..Options::default() };
        let analysis = analyse(&program, &options);
        steps(&analysis, "parse", Phase::Entered).len()
    };
    assert_eq!((with("a.js"), with("b.js")), (1, 0));
}

#[test]
fn a_spent_budget_is_told() {
    let program = program(&[("main.js", "require('lib').parse();\n")], Some("main.js"));
    assert!(analyse(&program, &Options { budget: 1, ..Options::default() }).budget_hit);
    assert!(!solve(&program).budget_hit);
}

#[test]
fn the_order_of_units_of_packages_does_not_change_edges() {
    let one = program(&[("main.js", "require('lib').parse();\n")], Some("main.js"));
    let analyses: Vec<Analysis> = (0..3).map(|_| solve(&one)).collect();
    assert!(analyses.windows(2).all(|pair| pair[0].edges == pair[1].edges && pair[0].stats == pair[1].stats));
}

#[test]
fn a_declared_handler_is_an_export_of_a_file() {
    let text = "const handle = async () => {};\nmodule.exports = { hello: handle, other() {} };\n";
    let mut program = Program { units: vec![unit("app", None, 0, &[("src/mail.js", text)])] };
    for target in ["src/mail.hello", "src/mail.absent"] {
        let (target, file) = (target.to_owned(), "serverless.yml".to_owned());
        program.units[0].entries.push(DeclaredEntry { target, kind: EntryKind::Handler, file, line: 4 });
    }
    let analysis = analyse(&program, &Options::default());
    let handlers = analysis.entries.iter().filter(|entry| entry.file == "serverless.yml");
    let handlers: Vec<(&str, u32)> =
        handlers.map(|entry| (analysis.function(entry.function).name.as_str(), entry.line)).collect();
    assert_eq!(handlers, [("src/mail.js:handle", 4)]);
}

#[test]
fn a_handler_reaches_what_is_injected_into_its_class() {
    let text = "import { Controller, Get, Injectable } from '@nestjs/common';
import { parse } from 'lib';
@Injectable()
export class Repository { read() { return parse('x'); } unused() { return parse('y'); } }
@Injectable()
export class Service { constructor(private readonly rows: Repository) {} all() { return this.rows.read(); } }
@Controller('x')
export class Web { constructor(private readonly service: Service) {} @Get() list() { return this.service.all(); } }
";
    let mut program = program(&[("web.ts", text)], None);
    program.units[0].resources.clear();
    let analysis = solve(&program);
    let expected =
        ["web.ts:Web.list", "web.ts:Service.all", "web.ts:Repository.read", "parse.js:run", "parse.js:inner"];
    assert_eq!(steps(&analysis, "parse.js:inner", Phase::Entered)[0], expected);
}
