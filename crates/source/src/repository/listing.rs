//! The files of one revision.

use std::path::PathBuf;

use faultline_package::Reason;

use super::blob::{BlobId, lfs_pointer};
use super::git::GitRepository;
use super::{plain, symlink};
use crate::error::{Result, SourceError};
use crate::limits::Limits;

/// What an entry of a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link; its bytes are the target.
    Symlink,
    /// A commit of another repository.
    Submodule,
    /// A file whose content is in Git LFS.
    LfsPointer,
}

/// One path of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path with `/`, relative to the repository. Bytes that are not UTF-8 are written `\xNN`.
    pub path: String,
    /// True when `path` had to be altered to be text.
    pub lossy: bool,
    /// Name of the content; for a submodule the commit.
    pub id: BlobId,
    /// Size in bytes; 0 for a submodule.
    pub size: u64,
    /// What it is.
    pub kind: EntryKind,
    /// The path on disk where `path` is not it.
    pub(super) disk: Option<PathBuf>,
}

/// The files of one revision in the order of their paths, and how to read them. Shared freely between threads.
#[derive(Debug)]
pub struct Snapshot {
    /// The commit; for a plain directory a hash over its listing; nothing when there is no commit yet.
    pub revision: Option<String>,
    /// Every entry, ordered by path.
    pub entries: Vec<Entry>,
    /// Entries that are missing here because they cannot be listed.
    pub problems: Vec<Reason>,
    pub(super) origin: Origin,
    pub(super) limits: Limits,
}

pub(super) enum Origin {
    Git(GitRepository),
    Plain(PathBuf),
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Origin::Git(_) => "Git",
            Origin::Plain(_) => "Plain",
        })
    }
}

impl Snapshot {
    /// The entry at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.binary_search_by(|e| e.path.as_str().cmp(path)).ok().map(|i| &self.entries[i])
    }

    /// The bytes of an entry: content of a file, target of a symbolic link.
    ///
    /// Content that is only a Git LFS pointer is an error, as is a submodule.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>> {
        let bytes = self.read_raw(entry)?;
        match lfs_pointer(&bytes) {
            Some(bytes) if entry.kind != EntryKind::Symlink => Err(SourceError::LfsPointer { bytes }),
            _ => Ok(bytes),
        }
    }

    /// Like [`Snapshot::read`], but a Git LFS pointer is returned as it stands.
    pub fn read_raw(&self, entry: &Entry) -> Result<Vec<u8>> {
        if entry.kind == EntryKind::Submodule {
            return Err(SourceError::BadInput { what: format!("{} is a submodule, not a file", entry.path) });
        }
        if entry.size > self.limits.max_file_bytes {
            return Err(SourceError::TooLarge {
                what: entry.path.clone(),
                limit: self.limits.max_file_bytes,
                unit: "bytes",
            });
        }
        match &self.origin {
            Origin::Git(git) => git.read(entry.id, &self.limits),
            Origin::Plain(root) => plain::read(root, entry, &self.limits),
        }
    }

    /// The entry a symbolic link leads to, when that is a file of this revision.
    pub fn follow(&self, link: &Entry) -> Option<&Entry> {
        symlink::follow(self, link)
    }
}
