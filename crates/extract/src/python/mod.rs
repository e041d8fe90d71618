//! Python: ruff's tree to facts.
//!
//! Two walks: `bind` finds the scopes, `lower` emits statements. Inside one function the lowering is flow
//! sensitive (`env`): a variable has a slot per binding, joined where branches meet, narrowed by tests.

mod annotation;
mod assign;
mod bind;
mod branch;
mod call;
mod class;
mod comprehension;
mod condition;
mod decorate;
mod depth;
mod env;
mod expr;
mod function;
mod hints;
mod import;
mod lines;
mod literal;
mod lower;
mod operator;
mod overwrite;
mod pattern;
mod scope;
mod stmt;
mod text;

use faultline_facts::{Builder, DynamicKind, Facts, FunctionId, Language, ModuleKind, ParseProblem, Span};
use ruff_python_ast::{ModModule, PythonVersion, Stmt};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{TextRange, TextSize};

use lines::Lines;
use lower::Lower;

/// More problems of one file than these teach nothing.
const MOST_PROBLEMS: usize = 20;

/// The facts of a Python blob.
pub fn extract(bytes: &[u8]) -> Facts {
    let decoded = text::decode(bytes);
    let source = decoded.text.as_ref();
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::latest());
    let Some(parsed) = parse_unchecked(source, options).try_into_module() else {
        return empty(source);
    };
    let depth = depth::of(&parsed);
    depth::with_stack(depth, parsed, |parsed| facts_of(source, parsed), || too_deep(source))
}

fn facts_of(source: &str, parsed: &Parsed<ModModule>) -> Facts {
    let mut lines = Lines::new(source);
    let span = whole(&mut lines, source);
    let mut builder = Builder::new(Language::Python, ModuleKind::Python, span);
    let body: &[Stmt] = &parsed.syntax().body;
    let table = bind::bind(&mut builder, body);
    let mut lower = Lower::new(builder, source, lines, table);
    lower.module(body);
    lower.problems(parsed);
    lower.builder.finish()
}

fn whole(lines: &mut Lines, source: &str) -> Span {
    let end = TextSize::try_from(source.len()).unwrap_or_default();
    lines.span(TextRange::new(TextSize::default(), end))
}

fn empty(source: &str) -> Facts {
    let span = whole(&mut Lines::new(source), source);
    Builder::new(Language::Python, ModuleKind::Python, span).finish()
}

fn too_deep(source: &str) -> Facts {
    let span = whole(&mut Lines::new(source), source);
    let mut builder = Builder::new(Language::Python, ModuleKind::Python, span);
    let message = "nested too deeply to be analysed; split the expression or leave the file out".to_owned();
    builder.problem(ParseProblem { line: 1, column: 1, message });
    builder.dynamic(FunctionId(0), DynamicKind::ParseGap, span);
    builder.finish()
}

impl Lower<'_> {
    fn module(&mut self, body: &[Stmt]) {
        self.own(scope::MODULE);
        let locals = self.table.scope(scope::MODULE).locals.clone();
        for var in locals {
            let slot = self.home(var);
            let sym = self.table.var(var).sym;
            self.builder.facts_mut().names.push((sym, slot));
        }
        self.block(body);
        self.hints(body);
    }

    fn problems(&mut self, parsed: &Parsed<ModModule>) {
        for error in parsed.errors().iter().take(MOST_PROBLEMS) {
            let (line, column) = self.lines.place(error.location.start());
            self.builder.problem(ParseProblem { line, column, message: error.error.to_string() });
            let function = self.function_at(line);
            let span = self.span(error.location);
            self.builder.dynamic(function, DynamicKind::ParseGap, span);
        }
    }

    /// The innermost function that contains a line.
    fn function_at(&mut self, line: u32) -> FunctionId {
        let functions = &self.builder.facts_mut().functions;
        let inside = functions.iter().rposition(|f| f.span.line <= line && line <= f.span.end_line);
        FunctionId(inside.unwrap_or(0) as u32)
    }
}
