//! The ecosystems' resolution rules.
//!
//! Pure: no I/O. A resolver is given what is known so far and returns a graph, or the coordinates that it still
//! needs; the caller gets those and asks again.

pub mod maven;
