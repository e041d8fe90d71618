//! Inventory: `faultline.inventory/1`, a table, and a tree.

use std::fmt::Write as _;

use faultline_inventory::{Incomplete, Inventory};
use faultline_package::{
    Edge, EdgeFrom, Location, NodeId, Origin, PackageNode, Project, ProjectGraph, Reason, Relationship,
};
use serde_json::{Value, json};

use crate::table;

/// Name and number of the schema, see `docs/schemas/inventory.json`.
const SCHEMA: &str = "faultline.inventory/1";

/// The inventory as one JSON document, indented, with a final line end.
pub fn to_json(inventory: &Inventory) -> serde_json::Result<String> {
    let document = json!({
        "schema": SCHEMA,
        "projects": inventory.projects.iter().map(project).collect::<Vec<_>>(),
        "incomplete": inventory.incomplete.iter().map(incomplete).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn project(project: &Project) -> Value {
    json!({
        "path": project.path,
        "ecosystem": project.ecosystem,
        "name": project.name,
        "version": project.version,
        "files": project.files,
        "complete": project.complete,
        "reasons": project.reasons.iter().map(reason).collect::<Vec<_>>(),
        "packages": project.graph.packages.iter().map(package).collect::<Vec<_>>(),
        "edges": project.graph.edges.iter().map(|e| edge(&project.graph, e)).collect::<Vec<_>>(),
    })
}

fn reason(reason: &Reason) -> Value {
    json!({
        "code": reason.code,
        "detail": reason.detail,
        "file": reason.location.as_ref().map(|l| &l.file),
        "line": reason.location.as_ref().and_then(|l| known(l.line)),
    })
}

fn package(node: &PackageNode) -> Value {
    json!({
        "id": node.id,
        "purl": node.purl,
        "origin": origin(node.origin),
        "alias": node.alias,
        "integrity": node.integrity.iter().map(|i| format!("{}:{}", i.algorithm, i.hex)).collect::<Vec<_>>(),
        "relationship": relationship(node.relationship),
        "scope": node.scope,
        "marker": node.marker,
        "locations": node.locations.iter().map(location).collect::<Vec<_>>(),
    })
}

fn location(location: &Location) -> Value {
    json!({"file": location.file, "line": known(location.line)})
}

fn edge(graph: &ProjectGraph, edge: &Edge) -> Value {
    let from = match edge.from {
        EdgeFrom::Root => "root",
        EdgeFrom::Node(id) => &graph.package(id).id,
    };
    json!({"from": from, "to": graph.package(edge.to).id, "requirement": edge.requirement, "scope": edge.scope})
}

fn incomplete(item: &Incomplete) -> Value {
    json!({"file": item.file, "line": known(item.line), "why": item.why})
}

/// Line 0 means that none is known.
fn known(line: u32) -> Option<u32> {
    (line > 0).then_some(line)
}

/// The word for an origin.
pub(crate) fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Registry => "registry",
        Origin::Git => "git",
        Origin::Path => "path",
        Origin::Link => "link",
        Origin::Url => "url",
    }
}

/// The word for a relationship.
pub fn relationship(relationship: Relationship) -> &'static str {
    match relationship {
        Relationship::Direct => "direct",
        Relationship::Transitive => "transitive",
    }
}

/// One table per project; `width` wraps cells on a terminal.
pub fn to_table(inventory: &Inventory, width: Option<u16>) -> String {
    let mut out = String::new();
    for project in &inventory.projects {
        heading(&mut out, project);
        let rows: Vec<Vec<String>> =
            (0u32..).zip(&project.graph.packages).map(|(n, p)| row(project, NodeId(n), p)).collect();
        if !rows.is_empty() {
            out.push_str(&table::layout(&["PACKAGE", "SCOPE", "RELATIONSHIP", "VIA", "PLACE"], &rows, width));
        }
        out.push('\n');
    }
    footer(&mut out, inventory);
    out
}

fn row(project: &Project, id: NodeId, node: &PackageNode) -> Vec<String> {
    vec![
        node.purl.to_string(),
        node.scope.as_str().to_owned(),
        relationship(node.relationship).to_owned(),
        via(&project.graph, id),
        node.locations.first().map_or_else(String::new, place),
    ]
}

/// The shortest way to a transitive package, without the package itself.
fn via(graph: &ProjectGraph, id: NodeId) -> String {
    let path = graph.paths_to(id, 1).into_iter().next().unwrap_or_default();
    let steps = path.iter().take(path.len().saturating_sub(1));
    steps.map(|step| graph.package(*step).purl.full_name()).collect::<Vec<_>>().join(" > ")
}

fn place(location: &Location) -> String {
    known(location.line).map_or_else(|| location.file.clone(), |line| format!("{}:{line}", location.file))
}

/// One tree per project: what depends on what, each package's own dependencies once.
pub fn to_tree(inventory: &Inventory) -> String {
    let mut out = String::new();
    for project in &inventory.projects {
        heading(&mut out, project);
        write_tree(&mut out, &project.graph);
        out.push('\n');
    }
    footer(&mut out, inventory);
    out
}

fn write_tree(out: &mut String, graph: &ProjectGraph) {
    let outgoing = graph.outgoing();
    let mut shown = vec![false; graph.packages.len()];
    let roots = graph.edges.iter().filter(|e| e.from == EdgeFrom::Root);
    let mut stack: Vec<(usize, NodeId)> = roots.map(|e| (0, e.to)).collect();
    stack.reverse();
    while let Some((depth, id)) = stack.pop() {
        let index = id.0 as usize;
        let again = std::mem::replace(&mut shown[index], true) && !outgoing[index].is_empty();
        let node = graph.package(id);
        let mark = if again { " (see above)" } else { "" };
        let _ = writeln!(out, "{}{} {}{mark}", "  ".repeat(depth + 1), node.purl, node.scope.as_str());
        if !again {
            stack.extend(outgoing[index].iter().rev().map(|e| (depth + 1, graph.edges[*e].to)));
        }
    }
}

fn heading(out: &mut String, project: &Project) {
    let path = if project.path.is_empty() { "." } else { &project.path };
    let name = project.name.as_deref().map(|n| format!(" {n}")).unwrap_or_default();
    let _ =
        writeln!(out, "{path}{name} ({}, {} packages)", project.ecosystem.purl_type(), project.graph.packages.len());
    for reason in &project.reasons {
        let at = reason.location.as_ref().map(|l| format!("  {}", place(l))).unwrap_or_default();
        let _ = writeln!(out, "  {}: {}{at}", reason.code, reason.detail);
    }
}

fn footer(out: &mut String, inventory: &Inventory) {
    if inventory.projects.is_empty() {
        out.push_str("no manifest or lockfile was found\n");
    }
    if !inventory.incomplete.is_empty() {
        let _ = writeln!(out, "incomplete: {} files could not be read", inventory.incomplete.len());
    }
    for item in &inventory.incomplete {
        let at = known(item.line).map(|line| format!(":{line}")).unwrap_or_default();
        let _ = writeln!(out, "  {}{at}: {}", item.file, item.why);
    }
}
