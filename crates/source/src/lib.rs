//! Bytes from git repositories, archives, local package folders and registries, under limits and with integrity checked.
//!
//! Everything that comes from outside the process comes through here. A broken input is an error with a code and a
//! remedy, tied to its file; nothing of a scanned repository is executed or used as configuration.

mod archive;
mod discover;
mod error;
mod golang;
mod http;
mod integrity;
mod limits;
mod local;
mod mirror;
mod process;
mod registry;
mod repository;
mod text;

pub use archive::{ArchiveKind, Keep, PackageFiles, unpack, unpack_jar};
pub use discover::{Discovery, Found, SourceKind, discover, is_manifest_name};
pub use error::{Result, SourceError};
pub use http::{Http, Progress};
pub use integrity::{digest, parse_sri, verify};
pub use limits::{Limits, Timeouts};
pub use local::{
    PythonDistribution, PythonEnvironment, cargo_vendored, find_node_package, go_vendored, node_package,
    python_environments,
};
pub use mirror::{Mirror, clone_or_update, is_git_url};
pub use registry::{ClientEnvironment, Fetched, MavenFile, MavenRepositories, Registries, RegistryConfig, Verified};
pub use repository::{BlobId, Entry, EntryKind, Repository, Snapshot, lfs_pointer, normalise_url, redact_url};
