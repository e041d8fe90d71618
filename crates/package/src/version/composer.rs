//! Packagist versions, by the order of PHP's `version_compare`.

use super::number::{Number, runs};

/// Tokens in PHP's order. `End` stands for "no more tokens": after `rc`, before a number and before `pl`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Unknown(Box<str>),
    Dev,
    Alpha,
    Beta,
    Rc,
    End,
    Number(Number),
    Patch,
}

/// Tokens with `End` at the end, so that the order of vectors is the order of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<Token>);

/// Reads `v1.2.0-RC1`, `dev-main` and anything else that is not empty.
pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim().to_lowercase();
    let text = strip_v(&text);
    if text.is_empty() {
        return None;
    }
    let parts = text.split(|c: char| !c.is_alphanumeric()).flat_map(runs).filter(|run| *run != "stable");
    let mut tokens: Vec<Token> = parts.map(token).collect();
    tokens.push(Token::End);
    Some(Key(tokens))
}

fn strip_v(text: &str) -> &str {
    match text.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// PHP looks at the beginning of a word only: `patch` is `p`, `beta` is `b`.
fn token(run: &str) -> Token {
    if let Some(number) = Number::parse(run) {
        return Token::Number(number);
    }
    let known = [("dev", Token::Dev), ("a", Token::Alpha), ("b", Token::Beta), ("rc", Token::Rc), ("p", Token::Patch)];
    let found = known.into_iter().find(|(prefix, _)| run.starts_with(prefix));
    found.map_or_else(|| Token::Unknown(run.into()), |(_, token)| token)
}
