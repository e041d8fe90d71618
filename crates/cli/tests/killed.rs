//! A process that is killed at any moment leaves nothing half done: the next run is right.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use faultline_testkit::{GitRepo, write_tree};
use serde_json::Value;
use support::{INSTALLED, LOCKFILE, MANIFEST, Place, SERVER, advisory};

fn faultline(place: &Place, store: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("faultline"));
    command.current_dir(place.path()).args(arguments).arg("--offline").env_remove("VIRTUAL_ENV");
    command.env("FAULTLINE_STORE", place.path().join(store));
    command
}

/// Starts a command and kills it after a while; true when it was still running.
fn killed(mut command: Command, after: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

/// The answer of a command without the times in it.
fn answer(place: &Place, store: &str, arguments: &[&str]) -> Value {
    let output = faultline(place, store, arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{arguments:?}: {words}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {words}"))
}

fn fleet(place: &Place) {
    let functions: Vec<String> = (0..60).map(|n| format!("exports.f{n} = (x) => x + {n};\n")).collect();
    let code = functions.concat();
    for repository in 0..6 {
        let folder = place.path().join(format!("clones/r{repository}"));
        let mut files = vec![("package.json", MANIFEST), ("package-lock.json", LOCKFILE), ("server.js", SERVER)];
        let paths: Vec<(String, String)> =
            (0..25).map(|n| (format!("lib/m{n}.js"), format!("// {repository}\n{code}"))).collect();
        files.extend(paths.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        GitRepo::with_files(&folder, &files);
        write_tree(&folder, INSTALLED);
    }
    let records: Vec<(String, String)> = (0..300)
        .map(|n| (format!("osv/{n}.json"), advisory(&format!("GHSA-{n:04}-aaaa-aaaa"), &format!("CVE-1-{n}"), "inner")))
        .collect();
    write_tree(place.path(), &records.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect::<Vec<_>>());
}

fn store_is_gone(place: &Path, store: &str) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(place.join(format!("{store}{ending}")));
    }
}

#[test]
fn after_a_kill_the_next_run_is_right() {
    let place = Place::new();
    fleet(&place);
    let index = ["index", "clones", "--format", "json"];
    let trace = ["trace", "CVE-2026-0001", "clones", "--advisories", "osv", "--format", "json"];
    let sync = ["advisories", "sync", "--from", "osv", "--format", "json"];
    let expected = answer(&place, "whole.db", &trace);
    assert_eq!(expected["summary"]["reachable"], 6);
    let synced = answer(&place, "whole.db", &sync);
    let mut caught = 0;
    for (round, command) in [&index[..], &trace[..], &sync[..]].iter().cycle().take(24).enumerate() {
        if round % 6 == 0 {
            store_is_gone(place.path(), "killed.db");
        }
        // Spread over the life of a run, the same on every machine.
        let after = Duration::from_millis([3, 11, 23, 47, 90, 170, 290, 450][round % 8]);
        caught += usize::from(killed(faultline(&place, "killed.db", command), after));
        if round % 3 == 2 {
            assert_eq!(answer(&place, "killed.db", &trace), expected, "round {round}");
            let again = answer(&place, "killed.db", &sync);
            assert_eq!((&again["records"], &again["incomplete"]), (&synced["records"], &synced["incomplete"]));
        }
    }
    assert!(caught > 0, "at least one run was killed on its way");
}
