//! `faultline sbom` from outside: graph, scopes, licences, hashes, what is not known, the same bytes again.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use assert_cmd::Command;
use faultline_testkit::write_tree;
use serde_json::Value;
use tempfile::TempDir;

const MANIFEST: &str = r#"{"name": "shop", "version": "1.0.0", "license": "MIT",
  "author": "Acme <acme@acme.example> (https://acme.example)",
  "dependencies": {"outer": "^1.0.0"}, "devDependencies": {"tester": "^3.0.0"}}
"#;

const LOCKFILE: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "version": "1.0.0", "license": "MIT", "dependencies": {"outer": "^1.0.0"},
      "devDependencies": {"tester": "^3.0.0"}},
    "node_modules/outer": {"version": "1.2.0", "resolved": "https://registry.example/outer.tgz", "license": "(MIT OR Apache-2.0)",
      "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
      "dependencies": {"inner": "^2.0.0"}},
    "node_modules/inner": {"version": "2.0.1", "license": "Apache 2", "resolved": "https://registry.example/inner.tgz"},
    "node_modules/tester": {"version": "3.0.0", "dev": true, "license": "Ask <me>"}
  }
}
"#;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        write_tree(folder.path(), files);
        Place { folder }
    }

    fn shop() -> Place {
        Place::new(&[("shop/package.json", MANIFEST), ("shop/package-lock.json", LOCKFILE)])
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(self.folder.path()).arg("sbom").args(arguments).arg("--offline");
        command.env("FAULTLINE_STORE", self.folder.path().join("store.db")).env_remove("VIRTUAL_ENV");
        command.env("SOURCE_DATE_EPOCH", "1700000000");
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

fn component<'a>(bom: &'a Value, name: &str) -> &'a Value {
    bom["components"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap()
}

#[test]
fn cyclonedx_states_graph_scopes_licences_and_hashes() {
    let bom = Place::shop().json(&["shop", "--format", "cyclonedx-1.6"]);
    assert_eq!(bom["specVersion"], "1.6");
    assert_eq!(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    assert_eq!(bom["metadata"]["component"]["purl"], "pkg:npm/shop@1.0.0");
    assert_eq!(bom["metadata"]["component"]["supplier"]["name"], "Acme");
    let outer = component(&bom, "outer");
    assert_eq!(outer["scope"], "required");
    assert_eq!(outer["licenses"][0]["expression"], "(MIT OR Apache-2.0)");
    assert_eq!(outer["hashes"][0]["alg"], "SHA-512");
    assert!(outer["hashes"][0]["content"].as_str().unwrap().starts_with("cf83e1357eefb8bd"));
    assert_eq!(outer["evidence"]["occurrences"][0]["line"], 6);
    assert_eq!(component(&bom, "inner")["licenses"][0]["license"]["id"], "Apache-2.0");
    let tester = component(&bom, "tester");
    assert_eq!(tester["scope"], "excluded");
    assert_eq!(tester["licenses"][0]["license"]["name"], "Ask <me>");
    let edges: Vec<(String, Value)> = bom["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["ref"].as_str().unwrap().to_owned(), d["dependsOn"].clone()))
        .collect();
    assert_eq!(edges[0].1, serde_json::json!(["pkg:npm/outer@1.2.0", "pkg:npm/tester@3.0.0"]));
    assert!(edges.contains(&("pkg:npm/outer@1.2.0".into(), serde_json::json!(["pkg:npm/inner@2.0.1"]))));
    assert_eq!(bom["compositions"].as_array().unwrap().len(), 1, "everything is complete");
}

#[test]
fn the_same_input_gives_the_same_bytes_in_every_format() {
    for format in ["cyclonedx", "cyclonedx-xml", "cyclonedx-1.6-xml", "spdx-2.3", "spdx-3.0"] {
        let (code, first) = Place::shop().run(&["shop", "--format", format]);
        let (_, second) = Place::shop().run(&["shop", "--format", format]);
        assert_eq!(code, 0);
        assert_eq!(first, second, "{format}");
    }
}

#[test]
fn spdx_tells_the_end_of_a_list_from_an_unknown_one() {
    let bom = Place::shop().json(&["shop", "--format", "spdx-2.3"]);
    let relations = bom["relationships"].as_array().unwrap();
    let ends: Vec<&Value> = relations.iter().filter(|r| r["relatedSpdxElement"] == "NONE").collect();
    assert_eq!(ends.len(), 2, "inner and tester depend on nothing");
    assert_eq!(bom["hasExtractedLicensingInfos"][0]["extractedText"], "Ask <me>");

    let alone = Place::new(&[("shop/package.json", MANIFEST)]);
    let bom = alone.json(&["shop", "--format", "spdx-2.3"]);
    let relations = bom["relationships"].as_array().unwrap();
    assert!(relations.iter().any(|r| r["relatedSpdxElement"] == "NOASSERTION"), "{bom:#}");
}

#[test]
fn what_could_not_be_read_is_a_known_unknown() {
    let place = Place::new(&[("shop/package.json", MANIFEST), ("shop/package-lock.json", "{ \"lockfileVersion\": ")]);
    let (code, text) = place.run(&["shop"]);
    assert_eq!(code, 3);
    let bom: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(bom["metadata"]["properties"][0]["name"], "faultline:unknown");
    let aggregates = bom["compositions"].as_array().unwrap();
    assert!(aggregates.iter().any(|a| a["aggregate"] == "incomplete" && a["dependencies"][0] == "subject"));
}

#[test]
fn a_profile_says_what_is_missing() {
    let place = Place::shop();
    let (code, text) = place.run(&["shop", "--profile", "ntia", "--check", "--author", "Acme <a@acme.example>"]);
    assert_eq!(code, 1);
    assert!(text.contains("pkg:npm/outer@1.2.0: supplier name:"), "{text}");
    assert!(!text.contains("subject:"), "{text}");
    let (code, text) = place.run(&["shop", "--profile", "bsi", "--check"]);
    assert_eq!(code, 1);
    assert!(text.contains("document: creator of the SBOM:"), "{text}");
    assert!(text.contains("pkg:npm/inner@2.0.1: hash value of the deployable component:"), "{text}");
}

#[test]
fn usage_faults_are_said() {
    let place = Place::shop();
    assert_eq!(place.run(&["nowhere"]).0, 2);
    assert_eq!(place.run(&["shop", "--check"]).0, 2);
    assert_eq!(place.run(&["shop", "--author", "<only@mail.example>"]).0, 2);
    assert_eq!(place.run(&["shop", "--project", "absent"]).0, 2);
    assert_eq!(place.run(&["shop", "--artifact", "absent"]).0, 2);
}

#[test]
fn several_repositories_become_one_document() {
    let place = Place::new(&[
        ("fleet/a/package.json", MANIFEST),
        ("fleet/a/package-lock.json", LOCKFILE),
        ("fleet/b/requirements.txt", "requests==2.31.0\n"),
    ]);
    let bom = place.json(&["fleet"]);
    let projects: Vec<&Value> =
        bom["components"].as_array().unwrap().iter().filter(|c| c["type"] == "application").collect();
    assert_eq!(projects.len(), 2);
    assert_eq!(bom["dependencies"][0]["dependsOn"].as_array().unwrap().len(), 2);
}
