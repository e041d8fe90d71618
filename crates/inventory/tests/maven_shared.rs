//! Checks against Maven and Gradle fixtures that are not part of this repository; skipped where they are absent.

#![allow(clippy::unwrap_used, reason = "a broken fixture has to fail the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};
use faultline_package::{Ecosystem, Purl};
use serde_json::Value;

fn fixtures() -> Option<PathBuf> {
    let shared = std::env::var_os("FAULTLINE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("data/fixtures/maven");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The entry under the name that its format has, and what lies beside and below it.
fn read_case(case: &Path, meta: &Value) -> Inventory {
    let entry = case.join(meta["entry"].as_str().unwrap());
    let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
    let is_pom = meta["format"] == "pomxml";
    let name = if is_pom { "pom.xml".to_owned() } else { name };
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    let parent = entry.parent().unwrap().join("parent/pom.xml");
    if is_pom && meta["case"] == "with parent" {
        files.insert("parent/pom.xml".to_owned(), std::fs::read(parent).unwrap().into());
    }
    files.insert(name, std::fs::read(&entry).unwrap().into());
    let paths: Vec<String> = files.keys().cloned().collect();
    read(&Tree { paths: &paths, read: &|path| files.get(path).cloned().ok_or_else(|| "is not there".to_owned()) })
}

/// Where we differ on purpose: no version is taken from a range, and a component without group or name is none.
fn by_policy(name: &str, version: &str) -> bool {
    name.starts_with(':') || name.ends_with(':') || (name == "org.mine:ranged-package" && version == "9.4.35.v20201120")
}

fn faults(case: &Path) -> Vec<String> {
    let meta = json(&case.join("meta.json"));
    let inventory = read_case(case, &meta);
    let mut out = Vec::new();
    if meta["expect_error"] == true && !inventory.incomplete.iter().any(|i| i.line > 0) {
        out.push("no error with a line".to_owned());
    }
    if meta["expect_error"] == false && !inventory.incomplete.is_empty() {
        out.push(format!("{:?}", inventory.incomplete));
    }
    let packages = || inventory.projects.iter().flat_map(|project| &project.graph.packages);
    let expected = json(&case.join("expected.json"));
    for wanted in expected.as_array().unwrap() {
        let (name, version) = (wanted["name"].as_str().unwrap(), wanted["version"].as_str().unwrap());
        let purl = Purl::new(Ecosystem::Maven, name, Some(version));
        let line = wanted["line"].as_u64();
        let fits = |p: &faultline_package::PackageNode| {
            p.purl == purl && line.is_none_or(|line| p.locations.iter().any(|l| u64::from(l.line) == line))
        };
        if !packages().any(fits) && !by_policy(name, version) {
            out.push(format!("missing {purl} at {line:?}"));
        }
    }
    let wanted = expected.as_array().unwrap().len();
    let names: std::collections::BTreeSet<String> = packages().map(|p| p.purl.to_string()).collect();
    if names.len() > wanted {
        out.push(format!("{} packages instead of {wanted}", names.len()));
    }
    out
}

#[test]
fn nothing_expected_is_missing() {
    let Some(folder) = fixtures() else { return };
    let below = |path: &Path| std::fs::read_dir(path).unwrap().flatten().map(|e| e.path()).collect::<Vec<_>>();
    let mut cases: Vec<PathBuf> = below(&folder).iter().flat_map(|format| below(format)).collect();
    cases.retain(|case| case.join("meta.json").is_file());
    assert!(cases.len() > 25);
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|case| faults(case).into_iter().map(move |f| format!("{}: {f}", case.display())))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
