//! Checks against lockfile fixtures that are not part of this repository; skipped where they are absent.

#![allow(clippy::unwrap_used, reason = "a broken fixture has to fail the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, pypi};
use faultline_package::{Ecosystem, EdgeFrom, Purl};
use serde_json::Value;

fn fixtures() -> Option<PathBuf> {
    let shared = std::env::var_os("FAULTLINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/fixtures/pypi");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

/// Standard file name for an entry whose own name says nothing about its format.
fn standard_name(format: &str, entry: &Path) -> String {
    let name = entry.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match format {
        "requirements" => "requirements.txt".into(),
        "metadata" | "wheelegg" => "x.dist-info/METADATA".into(),
        _ => name,
    }
}

fn read_case(case: &Path, meta: &Value) -> Inventory {
    let entry = case.join(meta["entry"].as_str().unwrap());
    let name = standard_name(meta["format"].as_str().unwrap(), &entry);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    if meta["format"] == "requirements" {
        for file in std::fs::read_dir(entry.parent().unwrap()).unwrap().flatten() {
            let other = file.file_name().to_string_lossy().into_owned();
            if !other.contains("requirements") || other.starts_with("other-") {
                files.insert(other, std::fs::read(file.path()).unwrap());
            }
        }
    }
    files.insert(name.clone(), std::fs::read(&entry).unwrap());
    let paths: Vec<String> = files.keys().cloned().collect();
    let read = |path: &str| files.get(path).map(|b| Arc::from(b.as_slice())).ok_or_else(|| "no such file".to_owned());
    let mut inventory = Inventory::default();
    let entry = paths.iter().find(|path| **path == name).unwrap();
    assert!(pypi::read_file(&Tree { paths: &paths, read: &read }, entry, &mut inventory));
    inventory
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What has to be there for one expected entry: name, version unless the expectation took a bound for one, line.
struct Wanted {
    purl: Purl,
    line: Option<u64>,
}

fn expected(case: &Path, own: &[String]) -> Vec<Wanted> {
    let list = json(&case.join("expected.json"));
    list.as_array().unwrap().iter().map(wanted).filter(|w| !own.contains(&w.purl.name().to_owned())).collect()
}

fn wanted(entry: &Value) -> Wanted {
    let bound = entry["versioncomparator"].as_str().is_some_and(|comparator| !comparator.starts_with("=="));
    let version = entry["version"].as_str().and_then(|version| version.split(' ').next()).filter(|_| !bound);
    Wanted { purl: Purl::new(Ecosystem::PyPi, entry["name"].as_str().unwrap(), version), line: entry["line"].as_u64() }
}

fn missing(inventory: &Inventory, wanted: &Wanted) -> bool {
    let mut packages = inventory.projects.iter().flat_map(|project| &project.graph.packages);
    !packages.any(|package| {
        package.purl == wanted.purl
            && wanted.line.is_none_or(|line| package.locations.iter().any(|place| u64::from(place.line) == line))
    })
}

fn own_names(inventory: &Inventory) -> Vec<String> {
    let names = inventory.projects.iter().filter_map(|project| project.name.as_deref());
    names.map(|name| Purl::new(Ecosystem::PyPi, name, None).name().to_owned()).collect()
}

fn found_edges(inventory: &Inventory) -> BTreeSet<(String, String)> {
    let mut edges = BTreeSet::new();
    let short = |purl: &Purl| format!("{}@{}", purl.name(), purl.version().unwrap_or_default());
    for project in &inventory.projects {
        let root = Purl::new(Ecosystem::PyPi, project.name.as_deref().unwrap_or("?"), project.version.as_deref());
        for edge in &project.graph.edges {
            let from = match edge.from {
                EdgeFrom::Root => &root,
                EdgeFrom::Node(id) => &project.graph.package(id).purl,
            };
            edges.insert((short(from), short(&project.graph.package(edge.to).purl)));
        }
    }
    edges
}

fn expected_edges(case: &Path) -> BTreeSet<(String, String)> {
    let file = case.join("expected_edges.json");
    let list = if file.is_file() { json(&file) } else { Value::Array(Vec::new()) };
    let edges_of = |entry: &Value| {
        let from = entry["id"].as_str().unwrap().to_owned();
        let ends = entry["depends_on"].as_array().unwrap().clone();
        ends.into_iter().map(move |to| (from.clone(), to.as_str().unwrap().to_owned())).collect::<Vec<_>>()
    };
    list.as_array().unwrap().iter().flat_map(edges_of).collect()
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let folders =
        |path: &Path| std::fs::read_dir(path).unwrap().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let mut cases: Vec<PathBuf> = folders(folder).iter().flat_map(|format| folders(format)).collect();
    cases.retain(|case| case.join("meta.json").is_file());
    cases.sort();
    cases
}

/// Everything wrong with one case.
fn faults(case: &Path) -> Vec<String> {
    let meta = json(&case.join("meta.json"));
    let inventory = read_case(case, &meta);
    let mut faults = Vec::new();
    let silent = inventory.incomplete.is_empty();
    // Where others give up on a whole file, a reason of the project may say what is not known.
    let reasons = inventory.projects.iter().any(|project| !project.complete);
    if meta["expect_error"] == true && silent && !reasons {
        faults.push("no error".to_owned());
    }
    if meta["expect_error"] == false && !silent {
        faults.push(format!("{:?}", inventory.incomplete));
    }
    let wanted = expected(case, &own_names(&inventory));
    faults.extend(wanted.iter().filter(|w| missing(&inventory, w)).map(|w| format!("{} at {:?}", w.purl, w.line)));
    let edges = found_edges(&inventory);
    faults.extend(expected_edges(case).difference(&edges).map(|(from, to)| format!("{from} -> {to}")));
    faults
}

#[test]
fn nothing_expected_is_missing() {
    let Some(folder) = fixtures() else { return };
    let cases = cases(&folder);
    assert!(cases.len() > 30);
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|case| faults(case).into_iter().map(move |f| format!("{}: {f}", case.display())))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
