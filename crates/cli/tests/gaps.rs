//! What is asked or read only in part: it is said, with a remedy and the right exit code.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use faultline_testkit::{GitRepo, assert_schema, write_tree};
use serde_json::Value;
use support::{INSTALLED, LOCKFILE, MANIFEST, Place, SERVER};
use tempfile::TempDir;

fn faultline(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("faultline"));
    command.current_dir(folder).args(arguments).arg("--offline").env_remove("VIRTUAL_ENV");
    command.env("FAULTLINE_STORE", folder.join("store.db")).output().unwrap()
}

fn with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), files);
    folder
}

fn json(output: &Output, code: i32, schema: &str) -> Value {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words}{}", String::from_utf8_lossy(&output.stdout));
    let value = serde_json::from_slice(&output.stdout).unwrap();
    assert_schema(schema, &value);
    value
}

#[test]
fn lockfiles_of_unknown_versions_are_incomplete_with_their_line() {
    let cases: [(&str, &str, u32); 10] = [
        ("package-lock.json", "{\"name\": \"a\",\n\"lockfileVersion\": 9, \"packages\": {\"\": {\"name\": \"a\"}}}", 2),
        ("pnpm-lock.yaml", "lockfileVersion: '12.0'\npackages: {}\n", 1),
        ("yarn.lock", "__metadata:\n  version: 99\n  cacheKey: 1\n", 2),
        ("bun.lock", "{\"lockfileVersion\": 77, \"workspaces\": {\"\": {\"name\": \"x\"}}, \"packages\": {}}", 1),
        ("deno.lock", "{\"version\": \"99\", \"npm\": {}}", 1),
        ("uv.lock", "revision = 1\nversion = 7\n", 2),
        ("poetry.lock", "[metadata]\nlock-version = \"9.0\"\n", 2),
        ("pdm.lock", "[metadata]\nlock_version = \"99\"\n", 2),
        ("pylock.toml", "lock-version = \"9.0\"\n", 1),
        ("Pipfile.lock", "{\"_meta\": {\n\"pipfile-spec\": 99}, \"default\": {}}", 2),
    ];
    for (name, text, line) in cases {
        let folder = with(&[(&format!("a/{name}"), text)]);
        let answer = json(&faultline(folder.path(), &["inventory", "a", "--format", "json"]), 3, "inventory.json");
        let row = &answer["incomplete"][0];
        assert_eq!((&row["file"], &row["line"]), (&name.into(), &line.into()), "{name}: {answer}");
        assert!(row["why"].as_str().unwrap().contains("is not known"), "{row}");
        assert_eq!(answer["projects"][0]["complete"], false, "{name}");
        let scanned = faultline(folder.path(), &["index", "a"]);
        assert_eq!(scanned.status.code(), Some(3), "{name}");
    }
    let known = with(&[
        ("a/uv.lock", "version = 1\nrevision = 3\n"),
        ("b/poetry.lock", "[metadata]\nlock-version = \"2.1\"\n"),
    ]);
    assert_eq!(faultline(known.path(), &["inventory", "."]).status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_in_a_folder_are_named_and_not_read() {
    let folder = with(&[("a/package.json", MANIFEST), ("a/package-lock.json", LOCKFILE)]);
    std::fs::create_dir(folder.path().join("a/lib")).unwrap();
    for name in ["a/lib/pipe.js", "a/requirements.txt"] {
        assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
    }
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("a/lib/socket.py")).unwrap();
    let answer = json(&faultline(folder.path(), &["inventory", "a", "--format", "json"]), 3, "inventory.json");
    let rows = answer["incomplete"].as_array().unwrap();
    let files: Vec<&str> = rows.iter().map(|row| row["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["lib/pipe.js", "lib/socket.py", "requirements.txt"]);
    assert!(rows.iter().all(|row| row["why"].as_str().unwrap().contains("remove it")), "{answer}");
    assert_eq!(answer["projects"][0]["packages"].as_array().unwrap().len(), 3, "the rest is answered");
}

const MEMBER: &str = r#"{"name": "member", "version": "1.0.0", "dependencies": {"inner": "^2.0.0"}}"#;

const WORKSPACE: &str = r#"{"name": "root", "lockfileVersion": 3, "packages": {
  "": {"name": "root", "workspaces": ["packages/*"]},
  "node_modules/inner": {"version": "2.0.1"},
  "node_modules/member": {"resolved": "packages/member", "link": true},
  "packages/member": {"name": "member", "version": "1.0.0", "dependencies": {"inner": "^2.0.0"}}
}}
"#;

#[test]
fn a_member_of_a_workspace_alone_finds_the_lockfile_around_it() {
    let place = Place::new();
    let files = [
        ("package.json", r#"{"name": "root", "private": true, "workspaces": ["packages/*"]}"#),
        ("package-lock.json", WORKSPACE),
        ("packages/member/package.json", MEMBER),
        ("packages/member/index.js", "require('inner').parse('x');\n"),
    ];
    let repo = GitRepo::with_files(&place.path().join("mono"), &files);
    let member = "mono/packages/member";
    let answer = json(&faultline(place.path(), &["inventory", member, "--format", "json"]), 0, "inventory.json");
    let package = &answer["projects"][0]["packages"][0];
    assert_eq!(package["purl"], "pkg:npm/inner@2.0.1", "{answer}");
    assert_eq!(package["locations"][0]["file"], "../../package-lock.json");
    let trace = ["trace", "CVE-2026-0001", member, "--advisories", "osv", "--format", "json"];
    let traced = json(&faultline(place.path(), &trace), 3, "trace.json");
    assert_eq!(traced["exposures"][0]["package"], "pkg:npm/inner@2.0.1", "{traced}");
    repo.write("package-lock.json", WORKSPACE.replace("2.0.1", "2.1.0"));
    let traced = json(&faultline(place.path(), &trace), 0, "trace.json");
    assert_eq!(traced["exposures"], serde_json::json!([]), "a new lockfile above counts at once");
    let outside = with(&files);
    let alone = faultline(outside.path(), &["inventory", "packages/member", "--format", "json"]);
    let alone = json(&alone, 0, "inventory.json");
    assert_eq!(alone["projects"][0]["packages"][0]["purl"], "pkg:npm/inner", "outside of git nothing above counts");
}

#[test]
fn ranges_that_cannot_be_ordered_are_counted_and_the_rest_of_the_record_holds() {
    let place = Place::new();
    let record = support::advisory("GHSA-oooo-oooo-oooo", "CVE-2026-0007", "inner").replace("2.1.0", "banana");
    place.advise(&[("odd.json", &record.replace("\"ranges\"", "\"versions\": [\"2.0.1\"], \"ranges\""))]);
    let sync = ["advisories", "sync", "--from", "osv", "--format", "json"];
    let report = json(&faultline(place.path(), &sync), 0, "advisories-sync.json");
    let rows = report["unordered"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["id"]), (1, &"GHSA-oooo-oooo-oooo".into()), "{report}");
    assert!(rows[0]["why"].as_str().unwrap().contains("`banana`"), "{report}");
    let table = faultline(place.path(), &sync[..4]);
    assert!(String::from_utf8(table.stdout).unwrap().contains("1 records have a range with a version that cannot be"));
    let trace = ["trace", "CVE-2026-0007", "shop", "--format", "json"];
    let answer = json(&faultline(place.path(), &trace), 0, "trace.json");
    assert_eq!(answer["exposures"][0]["package"], "pkg:npm/inner@2.0.1", "its listed versions count");
}

#[test]
fn package_urls_that_cannot_be_meant_are_refused_with_what_would_be_right() {
    let place = Place::new();
    for (target, words) in [
        ("pkg:npm/inner@", "leave it out to ask about every version"),
        ("pkg:npm/inner@?a=b", "leave it out to ask about every version"),
        ("pkg:npm/inner@2.0.1#index.js", "leave `#index.js` out"),
        ("pkg:npm/inner#lib", "leave `#lib` out"),
    ] {
        let output = faultline(place.path(), &["trace", target, "shop"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && stderr.contains(words), "{target}: {stderr}");
    }
    for target in ["pkg:npm/inner", "pkg:npm/inner@2.0.1", "pkg:npm/inner@<3"] {
        let trace = ["trace", target, "shop", "--symbol", "parse", "--format", "json"];
        let answer = json(&faultline(place.path(), &trace), 0, "trace.json");
        assert_eq!(answer["exposures"][0]["level"], "reachable", "{target}");
    }
}

#[test]
fn a_symbol_that_nothing_has_is_a_mistake_and_near_names_are_offered() {
    let place = Place::new();
    let output = faultline(place.path(), &["trace", "pkg:npm/inner@2.0.1", "shop", "--symbol", "prase"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("did you mean `parse`?"), "{stderr}");
    let both = ["trace", "pkg:npm/inner@2.0.1", "shop", "--symbol", "parse", "--symbol", "xyzzy"];
    let stderr = String::from_utf8(faultline(place.path(), &both).stderr).unwrap();
    assert!(stderr.contains("--symbol xyzzy") && !stderr.contains("did you mean"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_store_that_may_only_be_read_answers_and_says_what_it_cannot() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let trace = ["trace", "CVE-2026-0001", "--advisories", "osv", "--format", "json"];
    assert_eq!(faultline(place.path(), &["index", "shop"]).status.code(), Some(0));
    let expected = json(&faultline(place.path(), &trace), 0, "trace.json");
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(&place.path().join("store.db"), 0o444);
    mode(place.path(), 0o555);
    let guest = |arguments: &[&str]| {
        let program = assert_cmd::cargo::cargo_bin("faultline");
        let root = std::fs::write(place.path().join("probe"), "").is_ok();
        // The administrator may write everywhere: then somebody else asks.
        let mut command = Command::new(if root { Path::new("setpriv") } else { &program });
        if root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        }
        command.current_dir(place.path()).args(arguments).arg("--offline").env_remove("VIRTUAL_ENV");
        command.env("FAULTLINE_STORE", place.path().join("store.db")).output()
    };
    match guest(&["repos", "--format", "json"]) {
        Ok(output) if output.status.code() == Some(0) => _ = json(&output, 0, "repos.json"),
        other => {
            mode(place.path(), 0o755);
            assert!(other.is_err(), "{other:?}");
            return eprintln!("skipped: setpriv is not installed");
        }
    }
    let answered = guest(&trace).unwrap();
    let refused = guest(&["repos", "remove", "shop"]).unwrap();
    mode(place.path(), 0o755);
    assert_eq!(json(&answered, 0, "trace.json"), expected);
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(2) && stderr.contains("may only be read"), "{stderr}");
}

#[test]
fn a_trace_for_tickets_has_a_heading_per_exposure_and_a_list_per_path() {
    let place = Place::new();
    write_tree(&place.path().join("other"), &[("package.json", MANIFEST), ("package-lock.json", LOCKFILE)]);
    write_tree(&place.path().join("other"), &[("server.js", SERVER)]);
    write_tree(&place.path().join("other"), INSTALLED);
    let trace = |format: &str| {
        let arguments = ["trace", "CVE-2026-0001", "shop", "other", "--advisories", "osv", "--format", format];
        String::from_utf8(faultline(place.path(), &arguments).stdout).unwrap()
    };
    let markdown = trace("markdown");
    assert_eq!(markdown.matches("\n## ").count(), 2, "{markdown}");
    assert!(markdown.contains("\n## other: inner@2.0.1 GHSA-aaaa-bbbb-cccc, reachable\n"), "{markdown}");
    assert_eq!(markdown.matches("\nPath from main ").count(), 2, "{markdown}");
    let first = markdown.find("\n1. `server.js:2:1`").unwrap();
    assert!(markdown[..first].trim_end().ends_with("weakest edge direct:"), "{markdown}");
    let table = trace("table");
    let calls: Vec<&str> = table.lines().filter(|line| line.starts_with("  call ")).collect();
    assert_eq!(calls.len(), 2, "one per repository: {table}");
    let sarif: Value = serde_json::from_str(&trace("sarif")).unwrap();
    let run = &sarif["runs"][0];
    for name in ["other", "shop"] {
        assert!(run["originalUriBaseIds"][format!("REPOSITORY/{name}")].is_object(), "{run}");
    }
    for result in run["results"].as_array().unwrap() {
        let base = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"];
        let repository = result["properties"]["repository"].as_str().unwrap();
        assert_eq!(base, &format!("REPOSITORY/{repository}"));
    }
}
