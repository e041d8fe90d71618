//! TOML with line numbers: best-effort parsing that keeps what comes before and after a fault.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::Lines;

/// A table of a document.
pub(crate) type Table<'a> = DeTable<'a>;
/// A value and its place.
pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A parsed document and the faults found in it.
pub(crate) struct Doc<'a> {
    /// The top-level table; holds what could be understood.
    pub root: Table<'a>,
    /// The lines of the text.
    pub lines: Lines,
    /// Line and message of every fault, in file order.
    pub faults: Vec<(u32, String)>,
}

/// Parses a text; the parser itself limits nesting and never fails as a whole.
pub(crate) fn parse(text: &str) -> Doc<'_> {
    let lines = Lines::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let faults = errors
        .iter()
        .map(|error| {
            let line = error.span().map_or(0, |span| lines.of(span.start.min(text.len())));
            (line, first_line(error.message()))
        })
        .collect();
    Doc { root: root.into_inner(), lines, faults }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

impl Doc<'_> {
    /// The 1-based line on which a value starts.
    pub(crate) fn line(&self, value: &Value) -> u32 {
        self.lines.of(value.span().start)
    }

    /// The line of the value behind a key, else of nothing.
    pub(crate) fn line_of(&self, table: &Table, key: &str) -> u32 {
        table.get(key).map_or(0, |value| self.line(value))
    }
}

/// The text of a string value.
pub(crate) fn as_text<'t>(value: &'t Value) -> Option<&'t str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

/// The text of a string or whole number.
pub(crate) fn scalar<'t>(value: &'t Value) -> Option<&'t str> {
    match value.get_ref() {
        DeValue::String(text) => Some(text),
        DeValue::Integer(number) => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}

/// The table of a value.
pub(crate) fn as_table<'t, 'a>(value: &'t Value<'a>) -> Option<&'t Table<'a>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The items of an array value; none for other values.
pub(crate) fn items<'t, 'a>(value: &'t Value<'a>) -> &'t [Value<'a>] {
    match value.get_ref() {
        DeValue::Array(array) => array,
        _ => &[],
    }
}

/// The string behind a key.
pub(crate) fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(as_text)
}

/// True when the value behind a key is `true`.
pub(crate) fn is_set(table: &Table, key: &str) -> bool {
    table.get(key).is_some_and(|value| matches!(value.get_ref(), DeValue::Boolean(true)))
}

/// The table behind a path of keys.
pub(crate) fn table<'t, 'a>(table: &'t Table<'a>, path: &[&str]) -> Option<&'t Table<'a>> {
    path.iter().try_fold(table, |table, key| table.get(*key).and_then(as_table))
}

/// The items of the array behind a key; none when there is no array.
pub(crate) fn list<'t, 'a>(table: &'t Table<'a>, key: &str) -> &'t [Value<'a>] {
    table.get(key).map_or(&[], items)
}

/// The tables in the array behind a key.
pub(crate) fn tables<'t, 'a>(table: &'t Table<'a>, key: &str) -> impl Iterator<Item = &'t Table<'a>> {
    list(table, key).iter().filter_map(as_table)
}

/// The strings in the array behind a key, or the one string that stands there.
pub(crate) fn texts<'t>(table: &'t Table, key: &str) -> Vec<&'t str> {
    match table.get(key) {
        Some(value) => as_text(value).into_iter().chain(items(value).iter().filter_map(as_text)).collect(),
        None => Vec::new(),
    }
}
