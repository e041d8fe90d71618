//! `faultline owners`, and owners in a trace.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use assert_cmd::Command;
use faultline_testkit::assert_schema;
use serde_json::Value;
use support::Place;

const CODEOWNERS: &str = "* @acme/all\n/package-lock.json @acme/supply # pinned\n/server.js\n/x nobody\n";

fn faultline(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("faultline").unwrap();
    command.current_dir(place.path()).args(arguments).arg("--offline");
    let output = command.env("FAULTLINE_STORE", place.path().join("store.db")).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn owners_with_their_lines_conflicts_and_the_unowned() {
    let place = Place::new();
    place.write(&[(".github/CODEOWNERS", CODEOWNERS), ("CODEOWNERS", "server.js @acme/web\n* @acme/all\n")]);
    assert_eq!(faultline(&place, &["index", "shop"]).0, 0);
    let (code, text, error) = faultline(&place, &["owners", "shop", "--format", "json"]);
    assert_eq!(code, 0, "{error}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_schema("owners.json", &answer);
    assert_eq!(answer["decided_by"]["file"], ".github/CODEOWNERS");
    assert_eq!(answer["unowned"], 1);
    assert_eq!(answer["conflicts"][0]["file"], "CODEOWNERS");
    assert_eq!(answer["conflicts"][0]["files"], 2);
    assert_eq!(answer["problems"][0]["what"], ".github/CODEOWNERS:4");
    let (_, table, _) = faultline(&place, &["owners", "shop:package-lock.json"]);
    assert!(table.contains("@acme/supply  .github/CODEOWNERS:2"), "{table}");
    let (code, _, error) = faultline(&place, &["owners", "shop:absent"]);
    assert_eq!(code, 2);
    assert!(error.contains("no file or folder `absent`"), "{error}");
    assert_eq!(faultline(&place, &["owners", "nobody"]).0, 2);
}

#[test]
fn a_trace_names_the_owners_of_the_manifest() {
    let place = Place::new();
    place.write(&[("docs/CODEOWNERS", CODEOWNERS)]);
    let arguments = ["trace", "CVE-2026-0001", "shop", "--advisories", "osv", "--format", "json"];
    let (_, text, error) = faultline(&place, &arguments);
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{error}"));
    assert_schema("trace.json", &answer);
    let owner = &answer["exposures"][0]["owners"][0];
    assert_eq!((&owner["owner"], &owner["source"]), (&"@acme/supply".into(), &"docs/CODEOWNERS:2".into()));
}
