//! The part of an incremental sync that needs no network: which records are newer than what is known.

use crate::Problem;
use jiff::Timestamp;

/// One line of an export's list of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    /// When the record was changed.
    pub time: Timestamp,
    /// The record; in a list over all ecosystems with its folder (`npm/GHSA-…`).
    pub id: String,
}

/// Reads `modified_id.csv` (`TIME,ID` a line, newest first) down to the first line that is not newer than
/// `since`; without `since` all of it. Broken lines are problems and the rest goes on.
pub fn newer_than(file: &str, csv: &str, since: Option<Timestamp>) -> (Vec<Modified>, Vec<Problem>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (index, line) in csv.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match modified(line) {
            Ok(entry) if since.is_some_and(|since| entry.time <= since) => break,
            Ok(entry) => found.push(entry),
            Err(why) => problems.push(Problem { file: format!("{file}:{}", index + 1), why }),
        }
    }
    (found, problems)
}

fn modified(line: &str) -> Result<Modified, String> {
    let (time, id) = line.split_once(',').ok_or_else(|| format!("`{line}` is not a time and an id"))?;
    let time = time.trim().parse().map_err(|_| format!("`{time}` is not a time such as `2024-01-31T12:00:00Z`"))?;
    let id = id.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '/');
    if id.is_empty() || id.contains("..") || !id.chars().all(plain) {
        return Err(format!("`{id}` is not an id"));
    }
    Ok(Modified { time, id: id.to_owned() })
}
