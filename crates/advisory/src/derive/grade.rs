//! How sure a change is what was vulnerable.

use super::{Ceiling, FEW_SYMBOLS, MAX_SYMBOLS};
use crate::{Grade, SymbolKind};

/// What speaks for a change.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation<'a> {
    /// Summary and details of the advisory.
    pub advisory: &'a str,
    /// How many definitions all fixes of the advisory changed.
    pub changed: usize,
    /// What keeps the grade low whatever else holds.
    pub ceiling: Option<&'a Ceiling>,
}

/// The grade of a changed definition, with the reason for people.
pub fn grade(name: &str, kind: SymbolKind, confirmation: &Confirmation) -> (Grade, String) {
    let changed = confirmation.changed;
    let (grade, why) = if changed > MAX_SYMBOLS {
        (Grade::S1, format!("one of {changed} definitions changed, more than {MAX_SYMBOLS}"))
    } else if matches!(kind, SymbolKind::Module | SymbolKind::Class) {
        (Grade::S2, "a body and not a function".to_owned())
    } else if changed == 1 {
        (Grade::S3, "the only definition that the fix changed".to_owned())
    } else if changed <= FEW_SYMBOLS && names(confirmation.advisory, name) {
        (Grade::S3, format!("one of {changed} definitions changed, and the advisory names it"))
    } else {
        (Grade::S2, format!("one of {changed} definitions changed, and the advisory does not name it alone"))
    };
    match confirmation.ceiling {
        Some(ceiling) if ceiling.grade < grade => (ceiling.grade, format!("{why}; {}", ceiling.why)),
        _ => (grade, why),
    }
}

/// Whether a text names a function as code: called, in backticks, or spelled as no word of a sentence is.
fn names(text: &str, name: &str) -> bool {
    let own = name.rsplit(['.', ':', ' ']).next().unwrap_or(name);
    if own.len() < 3 {
        return false;
    }
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let spelled = own.contains('_') || own.chars().skip(1).any(char::is_uppercase);
    text.match_indices(own).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + own.len()..]);
        let whole = !before.ends_with(inside) && !after.starts_with(inside);
        whole && (spelled || after.starts_with("()") || after.starts_with('(') || quoted(before, after))
    })
}

/// Between backticks of one line.
fn quoted(before: &str, after: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.matches('`').count() % 2 == 1 && after.lines().next().is_some_and(|rest| rest.contains('`'))
}
