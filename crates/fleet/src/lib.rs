//! What the repositories of a fleet say about each other. Today: owners. Pure.

mod codeowners;
mod pattern;

pub use codeowners::{CODEOWNERS_BYTES, Dialect, Fault, OwnersFile, Ownership, choose};
