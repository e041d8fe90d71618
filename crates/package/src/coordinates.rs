//! Maven coordinates: what names one version of one artifact's POM.

use std::fmt;

use crate::{Ecosystem, Purl};

/// Group, artifact and version.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Coordinates {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// `version`.
    pub version: String,
}

impl Coordinates {
    /// Coordinates of three texts.
    pub fn new(group: &str, artifact: &str, version: &str) -> Coordinates {
        Coordinates { group: group.to_owned(), artifact: artifact.to_owned(), version: version.to_owned() }
    }

    /// `group:artifact`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    /// The package URL; without a version when the version is empty.
    pub fn purl(&self) -> Purl {
        Purl::new(Ecosystem::Maven, &self.name(), Some(&self.version))
    }

    /// True when every part may stand in the path of a repository: no part is empty, hidden or leads elsewhere.
    pub fn is_plain(&self) -> bool {
        let allowed = |c: char| c.is_alphanumeric() || "-_.+~".contains(c);
        let good =
            |part: &str| !part.is_empty() && part.len() < 256 && !part.starts_with('.') && part.chars().all(allowed);
        good(&self.group) && !self.group.contains("..") && good(&self.artifact) && good(&self.version)
    }
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.group, self.artifact, self.version)
    }
}
