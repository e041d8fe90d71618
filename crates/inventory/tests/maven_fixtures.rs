//! What is read from small repositories of Maven and Gradle, written out in full.
//!
//! `UPDATE_EXPECT=1 cargo test -p faultline-inventory --test maven_fixtures` writes the expectations anew.

mod folder;

use std::fmt::Write;

use expect_test::expect_file;
use faultline_inventory::{Inventory, Tree, read as read_tree};
use faultline_package::{Edge, EdgeFrom, Location, PackageNode, Project};

fn read(case: &str) -> Inventory {
    let folder = folder::Folder::open(&format!("{}/tests/fixtures/maven/{case}", env!("CARGO_MANIFEST_DIR")));
    read_tree(&Tree { paths: &folder.paths, read: &|path| folder.read(path) })
}

fn render(inventory: &Inventory) -> String {
    let mut out = String::new();
    for project in &inventory.projects {
        render_project(project, &mut out);
    }
    for incomplete in &inventory.incomplete {
        let _ = writeln!(out, "incomplete {}:{} {}", incomplete.file, incomplete.line, incomplete.why);
    }
    out
}

fn render_project(project: &Project, out: &mut String) {
    let name = project.name.as_deref().unwrap_or("-");
    let version = project.version.as_deref().unwrap_or("-");
    let state = if project.complete { "complete" } else { "incomplete" };
    let _ = writeln!(out, "project `{}` {name} {version} {state} {}", project.path, project.files.join(" "));
    for reason in &project.reasons {
        let place = reason.location.as_ref().map(at).unwrap_or_default();
        let _ = writeln!(out, "  reason {} {place} {}", reason.code, reason.detail);
    }
    for package in &project.graph.packages {
        render_package(package, out);
    }
    for edge in &project.graph.edges {
        render_edge(project, edge, out);
    }
    out.push('\n');
}

fn at(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

fn render_package(package: &PackageNode, out: &mut String) {
    let _ = write!(out, "  {} = {} {:?}", package.id, package.purl, package.origin);
    let _ = write!(out, " {} {:?}", package.scope.as_str(), package.relationship);
    let named = [("alias", &package.alias), ("path", &package.path), ("marker", &package.marker)];
    for (name, value) in named.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        let _ = write!(out, " {name}={value}");
    }
    for integrity in &package.integrity {
        let _ = write!(out, " {}:{}…", integrity.algorithm, &integrity.hex[..8]);
    }
    let places: Vec<String> = package.locations.iter().map(at).collect();
    let _ = writeln!(out, " @ {}", places.join(" "));
}

fn render_edge(project: &Project, edge: &Edge, out: &mut String) {
    let from = match edge.from {
        EdgeFrom::Root => "root",
        EdgeFrom::Node(id) => &project.graph.package(id).id,
    };
    let to = &project.graph.package(edge.to).id;
    let _ = write!(out, "  {from} -> {to} {} `{}`", edge.scope.as_str(), edge.requirement);
    let name = edge.name.as_ref().map(|name| format!(" as {name}"));
    let _ = writeln!(out, "{}", name.unwrap_or_default());
}

#[test]
fn every_fixture_reads_as_written_down() {
    let root = format!("{}/tests/fixtures/maven", env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<String> = std::fs::read_dir(&root)
        .expect("fixtures")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    cases.sort();
    assert!(cases.len() > 2);
    for case in cases {
        let inventory = read(&case);
        // What is kept comes back: no package has a name that cannot be read again.
        let kept = serde_json::to_string(&inventory.projects).expect("JSON");
        assert_eq!(serde_json::from_str::<Vec<Project>>(&kept).expect("projects"), inventory.projects);
        expect_file![format!("{root}/{case}.txt")].assert_eq(&render(&inventory));
    }
}
