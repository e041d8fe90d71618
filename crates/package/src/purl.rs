//! Package URLs, normalised by each type's rules.

use crate::Ecosystem;
use packageurl::PackageUrl;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::str::FromStr;

/// A package URL of a known ecosystem, with or without a version.
///
/// Names are kept normalised (`PyPI` names lower-case with `-`), so equality is identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Purl {
    ecosystem: Ecosystem,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
}

/// Why a package URL was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurlError {
    /// Not a package URL at all.
    #[error("`{text}` is not a package URL: {why}")]
    Malformed {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A purl of a type that Faultline does not know.
    #[error("package type `{0}` is not supported")]
    UnknownType(String),
}

impl Purl {
    /// A purl from an ecosystem and the name as users of that ecosystem write it.
    ///
    /// npm `@scope/name`, Maven `group:artifact`, Go and Composer `a/b/c` split into namespace and name.
    pub fn new(ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Purl {
        let (namespace, name) = split_name(ecosystem, name);
        Purl {
            ecosystem,
            namespace: namespace.map(|n| normalise(ecosystem, &n)),
            name: normalise(ecosystem, &name),
            version: version.filter(|v| !v.is_empty()).map(|v| normalise_version(ecosystem, v)),
        }
    }

    /// Reads a package URL. Qualifiers and subpath are checked and dropped: the package is the same without.
    pub fn parse(text: &str) -> Result<Purl, PurlError> {
        let malformed = |why: String| PurlError::Malformed { text: text.to_owned(), why };
        let rest = text.trim().strip_prefix("pkg:").ok_or_else(|| malformed("it does not start with `pkg:`".into()))?;
        let rest = rest.trim_start_matches('/');
        let (purl_type, rest) = rest.split_once('/').ok_or_else(|| malformed("it has no name".into()))?;
        let ecosystem = ecosystem_of_type(purl_type)
            .map_err(|e| e.unwrap_or_else(|| malformed("its type is not a word".into())))?;
        // The rules of the type are applied here, not by the crate: it lower-cases names that are not.
        let parsed = PackageUrl::from_str(&format!("pkg:generic/{rest}")).map_err(|e| malformed(e.to_string()))?;
        let namespace = parsed.namespace().filter(|n| !n.is_empty());
        check_namespace(ecosystem, namespace).map_err(|why| malformed(why.into()))?;
        if ecosystem == Ecosystem::Cpan && parsed.name().contains("::") {
            return Err(malformed("packages of this type are distributions (`URI-PackageURL`), not modules".into()));
        }
        Ok(Purl {
            ecosystem,
            namespace: namespace.map(|n| normalise(ecosystem, n)),
            name: normalise(ecosystem, parsed.name()),
            version: parsed.version().filter(|v| !v.is_empty()).map(|v| normalise_version(ecosystem, v)),
        })
    }

    /// The ecosystem.
    pub fn ecosystem(&self) -> Ecosystem {
        self.ecosystem
    }

    /// The version, when there is one.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The namespace: npm scope with `@`, Maven group, module path without its last part.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name without the namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as users of the ecosystem write it: `@scope/name`, `group:artifact`, `a/b/c`.
    pub fn full_name(&self) -> String {
        let separator = if self.ecosystem == Ecosystem::Maven { ':' } else { '/' };
        match &self.namespace {
            Some(namespace) => format!("{namespace}{separator}{}", self.name),
            None => self.name.clone(),
        }
    }

    /// The same package without a version.
    #[must_use]
    pub fn without_version(&self) -> Purl {
        Purl { version: None, ..self.clone() }
    }

    /// The same package at a version.
    #[must_use]
    pub fn with_version(&self, version: &str) -> Purl {
        Purl { version: Some(normalise_version(self.ecosystem, version)), ..self.clone() }
    }
}

fn split_name(ecosystem: Ecosystem, name: &str) -> (Option<String>, String) {
    let separator = match ecosystem {
        Ecosystem::Npm if !name.starts_with('@') => None,
        Ecosystem::Npm
        | Ecosystem::Go
        | Ecosystem::Composer
        | Ecosystem::Hex
        | Ecosystem::Swift
        | Ecosystem::GitHub
        | Ecosystem::Conan
        | Ecosystem::Cpan => Some('/'),
        Ecosystem::Maven => Some(':'),
        _ => None,
    };
    match separator.and_then(|s| name.rsplit_once(s)) {
        Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
        None => (None, name.to_owned()),
    }
}

/// PEP 503 for `PyPI`; lower case where the purl type demands it.
fn normalise(ecosystem: Ecosystem, text: &str) -> String {
    match ecosystem {
        Ecosystem::PyPi => {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                let c = if matches!(c, '_' | '.' | '-') { '-' } else { c.to_ascii_lowercase() };
                if !(c == '-' && out.ends_with('-')) {
                    out.push(c);
                }
            }
            out
        }
        Ecosystem::Composer | Ecosystem::Hex | Ecosystem::GitHub => text.to_lowercase(),
        Ecosystem::Pub => text.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
        _ => text.to_owned(),
    }
}

/// `PyPI` versions do not depend on case; all others are kept as written.
fn normalise_version(ecosystem: Ecosystem, version: &str) -> String {
    if ecosystem == Ecosystem::PyPi { version.to_lowercase() } else { version.to_owned() }
}

/// The ecosystem of a purl type, without regard to case; `Err(None)` when the type is not well-formed.
fn ecosystem_of_type(purl_type: &str) -> Result<Ecosystem, Option<PurlError>> {
    let word = purl_type.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if !word || !purl_type.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
        return Err(None);
    }
    let purl_type = purl_type.to_ascii_lowercase();
    Ecosystem::from_purl_type(&purl_type).ok_or(Some(PurlError::UnknownType(purl_type)))
}

fn check_namespace(ecosystem: Ecosystem, namespace: Option<&str>) -> Result<(), &'static str> {
    match (ecosystem, namespace) {
        (Ecosystem::Maven | Ecosystem::Composer | Ecosystem::Swift | Ecosystem::GitHub, None) => {
            Err("packages of this type have a namespace (`pkg:type/namespace/name`)")
        }
        (
            Ecosystem::PyPi | Ecosystem::Cargo | Ecosystem::NuGet | Ecosystem::Gem | Ecosystem::Pub | Ecosystem::Vcpkg,
            Some(_),
        ) => Err("packages of this type have no namespace"),
        _ => Ok(()),
    }
}

impl FromStr for Purl {
    type Err = PurlError;

    fn from_str(text: &str) -> Result<Purl, PurlError> {
        Purl::parse(text)
    }
}

impl TryFrom<String> for Purl {
    type Error = PurlError;

    fn try_from(text: String) -> Result<Purl, PurlError> {
        Purl::parse(&text)
    }
}

impl From<Purl> for String {
    fn from(purl: Purl) -> String {
        purl.to_string()
    }
}

impl std::fmt::Display for Purl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "pkg:{}/", self.ecosystem.purl_type())?;
        if let Some(namespace) = &self.namespace {
            for part in namespace.split('/') {
                write!(f, "{}/", encode(part))?;
            }
        }
        f.write_str(&encode(&self.name))?;
        match &self.version {
            Some(version) => write!(f, "@{}", encode(version)),
            None => Ok(()),
        }
    }
}

/// Percent-encodes all but the characters a purl component may hold as they are.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => out.push(byte as char),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
