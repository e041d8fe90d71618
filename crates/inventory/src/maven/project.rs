//! A POM's project: what its effective model says before anything is resolved.

use faultline_package::{
    Coordinates, Ecosystem, Edge, EdgeFrom, Location, Origin, PackageNode, Project, ProjectGraph, Purl, Reason,
    Relationship, Scope,
};

use super::effective::{Effective, Lookup};
use super::pom::Dependency;
use super::workspace::Workspace;
use crate::text::folder;
use crate::{Inventory, Tree};

/// Adds the Maven projects of a tree with their direct dependencies.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let (workspace, incomplete) = Workspace::read(tree);
    out.incomplete.extend(incomplete);
    let outside = |wanted: &Coordinates| Lookup::Missing(format!("{wanted} is not in the repository"));
    workspace.with_builder(&outside, |builder| {
        for (path, pom) in workspace.poms() {
            out.projects.push(direct(path, &builder.effective(pom), &workspace));
        }
    });
}

/// A project with its direct dependencies only.
pub fn direct(path: &str, effective: &Effective, workspace: &Workspace) -> Project {
    let mut graph = ProjectGraph::default();
    for dependency in effective.dependencies.iter().filter(|d| !d.group.is_empty() && !d.artifact.is_empty()) {
        let to = graph.add(direct_node(dependency, workspace));
        let requirement = dependency.version.clone().unwrap_or_default();
        let scope = scope_of(dependency);
        graph.edges.push(Edge { from: EdgeFrom::Root, to, requirement, scope, name: None });
    }
    graph.finish();
    let mut reasons = reasons(effective);
    if !graph.packages.is_empty() {
        let detail = "transitive dependencies are not known: a POM states only the direct ones, and no local \
                      repository was asked";
        reasons.push(reason("not_resolved", detail.to_owned(), Location { file: path.to_owned(), line: 1 }));
    }
    Project { complete: reasons.is_empty(), reasons, graph, ..project(path, effective) }
}

/// A project without packages.
pub fn project(path: &str, effective: &Effective) -> Project {
    let coordinates = &effective.coordinates;
    let named = !coordinates.group.is_empty() && !coordinates.artifact.is_empty();
    let known = |text: &str| (!text.is_empty() && !text.contains("${")).then(|| text.to_owned());
    Project {
        path: folder(path).to_owned(),
        ecosystem: Ecosystem::Maven,
        name: named.then(|| coordinates.name()),
        version: known(&coordinates.version),
        files: effective.files.clone(),
        complete: true,
        reasons: Vec::new(),
        graph: ProjectGraph::default(),
    }
}

/// Why the effective model itself is not whole.
pub fn reasons(effective: &Effective) -> Vec<Reason> {
    let missing = effective.missing.iter().map(|missing| {
        let detail = format!(
            "the {} {} is missing, so versions and dependencies it sets are unknown: {}",
            missing.role, missing.coordinates, missing.why
        );
        reason("coordinates_missing", detail, missing.location.clone())
    });
    let faults = effective.faults.iter().map(|(place, why)| reason("model_invalid", why.clone(), place.clone()));
    let mut reasons: Vec<Reason> = missing.chain(faults).chain(unnamed(effective)).collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

fn unnamed(effective: &Effective) -> impl Iterator<Item = Reason> {
    effective.dependencies.iter().filter(|d| d.group.is_empty() || d.artifact.is_empty()).map(|dependency| {
        let detail = "a dependency has no groupId or no artifactId, so it is left out; complete it".to_owned();
        reason("model_invalid", detail, dependency.location.clone())
    })
}

/// A reason with a place.
pub fn reason(code: &str, detail: String, place: Location) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(place).filter(|place| !place.file.is_empty()) }
}

/// The scope of a declared dependency. `provided` is what the consumer brings; `system` is there at run time.
pub fn scope_of(dependency: &Dependency) -> Scope {
    match dependency.scope.as_deref() {
        Some("test") => Scope::Test,
        Some("provided") => Scope::Peer,
        _ if dependency.optional.as_deref() == Some("true") => Scope::Optional,
        _ => Scope::Runtime,
    }
}

/// The one version that a requirement allows; `None` for ranges and for what is not known.
pub fn exact_version(requirement: &str) -> Option<&str> {
    let inner = requirement.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim);
    let version = inner.unwrap_or(requirement);
    let open = version.is_empty() || version.contains("${") || version.contains([',', '[', '(', ')', ']']);
    (!open && !matches!(version, "LATEST" | "RELEASE")).then_some(version)
}

fn direct_node(dependency: &Dependency, workspace: &Workspace) -> PackageNode {
    let version = dependency.version.as_deref().and_then(exact_version);
    let coordinates = Coordinates::new(&dependency.group, &dependency.artifact, version.unwrap_or_default());
    let local = workspace.find(&coordinates);
    let mut node = node(&coordinates, dependency.kind.as_deref(), dependency.classifier.as_deref());
    node.scope = scope_of(dependency);
    node.locations = places(dependency);
    if let Some(pom) = local {
        node.origin = Origin::Path;
        node.path = Some(folder(&pom.file).to_owned());
    } else if dependency.scope.as_deref() == Some("system") {
        node.origin = Origin::Path;
    }
    node
}

/// Where a dependency is declared and its version managed.
pub fn places(dependency: &Dependency) -> Vec<Location> {
    let declared = Some(dependency.location.clone());
    let all = [declared, dependency.inherited_at.clone(), dependency.managed_at.clone()];
    all.into_iter().flatten().filter(|place| !place.file.is_empty()).collect()
}

/// A package of the registry; type and classifier tell artifacts of one version apart.
pub fn node(coordinates: &Coordinates, kind: Option<&str>, classifier: Option<&str>) -> PackageNode {
    let purl: Purl = coordinates.purl();
    let classifier = classifier.filter(|c| !c.is_empty()).map(|c| format!("classifier={c}"));
    let kind = kind.filter(|k| !k.is_empty() && *k != "jar").map(|k| format!("type={k}"));
    let qualifiers: Vec<String> = classifier.into_iter().chain(kind).collect();
    let id = if qualifiers.is_empty() { purl.to_string() } else { format!("{purl}?{}", qualifiers.join("&")) };
    PackageNode {
        id,
        purl,
        origin: Origin::Registry,
        alias: None,
        integrity: Vec::new(),
        relationship: Relationship::Transitive,
        scope: Scope::Runtime,
        marker: None,
        locations: Vec::new(),
        resolved: None,
        path: None,
    }
}
