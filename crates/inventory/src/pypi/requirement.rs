//! Requirement strings (PEP 508 and what is found in the wild), split without evaluating anything.
//!
//! The parts are kept as written; a strict parser would normalise markers and refuse legacy versions.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

/// A requirement in its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirement {
    /// Name as written.
    pub name: String,
    /// Extras as written.
    pub extras: Vec<String>,
    /// Version specifier as written, without brackets; empty when there is none.
    pub specifier: String,
    /// Environment marker as written.
    pub marker: Option<String>,
    /// Target of a direct reference (`name @ url`).
    pub url: Option<String>,
    /// Text behind the specifier that belongs to nothing.
    pub trailing: Option<String>,
}

impl Requirement {
    /// Splits a requirement; `None` when the text is not one.
    pub fn parse(text: &str) -> Option<Requirement> {
        let text = text.trim();
        let end =
            text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(text.len());
        let name = text[..end].trim_end_matches(['-', '_', '.']);
        if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || name.len() != end {
            return None;
        }
        let mut found = Requirement { name: name.to_owned(), ..Requirement::default() };
        let rest = found.take_extras(text[end..].trim_start())?;
        found.take_rest(rest)?;
        Some(found)
    }

    fn take_extras<'t>(&mut self, rest: &'t str) -> Option<&'t str> {
        let Some(inner) = rest.strip_prefix('[') else { return Some(rest) };
        let (extras, rest) = inner.split_once(']')?;
        self.extras = extras.split(',').map(str::trim).filter(|e| !e.is_empty()).map(str::to_owned).collect();
        Some(rest.trim_start())
    }

    fn take_rest(&mut self, rest: &str) -> Option<()> {
        if let Some(reference) = rest.strip_prefix('@') {
            let (url, marker) = split_url(reference.trim());
            self.url = Some(url.to_owned()).filter(|u| !u.is_empty());
            self.marker = marker;
            return self.url.is_some().then_some(());
        }
        let (specifier, marker) = match rest.split_once(';') {
            Some((specifier, marker)) => (specifier, Some(marker.trim().to_owned()).filter(|m| !m.is_empty())),
            None => (rest, None),
        };
        self.marker = marker;
        self.take_specifier(specifier.trim())
    }

    fn take_specifier(&mut self, text: &str) -> Option<()> {
        let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).trim();
        let (text, url) = match text.split_once(" @ ") {
            Some((specifier, url)) => (specifier.trim(), Some(url.trim().to_owned())),
            None => (text, None),
        };
        self.url = url;
        let (specifier, trailing) = split_clauses(text)?;
        specifier.clone_into(&mut self.specifier);
        self.trailing = Some(trailing.to_owned()).filter(|t| !t.is_empty());
        Some(())
    }

    /// What is asked for: the specifier, else the address.
    pub fn asked(&self) -> &str {
        if self.specifier.is_empty() { self.url.as_deref().unwrap_or_default() } else { &self.specifier }
    }
}

/// The version of a specifier that pins one (`==1.0`, `===1.0`), if it does.
pub fn pin(specifier: &str) -> Option<&str> {
    specifier.split(',').find_map(|clause| {
        let version = clause.trim().strip_prefix("==")?;
        let version = version.strip_prefix('=').unwrap_or(version).trim();
        let is_version = version.starts_with(|c: char| c.is_ascii_alphanumeric())
            && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_' | b'!'));
        is_version.then_some(version)
    })
}

/// `url ; marker`: the marker needs white space before its semicolon.
fn split_url(text: &str) -> (&str, Option<String>) {
    let marker_at = text.match_indices(';').find(|(at, _)| text[..*at].ends_with(char::is_whitespace));
    match marker_at {
        Some((at, _)) => (text[..at].trim(), Some(text[at + 1..].trim().to_owned()).filter(|m| !m.is_empty())),
        None => (text, None),
    }
}

/// Length of a comparison operator at the start of a text.
fn operator(text: &str) -> Option<usize> {
    ["===", "==", "~=", "!=", "<=", ">=", "<", ">", "="].iter().find(|o| text.starts_with(**o)).map(|o| o.len())
}

/// The comma-separated clauses at the start of a text, and what follows them; `None` when it starts otherwise.
fn split_clauses(text: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    while at < text.len() {
        let clause = &text[at..];
        let Some(length) = operator(clause) else {
            return if at == 0 { None } else { Some((text[..at].trim_end_matches([',', ' ', '\t']), clause)) };
        };
        let value = clause[length..].trim_start();
        let end = value.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(value.len());
        if end == 0 {
            return None;
        }
        let after = value[end..].trim_start();
        let next = after.strip_prefix(',').map(str::trim_start);
        at = text.len() - next.unwrap_or(after).len();
        if next.is_none() && !after.is_empty() {
            let stop = text.len() - value.len() + end;
            return Some((&text[..stop], after));
        }
    }
    Some((text.trim_end_matches([',', ' ', '\t']), ""))
}

/// Whether a version meets a requirement as PEP 440 or Poetry writes it; true when that cannot be told.
pub fn accepts(requirement: &str, version: &str) -> bool {
    let requirement = requirement.trim();
    if requirement.is_empty() || requirement == "*" {
        return true;
    }
    let Ok(version) = Version::from_str(version) else { return pin(requirement).is_none_or(|pin| pin == version) };
    requirement.split("||").any(|part| accepts_all(part.trim(), &version))
}

fn accepts_all(part: &str, version: &Version) -> bool {
    if let Ok(specifiers) = VersionSpecifiers::from_str(part) {
        return specifiers.contains(version);
    }
    part.split([',', ' ']).map(str::trim).filter(|clause| !clause.is_empty()).all(|clause| {
        match poetry_clause(clause) {
            Some(pep440) => VersionSpecifiers::from_str(&pep440).map_or(true, |s| s.contains(version)),
            None => true,
        }
    })
}

/// One clause of Poetry's syntax in PEP 440 words.
fn poetry_clause(clause: &str) -> Option<String> {
    if let Some(lower) = clause.strip_prefix('^') {
        return range(lower, |release| release.iter().position(|n| *n != 0).unwrap_or(release.len() - 1));
    }
    if let Some(lower) = clause.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        return range(lower, |release| 1.min(release.len() - 1));
    }
    let bare = clause.starts_with(|c: char| c.is_ascii_digit());
    Some(if bare { format!("=={clause}") } else { clause.to_owned() })
}

/// `>=lower` up to the next release when the part at `bump` grows.
fn range(lower: &str, bump: impl Fn(&[u64]) -> usize) -> Option<String> {
    let version = Version::from_str(lower.trim()).ok()?;
    let release = version.release();
    let at = bump(release);
    let mut upper: Vec<u64> = release[..=at].to_vec();
    upper[at] = upper[at].saturating_add(1);
    let upper: Vec<String> = upper.iter().map(u64::to_string).collect();
    Some(format!(">={version},<{}", upper.join(".")))
}
