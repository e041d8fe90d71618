//! Versions, in the order of their ecosystem.

mod composer;
mod gem;
mod maven;
mod nuget;
mod number;
mod pypi;
mod semver;

use crate::Ecosystem;
use std::cmp::Ordering;

/// A version that was read by the rules of an ecosystem.
///
/// Equality and order are the ecosystem's own: `1.0` equals `1.0.0` in most. Versions of different ecosystems
/// are ordered too, but that order means nothing.
#[derive(Debug, Clone)]
pub struct Version {
    text: Box<str>,
    key: Key,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Semver(semver::Key),
    PyPi(pypi::Key),
    Maven(maven::Key),
    Gem(gem::Key),
    NuGet(nuget::Key),
    Composer(composer::Key),
}

impl Version {
    /// Reads a version; `None` when the ecosystem gives the text no place in its order (`latest`, `main`, empty).
    pub fn parse(ecosystem: Ecosystem, text: &str) -> Option<Version> {
        let key = match ecosystem {
            Ecosystem::PyPi => Key::PyPi(pypi::parse(text)?),
            Ecosystem::Maven if text.trim().is_empty() => return None,
            Ecosystem::Maven => Key::Maven(maven::parse(text)),
            Ecosystem::Gem => Key::Gem(gem::parse(text)?),
            Ecosystem::NuGet => Key::NuGet(nuget::parse(text)?),
            Ecosystem::Composer => Key::Composer(composer::parse(text)?),
            Ecosystem::Npm
            | Ecosystem::Go
            | Ecosystem::Cargo
            | Ecosystem::Hex
            | Ecosystem::Pub
            | Ecosystem::Swift
            | Ecosystem::CocoaPods
            | Ecosystem::Julia
            | Ecosystem::GitHub => Key::Semver(semver::parse(text)?),
            // Numbers with dots, of any count, and words that come before: close to what these do.
            Ecosystem::Conan
            | Ecosystem::Conda
            | Ecosystem::Hackage
            | Ecosystem::Cran
            | Ecosystem::Cpan
            | Ecosystem::Opam
            | Ecosystem::Vcpkg => Key::Gem(gem::parse(&text.replace(['-', '#', '+'], "."))?),
        };
        Some(Version { text: text.into(), key })
    }

    /// For a Python version with a local label (`1.0+cu118`) the version without it.
    pub fn without_local(&self) -> Option<Version> {
        let (public, _) = self.text.split_once('+')?;
        matches!(self.key, Key::PyPi(_)).then(|| Version::parse(Ecosystem::PyPi, public)).flatten()
    }

    /// The text it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The order of two versions in their ecosystem; `None` when one of them has no place in it.
pub fn compare(ecosystem: Ecosystem, a: &str, b: &str) -> Option<Ordering> {
    Some(Version::parse(ecosystem, a)?.cmp(&Version::parse(ecosystem, b)?))
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Version {}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
