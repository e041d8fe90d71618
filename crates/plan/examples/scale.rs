//! Plans a generated fleet: `cargo run --release -p faultline-plan --example scale -- [NODES] [--seconds S]`.
//!
//! Degrees fall off as in real fleets: a new project depends on a few others, the popular ones most. Half of the
//! requirements on packages of the fleet are pins, every third project publishes a package.

use std::time::{Duration, Instant};

use faultline_package::{
    Ecosystem, Edge, EdgeFrom, Origin, PackageNode, Project, ProjectGraph, Purl, Relationship, Scope,
};
use faultline_plan::remedy::{Aim, Member, changes};
use faultline_plan::steps::{Settings, State, make};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let nodes: usize = arguments.first().map_or(Ok(10_000), |n| n.parse())?;
    let seconds: u64 = arguments.iter().skip_while(|a| *a != "--seconds").nth(1).map_or(Ok(2), |s| s.parse())?;
    let projects = generate(nodes);
    let started = Instant::now();
    let names: Vec<String> = projects.iter().map(|p| p.name.clone().unwrap_or_default()).collect();
    let members: Vec<Member> = projects
        .iter()
        .zip(&names)
        .enumerate()
        .map(|(i, (project, repository))| Member {
            repository,
            project,
            published: i % 3 == 0,
            service: i % 3 != 0,
            weight: 1 + (i as u64 * 7) % 10,
        })
        .collect();
    let package = Purl::new(Ecosystem::Npm, "vulnerable", None);
    let affects = |node: &PackageNode| node.purl.without_version() == package;
    let changed =
        changes(&members, &Aim { affects: &affects, fixed: vec![(package.clone(), vec!["1.0.1".to_owned()])] });
    println!(
        "changes: {} releases, {} consumers, {:.2?}",
        changed.releases.len(),
        changed.consumers.len(),
        started.elapsed()
    );
    let share = u32::try_from(nodes / 100)?.max(4);
    let settings = Settings { ci: share, reviewers: share * 2, rollouts: share, ..Settings::default() };
    let clock = || -> Box<dyn FnMut() -> bool> {
        let until = Instant::now() + Duration::from_secs(seconds);
        Box::new(move || Instant::now() >= until)
    };
    let plan = make(&members, changed, settings, &State::default(), &clock)?;
    for track in &plan.tracks {
        let (time, exposure) = (track.makespan, track.exposure);
        println!(
            "{}: {} steps, makespan {} (bound {}), exposure {} (bound {})",
            track.name,
            track.steps.len(),
            time.upper,
            time.lower,
            exposure.upper,
            exposure.lower
        );
    }
    println!("total {:.2?}", started.elapsed());
    Ok(())
}

/// A small generator of numbers: the same fleet every time.
fn next(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap_or(0)
}

fn generate(nodes: usize) -> Vec<Project> {
    let mut random = 42;
    // Published packages, once for each time somebody depends on them: popular ones are drawn more often.
    let mut drawn: Vec<usize> = Vec::new();
    let mut projects = Vec::with_capacity(nodes);
    for index in 0..nodes {
        let mut graph = ProjectGraph::default();
        if drawn.is_empty() || next(&mut random).is_multiple_of(20) {
            depend(&mut graph, "vulnerable", "1.0.0");
        }
        for _ in 0..=next(&mut random) % 3 {
            let Some(&on) = drawn.get(next(&mut random) % drawn.len().max(1)) else { continue };
            let requirement = if next(&mut random).is_multiple_of(2) { "1.0.0" } else { "^1.0.0" };
            depend(&mut graph, &format!("p{on}"), requirement);
            drawn.push(on);
        }
        if index % 3 == 0 {
            drawn.push(index);
        }
        graph.finish();
        projects.push(Project {
            path: String::new(),
            ecosystem: Ecosystem::Npm,
            name: Some(format!("p{index}")),
            version: Some("1.0.0".to_owned()),
            files: Vec::new(),
            complete: false,
            reasons: Vec::new(),
            graph,
        });
    }
    projects
}

fn depend(graph: &mut ProjectGraph, name: &str, requirement: &str) {
    if graph.packages.iter().any(|p| p.purl.name() == name) {
        return;
    }
    let to = graph.add(PackageNode {
        id: name.to_owned(),
        purl: Purl::new(Ecosystem::Npm, name, None),
        origin: Origin::Registry,
        alias: None,
        integrity: Vec::new(),
        relationship: Relationship::Direct,
        scope: Scope::Runtime,
        marker: None,
        locations: Vec::new(),
        resolved: None,
        path: None,
    });
    graph.edges.push(Edge {
        from: EdgeFrom::Root,
        to,
        requirement: requirement.to_owned(),
        scope: Scope::Runtime,
        name: None,
    });
}
