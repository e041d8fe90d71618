//! One tree with line numbers for JSON, JSON with comments, YAML and yarn's own syntax.

use std::borrow::Cow;
use std::collections::HashMap;

use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ast, common::Ranged, parse_to_ast};
use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::text::{Lines, MAX_NESTING, to_line};

/// A line and what is wrong there.
pub type Fault = (u32, String);

/// A value and the line on which it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<'a> {
    /// 1-based line.
    pub line: u32,
    /// The value.
    pub value: Value<'a>,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Text, and numbers as written.
    Text(Cow<'a, str>),
    /// A number as written.
    Number(Cow<'a, str>),
    /// A sequence.
    List(Vec<Item<'a>>),
    /// A mapping in the file's order.
    Map(Vec<Entry<'a>>),
}

/// One pair of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// 1-based line of the key.
    pub line: u32,
    /// The value.
    pub item: Item<'a>,
}

impl<'a> Item<'a> {
    /// The value behind a key; the last one where a key stands twice, as package managers read it.
    pub fn get(&self, key: &str) -> Option<&Item<'a>> {
        self.entries().iter().rev().find(|e| e.key == key).map(|e| &e.item)
    }

    /// Every key with its value, for mappings that are looked into often; the last one counts.
    pub fn index(&self) -> HashMap<&str, &Item<'a>> {
        self.entries().iter().map(|e| (&*e.key, &e.item)).collect()
    }

    /// Text or number behind a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Item::text)
    }

    /// True when the key's value is `true`.
    pub fn is_set(&self, key: &str) -> bool {
        self.get(key).is_some_and(|item| item.value == Value::Bool(true))
    }

    /// The pairs of the mapping behind a key; none when there is no mapping.
    pub fn entries_of(&self, key: &str) -> &[Entry<'a>] {
        self.get(key).map_or(&[], Item::entries)
    }

    /// The pairs of a mapping; none for other values.
    pub fn entries(&self) -> &[Entry<'a>] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none for other values.
    pub fn items(&self) -> &[Item<'a>] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// Text or number.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            _ => None,
        }
    }

    /// True for a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }
}

/// Reads strict JSON, or JSON with comments and trailing commas.
pub fn json(text: &str, comments: bool) -> Result<Item<'_>, Fault> {
    check_size(text)?;
    let lines = Lines::new(text);
    let options = ParseOptions {
        allow_comments: comments,
        allow_loose_object_property_names: false,
        allow_trailing_commas: comments,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed =
        parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| json_fault(&error, &lines, text))?;
    match parsed.value {
        Some(value) => Ok(from_json(value, &lines)),
        None => Err((1, "is empty: restore or regenerate it".to_owned())),
    }
}

fn json_fault(error: &ParseError, lines: &Lines, text: &str) -> Fault {
    let start = lines.of(error.range().start);
    let what = match error.kind() {
        ParseErrorKind::UnterminatedObject => "object",
        ParseErrorKind::UnterminatedArray => "list",
        kind => {
            let mut why = kind.to_string();
            why.get_mut(..1).map(str::make_ascii_lowercase);
            return (start, format!("is not valid JSON: {why}; restore or regenerate it"));
        }
    };
    let end = lines.of(text.trim_end().len());
    (end, format!("is cut off: the {what} that starts in line {start} does not end; restore or regenerate it"))
}

fn from_json<'a>(value: ast::Value<'a>, lines: &Lines) -> Item<'a> {
    let line = lines.of(value.range().start);
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(lit) => Value::Bool(lit.value),
        ast::Value::StringLit(lit) => Value::Text(lit.value),
        ast::Value::NumberLit(lit) => Value::Number(Cow::Borrowed(lit.value)),
        ast::Value::Array(array) => Value::List(array.elements.into_iter().map(|v| from_json(v, lines)).collect()),
        ast::Value::Object(object) => {
            Value::Map(object.properties.into_iter().map(|p| from_property(p, lines)).collect())
        }
    };
    Item { line, value }
}

fn from_property<'a>(property: ast::ObjectProp<'a>, lines: &Lines) -> Entry<'a> {
    let line = lines.of(property.range.start);
    let key = match property.name {
        ast::ObjectPropName::String(lit) => lit.value,
        ast::ObjectPropName::Word(lit) => Cow::Borrowed(lit.value),
    };
    Entry { key, line, item: from_json(property.value, lines) }
}

/// Most values that one file may hold; far beyond the largest lockfiles, and what memory bears.
const MAX_VALUES: usize = 4_000_000;

/// Refuses text that nests too deeply for a recursive parser, or holds more values than memory bears.
fn check_size(text: &str) -> Result<(), Fault> {
    let (mut depth, mut values, mut line, mut quoted, mut escaped) = (0usize, 0usize, 1usize, false, false);
    for byte in text.bytes() {
        line += usize::from(byte == b'\n');
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'\n' => quoted = false,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err((to_line(line), too_deep()));
        }
        if values > MAX_VALUES {
            return Err((to_line(line), too_many()));
        }
    }
    Ok(())
}

fn too_many() -> String {
    format!("holds more than {MAX_VALUES} values, which no package manager writes: regenerate it")
}

fn too_deep() -> String {
    format!("nests deeper than {MAX_NESTING} levels, which no package manager writes: regenerate it")
}

/// Most values that aliases may add; beyond it a document is taken for an attack.
const MAX_ALIASED: usize = 100_000;

/// Reads every document of a YAML file.
pub fn yaml(text: &str) -> Result<Vec<Item<'_>>, Fault> {
    let mut builder = YamlBuilder::default();
    for (count, event) in Parser::new_from_str(text).enumerate() {
        if count > MAX_VALUES {
            return Err((builder.line, too_many()));
        }
        let (event, span) = event.map_err(|error| {
            (to_line(error.marker().line()), format!("is not valid YAML: {}; restore or regenerate it", error.info()))
        })?;
        let line = to_line(span.start.line());
        builder.line = line;
        builder.event(event, line).map_err(|why| (line, why))?;
    }
    Ok(builder.documents)
}

/// An open sequence or mapping.
struct Frame<'a> {
    line: u32,
    anchor: usize,
    items: Vec<Item<'a>>,
    is_map: bool,
}

#[derive(Default)]
struct YamlBuilder<'a> {
    stack: Vec<Frame<'a>>,
    anchors: HashMap<usize, Item<'a>>,
    aliased: usize,
    line: u32,
    documents: Vec<Item<'a>>,
}

impl<'a> YamlBuilder<'a> {
    fn event(&mut self, event: Event<'a>, line: u32) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.value(Item { line, value: scalar(text, style) }, anchor);
                Ok(())
            }
            Event::SequenceStart(anchor, _) => self.open(line, anchor, false),
            Event::MappingStart(anchor, _) => self.open(line, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.stack.pop() {
                    let value = if frame.is_map { Value::Map(pairs(frame.items)) } else { Value::List(frame.items) };
                    self.value(Item { line: frame.line, value }, frame.anchor);
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor),
            _ => Ok(()),
        }
    }

    fn open(&mut self, line: u32, anchor: usize, is_map: bool) -> Result<(), String> {
        if self.stack.len() >= MAX_NESTING {
            return Err(too_deep());
        }
        self.stack.push(Frame { line, anchor, items: Vec::new(), is_map });
        Ok(())
    }

    fn value(&mut self, item: Item<'a>, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, item.clone());
        }
        match self.stack.last_mut() {
            Some(frame) => frame.items.push(item),
            None => self.documents.push(item),
        }
    }

    fn alias(&mut self, anchor: usize) -> Result<(), String> {
        let item =
            self.anchors.get(&anchor).cloned().ok_or("uses a YAML alias inside its own anchor: regenerate it")?;
        self.aliased += size(&item);
        if self.aliased > MAX_ALIASED || self.stack.len() + depth(&item) > MAX_NESTING {
            return Err("expands YAML aliases beyond all measure: regenerate it".to_owned());
        }
        self.value(item, 0);
        Ok(())
    }
}

fn size(item: &Item) -> usize {
    1 + item.items().iter().map(size).sum::<usize>() + item.entries().iter().map(|e| size(&e.item)).sum::<usize>()
}

fn depth(item: &Item) -> usize {
    let inner = item.items().iter().chain(item.entries().iter().map(|e| &e.item)).map(depth).max();
    inner.map_or(0, |d| d + 1)
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle) -> Value<'_> {
    match (&*text, style) {
        ("" | "~" | "null", ScalarStyle::Plain) => Value::Null,
        ("true", ScalarStyle::Plain) => Value::Bool(true),
        ("false", ScalarStyle::Plain) => Value::Bool(false),
        _ => Value::Text(text),
    }
}

/// Keys and values in turn to pairs; a key that is no text is dropped.
fn pairs(items: Vec<Item<'_>>) -> Vec<Entry<'_>> {
    let mut entries = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(item)) = (items.next(), items.next()) {
        if let Value::Text(text) | Value::Number(text) = key.value {
            entries.push(Entry { key: text, line: key.line, item });
        }
    }
    entries
}
