//! The line structure of requirement files: continuations, comments, options.

use super::requirements::{Via, via_name};

/// A logical line, its continuations joined and its comment cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Logical {
    /// 1-based line on which it starts.
    pub line: u32,
    /// Text without comment.
    pub text: String,
    /// The comment at its end, and the indented comments below it.
    pub comments: Vec<String>,
}

/// UTF-16 with a byte order mark as text; `None` for other bytes.
pub(super) fn utf16(bytes: &[u8]) -> Option<String> {
    let big = bytes.starts_with(&[0xFE, 0xFF]);
    if !big && !bytes.starts_with(&[0xFF, 0xFE]) {
        return None;
    }
    let unit =
        |pair: &[u8]| if big { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) };
    let units = bytes[2..].chunks_exact(2).map(unit);
    Some(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// Splits a text into logical lines that are not empty.
pub(super) fn split(text: &str) -> Vec<Logical> {
    let mut found: Vec<Logical> = Vec::new();
    let mut open: Option<Logical> = None;
    for (index, raw) in text.lines().enumerate() {
        let is_comment = raw.trim_start().starts_with('#');
        if is_comment {
            close(&mut found, open.take());
            if let Some(last) = found.last_mut().filter(|_| raw.starts_with(char::is_whitespace)) {
                last.comments.push(raw.trim().trim_start_matches('#').to_owned());
            }
            continue;
        }
        let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let logical = open.get_or_insert_with(|| Logical { line, ..Logical::default() });
        if let Some(part) = raw.trim_end().strip_suffix('\\') {
            logical.text.push_str(part);
            logical.text.push(' ');
        } else {
            logical.text.push_str(raw);
            close(&mut found, open.take());
        }
    }
    close(&mut found, open);
    found
}

fn close(found: &mut Vec<Logical>, open: Option<Logical>) {
    let Some(mut logical) = open else { return };
    if let Some(at) = comment_start(&logical.text) {
        logical.comments.push(logical.text[at..].trim_start_matches('#').to_owned());
        logical.text.truncate(at);
    }
    let text = logical.text.trim();
    if !text.is_empty() {
        found.push(Logical { text: text.to_owned(), ..logical });
    }
}

/// A `#` starts a comment at the start of the line or behind white space; elsewhere it is a URL fragment.
fn comment_start(text: &str) -> Option<usize> {
    text.match_indices('#').map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with(char::is_whitespace))
}

/// Requirement and per-requirement options of a line.
pub(super) fn split_options(text: &str) -> (&str, &str) {
    if text.starts_with('-') {
        return ("", text);
    }
    match text
        .match_indices(" -")
        .find(|(at, _)| text[at + 2..].starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()))
    {
        Some((at, _)) => (text[..at].trim_end(), text[at..].trim_start()),
        None => (text, ""),
    }
}

/// Options that stand on a line of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directive {
    /// `-r`.
    Include,
    /// `-c`.
    Constraint,
    /// `-e`.
    Editable,
    /// Says nothing about packages.
    Ignored,
}

const WITH_VALUE: [(&str, &str, Directive); 3] = [
    ("-r", "--requirement", Directive::Include),
    ("-c", "--constraint", Directive::Constraint),
    ("-e", "--editable", Directive::Editable),
];

const IGNORED: [&str; 17] = [
    "-i",
    "-f",
    "--index-url",
    "--pypi-url",
    "--extra-index-url",
    "--no-index",
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--pre",
    "--trusted-host",
    "--use-feature",
    "--always-unzip",
    "--no-deps",
    "--config-settings",
];

/// The option at the start of a line and its value; `None` for unknown ones.
pub(super) fn option(text: &str) -> Option<(Directive, &str)> {
    let text = text.trim();
    for (short, long, directive) in WITH_VALUE {
        if let Some(value) = text.strip_prefix(long).filter(|rest| rest.starts_with(['=', ' ', '\t'])) {
            return Some((directive, value.trim_start_matches('=').trim()));
        }
        if let Some(value) = text.strip_prefix(short).filter(|_| !text.starts_with("--")) {
            let value = value.trim();
            return (!value.is_empty() && !value.contains("==")).then_some((directive, value));
        }
    }
    let name = text.split(['=', ' ', '\t']).next().unwrap_or(text);
    let short = ["-i", "-f"].iter().any(|short| text.starts_with(short) && text.contains("://"));
    (short || IGNORED.contains(&name)).then_some((Directive::Ignored, ""))
}

/// What pip-compile or uv wrote about who asked for a package.
pub(super) fn via(comments: &[String]) -> Vec<Via> {
    let mut found = Vec::new();
    let mut inside = false;
    for comment in comments.iter().map(|comment| comment.trim()) {
        let rest = match comment.strip_prefix("via") {
            Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => {
                inside = true;
                rest
            }
            _ if inside => comment,
            _ => continue,
        };
        found.extend(rest.split(',').map(str::trim).filter(|part| !part.is_empty()).filter_map(one_via));
    }
    found
}

/// `-r file`, `name (pyproject.toml)` are the project; `-c file` asks for nothing.
fn one_via(text: &str) -> Option<Via> {
    if text.starts_with("-c ") || text.starts_with("--constraint") || text.starts_with("--override") {
        return None;
    }
    if text.starts_with('-') || text.contains('(') {
        return Some(Via::Project);
    }
    Some(Via::Package(via_name(text)))
}
