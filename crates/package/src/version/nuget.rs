//! `NuGet` versions: semantic versions with a fourth part, compared without regard to case.

use super::number::{Number, split_digits};

/// Four parts and the pre-release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    parts: Vec<Number>,
    /// `false < true`: every pre-release comes before its release.
    release: bool,
    pre: Vec<Identifier>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Text(Box<str>),
}

/// Reads `1.0.0.1-Beta.2+build`; missing parts are zero.
pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text).to_lowercase();
    let text = text.split('+').next().unwrap_or_default();
    let (core, pre) = text.split_once('-').unwrap_or((text, ""));
    let mut parts = Vec::with_capacity(4);
    let mut rest = core;
    loop {
        let (digits, tail) = split_digits(rest);
        parts.push(Number::parse(digits)?);
        match tail.strip_prefix('.') {
            Some(next) => rest = next,
            None if tail.is_empty() => break,
            None => return None,
        }
    }
    // Zeros at the end do not count: `1.0` is `1.0.0.0`.
    while parts.last() == Some(&Number::ZERO) {
        parts.pop();
    }
    let pre: Vec<Identifier> = pre.split('.').filter(|part| !part.is_empty()).map(identifier).collect();
    Some(Key { parts, release: pre.is_empty(), pre })
}

fn identifier(part: &str) -> Identifier {
    Number::parse(part).map_or_else(|| Identifier::Text(part.into()), Identifier::Number)
}
