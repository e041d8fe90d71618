//! The ignore file: exposures that somebody answers for, with a reason and a last day. See `docs/ci.md`.

use faultline_exposure::model::{AdvisoryAnswer, Exposure};
use faultline_exposure::scan::{IgnoreEntry, Ignored, without_version};
use faultline_exposure::{Level, Verdict};
use faultline_package::Purl;
use toml_edit::{Document, Item, TableLike};

/// The name under which it is looked for in the root of a checkout.
pub const IGNORE_FILE: &str = "faultline-ignore.toml";

const KEYS: [&str; 6] = ["id", "package", "reason", "owner", "expires", "project"];

/// A fault of an ignore file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreFault {
    /// 1-based line.
    pub line: u32,
    /// What is wrong, with the remedy.
    pub why: String,
}

/// Reads an ignore file. With any fault no entry counts for certain, so the caller should stop.
pub fn parse_ignore_file(file: &str, text: &str) -> (Vec<IgnoreEntry>, Vec<IgnoreFault>) {
    let mut reader = Reader { file, text, faults: Vec::new() };
    let entries = match Document::parse(text) {
        Ok(document) => reader.entries(document.as_table()),
        Err(error) => {
            reader.fault(error.span().map_or(0, |s| s.start), error.message().trim().to_owned());
            Vec::new()
        }
    };
    (entries, reader.faults)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    faults: Vec<IgnoreFault>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> u32 {
        let before = self.text.get(..at).unwrap_or_default();
        u32::try_from(before.bytes().filter(|b| *b == b'\n').count() + 1).unwrap_or(u32::MAX)
    }

    fn fault(&mut self, at: usize, why: String) {
        self.faults.push(IgnoreFault { line: self.line(at), why });
    }

    fn entries(&mut self, root: &toml_edit::Table) -> Vec<IgnoreEntry> {
        for (key, item) in root.iter().filter(|(key, _)| *key != "ignore") {
            self.fault(start(item), format!("`{key}` is unknown here; entries are `[[ignore]]`"));
        }
        let Some(item) = root.get("ignore") else { return Vec::new() };
        let Some(tables) = item.as_array_of_tables() else {
            self.fault(start(item), "`ignore` is a list: write `[[ignore]]`".to_owned());
            return Vec::new();
        };
        tables.iter().filter_map(|table| self.entry(table, table.span().map_or(0, |s| s.start))).collect()
    }

    fn entry(&mut self, table: &dyn TableLike, at: usize) -> Option<IgnoreEntry> {
        let before = self.faults.len();
        for (key, item) in table.iter().filter(|(key, _)| !KEYS.contains(key)) {
            self.fault(start(item), format!("`{key}` is unknown; known are `{}`", KEYS.join("`, `")));
        }
        let [id, package, project] = ["id", "package", "project"].map(|key| self.text_of(table, key));
        let [reason, owner, expires] = ["reason", "owner", "expires"].map(|key| self.required(table, key, at));
        if id.is_none() && package.is_none() && self.faults.len() == before {
            self.fault(at, "the entry names neither an `id` nor a `package`".to_owned());
        }
        if let Some((text, at)) = &package
            && let Err(error) = Purl::parse(text)
        {
            self.fault(*at, error.to_string());
        }
        if let Some((day, at)) = expires.as_ref().filter(|(day, _)| !is_day(day)) {
            self.fault(*at, format!("`expires` is a day such as `2027-01-31`, not `{day}`"));
        }
        let (reason, owner, expires) = (reason?.0, owner?.0, expires?.0);
        let value = |field: Option<(String, usize)>| field.map(|(text, _)| text);
        (self.faults.len() == before).then(|| IgnoreEntry {
            id: value(id),
            package: value(package),
            project: value(project).map(|p| p.trim_matches('/').trim_start_matches("./").replace('\\', "/")),
            reason,
            owner,
            expires,
            file: self.file.to_owned(),
            line: self.line(at),
            matches: 0,
        })
    }

    /// A text, or a date: TOML has dates of its own.
    fn text_of(&mut self, table: &dyn TableLike, key: &str) -> Option<(String, usize)> {
        let item = table.get(key)?;
        let text = item.as_str().map(str::to_owned).or_else(|| item.as_datetime().map(ToString::to_string));
        match text {
            Some(text) if !text.trim().is_empty() || key == "project" => Some((text, start(item))),
            Some(_) => {
                self.fault(start(item), format!("`{key}` is empty"));
                None
            }
            None => {
                self.fault(start(item), format!("`{key}` must be a text in quotes"));
                None
            }
        }
    }

    fn required(&mut self, table: &dyn TableLike, key: &str, at: usize) -> Option<(String, usize)> {
        if table.get(key).is_none() {
            self.fault(at, format!("the entry has no `{key}`"));
            return None;
        }
        self.text_of(table, key)
    }
}

fn start(item: &Item) -> usize {
    item.span().map_or(0, |span| span.start)
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// What became of the entries of an ignore file.
#[derive(Default)]
pub(crate) struct Hidden {
    pub ignored: Vec<Ignored>,
    pub expired: Vec<IgnoreEntry>,
    pub unused: Vec<IgnoreEntry>,
}

/// Takes out of `exposures` what an entry hides on `today`.
pub(crate) fn hide(
    mut entries: Vec<IgnoreEntry>,
    exposures: &mut Vec<Exposure>,
    advisories: &[AdvisoryAnswer],
    today: &str,
) -> Hidden {
    for entry in &mut entries {
        entry.matches = exposures.iter().filter(|e| speaks_of(entry, e, advisories)).count();
    }
    let (live, expired): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.expires.as_str() >= today);
    let mut ignored = Vec::new();
    for exposure in std::mem::take(exposures) {
        match live.iter().find(|entry| speaks_of(entry, &exposure, advisories)) {
            None => exposures.push(exposure),
            Some(entry) => {
                let path_found = exposure.verdict == Verdict::PathFound || exposure.level >= Level::Called;
                ignored.push(Ignored { entry: entry.clone(), path_found, exposure });
            }
        }
    }
    let unused = live.into_iter().filter(|entry| entry.matches == 0).collect();
    Hidden { ignored, expired, unused }
}

fn speaks_of(entry: &IgnoreEntry, exposure: &Exposure, advisories: &[AdvisoryAnswer]) -> bool {
    let group = exposure.advisory.as_deref().unwrap_or_default();
    let names = |id: &str| {
        group.eq_ignore_ascii_case(id)
            || advisories.iter().any(|a| a.id == group && a.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id)))
    };
    entry.id.as_deref().is_none_or(names)
        && entry.package.as_deref().is_none_or(|package| is_package(package, &exposure.package))
        && entry
            .project
            .as_deref()
            .is_none_or(|project| project == exposure.project || (project == "." && exposure.project.is_empty()))
}

/// A package URL without a version names every version.
fn is_package(named: &str, found: &str) -> bool {
    let (Ok(named), Ok(purl)) = (Purl::parse(named), Purl::parse(found)) else { return false };
    match named.version() {
        Some(_) => named == purl,
        None => named.to_string() == without_version(found),
    }
}
