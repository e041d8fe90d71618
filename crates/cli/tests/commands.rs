//! The command line from outside: answers on stdout, exit codes, schemas.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;

use assert_cmd::Command;
use faultline_testkit::{GitRepo, assert_schema, write_tree};
use serde_json::Value;
use tempfile::TempDir;

const LOCKFILE: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "version": "1.0.0", "dependencies": {"outer": "^1.0.0"}},
    "node_modules/outer": {"version": "1.2.0", "resolved": "https://registry.example/outer.tgz",
      "integrity": "sha512-AAAA", "dependencies": {"inner": "^2.0.0"}},
    "node_modules/inner": {"version": "2.0.1", "resolved": "https://registry.example/inner.tgz"}
  }
}
"#;

const ADVISORY: &str = r#"{
  "id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-0001"],
  "summary": "inner: a made-up fault",
  "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
  "affected": [{"package": {"ecosystem": "npm", "name": "inner"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.1.0"}]}]}]
}
"#;

/// A folder with a store of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn with(files: &[(&str, &str)]) -> Place {
        let place = Place::new();
        write_tree(place.path(), files);
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn faultline(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(self.path()).args(arguments).arg("--offline");
        command.env("FAULTLINE_STORE", self.path().join("store/faultline.db")).env_remove("VIRTUAL_ENV");
        command
    }

    /// Runs and returns exit code and stdout.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.faultline(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn json(&self, arguments: &[&str], code: i32, schema: &str) -> Value {
        let (exit, stdout) = self.run(arguments);
        assert_eq!(exit, code, "{arguments:?}: {stdout}");
        let value = serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {stdout}"));
        assert_schema(schema, &value);
        value
    }
}

fn shop() -> Place {
    Place::with(&[
        ("shop/package.json", r#"{"name": "shop", "version": "1.0.0", "dependencies": {"outer": "^1.0.0"}}"#),
        ("shop/package-lock.json", LOCKFILE),
        ("shop/index.js", "const outer = require('outer');\nouter.run();\n"),
        ("osv/one.json", ADVISORY),
    ])
}

#[test]
fn inventory_shows_packages_with_their_places() {
    let place = shop();
    let value = place.json(&["inventory", "shop", "--format", "json"], 0, "inventory.json");
    let project = &value["projects"][0];
    assert_eq!(project["name"], "shop");
    let inner = project["packages"].as_array().unwrap().iter().find(|p| p["purl"] == "pkg:npm/inner@2.0.1").unwrap();
    assert_eq!(inner["relationship"], "transitive");
    assert_eq!(inner["locations"][0]["line"], 7);
    let (code, table) = place.run(&["inventory", "shop"]);
    assert_eq!(code, 0);
    assert!(table.contains("pkg:npm/inner@2.0.1") && table.contains("package-lock.json:7"), "{table}");
    let (_, tree) = place.run(&["inventory", "shop", "--format", "tree"]);
    assert!(tree.contains("    pkg:npm/inner@2.0.1 runtime"), "{tree}");
}

#[test]
fn inventory_of_one_lockfile() {
    let place = shop();
    let value = place.json(&["inventory", "shop/package-lock.json", "--format", "json"], 0, "inventory.json");
    assert_eq!(value["projects"][0]["packages"].as_array().unwrap().len(), 2);
}

#[test]
fn a_broken_lockfile_is_named_and_the_rest_is_answered() {
    let place = shop();
    write_tree(
        place.path(),
        &[("shop/old/package.json", "{}"), ("shop/old/package-lock.json", "{\n  \"packages\": {\n")],
    );
    let value = place.json(&["inventory", "shop", "--format", "json"], 3, "inventory.json");
    assert_eq!(value["incomplete"][0]["file"], "old/package-lock.json");
    assert!(value["incomplete"][0]["line"].is_u64());
    assert!(value["projects"].as_array().unwrap().iter().any(|p| p["name"] == "shop"));
}

#[test]
fn bad_usage_is_exit_code_2_with_words_on_stderr() {
    let place = shop();
    for arguments in [
        &["inventory", "no/such/path"][..],
        &["inventory", "shop/index.js"],
        &["trace", "not a target"],
        &["trace", "CVE-2026-0001", "no/such/path"],
        &["nonsense"],
        &["callgraph", "shop", "--packages", "on-path"],
        &["callgraph", "no/such/path"],
        &["repos", "remove", "nobody"],
        &["index", "shop", "--threads", "0"],
    ] {
        let output = place.faultline(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_help_has_an_example() {
    let place = Place::new();
    let commands: [&[&str]; 17] = [
        &[],
        &["trace"],
        &["watch"],
        &["scan"],
        &["index"],
        &["inventory"],
        &["advisories"],
        &["advisories", "sync"],
        &["advisories", "show"],
        &["advisories", "match"],
        &["advisories", "symbols"],
        &["status"],
        &["repos"],
        &["repos", "gc"],
        &["callgraph"],
        &["doctor"],
        &["completions"],
    ];
    for command in commands {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let (code, text) = place.run(&arguments);
        assert_eq!(code, 0, "{command:?}");
        assert!(text.contains("Example"), "{command:?}: {text}");
        assert!(text.contains("--offline") || command.is_empty(), "{command:?}");
    }
}

#[test]
fn advisories_are_synced_shown_and_matched() {
    let place = shop();
    let (code, _) = place.run(&["advisories", "show", "CVE-2026-0001"]);
    assert_eq!(code, 2, "nothing is kept yet");
    place.json(&["advisories", "sync", "--from", "osv", "--format", "json"], 0, "advisories-sync.json");
    let shown = place.json(&["advisories", "show", "cve-2026-0001", "--format", "json"], 0, "advisory.json");
    assert_eq!(shown["id"], "GHSA-aaaa-bbbb-cccc");
    let output = place
        .faultline(&["advisories", "match"])
        .write_stdin("pkg:npm/inner@2.0.1\npkg:npm/inner@2.1.0\n\npkg:npm/inner@2.0.1\nnonsense")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_schema("advisories-match.json", line);
    }
    let found: Vec<usize> = lines.iter().map(|l| l["advisories"].as_array().unwrap().len()).collect();
    assert_eq!(found, [1, 0, 0, 1, 0], "order and duplicates are kept");
    assert_eq!(lines[0]["advisories"][0]["fixed"][0], "2.1.0");
    assert!(lines[2]["error"].is_string() && lines[4]["error"].is_string() && lines[1]["error"].is_null());
}

fn matched(place: &Place, input: impl Into<Vec<u8>>) -> (Option<i32>, Vec<Value>) {
    let output = place.faultline(&["advisories", "match"]).write_stdin(input).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn versions_that_are_none_are_no_clean_answer() {
    let place = shop();
    place.json(&["advisories", "sync", "--from", "osv", "--format", "json"], 0, "advisories-sync.json");
    let bad: [&[u8]; 9] = [
        b"pkg:npm/inner@latest",
        b"pkg:npm/inner@%zz",
        b"pkg:npm/inner@2.0.1%",
        b"pkg:npm/inner@2.0.1@7",
        b"pkg:npm/inner%00@2.0.1",
        b"pkg:npm/in\0ner@2.0.1",
        b"pkg:npm/in\xff\xfener@2.0.1",
        b"pkg:npm/inner%ff@2.0.1",
        b"pkg:npm/@scope/inner@1@2",
    ];
    let (code, lines) = matched(&place, bad.join(&b'\n'));
    assert_eq!((code, lines.len()), (Some(3), bad.len()));
    for line in lines {
        assert_schema("advisories-match.json", &line);
        assert!(line["error"].is_string(), "{line}");
    }
    let good = "pkg:npm/@scope/inner@1.0.0\npkg:npm/%40scope/inner@1.0.0-rc.1%2Bbuild\npkg:pypi/inner@1.0.post1\n\
        pkg:golang/example.org/inner@v0.0.0-20200101000000-abcdefabcdef\npkg:maven/org.example/inner@1.0.RELEASE\n\
        pkg:golang/example.org/inner@v1.0.0+incompatible\npkg:npm/inner@3.0.0?download_url=https://a@b\n\
        pkg:pypi/inner@1!2.0+cu118\r\npkg:composer/a/inner@v1.2.3.4\npkg:gem/inner@1.0.0.pre1";
    let (code, lines) = matched(&place, good);
    assert_eq!(code, Some(0), "{lines:?}");
}

#[test]
fn matching_answers_line_by_line() {
    use std::io::{BufRead, BufReader, Write};
    let place = shop();
    place.json(&["advisories", "sync", "--from", "osv", "--format", "json"], 0, "advisories-sync.json");
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("faultline"))
        .current_dir(place.path())
        .env("FAULTLINE_STORE", place.path().join("store/faultline.db"))
        .args(["advisories", "match"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        input.write_all(b"pkg:npm/inner@2.0.1\n").unwrap();
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        assert!(line.contains("GHSA-aaaa-bbbb-cccc"), "{line}");
    }
    drop(answers);
    let _ = input.write_all(&b"pkg:npm/inner@2.0.1\n".repeat(10_000));
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "a reader that goes away is no error");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let long = format!("pkg:npm/{}@1\npkg:npm/inner@2.0.1\n", "a".repeat(200_000));
    let (code, lines) = matched(&place, long);
    assert_eq!((code, lines.len()), (Some(3), 2));
    assert!(lines[0]["error"].is_string() && lines[1]["error"].is_null());
}

#[test]
fn broken_advisories_are_listed_and_the_rest_is_kept() {
    let place = shop();
    write_tree(place.path(), &[("osv/two.json", "{\"id\": 7")]);
    let value = place.json(&["advisories", "sync", "--from", "osv", "--format", "json"], 3, "advisories-sync.json");
    assert_eq!(value["records"], 1);
    assert!(value["incomplete"][0]["file"].as_str().unwrap().ends_with("two.json"));
}

#[test]
fn index_skips_what_did_not_change() {
    let place = Place::new();
    let repo =
        GitRepo::with_files(&place.path().join("clones/api"), &[("a.js", "exports.a = 1;\n"), ("b.py", "x = 1\n")]);
    let first = place.json(&["index", "clones", "--format", "json"], 0, "index.json");
    assert_eq!((&first["updated"], &first["parsed"]), (&1.into(), &2.into()));
    let second = place.json(&["index", "clones", "--format", "json"], 0, "index.json");
    assert_eq!((&second["updated"], &second["parsed"]), (&0.into(), &0.into()));
    repo.commit_files(&[("a.js", "exports.a = 2;\n")]);
    let third = place.json(&["index", "clones", "--format", "json"], 0, "index.json");
    assert_eq!((&third["updated"], &third["parsed"]), (&1.into(), &1.into()));
    let status = place.json(&["status", "--format", "json"], 0, "status.json");
    assert_eq!(status["repositories"][0]["name"], "api");
    assert_eq!(status["repositories"][0]["revision"], repo.git(&["rev-parse", "HEAD"]));
}

#[test]
fn repositories_are_renamed_removed_and_cleaned_up() {
    let place = Place::new();
    GitRepo::with_files(&place.path().join("clones/api"), &[("a.js", "exports.a = 1;\n")]);
    GitRepo::with_files(&place.path().join("clones/web"), &[("b.js", "exports.b = 1;\n")]);
    write_tree(place.path(), &[("list", "# ours\nclones/api\n\nclones/web\n")]);
    let indexed = place.json(&["index", "@list", "--format", "json"], 0, "index.json");
    assert_eq!(indexed["repositories"], 2);
    assert_eq!(place.run(&["repos", "rename", "api", "shop-api"]).0, 0);
    assert_eq!(place.run(&["repos", "rename", "web", "shop-api"]).0, 2, "the name is taken");
    assert_eq!(place.run(&["repos", "remove", "web"]).0, 0);
    let left = place.json(&["repos", "--format", "json"], 0, "repos.json");
    assert_eq!(left["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(left["repositories"][0]["name"], "shop-api");
    let (code, text) = place.run(&["repos", "gc"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("1 packs"), "{text}");
}

#[test]
fn callgraph_needs_no_git_and_writes_files() {
    let place = Place::with(&[
        ("src/a.js", "function f() { g(); }\nfunction g() {}\nf();\n"),
        ("src/b.py", "def h():\n    pass\nh()\n"),
    ]);
    let value = place.json(&["callgraph", "src", "--format", "json"], 0, "callgraph.json");
    let names: Vec<&str> = value["functions"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    for name in ["a.js", "a.js:f", "a.js:g", "b", "b.h"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let (code, stdout) = place.run(&["callgraph", "src", "--format", "dot", "--output", "graph.dot"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(std::fs::read_to_string(place.path().join("graph.dot")).unwrap().starts_with("digraph"));
    assert!(!place.path().join("store").exists(), "nothing is kept for a call graph");
}

#[test]
fn trace_without_advisories_says_so_and_is_incomplete() {
    let place = shop();
    let value = place.json(&["trace", "CVE-2026-0001", "shop", "--format", "json"], 3, "trace.json");
    assert!(value["incomplete"][0]["why"].as_str().unwrap().contains("advisories sync"));
}

#[test]
fn trace_lists_who_has_an_affected_version() {
    let place = shop();
    let arguments = ["trace", "CVE-2026-0001", "shop", "--advisories", "osv", "--format", "json"];
    let value = place.json(&arguments, 3, "trace.json");
    let exposure = &value["exposures"][0];
    assert_eq!(exposure["package"], "pkg:npm/inner@2.0.1");
    assert_eq!(exposure["dependency_paths"][0][0], "pkg:npm/outer@1.2.0");
    assert_eq!(exposure["verdict"], "not_determined");
    let codes: Vec<&str> =
        exposure["reasons"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"no_symbols") && codes.contains(&"package_missing"), "{codes:?}");
    let (code, _) = place.run(&["trace", "CVE-2026-0001", "shop", "--advisories", "osv", "--fail-on", "present"]);
    assert_eq!(code, 1, "the condition wins over incompleteness");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = shop();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("faultline"))
        .current_dir(place.path())
        .args(["inventory", "shop", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn control_characters_reach_no_terminal() {
    let manifest = r#"{"name":"sh\u001b]0;owned\u0007op","version":"1\u009b2J","dependencies":{"a\u202eb\u001b[2J":"\u001b[31m^1"}}"#;
    let place = Place::with(&[("shop/package.json", manifest), ("shop/package-lock.json", "{\u{1b}[2J")]);
    for format in ["table", "tree", "json"] {
        let (_, text) = place.run(&["inventory", "shop", "--format", format]);
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(harmful), "{format}: {text:?}");
        assert!(text.contains("\\u001b]0;owned\\u0007op"), "{format}: {text}");
    }
    let value = place.json(&["inventory", "shop", "--format", "json"], 3, "inventory.json");
    assert_eq!(value["projects"][0]["name"], "sh\u{1b}]0;owned\u{7}op");
    assert_eq!(value["projects"][0]["version"], "1\u{9b}2J");
    let output = place.faultline(&["inventory", "no\u{1b}[2Jwhere"]).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("no\\u001b[2Jwhere"), "{words:?}");
}

#[cfg(unix)]
#[test]
fn pipes_given_as_files_are_refused() {
    let place = shop();
    let pipe = place.path().join("package-lock.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = "package-lock.json";
    let symbols = ["trace", "CVE-2026-0001", "shop", "--advisories", "osv", "--symbols", pipe];
    for arguments in [&["inventory", pipe][..], &["scan", "shop", "--ignore", pipe], &symbols] {
        let output = place.faultline(arguments).timeout(std::time::Duration::from_secs(20)).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {words}");
        assert!(words.contains("package-lock.json: is no regular file"), "{words}");
    }
}

#[test]
fn an_entry_that_names_nothing_is_refused() {
    let place = Place::with(&[("src/a.js", "function f() {}\nf();\n"), ("src/b.py", "def h():\n    pass\n")]);
    for entry in ["nothing", "no.js", "a.js:g", "../src/a.js", ""] {
        let output = place.faultline(&["callgraph", "src", "--entry", entry]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{entry}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("--entry"), "{entry}");
    }
    for entry in ["a.js", "a.js:f", "b.h", "b.py", "route", "tests"] {
        assert_eq!(place.run(&["callgraph", "src", "--entry", entry]).0, 0, "{entry}");
    }
}

#[test]
fn doctor_and_completions_answer() {
    let place = Place::new();
    let value = place.json(&["doctor", "--format", "json"], 0, "doctor.json");
    assert!(value["checks"].as_array().unwrap().iter().any(|c| c["name"] == "advisories" && c["state"] == "missing"));
    let (code, script) = place.run(&["completions", "bash"]);
    assert_eq!(code, 0);
    assert!(script.contains("faultline"));
}

#[test]
fn a_process_killed_at_any_moment_loses_nothing() {
    let place = Place::new();
    for n in 0..12 {
        let code = format!("exports.f{n} = function () {{ return {n}; }};\n").repeat(200);
        let files: Vec<(String, String)> =
            (0..20).map(|f| (format!("src/{f}.js"), format!("// {n}.{f}\n{code}"))).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        write_tree(&place.path().join(format!("clones/r{n}")), &[("package.json", "{}")]);
        write_tree(&place.path().join(format!("clones/r{n}")), &files);
    }
    let mut indexed = 0;
    for milliseconds in [5, 20, 60, 120, 240] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("faultline"))
            .current_dir(place.path())
            .env("FAULTLINE_STORE", place.path().join("store/faultline.db"))
            .args(["index", "clones", "--offline", "--quiet"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let status = place.json(&["status", "--format", "json"], 0, "status.json");
        let now = status["repositories"].as_array().unwrap().len();
        assert!(now >= indexed, "{now} repositories after {milliseconds} ms, {indexed} before");
        assert!(status["repositories"].as_array().unwrap().iter().all(|r| r["files"] == 21), "none is half there");
        indexed = now;
    }
    let last = place.json(&["index", "clones", "--format", "json"], 0, "index.json");
    assert_eq!(last["updated"], 12 - indexed);
}

#[test]
fn a_store_that_is_not_one_is_named_with_a_remedy() {
    let place = Place::new();
    write_tree(place.path(), &[("store/faultline.db", &"not a database ".repeat(100))]);
    let output = place.faultline(&["status"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("faultline.db") && words.contains("move it away"), "{words}");
}
