//! Words, strings and signs of build scripts, with lines. Comments are left out.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    /// 1-based line.
    pub line: u32,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    Text(String),
    Sign(char),
    LineEnd,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// Cuts a script into tokens. With `hash` comments start with `#`, else they are those of Java.
pub(super) fn tokens(text: &str, hash: bool) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (length, kind) = next(rest, first, hash);
        let taken = &rest[..length];
        out.extend(kind.map(|kind| Token { kind, line }));
        line += u32::try_from(taken.matches('\n').count()).unwrap_or(0);
        rest = &rest[length..];
    }
    out
}

/// Length of the next piece, and the token that it is, if any.
fn next(rest: &str, first: char, hash: bool) -> (usize, Option<Kind>) {
    if first == '\n' {
        return (1, Some(Kind::LineEnd));
    }
    if (hash && first == '#') || (!hash && rest.starts_with("//")) {
        return (rest.find('\n').unwrap_or(rest.len()), None);
    }
    if !hash && rest.starts_with("/*") {
        return (rest.find("*/").map_or(rest.len(), |end| end + 2), None);
    }
    if first == '"' || first == '\'' {
        return string(rest, first);
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if is_word(first) {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        return (length, Some(Kind::Word(rest[..length].to_owned())));
    }
    let kind = (!first.is_whitespace()).then_some(Kind::Sign(first));
    (first.len_utf8(), kind)
}

fn string(rest: &str, quote: char) -> (usize, Option<Kind>) {
    let triple: String = [quote; 3].iter().collect();
    if let Some(body) = rest.strip_prefix(&triple) {
        let length = body.find(&triple).unwrap_or(body.len());
        return ((6 + length).min(rest.len()), Some(Kind::Text(body[..length].to_owned())));
    }
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // A string that is not closed ends with its line.
            '\n' => return (at, Some(Kind::Text(rest[1..at].to_owned()))),
            c if c == quote => return (at + 1, Some(Kind::Text(rest[1..at].to_owned()))),
            _ => {}
        }
    }
    (rest.len(), Some(Kind::Text(rest[1..].to_owned())))
}
