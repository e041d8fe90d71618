//! Repositories that are damaged, or made to do harm.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};

use faultline_source::{Limits, Repository, Snapshot, SourceError, discover};
use faultline_testkit::{GitRepo, git_command};

fn snapshot(path: &Path) -> Snapshot {
    limited(path, &Limits::default())
}

fn limited(path: &Path, limits: &Limits) -> Snapshot {
    Repository::open_git(path, limits).expect("a repository").snapshot(None).expect("a revision")
}

fn object_file(repo: &GitRepo, id: &str) -> PathBuf {
    repo.path().join(".git/objects").join(&id[..2]).join(&id[2..])
}

fn overwrite(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Codes and places of the problems.
fn problems(snapshot: &Snapshot) -> Vec<(&str, &str)> {
    let place = |p: &'_ faultline_package::Reason| p.location.clone().map(|l| l.file).unwrap_or_default();
    snapshot.problems.iter().map(|p| (p.code.as_str(), &*place(p).leak())).collect()
}

/// Writes an object of any content and returns its name.
fn hash_object(repo: &GitRepo, kind: &str, bytes: &[u8]) -> String {
    let file = repo.path().join(".git/raw");
    std::fs::write(&file, bytes).unwrap();
    repo.git(&["hash-object", "-w", "--literally", "-t", kind, ".git/raw"])
}

/// Makes a commit of a tree object the head.
fn head_is_tree(repo: &GitRepo, tree: &str) {
    let commit = repo.git(&["commit-tree", "-m", "x", tree]);
    repo.git(&["update-ref", "HEAD", &commit]);
}

fn tree_entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let mut bytes = format!("{mode} ").into_bytes();
    bytes.extend(name);
    bytes.push(0);
    bytes.extend((0..20).map(|i| u8::from_str_radix(&id[i * 2..i * 2 + 2], 16).unwrap()));
    bytes
}

#[test]
fn a_missing_blob_is_a_problem_of_its_file_and_the_rest_is_read() {
    let repo = GitRepo::new();
    repo.commit_files(&[("gone.js", "gone"), ("here.js", "here")]);
    let id = repo.git(&["rev-parse", "HEAD:gone.js"]);
    std::fs::remove_file(object_file(&repo, &id)).unwrap();
    let snapshot = snapshot(repo.path());
    assert_eq!(problems(&snapshot), [("object_missing_or_corrupt", "gone.js")]);
    assert!(snapshot.problems[0].detail.contains(&id));
    assert_eq!(snapshot.read(snapshot.get("here.js").unwrap()).unwrap(), b"here");
}

#[test]
fn a_missing_folder_is_a_problem_and_the_rest_is_read() {
    let repo = GitRepo::new();
    repo.commit_files(&[("lib/a.js", "a"), ("here.js", "here")]);
    let id = repo.git(&["rev-parse", "HEAD:lib"]);
    std::fs::remove_file(object_file(&repo, &id)).unwrap();
    let snapshot = snapshot(repo.path());
    assert_eq!(problems(&snapshot), [("object_missing_or_corrupt", "lib")]);
    assert!(snapshot.get("here.js").is_some());
}

#[test]
fn garbage_in_place_of_an_object_is_an_error_of_its_file() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a.js", "a")]);
    let id = repo.git(&["rev-parse", "HEAD:a.js"]);
    overwrite(&object_file(&repo, &id), b"not zlib at all");
    assert_eq!(problems(&snapshot(repo.path())), [("object_missing_or_corrupt", "a.js")]);
}

#[test]
fn an_object_under_a_false_name_is_refused() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a.js", "harmless"), ("b.js", "stranger")]);
    let [a, b] = ["HEAD:a.js", "HEAD:b.js"].map(|r| object_file(&repo, &repo.git(&["rev-parse", r])));
    let other = std::fs::read(b).unwrap();
    overwrite(&a, &other);
    let snapshot = snapshot(repo.path());
    let error = snapshot.read(snapshot.get("a.js").unwrap()).unwrap_err();
    assert!(matches!(error, SourceError::BadObject { .. }), "{error}");
}

#[test]
fn replaced_objects_do_not_change_what_is_read() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a.js", "true"), ("b.js", "false")]);
    repo.git(&["replace", "HEAD:a.js", "HEAD:b.js"]);
    let snapshot = snapshot(repo.path());
    assert_eq!(snapshot.read(snapshot.get("a.js").unwrap()).unwrap(), b"true");
}

#[test]
fn a_head_that_is_no_commit_is_an_error() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "1")]);
    std::fs::write(repo.path().join(".git/HEAD"), "0123456789012345678901234567890123456789\n").unwrap();
    let opened = Repository::open_git(repo.path(), &Limits::default()).unwrap();
    assert!(opened.snapshot(None).is_err());
    std::fs::write(repo.path().join(".git/HEAD"), [0xff; 300]).unwrap();
    let opened = Repository::open_git(repo.path(), &Limits::default());
    assert!(opened.and_then(|o| o.snapshot(None)).is_err());
}

#[test]
fn a_truncated_pack_is_an_error_not_a_crash() {
    let repo = GitRepo::new();
    for n in 0..50 {
        repo.write(&format!("f{n}"), format!("{n}").repeat(500));
    }
    repo.commit("many");
    repo.git(&["gc", "--quiet"]);
    let mut packs =
        std::fs::read_dir(repo.path().join(".git/objects/pack")).unwrap().filter_map(|e| Some(e.ok()?.path()));
    let pack = packs.find(|p| p.extension().is_some_and(|e| e == "pack")).unwrap();
    let bytes = std::fs::read(&pack).unwrap();
    for keep in [0, 20, bytes.len() / 2, bytes.len() - 30] {
        overwrite(&pack, &bytes[..keep]);
        let opened = Repository::open_git(repo.path(), &Limits::default());
        if let Ok(snapshot) = opened.and_then(|o| o.snapshot(None)) {
            let unread = snapshot.entries.iter().filter(|e| snapshot.read(e).is_err()).count();
            assert!(unread + snapshot.problems.len() > 0 || keep > bytes.len() / 2, "{keep}");
        }
    }
}

#[test]
fn a_tree_of_trees_without_end_is_cut_off() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "x")]);
    let mut tree = repo.git(&["rev-parse", "HEAD^{tree}"]);
    for _ in 0..12 {
        let entries: Vec<u8> = (0..10).flat_map(|n| tree_entry("40000", format!("d{n}").as_bytes(), &tree)).collect();
        tree = hash_object(&repo, "tree", &entries);
    }
    head_is_tree(&repo, &tree);
    let limits = Limits { max_files: 5000, ..Limits::default() };
    let snapshot = limited(repo.path(), &limits);
    assert!(snapshot.entries.len() <= 5000);
    assert_eq!(problems(&snapshot), [("too_large", ".")]);
}

#[test]
fn a_path_of_a_thousand_folders_is_cut_off() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "x")]);
    let leaf = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let mut tree = leaf.clone();
    for _ in 0..100 {
        let mut entries = tree_entry("40000", &[b'd'; 100], &tree);
        entries.extend(tree_entry("100644", b"file", &repo.git(&["rev-parse", "HEAD:a"])));
        tree = hash_object(&repo, "tree", &entries);
    }
    head_is_tree(&repo, &tree);
    // The commit before is no longer HEAD, its blob still is there.
    let snapshot = snapshot(repo.path());
    assert_eq!(snapshot.problems.len(), 1);
    assert_eq!(snapshot.problems[0].code, "too_large");
    assert!(snapshot.entries.len() > 30);
}

#[test]
fn entries_that_would_leave_the_tree_are_left_out() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "x")]);
    let blob = repo.git(&["rev-parse", "HEAD:a"]);
    let mut entries = Vec::new();
    for name in ["..", ".git", ".GIT", "good", "sub/file"] {
        entries.extend(tree_entry("100644", name.as_bytes(), &blob));
    }
    head_is_tree(&repo, &hash_object(&repo, "tree", &entries));
    let snapshot = snapshot(repo.path());
    let paths: Vec<_> = snapshot.entries.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(paths, ["good"]);
    assert_eq!(snapshot.problems.len(), 4);
}

#[test]
fn an_entry_that_stands_twice_is_listed_once() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "x"), ("b", "y")]);
    let [a, b] = ["HEAD:a", "HEAD:b"].map(|r| repo.git(&["rev-parse", r]));
    let entries = [tree_entry("100644", b"same", &a), tree_entry("100644", b"same", &b)].concat();
    head_is_tree(&repo, &hash_object(&repo, "tree", &entries));
    let snapshot = snapshot(repo.path());
    assert_eq!(snapshot.entries.len(), 1);
    assert_eq!(problems(&snapshot), [("duplicate_path", "same")]);
}

#[test]
fn paths_that_are_not_text_keep_apart() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "x"), ("b", "y")]);
    let [a, b] = ["HEAD:a", "HEAD:b"].map(|r| repo.git(&["rev-parse", r]));
    let entries = [tree_entry("100644", b"n\xe4me.js", &a), tree_entry("100644", b"n\xe5me.js", &b)].concat();
    head_is_tree(&repo, &hash_object(&repo, "tree", &entries));
    let snapshot = snapshot(repo.path());
    let listed: Vec<_> = snapshot.entries.iter().map(|e| (e.path.as_str(), e.lossy)).collect();
    assert_eq!(listed, [("n\\xE4me.js", true), ("n\\xE5me.js", true)]);
    assert_eq!(snapshot.read(&snapshot.entries[1]).unwrap(), b"y");
}

#[cfg(target_os = "linux")]
#[test]
fn plain_files_with_names_that_are_not_text_are_read() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"n\xe4me.js")), "x").unwrap();
    let snapshot = Repository::open_plain(folder.path(), &Limits::default()).snapshot(None).unwrap();
    assert_eq!(snapshot.entries[0].path, "n\\xE4me.js");
    assert_eq!(snapshot.read(&snapshot.entries[0]).unwrap(), b"x");
}

#[test]
fn a_file_above_the_limit_is_refused_before_it_is_read() {
    let repo = GitRepo::new();
    repo.write("huge.js", vec![b'x'; 100 << 20]).write("small.js", "y");
    repo.commit("one line of 100 MB");
    for snapshot in
        [snapshot(repo.path()), Repository::open_plain(repo.path(), &Limits::default()).snapshot(None).unwrap()]
    {
        let error = snapshot.read(snapshot.get("huge.js").unwrap()).unwrap_err();
        assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
        assert_eq!(snapshot.read(snapshot.get("small.js").unwrap()).unwrap(), b"y");
    }
}

#[test]
fn a_sha256_repository_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| assert!(git_command(folder.path()).args(arguments).status().unwrap().success());
    run(&["init", "-q", "--object-format=sha256"]);
    run(&["commit", "-q", "--allow-empty", "-m", "x"]);
    let error = Repository::open_git(folder.path(), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), "sha256_repository");
}

#[test]
fn configuration_of_the_repository_runs_nothing() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a.txt", "x"), (".gitattributes", "* filter=evil diff=evil\n")]);
    let witness = repo.path().join("witness");
    let command = format!("touch {}", witness.display());
    for key in ["core.fsmonitor", "filter.evil.smudge", "filter.evil.process", "core.sshCommand", "core.pager"] {
        repo.git(&["config", key, &command]);
    }
    repo.git(&["config", "core.worktree", "/nowhere"]);
    repo.git(&["config", "include.path", "/dev/zero"]);
    let snapshot = snapshot(repo.path());
    assert_eq!(snapshot.read(snapshot.get("a.txt").unwrap()).unwrap(), b"x");
    discover(repo.path()).unwrap();
    assert!(!witness.exists());
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_a_problem_where_permissions_count() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    GitRepo::with_files(&folder.path().join("good"), &[("a", "")]);
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    let discovery = discover(folder.path()).unwrap();
    assert_eq!(discovery.repositories.len(), 1);
    // The super-user may read everything.
    if std::fs::read_dir(&locked).is_err() {
        assert_eq!(discovery.problems[0].code, "unreadable");
    }
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o755)).unwrap();
}
