//! Source text to normalised tokens: layout, comments and the style of quotes do not count.

use faultline_facts::Language;

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Normalised text.
    pub text: String,
    /// 1-based.
    pub line: u32,
    /// 1-based, in bytes.
    pub column: u32,
    /// True when a statement may begin here.
    pub begins: bool,
}

/// The tokens of a file. Never fails: what is no token of the language is a token of one character.
pub(super) fn tokens(language: Language, text: &str) -> Vec<Token> {
    let python = language == Language::Python;
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        text,
        at: 0,
        line: 1,
        start: 0,
        depth: 0,
        python,
        fresh: true,
        out: Vec::new(),
    };
    let mut indents = vec![0];
    while lexer.at < lexer.bytes.len() {
        lexer.step(&mut indents);
    }
    without_optional(lexer.out, python)
}

struct Lexer<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    line: u32,
    /// Where the line begins.
    start: usize,
    /// Open brackets.
    depth: usize,
    python: bool,
    /// Nothing of this line was read.
    fresh: bool,
    out: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self, indents: &mut Vec<usize>) {
        let byte = self.bytes[self.at];
        match byte {
            b'\n' => {
                self.at += 1;
                self.newline();
            }
            _ if byte.is_ascii_whitespace() => self.at += 1,
            b'\\' if self.python && self.rest().starts_with(b"\\\n") => {
                self.at += 2;
                self.newline();
                self.fresh = false;
            }
            b'#' if self.python => self.skip_line(),
            b'/' if !self.python && self.rest().starts_with(b"//") => self.skip_line(),
            b'/' if !self.python && self.rest().starts_with(b"/*") => self.skip_until("*/"),
            _ => {
                if self.python && self.fresh && self.depth == 0 {
                    self.indent(indents);
                }
                self.token(byte);
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn newline(&mut self) {
        self.line += 1;
        self.start = self.at;
        self.fresh = true;
    }

    fn skip_line(&mut self) {
        self.at += self.rest().iter().position(|b| *b == b'\n').unwrap_or(self.rest().len());
    }

    /// Goes on behind the next `end`, counting lines.
    fn skip_until(&mut self, end: &str) {
        let from = (self.at + 1).min(self.bytes.len());
        let found = self.bytes[from..].windows(end.len()).position(|w| w == end.as_bytes());
        let stop = found.map_or(self.bytes.len(), |found| from + found + end.len());
        self.pass(stop);
    }

    /// Moves on to `stop`, counting lines.
    fn pass(&mut self, stop: usize) {
        for at in self.at..stop {
            if self.bytes[at] == b'\n' {
                self.line += 1;
                self.start = at + 1;
            }
        }
        self.at = stop;
    }

    /// Python: blocks are tokens, their width is not.
    fn indent(&mut self, indents: &mut Vec<usize>) {
        let width = self.at - self.start;
        if width > *indents.last().unwrap_or(&0) {
            indents.push(width);
            self.push("<indent>".to_owned(), self.at);
        }
        while width < *indents.last().unwrap_or(&0) {
            indents.pop();
            self.push("<dedent>".to_owned(), self.at);
        }
    }

    fn push(&mut self, text: String, from: usize) {
        let column = (from - self.start) as u32 + 1;
        let begins = self.fresh && self.depth == 0;
        self.out.push(Token { text, line: self.line, column, begins });
    }

    fn token(&mut self, byte: u8) {
        let from = self.at;
        let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || !b.is_ascii();
        if word(&byte) {
            let length = self.rest().iter().take_while(|b| word(b)).count();
            self.at += length;
            self.push(self.text.get(from..self.at).unwrap_or_default().to_owned(), from);
        } else if let Some(end) = self.literal_end(byte) {
            let text = self.normal(from, end, byte);
            self.push(text, from);
            self.pass(end);
        } else {
            self.push(char::from(byte).to_string(), from);
            self.at += 1;
            match byte {
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.fresh = false;
    }

    /// Quotes of one style; other literals as written.
    fn normal(&self, from: usize, end: usize, byte: u8) -> String {
        let raw = self.text.get(from..end).unwrap_or_default();
        match byte {
            b'\'' | b'"' => format!("\"{}\"", raw.trim_matches(char::from(byte))),
            _ => raw.to_owned(),
        }
    }

    /// Where a string or regular expression that begins here ends.
    fn literal_end(&self, byte: u8) -> Option<usize> {
        match byte {
            b'\'' | b'"' => {
                let triple = [byte; 3];
                let long = self.python && self.rest().starts_with(&triple);
                Some(if long { self.find_long(triple) } else { self.find_quote(byte, false) })
            }
            b'`' => Some(self.find_quote(b'`', true)),
            b'/' if !self.python && self.regex_may_stand() => Some(self.find_regex()),
            _ => None,
        }
    }

    fn find_long(&self, quote: [u8; 3]) -> usize {
        let mut at = self.at + 3;
        while at < self.bytes.len() && !self.bytes[at..].starts_with(&quote) {
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        (at + 3).min(self.bytes.len())
    }

    fn find_quote(&self, quote: u8, lines: bool) -> usize {
        let mut at = self.at + 1;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' => at += 1,
                b'\n' if !lines => return at,
                byte if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        self.bytes.len()
    }

    fn find_regex(&self) -> usize {
        let mut at = self.at + 1;
        let mut class = false;
        while at < self.bytes.len() {
            match self.bytes[at] {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return at + 1,
                b'\n' => return self.at + 1,
                _ => {}
            }
            at += 1;
        }
        self.at + 1
    }

    /// A slash after a value divides.
    fn regex_may_stand(&self) -> bool {
        let Some(last) = self.out.last() else { return true };
        let value = last.text.ends_with(|c: char| c.is_alphanumeric() || "_$)]}\"`/".contains(c));
        !value || matches!(last.text.as_str(), "return" | "typeof" | "case" | "in" | "of" | "delete" | "void")
    }
}

/// Leaves out what formatters add: semicolons and a comma before a closing bracket.
fn without_optional(tokens: Vec<Token>, python: bool) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let closes = matches!(token.text.as_str(), "]" | "}") || (token.text == ")" && !python);
        if closes && out.last().is_some_and(|last| last.text == ",") {
            out.pop();
        }
        if token.text != ";" {
            out.push(token);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(language: Language, text: &str) -> Vec<String> {
        tokens(language, text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn layout_comments_and_quotes_do_not_count() {
        let plain = "function f(a) { return a ? 'x' : /[/'\"]/g.test(a) }";
        let other = "// says\nfunction f(\n  a,\n) {\n  /* it */ return a\n    ? \"x\"\n    : /[/'\"]/g.test(a);\n}\n";
        assert_eq!(texts(Language::JavaScript, plain), texts(Language::JavaScript, other));
        assert_ne!(texts(Language::JavaScript, plain), texts(Language::JavaScript, &plain.replace('?', "&&")));
    }

    #[test]
    fn blocks_of_python_count_and_their_width_does_not() {
        let two = "def f(a):\n  if a:\n    g(a)\n  return 'x'  # why\n";
        let four = "def f(a):\n\n    if a:\n        g(\n            a)\n    return \"x\"\n";
        assert_eq!(texts(Language::Python, two), texts(Language::Python, four));
        let outside = "def f(a):\n  if a:\n    g(a)\n    return 'x'\n";
        assert_ne!(texts(Language::Python, two), texts(Language::Python, outside));
    }

    #[test]
    fn no_text_makes_it_fail() {
        for text in ["'", "\"\\", "`${", "/[", "/*", "'''", "\\", "é'ü\u{0}", ")]}"] {
            tokens(Language::JavaScript, text);
            tokens(Language::Python, text);
        }
    }
}
