//! How a stage tells what it does.

/// Told what happens. Called from several threads.
pub trait Progress: Sync {
    /// A step begins; `total` counts its items when known.
    fn begin(&self, what: &str, total: Option<u64>);
    /// Items done.
    fn advance(&self, items: u64);
    /// The step is over.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: Option<u64>) {}
    fn advance(&self, _items: u64) {}
    fn end(&self) {}
}
