//! `faultline scan` from outside: every advisory over one checkout, ignore file, baseline, SARIF.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeSet;

use assert_cmd::Command;
use faultline_testkit::{GitRepo, assert_schema, write_tree};
use serde_json::Value;
use support::{INSTALLED, LOCKFILE, MANIFEST, Place, SERVER};

mod support;

/// Advisory and level of each exposure, in order.
fn levels(exposures: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    exposures.as_array().unwrap().iter().map(|e| (word(&e["advisory"]), word(&e["level"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn ignore(id: &str, expires: &str) -> String {
    format!("[[ignore]]\nid = \"{id}\"\nreason = \"behind a filter\"\nowner = \"team-shop\"\nexpires = \"{expires}\"\n")
}

#[test]
fn every_advisory_is_answered_at_the_level_it_has() {
    let place = Place::new();
    let answer = place.json(&[], 0);
    let expected = [("GHSA-aaaa-bbbb-cccc", "reachable"), ("GHSA-dddd-eeee-ffff", "present")];
    assert_eq!(levels(&answer["exposures"]), pairs(&expected));
    assert_eq!(answer["exposures"][0]["paths"][0]["steps"][0]["file"], "server.js");
    assert_eq!(
        answer["exposures"][0]["coverage"]["packages_analysed"],
        serde_json::json!(["pkg:npm/inner@2.0.1", "pkg:npm/outer@1.2.0"])
    );
    assert_eq!(answer["advisories"].as_array().unwrap().len(), 2, "those that matched");
    assert_eq!(answer["summary"]["reachable"], 1);
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("GHSA-dddd-eeee-ffff") && table.contains("server.js:2"), "{table}");
    let (_, markdown, _) = place.scan(&["--format", "markdown"]);
    assert!(markdown.contains("| GHSA-aaaa-bbbb-cccc | high 7.5 |"), "{markdown}");
}

#[test]
fn a_scan_says_the_same_as_a_trace() {
    let place = Place::new();
    let scan = place.json(&[], 0);
    for exposure in scan["exposures"].as_array().unwrap() {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(place.path()).args(["trace", exposure["advisory"].as_str().unwrap(), "shop"]);
        command.args(["--advisories", "osv", "--offline", "--format", "json"]).env_remove("VIRTUAL_ENV");
        let output = command.env("FAULTLINE_STORE", place.path().join("store.db")).output().unwrap();
        let trace: Value = serde_json::from_slice(&output.stdout).unwrap();
        for key in ["level", "test_level", "verdict", "paths", "calls", "dependency_paths"] {
            assert_eq!(trace["exposures"][0][key], exposure[key], "{key}");
        }
    }
}

#[test]
fn the_exit_code_follows_level_and_scope() {
    let place = Place::new();
    assert_eq!(place.scan(&["--fail-on", "reachable"]).0, 1);
    assert_eq!(place.scan(&["--fail-on", "reachable", "--scope", "dev"]).0, 0);
    place.write(&[("server.js", "require('outer').version();\n")]);
    assert_eq!(place.scan(&["--fail-on", "called"]).0, 0);
    assert_eq!(place.scan(&["--fail-on", "present"]).0, 1);
    let shown = place.json(&["--level", "called", "--fail-on", "present"], 1);
    assert_eq!(shown["exposures"].as_array().unwrap().len(), 0, "the condition is about all, not those shown");
}

#[test]
fn what_is_ignored_is_said_and_does_not_fail() {
    let place = Place::new();
    place.write(&[("faultline-ignore.toml", &ignore("CVE-2026-0001", "2999-01-31"))]);
    let answer = place.json(&["--fail-on", "reachable"], 0);
    assert_eq!(levels(&answer["exposures"]), pairs(&[("GHSA-dddd-eeee-ffff", "present")]));
    assert_eq!(answer["ignored"][0]["path_found"], true);
    assert_eq!(answer["ignored"][0]["exposure"]["advisory"], "GHSA-aaaa-bbbb-cccc");
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("ignored although a path was found") && table.contains("team-shop"), "{table}");
    assert!(table.contains("ignored: 1 exposures, 1 of them although a path was found"), "{table}");
}

#[test]
fn an_expired_entry_hides_nothing_and_says_so() {
    let place = Place::new();
    place.write(&[("faultline-ignore.toml", &ignore("GHSA-aaaa-bbbb-cccc", "2020-01-31"))]);
    let answer = place.json(&["--fail-on", "reachable"], 1);
    assert_eq!((answer["ignored"].as_array().unwrap().len(), &answer["expired"][0]["matches"]), (0, &1.into()));
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("expired: faultline-ignore.toml:1 ended on 2020-01-31"), "{table}");
}

#[test]
fn entries_by_package_version_and_project() {
    let place = Place::new();
    let entry = |what: &str| format!("[[ignore]]\n{what}\nreason = \"r\"\nowner = \"o\"\nexpires = 2999-01-31\n");
    for (what, hidden) in [
        ("package = \"pkg:npm/inner\"", 1),
        ("package = \"pkg:npm/inner@2.0.1\"\nproject = \".\"", 1),
        ("package = \"pkg:npm/inner@2.0.0\"", 0),
        ("package = \"pkg:npm/inner\"\nproject = \"other\"", 0),
        ("package = \"pkg:npm/inner\"\nid = \"CVE-2026-0002\"", 0),
    ] {
        write_tree(place.path(), &[("ours.toml", &entry(what))]);
        let answer = place.json(&["--ignore", "ours.toml"], 0);
        assert_eq!(answer["ignored"].as_array().unwrap().len(), hidden, "{what}");
    }
}

#[test]
fn a_faulty_ignore_file_is_an_error_with_lines() {
    let place = Place::new();
    let text = "[[ignore]]\nid = \"CVE-1\"\nowner = \"o\"\nexpires = \"soon\"\n\n[[ignore]]\nreason = \"r\"\nowner = \"o\"\nexpires = \"2999-01-31\"\nwhy = 1\n";
    place.write(&[("faultline-ignore.toml", text)]);
    let (code, stdout, stderr) = place.scan(&[]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for words in [":1: the entry has no `reason`", ":4: `expires` is a day", ":10: `why` is unknown"] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
}

#[test]
fn a_baseline_leaves_what_is_new_or_worse() {
    let place = Place::new();
    place.write(&[("server.js", "require('outer').version();\n")]);
    let before = place.json(&[], 0);
    write_tree(place.path(), &[("before.json", &before.to_string())]);
    let same = place.json(&["--baseline", "before.json", "--fail-on", "present"], 0);
    assert_eq!((same["exposures"].as_array().unwrap().len(), same["known"].as_array().unwrap().len()), (0, 2));
    place.write(&[("server.js", SERVER)]);
    let worse = place.json(&["--baseline", "before.json", "--fail-on", "present"], 1);
    assert_eq!(levels(&worse["exposures"]), pairs(&[("GHSA-aaaa-bbbb-cccc", "reachable")]));
    write_tree(place.path(), &[("chained.json", &worse.to_string())]);
    let chained = place.json(&["--baseline", "chained.json", "--fail-on", "present"], 0);
    assert_eq!(chained["known"].as_array().unwrap().len(), 2, "an answer with a baseline is a baseline");
    let renamed = worse.to_string().replace("\"GHSA-dddd-eeee-ffff\"", "\"CVE-2026-0002\"");
    write_tree(place.path(), &[("renamed.json", &renamed)]);
    place.json(&["--baseline", "renamed.json", "--fail-on", "present"], 0);
    assert_eq!(place.scan(&["--baseline", "shop/package.json"]).0, 2);
}

#[test]
fn since_compares_with_an_older_revision() {
    let place = Place::new();
    let quiet = "require('outer').version();\n";
    std::fs::remove_dir_all(place.path().join("shop")).unwrap();
    let files = [("package.json", MANIFEST), ("package-lock.json", LOCKFILE), ("server.js", quiet)];
    let repo = GitRepo::with_files(&place.path().join("shop"), &files);
    place.write(INSTALLED);
    repo.commit_files(&[("server.js", SERVER)]);
    let worse = place.json(&["--since", "HEAD~1", "--fail-on", "present"], 1);
    assert_eq!(levels(&worse["exposures"]), pairs(&[("GHSA-aaaa-bbbb-cccc", "reachable")]));
    assert_eq!(worse["exposures"][0]["revision"], repo.git(&["rev-parse", "HEAD"]));
    assert_eq!(place.scan(&["--since", "HEAD", "--fail-on", "present"]).0, 0);
    let (code, _, stderr) = place.scan(&["--since", "no-such-revision", "--fail-on", "present"]);
    assert_eq!(code, 2, "nothing may be hidden by a revision that is not there");
    assert!(stderr.contains("depth 0"), "{stderr}");
}

#[test]
fn sarif_is_what_code_hosts_accept() {
    let place = Place::new();
    place.write(&[("faultline-ignore.toml", &ignore("CVE-2026-0002", "2999-01-31"))]);
    let run = place.sarif(&[])["runs"][0].clone();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!((rules.len(), results.len()), (2, 2));
    let bases: BTreeSet<&String> = run["originalUriBaseIds"].as_object().unwrap().keys().collect();
    assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap()));
    let mut prints = BTreeSet::new();
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["properties"]["security-severity"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(prints.insert(result["partialFingerprints"].to_string()), "unique");
        let flows = result["codeFlows"].as_array().into_iter().flatten();
        let steps = flows.flat_map(|f| f["threadFlows"][0]["locations"].as_array().unwrap()).map(|l| &l["location"]);
        for location in result["locations"].as_array().unwrap().iter().chain(steps) {
            let place = &location["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.starts_with('/') && !uri.contains('\\') && !uri.contains(' '), "{uri}");
            assert!(bases.contains(&place["artifactLocation"]["uriBaseId"].as_str().unwrap().to_owned()));
            assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        }
    }
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["region"],
        serde_json::json!({"startLine": 2, "startColumn": 1})
    );
    assert_eq!((results[0]["level"].as_str(), results[1]["level"].as_str()), (Some("error"), Some("note")));
    assert_eq!(results[0]["suppressions"], serde_json::json!([]));
    assert!(results[1]["suppressions"][0]["justification"].as_str().unwrap().contains("behind a filter"));
}

#[test]
fn fingerprints_outlive_moved_lines_and_tell_copies_apart() {
    let place = Place::new();
    let prints = |run: &Value| -> Vec<String> {
        run["runs"][0]["results"].as_array().unwrap().iter().map(|r| r["partialFingerprints"].to_string()).collect()
    };
    let before = prints(&place.sarif(&[]));
    place.write(&[("server.js", &format!("\n\n{SERVER}"))]);
    assert_eq!(prints(&place.sarif(&[])), before);
    let second = "\"node_modules/quiet\": {\"version\": \"1.0.0\", \"dependencies\": {\"inner\": \"1\"}},\n  \"node_modules/quiet/node_modules/inner\": {\"version\": \"1.0.0\"}";
    place
        .write(&[("package-lock.json", &LOCKFILE.replace("\"node_modules/quiet\": {\"version\": \"1.0.0\"}", second))]);
    let copies = prints(&place.sarif(&[]));
    assert_eq!((copies.len(), copies.iter().collect::<BTreeSet<_>>().len()), (3, 3), "{copies:?}");
}

#[test]
fn packages_without_a_version_are_named() {
    let place = Place::new();
    std::fs::remove_file(place.path().join("shop/package-lock.json")).unwrap();
    let answer = place.json(&[], 0);
    assert_eq!(answer["unmatched"][0]["package"], "pkg:npm/quiet");
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("commit a lockfile"), "{table}");
}

#[test]
fn explain_gives_remedies_for_every_exposure() {
    let place = Place::new();
    let (_, table, _) = place.scan(&["--explain"]);
    assert_eq!(table.matches("  why       ").count(), 2, "{table}");
    assert!(table.contains("remedy: name the vulnerable functions"), "{table}");
}

#[test]
fn exploited_and_predicted_are_shown_beside_the_severity() {
    let place = Place::new();
    let list = r#"{"vulnerabilities": [{"cveID": "CVE-2026-0001", "dateAdded": "2026-02-01", "dueDate": "2026-02-22",
        "knownRansomwareCampaignUse": "Known"}]}"#;
    write_tree(place.path(), &[("kev.json", list), ("epss.csv", "cve,epss,percentile\nCVE-2026-0002,0.25,0.9\n")]);
    let sync = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(place.path()).args(["advisories", "sync", "--from", "osv"]).args(arguments);
        command.env("FAULTLINE_STORE", place.path().join("store.db")).output().unwrap().status.code()
    };
    assert_eq!(sync(&["--known-exploited", "kev.json", "--epss", "epss.csv"]), Some(0));
    assert_eq!(sync(&["--epss", "kev.json"]), Some(2), "a file that is not one is an error");
    let mut command = Command::cargo_bin("faultline").unwrap();
    command.args(["advisories", "match"]).env("FAULTLINE_STORE", place.path().join("store.db"));
    let output = command.write_stdin("pkg:npm/inner@2.0.1\n").output().unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_schema("advisories-match.json", &line);
    assert_eq!(line["advisories"][0]["exploited"]["ransomware"], true);
    let answer = place.json(&[], 0);
    assert_eq!(answer["advisories"][0]["exploited"]["due"], "2026-02-22");
    assert_eq!(
        (&answer["advisories"][1]["epss"]["score"], &answer["advisories"][1]["exploited"]),
        (&0.25.into(), &Value::Null)
    );
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("high 7.5, exploited by ransomware") && table.contains("high 7.5, EPSS 0.25"), "{table}");
}

#[test]
fn watch_says_what_changed_since_the_last_time() {
    let place = Place::new();
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(place.path()).args(arguments).arg("--offline").env_remove("VIRTUAL_ENV");
        let output = command.env("FAULTLINE_STORE", place.path().join("store.db")).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let watch = |code: i32| -> Value {
        let arguments = ["watch", "--advisories", "osv", "--fail-on", "called", "--format", "json"];
        let (exit, text) = run(&arguments);
        assert_eq!(exit, code, "{text}");
        let value = serde_json::from_str(&text).unwrap();
        assert_schema("watch.json", &value);
        value
    };
    let count = |value: &Value| ["new", "changed", "gone"].map(|key| value[key].as_array().unwrap().len());
    place.write(&[("server.js", "require('outer').version();\n")]);
    run(&["index", "shop"]);
    let first = watch(0);
    assert_eq!((count(&first), &first["since"]), ([2, 0, 0], &Value::Null));
    assert_eq!(count(&watch(0)), [0, 0, 0]);
    place.write(&[("server.js", SERVER)]);
    run(&["index", "shop"]);
    let risen = watch(1);
    assert_eq!((count(&risen), &risen["changed"][0]["before"]), ([0, 1, 0], &"imported".into()));
    place.advise(&[("two.json", "{\"id\": \"GHSA-dddd-eeee-ffff\", \"modified\": \"2026-03-01T00:00:00Z\", \"withdrawn\": \"2026-03-01T00:00:00Z\"}")]);
    let less = watch(0);
    assert_eq!((count(&less), &less["gone"][0]["advisory"]), ([0, 0, 1], &"GHSA-dddd-eeee-ffff".into()));
    let (_, text) = run(&["watch", "--advisories", "osv"]);
    assert!(text.contains("0 new, 0 changed, 0 gone"), "{text}");
}
