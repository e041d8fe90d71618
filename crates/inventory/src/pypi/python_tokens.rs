//! Just enough of Python's tokens to find literals: names, plain strings, marks.

use std::borrow::Cow;

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// A name, a keyword or a number.
    Name(&'t str),
    /// A string without its quotes; neighbours are joined as Python does.
    Text(Cow<'t, str>),
    /// A string that is computed (`f"…"`) or has no end.
    Computed,
    /// Any other character that is not white space.
    Mark(char),
}

/// A token and its 1-based line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// What it is.
    pub word: Word<'t>,
    /// Where it starts.
    pub line: u32,
}

/// The tokens of a text; never fails.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner { text, at: 0, line: 1, found: Vec::new() };
    while scanner.at < text.len() {
        scanner.step();
    }
    scanner.found
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    found: Vec<Token<'t>>,
}

impl<'t> Scanner<'t> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else { return };
        match c {
            '\n' => {
                self.line += 1;
                self.at += 1;
            }
            '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => self.string("", rest),
            c if c.is_alphanumeric() || c == '_' => self.name(rest),
            c => {
                if !c.is_whitespace() && c != '\\' {
                    self.push(Word::Mark(c), self.line);
                }
                self.at += c.len_utf8();
            }
        }
    }

    fn push(&mut self, word: Word<'t>, line: u32) {
        self.found.push(Token { word, line });
    }

    /// A name, or the prefix of a string.
    fn name(&mut self, rest: &'t str) {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.at += end;
        let is_prefix = end <= 2 && name.bytes().all(|b| b"rRbBuUfF".contains(&b));
        if is_prefix && after.starts_with(['"', '\'']) {
            return self.string(name, after);
        }
        self.push(Word::Name(name), self.line);
    }

    fn string(&mut self, prefix: &str, rest: &'t str) {
        let start = self.line;
        let quote = &rest[..1];
        let triple = rest.starts_with(&quote.repeat(3));
        let width = if triple { 3 } else { 1 };
        let body = &rest[width..];
        let end = string_end(body, &rest[..width]);
        let inner = &body[..end.unwrap_or(body.len())];
        self.line += u32::try_from(inner.matches('\n').count()).unwrap_or(0);
        self.at += width + inner.len() + end.map_or(0, |_| width);
        let computed = end.is_none() || prefix.contains(['f', 'F']);
        let word = if computed { Word::Computed } else { Word::Text(unescape(inner, prefix)) };
        self.add_string(word, start);
    }

    /// Joins neighbouring strings.
    fn add_string(&mut self, word: Word<'t>, line: u32) {
        match (self.found.last_mut().map(|token| &mut token.word), word) {
            (Some(Word::Text(before)), Word::Text(text)) => before.to_mut().push_str(&text),
            (Some(before @ Word::Text(_)), Word::Computed) => *before = Word::Computed,
            (Some(Word::Computed), _) => {}
            (_, word) => self.push(word, line),
        }
    }
}

/// Offset of the closing quote; a one-line string also ends, without one, at the end of its line.
fn string_end(body: &str, quote: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\n' if quote.len() == 1 => return None,
            _ if bytes[at..].starts_with(quote.as_bytes()) => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn unescape<'t>(inner: &'t str, prefix: &str) -> Cow<'t, str> {
    if prefix.contains(['r', 'R']) || !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let simple = inner.replace("\\\n", "").replace("\\n", "\n").replace("\\t", "\t");
    Cow::Owned(simple.replace("\\'", "'").replace("\\\"", "\"").replace("\\\\", "\\"))
}
