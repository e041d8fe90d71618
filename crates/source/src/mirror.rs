//! Repositories by address: bare mirrors made and updated by the user's own git.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

use crate::error::{Result, SourceError};
use crate::process::{Output, run_with};
use crate::repository::{BlobId, normalise_url, redact_url, scp_like};

/// A mirror of a remote repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// Display name: host and path of the address.
    pub name: String,
    /// The bare repository.
    pub path: PathBuf,
    /// True when it was made now, false when it was there and updated.
    pub created: bool,
}

/// Whether a text is an address that [`clone_or_update`] takes, rather than a path.
pub fn is_git_url(text: &str) -> bool {
    check(text).is_ok() && !Path::new(text).exists()
}

/// Clones `address` as a bare mirror below `cache`, or updates the mirror that is there.
///
/// Only https, http, ssh, git and file addresses (and `user@host:path`) are taken. No hook runs, nobody is asked for a
/// password, and credentials in the address are not kept.
pub fn clone_or_update(address: &str, cache: &Path, timeout: Duration, offline: bool) -> Result<Mirror> {
    check(address)?;
    let name = normalise_url(address).unwrap_or_else(|| redact_url(address));
    let path = cache.join(folder_name(&name));
    let exists = path.join("HEAD").is_file();
    if offline && !address.starts_with("file:") {
        let what = format!("to clone or update {}", redact_url(address));
        return if exists { Ok(Mirror { name, path, created: false }) } else { Err(SourceError::Offline { what }) };
    }
    fs::create_dir_all(cache).map_err(|e| SourceError::io(cache, &e))?;
    let git = Git::lock(address, &path, timeout)?;
    // Another run may have made it meanwhile.
    let exists = path.join("HEAD").is_file();
    if exists {
        git.update(&path)?;
    } else {
        git.clone(cache, &path)?;
    }
    git.follow_head(&path);
    Ok(Mirror { name, path, created: !exists })
}

fn check(address: &str) -> Result<()> {
    let bad = |why: &str| Err(SourceError::BadInput { what: format!("`{}`: {why}", redact_url(address)) });
    if address.starts_with('-') || address.chars().any(char::is_control) {
        return bad("is not a repository address");
    }
    match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "https" | "http" | "ssh" | "git") => {
            let host = url.host_str().unwrap_or_default();
            if host.is_empty() || host.starts_with('-') || url.username().starts_with('-') {
                return bad("has no valid host");
            }
            Ok(())
        }
        Ok(url) if url.scheme() == "file" => Ok(()),
        _ if address.contains("::") || address.contains("://") => {
            bad("only https, ssh, git and file addresses are cloned")
        }
        _ if scp_like(address).is_some() && address.contains('@') => Ok(()),
        _ => bad("is not a repository address"),
    }
}

/// A folder name that is readable, safe and different for different addresses.
fn folder_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let readable: String = name.chars().map(safe).take(100).collect();
    let hash = BlobId::of(name.as_bytes()).hex();
    format!("{}-{}.git", readable.trim_start_matches(['.', '-']), &hash[..12])
}

/// A git that runs nothing of the repository, asks nobody and leaves no door for other protocols.
fn git() -> Command {
    const FOREIGN: [&str; 10] = [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_CONFIG",
        "GIT_SHALLOW_FILE",
    ];
    let mut command = Command::new("git");
    for name in FOREIGN {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "false")
        .env("SSH_ASKPASS", "false")
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file")
        .env("LC_ALL", "C");
    let hooks = if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" };
    let settings = [hooks, "protocol.ext.allow=never", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false"];
    for setting in settings {
        command.args(["-c", setting]);
    }
    command
}

/// Git at work on one mirror, alone.
struct Git<'a> {
    address: &'a str,
    timeout: Duration,
    lock: File,
}

impl<'a> Git<'a> {
    /// Waits until no other run works on the mirror.
    fn lock(address: &'a str, path: &Path, timeout: Duration) -> Result<Git<'a>> {
        let file = path.with_extension("lock");
        let lock = OpenOptions::new().read(true).append(true).create(true).open(&file);
        let lock = lock.map_err(|e| SourceError::io(&file, &e))?;
        let end = Instant::now() + timeout;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Git { address, timeout, lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
                Err(TryLockError::Error(error)) => return Err(SourceError::io(&file, &error)),
                Err(TryLockError::WouldBlock) => {
                    let url = format!("{} (another run updates it)", redact_url(address));
                    return Err(SourceError::Timeout { url, seconds: timeout.as_secs() });
                }
            }
        }
    }

    /// The lock is git's standard input: a git that outlives a killed run of ours keeps the mirror locked.
    fn run(&self, command: &mut Command, what: &str) -> Result<Output> {
        let lock = self.lock.try_clone().map_err(|e| SourceError::io("the mirror's lock", &e))?;
        run_with(command, Stdio::from(lock), what, self.timeout)
    }

    fn remote(&self, command: &mut Command) -> Result<()> {
        finish(self.address, &self.run(command, &redact_url(self.address))?)
    }

    /// Clones beside the final place and moves it there when it is complete.
    fn clone(&self, cache: &Path, path: &Path) -> Result<()> {
        let temporary = path.with_extension("part");
        let failed = |e: std::io::Error| SourceError::io(&temporary, &e);
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(failed)?;
        }
        let mut command = git();
        command.current_dir(cache).args(["clone", "--mirror", "--quiet", "--template=", "--"]);
        command.arg(self.address).arg(&temporary);
        let mut forget = git();
        forget.arg("-C").arg(&temporary).args(["remote", "set-url", "--", "origin"]).arg(redact_url(self.address));
        let cloned = self.remote(&mut command).and_then(|()| self.remote(&mut forget));
        let moved = cloned.and_then(|()| fs::rename(&temporary, path).map_err(failed));
        if moved.is_err() {
            let _ = fs::remove_dir_all(&temporary);
        }
        moved
    }

    fn update(&self, path: &Path) -> Result<()> {
        remove_locks(path);
        let mut command = git();
        command.arg("-C").arg(path).args(["fetch", "--prune", "--quiet", "--no-auto-gc", "--recurse-submodules=no"]);
        command.args(["--force", "--no-write-fetch-head", "--"]).arg(self.address).arg("+refs/*:refs/*");
        self.remote(&mut command)
    }

    /// Fetching does not move HEAD when the remote's default branch is renamed.
    fn follow_head(&self, path: &Path) {
        let mut command = git();
        command.arg("-C").arg(path).args(["ls-remote", "--symref", "--"]).arg(self.address).arg("HEAD");
        let Ok(output) = self.run(&mut command, "git") else { return };
        let branch = output.stdout.lines().find_map(|l| l.strip_prefix("ref: ")?.strip_suffix("\tHEAD"));
        if let Some(branch) = branch.filter(|b| b.starts_with("refs/heads/")) {
            let mut command = git();
            command.arg("-C").arg(path).args(["symbolic-ref", "HEAD", branch]);
            if let Err(error) = self.run(&mut command, "git") {
                tracing::debug!(%error, "HEAD of the mirror was not moved");
            }
        }
    }
}

/// Removes the locks of a git that was killed; only the holder of our own lock may.
fn remove_locks(path: &Path) {
    let mut stack = vec![path.join("refs")];
    let top = fs::read_dir(path).into_iter().flatten().filter_map(std::result::Result::ok);
    let mut files: Vec<PathBuf> = top.map(|e| e.path()).collect();
    while let Some(folder) = stack.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().filter_map(std::result::Result::ok) {
            let folder = entry.file_type().is_ok_and(|t| t.is_dir());
            if folder { stack.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "lock")) {
        let _ = fs::remove_file(file);
    }
}

/// The result of a git run; its words without credentials.
fn finish(address: &str, output: &Output) -> Result<()> {
    if output.success {
        return Ok(());
    }
    let shown = redact_url(address);
    let words = output.stderr.replace(address, &shown);
    let told = |l: &&str| l.starts_with("fatal:") || l.starts_with("error:") || l.starts_with("ssh:");
    let lines: Vec<&str> = words.lines().filter(told).take(3).collect();
    let why = if lines.is_empty() { words.lines().last().unwrap_or("git failed").to_owned() } else { lines.join("; ") };
    let gone =
        ["not found", "does not exist", "does not appear to be a git repository"].iter().any(|t| why.contains(t));
    if gone {
        Err(SourceError::NotFound { what: format!("{shown} ({why})") })
    } else {
        Err(SourceError::Network { url: shown, why })
    }
}
