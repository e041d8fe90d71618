//! Everything that was read, written out.

use std::fmt::Write;

use faultline_inventory::Inventory;
use faultline_package::{Edge, EdgeFrom, Location, PackageNode, Project};

/// The whole inventory.
pub fn render(inventory: &Inventory) -> String {
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
