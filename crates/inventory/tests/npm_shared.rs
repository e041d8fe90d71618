//! Package sets and edges of the shared fixture collection, when it is there.
//!
//! Differences that are policy are named in `docs/inventory.md`; [`by_policy`] repeats them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};
use faultline_package::{EdgeFrom, Origin, PackageNode, Scope};
use serde_json::Value;

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("FAULTLINE_SHARED").map_or(beside, PathBuf::from);
    let folder = root.join("data/fixtures/npm");
    if !folder.is_dir() {
        eprintln!("skipped: no shared fixtures at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn inventory_of(case: &Path, name: &str) -> Inventory {
    let bytes: Arc<[u8]> = std::fs::read(case.join(name)).expect("entry file").into();
    let paths = vec![name.to_owned()];
    read(&Tree { paths: &paths, read: &|_| Ok(bytes.clone()) })
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| "null".to_owned());
    serde_json::from_str(&text).expect("expectation is JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn key(name: &str, version: Option<&str>) -> String {
    format!("{name}@{}", version.unwrap_or_default())
}

fn package_key(package: &PackageNode) -> String {
    key(&package.purl.full_name(), package.purl.version())
}

type Copies<'a> = BTreeMap<String, Vec<&'a PackageNode>>;

fn found(inventory: &Inventory) -> Copies<'_> {
    let mut out = Copies::new();
    for package in inventory.projects.iter().flat_map(|p| &p.graph.packages) {
        out.entry(package_key(package)).or_default().push(package);
    }
    out
}

/// Name and version of the projects themselves, which are no packages of their own graph.
fn projects(inventory: &Inventory) -> BTreeSet<String> {
    let named = inventory.projects.iter().filter_map(|p| Some(key(p.name.as_deref()?, p.version.as_deref())));
    named.collect()
}

type Edges = BTreeSet<(String, String)>;

fn found_edges(inventory: &Inventory) -> Edges {
    let mut out = BTreeSet::new();
    for project in &inventory.projects {
        let name = |id| package_key(project.graph.package(id));
        for edge in &project.graph.edges {
            let from = match edge.from {
                EdgeFrom::Node(id) => name(id),
                EdgeFrom::Root => key(project.name.as_deref().unwrap_or_default(), project.version.as_deref()),
            };
            out.insert((from, name(edge.to)));
        }
    }
    out
}

/// Wanted edges, with the collection's ids turned into name and version.
fn expected_edges(case: &Path, packages: &Value) -> Edges {
    let ids: BTreeMap<&str, String> = packages
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| (text(p, "id"), key(text(p, "name"), Some(text(p, "version")))))
        .collect();
    let name = |id: &str| ids.get(id).cloned().unwrap_or_else(|| id.to_owned());
    let mut out = BTreeSet::new();
    for from in json(&case.join("expected_edges.json")).as_array().into_iter().flatten() {
        for to in from["depends_on"].as_array().into_iter().flatten() {
            out.insert((name(text(from, "id")), name(to.as_str().unwrap_or_default())));
        }
    }
    out
}

/// True for packages that we list and the collection does not, on purpose.
fn extra_by_policy(inventory: &Inventory, package: &PackageNode) -> bool {
    let unresolved = inventory.projects.iter().any(|p| p.reasons.iter().any(|r| r.code == "dependency_unresolved"));
    let alone = inventory.projects.iter().any(|p| p.reasons.iter().any(|r| r.code == "no_lockfile"));
    // Development and tool packages are kept; so are git packages, members, and direct ones that have no entry.
    let is_known = package.scope >= Scope::Dev || matches!(package.origin, Origin::Git | Origin::Path);
    is_known || unresolved || alone
}

/// True for packages that the collection lists and we do not, on purpose.
fn missing_by_policy(inventory: &Inventory, expected: &str) -> bool {
    let name = expected[..1].to_owned() + expected[1..].split('@').next().unwrap_or_default();
    let lists = |name: &str| found(inventory).values().flatten().any(|p| p.purl.full_name() == name);
    // The project itself; members without a version; versions that a requirement only hints at; other registries.
    let is_guess = inventory.projects.iter().any(|p| p.reasons.iter().any(|r| r.code == "no_lockfile"));
    projects(inventory).contains(expected)
        || (expected.ends_with("@0.0.0-use.local") && lists(&name))
        || (is_guess && lists(&name))
        || name == "std1/path1"
}

fn differences(case: &Path) -> Vec<String> {
    let meta = json(&case.join("meta.json"));
    let inventory = inventory_of(case, text(&meta, "entry"));
    if meta["expect_error"] == true {
        let lines: Vec<u32> = inventory.incomplete.iter().map(|i| i.line).collect();
        let fine = !lines.is_empty() && !lines.contains(&0);
        return if fine { Vec::new() } else { vec!["no error with a line".to_owned()] };
    }
    let mut out: Vec<String> =
        inventory.incomplete.iter().map(|i| format!("error in line {}: {}", i.line, i.why)).collect();
    let packages = json(&case.join("expected.json"));
    let wanted: BTreeSet<String> =
        packages.as_array().into_iter().flatten().map(|p| key(text(p, "name"), Some(text(p, "version")))).collect();
    let found = found(&inventory);
    let missing = wanted.iter().filter(|w| !found.contains_key(*w) && !missing_by_policy(&inventory, w));
    out.extend(missing.map(|p| format!("missing {p}")));
    let extra = found.iter().filter(|(k, p)| !wanted.contains(*k) && !p.iter().all(|p| extra_by_policy(&inventory, p)));
    out.extend(extra.map(|(k, _)| format!("extra {k}")));
    out.extend(wrong_lines(&packages, &found));
    if case.join("expected_edges.json").exists() {
        let (wanted_edges, found_edges) = (expected_edges(case, &packages), found_edges(&inventory));
        out.extend(wanted_edges.difference(&found_edges).map(|(a, b)| format!("missing edge {a} -> {b}")));
        let extra = found_edges.difference(&wanted_edges).filter(|(a, b)| wanted.contains(a) && wanted.contains(b));
        let extra = extra.filter(|(a, _)| !projects(&inventory).contains(a));
        out.extend(extra.map(|(a, b)| format!("extra edge {a} -> {b}")));
    }
    out
}

fn wrong_lines(packages: &Value, found: &Copies) -> Vec<String> {
    let mut out = Vec::new();
    let mut wanted: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for package in packages.as_array().into_iter().flatten() {
        if let Some(line) = package["line"].as_u64() {
            wanted.entry(key(text(package, "name"), Some(text(package, "version")))).or_default().push(line);
        }
    }
    for (name, lines) in wanted.iter().filter(|(_, lines)| lines.len() == 1) {
        let Some(copies) = found.get(name) else { continue };
        let mut locations = copies.iter().flat_map(|p| &p.locations);
        if !locations.any(|l| u64::from(l.line) == lines[0]) {
            out.push(format!("{name} is not in line {}", lines[0]));
        }
    }
    out
}

#[test]
fn package_sets_and_edges_agree_with_the_collection() {
    let Some(folder) = shared() else { return };
    let mut report = Vec::new();
    let mut cases = 0;
    for format in std::fs::read_dir(folder).expect("folder").flatten() {
        for case in std::fs::read_dir(format.path()).expect("folder").flatten() {
            let name = format!("{}/{}", format.file_name().display(), case.file_name().display());
            cases += 1;
            report.extend(differences(&case.path()).into_iter().map(|line| format!("{name}: {line}")));
        }
    }
    assert!(cases > 0 && report.is_empty(), "{cases} cases\n{}", report.join("\n"));
}
