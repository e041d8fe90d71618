//! Package URLs, ecosystems, version order and ranges, and the dependency-graph type.
//!
//! Pure: no I/O, no global state. Everything above speaks of packages in these words.

mod coordinates;
mod ecosystem;
mod graph;
mod purl;
pub mod range;
mod scope;
pub mod version;

pub use coordinates::Coordinates;
pub use ecosystem::Ecosystem;
pub use graph::{
    Edge, EdgeFrom, Integrity, Location, NodeId, Origin, PackageNode, Project, ProjectGraph, Reason, Relationship,
};
pub use purl::{Purl, PurlError};
pub use range::Range;
pub use scope::Scope;
pub use version::Version;
