//! The definitions of a file with fingerprints: named functions, class bodies, the module's own statements.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use faultline_facts::{Facts, Language, Span};

use super::tokens::{Token, tokens};
use crate::SymbolKind;

/// One definition of a file.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// Name inside the file; empty for the module.
    pub name: String,
    pub kind: SymbolKind,
    pub span: Span,
    /// Its tokens without those of definitions inside it.
    pub own: Vec<Token>,
    /// Hash over the own tokens, the own name left out.
    pub hash: u64,
}

/// A statement of a module or class body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Statement {
    pub text: String,
    pub line: u32,
    /// The name that it gives a value.
    pub binds: Option<String>,
}

/// The definitions of a file, by name. Functions without a name belong to the definition around them.
pub(super) fn definitions(facts: &Facts, text: &str) -> BTreeMap<String, Definition> {
    let mut found = named(facts);
    let imports: Vec<Span> = facts.imports.iter().map(|import| import.span).collect();
    for token in tokens(facts.language, text) {
        let inner = found.iter_mut().filter(|d| holds(d.span, &token)).min_by_key(|d| size(d.span));
        let imported = |d: &Definition| d.kind == SymbolKind::Module && imports.iter().any(|span| holds(*span, &token));
        if let Some(definition) = inner.filter(|d| !imported(d)) {
            definition.own.push(token);
        }
    }
    let hashed = found.into_iter().map(|mut d| {
        d.hash = hash(&d);
        (d.name.clone(), d)
    });
    hashed.collect()
}

fn named(facts: &Facts) -> Vec<Definition> {
    let whole = Span { line: 0, column: 0, end_line: u32::MAX, end_column: u32::MAX };
    let new = |name: &str, kind, span| Definition { name: name.to_owned(), kind, span, own: Vec::new(), hash: 0 };
    let mut found = vec![new("", SymbolKind::Module, whole)];
    let functions = facts.functions.iter().skip(1).filter(|f| f.span != Span::default());
    for function in functions.filter(|f| is_named(facts.text(f.qualified))) {
        let kind = if function.class.is_some() { SymbolKind::Method } else { SymbolKind::Function };
        found.push(new(facts.text(function.qualified), kind, function.span));
    }
    let classes = facts.classes.iter().filter(|c| is_named(facts.text(c.qualified)));
    found.extend(classes.map(|c| new(facts.text(c.qualified), SymbolKind::Class, c.span)));
    found
}

fn is_named(qualified: &str) -> bool {
    !qualified.is_empty() && !qualified.contains('<')
}

fn holds(span: Span, token: &Token) -> bool {
    let at = (token.line, token.column);
    (span.line, span.column) <= at && at < (span.end_line, span.end_column)
}

fn size(span: Span) -> (u32, u32) {
    let lines = span.end_line - span.line;
    (lines, if lines == 0 { span.end_column - span.column } else { span.end_column })
}

fn hash(definition: &Definition) -> u64 {
    let own = definition.name.rsplit('.').next().unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    for token in &definition.own {
        if token.text == own { "<name>" } else { token.text.as_str() }.hash(&mut hasher);
    }
    hasher.finish()
}

/// The statements of a body, in order.
pub(super) fn statements(language: Language, own: &[Token]) -> Vec<Statement> {
    let mut found: Vec<Vec<&Token>> = Vec::new();
    for token in own.iter().filter(|t| !t.text.starts_with('<') || t.text.len() == 1) {
        match found.last_mut() {
            Some(last) if !(token.begins && last.last().is_none_or(|l| l.line < token.line)) => last.push(token),
            _ => found.push(vec![token]),
        }
    }
    let imports = |tokens: &[&Token]| tokens.last().is_some_and(|last| last.text == "=");
    let kept = found.iter().filter(|tokens| !is_text_alone(language, tokens) && !imports(tokens));
    kept.map(|tokens| statement(tokens)).collect()
}

/// A documentation string.
fn is_text_alone(language: Language, tokens: &[&Token]) -> bool {
    language == Language::Python && tokens.len() == 1 && tokens[0].text.starts_with('"')
}

fn statement(tokens: &[&Token]) -> Statement {
    const BEFORE: [&str; 9] = ["const", "let", "var", "export", "static", "readonly", "private", "public", "default"];
    let texts: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
    let mut rest = texts.iter().skip_while(|text| BEFORE.contains(text));
    let name = rest.next().filter(|n| n.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$'));
    let given = rest.next().is_some_and(|mark| matches!(*mark, "=" | ":"));
    Statement {
        text: texts.join(" "),
        line: tokens.first().map_or(0, |t| t.line),
        binds: name.filter(|_| given).map(|n| (*n).to_owned()),
    }
}
