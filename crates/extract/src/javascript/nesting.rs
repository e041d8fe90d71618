//! How deep a text may nest, found in one pass before parsing: the parser recurses, and a stack overflow
//! cannot be caught.
//!
//! The estimate counts open brackets, and on each open level the operators and prefix words since the last
//! `;` or `,`, which bound the height of a chain such as `a + b + c` or `!!!x`. Strings, comments and
//! regular expressions are skipped the way an editor would.

/// Deepest nesting of brackets that is parsed. The parser tries `(` both ways, which takes memory with the
/// square of the depth.
const MAX_BRACKETS: u64 = 1200;
/// Builds without optimisation need twice the stack.
const BUILD: u64 = if cfg!(debug_assertions) { 2 } else { 1 };
/// Stack bytes that one bracket level may need.
const BRACKET: u64 = BUILD * (6 << 10);
/// Stack bytes that one operator in a chain may need.
const CHAIN: u64 = BUILD << 10;

/// Bytes of identifiers, keywords and numbers.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 0x80 || (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'_' | b'$' | b'\\');
        byte += 1;
    }
    table
};

/// What a word does to nesting.
enum Role {
    /// An operand.
    Name,
    /// Continues what stands before it.
    Link,
    /// Stands before a condition in parentheses.
    Head,
    /// A prefix operator.
    Prefix,
    /// Stands before an expression.
    Lead,
}

#[expect(clippy::match_same_arms, reason = "a table by word; patterns of bytes compile to comparisons of bytes")]
fn role(word: &[u8]) -> Role {
    match word {
        [b'i', b'n'] | [b'o', b'f'] | [b'a', b's'] => Role::Link,
        [b'e', b'l', b's', b'e'] => Role::Link,
        [b'e', b'x', b't', b'e', b'n', b'd', b's'] => Role::Link,
        [b'i', b'n', b's', b't', b'a', b'n', b'c', b'e', b'o', b'f'] => Role::Link,
        [b'i', b'f'] | [b'f', b'o', b'r'] | [b'w', b'i', b't', b'h'] => Role::Head,
        [b'w', b'h', b'i', b'l', b'e'] | [b'c', b'a', b't', b'c', b'h'] => Role::Head,
        [b's', b'w', b'i', b't', b'c', b'h'] => Role::Head,
        [b'd', b'o'] | [b'n', b'e', b'w'] | [b'v', b'o', b'i', b'd'] => Role::Prefix,
        [b'a', b'w', b'a', b'i', b't'] | [b'y', b'i', b'e', b'l', b'd'] => Role::Prefix,
        [b'a', b's', b'y', b'n', b'c'] | [b'k', b'e', b'y', b'o', b'f'] => Role::Prefix,
        [b't', b'y', b'p', b'e', b'o', b'f'] | [b'd', b'e', b'l', b'e', b't', b'e'] => Role::Prefix,
        [b'c', b'a', b's', b'e'] | [b't', b'h', b'r', b'o', b'w'] => Role::Lead,
        [b'r', b'e', b't', b'u', b'r', b'n'] | [b'd', b'e', b'f', b'a', b'u', b'l', b't'] => Role::Lead,
        _ => Role::Name,
    }
}

/// What came before, for telling a division from a regular expression.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Operand,
    Operator,
}

/// What may have ended just before, unless the next word continues it.
#[derive(Clone, Copy, PartialEq)]
enum Ended {
    No,
    /// By `}`: an operator continues it too.
    Brace,
    /// By `;`: only `else` continues it.
    Semicolon,
}

#[derive(Clone, Copy)]
struct Level {
    /// Operators of the level around, to go on with.
    chain: u64,
    /// Opened by `${` in a template.
    in_template: bool,
    /// A regular expression may follow the closing bracket.
    then_operator: bool,
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// Operators on the innermost level.
    chain: u64,
    /// Operators on all open levels together.
    chains: u64,
    deepest: u64,
    brackets: u64,
    tags: u64,
    before: Before,
    ended: Ended,
    head: bool,
}

/// Estimated stack bytes for parsing and walking a text; `None` when it is not to be tried.
pub(super) fn stack_needed(text: &str) -> Option<u64> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        levels: Vec::new(),
        chain: 0,
        chains: 0,
        deepest: 0,
        brackets: 0,
        tags: 0,
        before: Before::Operator,
        ended: Ended::No,
        head: false,
    };
    while let Some(byte) = scan.bytes.get(scan.at).copied() {
        scan.token(byte);
    }
    scan.measure();
    (scan.brackets <= MAX_BRACKETS).then_some(scan.deepest)
}

impl Scan<'_> {
    fn token(&mut self, byte: u8) {
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' => self.space(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'\\' | 0x80.. => self.word(),
            b'0'..=b'9' => {
                self.skip_word();
                self.operand();
            }
            b'"' | b'\'' => self.string(byte),
            b'`' => self.template(),
            b'/' => self.slash(),
            b'(' | b'[' | b'{' => self.open(byte, false),
            b')' | b']' | b'}' => self.close(byte),
            b',' => self.comma(),
            b';' => self.semicolon(),
            b'<' => self.less(),
            _ => self.operator(),
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_word(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| !WORD[*byte as usize]).unwrap_or(rest.len());
    }

    fn space(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        self.head = false;
        match role(&self.bytes[start..self.at]) {
            Role::Name => {
                self.settle();
                self.before = Before::Operand;
            }
            Role::Link => self.link(),
            Role::Head => {
                self.settle();
                self.head = true;
                self.add(Before::Operator);
            }
            Role::Prefix => {
                self.settle();
                self.add(Before::Operator);
            }
            Role::Lead => {
                self.settle();
                self.before = Before::Operator;
            }
        }
    }

    /// An operator settles what a semicolon ended.
    fn go_on(&mut self) {
        if self.ended == Ended::Semicolon {
            self.reset();
        }
        self.ended = Ended::No;
    }

    /// A word that continues what stands before it.
    fn link(&mut self) {
        self.ended = Ended::No;
        self.add(Before::Operator);
    }

    /// After `}`, a new statement may have begun.
    fn settle(&mut self) {
        if self.ended != Ended::No {
            self.ended = Ended::No;
            self.reset();
        }
    }

    fn reset(&mut self) {
        self.measure();
        self.chains -= self.chain;
        self.chain = 0;
    }

    fn add(&mut self, before: Before) {
        self.before = before;
        self.chain += 1;
        self.chains += 1;
    }

    /// Called before anything ends, which is when the most is open.
    fn measure(&mut self) {
        let brackets = self.levels.len() as u64 + self.tags;
        self.brackets = self.brackets.max(brackets);
        self.deepest = self.deepest.max(brackets * BRACKET + self.chains * CHAIN);
    }

    fn operand(&mut self) {
        self.settle();
        self.head = false;
        self.before = Before::Operand;
    }

    fn operator(&mut self) {
        self.at += 1;
        self.go_on();
        self.head = false;
        self.add(Before::Operator);
    }

    fn comma(&mut self) {
        self.at += 1;
        self.ended = Ended::No;
        self.reset();
        self.before = Before::Operator;
    }

    fn semicolon(&mut self) {
        self.at += 1;
        self.go_on();
        self.ended = Ended::Semicolon;
        self.before = Before::Operator;
    }

    fn open(&mut self, byte: u8, in_template: bool) {
        self.at += if in_template { 2 } else { 1 };
        if byte == b'{' {
            self.settle();
        }
        self.go_on();
        self.add(Before::Operator);
        let then_operator = byte == b'{' || (byte == b'(' && self.head);
        self.head = false;
        self.levels.push(Level { chain: self.chain, in_template, then_operator });
        self.chain = 0;
    }

    fn close(&mut self, byte: u8) {
        self.at += 1;
        self.measure();
        let Some(level) = self.levels.pop() else {
            self.before = Before::Operand;
            return;
        };
        self.chains -= self.chain;
        self.chain = level.chain;
        self.before = if level.then_operator { Before::Operator } else { Before::Operand };
        self.ended = if byte == b'}' && !level.in_template { Ended::Brace } else { Ended::No };
        if level.in_template {
            self.template_text();
        }
    }

    fn string(&mut self, quote: u8) {
        self.operand();
        let mut at = self.at + 1;
        loop {
            match self.bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(byte) if *byte == quote => break,
                Some(b'\n') | None => {
                    self.at += 1;
                    return;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
    }

    fn template(&mut self) {
        self.operand();
        self.add(Before::Operand);
        self.at += 1;
        self.template_text();
    }

    fn template_text(&mut self) {
        loop {
            match self.bytes.get(self.at) {
                Some(b'\\') => self.at += 2,
                Some(b'`') => {
                    self.at += 1;
                    self.before = Before::Operand;
                    return;
                }
                Some(b'$') if self.peek(1) == b'{' => return self.open(b'{', true),
                Some(_) => self.at += 1,
                None => return,
            }
        }
    }

    fn slash(&mut self) {
        match self.peek(1) {
            b'/' => {
                let rest = &self.text[self.at..];
                self.at += rest.find('\n').unwrap_or(rest.len());
            }
            b'*' => {
                let rest = &self.text[self.at + 2..];
                let end = rest.find("*/");
                self.at += 2 + end.map_or(rest.len(), |end| end + 2);
            }
            b'>' if self.tags > 0 => {
                self.tags -= 1;
                self.operator();
            }
            _ if self.before == Before::Operator => self.regex(),
            _ => self.operator(),
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
                Some(b'/') if !in_class => break,
                Some(b'\n') | None => return self.operator(),
                Some(_) => {}
            }
            at += 1;
        }
        self.at = at + 1;
        self.operand();
    }

    /// `<name` where a value is expected opens an element, `</` closes one.
    fn less(&mut self) {
        let next = self.peek(1);
        if next == b'/' {
            self.tags = self.tags.saturating_sub(1);
            self.at += 1;
        } else if self.before == Before::Operator && (next.is_ascii_alphabetic() || next == b'>') {
            self.tags += 1;
        }
        self.add(Before::Operator);
        self.operator();
    }
}
