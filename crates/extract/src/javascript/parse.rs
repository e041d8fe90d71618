//! Parsing: which dialect a text is in, decided by its content.

use faultline_facts::{Language, ParseProblem};
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_diagnostics::OxcDiagnostic;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::{SourceType, Span};

/// Statements that are given up one after another before the file is.
const MAX_GAPS: usize = 3;

/// A part that could not be parsed, and why.
pub(super) struct Gap {
    pub span: Span,
    pub offset: u32,
    pub message: String,
}

/// A parsed text.
pub(super) struct Parsed<'a> {
    pub program: Program<'a>,
    pub has_module_syntax: bool,
    /// Parts that were left out. When the program is empty, this is everything.
    pub gaps: Vec<Gap>,
}

/// Parses; a statement that cannot be parsed is left out and the rest is tried again.
pub(super) fn parse<'a>(allocator: &'a Allocator, text: &'a str, language: Language) -> Parsed<'a> {
    let (mut text, mut gaps) = (text, Vec::new());
    loop {
        let attempt = attempt(allocator, text, language);
        if !attempt.panicked {
            return parsed(attempt, gaps);
        }
        let (offset, message) = first(attempt.diagnostics.iter());
        let span = statement_around(text, offset);
        if gaps.len() == MAX_GAPS || span.size() as usize == text.len() {
            gaps.push(Gap { span: Span::new(0, text.len() as u32), offset, message });
            return parsed(attempt, gaps);
        }
        gaps.push(Gap { span, offset, message });
        text = allocator.alloc_str(&blanked(text, span));
    }
}

/// From the line that begins the statement around an offset to the line that begins the next: lines whose
/// first byte starts neither an inner line nor the end of a block.
fn statement_around(text: &str, offset: u32) -> Span {
    let at = (offset as usize).min(text.len());
    let begins = |line: usize| {
        let rest = &text.as_bytes()[line..];
        rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'@' | b'('))
    };
    let lines = || memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1);
    let start = lines().take_while(|line| *line <= at).filter(|line| begins(*line)).last().unwrap_or(0);
    let end = lines().find(|line| *line > at && begins(*line)).unwrap_or(text.len());
    Span::new(start as u32, end as u32)
}

/// The text with a part made spaces, so that places stay the same.
fn blanked(text: &str, span: Span) -> String {
    let (start, end) = (span.start as usize, span.end as usize);
    let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..start]);
    out.extend(text.as_bytes()[start..end].iter().map(|byte| blank(*byte)));
    out.push_str(&text[end..]);
    out
}

/// Parses in the first dialect that has no errors, else the one that got furthest.
fn attempt<'a>(allocator: &'a Allocator, text: &'a str, language: Language) -> ParserReturn<'a> {
    let (preferred, others) = dialects(language);
    let mut best = parse_as(allocator, text, preferred);
    for dialect in others {
        if best.diagnostics.is_empty() {
            break;
        }
        let other = parse_as(allocator, text, *dialect);
        if rank(&other) < rank(&best) {
            best = other;
        }
    }
    best
}

const SCRIPT_OR_MODULE: SourceType = SourceType::unambiguous().with_jsx(true);
const COMMONJS: SourceType = SourceType::unambiguous().with_jsx(true).with_commonjs(true);
const TYPESCRIPT: SourceType = SourceType::ts();
const TSX: SourceType = SourceType::ts().with_jsx(true);

fn dialects(language: Language) -> (SourceType, &'static [SourceType]) {
    match language {
        Language::TypeScript => (TYPESCRIPT, &[TSX]),
        // Types in plain JavaScript are mostly those of Flow, whose simple ones read as TypeScript.
        _ => (SCRIPT_OR_MODULE, &[COMMONJS, TSX]),
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

fn parsed(attempt: ParserReturn<'_>, gaps: Vec<Gap>) -> Parsed<'_> {
    Parsed { program: attempt.program, has_module_syntax: attempt.module_record.has_module_syntax, gaps }
}

/// A parse problem without a place.
pub(super) fn problem(message: &str) -> ParseProblem {
    ParseProblem { line: 1, column: 1, message: message.to_owned() }
}

/// Offset and message of the first diagnostic.
pub(super) fn first<'d>(mut diagnostics: impl Iterator<Item = &'d OxcDiagnostic>) -> (u32, String) {
    let Some(first) = diagnostics.next() else { return (0, "cannot be parsed".to_owned()) };
    let offset = first.labels.first().map_or(0, oxc_span::LabeledSpan::offset);
    (offset, first.message.to_string())
}
