//! From the fix of a vulnerability to what was vulnerable: the definitions that the fix changed.
//!
//! Pure: the caller reads both trees and hands over the files that differ.

mod definitions;
mod grade;
mod paths;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use faultline_facts::{Facts, Language};

use crate::{Grade, SymbolKind};
use definitions::{Definition, Statement, definitions, statements};
pub use grade::{Confirmation, grade};
pub use paths::is_product_code;

/// Source files in one fix above which it is refused: it is a merge of many things or a release.
pub const MAX_FILES: usize = 60;
/// Symbols in one advisory above which they are no better than those of a release.
pub const MAX_SYMBOLS: usize = 40;
/// Most symbols that count as few.
pub const FEW_SYMBOLS: usize = 5;
/// Largest source file that is compared.
pub const MAX_FILE_BYTES: usize = 2 << 20;

/// A source file before and after a fix; a side is absent when the file is.
#[derive(Debug, Clone, Default)]
pub struct FileChange {
    /// Path in the repository.
    pub path: String,
    /// Its bytes before.
    pub before: Option<Vec<u8>>,
    /// Its bytes after.
    pub after: Option<Vec<u8>>,
}

/// Something that a fix changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path in the repository, before the fix.
    pub path: String,
    /// The language of the file.
    pub language: Language,
    /// Name inside the file; empty for the module itself.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// First line that differs, before the fix.
    pub line: u32,
    /// The lines that differ, as `-before` and `+after`.
    pub hunk: String,
    /// What happened to it.
    pub why: String,
}

/// What a fix changed, and what could not be compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// By path and name.
    pub changes: Vec<Change>,
    /// Files of product code that were left out, with the reason.
    pub problems: Vec<String>,
    /// Files with new statements outside of functions, imports aside: what was vulnerable may be their absence.
    pub added: Vec<String>,
}

struct Parsed {
    language: Language,
    text: String,
    by_name: BTreeMap<String, Definition>,
}

/// What a fix changed. Moved, renamed and reformatted code is no change.
pub fn changes(files: &[FileChange]) -> Changes {
    let mut out = Changes::default();
    let mut pairs: Vec<(&str, Option<Parsed>, Option<Parsed>)> = Vec::new();
    for file in files.iter().filter(|f| is_product_code(&f.path)) {
        match (parsed(&file.path, file.before.as_deref()), parsed(&file.path, file.after.as_deref())) {
            (Ok(before), Ok(after)) => pairs.push((&file.path, before, after)),
            (Err(why), _) | (_, Err(why)) => out.problems.extend(why.map(|why| format!("{}: {why}", file.path))),
        }
    }
    let appeared: BTreeSet<u64> =
        pairs.iter().flat_map(|(_, before, after)| new_hashes(before.as_ref(), after.as_ref())).collect();
    for (path, before, after) in &pairs {
        let Some(before) = before else { continue };
        out.changes.extend(compare(path, before, after.as_ref(), &appeared));
        out.added.extend(after.as_ref().filter(|after| adds_statements(before, after)).map(|_| (*path).to_owned()));
    }
    out.changes.sort_by(|a, b| (&a.path, &a.name, a.line).cmp(&(&b.path, &b.name, b.line)));
    out.changes.dedup_by(|b, a| a.path == b.path && a.name == b.name);
    out
}

/// True when a body outside of functions has a statement that was nowhere in it before.
fn adds_statements(before: &Parsed, after: &Parsed) -> bool {
    let body = |side: &Parsed| -> BTreeSet<String> {
        let bodies = side.by_name.values().filter(|d| matches!(d.kind, SymbolKind::Module | SymbolKind::Class));
        bodies.flat_map(|d| statements(side.language, &d.own)).map(|statement| statement.text).collect()
    };
    let loads = |text: &String| text.starts_with("import") || text.starts_with("from") || text.contains("require");
    body(after).difference(&body(before)).any(|text| !loads(text))
}

/// A side of a file; `Err(None)` for tests and generated code, which nobody misses.
fn parsed(path: &str, bytes: Option<&[u8]>) -> Result<Option<Parsed>, Option<String>> {
    let Some(bytes) = bytes else { return Ok(None) };
    let Some(language) = faultline_extract::language_of(path) else { return Err(None) };
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Some(format!("larger than the {MAX_FILE_BYTES} bytes that are compared")));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Err(Some("not UTF-8 text".to_owned())) };
    let facts: Facts = faultline_extract::extract(language, bytes);
    if facts.flags.test_like || facts.flags.generated || facts.flags.minified {
        return Err(None);
    }
    if let Some(problem) = facts.problems.first() {
        return Err(Some(format!("line {} cannot be parsed: {}", problem.line, problem.message)));
    }
    let by_name = definitions(&facts, text);
    Ok(Some(Parsed { language, text: text.to_owned(), by_name }))
}

/// Hashes of definitions that exist only after the fix: where moved code went.
fn new_hashes(before: Option<&Parsed>, after: Option<&Parsed>) -> Vec<u64> {
    let known = |name: &String| before.is_some_and(|b| b.by_name.contains_key(name));
    let new = after.into_iter().flat_map(|a| a.by_name.iter()).filter(|(name, _)| !known(name));
    new.map(|(_, definition)| definition.hash).collect()
}

fn compare(path: &str, before: &Parsed, after: Option<&Parsed>, appeared: &BTreeSet<u64>) -> Vec<Change> {
    let mut found = Vec::new();
    for (name, old) in &before.by_name {
        let new = after.and_then(|after| after.by_name.get(name));
        let body = matches!(old.kind, SymbolKind::Module | SymbolKind::Class);
        match new {
            Some(new) if new.hash == old.hash => {}
            _ if body => found.extend(body_changes(path, before, old, new)),
            None if appeared.contains(&old.hash) => {}
            _ => found.push(function_change(path, before, after, old, new)),
        }
    }
    found
}

fn function_change(
    path: &str,
    before: &Parsed,
    after: Option<&Parsed>,
    old: &Definition,
    new: Option<&Definition>,
) -> Change {
    let old_lines = lines(&before.text, old);
    let new_lines = match (after, new) {
        (Some(after), Some(new)) => lines(&after.text, new),
        _ => Vec::new(),
    };
    let (skipped, hunk) = difference(&old_lines, &new_lines);
    Change {
        path: path.to_owned(),
        language: before.language,
        name: old.name.clone(),
        kind: old.kind,
        line: old.span.line + skipped,
        hunk,
        why: if new.is_some() { "its body changed" } else { "it was removed" }.to_owned(),
    }
}

fn lines<'t>(text: &'t str, definition: &Definition) -> Vec<&'t str> {
    let from = definition.span.line.saturating_sub(1) as usize;
    let count = (definition.span.end_line - definition.span.line) as usize + 1;
    text.lines().skip(from).take(count).collect()
}

/// The lines between the common beginning and the common end; and how many lines the beginning has.
fn difference(old: &[&str], new: &[&str]) -> (u32, String) {
    const SHOWN: usize = 20;
    let begin = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - begin;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mark = |sign: &str, lines: &[&str]| -> Vec<String> {
        lines.iter().take(SHOWN).map(|line| format!("{sign}{line}")).collect()
    };
    let mut shown = mark("-", &old[begin..old.len() - end]);
    shown.extend(mark("+", &new[begin..new.len() - end]));
    (begin as u32, shown.join("\n"))
}

/// Statements of a module or class that are no longer there. One that binds a name makes its users vulnerable, one
/// that decorates makes the function below it; any other makes the whole body. What was only added is no change.
fn body_changes(path: &str, before: &Parsed, old: &Definition, new: Option<&Definition>) -> Vec<Change> {
    let Some(new) = new else { return Vec::new() };
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for statement in statements(before.language, &new.own) {
        *left.entry(statement.text).or_default() += 1;
    }
    let gone = statements(before.language, &old.own).into_iter().filter(|s| match left.get_mut(&s.text) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    gone.flat_map(|statement| blamed(path, before, old, &statement)).collect()
}

fn blamed(path: &str, before: &Parsed, body: &Definition, statement: &Statement) -> Vec<Change> {
    let change = |definition: &Definition, why: String| Change {
        path: path.to_owned(),
        language: before.language,
        name: definition.name.clone(),
        kind: definition.kind,
        line: statement.line,
        hunk: format!("-{}", before.text.lines().nth(statement.line.saturating_sub(1) as usize).unwrap_or_default()),
        why,
    };
    let functions = || before.by_name.values().filter(|d| matches!(d.kind, SymbolKind::Function | SymbolKind::Method));
    if statement.text.starts_with('@') {
        let below = functions().filter(|d| d.span.line >= statement.line).min_by_key(|d| d.span);
        return below.map(|d| change(d, "its decorator changed".to_owned())).into_iter().collect();
    }
    if let Some(name) = &statement.binds {
        let users = functions().filter(|d| d.own.iter().any(|token| token.text == *name));
        let users: Vec<Change> = users.map(|d| change(d, format!("it uses `{name}`, which changed"))).collect();
        if !users.is_empty() {
            return users;
        }
    }
    vec![change(body, format!("a statement of the {} changed", body.kind.as_str()))]
}

/// The grade that is never exceeded by symbols of a commit, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceiling {
    /// Highest grade.
    pub grade: Grade,
    /// Why not higher.
    pub why: String,
}
