//! Repositories by address.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::time::Duration;

use faultline_source::{Limits, Repository, clone_or_update, is_git_url};
use faultline_testkit::{GitRepo, Reply, Request, Server, git_http_backend};

const PATIENCE: Duration = Duration::from_secs(30);

fn url(repo: &GitRepo) -> String {
    format!("file://{}", repo.path().display())
}

fn read(path: &std::path::Path, file: &str) -> Vec<u8> {
    let snapshot = Repository::open_git(path, &Limits::default()).unwrap().snapshot(None).unwrap();
    snapshot.read(snapshot.get(file).unwrap()).unwrap()
}

/// Folders in a cache.
fn mirrors(cache: &std::path::Path) -> usize {
    std::fs::read_dir(cache).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count()
}

#[test]
fn a_mirror_is_made_once_and_then_updated() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    let first = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    assert!(first.created);
    assert_eq!(read(&first.path, "a"), b"1");
    repo.commit_files(&[("a", "2")]);
    let second = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    assert_eq!((second.created, &second.path), (false, &first.path));
    assert_eq!(read(&second.path, "a"), b"2");
    assert_eq!(mirrors(cache.path()), 1, "nothing is left beside the mirror");
}

#[test]
fn branches_that_went_or_moved_are_followed() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    repo.git(&["branch", "old"]);
    let mirror = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    repo.git(&["branch", "-D", "old"]);
    repo.git(&["branch", "-m", "main", "trunk"]);
    repo.git(&["commit", "--amend", "--quiet", "--allow-empty", "-m", "rewritten"]);
    clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    let opened = Repository::open_git(&mirror.path, &Limits::default()).unwrap();
    assert_eq!(opened.head().unwrap().as_deref(), Some(repo.git(&["rev-parse", "HEAD"]).as_str()));
    assert!(opened.resolve("old").is_err());
}

#[test]
fn only_known_schemes_are_cloned() {
    let cache = tempfile::tempdir().unwrap();
    let witness = cache.path().join("witness");
    let ext = format!("ext::sh -c touch% {}", witness.display());
    for bad in [
        ext.as_str(),
        "--upload-pack=touch x",
        "-u",
        "fd::17",
        "ftp://git.example/x",
        "https://",
        "ssh://-oProxyCommand=x/y",
        "/plain/path",
        "",
        "https://git.example/\nx",
    ] {
        let error = clone_or_update(bad, cache.path(), PATIENCE, false).unwrap_err();
        assert_eq!(error.code(), "bad_input", "{bad}");
        assert!(!is_git_url(bad), "{bad}");
    }
    assert!(!witness.exists());
    for good in ["https://git.example/a/b.git", "ssh://git@git.example/a", "git@git.example:a/b", "file:///srv/a"] {
        assert!(is_git_url(good), "{good}");
    }
}

#[test]
fn a_hook_template_of_the_user_does_not_run() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    let mirror = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    assert!(!mirror.path.join("hooks").exists());
    let witness = cache.path().join("witness");
    let hook = mirror.path.join("hooks/reference-transaction");
    std::fs::create_dir_all(mirror.path.join("hooks")).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", witness.display())).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    repo.commit_files(&[("a", "2")]);
    clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    assert!(!witness.exists());
}

#[test]
fn a_repository_that_is_not_there_is_an_error_without_the_password() {
    let cache = tempfile::tempdir().unwrap();
    let error = clone_or_update("file:///nowhere/at/all.git", cache.path(), PATIENCE, false).unwrap_err();
    assert_eq!(error.code(), "not_found", "{error}");
    let server = Server::start(|_: &Request| Reply::Status(401));
    let address = server.url("/a.git").replace("http://", "http://me:s3cret@");
    let error = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert_eq!(mirrors(cache.path()), 0);
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::start(|_: &Request| Reply::Hang);
    let started = std::time::Instant::now();
    let error = clone_or_update(&server.url("/a.git"), cache.path(), Duration::from_millis(700), false).unwrap_err();
    assert_eq!(error.code(), "timeout");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn offline_uses_the_mirror_that_is_there() {
    let cache = tempfile::tempdir().unwrap();
    let error = clone_or_update("https://git.example/a/b", cache.path(), PATIENCE, true).unwrap_err();
    assert_eq!(error.code(), "offline");
}

#[test]
fn what_a_killed_run_left_behind_is_cleared_away() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    let mirror = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    for lock in ["packed-refs.lock", "HEAD.lock", "refs/heads/main.lock"] {
        std::fs::create_dir_all(mirror.path.join("refs/heads")).unwrap();
        std::fs::write(mirror.path.join(lock), "").unwrap();
    }
    repo.commit_files(&[("a", "2")]);
    repo.git(&["branch", "more"]);
    clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
    assert_eq!(read(&mirror.path, "a"), b"2");
    std::fs::rename(&mirror.path, mirror.path.with_extension("part")).unwrap();
    assert!(clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap().created);
    assert_eq!(mirrors(cache.path()), 1);
}

#[test]
fn two_runs_on_one_address_do_not_disturb_each_other() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mirror = clone_or_update(&url(&repo), cache.path(), PATIENCE, false).unwrap();
                assert_eq!(read(&mirror.path, "a"), b"1");
            });
        }
    });
}

#[test]
fn a_clone_over_http_does_not_keep_the_password() {
    let (repo, cache) = (GitRepo::new(), tempfile::tempdir().unwrap());
    repo.commit_files(&[("a", "1")]);
    repo.git(&["update-server-info"]);
    let root = repo.path().join(".git");
    let server = Server::start(move |request: &Request| {
        let path = request.path.split('?').next().unwrap_or_default();
        if request.header("authorization").is_none() {
            return Reply::Raw(
                b"HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\n\r\n".to_vec(),
            );
        }
        let file = path.strip_prefix("/a.git/").map(|f| root.join(f));
        let bytes = file.and_then(|f| std::fs::read(f).ok());
        bytes.map_or(Reply::Status(404), |bytes| Reply::Ok("application/octet-stream", bytes))
    });
    let address = server.url("/a.git").replace("http://", "http://me:s3cret@");
    let mirror = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap();
    assert_eq!(read(&mirror.path, "a"), b"1");
    assert!(!std::fs::read_to_string(mirror.path.join("config")).unwrap().contains("s3cret"));
    assert!(!mirror.name.contains("s3cret"));
}

/// A git server over smart HTTP whose users have to say `me:s3cret`; what it does beside that is the test's.
fn served(root: &std::path::Path, wrong: impl Fn(&Request, Vec<u8>) -> Reply + Send + Sync + 'static) -> Server {
    let root = root.to_owned();
    Server::start(move |request: &Request| {
        if request.header("authorization") != Some("Basic bWU6czNjcmV0") {
            let head = "HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=\"x\"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            return Reply::Raw(head.as_bytes().to_vec());
        }
        wrong(request, git_http_backend(&root, request))
    })
}

/// Text that does not compress away.
fn noise(factor: u32) -> String {
    (0_u32..20_000).fold(String::new(), |text, n| text + &n.wrapping_mul(factor).to_string() + "\n")
}

/// A folder with the repository `a.git`, which has something to send.
fn to_serve() -> (tempfile::TempDir, GitRepo) {
    let folder = tempfile::tempdir().unwrap();
    let repo = GitRepo::init(&folder.path().join("a.git"));
    repo.commit_files(&[("a", "1"), ("noise", &noise(2_654_435_761))]);
    (folder, repo)
}

#[test]
fn a_real_git_server_is_cloned_and_updated() {
    let (folder, repo) = to_serve();
    let server = served(folder.path(), |_, answer| Reply::Raw(answer));
    let cache = tempfile::tempdir().unwrap();
    let address = server.url("/a.git").replace("http://", "http://me:s3cret@");
    let first = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap();
    assert!(first.created);
    assert_eq!(read(&first.path, "a"), b"1");
    assert!(server.requests().iter().any(|r| r.method == "POST" && r.path.ends_with("/git-upload-pack")), "smart");
    repo.commit_files(&[("a", "2")]);
    let second = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap();
    assert!(!second.created);
    assert_eq!(read(&second.path, "a"), b"2");
    assert!(!std::fs::read_to_string(second.path.join("config")).unwrap().contains("s3cret"));
}

#[test]
fn a_git_server_that_refuses_or_has_nothing_says_so_without_the_password() {
    let (folder, _repo) = to_serve();
    let server = served(folder.path(), |_, answer| Reply::Raw(answer));
    let cache = tempfile::tempdir().unwrap();
    for (user, path) in [("", "/a.git"), ("me:wr0ng@", "/a.git"), ("me:s3cret@", "/none.git")] {
        let address = server.url(path).replace("http://", &format!("http://{user}"));
        let error = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap_err();
        let words = error.to_string();
        assert!(matches!(error.code(), "network" | "not_found" | "refused"), "{words}");
        assert!(!words.contains("s3cret") && !words.contains("wr0ng"), "{words}");
    }
    assert_eq!(mirrors(cache.path()), 0);
}

#[test]
fn a_git_server_that_drops_midway_loses_nothing() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let (folder, repo) = to_serve();
    let drops = Arc::new(AtomicBool::new(true));
    let dropping = Arc::clone(&drops);
    let server = served(folder.path(), move |request, answer| {
        let cut = dropping.load(Ordering::Relaxed) && request.method == "POST" && answer.len() > 4000;
        Reply::Raw(if cut { answer[..answer.len() / 2].to_vec() } else { answer })
    });
    let cache = tempfile::tempdir().unwrap();
    let address = server.url("/a.git").replace("http://", "http://me:s3cret@");
    assert!(clone_or_update(&address, cache.path(), PATIENCE, false).is_err());
    assert_eq!(mirrors(cache.path()), 0, "half a clone is no mirror");
    drops.store(false, Ordering::Relaxed);
    let mirror = clone_or_update(&address, cache.path(), PATIENCE, false).unwrap();
    repo.commit_files(&[("a", "2"), ("noise", &noise(40_503))]);
    drops.store(true, Ordering::Relaxed);
    assert!(clone_or_update(&address, cache.path(), PATIENCE, false).is_err());
    assert_eq!(read(&mirror.path, "a"), b"1", "what was there is there");
    drops.store(false, Ordering::Relaxed);
    clone_or_update(&address, cache.path(), PATIENCE, false).unwrap();
    assert_eq!(read(&mirror.path, "a"), b"2");
}
