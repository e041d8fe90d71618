//! Effective POMs as resolution sees them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use faultline_inventory::maven::{Builder, Dependency, Effective, Lookup, Workspace};
use faultline_package::Coordinates;
use faultline_resolve::maven::{Answer, Artifact, Dependency as Wanted, Graph, MavenScope, Needs, Project};

use super::poms::Poms;

/// What is known of the projects that others depend on.
pub(super) struct KnownProjects<'k, 'b, 't> {
    builder: &'k Builder<'b>,
    workspace: &'k Workspace<'t>,
    poms: &'k Poms<'k>,
    projects: RefCell<HashMap<Coordinates, Option<Arc<Project>>>>,
}

impl<'k, 'b, 't> KnownProjects<'k, 'b, 't> {
    pub(super) fn new(builder: &'k Builder<'b>, workspace: &'k Workspace<'t>, poms: &'k Poms<'k>) -> Self {
        KnownProjects { builder, workspace, poms, projects: RefCell::default() }
    }

    /// The versions of an artifact, as far as they were asked for.
    pub(super) fn versions(&self, group: &str, artifact: &str) -> Answer<Vec<String>> {
        self.poms.remembered_versions(group, artifact)
    }

    /// An effective POM, as far as it was asked for.
    pub(super) fn project(&self, wanted: &Coordinates) -> Answer<Arc<Project>> {
        if let Some(known) = self.projects.borrow().get(wanted) {
            return known.clone().map_or(Answer::Missing, Answer::Known);
        }
        let pom = match self.workspace.find(wanted).map(Lookup::Found).or_else(|| self.poms.remembered(wanted)) {
            Some(Lookup::Found(pom)) => pom,
            Some(Lookup::Missing(_)) => return Answer::Missing,
            Some(Lookup::Unasked) | None => return Answer::Unasked,
        };
        let project = Arc::new(project_of(&self.builder.effective(&pom)));
        self.projects.borrow_mut().insert(wanted.clone(), Some(Arc::clone(&project)));
        Answer::Known(project)
    }

    /// Asks for what resolution needs.
    pub(super) fn get(&self, needs: &Needs) {
        let projects: Vec<Coordinates> = needs.projects.iter().cloned().collect();
        self.poms.get_all(&projects);
        for (group, artifact) in &needs.versions {
            self.poms.get_versions(group, artifact);
        }
    }

    /// The folder of the tree that publishes these coordinates.
    pub(super) fn folder_of(&self, coordinates: &Coordinates) -> Option<String> {
        let pom = self.workspace.find(coordinates)?;
        Some(pom.file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned())
    }

    /// Why a POM is not to be had.
    pub(super) fn why_missing(&self, coordinates: &Coordinates) -> String {
        match self.poms.remembered(coordinates) {
            Some(Lookup::Missing(why)) => why,
            _ => "no repository that was asked has it".to_owned(),
        }
    }
}

/// Coordinates of a graph whose POMs are missing.
pub(super) fn missing_of(graph: &Graph) -> impl Iterator<Item = Coordinates> {
    let missing = graph.nodes.iter().filter(|node| node.missing && !node.version.is_empty());
    missing.map(|node| Coordinates::new(&node.artifact.group, &node.artifact.artifact, &node.repository_version))
}

/// An effective model as resolution sees it.
pub(super) fn project_of(effective: &Effective) -> Project {
    let named = |list: &[Dependency]| -> Vec<Wanted> { list.iter().map(wanted).collect() };
    Project {
        dependencies: named(&effective.dependencies),
        managed: named(&effective.managed),
        relocation: effective.relocation.clone(),
        shown_version: effective.original_version.clone(),
    }
}

fn wanted(dependency: &Dependency) -> Wanted {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (kind, classifier) = (text(&dependency.kind), text(&dependency.classifier));
    Wanted {
        artifact: Artifact::new(&dependency.group, &dependency.artifact, &kind, &classifier),
        requirement: text(&dependency.version),
        scope: dependency.scope.as_deref().map(MavenScope::parse),
        optional: dependency.optional.as_deref() == Some("true"),
        exclusions: dependency.exclusions.clone(),
    }
}
