//! The syntax of yarn 1's `yarn.lock`: indented keys and values, much like YAML but not quite.

use std::borrow::Cow;

use super::doc::{Entry, Fault, Item, Value};
use crate::text::to_line;

/// One entry: the descriptors that it answers, and its fields.
pub struct Block<'a> {
    /// `name@range` texts.
    pub keys: Vec<Cow<'a, str>>,
    /// 1-based line of the keys.
    pub line: u32,
    /// Its fields; nested maps for dependency groups.
    pub item: Item<'a>,
}

/// Most lines without sense before the file is given up.
const MAX_FAULTS: usize = 1000;

/// Reads all entries; lines that make no sense are faults.
pub fn parse<'a>(text: &'a str, faults: &mut Vec<Fault>) -> Vec<Block<'a>> {
    let mut reader = Reader::default();
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let content = raw.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if let Err(why) = reader.line(indent(raw), content, line) {
            faults.push((line, why));
            if faults.len() == MAX_FAULTS {
                break;
            }
        }
    }
    reader.blocks
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

#[derive(Default)]
struct Reader<'a> {
    blocks: Vec<Block<'a>>,
    /// The open group (`dependencies:`) and the indentation of its key.
    group: Option<usize>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, indent: usize, content: &'a str, line: u32) -> Result<(), String> {
        let (words, is_key) = words(content)?;
        if indent == 0 {
            self.group = None;
            if !is_key {
                return Err(format!("`{}` is no entry of a yarn lockfile", shorten(content)));
            }
            let item = Item { line, value: Value::Map(Vec::new()) };
            self.blocks.push(Block { keys: words, line, item });
            return Ok(());
        }
        self.field(indent, words, is_key, line).ok_or_else(|| format!("`{}` is no field", shorten(content)))
    }

    fn field(&mut self, indent: usize, words: Vec<Cow<'a, str>>, is_key: bool, line: u32) -> Option<()> {
        if self.group.is_some_and(|group| indent <= group) {
            self.group = None;
        }
        let in_group = self.group.is_some();
        let mut fields = fields_of(&mut self.blocks.last_mut()?.item)?;
        if in_group {
            fields = fields_of(&mut fields.last_mut()?.item)?;
        }
        let mut words = words.into_iter();
        let key = words.next()?;
        let value = if is_key { Value::Map(Vec::new()) } else { Value::Text(words.next()?) };
        if is_key && !in_group {
            self.group = Some(indent);
        }
        fields.push(Entry { key, line, item: Item { line, value } });
        Some(())
    }
}

fn fields_of<'a, 'i>(item: &'i mut Item<'a>) -> Option<&'i mut Vec<Entry<'a>>> {
    match &mut item.value {
        Value::Map(fields) => Some(fields),
        _ => None,
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The words of a line, quotes taken off, and whether it ends with a colon and so opens something.
fn words(content: &str) -> Result<(Vec<Cow<'_, str>>, bool), String> {
    let mut out = Vec::new();
    let mut rest = content;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Ok((out, false));
        }
        if rest == ":" {
            return Ok((out, true));
        }
        let (word, left) = if rest.starts_with('"') { quoted(rest)? } else { bare(rest) };
        out.push(word);
        rest = left;
    }
}

fn quoted(text: &str) -> Result<(Cow<'_, str>, &str), String> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let literal = &text[..=at];
                let word = if literal.contains('\\') {
                    Cow::Owned(serde_json::from_str(literal).map_err(|_| "a quoted text has a bad escape")?)
                } else {
                    Cow::Borrowed(&text[1..at])
                };
                return Ok((word, &text[at + 1..]));
            }
            _ => {}
        }
    }
    Err("a quoted text does not end".to_owned())
}

/// A bare word ends at white space, a comma, or the colon that ends the line.
fn bare(text: &str) -> (Cow<'_, str>, &str) {
    let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
    let (mut word, rest) = text.split_at(end);
    if rest.is_empty() && word.len() > 1 && word.ends_with(':') {
        word = &word[..word.len() - 1];
        return (Cow::Borrowed(word), ":");
    }
    (Cow::Borrowed(word), rest)
}
