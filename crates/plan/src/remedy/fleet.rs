//! What goes in: projects with their graphs, and what is to be moved.

use faultline_package::{PackageNode, Project, Purl};

/// A project of the fleet.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Name of its repository.
    pub repository: &'a str,
    /// Manifest, lockfile and graph.
    pub project: &'a Project,
    /// It is published for others to depend on.
    pub published: bool,
    /// Something is deployed from it.
    pub service: bool,
    /// What its exposure costs for each unit of time.
    pub weight: u64,
}

impl Member<'_> {
    /// `repository` or `repository/path`.
    pub fn name(&self) -> String {
        if self.project.path.is_empty() {
            self.repository.to_owned()
        } else {
            format!("{}/{}", self.repository, self.project.path)
        }
    }

    /// The package that it publishes, without version.
    pub fn package(&self) -> Option<Purl> {
        let name = self.project.name.as_deref().filter(|_| self.published)?;
        Some(Purl::new(self.project.ecosystem, name, None))
    }
}

/// What is to be moved away from, and where to.
pub struct Aim<'a> {
    /// Whether an installed package has to move; one without a version is asked about by its requirement.
    pub affects: &'a dyn Fn(&PackageNode) -> bool,
    /// Per package the versions that are good, in rising order.
    pub fixed: Vec<(Purl, Vec<String>)>,
}

impl Aim<'_> {
    /// The good versions of a package.
    pub(crate) fn fixed(&self, package: &Purl) -> &[String] {
        self.fixed.iter().find(|(p, _)| p == package).map_or(&[], |(_, versions)| versions)
    }
}
