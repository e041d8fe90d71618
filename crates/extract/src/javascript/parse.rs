//! Parsing: which dialect a text is in, decided by its content.

use faultline_facts::{Language, ParseProblem};
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

/// A parsed text.
pub(super) struct Parsed<'a> {
    pub program: Program<'a>,
    pub has_module_syntax: bool,
    /// Why nothing could be parsed: offset and message.
    pub failure: Option<(u32, String)>,
}

/// Parses in the first dialect that has no errors, else the one that got furthest.
pub(super) fn parse<'a>(allocator: &'a Allocator, text: &'a str, language: Language) -> Parsed<'a> {
    let mut best: Option<ParserReturn<'a>> = None;
    for dialect in dialects(language) {
        let attempt = parse_as(allocator, text, dialect);
        if attempt.diagnostics.is_empty() {
            return parsed(attempt);
        }
        let better = best.as_ref().is_none_or(|best| rank(&attempt) < rank(best));
        if better {
            best = Some(attempt);
        }
    }
    match best {
        Some(best) => parsed(best),
        None => parsed(parse_as(allocator, text, SourceType::script())),
    }
}

fn dialects(language: Language) -> Vec<SourceType> {
    let typescript = SourceType::ts();
    let unambiguous = SourceType::unambiguous().with_jsx(true);
    match language {
        Language::TypeScript => vec![typescript, typescript.with_jsx(true)],
        // Types in plain JavaScript are mostly those of Flow, whose simple ones read as TypeScript.
        _ => vec![unambiguous, unambiguous.with_commonjs(true), typescript.with_jsx(true)],
    }
}

fn rank(attempt: &ParserReturn<'_>) -> (bool, usize) {
    (attempt.panicked, attempt.diagnostics.len())
}

fn parse_as<'a>(allocator: &'a Allocator, text: &'a str, dialect: SourceType) -> ParserReturn<'a> {
    let options = ParseOptions {
        preserve_parens: false,
        allow_return_outside_function: true,
        allow_v8_intrinsics: true,
        ..ParseOptions::default()
    };
    Parser::new(allocator, text, dialect).with_options(options).parse()
}

fn parsed(attempt: ParserReturn<'_>) -> Parsed<'_> {
    let failure = attempt.panicked.then(|| first(attempt.diagnostics.iter()));
    Parsed { program: attempt.program, has_module_syntax: attempt.module_record.has_module_syntax, failure }
}

/// A parse problem without a place.
pub(super) fn problem(message: &str) -> ParseProblem {
    ParseProblem { line: 1, column: 1, message: message.to_owned() }
}

/// Offset and message of the first diagnostic.
pub(super) fn first<'d>(mut diagnostics: impl Iterator<Item = &'d OxcDiagnostic>) -> (u32, String) {
    let Some(first) = diagnostics.next() else { return (0, "cannot be parsed".to_owned()) };
    let offset = first.labels.first().map_or(0, |label| label.offset() as u32);
    (offset, first.message.to_string())
}
