//! What goes into a resolution and what comes out.

use std::collections::BTreeSet;
use std::sync::Arc;

use faultline_package::Coordinates;

/// A scope as POMs write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum MavenScope {
    /// On every class path, and handed on.
    #[default]
    Compile,
    /// Needed to run.
    Runtime,
    /// Brought by the consumer; not handed on.
    Provided,
    /// A file of the machine.
    System,
    /// For tests; not handed on.
    Test,
}

impl MavenScope {
    /// Reads a scope; what is not known counts as `compile`, as in Maven.
    pub fn parse(text: &str) -> MavenScope {
        match text {
            "runtime" => MavenScope::Runtime,
            "provided" => MavenScope::Provided,
            "system" => MavenScope::System,
            "test" => MavenScope::Test,
            _ => MavenScope::Compile,
        }
    }
}

/// What one version is chosen for: an artifact without its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Artifact {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// File extension.
    pub extension: String,
    /// Classifier; empty for the main artifact.
    pub classifier: String,
}

impl Artifact {
    /// The artifact of a dependency's type and classifier.
    pub fn new(group: &str, artifact: &str, kind: &str, classifier: &str) -> Artifact {
        let (extension, own) = match kind {
            "" | "ejb" | "maven-plugin" => ("jar", ""),
            "test-jar" => ("jar", "tests"),
            "ejb-client" => ("jar", "client"),
            "java-source" => ("jar", "sources"),
            "javadoc" => ("jar", "javadoc"),
            other => (other, ""),
        };
        let classifier = if classifier.is_empty() { own } else { classifier };
        Artifact {
            group: group.to_owned(),
            artifact: artifact.to_owned(),
            extension: extension.to_owned(),
            classifier: classifier.to_owned(),
        }
    }

    /// `group:artifact`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    /// Archives that hold their dependencies already.
    pub(super) fn holds_dependencies(&self) -> bool {
        matches!(self.extension.as_str(), "war" | "ear" | "rar" | "par")
    }
}

/// A dependency of an effective POM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// What is depended on.
    pub artifact: Artifact,
    /// Version or range; empty when nothing says one.
    pub requirement: String,
    /// Scope.
    pub scope: Option<MavenScope>,
    /// `optional`.
    pub optional: bool,
    /// Groups and artifacts that are cut off below it; `*` is every one.
    pub exclusions: Vec<(String, String)>,
}

/// An effective POM as resolution sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// Dependencies in their order.
    pub dependencies: Vec<Dependency>,
    /// Managed versions; only those of the root count.
    pub managed: Vec<Dependency>,
    /// Where the artifact has moved to.
    pub relocation: Option<Coordinates>,
    /// The version to show when its coordinates have an alias for one.
    pub shown_version: Option<String>,
}

/// What is known about something that may have to be fetched.
#[derive(Debug, Clone)]
pub enum Answer<T> {
    /// This.
    Known(T),
    /// It is not to be had.
    Missing,
    /// Nobody asked yet.
    Unasked,
}

/// Everything known so far.
pub struct Known<'a> {
    /// Effective POMs.
    pub project: &'a dyn Fn(&Coordinates) -> Answer<Arc<Project>>,
    /// Versions that a repository lists for a group and artifact.
    pub versions: &'a dyn Fn(&str, &str) -> Answer<Vec<String>>,
}

/// What has to be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// POMs.
    pub projects: BTreeSet<Coordinates>,
    /// Version lists, by group and artifact.
    pub versions: BTreeSet<(String, String)>,
}

impl Needs {
    /// True when nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.versions.is_empty()
    }
}

/// The answer of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The graph.
    Graph(Graph),
    /// Get these and ask again.
    Needs(Needs),
}

/// A chosen artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What was chosen.
    pub artifact: Artifact,
    /// Its version; empty when none could be chosen.
    pub version: String,
    /// The version under which its artifact lies in a repository.
    pub repository_version: String,
    /// True when its POM is not to be had, so that its dependencies are not known.
    pub missing: bool,
}

/// A dependency that led to a chosen artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Index of the dependent node; `None` for the root.
    pub from: Option<usize>,
    /// Index of the node depended on.
    pub to: usize,
    /// As written, or as managed by the root.
    pub requirement: String,
    /// Declared or managed scope.
    pub scope: MavenScope,
    /// Declared optional; only the root's own dependencies can be.
    pub optional: bool,
    /// Index of the dependency in the root's list, for edges of the root.
    pub declared: Option<usize>,
}

/// An artifact for which no version could be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Index of its node.
    pub node: usize,
    /// Why, in words for a person.
    pub why: String,
}

/// A resolved graph. Every dependency that was not cut off has an edge, also those that did not decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Chosen artifacts, nearest first.
    pub nodes: Vec<Node>,
    /// Edges.
    pub edges: Vec<Edge>,
    /// Artifacts without a version.
    pub unresolved: Vec<Unresolved>,
}
