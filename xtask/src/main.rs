//! `cargo xtask tidy` keeps the house as `ARCHITECTURE.md` draws it.
fn main() {}
