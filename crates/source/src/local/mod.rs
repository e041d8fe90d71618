//! Packages that a package manager has already put into a checkout.

pub(crate) mod cargo;
mod folder;
pub(crate) mod golang;
mod node;
mod python;
mod record;

pub use cargo::cargo_vendored;
pub use golang::go_vendored;
pub use node::{find_node_package, node_package};
pub use python::{PythonDistribution, PythonEnvironment, python_environments};

use crate::error::{Result, SourceError};
use std::path::{Path, PathBuf};

/// The real place of `path`, which must lie in `root`; links within it are fine, links out of it are not followed.
fn inside(root: &Path, path: &Path) -> Result<PathBuf> {
    let root = std::fs::canonicalize(root).map_err(|e| SourceError::io(root, &e))?;
    let real = std::fs::canonicalize(path).map_err(|e| SourceError::io(path, &e))?;
    if real.starts_with(&root) {
        return Ok(real);
    }
    let what = format!("{} leads out of the checkout; it is not followed", path.display());
    Err(SourceError::BadInput { what })
}
