//! `maven_install.json`, both layouts, and the Bazel files that declare artifacts.

use std::collections::HashMap;

use faultline_package::{Integrity, Scope};

use super::{Found, Listed, reason, starlark};
use crate::maven::xml::Fault;
use crate::npm::doc::{self, Entry, Item};

/// Reads a `maven_install.json`.
pub(super) fn read(file: &str, text: &str) -> Result<Found, Fault> {
    if !text.trim_start().starts_with('{') {
        return Ok(declared(file, text));
    }
    let root = doc::json(text, false)?;
    let mut found = match (root.get("dependency_tree"), root.get("artifacts")) {
        (Some(tree), _) => first_layout(file, tree),
        (None, Some(_)) => second_layout(file, &root),
        (None, None) => return Err((1, "has neither `artifacts` nor `dependency_tree`: pin again".to_owned())),
    };
    found.files.push(file.to_owned());
    found.complete = true;
    Ok(found)
}

/// Artifacts that a `MODULE.bazel` or `WORKSPACE` asks for.
pub(super) fn declared(file: &str, text: &str) -> Found {
    let artifacts = starlark::artifacts(text);
    let one = |(line, coordinates): &(u32, String)| {
        let mut package = package(file, *line, coordinates)?;
        package.requirement.clone_from(&package.coordinates.version);
        Some(package)
    };
    let packages: Vec<Listed> = artifacts.iter().filter_map(one).collect();
    let detail = "only the artifacts asked for are known; pin them into maven_install.json".to_owned();
    let reasons = if packages.is_empty() { Vec::new() } else { vec![reason("no_lockfile", detail, file, 1)] };
    Found { complete: reasons.is_empty(), packages, reasons, files: vec![file.to_owned()], ..Found::default() }
}

/// `group:artifact:version`, with extension and classifier before the version where they are not the usual ones.
fn package(file: &str, line: u32, coordinates: &str) -> Option<Listed> {
    let parts: Vec<&str> = coordinates.split(':').collect();
    let (group, artifact, classifier, version) = match parts.as_slice() {
        [group, artifact] => (group, artifact, "", ""),
        [group, artifact, version] | [group, artifact, _, version] => (group, artifact, "", *version),
        [group, artifact, _, classifier, version] => (group, artifact, *classifier, *version),
        _ => return None,
    };
    let mut package = Listed::new(group, artifact, version, Scope::Runtime, file, line);
    package.requirement = String::new();
    classifier.clone_into(&mut package.classifier);
    Some(package)
}

fn sha256(hex: &str) -> Integrity {
    Integrity { algorithm: "sha256".to_owned(), hex: hex.to_ascii_lowercase(), file: None }
}

fn first_layout(file: &str, tree: &Item) -> Found {
    let mut found = Found::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    let entries = tree.get("dependencies").map_or(&[][..], Item::items);
    let wanted = |entry: &&Item| entry.text_of("coord").is_some_and(|c| !is_extra(c));
    for entry in entries.iter().filter(wanted) {
        let coordinates = entry.text_of("coord").unwrap_or_default();
        let Some(mut package) = package(file, entry.line, coordinates) else { continue };
        package.integrity.extend(entry.text_of("sha256").map(sha256));
        places.insert(coordinates.to_owned(), found.packages.len());
        found.packages.push(package);
    }
    for entry in entries {
        let from = entry.text_of("coord").and_then(|coordinates| places.get(coordinates));
        let direct = entry.get("directDependencies").map_or(&[][..], Item::items);
        let to = direct.iter().filter_map(Item::text).filter_map(|coordinates| places.get(coordinates));
        found.edges.extend(to.filter_map(|to| Some((*from?, *to))));
    }
    infer_direct(&mut found);
    found
}

/// Sources and documentation are no dependencies.
fn is_extra(coordinates: &str) -> bool {
    coordinates.contains(":sources:") || coordinates.contains(":javadoc:")
}

fn second_layout(file: &str, root: &Item) -> Found {
    let mut found = Found::default();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for Entry { key, line, item } in root.entries_of("artifacts") {
        let version = item.text_of("version").unwrap_or_default();
        let Some(mut package) = package(file, *line, &format!("{key}:{version}")) else { continue };
        let hashes = item.entries_of("shasums").iter().filter(|e| !matches!(&*e.key, "sources" | "javadoc"));
        package.integrity.extend(hashes.filter_map(|e| e.item.text()).map(sha256));
        places.insert(key, found.packages.len());
        found.packages.push(package);
    }
    for Entry { key, item, .. } in root.entries_of("dependencies") {
        let to = item.items().iter().filter_map(Item::text).filter_map(|name| places.get(name));
        found.edges.extend(to.filter_map(|to| Some((*places.get(&**key)?, *to))));
    }
    let inputs = root.entries_of("__INPUT_ARTIFACTS_HASH");
    let direct: Vec<usize> = inputs.iter().filter_map(|e| places.get(&*e.key).copied()).collect();
    if direct.is_empty() {
        infer_direct(&mut found);
    } else {
        found.direct = Some(direct);
    }
    found
}

/// What no other package needs must be asked for.
fn infer_direct(found: &mut Found) {
    let mut needed = vec![false; found.packages.len()];
    for (_, to) in &found.edges {
        needed[*to] = true;
    }
    found.direct = Some((0..needed.len()).filter(|index| !needed[*index]).collect());
}
