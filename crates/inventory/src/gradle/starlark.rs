//! The artifacts that `MODULE.bazel` and `WORKSPACE` files ask `rules_jvm_external` for.
//!
//! Texts, lists, sums of both and names of them are worked out; everything else is left out.

use std::collections::{HashMap, HashSet};

use super::tokens::{Kind, Token, tokens};

/// Who provides the rules.
const RULES: &str = "@rules_jvm_external//";

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

#[derive(Debug, Clone)]
enum Value {
    Text(u32, String),
    List(Vec<Value>),
    /// The module extension that installs artifacts.
    Extension,
    Unknown,
}

/// Line and coordinates of every artifact.
pub(super) fn artifacts(text: &str) -> Vec<(u32, String)> {
    let tokens: Vec<Token> = tokens(text, true).into_iter().filter(|token| token.kind != Kind::LineEnd).collect();
    let mut reader = Reader { tokens, at: 0, names: HashMap::new(), loaded: HashSet::new(), found: Vec::new() };
    reader.file();
    reader.found
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    names: HashMap<String, Value>,
    loaded: HashSet<String>,
    found: Vec<(u32, String)>,
}

/// Positional and named arguments.
type Arguments = (Vec<Value>, Vec<(String, Value)>);

impl Reader {
    fn file(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            let assigned = token.word().map(str::to_owned).filter(|_| self.sign_at(1, '=') && !self.sign_at(2, '='));
            if let Some(name) = assigned {
                self.at += 2;
                let value = self.sum(0);
                self.names.insert(name, value);
            } else {
                let before = self.at;
                self.sum(0);
                self.at = self.at.max(before + 1);
            }
        }
    }

    fn sign_at(&self, offset: usize, sign: char) -> bool {
        self.tokens.get(self.at + offset).is_some_and(|token| token.is(sign))
    }

    fn take(&mut self, sign: char) -> bool {
        let there = self.sign_at(0, sign);
        self.at += usize::from(there);
        there
    }

    fn sum(&mut self, depth: usize) -> Value {
        let mut value = self.term(depth);
        while self.take('+') {
            value = match (value, self.term(depth)) {
                (Value::Text(line, a), Value::Text(_, b)) if a.len() + b.len() < 4096 => Value::Text(line, a + &b),
                (Value::List(mut a), Value::List(b)) if a.len() + b.len() < 1_000_000 => {
                    a.extend(b);
                    Value::List(a)
                }
                _ => Value::Unknown,
            };
        }
        value
    }

    fn term(&mut self, depth: usize) -> Value {
        let Some(token) = self.tokens.get(self.at).cloned() else { return Value::Unknown };
        if depth > MAX_DEPTH {
            self.at += 1;
            return Value::Unknown;
        }
        match token.kind {
            Kind::Text(text) => {
                self.at += 1;
                Value::Text(token.line, text)
            }
            Kind::Sign(open @ ('[' | '(')) => {
                self.at += 1;
                let list = self.items(if open == '[' { ']' } else { ')' }, depth);
                Value::List(list.0)
            }
            Kind::Word(word) => {
                self.at += 1;
                self.named(word, token.line, depth)
            }
            _ => Value::Unknown,
        }
    }

    /// A name, `name.member`, and calls of both.
    fn named(&mut self, mut name: String, line: u32, depth: usize) -> Value {
        while self.sign_at(0, '.') {
            let Some(member) = self.tokens.get(self.at + 1).and_then(Token::word) else { break };
            name = format!("{name}.{member}");
            self.at += 2;
        }
        if self.take('(') {
            let arguments = self.items(')', depth);
            return self.call(&name, line, arguments);
        }
        self.names.get(&name).cloned().unwrap_or(Value::Unknown)
    }

    fn items(&mut self, close: char, depth: usize) -> Arguments {
        let (mut values, mut named) = (Vec::new(), Vec::new());
        while self.at < self.tokens.len() && !self.take(close) {
            let name = self.tokens[self.at].word().map(str::to_owned).filter(|_| self.sign_at(1, '='));
            let before = self.at;
            self.at += if name.is_some() { 2 } else { 0 };
            let value = self.sum(depth + 1);
            match name {
                Some(name) => named.push((name, value)),
                None => values.push(value),
            }
            // What is not understood is passed over sign by sign.
            if !self.take(',') && !self.sign_at(0, close) {
                self.at = self.at.max(before + 1);
                values.pop();
            }
        }
        (values, named)
    }

    fn call(&mut self, name: &str, line: u32, (values, named): Arguments) -> Value {
        let text = |name: &str| named.iter().find(|(known, _)| known == name).and_then(|(_, value)| as_text(value));
        let position = |index: usize| values.get(index).and_then(as_text);
        let part = |name: &str, index: usize| text(name).or_else(|| position(index)).unwrap_or_default();
        match name {
            "load" if position(0).is_some_and(|file| file.starts_with(RULES)) => {
                self.loaded.extend(values.iter().skip(1).filter_map(as_text));
                self.loaded.extend(named.iter().map(|(alias, _)| alias.clone()));
            }
            "use_extension" if position(0).is_some_and(|file| file.starts_with(RULES)) => return Value::Extension,
            "maven.artifact" if !self.is_extension("maven") => {
                let coordinates = [part("group", 0), part("artifact", 1), part("version", 2)].join(":");
                return Value::Text(line, coordinates);
            }
            _ => {}
        }
        let (owner, member) = name.rsplit_once('.').unwrap_or(("", name));
        if (self.is_extension(owner) && member == "install") || (owner.is_empty() && self.loaded.contains(member)) {
            let list = named.iter().find(|(known, _)| known == "artifacts");
            if let Some((_, Value::List(list))) = list {
                self.found.extend(list.iter().filter_map(|v| match v {
                    Value::Text(line, text) => Some((*line, text.clone())),
                    _ => None,
                }));
            }
        } else if self.is_extension(owner) && member == "artifact" {
            let coordinates = [part("group", 0), part("artifact", 1), part("version", 2)].join(":");
            self.found.push((line, coordinates));
        }
        Value::Unknown
    }

    fn is_extension(&self, name: &str) -> bool {
        matches!(self.names.get(name), Some(Value::Extension))
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(_, text) => Some(text.clone()),
        _ => None,
    }
}
