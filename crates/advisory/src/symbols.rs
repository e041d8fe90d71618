//! Vulnerable symbols: what in a package is vulnerable, with grade and origin.

use crate::record::{Affected, Record};
use faultline_package::{Ecosystem, Purl, Range};
use serde_json::Value;

/// How sure it is that the symbol is what is vulnerable. Ordered, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Package or module level only.
    S0,
    /// From the difference of two releases.
    S1,
    /// From a fix commit: many functions, or unconfirmed.
    S2,
    /// From a fix commit: few functions, confirmed.
    S3,
    /// Curated: named by the advisory, a symbols file or the user.
    S4,
}

impl Grade {
    /// The name used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Grade::S0 => "S0",
            Grade::S1 => "S1",
            Grade::S2 => "S2",
            Grade::S3 => "S3",
            Grade::S4 => "S4",
        }
    }
}

/// What kind of thing a symbol names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SymbolKind {
    /// A function outside of any class.
    Function,
    /// A function of a class or type.
    Method,
    /// A class or type: all its methods.
    Class,
    /// A field or property.
    Field,
    /// A constant or variable of a module.
    Constant,
    /// A module: being loaded is being called.
    Module,
}

impl SymbolKind {
    /// Every kind, in the order of documentation.
    pub const ALL: [SymbolKind; 6] = [
        SymbolKind::Function,
        SymbolKind::Method,
        SymbolKind::Class,
        SymbolKind::Field,
        SymbolKind::Constant,
        SymbolKind::Module,
    ];

    /// The word used in every output and in symbols files.
    pub fn as_str(self) -> &'static str {
        match self {
            SymbolKind::Function => "function",
            SymbolKind::Method => "method",
            SymbolKind::Class => "class",
            SymbolKind::Field => "field",
            SymbolKind::Constant => "constant",
            SymbolKind::Module => "module",
        }
    }

    /// The kind of a word.
    pub fn from_word(word: &str) -> Option<SymbolKind> {
        SymbolKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A vulnerable symbol of a package.
#[derive(Debug, Clone)]
pub struct SymbolSpec {
    /// The package, without a version.
    pub package: Purl,
    /// The symbol in the ecosystem's own naming, e.g. `lib/parse.js:parseObject`, `yaml.load`.
    pub symbol: String,
    /// What it names.
    pub kind: SymbolKind,
    /// How sure that is.
    pub grade: Grade,
    /// Where it is from, for people: `GO-2021-0113`, `symbols.toml:12`.
    pub origin: String,
    /// The package versions it holds for; all affected ones when `None`.
    pub versions: Option<Range>,
}

impl SymbolSpec {
    /// Whether it holds for a package version.
    pub fn applies_to(&self, version: &str) -> bool {
        self.versions.as_ref().is_none_or(|range| range.contains(version))
    }

    /// What makes two specs the same one.
    fn key(&self) -> (&Purl, &str, SymbolKind) {
        (&self.package, &self.symbol, self.kind)
    }
}

/// The symbols that records name, once each with the best grade, by package and symbol.
pub fn declared(records: &[Record]) -> Vec<SymbolSpec> {
    let mut specs: Vec<SymbolSpec> = Vec::new();
    for record in records.iter().filter(|record| record.withdrawn.is_none()) {
        for affected in &record.affected {
            specs.extend(of_entry(record, affected));
        }
    }
    tidy(specs)
}

/// Orders specs and keeps the best grade of each symbol.
pub(crate) fn tidy(mut specs: Vec<SymbolSpec>) -> Vec<SymbolSpec> {
    let versions = |spec: &SymbolSpec| spec.versions.as_ref().map(|range| range.as_str().to_owned());
    specs.sort_by(|a, b| {
        a.key().cmp(&b.key()).then_with(|| b.grade.cmp(&a.grade)).then_with(|| a.origin.cmp(&b.origin))
    });
    specs.dedup_by(|b, a| a.key() == b.key() && versions(a) == versions(b));
    specs
}

fn of_entry(record: &Record, affected: &Affected) -> Vec<SymbolSpec> {
    let Some(package) = affected.package() else { return Vec::new() };
    let json = affected.ecosystem_specific.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
    let Some(specific) = json else { return Vec::new() };
    let ecosystem = package.ecosystem();
    let mut found = Vec::new();
    for import in items(specific.get("imports")) {
        found.extend(imported(ecosystem, import));
    }
    for list in [specific.get("affected_functions"), specific.pointer("/affects/functions"), specific.get("functions")]
    {
        found.extend(names(list).map(|name| (kind_of(ecosystem, &name), Grade::S4, name)));
    }
    let spec = |(kind, grade, symbol)| SymbolSpec {
        package: package.clone(),
        symbol,
        kind,
        grade,
        origin: record.id.clone(),
        versions: None,
    };
    found.into_iter().filter(|(_, _, symbol)| !symbol.is_empty()).map(spec).collect()
}

/// Go `{path, symbols}` and Python `{modules, attribute}` or `{name}`. A path without symbols is a module only.
fn imported(ecosystem: Ecosystem, import: &Value) -> Vec<(SymbolKind, Grade, String)> {
    if let Some(path) = import.get("path").and_then(Value::as_str) {
        let symbols: Vec<String> = names(import.get("symbols")).collect();
        if symbols.is_empty() && ecosystem == Ecosystem::Go {
            // The curators say so where the whole package is vulnerable: any function of it.
            return vec![(SymbolKind::Function, Grade::S4, format!("{path}.*"))];
        }
        if symbols.is_empty() {
            return vec![(SymbolKind::Module, Grade::S0, path.to_owned())];
        }
        let separator = if ecosystem == Ecosystem::Cargo { "::" } else { "." };
        return symbols
            .into_iter()
            .map(|symbol| (kind_of(ecosystem, &symbol), Grade::S4, format!("{path}{separator}{symbol}")))
            .collect();
    }
    let attribute = import.get("attribute").or_else(|| import.get("name")).and_then(Value::as_str).unwrap_or_default();
    let modules: Vec<String> = names(import.get("modules")).collect();
    if attribute.is_empty() {
        return modules.into_iter().map(|module| (SymbolKind::Module, Grade::S0, module)).collect();
    }
    if modules.is_empty() {
        return vec![(kind_of(ecosystem, attribute), Grade::S4, attribute.to_owned())];
    }
    let names = modules.into_iter().map(|module| format!("{module}.{attribute}"));
    names.map(|name| (kind_of(ecosystem, &name), Grade::S4, name)).collect()
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Names from a list of texts or from the keys of an object.
fn names(value: Option<&Value>) -> impl Iterator<Item = String> {
    let list = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let keys = value.and_then(Value::as_object).into_iter().flat_map(|object| object.keys()).map(String::as_str);
    list.chain(keys).map(|name| name.trim().trim_end_matches("()").to_owned())
}

/// Advisories do not say the kind; the naming customs of the language do.
fn kind_of(ecosystem: Ecosystem, name: &str) -> SymbolKind {
    let parts: Vec<&str> = name.split(['.', ':', '#', '/']).filter(|part| !part.is_empty()).collect();
    let capital = |part: Option<&&str>| part.is_some_and(|part| part.starts_with(char::is_uppercase));
    let owner = parts.len().checked_sub(2).and_then(|index| parts.get(index));
    match ecosystem {
        Ecosystem::Go if owner.is_some() => SymbolKind::Method,
        Ecosystem::Go => SymbolKind::Function,
        _ if capital(owner) => SymbolKind::Method,
        _ if capital(parts.last()) && parts.last().is_some_and(|part| part.chars().any(char::is_lowercase)) => {
            SymbolKind::Class
        }
        _ => SymbolKind::Function,
    }
}
