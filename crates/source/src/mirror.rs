//! Repositories by address: bare mirrors made and updated by the user's own git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use url::Url;

use crate::error::{Result, SourceError};
use crate::process::{Output, run};
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
    if exists {
        update(address, &path, timeout)?;
    } else {
        clone(address, cache, &path, timeout)?;
    }
    follow_head(address, &path, timeout);
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

/// Clones beside the final place and moves it there when it is complete.
fn clone(address: &str, cache: &Path, path: &Path, timeout: Duration) -> Result<()> {
    fs::create_dir_all(cache).map_err(|e| SourceError::io(cache, &e))?;
    let temporary =
        tempfile::Builder::new().prefix(".clone-").tempdir_in(cache).map_err(|e| SourceError::io(cache, &e))?;
    let target = temporary.path().join("mirror.git");
    let mut command = git();
    command.current_dir(temporary.path()).args(["clone", "--mirror", "--quiet", "--template=", "--"]);
    command.arg(address).arg(&target);
    finish(address, &run(&mut command, &redact_url(address), timeout)?)?;
    let mut command = git();
    command.arg("-C").arg(&target).args(["remote", "set-url", "--", "origin"]).arg(redact_url(address));
    finish(address, &run(&mut command, "git", timeout)?)?;
    match fs::rename(&target, path) {
        // Another run was faster.
        Err(_) if path.join("HEAD").is_file() => Ok(()),
        other => other.map_err(|e| SourceError::io(path, &e)),
    }
}

fn update(address: &str, path: &Path, timeout: Duration) -> Result<()> {
    let mut command = git();
    command.arg("-C").arg(path).args(["fetch", "--prune", "--quiet", "--no-auto-gc", "--recurse-submodules=no"]);
    command.args(["--force", "--no-write-fetch-head", "--"]).arg(address).arg("+refs/*:refs/*");
    finish(address, &run(&mut command, &redact_url(address), timeout)?)
}

/// Fetching does not move HEAD when the remote's default branch is renamed.
fn follow_head(address: &str, path: &Path, timeout: Duration) {
    let mut command = git();
    command.arg("-C").arg(path).args(["ls-remote", "--symref", "--"]).arg(address).arg("HEAD");
    let Ok(output) = run(&mut command, "git", timeout) else { return };
    let branch = output.stdout.lines().find_map(|l| l.strip_prefix("ref: ")?.strip_suffix("\tHEAD"));
    if let Some(branch) = branch.filter(|b| b.starts_with("refs/heads/")) {
        let mut command = git();
        command.arg("-C").arg(path).args(["symbolic-ref", "HEAD", branch]);
        if let Err(error) = run(&mut command, "git", timeout) {
            tracing::debug!(%error, "HEAD of the mirror was not moved");
        }
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
