//! `vendor/modules.txt`: what `go mod vendor` copied.

use crate::listing::Fault;
use crate::text::to_line;

use super::modfile::{is_folder, is_version};

/// A vendored module.
#[derive(Debug, Clone)]
pub(super) struct Vendored {
    /// Module path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// What takes its place: module with a version, or a folder without.
    pub replaced: Option<(String, Option<String>)>,
    /// True when `go.mod` names it.
    pub explicit: bool,
    /// Number of its packages that were copied.
    pub packages: usize,
    /// 1-based line.
    pub line: u32,
}

/// Reads a `modules.txt`.
pub(super) fn parse(text: &str) -> (Vec<Vendored>, Vec<Fault>) {
    let (mut found, mut faults): (Vec<Vendored>, Vec<Fault>) = (Vec::new(), Vec::new());
    let mut open = false;
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        if let Some(notes) = raw.strip_prefix("## ") {
            if let Some(module) = found.last_mut().filter(|_| open) {
                module.explicit |= notes.split(';').any(|note| note.trim() == "explicit");
            }
        } else if let Some(head) = raw.strip_prefix("# ") {
            open = false;
            match module(head, line) {
                Ok(Some(module)) => {
                    open = true;
                    found.push(module);
                }
                Ok(None) => {}
                Err(why) => faults.push((line, why)),
            }
        } else if let Some(module) = found.last_mut().filter(|_| open && !raw.trim().is_empty()) {
            module.packages += 1;
        }
    }
    (found, faults)
}

/// `path version`, `path version => target [version]`; replacements of every version end the file and say nothing.
fn module(head: &str, line: u32) -> Result<Option<Vendored>, String> {
    let words: Vec<&str> = head.split_whitespace().collect();
    let (path, version, replaced) = match words.as_slice() {
        [_, "=>", ..] => return Ok(None),
        [path, version] => (path, version, None),
        [path, version, "=>", folder] if is_folder(folder) => (path, version, Some(((*folder).to_owned(), None))),
        [path, version, "=>", target, other] if is_version(other) => {
            (path, version, Some(((*target).to_owned(), Some((*other).to_owned()))))
        }
        _ => return Err(format!("`# {head}` is not how go writes a module; run `go mod vendor`")),
    };
    if !is_version(version) {
        return Err(format!("`{version}` is no version of a module; run `go mod vendor`"));
    }
    if !fits(path, version) {
        return Err(format!("`{path}` cannot have the version {version}; run `go mod vendor`"));
    }
    let (path, version) = ((*path).to_owned(), (*version).to_owned());
    Ok(Some(Vendored { path, version, replaced, explicit: false, packages: 0, line }))
}

/// From version 2 on the major version stands in the module's path, unless the module is older than that rule.
fn fits(path: &str, version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or(path);
    let stated = last.strip_prefix('v').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    match stated.filter(|_| path.contains('/')) {
        Some(stated) => stated == major,
        None => matches!(major, "0" | "1") || version.ends_with("+incompatible") || path.starts_with("gopkg.in/"),
    }
}
