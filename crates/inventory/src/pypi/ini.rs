//! The INI dialect of Python's `configparser`, with line numbers: `setup.cfg`, `entry_points.txt`.

/// A key of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Section name.
    pub section: String,
    /// Key in lower case, `-` as `_`.
    pub key: String,
    /// Key as written.
    pub written: String,
    /// 1-based line of the key.
    pub line: u32,
    /// Lines of the value that are neither empty nor comments, with their place.
    pub values: Vec<(u32, String)>,
}

impl Entry {
    /// The value in one line.
    pub(super) fn text(&self) -> &str {
        self.values.first().map_or("", |(_, text)| text.as_str())
    }
}

/// All entries of a text, in order. Lines that are no INI are skipped.
pub(super) fn parse(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut open = false;
    for (index, raw) in text.lines().enumerate() {
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if raw.starts_with(char::is_whitespace) && open {
            if let Some(last) = found.last_mut() {
                last.values.push((line, without_comment(trimmed).to_owned()));
            }
        } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            name.0.trim().clone_into(&mut section);
            open = false;
        } else if let Some(entry) = entry(&section, trimmed, line) {
            found.push(entry);
            open = true;
        }
    }
    found
}

fn entry(section: &str, text: &str, line: u32) -> Option<Entry> {
    let (key, value) = text.split_once(['=', ':'])?;
    let value = without_comment(value.trim());
    Some(Entry {
        section: section.to_owned(),
        key: key.trim().to_ascii_lowercase().replace('-', "_"),
        written: key.trim().to_owned(),
        line,
        values: if value.is_empty() { Vec::new() } else { vec![(line, value.to_owned())] },
    })
}

fn without_comment(text: &str) -> &str {
    text.split(" #").next().unwrap_or(text).trim()
}
