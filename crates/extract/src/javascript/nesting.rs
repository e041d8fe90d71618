//! How deep a text may nest, found in one pass before parsing: the parser recurses, and a stack overflow
//! cannot be caught.
//!
//! The estimate counts open brackets and elements, and for chains such as `a + b + c` or `!!!x` the bytes
//! that each open level has since its last `;`, `,` or `}`: a link takes at least one. Strings, comments and
//! regular expressions are skipped the way an editor would.

/// Deepest nesting of brackets that is parsed. The parser tries `(` both ways, which takes memory with the
/// square of the depth.
const MAX_BRACKETS: u64 = 1200;
/// Builds without optimisation need twice the stack.
const BUILD: u64 = if cfg!(debug_assertions) { 2 } else { 1 };
/// Stack bytes that one bracket level may need.
const BRACKET: u64 = BUILD * (6 << 10);
/// Stack bytes that one byte of a chain may need.
const CHAIN: u64 = BUILD * 512;
/// Bytes that a `<` counts for: type arguments take more than other links.
const ANGLE: u64 = 3;

/// Bytes that the scan stops at.
const STOP: [bool; 256] = table(b"()[]{};,'\"`/<");

/// Bytes of identifiers, keywords and numbers.
const WORD: [bool; 256] = {
    let mut words = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        words[byte] = byte >= 0x80 || (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'$' | b'\\');
        byte += 1;
    }
    words
};

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

struct Level {
    /// Chain bytes of the level around, to go on with.
    chain: u64,
    /// Where the bracket stands.
    opened: usize,
    /// Opened by `${` in a template.
    in_template: bool,
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// Where the part of the chain begins that is not in `chain` yet.
    from: usize,
    /// Chain bytes of the innermost level.
    chain: u64,
    /// Chain bytes of all levels around.
    outer: u64,
    tags: u64,
    /// Where the piece of code began that no bracket, `;` or `,` has ended yet.
    begun: usize,
    /// Where the bracket stood that was closed last.
    closed: usize,
    brackets: u64,
    deepest: u64,
}

/// Estimated stack bytes for parsing and walking a text; `None` when it is not to be tried.
pub(super) fn stack_needed(text: &str) -> Option<u64> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        levels: Vec::new(),
        from: 0,
        chain: 0,
        outer: 0,
        tags: 0,
        begun: 0,
        closed: 0,
        brackets: 0,
        deepest: 0,
    };
    while let Some(ahead) = scan.bytes[scan.at..].iter().position(|byte| STOP[*byte as usize]) {
        scan.at += ahead;
        scan.stop(scan.bytes[scan.at]);
    }
    scan.at = scan.bytes.len();
    scan.measure();
    (scan.brackets <= MAX_BRACKETS).then_some(scan.deepest)
}

impl Scan<'_> {
    fn stop(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.open(1, false),
            b')' | b']' | b'}' => self.close(byte),
            b',' => self.end(),
            b';' => self.end_unless_continued(),
            b'\'' | b'"' => self.string(byte),
            b'`' => {
                self.at += 1;
                self.template_text();
            }
            b'/' => self.slash(),
            _ => self.angle(),
        }
    }

    /// Adds what was passed to the chain.
    fn settle(&mut self) {
        self.chain += (self.at - self.from) as u64;
        self.from = self.at;
    }

    /// Moves on without adding to the chain.
    fn skip_to(&mut self, at: usize) {
        self.settle();
        self.at = at.min(self.bytes.len());
        self.from = self.at;
    }

    /// Called before anything ends, which is when the most is open.
    fn measure(&mut self) {
        self.settle();
        let brackets = self.levels.len() as u64 + self.tags + self.namespaces();
        self.brackets = self.brackets.max(brackets);
        self.deepest = self.deepest.max(brackets * BRACKET + (self.outer + self.chain) * CHAIN);
    }

    /// Parts of a name behind `namespace` or `module`: `a.b {}` nests like `a { namespace b {} }`.
    fn namespaces(&mut self) -> u64 {
        let piece = &self.bytes[self.begun.min(self.at)..self.at];
        self.begun = self.at;
        // Comments are no part of the chain, so that few pieces are looked into.
        if self.chain < 2 * MAX_BRACKETS {
            return 0;
        }
        let names = |word: &[u8]| piece.windows(word.len()).any(|window| window == word);
        let dots = piece.split(|byte| *byte == b'.').count() as u64;
        if dots > MAX_BRACKETS && (names(b"namespace") || names(b"module")) { dots } else { 0 }
    }

    fn end(&mut self) {
        self.at += 1;
        self.measure();
        self.chain = 0;
    }

    fn end_unless_continued(&mut self) {
        if self.next_word_continues(self.at + 1) {
            self.at += 1;
        } else {
            self.end();
        }
    }

    /// `else` and its like join what stands before a `;` or `}` with what follows.
    fn next_word_continues(&self, from: usize) -> bool {
        let rest = &self.bytes[from.min(self.bytes.len())..];
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        let rest = &rest[start..];
        let words: [&[u8]; 8] = [b"else", b"while", b"instanceof", b"in", b"as", b"satisfies", b"catch", b"finally"];
        words.iter().any(|word| rest.starts_with(word)) || rest.starts_with(b"/")
    }

    fn open(&mut self, length: usize, in_template: bool) {
        let opened = self.at;
        self.at += length;
        self.measure();
        self.levels.push(Level { chain: self.chain, opened, in_template });
        self.outer += self.chain;
        self.chain = 0;
    }

    fn close(&mut self, byte: u8) {
        self.at += 1;
        self.measure();
        let Some(level) = self.levels.pop() else { return };
        self.outer -= level.chain;
        self.chain = level.chain;
        self.closed = level.opened;
        if level.in_template {
            self.template_text();
        } else if byte == b'}' && self.statement_may_end() {
            self.chain = 0;
        }
    }

    /// After `}`: a word that begins a statement, or another bracket.
    fn statement_may_end(&self) -> bool {
        let rest = &self.bytes[self.at..];
        let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
        next.is_some_and(|next| WORD[*next as usize] || matches!(next, b'{' | b'}' | b'@' | b'#'))
            && !self.next_word_continues(self.at)
    }

    fn string(&mut self, quote: u8) {
        let mut at = self.at + 1;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(byte) if *byte == quote => return self.skip_to(at + 1),
                // Not a string after all, perhaps in the text of an element.
                Some(b'\n') | None => {
                    self.at += 1;
                    return;
                }
                Some(_) => at += 1,
            }
        }
    }

    fn template_text(&mut self) {
        let mut at = self.at;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(b'`') => {
                    self.skip_to(at);
                    self.at += 1;
                    return;
                }
                Some(b'$') if self.bytes.get(at + 1) == Some(&b'{') => {
                    self.skip_to(at);
                    return self.open(2, true);
                }
                Some(_) => at += 1,
                None => return self.skip_to(at),
            }
        }
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => {
                let rest = &self.text[self.at..];
                self.skip_to(self.at + rest.find('\n').unwrap_or(rest.len()));
            }
            Some(b'*') => {
                let rest = &self.text[self.at + 2..];
                self.skip_to(self.at + 2 + rest.find("*/").map_or(rest.len(), |end| end + 2));
            }
            Some(b'>') if self.tags > 0 => {
                self.measure();
                self.tags -= 1;
                self.at += 1;
            }
            _ if self.value_expected(self.at) => self.regex(),
            _ => self.at += 1,
        }
    }

    fn regex(&mut self) {
        let mut at = self.at + 1;
        let mut in_class = false;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') => at += 1,
                Some(b'[') => in_class = true,
                Some(b']') => in_class = false,
                Some(b'/') if !in_class => return self.skip_to(at + 1),
                Some(b'\n') | None => {
                    self.at += 1;
                    return;
                }
                Some(_) => {}
            }
            at += 1;
        }
    }

    /// A value, not an operator, is expected at a place: so `/` begins a regular expression.
    fn value_expected(&self, at: usize) -> bool {
        let before = self.bytes[..at].trim_ascii_end();
        match before.last() {
            Some(b']' | b'\'' | b'"' | b'`') => false,
            Some(b')') => self.is_condition(self.closed),
            Some(byte) if WORD[*byte as usize] => leads_a_value(last_word(before)),
            _ => true,
        }
    }

    /// The parenthesis there holds the condition of a statement.
    fn is_condition(&self, opened: usize) -> bool {
        let before = self.bytes[..opened].trim_ascii_end();
        matches!(last_word(before), b"if" | b"while" | b"for" | b"with")
    }

    /// `<name` where a value is expected opens an element, `</` closes one.
    fn angle(&mut self) {
        self.chain += ANGLE;
        let next = self.bytes.get(self.at + 1).copied().unwrap_or(0);
        if next == b'/' {
            self.measure();
            self.tags = self.tags.saturating_sub(1);
            self.at += 1;
        } else if (next.is_ascii_alphabetic() || next == b'>') && self.value_expected(self.at) {
            self.tags += 1;
        }
        self.at += 1;
    }
}

fn last_word(before: &[u8]) -> &[u8] {
    let start = before.iter().rposition(|byte| !WORD[*byte as usize]).map_or(0, |at| at + 1);
    &before[start..]
}

fn leads_a_value(word: &[u8]) -> bool {
    matches!(
        word,
        b"return"
            | b"typeof"
            | b"case"
            | b"in"
            | b"of"
            | b"do"
            | b"else"
            | b"void"
            | b"delete"
            | b"throw"
            | b"new"
            | b"await"
            | b"yield"
            | b"instanceof"
            | b"default"
    )
}
