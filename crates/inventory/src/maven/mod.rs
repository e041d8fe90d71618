//! Maven: POMs and their effective models.

mod effective;
mod interpolate;
mod pom;
mod profile;
pub mod project;
mod workspace;
pub(crate) mod xml;

pub use effective::{Builder, Context, Effective, Lookup, Missing};
pub use pom::{Body, Dependency, Parent, Pom, Profile, parse};
pub use project::read;
pub use workspace::{Workspace, is_known};
