//! Maven's rules, one by one, on small universes: `g:a:1 -> g:b:2 scope opt -g:x`.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use faultline_package::Coordinates;
use faultline_resolve::maven::{
    Answer, Artifact, Dependency, Graph, Known, MavenScope, Outcome, Project, Unresolved, resolve,
};
use proptest::prelude::*;

#[derive(Default)]
struct World {
    projects: HashMap<Coordinates, Arc<Project>>,
    versions: HashMap<(String, String), Vec<String>>,
}

fn coordinates(text: &str) -> Coordinates {
    let mut parts = text.splitn(3, ':');
    let mut next = || parts.next().unwrap_or_default();
    Coordinates::new(next(), next(), next())
}

fn dependency(text: &str) -> Dependency {
    let mut words = text.split_whitespace();
    let at = coordinates(words.next().expect("coordinates"));
    let mut out = Dependency {
        artifact: Artifact::new(&at.group, &at.artifact, "jar", ""),
        requirement: at.version,
        scope: None,
        optional: false,
        exclusions: Vec::new(),
    };
    for word in words {
        match word.strip_prefix('-') {
            Some(excluded) => {
                let cut = coordinates(excluded);
                out.exclusions.push((cut.group, cut.artifact));
            }
            None if word == "opt" => out.optional = true,
            None => out.scope = Some(MavenScope::parse(word)),
        }
    }
    out
}

/// Lines `g:a:1 -> dependency, dependency`, `g:a:1 managed dependency, …` and `g:a:1 moved g:b:1`.
fn world(text: &str) -> World {
    let mut world = World::default();
    let mut projects: HashMap<Coordinates, Project> = HashMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(' ').unwrap_or((line, "->"));
        let at = coordinates(name);
        let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let versions = world.versions.entry((at.group.clone(), at.artifact.clone())).or_default();
        if !versions.contains(&at.version) {
            versions.push(at.version.clone());
        }
        let project = projects.entry(at).or_default();
        let list = rest.split(", ").filter(|part| !part.is_empty());
        match kind {
            "->" => project.dependencies.extend(list.map(dependency)),
            "managed" => project.managed.extend(list.map(dependency)),
            "moved" => project.relocation = Some(coordinates(rest)),
            other => panic!("{other}"),
        }
    }
    world.projects = projects.into_iter().map(|(at, project)| (at, Arc::new(project))).collect();
    world
}

fn run(world: &World) -> Graph {
    let root = Arc::clone(&world.projects[&coordinates("g:root:1")]);
    let project = |at: &Coordinates| world.projects.get(at).cloned().map_or(Answer::Missing, Answer::Known);
    let versions = |group: &str, artifact: &str| {
        let key = (group.to_owned(), artifact.to_owned());
        world.versions.get(&key).cloned().map_or(Answer::Missing, Answer::Known)
    };
    match resolve(&root, &Known { project: &project, versions: &versions }) {
        Outcome::Graph(graph) => graph,
        Outcome::Needs(needs) => panic!("{needs:?}"),
    }
}

fn chosen(text: &str) -> String {
    let graph = run(&world(text));
    let names = graph.nodes.iter().map(|node| format!("{}:{}", node.artifact.artifact, node.version));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.join(" ")
}

#[test]
fn the_nearest_wins_then_the_first() {
    let text = "g:root:1 -> g:a:1, g:b:1
                g:a:1 -> g:c:1
                g:b:1 -> g:c:2
                g:c:1 -> g:d:1
                g:c:2
                g:d:1";
    assert_eq!(chosen(text), "a:1 b:1 c:1 d:1");
    assert_eq!(chosen(&text.replace("g:a:1, g:b:1", "g:a:1, g:b:1, g:c:2")), "a:1 b:1 c:2");
}

#[test]
fn what_the_root_manages_wins_below_it_only() {
    let text = "g:root:1 -> g:a:1, g:b:1
                g:root:1 managed g:c:9 runtime -g:d, g:a:7
                g:a:1 -> g:c:1
                g:b:1
                g:c:9 -> g:d:1
                g:d:1";
    assert_eq!(chosen(text), "a:1 b:1 c:9");
    let graph = run(&world(text));
    let edge = graph.edges.iter().find(|e| e.from.is_some()).expect("edge");
    assert_eq!((edge.scope, edge.requirement.as_str()), (MavenScope::Runtime, "9"));
}

#[test]
fn optional_test_and_provided_are_not_handed_on() {
    let text = "g:root:1 -> g:a:1 opt, g:t:1 test, g:p:1 provided
                g:a:1 -> g:x:1 opt, g:y:1 test, g:z:1 provided, g:r:1 runtime
                g:t:1 -> g:u:1
                g:p:1 -> g:q:1";
    assert_eq!(chosen(text), "a:1 p:1 q:1 r:1 t:1 u:1");
}

#[test]
fn exclusions_hold_for_everything_below() {
    let text = "g:root:1 -> g:a:1 -g:c -h:*
                g:a:1 -> g:b:1
                g:b:1 -> g:c:1, h:x:1, g:d:1
                g:d:1 -> g:c:2";
    assert_eq!(chosen(text), "a:1 b:1 d:1");
    assert_eq!(chosen(&text.replace("-g:c -h:*", "-*:*")), "a:1");
}

#[test]
fn relocated_artifacts_are_followed_and_meet_what_is_there() {
    let text = "g:root:1 -> g:old:1, n:new:2
                g:old:1 moved n:new:1
                n:new:1
                n:new:2";
    assert_eq!(chosen(text), "new:1");
    let endless = "g:root:1 -> g:a:1\n g:a:1 moved g:b:1\n g:b:1 moved g:a:1";
    assert_eq!(chosen(endless).split(' ').count(), 1);
}

#[test]
fn cycles_end() {
    assert_eq!(chosen("g:root:1 -> g:a:1\n g:a:1 -> g:b:1\n g:b:1 -> g:a:1, g:root:1"), "a:1 b:1 root:1");
}

#[test]
fn ranges_of_what_is_no_longer_there_do_not_count() {
    // The range stands below c:1, which the range on c pushes out.
    let text = "g:root:1 -> g:x:1, g:a:1, g:b:1
                g:a:1 -> g:c:1
                g:b:1 -> g:c:[2,3]
                g:c:1 -> g:x:[5,6]
                g:c:2
                g:x:1
                g:x:5";
    assert_eq!(chosen(text), "a:1 b:1 c:2 x:1");
}

#[test]
fn no_version_is_invented() {
    let graph = run(&world("g:root:1 -> g:a:[1,2), g:b:, g:c:${v}\n g:a:3"));
    assert!(graph.nodes.iter().all(|node| node.version.is_empty()), "{graph:?}");
    let whys: Vec<&Unresolved> = graph.unresolved.iter().collect();
    assert_eq!(whys.len(), 3);
}

#[test]
fn what_is_not_known_is_asked_for_all_at_once() {
    let world = world("g:root:1 -> g:a:1, g:b:1, g:c:[1,2]");
    let root = Arc::clone(&world.projects[&coordinates("g:root:1")]);
    let known = Known { project: &|_| Answer::Unasked, versions: &|_, _| Answer::Unasked };
    let Outcome::Needs(needs) = resolve(&root, &known) else { panic!("a graph of nothing") };
    assert_eq!((needs.projects.len(), needs.versions.len()), (2, 1));
}

#[test]
fn a_hundred_thousand_dependencies_and_a_long_chain() {
    let many: Vec<String> = (0..100_000).map(|n| format!("g:a{n}:1")).collect();
    let mut text = format!("g:root:1 -> g:c0:1 -g:none, {}\n", many.join(", "));
    for n in 0..2_000 {
        let _ = writeln!(text, "g:c{n}:1 -> g:c{}:1 -g:n{n}", n + 1);
    }
    assert_eq!(run(&world(&text)).nodes.len(), 102_001);
}

fn universes() -> impl Strategy<Value = String> {
    let requirement = prop_oneof![Just("1"), Just("2"), Just("[1,2]"), Just("[2,)"), Just("(,2)")];
    let dependency = (0..6_u8, requirement).prop_map(|(name, version)| format!("g:p{name}:{version}"));
    let line = (0..6_u8, 1..3_u8, prop::collection::vec(dependency.clone(), 0..4))
        .prop_map(|(name, version, list)| format!("g:p{name}:{version} -> {}", list.join(", ")));
    (prop::collection::vec(dependency, 1..4), prop::collection::vec(line, 0..12))
        .prop_map(|(root, lines)| format!("g:root:1 -> {}\n{}", root.join(", "), lines.join("\n")))
}

proptest! {
    #[test]
    fn every_graph_has_one_version_per_artifact_and_is_reproducible(text in universes()) {
        let world = world(&text);
        let graph = run(&world);
        let mut artifacts: Vec<&Artifact> = graph.nodes.iter().map(|node| &node.artifact).collect();
        artifacts.sort();
        artifacts.dedup();
        prop_assert_eq!(artifacts.len(), graph.nodes.len());
        prop_assert!(graph.edges.iter().all(|edge| edge.to < graph.nodes.len()));
        prop_assert_eq!(&graph, &run(&world));
        // Whatever has a version satisfies every range that led to it.
        for edge in graph.edges.iter().filter(|edge| edge.requirement.starts_with(['[', '('])) {
            let version = &graph.nodes[edge.to].version;
            let range = faultline_package::Range::parse(faultline_package::Ecosystem::Maven, &edge.requirement);
            prop_assert!(version.is_empty() || range.expect("range").contains(version), "{}", text);
        }
    }
}
