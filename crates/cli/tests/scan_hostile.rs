//! `scan` and `watch` with input that is broken, missing or hostile: a clear error, or a named reason and the rest.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::io::Read;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use faultline_testkit::{GitRepo, git_command, write_tree};
use serde_json::Value;
use support::{INSTALLED, LOCKFILE, MANIFEST, Place, SERVER};

#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(Process::new("mkfifo").arg(path).status().unwrap().success());
}

fn binary(place: &Place) -> Process {
    let mut command = Process::new(assert_cmd::cargo::cargo_bin("faultline"));
    command.current_dir(place.path()).env("FAULTLINE_STORE", place.path().join("store.db")).env_remove("VIRTUAL_ENV");
    command
}

/// A place whose checkout is a repository.
fn repository() -> (Place, GitRepo) {
    let place = Place::new();
    std::fs::remove_dir_all(place.path().join("shop")).unwrap();
    let files = [("package.json", MANIFEST), ("package-lock.json", LOCKFILE), ("server.js", SERVER)];
    let repo = GitRepo::with_files(&place.path().join("shop"), &files);
    place.write(INSTALLED);
    (place, repo)
}

#[test]
fn files_that_a_user_names_and_that_are_none_are_refused_with_a_remedy() {
    let place = Place::new();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.path().join(name), bytes).unwrap();
    write("no-utf8", b"\n\n\xff\xfe");
    write("half.json", b"{\"schema\": \"faultline.scan/1\",\n \"exposures\": [\n");
    write("list.json", b"[]");
    write("typed.json", b"{\"schema\": \"faultline.scan/1\",\n\"exposures\": [\n{\"repository\": 7}]}");
    write("newer.json", b"{\"schema\": \"faultline.scan/2\", \"exposures\": []}");
    write("deep.json", "[".repeat(300_000).as_bytes());
    std::fs::create_dir(place.path().join("empty")).unwrap();
    let cases: [(&[&str], &str); 14] = [
        (&["--ignore", "no-utf8"], "no-utf8:3: is not UTF-8 text; save it as UTF-8"),
        (&["--ignore", "gone"], "gone: is not there; check the path"),
        (&["--ignore", "empty"], "empty: is a folder; name a file"),
        (&["--baseline", "gone"], "gone: is not there; check the path"),
        (&["--baseline", "empty"], "empty: is a folder; name a file"),
        (&["--baseline", "no-utf8"], "no-utf8:3: is not UTF-8"),
        (&["--baseline", "half.json"], "half.json:3: not a JSON answer"),
        (&["--baseline", "list.json"], "list.json:1: not a JSON answer"),
        (&["--baseline", "typed.json"], "typed.json:3: not a JSON answer"),
        (&["--baseline", "newer.json"], "write one anew with `faultline scan --format json"),
        (&["--baseline", "deep.json"], "deep.json:1: not a JSON answer"),
        (&["--advisories", "empty"], "empty: holds no OSV record"),
        (&["--advisories", "shop/server.js"], "shop/server.js: holds no OSV record"),
        (&["--output", "empty"], "empty is a folder; name a file for --output"),
    ];
    for (arguments, words) in cases {
        let mut command = binary(&place);
        command.args(["scan", "shop", "--offline"]).args(arguments);
        if arguments[0] != "--advisories" {
            command.args(["--advisories", "osv"]);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty() && stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_is_refused_and_never_waited_for() {
    let place = Place::new();
    pipe(&place.path().join("pipe"));
    for option in ["--ignore", "--baseline", "--symbols"] {
        let (code, _, stderr) = place.scan(&[option, "pipe"]);
        assert!(code == 2 && stderr.contains("pipe: is no regular file"), "{option}: {stderr}");
    }
    let mut command = Command::cargo_bin("faultline").unwrap();
    command.current_dir(place.path()).args(["scan", "shop", "--offline", "--advisories", "pipe"]);
    let output = command.env("FAULTLINE_STORE", place.path().join("store.db")).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_pipe_or_a_link_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let place = Place::new();
    pipe(&place.path().join("pipe"));
    let reader = std::thread::spawn({
        let path = place.path().join("pipe");
        move || {
            let mut text = String::new();
            std::fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
            text
        }
    });
    assert_eq!(place.scan(&["--format", "json", "--output", "pipe"]).0, 0);
    assert!(reader.join().unwrap().contains("faultline.scan/1"));
    assert!(std::fs::symlink_metadata(place.path().join("pipe")).unwrap().file_type().is_fifo());
    write_tree(place.path(), &[("real/answer.json", "old")]);
    std::os::unix::fs::symlink("real/answer.json", place.path().join("link")).unwrap();
    assert_eq!(place.scan(&["--format", "json", "--output", "link"]).0, 0);
    assert!(std::fs::symlink_metadata(place.path().join("link")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(place.path().join("real/answer.json")).unwrap().contains("faultline.scan/1"));
    let (code, _, stderr) = place.scan(&["--output", "no/such/folder/x.sarif"]);
    assert!(code == 2 && stderr.contains("no/such/folder/x.sarif"), "{stderr}");
    let left = std::fs::read_dir(place.path()).unwrap().filter_map(Result::ok);
    assert!(left.into_iter().all(|e| !e.file_name().to_string_lossy().contains(".part")), "nothing half stays");
}

#[test]
fn a_reader_that_goes_away_does_not_change_the_exit_code() {
    let place = Place::new();
    let files: Vec<(String, String)> = (0..400)
        .map(|n| {
            (
                format!("osv/{n}.json"),
                support::advisory(&format!("GHSA-{n:04}-aaaa-aaaa"), &format!("CVE-1-{n}"), "inner"),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    write_tree(place.path(), &files);
    let run = |arguments: &[&str]| {
        let mut command = binary(&place);
        command.args(arguments).args(["--advisories", "osv", "--offline", "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    assert_eq!(run(&["scan", "shop", "--fail-on", "present"]), Some(1));
    assert_eq!(run(&["scan", "shop"]), Some(0));
    assert_eq!(run(&["watch", "--fail-on", "present"]), Some(1));
    let output =
        binary(&place).args(["watch", "--advisories", "osv", "--offline", "--format", "json"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["since"], Value::Null, "what nobody saw is still news");
    assert!(!answer["new"].as_array().unwrap().is_empty());
}

#[test]
fn a_revision_that_is_not_there_is_never_answered_from_another_one() {
    let (place, repo) = repository();
    assert_eq!(place.scan(&[]).0, 0, "HEAD is in the store now");
    for rev in ["no-such", "", "HEAD~7", "HEAD:server.js", "HEAD^{tree}", "@{-1}"] {
        let (code, stdout, stderr) = place.scan(&["--rev", rev]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{rev}");
        assert!(stderr.contains("was not found; fetch it first"), "{rev}: {stderr}");
        assert_eq!(place.scan(&["--since", rev]).0, 2, "{rev}");
    }
    let head = repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(place.json(&["--rev", &head[..10]], 0)["exposures"][0]["revision"], head);
}

#[test]
fn a_checkout_without_history_says_so_and_is_scanned() {
    let (place, repo) = repository();
    repo.git(&["commit", "--quiet", "--allow-empty", "-m", "two"]);
    std::fs::rename(place.path().join("shop"), place.path().join("origin")).unwrap();
    let origin = format!("file://{}", place.path().join("origin").display());
    let cloned = git_command(place.path()).args(["clone", "--quiet", "--depth", "1", &origin, "shop"]).status();
    assert!(cloned.unwrap().success());
    place.write(INSTALLED);
    assert_eq!(place.json(&[], 0)["exposures"][0]["level"], "reachable");
    let (code, _, stderr) = place.scan(&["--since", "HEAD~1"]);
    assert!(code == 2 && stderr.contains("depth 0"), "{stderr}");
    assert_eq!(place.scan(&["--since", "HEAD", "--fail-on", "present"]).0, 0);
}

#[test]
fn nothing_to_read_is_no_clean_answer() {
    let place = Place::new();
    std::fs::remove_dir_all(place.path().join("shop")).unwrap();
    GitRepo::init(&place.path().join("shop"));
    place.write(&[("package.json", MANIFEST), ("package-lock.json", LOCKFILE)]);
    let unborn = place.json(&[], 3);
    assert!(unborn["incomplete"][0]["why"].as_str().unwrap().contains("no commit"), "{unborn}");
    std::fs::remove_dir_all(place.path().join("shop")).unwrap();
    place.write(&[("notes.txt", "nothing here")]);
    let bare = place.json(&[], 0);
    assert!(bare["incomplete"][0]["why"].as_str().unwrap().contains("nothing to match"), "{bare}");
}

#[test]
fn revisions_are_those_of_the_checkout_not_of_what_lies_in_it() {
    let (place, repo) = repository();
    repo.git(&["tag", "before"]);
    GitRepo::with_files(&place.path().join("shop/vendored"), &[("a.js", "1;\n")]);
    let answer = place.json(&["--since", "before", "--fail-on", "present"], 0);
    assert_eq!(answer["known"].as_array().unwrap().len(), 2);
    assert_eq!(answer["incomplete"], serde_json::json!([]));
}

#[test]
fn entries_of_the_ignore_file_that_speak_of_nothing_are_named() {
    let place = Place::new();
    let entry = "[[ignore]]\nid = \"CVE-1999-0001\"\nreason = \"r\"\nowner = \"team-shop\"\nexpires = \"2999-01-31\"\n";
    place.write(&[("faultline-ignore.toml", entry)]);
    let answer = place.json(&[], 0);
    assert_eq!((&answer["unused"][0]["line"], &answer["unused"][0]["id"]), (&1.into(), &"CVE-1999-0001".into()));
    let (_, table, _) = place.scan(&[]);
    assert!(table.contains("unused: faultline-ignore.toml:1 speaks of no exposure"), "{table}");
}

#[cfg(unix)]
#[test]
fn advisories_that_cannot_be_read_are_listed_and_the_rest_counts() {
    let place = Place::new();
    std::os::unix::fs::symlink("loop", place.path().join("osv/loop")).unwrap();
    pipe(&place.path().join("osv/pipe.json"));
    place.advise(&[("broken.json", "{\"id\":")]);
    let answer = place.json(&[], 3);
    assert_eq!(answer["exposures"].as_array().unwrap().len(), 2);
    assert!(answer["incomplete"][0]["what"].as_str().unwrap().ends_with("broken.json"));
}
