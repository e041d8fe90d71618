//! The symbols file: vulnerable symbols stated by users. Its format is described in `docs/symbols-file.md`.

use crate::symbols::{Grade, SymbolKind, SymbolSpec, declared, tidy};
use crate::{Problem, Record};
use faultline_package::{Purl, Range};
use toml_edit::{Document, Item, Table, TableLike, Value};

/// The name under which it is looked for.
pub const SYMBOLS_FILE: &str = "faultline-symbols.toml";

/// Entries of symbols files, in their order.
#[derive(Debug, Clone, Default)]
pub struct SymbolsFile {
    /// One per `[[advisory]]`.
    pub entries: Vec<SymbolsEntry>,
}

/// One `[[advisory]]`.
#[derive(Debug, Clone)]
pub struct SymbolsEntry {
    /// Any id of the advisory.
    pub id: String,
    /// Whether symbols of other origins for this package are dropped.
    pub replace: bool,
    /// The symbols, grade S4.
    pub symbols: Vec<SymbolSpec>,
    /// Free text.
    pub note: Option<String>,
}

impl SymbolsFile {
    /// Reads a file. Each fault is a problem with its line; the entries without fault are kept.
    pub fn parse(file: &str, text: &str) -> (SymbolsFile, Vec<Problem>) {
        let mut reader = Reader { file, text, problems: Vec::new() };
        let mut entries = Vec::new();
        match Document::parse(text) {
            Err(error) => {
                let place = error.span().map_or(0, |span| span.start);
                reader.problem(Some(place), error.message().trim().to_owned());
            }
            Ok(document) => entries = reader.document(document.as_table()),
        }
        (SymbolsFile { entries }, reader.problems)
    }

    /// Appends the entries of another file.
    pub fn append(&mut self, mut other: SymbolsFile) {
        self.entries.append(&mut other.entries);
    }

    /// The symbols of an advisory: those its records declare, changed by the entries for any of its ids.
    pub fn apply(&self, records: &[Record]) -> Vec<SymbolSpec> {
        let mut specs = declared(records);
        let known = |id: &str| records.iter().flat_map(Record::ids).any(|known| known.eq_ignore_ascii_case(id));
        for entry in self.entries.iter().filter(|entry| known(&entry.id)) {
            if entry.replace {
                specs.retain(|spec| entry.symbols.iter().all(|own| own.package != spec.package));
            }
            specs.extend(entry.symbols.iter().cloned());
        }
        tidy(specs)
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

/// A fault and the byte where it is.
type Fault = (Option<usize>, String);

impl Reader<'_> {
    fn line(&self, place: Option<usize>) -> usize {
        let before = self.text.get(..place.unwrap_or(0)).unwrap_or_default();
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    fn problem(&mut self, place: Option<usize>, why: String) {
        let file = format!("{}:{}", self.file, self.line(place));
        self.problems.push(Problem { file, why });
    }

    fn document(&mut self, root: &Table) -> Vec<SymbolsEntry> {
        for (key, item) in root.iter().filter(|(key, _)| *key != "advisory") {
            self.problem(place(item), format!("`{key}` is unknown here; entries are `[[advisory]]`"));
        }
        let Some(item) = root.get("advisory") else { return Vec::new() };
        let tables: Vec<&dyn TableLike> = match item {
            Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            Item::Value(Value::Array(array)) => {
                array.iter().filter_map(|v| v.as_inline_table()).map(|table| table as &dyn TableLike).collect()
            }
            _ => {
                self.problem(place(item), "`advisory` is a list: write `[[advisory]]`".into());
                return Vec::new();
            }
        };
        tables.into_iter().filter_map(|table| self.entry(table)).collect()
    }

    fn entry(&mut self, table: &dyn TableLike) -> Option<SymbolsEntry> {
        let before = self.problems.len();
        self.unknown_keys(table, &["id", "package", "versions", "symbols", "note", "mode"]);
        let id = self.required(table, "id");
        let package = self.required(table, "package").and_then(|(text, at)| self.package(&text, at));
        let versions = self.versions(table, package.as_ref());
        let replace = self.mode(table);
        let symbols = self.symbols(table);
        let note = self.optional(table, "note").map(|(note, _)| note);
        let (id, package) = (id?.0, package?);
        if self.problems.len() > before {
            return None;
        }
        let spec = |(symbol, kind, line): (String, SymbolKind, usize)| SymbolSpec {
            package: package.clone(),
            symbol,
            kind,
            grade: Grade::S4,
            origin: format!("{}:{line}", self.file),
            versions: versions.clone(),
        };
        Some(SymbolsEntry { id, replace, symbols: symbols.into_iter().map(spec).collect(), note })
    }

    fn unknown_keys(&mut self, table: &dyn TableLike, known: &[&str]) {
        let unknown: Vec<Fault> = table
            .iter()
            .filter(|(key, _)| !known.contains(key))
            .map(|(key, item)| (place(item), format!("`{key}` is unknown; known are `{}`", known.join("`, `"))))
            .collect();
        for (at, why) in unknown {
            self.problem(at, why);
        }
    }

    fn optional(&mut self, table: &dyn TableLike, key: &str) -> Option<(String, Option<usize>)> {
        let item = table.get(key)?;
        if let Some(text) = item.as_str() {
            return Some((text.to_owned(), place(item)));
        }
        self.problem(place(item), format!("`{key}` must be a text in quotes"));
        None
    }

    fn required(&mut self, table: &dyn TableLike, key: &str) -> Option<(String, Option<usize>)> {
        if table.get(key).is_none() {
            let start = table.iter().find_map(|(_, item)| place(item));
            self.problem(start, format!("the entry has no `{key}`"));
            return None;
        }
        let found = self.optional(table, key)?;
        if found.0.trim().is_empty() {
            self.problem(found.1, format!("`{key}` is empty"));
            return None;
        }
        Some(found)
    }

    fn package(&mut self, text: &str, at: Option<usize>) -> Option<Purl> {
        match Purl::parse(text) {
            Ok(purl) if purl.version().is_some() => {
                self.problem(at, format!("`{text}` has a version; put it into `versions`"));
                None
            }
            Ok(purl) => Some(purl),
            Err(why) => {
                self.problem(at, why.to_string());
                None
            }
        }
    }

    fn versions(&mut self, table: &dyn TableLike, package: Option<&Purl>) -> Option<Range> {
        let (text, at) = self.optional(table, "versions")?;
        match Range::parse(package?.ecosystem(), &text) {
            Ok(range) => Some(range),
            Err(why) => {
                self.problem(at, why.to_string());
                None
            }
        }
    }

    fn mode(&mut self, table: &dyn TableLike) -> bool {
        match self.optional(table, "mode") {
            None => false,
            Some((word, _)) if word == "add" => false,
            Some((word, _)) if word == "replace" => true,
            Some((word, at)) => {
                self.problem(at, format!("`mode` is `add` or `replace`, not `{word}`"));
                false
            }
        }
    }

    fn symbols(&mut self, table: &dyn TableLike) -> Vec<(String, SymbolKind, usize)> {
        let Some(item) = table.get("symbols") else {
            let start = table.iter().find_map(|(_, item)| place(item));
            self.problem(start, "the entry has no `symbols`".into());
            return Vec::new();
        };
        if let Some(array) = item.as_array() {
            return array.iter().filter_map(|value| self.symbol_value(value)).collect();
        }
        if let Some(tables) = item.as_array_of_tables() {
            return tables.iter().filter_map(|t| self.symbol(t, t.span().map(|span| span.start))).collect();
        }
        self.problem(place(item), "`symbols` is a list of `{ name = \"…\", kind = \"…\" }`".into());
        Vec::new()
    }

    /// A text alone is a function.
    fn symbol_value(&mut self, value: &Value) -> Option<(String, SymbolKind, usize)> {
        let at = value.span().map(|span| span.start);
        if let Some(name) = value.as_str() {
            return Some((name.to_owned(), SymbolKind::Function, self.line(at)));
        }
        let Some(table) = value.as_inline_table() else {
            self.problem(at, "a symbol is `{ name = \"…\", kind = \"…\" }` or a name in quotes".into());
            return None;
        };
        self.symbol(table, at)
    }

    fn symbol(&mut self, table: &dyn TableLike, at: Option<usize>) -> Option<(String, SymbolKind, usize)> {
        self.unknown_keys(table, &["name", "kind"]);
        let (name, _) = self.required(table, "name")?;
        let Some((word, place)) = self.optional(table, "kind") else {
            return Some((name, SymbolKind::Function, self.line(at)));
        };
        let Some(kind) = SymbolKind::from_word(&word) else {
            let known = SymbolKind::ALL.map(SymbolKind::as_str).join("`, `");
            self.problem(place, format!("`{word}` is not a kind; kinds are `{known}`"));
            return None;
        };
        Some((name, kind, self.line(at)))
    }
}

fn place(item: &Item) -> Option<usize> {
    item.span().map(|span| span.start)
}
