//! Maven universes that are not part of this repository; skipped where they are absent.

mod universe;

use std::collections::BTreeSet;
use std::sync::Arc;

use faultline_package::Coordinates;
use faultline_resolve::maven::{Answer, Artifact, Dependency, Graph, Known, MavenScope, Outcome, Project, resolve};
use faultline_testkit::shared;
use universe::{Case, Release, Universe, Wanted, attribute};

fn dependency((attributes, name, requirement): &(String, String, String)) -> Dependency {
    let (group, artifact) = name.split_once(':').expect("group:artifact");
    let is = |word: &str| attributes.split_whitespace().any(|known| known == word);
    let scope = if is("test") { Some("test") } else { attribute(attributes, "scope") };
    let exclusions = attribute(attributes, "MavenExclusions").unwrap_or_default();
    let exclusion = |text: &str| {
        let (group, artifact) = text.split_once(':').unwrap_or((text, "*"));
        (group.to_owned(), artifact.to_owned())
    };
    let kind = attribute(attributes, "mavenartifacttype").unwrap_or_default();
    let classifier = attribute(attributes, "mavenclassifier").unwrap_or_default();
    Dependency {
        artifact: Artifact::new(group, artifact, kind, classifier),
        requirement: requirement.clone(),
        scope: scope.map(MavenScope::parse),
        optional: is("opt"),
        exclusions: exclusions.split(',').filter(|e| !e.is_empty()).map(exclusion).collect(),
    }
}

fn project(release: &Release) -> Project {
    let is_managed = |d: &&(String, String, String)| attribute(&d.0, "mavendependencyorigin") == Some("management");
    let (managed, dependencies): (Vec<_>, Vec<_>) = release.dependencies.iter().partition(is_managed);
    Project {
        dependencies: dependencies.into_iter().map(dependency).collect(),
        managed: managed.into_iter().map(dependency).collect(),
        ..Project::default()
    }
}

fn find<'u>(universe: &'u Universe, name: &str, version: &str) -> Option<&'u Release> {
    universe.get(name)?.iter().find(|release| release.version == version)
}

fn run(universe: &Universe, case: &Case) -> Graph {
    let root = project(find(universe, &case.root.0, &case.root.1).expect("root"));
    let projects = |wanted: &Coordinates| match find(universe, &wanted.name(), &wanted.version) {
        Some(release) => Answer::Known(Arc::new(project(release))),
        None => Answer::Missing,
    };
    let versions = |group: &str, artifact: &str| match universe.get(&format!("{group}:{artifact}")) {
        Some(releases) => {
            let listed = releases.iter().filter(|release| !release.attributes.contains("Blocked"));
            Answer::Known(listed.map(|release| release.version.clone()).collect())
        }
        None => Answer::Missing,
    };
    match resolve(&root, &Known { project: &projects, versions: &versions }) {
        Outcome::Graph(graph) => graph,
        Outcome::Needs(needs) => panic!("needs {needs:?}"),
    }
}

fn found(graph: &Graph, root: &str) -> Wanted {
    let name = |node: usize| format!("{} {}", graph.nodes[node].artifact.name(), graph.nodes[node].version);
    let mut nodes: BTreeSet<String> = (0..graph.nodes.len()).map(name).collect();
    nodes.insert(root.to_owned());
    let edge = |from: Option<usize>, to| (from.map_or_else(|| root.to_owned(), name), name(to));
    Wanted { nodes, edges: graph.edges.iter().map(|e| edge(e.from, e.to)).collect(), errors: false }
}

#[test]
fn graphs_agree_with_the_collection() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("data/resolve/maven");
    let mut cases = 0;
    for file in ["resolve_test", "exclusions_test", "version_selection_test"] {
        let data = universe::data(&folder.join(format!("{file}.data")));
        let wanted = universe::wanted(&folder.join(format!("{file}.want")));
        for case in &data.cases {
            cases += 1;
            let graph = run(&data.universes[&case.universe], case);
            let found = found(&graph, &format!("{} {}", case.root.0, case.root.1));
            let wanted = &wanted[&case.graph];
            if wanted.errors {
                // Ranges that contradict each other: Maven fails; here the artifact has no version.
                assert_eq!(graph.unresolved.len(), 1, "{}", case.name);
                continue;
            }
            assert_eq!(found.nodes, wanted.nodes, "{}", case.name);
            // Beside the tree's edges there are those of dependencies that did not decide.
            let missing: Vec<_> = wanted.edges.difference(&found.edges).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", case.name);
        }
    }
    assert_eq!(cases, 30);
}
