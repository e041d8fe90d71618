//! What can go wrong with bytes from outside, each with a stable code and a remedy in its text.

use faultline_package::{Location, Reason};

/// Why bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// A file, object, package or address that is not there.
    #[error("{what} was not found")]
    NotFound {
        /// What was looked for.
        what: String,
    },
    /// A file or folder that the operating system would not give.
    #[error("{path}: {why}")]
    Io {
        /// The path.
        path: String,
        /// The system's words.
        why: String,
    },
    /// A git repository that cannot be read.
    #[error("{path}: {why}")]
    Git {
        /// The repository.
        path: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A repository that names its objects by SHA-256.
    #[error("{path}: SHA-256 repositories are not supported; convert it to SHA-1 or index an export of it")]
    Sha256 {
        /// The repository.
        path: String,
    },
    /// A revision that the repository does not have.
    #[error("revision `{rev}` was not found; fetch it first, or name a branch, tag or commit that exists")]
    UnknownRevision {
        /// The revision as given.
        rev: String,
    },
    /// An object of the database that is missing or does not have the content its name promises.
    #[error("object {id} is {why}; run `git fsck` and fetch it again")]
    BadObject {
        /// The object's hash.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// A pointer to content that lives in Git LFS, not in the repository.
    #[error("the content is in Git LFS ({bytes} bytes), only its pointer is in the repository")]
    LfsPointer {
        /// Size of the content.
        bytes: u64,
    },
    /// Something above a limit.
    #[error("{what} has more than the allowed {limit} {unit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// The limit.
        limit: u64,
        /// What the limit counts.
        unit: &'static str,
    },
    /// An archive that is not one, or is damaged.
    #[error("{what} is not a readable archive: {why}")]
    BadArchive {
        /// The archive.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// Data that ended before it should.
    #[error("{what} ended early: it is truncated")]
    Truncated {
        /// The archive or answer.
        what: String,
    },
    /// Bytes that do not have the promised hash.
    #[error("{what} has {algorithm} {actual}, but {expected} was promised; it is not used")]
    HashMismatch {
        /// The artifact.
        what: String,
        /// Hash algorithm.
        algorithm: String,
        /// The promised digests, comma separated.
        expected: String,
        /// The digest of the bytes received.
        actual: String,
    },
    /// A folder that holds another package than the one asked for.
    #[error("{path} holds {found}, not {wanted}; run the package manager's install again")]
    WrongPackage {
        /// The folder.
        path: String,
        /// What it holds.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// An artifact of a registry that holds another package than the one asked for.
    #[error("{what} holds {found}, not {wanted}; it is not used, check the registry")]
    WrongContent {
        /// The artifact.
        what: String,
        /// What it holds.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// A server that did not answer in time.
    #[error("{url} did not answer within {seconds} s; try again, or use --offline")]
    Timeout {
        /// Address without credentials.
        url: String,
        /// The time given.
        seconds: u64,
    },
    /// A server that could not be reached, or failed.
    #[error("{url}: {why}")]
    Network {
        /// Address without credentials.
        url: String,
        /// What happened.
        why: String,
    },
    /// A server that failed on one request.
    #[error("{url}: the server answered {status}; try again later")]
    Failed {
        /// Address without credentials.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// A server that refused.
    #[error("{url} answered {status}; check the credentials configured for this host")]
    Refused {
        /// Address without credentials.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer that makes no sense.
    #[error("{url} gave an answer that cannot be used: {why}")]
    BadAnswer {
        /// Address without credentials.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The network is forbidden.
    #[error("{what} needs the network, which --offline forbids")]
    Offline {
        /// What was wanted.
        what: String,
    },
    /// No registry is known for the ecosystem.
    #[error("no {ecosystem} registry is configured; {remedy}")]
    NotConfigured {
        /// The ecosystem's purl type.
        ecosystem: &'static str,
        /// What the user can do.
        remedy: &'static str,
    },
    /// Input that cannot be meant.
    #[error("{what}")]
    BadInput {
        /// What is wrong and what would be right.
        what: String,
    },
}

impl SourceError {
    /// A stable, machine-readable code.
    pub fn code(&self) -> &'static str {
        match self {
            SourceError::NotFound { .. } => "not_found",
            SourceError::Io { .. } => "unreadable",
            SourceError::Git { .. } => "repository_unreadable",
            SourceError::Sha256 { .. } => "sha256_repository",
            SourceError::UnknownRevision { .. } => "unknown_revision",
            SourceError::BadObject { .. } => "object_missing_or_corrupt",
            SourceError::LfsPointer { .. } => "lfs_pointer",
            SourceError::TooLarge { .. } => "too_large",
            SourceError::BadArchive { .. } => "archive_unreadable",
            SourceError::Truncated { .. } => "truncated",
            SourceError::HashMismatch { .. } => "hash_mismatch",
            SourceError::WrongPackage { .. } | SourceError::WrongContent { .. } => "wrong_package",
            SourceError::Timeout { .. } => "timeout",
            SourceError::Network { .. } | SourceError::Failed { .. } => "network",
            SourceError::Refused { .. } => "refused",
            SourceError::BadAnswer { .. } => "bad_answer",
            SourceError::Offline { .. } => "offline",
            SourceError::NotConfigured { .. } => "registry_not_configured",
            SourceError::BadInput { .. } => "bad_input",
        }
    }

    /// The error as a reason tied to a file.
    pub fn reason(&self, file: &str) -> Reason {
        reason(self.code(), self.to_string(), file)
    }

    pub(crate) fn io(path: impl AsRef<std::path::Path>, error: &std::io::Error) -> SourceError {
        let path = path.as_ref().display().to_string();
        if error.kind() == std::io::ErrorKind::NotFound {
            return SourceError::NotFound { what: path };
        }
        SourceError::Io { path, why: words(error) }
    }
}

/// The system's words, with the remedy where there is one.
pub(crate) fn words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "may not be read; change its permissions".to_owned(),
        _ => error.to_string(),
    }
}

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, SourceError>;

pub(crate) fn reason(code: &str, detail: impl Into<String>, file: &str) -> Reason {
    Reason { code: code.to_owned(), detail: detail.into(), location: Some(Location { file: file.to_owned(), line: 0 }) }
}
