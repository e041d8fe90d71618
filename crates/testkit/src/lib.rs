//! Test support: fixture repositories built by git, a server that misbehaves, shared data, schema checks.
//!
//! For tests only: what cannot be set up here panics with its reason.

mod archive;
mod backend;
mod git;
mod schema;
mod server;
mod shared;

pub use archive::{gzip, tar_gz, tar_header, tar_of};
pub use backend::git_http_backend;
pub use git::{GitRepo, git_command, write_tree};
pub use schema::{assert_schema, schema_errors};
pub use server::{Reply, Request, Server};
pub use shared::{shared, workspace_root};
