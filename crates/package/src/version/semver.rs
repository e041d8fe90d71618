//! Semantic versions as OSV orders them, read leniently.

use super::number::{Number, runs, split_digits};

/// `major.minor.patch` and the pre-release; build metadata does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    core: [Number; 3],
    /// `false < true`: every pre-release comes before its release.
    release: bool,
    pre: Vec<Identifier>,
}

/// Numeric identifiers come before all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(Number),
    Text(Box<str>),
}

/// Reads `v1.2.3-rc.1+build`. Missing parts are zero, parts after the third are ignored, and text that follows
/// the numbers without a dash (`1.20rc1`) is a pre-release.
pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let text = text.strip_prefix('=').unwrap_or(text).trim_start();
    let text = text.strip_prefix("go").unwrap_or(text);
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let text = text.split('+').next().unwrap_or(text);
    if !text.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        return None;
    }
    let (core, rest) = core(text);
    let pre = match rest.strip_prefix('-') {
        Some(pre) => dotted(pre).collect(),
        None => dotted(rest.trim_matches('.')).flat_map(undashed).collect::<Vec<_>>(),
    };
    Some(Key { core, release: pre.is_empty(), pre })
}

fn core(text: &str) -> ([Number; 3], &str) {
    let mut core = [Number::ZERO, Number::ZERO, Number::ZERO];
    let mut rest = text;
    for index in 0.. {
        let (digits, tail) = split_digits(rest);
        if let Some(slot) = core.get_mut(index) {
            *slot = Number::of(digits);
        }
        rest = tail;
        match tail.strip_prefix('.') {
            Some(next) if next.bytes().next().is_some_and(|b| b.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    (core, rest)
}

fn dotted(pre: &str) -> impl Iterator<Item = Identifier> {
    pre.split('.').filter(|part| !part.is_empty()).map(identifier)
}

fn identifier(part: &str) -> Identifier {
    Number::parse(part).map_or_else(|| Identifier::Text(part.into()), Identifier::Number)
}

/// `rc1` without a dash means `rc.1`, as the Go project writes its releases.
fn undashed(identifier: Identifier) -> Vec<Identifier> {
    match identifier {
        Identifier::Text(text) => runs(&text).map(self::identifier).collect(),
        number @ Identifier::Number(_) => vec![number],
    }
}
