//! `faultline vex` from outside: statements follow from verdicts, and a person's word hides no path.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use assert_cmd::Command;
use faultline_testkit::write_tree;
use serde_json::Value;
use tempfile::TempDir;

const MANIFEST: &str = r#"{"name": "shop", "version": "1.0.0", "main": "index.js", "dependencies": {"inner": "^2.0.0", "idle": "^1.0.0"}}"#;

const LOCKFILE: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "version": "1.0.0", "dependencies": {"inner": "^2.0.0", "idle": "^1.0.0"}},
    "node_modules/idle": {"version": "1.0.0"},
    "node_modules/inner": {"version": "2.0.1"}
  }
}
"#;

fn advisory(id: &str, cve: &str, package: &str, symbol: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "aliases": ["{cve}"], "summary": "{package}: a made-up fault",
  "affected": [{{"package": {{"ecosystem": "npm", "name": "{package}"}},
    "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "9.0.0"}}]}}],
    "ecosystem_specific": {{"affected_functions": ["{symbol}"]}}}}]}}"#
    )
}

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        write_tree(
            folder.path(),
            &[
                ("shop/package.json", MANIFEST),
                ("shop/package-lock.json", LOCKFILE),
                (
                    "shop/index.js",
                    "const inner = require('inner');\nmodule.exports = () => inner.parse('x');\ninner.parse('y');\n",
                ),
                ("shop/node_modules/inner/package.json", r#"{"name": "inner", "version": "2.0.1"}"#),
                ("shop/node_modules/inner/index.js", "exports.parse = function parse(text) { return text; };\n"),
                ("shop/node_modules/idle/package.json", r#"{"name": "idle", "version": "1.0.0"}"#),
                ("shop/node_modules/idle/index.js", "exports.wait = function wait() {};\n"),
                ("advisories/a.json", &advisory("GHSA-aaaa-bbbb-cccc", "CVE-2026-0001", "inner", "parse")),
                ("advisories/b.json", &advisory("GHSA-dddd-eeee-ffff", "CVE-2026-0002", "idle", "wait")),
            ],
        );
        Place { folder }
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(self.folder.path()).arg("vex").arg("shop").args(arguments).arg("--offline");
        command.args(["--advisories", "advisories"]).env("SOURCE_DATE_EPOCH", "1700000000");
        command.env("FAULTLINE_STORE", self.folder.path().join("store.db")).env_remove("VIRTUAL_ENV");
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap() + &stderr)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}

const AUTHOR: [&str; 2] = ["--author", "Acme <vex@acme.example> (https://acme.example)"];

#[test]
fn statements_follow_from_verdicts() {
    let vex = Place::new().json(&AUTHOR);
    let statements = vex["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 2, "{vex:#}");
    let called = &statements[0];
    assert_eq!(called["status"], "affected");
    assert_eq!(called["products"][0]["@id"], "pkg:npm/shop@1.0.0");
    assert_eq!(called["products"][0]["subcomponents"][0]["@id"], "pkg:npm/inner@2.0.1");
    assert!(called["status_notes"].as_str().unwrap().contains("index.js:3"), "{called}");
    assert!(called["action_statement"].as_str().unwrap().contains("9.0.0"));
    let idle = &statements[1];
    assert_eq!(idle["status"], "not_affected");
    assert_eq!(idle["justification"], "vulnerable_code_not_in_execute_path");
}

#[test]
fn every_format_says_the_same() {
    let place = Place::new();
    let cyclonedx = place.json(&[&AUTHOR[..], &["--format", "cyclonedx"]].concat());
    let states: Vec<&Value> =
        cyclonedx["vulnerabilities"].as_array().unwrap().iter().map(|v| &v["analysis"]["state"]).collect();
    assert_eq!(states, ["exploitable", "not_affected"]);
    let link = cyclonedx["vulnerabilities"][0]["affects"][0]["ref"].as_str().unwrap();
    assert!(link.starts_with("urn:cdx:") && link.ends_with("#pkg:npm/inner@2.0.1"), "{link}");
    let csaf = place.json(&[&AUTHOR[..], &["--format", "csaf"]].concat());
    assert_eq!(csaf["vulnerabilities"][0]["cve"], "CVE-2026-0001");
    assert!(csaf["vulnerabilities"][0]["product_status"]["known_affected"].is_array());
    assert!(csaf["vulnerabilities"][1]["product_status"]["known_not_affected"].is_array());
    assert_eq!(place.run(&["--author", "Acme", "--format", "csaf"]).0, 2, "CSAF needs an address");
}

#[test]
fn a_persons_word_hides_no_path_that_was_found() {
    let place = Place::new();
    let ignore = "[[ignore]]\nid = \"GHSA-aaaa-bbbb-cccc\"\nreason = \"only trusted input\"\nowner = \"ann\"\nexpires = \"2099-01-01\"\n";
    write_tree(place.folder.path(), &[("shop/faultline-ignore.toml", ignore)]);
    let vex = place.json(&AUTHOR);
    assert_eq!(vex["statements"][0]["status"], "affected");
    assert!(vex["statements"][0]["status_notes"].as_str().unwrap().contains("ann states until 2099-01-01"), "{vex:#}");
}
