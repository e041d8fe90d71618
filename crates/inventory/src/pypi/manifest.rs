//! What manifests have in common: a project's own name and the dependencies it declares.

use faultline_facts::PythonManifest;
use faultline_package::{Location, Scope};

use super::lock::normal;
use super::requirement::{Requirement, pin};
use super::source::{Source, archive_name};

/// A dependency that a manifest names.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    /// Normalised name.
    pub name: String,
    /// Requirement as written.
    pub requirement: String,
    /// Extras asked for, by normalised name.
    pub extras: Vec<String>,
    /// Marker as written.
    pub marker: Option<String>,
    /// Scope.
    pub scope: Scope,
    /// Where it comes from.
    pub source: Source,
    /// Place.
    pub location: Location,
}

/// A manifest.
#[derive(Debug, Clone, Default)]
pub(super) struct Manifest {
    /// Name, version, scripts.
    pub python: PythonManifest,
    /// Declared dependencies.
    pub declared: Vec<Declared>,
    /// True when the manifest is one of a project, even of one without dependencies.
    pub is_project: bool,
    /// Requirement files that the manifest takes its dependencies from.
    pub requirement_files: Vec<(String, Scope, Location)>,
}

impl Manifest {
    /// Adds what another manifest of the same folder says; what is known already stays.
    pub(super) fn merge(&mut self, other: Manifest) {
        self.python.name = self.python.name.take().or(other.python.name);
        self.python.version = self.python.version.take().or(other.python.version);
        self.declared.extend(other.declared);
        self.requirement_files.extend(other.requirement_files);
        self.is_project |= other.is_project;
    }
}

impl Declared {
    /// From a requirement text; `None` when it is not one.
    pub(super) fn parse(text: &str, scope: Scope, file: &str, line: u32) -> Option<Declared> {
        let requirement = Requirement::parse(text)?;
        Some(Declared::new(&requirement, scope, file, line))
    }

    /// From a requirement.
    pub(super) fn new(requirement: &Requirement, scope: Scope, file: &str, line: u32) -> Declared {
        Declared {
            name: normal(&requirement.name),
            requirement: requirement.asked().to_owned(),
            extras: requirement.extras.iter().map(|e| normal(e)).collect(),
            marker: requirement.marker.clone(),
            scope,
            source: requirement.url.as_deref().map_or_else(|| Source::registry(None), |url| Source::of_url(file, url)),
            location: Location { file: file.to_owned(), line },
        }
    }

    /// The version, when the requirement allows only one or an archive's name says it.
    pub(super) fn version(&self) -> Option<String> {
        let of_archive = || self.source.address.as_deref().and_then(archive_name).and_then(|(_, version)| version);
        pin(&self.requirement).map(str::to_owned).or_else(of_archive)
    }
}
