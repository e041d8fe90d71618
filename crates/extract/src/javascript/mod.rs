//! JavaScript and TypeScript, with JSX.
//!
//! The text is parsed and its scopes are resolved by oxc; then one walk over the tree emits statements.

mod calls;
mod classes;
mod constants;
mod decorators;
mod expressions;
mod functions;
mod guards;
mod jsx;
mod lines;
mod literals;
mod lower;
mod modules;
mod names;
mod nesting;
mod parse;
mod patterns;
mod statements;
mod types;
mod typescript;
mod variables;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use faultline_facts::{Builder, DynamicKind, Facts, FunctionId, Language, ModuleKind, ParseProblem};
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::Parser;
use oxc_semantic::{Scoping, SemanticBuilder, Stats};
use oxc_span::SourceType;
use rustc_hash::{FxHashMap, FxHashSet};

use lines::Lines;
use lower::{Frame, Lower, NO_FUNCTION, NO_SLOT};
use names::Names;
use parse::{Gap, Parsed};

/// Stack that is taken for granted on the caller's thread.
const OWN_STACK: u64 = 1 << 20;
/// Stack of the thread that takes deeper texts.
const BIG_STACK: usize = 256 << 20;
/// The part of it that nesting may need by estimate.
const USABLE: u64 = BIG_STACK as u64 / 2;

/// The facts of a JavaScript or TypeScript blob.
///
/// Texts that nest deeper than the usual are taken to a thread with a big stack, hopeless ones are refused.
pub fn extract(language: Language, bytes: &[u8]) -> Facts {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return guarded(language, without_mark(text));
    }
    let mut facts = guarded(language, without_mark(&String::from_utf8_lossy(bytes)));
    facts.flags.parse_errors = true;
    facts.problems.push(parse::problem("not valid UTF-8; bytes that are not were replaced"));
    facts
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Runs where the stack suffices; a panic of the parser becomes a problem of the file.
fn guarded(language: Language, text: &str) -> Facts {
    let run = || catch_unwind(AssertUnwindSafe(|| extract_text(language, text))).ok();
    let needed = nesting::stack_needed(text).filter(|needed| *needed <= USABLE);
    let Some(needed) = needed else {
        return unread(language, text, "nested too deeply to be parsed; split the expression or exclude the file");
    };
    let facts = if needed <= OWN_STACK {
        run()
    } else {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(BIG_STACK).spawn_scoped(scope, run);
            thread.ok().and_then(|thread| thread.join().ok().flatten())
        })
    };
    facts.unwrap_or_else(|| unread(language, text, "the parser failed on this file; please report it"))
}

/// Facts of a text that was not parsed.
fn unread(language: Language, text: &str, message: &str) -> Facts {
    let span = Lines::new(text).span(whole(text));
    let mut builder = Builder::new(language, ModuleKind::Script, span);
    builder.problem(parse::problem(message));
    builder.dynamic(FunctionId(0), DynamicKind::ParseGap, span);
    builder.finish()
}

thread_local! {
    /// The arena of the last file on this thread, for the next one.
    static ARENA: Cell<Option<Allocator>> = const { Cell::new(None) };
}

/// Largest arena that is kept.
const KEPT_ARENA: usize = 32 << 20;

fn extract_text(language: Language, text: &str) -> Facts {
    let mut allocator = ARENA.take().unwrap_or_default();
    let facts = extract_in(&allocator, language, text);
    if allocator.capacity() <= KEPT_ARENA {
        allocator.reset();
        ARENA.set(Some(allocator));
    }
    facts
}

fn extract_in(allocator: &Allocator, language: Language, text: &str) -> Facts {
    if language == Language::Json {
        return extract_value(allocator, text);
    }
    let parsed = parse::parse(allocator, text, language);
    let semantic = SemanticBuilder::new().with_stats(expected(text)).build(&parsed.program).semantic;
    let scoping = semantic.into_scoping();
    lower_program(&parsed, &scoping, language, text)
}

/// What a text of this length usually holds, which saves counting it in a walk of its own.
fn expected(text: &str) -> Stats {
    let bytes = text.len() as u32;
    Stats::new(0, bytes / 64 + 8, bytes / 48 + 8, bytes / 12 + 16)
}

/// JSON read as an expression, stored as `module.exports`.
fn extract_value(allocator: &Allocator, text: &str) -> Facts {
    let parsed = Parser::new(allocator, text, SourceType::script()).parse_expression();
    let scoping = Scoping::default();
    let mut lower = lowering(Language::Json, ModuleKind::Json, text, &scoping);
    match &parsed {
        Ok(value) => {
            let module = lower.global("module", None);
            let slot = lower.value(value);
            lower.store_name(module, "exports", slot, oxc_span::GetSpan::span(value));
        }
        Err(problems) => {
            let (offset, message) = parse::first(problems.iter());
            lower.fail(&Gap { span: whole(text), offset, message });
        }
    }
    lower.frame.finish(&mut lower.builder);
    lower.builder.finish()
}

fn lower_program(parsed: &Parsed<'_>, scoping: &Scoping, language: Language, text: &str) -> Facts {
    let program = &parsed.program;
    let kind = module_kind(parsed, scoping);
    let mut lower = lowering(language, kind, text, scoping);
    lower.begin_scope(program.scope_id.get(), FunctionId(0));
    lower.imports(&program.body);
    lower.statements(&program.body);
    for gap in &parsed.gaps {
        lower.fail(gap);
    }
    let flags = &mut lower.builder.facts_mut().flags;
    flags.generated = is_generated(text);
    flags.minified = text.len() > 2000 && text.len() / lower.lines.count() > 400;
    flags.main_like =
        program.hashbang.is_some() || (kind == ModuleKind::CommonJs && text.contains("require.main === module"));
    flags.test_like = lower.test_like;
    let mut builder = lower.builder;
    lower.frame.finish(&mut builder);
    lower.names.assign(&mut builder);
    builder.finish()
}

fn lowering<'b, 'a>(language: Language, kind: ModuleKind, text: &'b str, scoping: &'b Scoping) -> Lower<'b, 'a> {
    let mut lines = Lines::new(text);
    let span = lines.span(whole(text));
    Lower {
        builder: Builder::new(language, kind, span),
        scoping,
        text,
        lines,
        kind,
        language,
        slots: vec![NO_SLOT; scoping.symbols_len()],
        written_locally: vec![None; scoping.symbols_len()],
        scope_functions: vec![NO_FUNCTION; scoping.scopes_len()],
        frame: Frame::new(FunctionId(0), 0),
        names: Names::new(),
        hint: None,
        aliases: FxHashMap::default(),
        requires: FxHashSet::default(),
        imported_symbols: FxHashMap::default(),
        decorated: language == Language::TypeScript && (text.contains("\n@") || text.contains(" @")),
        namespaces: Vec::new(),
        test_like: false,
        spare: Vec::new(),
    }
}

/// A remark near the top of the file says that a program wrote it.
fn is_generated(text: &str) -> bool {
    let end = text.floor_char_boundary(text.len().min(1000));
    ["@generated", "DO NOT EDIT", "Code generated by"].iter().any(|mark| text[..end].contains(mark))
}

fn whole(text: &str) -> oxc_span::Span {
    oxc_span::Span::new(0, text.len() as u32)
}

impl Lower<'_, '_> {
    /// Notes a part that could not be parsed.
    fn fail(&mut self, gap: &Gap) {
        let (line, column) = self.lines.position(gap.offset);
        self.builder.problem(ParseProblem { line, column, message: gap.message.clone() });
        self.dynamic(DynamicKind::ParseGap, gap.span);
    }
}

fn module_kind(parsed: &Parsed<'_>, scoping: &Scoping) -> ModuleKind {
    if has_export_assignment(&parsed.program) {
        return ModuleKind::CommonJs;
    }
    if parsed.has_module_syntax {
        return ModuleKind::Esm;
    }
    let globals = scoping.root_unresolved_references();
    if ["require", "module", "exports"].iter().any(|name| globals.contains_key(*name)) {
        return ModuleKind::CommonJs;
    }
    ModuleKind::Script
}

fn has_export_assignment(program: &Program<'_>) -> bool {
    use oxc_ast::ast::Statement;
    program.body.iter().any(|statement| matches!(statement, Statement::TSExportAssignment(_)))
}
