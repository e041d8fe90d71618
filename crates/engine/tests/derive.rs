//! Symbols derived from fix commits, from repositories that are good and bad.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use faultline_engine::{Derivation, DeriveRequest, Engine, Knowledge, Settings, Silent};
use faultline_store::Store;
use faultline_testkit::{GitRepo, write_tree};

const VULNERABLE: &str = "exports.parse = function parse(a) {\n  return a;\n};\nfunction other() {\n  return 1;\n}\n";

fn engine() -> Engine {
    Engine::new(Store::in_memory().unwrap(), Settings { offline: true, ..Settings::default() }).unwrap()
}

fn knowledge(folder: &tempfile::TempDir, commit: &str) -> Knowledge {
    let record = format!(
        r#"{{"id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z", "details": "parse is unsafe",
            "references": [{{"type": "FIX", "url": "https://git.example/o/inner/commit/{commit}"}}],
            "affected": [{{"package": {{"ecosystem": "npm", "name": "inner"}},
              "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "2.1.0"}}]}}]}}]}}"#
    );
    write_tree(folder.path(), &[("npm.json", &record)]);
    Knowledge { advisories: Some(folder.path().to_owned()), ..Knowledge::default() }
}

fn derive(engine: &Engine, repo: &GitRepo, commit: &str) -> Derivation {
    let folder = tempfile::tempdir().unwrap();
    let request = DeriveRequest { repository: Some(repo.path().to_owned()) };
    engine.derive_symbols("GHSA-aaaa-bbbb-cccc", &knowledge(&folder, commit), &request, &Silent).unwrap()
}

fn repo() -> GitRepo {
    let repo = GitRepo::new();
    repo.commit_files(&[("package.json", r#"{"name": "inner"}"#), ("lib/parse.js", VULNERABLE)]);
    repo
}

fn fixed() -> String {
    VULNERABLE.replace("return a;", "return String(a);")
}

#[test]
fn a_fix_gives_its_function_which_later_answers_know() {
    let (repo, engine) = (repo(), engine());
    let commit = repo.commit_files(&[("lib/parse.js", &fixed()), ("test/parse.js", "require('..').parse(1)\n")]);
    let found = derive(&engine, &repo, &commit);
    let [symbol] = found.symbols.as_slice() else { panic!("{found:?}") };
    assert_eq!((symbol.symbol.as_str(), symbol.grade.as_str(), symbol.line), ("lib/parse.js:parse", "S3", 2));
    assert_eq!(symbol.hunk, "-  return a;\n+  return String(a);");

    let folder = tempfile::tempdir().unwrap();
    let (target, _) = engine.symbols("GHSA-aaaa-bbbb-cccc", &knowledge(&folder, &commit), &Silent).unwrap();
    assert_eq!((target.symbols[0].grade.as_str(), target.symbols.len()), ("S3", 1));
    assert!(target.symbols[0].origin.starts_with("fix ") && target.symbols[0].origin.ends_with("lib/parse.js:2"));
}

#[test]
fn a_package_of_a_monorepo_has_only_what_lies_in_its_folder() {
    let repo = GitRepo::new();
    repo.commit_files(&[
        ("package.json", r#"{"name": "root"}"#),
        ("packages/inner/package.json", r#"{"name": "inner"}"#),
        ("packages/inner/lib/parse.js", VULNERABLE),
        ("packages/else/a.js", VULNERABLE),
    ]);
    let commit = repo.commit_files(&[("packages/inner/lib/parse.js", &fixed()), ("packages/else/a.js", &fixed())]);
    let found = derive(&engine(), &repo, &commit);
    let names: Vec<&str> = found.symbols.iter().map(|s| s.symbol.as_str()).collect();
    assert_eq!(names, ["lib/parse.js:parse"]);
    assert_eq!(found.symbols[0].grade, "S2");
}

#[test]
fn a_missing_commit_and_a_dead_link_give_nothing_and_say_why() {
    let found = derive(&engine(), &repo(), "0123456789abcdef0123456789abcdef01234567");
    assert!(found.symbols.is_empty() && !found.commits[0].read);
    assert!(found.commits[0].notes[0].contains("does not have the commit"), "{found:?}");

    let folder = tempfile::tempdir().unwrap();
    let knowledge = knowledge(&folder, "0123456");
    let found = engine().derive_symbols("GHSA-aaaa-bbbb-cccc", &knowledge, &DeriveRequest::default(), &Silent).unwrap();
    assert!(!found.commits[0].read && found.commits[0].notes[0].contains("--repo"), "{found:?}");
}

#[test]
fn a_huge_commit_is_refused() {
    let repo = repo();
    for number in 0..5_000 {
        repo.write(&format!("lib/f{number}.js"), "function f() {}\n");
    }
    let commit = repo.commit_files(&[("lib/parse.js", &fixed())]);
    let found = derive(&engine(), &repo, &commit);
    assert!(found.symbols.is_empty() && found.commits[0].notes[0].contains("5001 source files"), "{found:?}");
}

#[test]
fn merges_binary_diffs_and_foreign_languages_never_give_s3() {
    let merge = repo();
    merge.git(&["checkout", "-q", "-b", "side"]);
    merge.commit_files(&[("lib/parse.js", &fixed())]);
    merge.git(&["checkout", "-q", "main"]);
    merge.commit_files(&[("README.md", "x")]);
    merge.git(&["merge", "-q", "--no-ff", "-m", "merge", "side"]);
    let commit = merge.git(&["rev-parse", "HEAD"]);
    let found = derive(&engine(), &merge, &commit);
    assert_eq!(found.symbols[0].grade, "S2", "{found:?}");
    assert!(found.symbols[0].reason.contains("merge"));

    for (path, bytes) in [("lib/other.js", &b"\xff\xfe\x00"[..]), ("src/native.c", b"int f;")] {
        let repo = repo();
        repo.write(path, bytes);
        let commit = repo.commit_files(&[("lib/parse.js", &fixed())]);
        let found = derive(&engine(), &repo, &commit);
        assert_eq!(found.symbols[0].grade, "S2", "{path}: {found:?}");
    }
}

#[test]
fn the_first_commit_has_nothing_to_compare_with() {
    let repo = repo();
    let commit = repo.git(&["rev-parse", "HEAD"]);
    let found = derive(&engine(), &repo, &commit);
    assert!(found.symbols.is_empty() && found.commits[0].notes[0].contains("no parent"), "{found:?}");
}
