//! Fixture repositories made by the real git, the same on every run and machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A repository in a temporary folder, or in a folder of the test's choice.
#[derive(Debug)]
pub struct GitRepo {
    path: PathBuf,
    /// Kept so that the folder lives as long as the repository.
    folder: Option<TempDir>,
}

impl GitRepo {
    /// An empty repository in a temporary folder; its branch is `main`.
    pub fn new() -> GitRepo {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut repo = GitRepo::init(folder.path());
        repo.folder = Some(folder);
        repo
    }

    /// An empty repository at `path`, which is made if need be.
    pub fn init(path: &Path) -> GitRepo {
        std::fs::create_dir_all(path).expect("a folder for the repository");
        let repo = GitRepo { path: path.to_owned(), folder: None };
        repo.git(&["init", "--quiet", "--initial-branch=main", "--template="]);
        repo
    }

    /// A repository at `path` with one commit of `files` (path and content).
    pub fn with_files(path: &Path, files: &[(&str, &str)]) -> GitRepo {
        let repo = GitRepo::init(path);
        repo.commit_files(files);
        repo
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into the working tree.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &GitRepo {
        write(&self.path.join(path), content.as_ref());
        self
    }

    /// Commits everything in the working tree and returns the commit.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Writes and commits files; returns the commit.
    pub fn commit_files(&self, files: &[(&str, &str)]) -> String {
        for (path, content) in files {
            self.write(path, content);
        }
        self.commit("files")
    }

    /// Runs git in the repository and returns what it printed, trimmed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = git_command(&self.path).args(arguments).output().expect("git runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} failed: {words}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Default for GitRepo {
    fn default() -> GitRepo {
        GitRepo::new()
    }
}

/// A git that knows no configuration of this machine, with fixed author and dates.
pub fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars().filter(|(n, _)| n.starts_with("GIT_")) {
        command.env_remove(name);
    }
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" })
        .env("GIT_AUTHOR_NAME", "Test")
        .env("GIT_AUTHOR_EMAIL", "test@test.example")
        .env("GIT_COMMITTER_NAME", "Test")
        .env("GIT_COMMITTER_EMAIL", "test@test.example")
        .env("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z")
        .env("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z")
        .args(["-c", "protocol.file.allow=always", "-c", "core.autocrlf=false", "-c", "gc.auto=0"]);
    command
}

/// Writes files (path and content) below a folder.
pub fn write_tree(folder: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        write(&folder.join(path), content.as_bytes());
    }
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders are made");
    std::fs::write(path, content).expect("a file is written");
}
