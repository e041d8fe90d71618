//! Maven versions, by the version order specification of the POM reference.
//!
//! Own code: the crate for it recurses once per hyphen (hostile input overflows the stack) and its equality
//! disagrees with its order.

use super::number::{Number, runs};

/// The order of tokens: a qualifier however prefixed, then `-number`, then `.number`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Qualifier(Qualifier),
    HyphenNumber(Number),
    DotNumber(Number),
}

/// Known qualifiers in their order, unknown ones after them by alphabet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Qualifier {
    Alpha,
    Beta,
    Milestone,
    Rc,
    Snapshot,
    Release,
    Sp,
    Other(Box<str>),
}

/// Trimmed tokens; the missing rest of the shorter version counts as null tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(Vec<Token>);

/// Reads any text: every text is a Maven version.
pub(super) fn parse(text: &str) -> Key {
    Key(trim(tokens(&text.trim().to_lowercase())))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut hyphen = false;
    let mut rest = text;
    loop {
        let end = rest.find(['.', '-']).unwrap_or(rest.len());
        push_part(&mut tokens, &rest[..end], hyphen);
        let Some(separator) = rest.as_bytes().get(end) else { return tokens };
        hyphen = *separator == b'-';
        rest = &rest[end + 1..];
    }
}

/// One part between separators; a change between digits and letters inside it acts like a hyphen.
fn push_part(tokens: &mut Vec<Token>, part: &str, mut hyphen: bool) {
    if part.is_empty() {
        tokens.push(number(Number::ZERO, hyphen));
        return;
    }
    let mut parts = runs(part).peekable();
    while let Some(run) = parts.next() {
        tokens.push(match Number::parse(run) {
            Some(value) => number(value, hyphen),
            None => Token::Qualifier(qualifier(run, parts.peek().is_some())),
        });
        hyphen = true;
    }
}

fn number(value: Number, hyphen: bool) -> Token {
    if hyphen { Token::HyphenNumber(value) } else { Token::DotNumber(value) }
}

fn qualifier(text: &str, before_digit: bool) -> Qualifier {
    match text {
        "alpha" => Qualifier::Alpha,
        "beta" => Qualifier::Beta,
        "milestone" => Qualifier::Milestone,
        "a" if before_digit => Qualifier::Alpha,
        "b" if before_digit => Qualifier::Beta,
        "m" if before_digit => Qualifier::Milestone,
        "rc" | "cr" => Qualifier::Rc,
        "snapshot" => Qualifier::Snapshot,
        "ga" | "final" | "release" => Qualifier::Release,
        "sp" => Qualifier::Sp,
        other => Qualifier::Other(other.into()),
    }
}

impl Token {
    fn is_null(&self) -> bool {
        match self {
            Token::Qualifier(qualifier) => *qualifier == Qualifier::Release,
            Token::HyphenNumber(value) | Token::DotNumber(value) => *value == Number::ZERO,
        }
    }

    /// What the shorter version is padded with where the other has this token.
    fn compare_to_null(&self) -> std::cmp::Ordering {
        match self {
            Token::Qualifier(qualifier) => qualifier.cmp(&Qualifier::Release),
            Token::HyphenNumber(_) => std::cmp::Ordering::Greater,
            Token::DotNumber(value) => value.cmp(&Number::ZERO),
        }
    }
}

/// Drops null tokens at the end and before every hyphen (qualifiers count as hyphenated).
fn trim(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if !matches!(token, Token::DotNumber(_)) {
            drop_nulls(&mut kept);
        }
        kept.push(token);
    }
    drop_nulls(&mut kept);
    kept
}

fn drop_nulls(tokens: &mut Vec<Token>) {
    while tokens.last().is_some_and(Token::is_null) {
        tokens.pop();
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let length = self.0.len().max(other.0.len());
        (0..length)
            .map(|i| match (self.0.get(i), other.0.get(i)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(a), None) => a.compare_to_null(),
                (None, Some(b)) => b.compare_to_null().reverse(),
                (None, None) => std::cmp::Ordering::Equal,
            })
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
