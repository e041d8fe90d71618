//! Revisions, listings and bytes of repositories in every state.

use std::path::Path;

use faultline_source::{BlobId, EntryKind, Limits, Repository, Snapshot, SourceError};
use faultline_testkit::{GitRepo, write_tree};

fn open(path: &Path) -> Repository {
    Repository::open_git(path, &Limits::default()).expect("a repository")
}

fn head(path: &Path) -> Snapshot {
    open(path).snapshot(None).expect("a revision")
}

fn read(snapshot: &Snapshot, path: &str) -> Vec<u8> {
    snapshot.read(snapshot.get(path).expect("the path is listed")).expect("the content is there")
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.entries.iter().map(|e| e.path.as_str()).collect()
}

#[test]
fn files_are_read_as_committed_not_as_they_lie_about() {
    let repo = GitRepo::new();
    let commit = repo.commit_files(&[("src/a.js", "one"), ("b.py", "two")]);
    repo.write("src/a.js", "dirty").write("untracked.js", "");
    let snapshot = head(repo.path());
    assert_eq!(snapshot.revision.as_deref(), Some(commit.as_str()));
    assert_eq!(paths(&snapshot), ["b.py", "src/a.js"]);
    assert_eq!(read(&snapshot, "src/a.js"), b"one");
    let entry = snapshot.get("b.py").unwrap();
    assert_eq!((entry.size, entry.id), (3, BlobId::of(b"two")));
}

#[test]
fn names_and_hashes_agree_with_git() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a/b/c.txt", "x"), ("a-b", "y"), ("ä ö.js", "z")]);
    let snapshot = head(repo.path());
    let listed = repo.git(&["-c", "core.quotePath=false", "ls-tree", "-r", "HEAD"]);
    let mut oracle: Vec<(String, String)> = listed
        .lines()
        .map(|l| l.split_once('\t').unwrap())
        .map(|(left, path)| (path.to_owned(), left.split(' ').nth(2).unwrap().to_owned()))
        .collect();
    oracle.sort();
    let ours: Vec<_> = snapshot.entries.iter().map(|e| (e.path.clone(), e.id.hex())).collect();
    assert_eq!(ours, oracle);
}

#[test]
fn revisions_are_branches_tags_and_abbreviations() {
    let repo = GitRepo::new();
    let first = repo.commit_files(&[("a", "1")]);
    repo.git(&["tag", "-a", "v1", "-m", "one"]);
    let second = repo.commit_files(&[("a", "2")]);
    let opened = open(repo.path());
    assert_eq!(opened.resolve("v1").unwrap(), first);
    assert_eq!(opened.resolve("main~1").unwrap(), first);
    assert_eq!(opened.resolve(&second[..10]).unwrap(), second);
    assert_eq!(read(&opened.snapshot(Some("v1")).unwrap(), "a"), b"1");
    for bad in ["nope", "", "--upload-pack=x", "HEAD:a", "main..v1", "@{99}", "^"] {
        assert!(matches!(opened.resolve(bad), Err(SourceError::UnknownRevision { .. })), "{bad}");
    }
}

#[test]
fn a_repository_without_a_commit_is_empty() {
    let repo = GitRepo::new();
    assert_eq!(open(repo.path()).head().unwrap(), None);
    let snapshot = head(repo.path());
    assert_eq!((snapshot.revision.clone(), snapshot.entries.len()), (None, 0));
}

#[test]
fn a_commit_without_files_is_empty() {
    let repo = GitRepo::new();
    let commit = repo.commit("nothing");
    let snapshot = head(repo.path());
    assert_eq!(snapshot.revision, Some(commit));
    assert!(snapshot.entries.is_empty() && snapshot.problems.is_empty());
}

#[test]
fn an_unborn_branch_in_a_repository_with_commits_is_empty() {
    let repo = GitRepo::new();
    repo.commit_files(&[("a", "1")]);
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/later"]);
    assert_eq!(open(repo.path()).head().unwrap(), None);
    assert!(head(repo.path()).entries.is_empty());
    assert_eq!(read(&open(repo.path()).snapshot(Some("main")).unwrap(), "a"), b"1");
}

#[test]
fn mirrors_shallow_clones_and_detached_heads_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let repo = GitRepo::with_files(&folder.path().join("origin"), &[("a", "1")]);
    let second = repo.commit_files(&[("a", "2")]);
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--mirror", &url, "../mirror.git"]);
    repo.git(&["clone", "--quiet", "--depth=1", &url, "../shallow"]);
    for clone in ["mirror.git", "shallow"] {
        let snapshot = head(&folder.path().join(clone));
        assert_eq!(snapshot.revision.as_deref(), Some(second.as_str()), "{clone}");
        assert_eq!(read(&snapshot, "a"), b"2");
    }
    assert!(open(&folder.path().join("shallow")).resolve("HEAD~1").is_err());
    repo.git(&["checkout", "--quiet", "HEAD~1"]);
    assert_eq!(read(&head(repo.path()), "a"), b"1");
}

#[test]
fn packed_objects_and_references_are_read() {
    let repo = GitRepo::new();
    let lines: Vec<String> = (0..2000).map(|n| format!("line {n}")).collect();
    let long = lines.join("\n");
    repo.commit_files(&[("a", &long), ("b", "b")]);
    repo.commit_files(&[("a", &format!("{long}more"))]);
    repo.git(&["gc", "--quiet", "--aggressive"]);
    assert_eq!(read(&head(repo.path()), "a"), format!("{long}more").as_bytes());
    assert_eq!(read(&open(repo.path()).snapshot(Some("HEAD~1")).unwrap(), "a"), long.as_bytes());
}

#[test]
fn a_worktree_has_its_own_head() {
    let folder = tempfile::tempdir().unwrap();
    let repo = GitRepo::with_files(&folder.path().join("main"), &[("a", "1")]);
    repo.git(&["worktree", "add", "--quiet", "../next", "-b", "next"]);
    let next = folder.path().join("next");
    std::fs::write(next.join("a"), "2").unwrap();
    faultline_testkit::git_command(&next).args(["commit", "-qam", "next"]).status().unwrap();
    assert_eq!(read(&head(&next), "a"), b"2");
    assert_eq!(read(&head(repo.path()), "a"), b"1");
}

#[test]
fn a_submodule_is_listed_and_its_checkout_is_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    let library = GitRepo::with_files(&folder.path().join("library"), &[("index.js", "lib")]);
    let app = GitRepo::with_files(&folder.path().join("app"), &[("a", "1")]);
    app.git(&["submodule", "--quiet", "add", library.path().to_str().unwrap(), "lib"]);
    app.commit("submodule");
    let snapshot = head(app.path());
    let entry = snapshot.get("lib").unwrap();
    assert_eq!((entry.kind, entry.id.hex()), (EntryKind::Submodule, library.git(&["rev-parse", "HEAD"])));
    assert_eq!(snapshot.read(entry).unwrap_err().code(), "bad_input");
    assert_eq!(read(&head(&app.path().join("lib")), "index.js"), b"lib");
}

#[test]
fn lfs_pointers_are_told_apart_and_never_taken_for_content() {
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
                   oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    let repo = GitRepo::new();
    repo.commit_files(&[("data.js", pointer), ("code.js", "x")]);
    let unmarked = head(repo.path());
    let error = unmarked.read(unmarked.get("data.js").unwrap()).unwrap_err();
    assert_eq!(error, SourceError::LfsPointer { bytes: 12345 });
    repo.commit_files(&[(".gitattributes", "data.* filter=lfs diff=lfs\n")]);
    let snapshot = head(repo.path());
    assert_eq!(snapshot.get("data.js").unwrap().kind, EntryKind::LfsPointer);
    assert_eq!(snapshot.get("code.js").unwrap().kind, EntryKind::File);
    assert!(snapshot.read_raw(snapshot.get("data.js").unwrap()).is_ok());
}

#[cfg(unix)]
#[test]
fn kinds_and_links_stay_in_the_tree() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let repo = GitRepo::new();
    repo.write("src/real.js", "real").write("run.sh", "");
    std::fs::set_permissions(repo.path().join("run.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    for (target, link) in [
        ("src/real.js", "good"),
        ("good", "twice"),
        ("/etc/passwd", "absolute"),
        ("../../etc/passwd", "out"),
        ("loop", "loop"),
        ("gone", "dangling"),
        ("src", "folder"),
    ] {
        symlink(target, repo.path().join(link)).unwrap();
    }
    repo.commit("links");
    for snapshot in [head(repo.path()), Repository::open_plain(repo.path(), &Limits::default()).snapshot(None).unwrap()]
    {
        let kind = |path: &str| snapshot.get(path).unwrap().kind;
        assert_eq!(kind("run.sh"), EntryKind::Executable);
        assert_eq!(kind("good"), EntryKind::Symlink);
        assert_eq!(read(&snapshot, "out"), b"../../etc/passwd");
        let follow = |path: &str| snapshot.follow(snapshot.get(path).unwrap()).map(|e| e.path.as_str());
        assert_eq!((follow("good"), follow("twice")), (Some("src/real.js"), Some("src/real.js")));
        for lost in ["absolute", "out", "loop", "dangling", "folder"] {
            assert_eq!(follow(lost), None, "{lost}");
        }
    }
}

#[test]
fn many_threads_read_at_once() {
    let repo = GitRepo::new();
    for n in 0..300 {
        repo.write(&format!("d{}/f{n}.txt", n % 7), format!("content {n}"));
    }
    repo.commit("many");
    let snapshot = head(repo.path());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for entry in &snapshot.entries {
                    assert_eq!(BlobId::of(&snapshot.read(entry).unwrap()), entry.id);
                }
            });
        }
    });
}

#[test]
fn a_plain_directory_reads_like_a_revision() {
    let folder = tempfile::tempdir().unwrap();
    let files = [("src/a.js", "one"), ("package.json", "{}"), ("node_modules/x/i.js", "no"), ("v/pyvenv.cfg", "")];
    write_tree(folder.path(), &files);
    write_tree(folder.path(), &[("v/lib/x.py", "no"), ("v/deep/er/y.py", "no")]);
    GitRepo::with_files(&folder.path().join("nested"), &[("other.js", "no")]);
    let plain = Repository::open_plain(folder.path(), &Limits::default());
    let snapshot = plain.snapshot(None).unwrap();
    assert_eq!(paths(&snapshot), ["package.json", "src/a.js"]);
    assert_eq!(snapshot.get("src/a.js").unwrap().id, BlobId::of(b"one"));
    assert_eq!(read(&snapshot, "src/a.js"), b"one");
    let before = snapshot.revision.clone();
    assert_eq!(plain.snapshot(None).unwrap().revision, before);
    std::fs::write(folder.path().join("src/a.js"), "two").unwrap();
    assert!(snapshot.read(snapshot.get("src/a.js").unwrap()).is_err(), "a file that changed is not what was listed");
    assert_ne!(plain.snapshot(None).unwrap().revision, before);
    assert!(plain.snapshot(Some("HEAD")).is_err());
}
