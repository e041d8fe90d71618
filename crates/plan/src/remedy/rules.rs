//! What each ecosystem's resolution lets a consumer do.

use std::cmp::Ordering;

use faultline_package::version::compare;
use faultline_package::{Ecosystem, Range};

/// Whether a requirement lets a version in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admits {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The text says nothing about versions (a tag, an address, a format without requirements).
    Unknown,
}

/// Whether a requirement of an ecosystem lets a version in, by that ecosystem's own reading.
pub fn admits(ecosystem: Ecosystem, requirement: &str, version: &str) -> Admits {
    let text = requirement.trim();
    if text.is_empty() || is_elsewhere(text) {
        return Admits::Unknown;
    }
    let inside = |text: &str| match Range::parse(ecosystem, text) {
        Ok(range) if range.contains(version) => Admits::Yes,
        Ok(_) => Admits::No,
        Err(_) => Admits::Unknown,
    };
    match ecosystem {
        // A Go requirement is the least version: a higher one of the same module path is taken.
        Ecosystem::Go => at_least(ecosystem, text, version),
        // A bare version: compatible in Cargo, a floor in NuGet.
        Ecosystem::Cargo if text.starts_with(|c: char| c.is_ascii_digit()) => inside(&carets(text)),
        Ecosystem::NuGet if text.starts_with(|c: char| c.is_ascii_digit()) => at_least(ecosystem, text, version),
        _ => inside(text),
    }
}

/// Requirements that name a place or a tag instead of versions.
fn is_elsewhere(text: &str) -> bool {
    text.contains("://")
        || ["workspace:", "file:", "link:", "portal:", "patch:", "git+", "github:", "npm:"]
            .iter()
            .any(|p| text.starts_with(p))
        || text.chars().all(|c| c.is_ascii_alphabetic())
}

fn at_least(ecosystem: Ecosystem, floor: &str, version: &str) -> Admits {
    match compare(ecosystem, version, floor) {
        Some(Ordering::Less) => Admits::No,
        Some(_) => Admits::Yes,
        None => Admits::Unknown,
    }
}

fn carets(text: &str) -> String {
    let caret = |part: &str| {
        let part = part.trim();
        if part.starts_with(|c: char| c.is_ascii_digit()) { format!("^{part}") } else { part.to_owned() }
    };
    text.split(',').map(caret).collect::<Vec<_>>().join(", ")
}

/// How a consumer can put a version in place against what its dependencies ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Override {
    /// The consumer's own requirement decides: no dependency can stand in the way.
    Decides(&'static str),
    /// An explicit entry overrules the dependencies' requirements.
    Entry(&'static str),
    /// There is none.
    None,
}

/// The override of an ecosystem; `files` are the project's manifests and lockfiles, which tell the tool.
pub fn override_of(ecosystem: Ecosystem, files: &[String]) -> Override {
    let has = |name: &str| files.iter().any(|f| f.rsplit('/').next() == Some(name));
    match ecosystem {
        Ecosystem::Npm if has("yarn.lock") => Override::Entry("`resolutions` in package.json"),
        Ecosystem::Npm if has("pnpm-lock.yaml") => Override::Entry("`pnpm.overrides` in package.json"),
        Ecosystem::Npm => Override::Entry("`overrides` in package.json"),
        Ecosystem::Go => Override::Decides("`require` in go.mod"),
        Ecosystem::Maven if has("build.gradle") || has("build.gradle.kts") => {
            Override::Entry("`constraints` in the build")
        }
        Ecosystem::Maven => Override::Entry("`dependencyManagement` in pom.xml"),
        Ecosystem::Cargo => Override::Entry("`[patch]` in Cargo.toml"),
        Ecosystem::PyPi if has("uv.lock") => Override::Entry("`override-dependencies` of uv in pyproject.toml"),
        Ecosystem::NuGet => Override::Entry("a direct `PackageReference`"),
        _ => Override::None,
    }
}

/// The release line of a version: its first number that is not zero and all before it.
pub fn line_of(version: &str) -> String {
    let parts: Vec<&str> = version.trim_start_matches('v').split(['.', '-', '+']).collect();
    let zeros = parts.iter().take_while(|p| **p == "0").count();
    parts.iter().take((zeros + 1).min(2)).copied().collect::<Vec<_>>().join(".")
}

/// The next version of the same release line that consumers take first: the last number plus one.
pub fn next_version(version: &str) -> String {
    let core = version.split(['-', '+']).next().unwrap_or(version);
    let mut parts: Vec<String> = core.split('.').map(str::to_owned).collect();
    while parts.len() < 3 {
        parts.push("0".to_owned());
    }
    // A pre-release is finished rather than counted up.
    if core.len() == version.len()
        && let Some(last) = parts.last_mut()
    {
        *last = last.parse::<u64>().map_or_else(|_| format!("{last}.1"), |n| n.saturating_add(1).to_string());
    }
    parts.join(".")
}

/// The first version that a bare or prefixed requirement speaks of.
pub fn base_version(requirement: &str) -> Option<&str> {
    let start = requirement.find(|c: char| c.is_ascii_digit())?;
    let rest = &requirement[start..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))).unwrap_or(rest.len());
    Some(&rest[..end])
}

/// A package URL as people write the package: without scheme and type, `@` in its name.
pub fn short(purl: &str) -> String {
    let name = purl.strip_prefix("pkg:").and_then(|rest| rest.split_once('/')).map_or(purl, |(_, name)| name);
    name.replace("%40", "@")
}
