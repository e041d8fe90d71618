//! Git repositories and plain directories behind one interface: revisions, listings, bytes.

mod blob;
mod git;
mod listing;
mod plain;
mod symlink;
mod url;

use std::path::{Path, PathBuf};

pub use blob::{BlobId, lfs_pointer};
pub use listing::{Entry, EntryKind, Snapshot};
pub(crate) use url::scp_like;
pub use url::{normalise_url, redact_url};

pub(crate) use git::origin_of;

use crate::discover::{Found, SourceKind};
use crate::error::Result;
use crate::limits::Limits;

/// An opened repository or plain directory. Cheap to share between threads.
#[derive(Debug)]
pub struct Repository {
    inner: Inner,
    limits: Limits,
}

enum Inner {
    Git(git::GitRepository),
    Plain(PathBuf),
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Inner::Git(git) => write!(f, "Git({})", git.path().display()),
            Inner::Plain(path) => write!(f, "Plain({})", path.display()),
        }
    }
}

impl Repository {
    /// Opens what discovery found.
    pub fn open(found: &Found, limits: &Limits) -> Result<Repository> {
        match found.kind {
            SourceKind::Plain => Ok(Repository::open_plain(&found.path, limits)),
            SourceKind::Git | SourceKind::Bare => Repository::open_git(&found.path, limits),
        }
    }

    /// Opens a git repository: a checkout, a worktree or a bare one.
    pub fn open_git(path: &Path, limits: &Limits) -> Result<Repository> {
        let git = git::GitRepository::open(path)?;
        Ok(Repository { inner: Inner::Git(git), limits: limits.clone() })
    }

    /// Opens a folder as it is, without git.
    pub fn open_plain(path: &Path, limits: &Limits) -> Repository {
        Repository { inner: Inner::Plain(path.to_owned()), limits: limits.clone() }
    }

    /// The commit at HEAD; nothing when HEAD has no commit yet, or for a plain directory.
    pub fn head(&self) -> Result<Option<String>> {
        match &self.inner {
            Inner::Git(git) => git.head(),
            Inner::Plain(_) => Ok(None),
        }
    }

    /// The commit that a branch, tag or abbreviated hash names.
    pub fn resolve(&self, rev: &str) -> Result<String> {
        match &self.inner {
            Inner::Git(git) => git.resolve(rev),
            Inner::Plain(_) => Err(crate::SourceError::UnknownRevision { rev: rev.to_owned() }),
        }
    }

    /// The parents of a commit, the first one first.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>> {
        match &self.inner {
            Inner::Git(git) => git.parents(commit),
            Inner::Plain(_) => Err(crate::SourceError::UnknownRevision { rev: commit.to_owned() }),
        }
    }

    /// The files at `rev`, or at HEAD. A plain directory has no revisions but its present state.
    pub fn snapshot(&self, rev: Option<&str>) -> Result<Snapshot> {
        match (&self.inner, rev) {
            (Inner::Git(git), Some(rev)) => git.snapshot(Some(git.resolve(rev)?), &self.limits),
            (Inner::Git(git), None) => git.snapshot(git.head()?, &self.limits),
            (Inner::Plain(path), None) => plain::snapshot(path, &self.limits),
            (Inner::Plain(_), Some(rev)) => Err(crate::SourceError::UnknownRevision { rev: rev.to_owned() }),
        }
    }
}
