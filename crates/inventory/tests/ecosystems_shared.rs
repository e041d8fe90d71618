//! Package sets and edges of the shared fixture collection for all ecosystems that have no test of their own.
//!
//! Differences that are policy are named in the `docs/inventory-*.md`; [`extra_by_policy`] and
//! [`missing_by_policy`] repeat them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};
use faultline_package::{EdgeFrom, Origin, PackageNode, Relationship, Scope};
use serde_json::Value;

/// Ecosystem folder, and per format the name that its entry must have in a repository.
const FORMATS: &[(&str, &str, &str)] = &[
    ("go", "gomod", "go.mod"),
    ("go", "gosum", "go.sum"),
    ("go", "vendormodules", "modules.txt"),
    ("cargo", "cargolock", "Cargo.lock"),
    ("cargo", "cargotoml", "Cargo.toml"),
    ("nuget", "csproj", "Project.csproj"),
    ("nuget", "depsjson", "app.deps.json"),
    ("nuget", "nugetcpm", "Directory.Packages.props"),
    ("nuget", "packagesconfig", "packages.config"),
    ("nuget", "packageslockjson", "packages.lock.json"),
    ("nuget", "packagesprops", "Packages.props"),
    ("nuget", "paketdependencies", "paket.dependencies"),
    ("nuget", "paketlock", "paket.lock"),
    ("nuget", "projectassetsjson", "project.assets.json"),
    ("rubygems", "gemfilelock", "Gemfile.lock"),
    ("composer", "composerlock", "composer.lock"),
    ("hex", "gleamtoml", "gleam.toml"),
    ("hex", "mixlock", "mix.lock"),
    ("hex", "rebarlock", "rebar.lock"),
    ("pub", "pubspec", "pubspec.lock"),
    ("swift", "packageresolved", "Package.resolved"),
    ("cocoapods", "podfilelock", "Podfile.lock"),
    ("conan", "conanfile", "conanfile.txt"),
    ("conan", "conanlock", "conan.lock"),
    ("conda", "condameta", "conda-meta/x.json"),
    ("conda", "environment", "environment.yml"),
    ("julia", "manifesttoml", "Manifest.toml"),
    ("hackage", "cabal", "cabal.project.freeze"),
    ("hackage", "stacklock", "stack.yaml.lock"),
    ("hackage", "stackyaml", "stack.yaml"),
    ("cran", "renvlock", "renv.lock"),
    ("cpan", "cpan", "META.json"),
    ("vcpkg", "vcpkg", "vcpkg.json"),
    ("githubactions", "workflow", ".github/workflows/x.yaml"),
];

fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let root = std::env::var_os("FAULTLINE_SHARED").map_or(beside, PathBuf::from);
    let folder = root.join("data/fixtures");
    if !folder.is_dir() {
        eprintln!("skipped: no shared fixtures at {}", folder.display());
        return None;
    }
    Some(folder)
}

/// The entry under its usual name, and files that belong to it.
fn files(case: &Path, entry: &str, name: &str) -> BTreeMap<String, Arc<[u8]>> {
    let mut path = case.join(entry);
    if path.is_dir() {
        path = path.join(entry);
    }
    let mut out = BTreeMap::new();
    let sum = if entry.ends_with("go.mod") { path.with_file_name("go.sum") } else { path.with_extension("sum") };
    if let Ok(bytes) = std::fs::read(&sum)
        && name == "go.mod"
    {
        out.insert("go.sum".to_owned(), bytes.into());
    }
    out.insert(name.to_owned(), std::fs::read(path).expect("entry file").into());
    out
}

fn inventory_of(files: &BTreeMap<String, Arc<[u8]>>) -> Inventory {
    let paths: Vec<String> = files.keys().cloned().collect();
    read(&Tree { paths: &paths, read: &|path| files.get(path).cloned().ok_or_else(|| "is not there".to_owned()) })
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|_| "null".to_owned());
    serde_json::from_str(&text).expect("expectation is JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Versions of Go with and without `v`, names with and without case, are the same.
fn key(name: &str, version: &str) -> String {
    let digit = |v: &&str| v.starts_with(|c: char| c.is_ascii_digit());
    format!("{}@{}", name.to_lowercase(), version.strip_prefix('v').filter(digit).unwrap_or(version))
}

fn package_key(package: &PackageNode) -> String {
    key(&package.purl.full_name(), package.purl.version().unwrap_or_default())
}

/// Name and version as the collection states them; of Swift packages by their purl, which has the whole path.
fn expected_key(package: &Value) -> String {
    match text(package, "purl").strip_prefix("pkg:swift/").and_then(|p| p.rsplit_once('@')) {
        Some((name, version)) => key(name, version),
        None => key(text(package, "name"), text(package, "version")),
    }
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
    let named = inventory
        .projects
        .iter()
        .filter_map(|p| Some(key(p.name.as_deref()?, p.version.as_deref().unwrap_or_default())));
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
                EdgeFrom::Root => {
                    key(project.name.as_deref().unwrap_or_default(), project.version.as_deref().unwrap_or_default())
                }
            };
            out.insert((from, name(edge.to)));
        }
    }
    out
}

fn expected_edges(case: &Path, packages: &Value) -> Edges {
    let ids: BTreeMap<&str, String> = packages
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| (text(p, "id"), key(text(p, "name"), text(p, "version"))))
        .collect();
    let name = |id: &str| {
        let split = || id.rsplit_once('@').map(|(name, version)| key(name, version));
        ids.get(id).cloned().or_else(split).unwrap_or_else(|| key(id, ""))
    };
    let mut out = BTreeSet::new();
    for from in json(&case.join("expected_edges.json")).as_array().into_iter().flatten() {
        for to in from["depends_on"].as_array().into_iter().flatten() {
            out.insert((name(text(from, "id")), name(to.as_str().unwrap_or_default())));
        }
    }
    out
}

fn has_reason(inventory: &Inventory, code: &str) -> bool {
    inventory.projects.iter().any(|p| p.reasons.iter().any(|r| r.code == code))
}

/// True for packages that we list and the collection does not, on purpose.
fn extra_by_policy(format: &str, inventory: &Inventory, package: &PackageNode) -> bool {
    // Development packages, folders and git repositories are kept; Go's own library is a package.
    let kept = package.scope >= Scope::Optional || matches!(package.origin, Origin::Git | Origin::Path | Origin::Url);
    let stdlib = package.purl.full_name() == "stdlib";
    // Indirect modules are kept; what old modules leave out comes from go.sum.
    let of_sums =
        has_reason(inventory, "not_pruned") || format == "gomod" && package.relationship == Relationship::Transitive;
    // What of a .NET program has no files of its own is listed too.
    kept || stdlib || of_sums || format == "depsjson" || has_reason(inventory, "no_lockfile")
}

/// True for packages that the collection lists and we do not, on purpose.
fn missing_by_policy(inventory: &Inventory, expected: &str) -> bool {
    let (name, _) = expected.rsplit_once('@').unwrap_or((expected, ""));
    let by_name = |name: &str, inventory: &Inventory, origin: Option<Origin>| {
        let named = |p: &&PackageNode| p.purl.full_name().to_lowercase() == name;
        found(inventory).values().flatten().copied().filter(named).any(|p| origin.is_none_or(|o| o == p.origin))
    };
    // The project itself; versions that a requirement only hints at; commits, which are no versions; parts of an
    // action; local actions; what vcpkg's registry alone knows.
    let repository = name.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    projects(inventory).contains(expected)
        || has_reason(inventory, "no_lockfile") && by_name(name, inventory, None)
        || by_name(name, inventory, Some(Origin::Git))
        || by_name(&repository, inventory, None)
        || name.starts_with("./")
        || name.starts_with("vcpkg-cmake")
}

fn differences(case: &Path, format: &str, name: &str) -> Vec<String> {
    let meta = json(&case.join("meta.json"));
    let files = files(case, text(&meta, "entry"), name);
    let inventory = inventory_of(&files);
    let packages = json(&case.join("expected.json"));
    let wanted: BTreeSet<String> = packages.as_array().into_iter().flatten().map(expected_key).collect();
    if meta["expect_error"] == true && wanted.is_empty() {
        let lines: Vec<u32> = inventory.incomplete.iter().map(|i| i.line).collect();
        let fine = !lines.is_empty() && !lines.contains(&0);
        return if fine { Vec::new() } else { vec![format!("no error with a line: {:?}", inventory.incomplete)] };
    }
    let mut out = Vec::new();
    let found = found(&inventory);
    let missing = wanted.iter().filter(|w| !found.contains_key(*w) && !missing_by_policy(&inventory, w));
    out.extend(missing.map(|p| format!("missing {p}")));
    let by_policy = |p: &&PackageNode| extra_by_policy(format, &inventory, p);
    let extra = found.iter().filter(|(k, p)| !wanted.contains(*k) && !p.iter().all(by_policy));
    out.extend(extra.map(|(k, _)| format!("extra {k}")));
    out.extend(wrong_lines(&packages, &found));
    if case.join("expected_edges.json").exists() && format != "vcpkg" {
        let (wanted_edges, found_edges) = (expected_edges(case, &packages), found_edges(&inventory));
        out.extend(wanted_edges.difference(&found_edges).map(|(a, b)| format!("missing edge {a} -> {b}")));
        let extra = found_edges.difference(&wanted_edges).filter(|(a, b)| wanted.contains(a) && wanted.contains(b));
        let extra = extra.filter(|(a, _)| !projects(&inventory).contains(a));
        out.extend(extra.map(|(a, b)| format!("extra edge {a} -> {b}")));
    }
    out.extend(
        inventory.incomplete.iter().filter(|_| !out.is_empty()).map(|i| format!("says {i:?}")).collect::<Vec<_>>(),
    );
    out
}

/// Our line is that of the name; the collection's may be that of the entry's head above it.
fn wrong_lines(packages: &Value, found: &Copies) -> Vec<String> {
    let mut out = Vec::new();
    for package in packages.as_array().into_iter().flatten() {
        let (Some(line), name) = (package["line"].as_u64(), key(text(package, "name"), text(package, "version")))
        else {
            continue;
        };
        let Some(copies) = found.get(&name) else { continue };
        let mut locations = copies.iter().flat_map(|p| &p.locations);
        if !locations.any(|l| (line..=line + 1).contains(&u64::from(l.line))) {
            let places: Vec<u32> = copies.iter().flat_map(|p| &p.locations).map(|l| l.line).collect();
            out.push(format!("{name} is not in line {line} but in {places:?}"));
        }
    }
    out
}

#[test]
fn package_sets_and_edges_agree_with_the_collection() {
    let Some(folder) = shared() else { return };
    let mut report = Vec::new();
    let mut cases = 0;
    for (ecosystem, format, name) in FORMATS {
        for case in std::fs::read_dir(folder.join(ecosystem).join(format)).expect("folder").flatten() {
            if !case.path().join("meta.json").is_file() {
                continue;
            }
            cases += 1;
            let label = format!("{ecosystem}/{format}/{}", case.file_name().display());
            report.extend(differences(&case.path(), format, name).into_iter().map(|line| format!("{label}: {line}")));
        }
    }
    report.sort();
    assert!(cases > 0 && report.is_empty(), "{cases} cases\n{}", report.join("\n"));
}
