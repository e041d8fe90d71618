//! What can go wrong with the store, each with its remedy.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be created or opened.
    #[error("{}: cannot be opened: {why}; name another file with --store or FAULTLINE_STORE", path.display())]
    Open {
        /// The store file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The file is not a store, or is damaged.
    #[error("{}: is damaged or not a Faultline store ({why}); move it away and index again", path.display())]
    Damaged {
        /// The store file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Written by a later version.
    #[error("{}: written by a newer version of Faultline (store format {found}, this version knows {known}); update Faultline or name another file with --store", path.display())]
    Newer {
        /// The store file.
        path: PathBuf,
        /// Format found.
        found: i64,
        /// Format known.
        known: i64,
    },
    /// Another process holds the store for too long.
    #[error("{}: another process is writing to the store; try again when it has finished", path.display())]
    Busy {
        /// The store file.
        path: PathBuf,
    },
    /// No room left.
    #[error("{}: no space left on the disk; free some, or run `faultline repos gc`", path.display())]
    Full {
        /// The store file.
        path: PathBuf,
    },
    /// The file may only be read.
    #[error("{}: may only be read, and this needs to write; change its permissions or name another file with --store", path.display())]
    ReadOnly {
        /// The store file.
        path: PathBuf,
    },
    /// A name already taken.
    #[error("a repository named `{0}` exists already; choose another name")]
    NameTaken(String),
    /// Anything else the back end reports.
    #[error("{}: {why}", path.display())]
    Backend {
        /// The store file.
        path: PathBuf,
        /// What it said.
        why: String,
    },
}

impl StoreError {
    pub(crate) fn from_backend(path: &Path, error: &rusqlite::Error) -> StoreError {
        let path = path.to_owned();
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Damaged { path, why },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { path },
            Some(ErrorCode::DiskFull) => StoreError::Full { path },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
                StoreError::Open { path, why }
            }
            _ => StoreError::Backend { path, why },
        }
    }

    pub(crate) fn damaged(path: &Path, why: impl std::fmt::Display) -> StoreError {
        StoreError::Damaged { path: path.to_owned(), why: why.to_string() }
    }
}
