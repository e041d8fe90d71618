//! Lockfiles without packages beside manifests with and without dependencies.

use std::collections::BTreeMap;
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};

const NPM: &str = r#"{"name":"shop","dependencies":{"left":"^1.0.0"}}"#;
const PYTHON: &str = "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"left>=1\"]\n";
const POETRY: &str =
    "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\nleft = \"^1\"\n";

fn inventory(files: &[(&str, &str)]) -> Inventory {
    let files: BTreeMap<String, Arc<[u8]>> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().into())).collect();
    let paths: Vec<String> = files.keys().cloned().collect();
    let bytes = |path: &str| files.get(path).cloned().ok_or_else(|| "is not there".to_owned());
    read(&Tree { paths: &paths, read: &bytes })
}

fn assert_missed(manifest: (&str, &str), lockfile: (&str, &str)) {
    let inventory = inventory(&[manifest, lockfile]);
    assert_eq!(inventory.incomplete.len(), 1, "{lockfile:?}: {:?}", inventory.incomplete);
    let incomplete = &inventory.incomplete[0];
    assert_eq!((incomplete.file.as_str(), incomplete.line), (lockfile.0, 1));
    assert!(incomplete.why.contains("regenerate"), "{incomplete:?}");
    assert_eq!(inventory.projects.len(), 1, "{lockfile:?}");
    let project = &inventory.projects[0];
    assert!(!project.complete, "{lockfile:?}");
    let names: Vec<&str> = project.graph.packages.iter().map(|package| package.purl.name()).collect();
    assert_eq!(names, ["left"], "{lockfile:?}");
}

fn assert_taken(manifest: (&str, &str), lockfile: (&str, &str)) {
    let inventory = inventory(&[manifest, lockfile]);
    assert!(inventory.incomplete.is_empty(), "{lockfile:?}: {:?}", inventory.incomplete);
    assert!(inventory.projects[0].complete, "{lockfile:?}: {:?}", inventory.projects[0].reasons);
}

const EMPTY_NPM: [(&str, &str); 10] = [
    ("pnpm-lock.yaml", ""),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n"),
    ("yarn.lock", ""),
    ("yarn.lock", "# yarn lockfile v1\n\n\n"),
    ("yarn.lock", "# This file is generated\n\n__metadata:\n  version: 8\n  cacheKey: 10c0\n"),
    ("yarn.lock", "__metadata: [1]\n"),
    ("bun.lock", "{\"lockfileVersion\": 1}"),
    ("package-lock.json", "{\"lockfileVersion\": 3}"),
    ("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}"),
];

const EMPTY_PYTHON: [(&str, &str); 11] = [
    ("uv.lock", ""),
    ("uv.lock", "version = 1\n"),
    ("uv.lock", "package = 5\n"),
    ("pdm.lock", ""),
    ("pdm.lock", "metadata = [1]\n"),
    ("pdm.lock", "package = \"a\"\n"),
    ("pylock.toml", ""),
    ("pylock.toml", "packages = \"a\"\n"),
    ("pylock.toml", "lock-version = \"1.0\"\n"),
    ("poetry.lock", ""),
    ("poetry.lock", "package = 5\n"),
];

#[test]
fn an_empty_lockfile_beside_dependencies_is_a_fault() {
    for lockfile in EMPTY_NPM {
        assert_missed(("package.json", NPM), lockfile);
    }
    for lockfile in EMPTY_PYTHON {
        assert_missed(("pyproject.toml", PYTHON), lockfile);
    }
    for lockfile in [("poetry.lock", ""), ("poetry.lock", "metadata = [1]\n"), ("poetry.lock", "package = []\n")] {
        assert_missed(("pyproject.toml", POETRY), lockfile);
    }
    for text in ["", "{}"] {
        assert_missed(("Pipfile", "[packages]\nleft = \"*\"\n"), ("Pipfile.lock", text));
    }
}

#[test]
fn a_project_without_dependencies_has_an_empty_lockfile() {
    for lockfile in EMPTY_NPM {
        assert_taken(("package.json", r#"{"name":"shop"}"#), lockfile);
        assert_taken(("package.json", r#"{"name":"shop","optionalDependencies":{"left":"1"}}"#), lockfile);
    }
    for lockfile in EMPTY_PYTHON {
        let manifest = "[build-system]\nrequires = [\"build\"]\n[project]\nname = \"shop\"\nversion = \"1\"\n";
        assert_taken(("pyproject.toml", manifest), lockfile);
    }
}

fn codes(inventory: &Inventory) -> Vec<&str> {
    inventory.projects[0].reasons.iter().map(|reason| reason.code.as_str()).collect()
}

#[test]
fn an_unknown_lockfile_version_is_said() {
    let modern = |version: &str| {
        format!(r#"{{"lockfileVersion":{version},"packages":{{"node_modules/left":{{"version":"1.0.0"}}}}}}"#)
    };
    for version in ["99", "-1", "\"x\"", "[]"] {
        let found = inventory(&[("package.json", NPM), ("package-lock.json", &modern(version))]);
        assert_eq!(codes(&found), ["lockfile_version_unknown"], "{version}");
        assert!(!found.projects[0].complete && found.projects[0].reasons[0].detail.contains("regenerate"));
    }
    for version in ["3", "2", "null"] {
        assert_taken(("package.json", NPM), ("package-lock.json", &modern(version)));
    }
    let pnpm = |version: &str| {
        format!(
            "lockfileVersion: {version}\nimporters:\n  .:\n    dependencies:\n      left:\n        specifier: ^1.0.0\n        version: 1.0.0\npackages:\n  left@1.0.0: {{}}\n"
        )
    };
    let found = inventory(&[("package.json", NPM), ("pnpm-lock.yaml", &pnpm("'99.0'"))]);
    assert_eq!(codes(&found), ["lockfile_version_unknown"]);
    assert_taken(("package.json", NPM), ("pnpm-lock.yaml", &pnpm("'9.0'")));
}

#[test]
fn keys_that_lead_elsewhere_are_skipped() {
    for key in ["node_modules/../../../etc", "node_modules/left/./x", "../x/../y"] {
        let text = format!(
            r#"{{"lockfileVersion":3,"packages":{{"node_modules/left":{{"version":"1.0.0"}},"{key}":{{"version":"1.0.0"}}}}}}"#
        );
        let found = inventory(&[("package.json", NPM), ("package-lock.json", &text)]);
        assert_eq!(codes(&found), ["entries_skipped"], "{key}");
        assert_eq!(found.projects[0].graph.packages.len(), 1);
        assert_eq!(found.incomplete.len(), 1);
    }
}

#[test]
fn skipped_entries_of_python_files_are_listed() {
    let lockfile =
        "[[package]]\nname = \"left\"\nversion = \"1.0\"\n[[package]]\nversion = \"1\"\n[[package]]\nversion = \"2\"\n";
    let found = inventory(&[("pyproject.toml", PYTHON), ("poetry.lock", lockfile)]);
    assert_eq!(codes(&found), ["entries_skipped", "entries_skipped"]);
    assert_eq!(found.incomplete.len(), 1);
    assert_eq!((found.incomplete[0].file.as_str(), found.incomplete[0].line), ("poetry.lock", 5));
    assert!(found.incomplete[0].why.starts_with("2 entries were skipped"), "{}", found.incomplete[0].why);
}
