//! Human tables and foreign wire formats: the only place that knows them.
//!
//! Everything here turns an answer into text; nothing prints.

pub mod callgraph;
pub mod explain;
pub mod inventory;
pub mod plan;
pub mod sarif;
pub mod sbom;
pub mod scan;
pub mod table;
pub mod trace;
pub mod vex;
