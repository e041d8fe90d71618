//! What a trace is about: an advisory, or a package with a version, a range or neither.

use faultline_package::{Purl, Range};

/// The TARGET of a trace.
#[derive(Debug, Clone)]
pub enum Target {
    /// An advisory id or alias, as written but trimmed.
    Advisory(String),
    /// A package, all versions.
    Package(Purl),
    /// One version of a package.
    Version(Purl),
    /// Some versions of a package.
    Range(Purl, Range),
}

/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither an advisory id nor a package URL: {why}")]
pub struct TargetError {
    /// The text as given.
    pub text: String,
    /// What is wrong and what would be right.
    pub why: String,
}

impl Target {
    /// Reads `CVE-2022-24999`, `pkg:npm/qs`, `pkg:npm/qs@6.5.2`, `pkg:npm/qs@<6.5.3`, `pkg:npm/qs@vers:npm/>=6|<6.5.3`.
    pub fn parse(text: &str) -> Result<Target, TargetError> {
        let text = text.trim();
        let error = |why: String| TargetError { text: text.to_owned(), why };
        if !text.starts_with("pkg:") {
            return advisory(text).map_err(error);
        }
        if let Some((_, subpath)) = text.split_once('#') {
            let why = format!(
                "a package URL with a subpath names a file; leave `#{subpath}` out and name code with --symbol"
            );
            return Err(error(why));
        }
        if text.split('?').next().is_some_and(|name| name.ends_with('@')) {
            return Err(error("no version stands after `@`; leave it out to ask about every version".to_owned()));
        }
        let Some((package, version)) = split_version(text) else {
            return Purl::parse(text).map(Target::Package).map_err(|e| error(e.to_string()));
        };
        let purl = Purl::parse(package).map_err(|e| error(e.to_string()))?;
        let decoded = decode(version);
        if is_range(purl.ecosystem(), &decoded) {
            return Range::parse(purl.ecosystem(), &decoded)
                .map(|r| Target::Range(purl, r))
                .map_err(|e| error(e.to_string()));
        }
        Purl::parse(text).map(Target::Version).map_err(|e| error(e.to_string()))
    }

    /// The package, when it is about one.
    pub fn package(&self) -> Option<&Purl> {
        match self {
            Target::Advisory(_) => None,
            Target::Package(purl) | Target::Version(purl) | Target::Range(purl, _) => Some(purl),
        }
    }

    /// Whether a package version belongs to a package target. A version that is not known belongs to all.
    pub fn covers(&self, purl: &Purl) -> bool {
        let same = self.package().is_some_and(|own| own.without_version() == purl.without_version());
        let Some(version) = purl.version() else { return same };
        same && match self {
            Target::Advisory(_) => false,
            Target::Package(_) => true,
            Target::Range(_, range) => range.contains(version),
            Target::Version(own) => own.version().is_some_and(|own| {
                own == version
                    || faultline_package::version::compare(purl.ecosystem(), own, version)
                        .is_some_and(std::cmp::Ordering::is_eq)
            }),
        }
    }
}

fn advisory(text: &str) -> Result<Target, String> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if text.is_empty() || !text.chars().all(word) || !text.contains('-') {
        return Err("write an id such as `CVE-2022-24999`, or a package such as `pkg:npm/qs@6.5.2`".into());
    }
    Ok(Target::Advisory(text.to_owned()))
}

/// Splits at the `@` before the version; one that starts a path segment is an npm scope.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let at = text.match_indices('@').map(|(at, _)| at).find(|at| !text[..*at].ends_with('/'))?;
    Some((&text[..at], &text[at + 1..]))
}

fn is_range(ecosystem: faultline_package::Ecosystem, version: &str) -> bool {
    let wildcard = |part: &str| matches!(part, "x" | "X" | "*");
    let npm = ecosystem == faultline_package::Ecosystem::Npm;
    version.starts_with("vers:")
        || version.contains(['<', '>', '=', '^', '~', '*', '|', ',', '['])
        || version.contains(" - ")
        || (npm && version.split('.').any(wildcard))
}

fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}
