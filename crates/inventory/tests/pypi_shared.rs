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
            if other != "requirements.txt" && !other.contains("requirements") || other.starts_with("other") {
                files.insert(other, std::fs::read(file.path()).unwrap());
            }
        }
    }
    files.insert(name, std::fs::read(&entry).unwrap());
    // An included file is no entry of its own here.
    let paths: Vec<String> = files.keys().cloned().collect();
    let read = |path: &str| files.get(path).map(|b| Arc::from(b.as_slice())).ok_or_else(|| "no such file".to_owned());
    let mut inventory = Inventory::default();
    pypi::read(&Tree { paths: &paths, read: &read }, &mut inventory);
    inventory
}

fn expected(case: &Path) -> BTreeSet<String> {
    let list: Value = serde_json::from_slice(&std::fs::read(case.join("expected.json")).unwrap()).unwrap();
    let purl = |p: &Value| Purl::new(Ecosystem::PyPi, p["name"].as_str().unwrap(), p["version"].as_str()).to_string();
    list.as_array().unwrap().iter().map(purl).collect()
}

fn found(inventory: &Inventory) -> BTreeSet<String> {
    inventory.projects.iter().flat_map(|p| &p.graph.packages).map(|p| p.purl.to_string()).collect()
}

fn found_edges(inventory: &Inventory) -> BTreeSet<(String, String)> {
    let mut edges = BTreeSet::new();
    for project in &inventory.projects {
        let short = |purl: &Purl| format!("{}@{}", purl.name(), purl.version().unwrap_or_default());
        let root =
            format!("{}@{}", project.name.clone().unwrap_or_default(), project.version.clone().unwrap_or_default());
        for edge in &project.graph.edges {
            let from = match edge.from {
                EdgeFrom::Root => root.clone(),
                EdgeFrom::Node(id) => short(&project.graph.package(id).purl),
            };
            edges.insert((from, short(&project.graph.package(edge.to).purl)));
        }
    }
    edges
}

fn expected_edges(case: &Path) -> Option<BTreeSet<(String, String)>> {
    let text = std::fs::read(case.join("expected_edges.json")).ok()?;
    let list: Value = serde_json::from_slice(&text).unwrap();
    let mut edges = BTreeSet::new();
    for entry in list.as_array().unwrap() {
        for to in entry["depends_on"].as_array().unwrap() {
            edges.insert((entry["id"].as_str().unwrap().to_owned(), to.as_str().unwrap().to_owned()));
        }
    }
    Some(edges)
}

#[test]
fn print_differences() {
    let Some(folder) = fixtures() else { return };
    let mut cases: Vec<PathBuf> = Vec::new();
    for format in std::fs::read_dir(folder).unwrap().flatten() {
        cases.extend(std::fs::read_dir(format.path()).unwrap().flatten().map(|c| c.path()));
    }
    cases.sort();
    for case in cases.iter().filter(|case| case.join("meta.json").is_file()) {
        let meta: Value = serde_json::from_slice(&std::fs::read(case.join("meta.json")).unwrap()).unwrap();
        let inventory = read_case(case, &meta);
        let (want, have) = (expected(case), found(&inventory));
        let missing: Vec<_> = want.difference(&have).collect();
        let extra: Vec<_> = have.difference(&want).collect();
        println!("{} error={} incomplete={:?}", case.display(), meta["expect_error"], inventory.incomplete);
        println!(
            "   reasons {:?}",
            inventory
                .projects
                .iter()
                .flat_map(|p| &p.reasons)
                .map(|r| format!("{} {:?} {}", r.code, r.location.as_ref().map(|l| l.line), r.detail))
                .collect::<Vec<_>>()
        );
        if !missing.is_empty() || !extra.is_empty() {
            println!("   missing {missing:?}\n   extra {extra:?}");
        }
        if let Some(want) = expected_edges(case) {
            let have = found_edges(&inventory);
            println!(
                "   edges missing {:?}\n   edges extra {:?}",
                want.difference(&have).collect::<Vec<_>>(),
                have.difference(&want).collect::<Vec<_>>()
            );
        }
    }
}
