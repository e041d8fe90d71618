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
mod parse;
mod patterns;
mod statements;
mod types;
mod typescript;
mod variables;

use faultline_facts::{Builder, DynamicKind, Facts, FunctionId, Language, ModuleKind, ParseProblem};
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_semantic::{Scoping, SemanticBuilder};

use lines::Lines;
use lower::{Frame, Lower, NO_FUNCTION, NO_SLOT};
use names::Names;
use parse::Parsed;

/// The facts of a JavaScript, TypeScript or JSON blob.
pub fn extract(language: Language, bytes: &[u8]) -> Facts {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut facts = extract_text(language, text);
    if std::str::from_utf8(bytes).is_err() {
        facts.flags.parse_errors = true;
        facts.problems.push(parse::problem("not valid UTF-8; bytes that are not were replaced"));
    }
    facts
}

fn extract_text(language: Language, text: &str) -> Facts {
    let allocator = Allocator::default();
    let parsed = parse::parse(&allocator, text, language);
    let semantic = SemanticBuilder::new().build(&parsed.program).semantic;
    let scoping = semantic.into_scoping();
    lower_program(&parsed, &scoping, language, text)
}

fn lower_program(parsed: &Parsed<'_>, scoping: &Scoping, language: Language, text: &str) -> Facts {
    let program = &parsed.program;
    let mut lines = Lines::new(text);
    let kind = module_kind(parsed, scoping);
    let span = lines.span(oxc_span::Span::new(0, text.len() as u32));
    let minified = text.len() > 2000 && text.len() / lines.count() > 400;
    let mut lower = Lower {
        builder: Builder::new(language, kind, span),
        scoping,
        lines,
        kind,
        language,
        slots: vec![NO_SLOT; scoping.symbols_len()],
        written_locally: vec![None; scoping.symbols_len()],
        scope_functions: vec![NO_FUNCTION; scoping.scopes_len()],
        frame: Frame::new(FunctionId(0), 0),
        names: Names::new(),
        hint: None,
        aliases: Default::default(),
        requires: Default::default(),
        imported_symbols: Default::default(),
        decorated: language == Language::TypeScript && text.contains("\n@") || text.contains(" @"),
        namespaces: Vec::new(),
        test_like: false,
    };
    lower.begin_scope(program.scope_id.get(), FunctionId(0));
    lower.imports(&program.body);
    lower.statements(&program.body);
    let main_like = program.hashbang.is_some() || text.contains("require.main === module");
    let mut builder = lower.builder;
    lower.names.assign(&mut builder);
    let flags = &mut builder.facts_mut().flags;
    flags.minified = minified;
    flags.main_like = main_like;
    flags.test_like = lower.test_like;
    if let Some((offset, message)) = &parsed.failure {
        let (line, column) = lower.lines.position(*offset);
        builder.problem(ParseProblem { line, column, message: message.clone() });
        builder.dynamic(FunctionId(0), DynamicKind::ParseGap, span);
    }
    builder.finish()
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
