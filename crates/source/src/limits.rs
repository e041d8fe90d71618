//! Upper bounds on everything that comes from outside.

use std::time::Duration;

/// Bounds for files, archives and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest archive that is opened.
    pub max_archive_bytes: u64,
    /// Largest sum of all files of one archive.
    pub max_unpacked_bytes: u64,
    /// Largest single file; larger ones are left out and reported.
    pub max_file_bytes: u64,
    /// Most files of one archive, package folder or revision.
    pub max_files: usize,
    /// Largest ratio of unpacked to packed size.
    pub max_ratio: u64,
    /// Longest path in bytes.
    pub max_path_len: usize,
    /// Largest answer that describes packages (not an archive).
    pub max_metadata_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_archive_bytes: 256 << 20,
            max_unpacked_bytes: 512 << 20,
            max_file_bytes: 16 << 20,
            max_files: 2_000_000,
            max_ratio: 200,
            max_path_len: 4096,
            max_metadata_bytes: 128 << 20,
        }
    }
}

/// How long to wait for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect, TLS included.
    pub connect: Duration,
    /// Between two pieces of data.
    pub idle: Duration,
    /// For one request altogether.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(15), idle: Duration::from_secs(30), total: Duration::from_mins(10) }
    }
}
