//! Versions and ranges as dependencies state them.

use faultline_package::{Ecosystem, Range, Version};

/// What a dependency asks for.
#[derive(Debug, Clone)]
pub(super) enum Requirement {
    /// This one, unless a nearer declaration says otherwise.
    Soft(String),
    /// One of these, whatever others say.
    Hard(Range),
    /// The newest, or the newest that is no snapshot.
    Newest {
        /// Whether snapshots count.
        snapshots: bool,
    },
    /// Nothing that can be understood.
    Open,
}

impl Requirement {
    pub(super) fn parse(text: &str) -> Requirement {
        let text = text.trim();
        match text {
            "LATEST" => Requirement::Newest { snapshots: true },
            "RELEASE" => Requirement::Newest { snapshots: false },
            "" => Requirement::Open,
            _ if text.contains("${") => Requirement::Open,
            _ if text.starts_with(['[', '(']) => {
                Range::parse(Ecosystem::Maven, text).map_or(Requirement::Open, Requirement::Hard)
            }
            _ => Requirement::Soft(text.to_owned()),
        }
    }
}

/// The one version that `[1.0]` allows.
pub(super) fn only_version(range: &Range) -> Option<&str> {
    let inner = range.as_str().strip_prefix('[')?.strip_suffix(']')?;
    (!inner.contains([',', '[', ']', '(', ')'])).then_some(inner.trim())
}

/// Ranges that must all hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Ranges(Vec<Range>);

impl Ranges {
    /// Adds a range; true when it is new.
    pub(super) fn add(&mut self, range: &Range) -> bool {
        let is_new = self.0.iter().all(|known| known.as_str() != range.as_str());
        if is_new {
            self.0.push(range.clone());
        }
        is_new
    }

    pub(super) fn allow(&self, version: &str) -> bool {
        self.0.iter().all(|range| range.contains(version))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn text(&self) -> String {
        let texts: Vec<&str> = self.0.iter().map(Range::as_str).collect();
        texts.join(" and ")
    }
}

/// The highest of some versions in Maven's order.
pub(super) fn highest<'v>(versions: impl Iterator<Item = &'v String>) -> Option<String> {
    let parsed = versions.filter_map(|text| Some((Version::parse(Ecosystem::Maven, text)?, text)));
    parsed.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, text)| text.clone())
}
