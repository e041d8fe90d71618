//! What went wrong while the files of one project were read.

use std::collections::HashMap;

use faultline_package::{Location, Reason};

use super::toml_doc::{self as toml, Doc};
use crate::Incomplete;

/// Files that could not be read, and remarks about single entries.
#[derive(Default)]
pub(super) struct Problems {
    /// Files that could not be read or understood.
    pub incomplete: Vec<Incomplete>,
    /// Reasons of the project.
    pub reasons: Vec<Reason>,
    /// How often a code was given for a file.
    counts: HashMap<(String, String), usize>,
}

/// Reasons of one code and file that are told one by one; more are counted.
const MOST_REASONS: usize = 10;

/// Code of entries that were left out.
const SKIPPED: &str = "entries_skipped";

impl Problems {
    /// Takes over everything from another list.
    pub(super) fn append(&mut self, other: &mut Problems) {
        self.incomplete.append(&mut other.incomplete);
        self.reasons.append(&mut other.reasons);
        self.counts.extend(other.counts.drain());
    }

    /// Faults of a TOML text: the first one with its line, and how many more there are.
    pub(super) fn toml(&mut self, file: &str, faults: &[(u32, String)]) {
        let Some((line, message)) = faults.first() else { return };
        let more = match faults.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let remedy = if file.contains("lock") { "generate it again" } else { "correct it" };
        self.broken(file, *line, format!("is not valid TOML: {message}{more}; {remedy}"));
    }

    /// A file that could not be read or understood.
    pub(super) fn broken(&mut self, file: &str, line: u32, why: String) {
        self.incomplete.push(Incomplete { file: file.to_owned(), line, why });
    }

    /// Notes a version of a format of which nobody knows what it means; the major number decides.
    pub(super) fn version(&mut self, file: &str, line: u32, found: &str, known: &[&str], tool: &str) {
        if known.contains(&found.split('.').next().unwrap_or(found)) {
            return;
        }
        let known = known.join(", ");
        let why = format!(
            "version {found} of this format is not known (known are {known}), so packages may be missing; regenerate it with a {tool} that writes one of these"
        );
        self.broken(file, line, why.clone());
        self.remark("lockfile_version_unknown", file, line, why);
    }

    /// The same for a value of a TOML document; older files have none.
    pub(super) fn toml_version(&mut self, file: &str, doc: &Doc, path: &[&str], known: &[&str], tool: &str) {
        let Some((key, tables)) = path.split_last() else { return };
        let Some(value) = toml::table(&doc.root, tables).and_then(|table| table.get(*key)) else { return };
        self.version(file, doc.line(value), toml::scalar(value).unwrap_or("of another type"), known, tool);
    }

    /// An entry that was left out or only half understood.
    pub(super) fn entry(&mut self, file: &str, line: u32, what: &str) {
        self.remark(SKIPPED, file, line, format!("{what}: correct it or generate the file again"));
    }

    /// A reason with a place.
    pub(super) fn remark(&mut self, code: &str, file: &str, line: u32, detail: String) {
        let count = self.counts.entry((code.to_owned(), file.to_owned())).or_default();
        *count += 1;
        if *count <= MOST_REASONS {
            let location = Some(Location { file: file.to_owned(), line });
            self.reasons.push(Reason { code: code.to_owned(), detail, location });
        }
    }

    /// Per lockfile or manifest one entry for all parts of it that were left out. Requirement files are free text, and
    /// installers skip lines of them too: there the project's reasons say it.
    pub(super) fn skipped(&self) -> Vec<Incomplete> {
        let free_text = |file: &str| [".txt", ".in"].iter().any(|end| file.ends_with(end));
        let counts = self.counts.iter().filter(|((code, file), _)| code == SKIPPED && !free_text(file));
        let mut found: Vec<Incomplete> =
            counts.filter_map(|((_, file), count)| self.skipped_of(file, *count)).collect();
        found.sort();
        found
    }

    fn skipped_of(&self, file: &str, count: usize) -> Option<Incomplete> {
        let of_file = |reason: &&Reason| {
            reason.code == SKIPPED && reason.location.as_ref().is_some_and(|location| location.file == file)
        };
        let first = self.reasons.iter().find(of_file)?;
        let why = match count {
            1 => format!("one entry was skipped: {}", first.detail),
            count => format!("{count} entries were skipped, the first because {}", first.detail),
        };
        Some(Incomplete { file: file.to_owned(), line: first.location.as_ref().map_or(0, |l| l.line), why })
    }

    /// All reasons, with the number of those that were only counted.
    pub(super) fn take_reasons(&mut self) -> Vec<Reason> {
        let mut found = std::mem::take(&mut self.reasons);
        for ((code, file), count) in self.counts.drain().filter(|(_, count)| *count > MOST_REASONS) {
            let detail = format!("{} more of the same in this file", count - MOST_REASONS);
            found.push(Reason { code, detail, location: Some(Location { file, line: 0 }) });
        }
        found
    }
}
