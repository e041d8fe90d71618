//! Manifests and lockfiles to projects and dependency graphs with scopes, one module per format.
//!
//! Pure: no I/O. The caller hands over a view of one revision's files; nothing here aborts: what cannot
//! be read is listed in [`Inventory::incomplete`] and the rest is answered.

pub mod cargo;
mod formats;
pub mod go;
pub mod gradle;
pub mod jvm;
mod listing;
pub mod maven;
pub mod metadata;
pub mod npm;
mod project;
pub mod pypi;
pub mod text;
mod toml_doc;

pub use project::{Incomplete, Inventory, ReadFile, Tree, companions, read};
