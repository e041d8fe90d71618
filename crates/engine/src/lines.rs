//! Lines of first-party code, for snippets.

use std::cell::OnceCell;

use faultline_reach::{FileRef, Program};
use faultline_source::Snapshot;
use rustc_hash::FxHashMap;

use crate::Engine;
use crate::checkout::{Checkout, read_unchanged};

/// Longest line that is shown, in characters.
const MAX_LINE: usize = 200;

/// Reads lines of an indexed repository, when it is still there as it was.
pub(crate) struct Lines<'a> {
    engine: &'a Engine,
    checkout: &'a Checkout,
    /// Opened when first needed; `None` inside when that fails.
    snapshot: OnceCell<Option<Snapshot>>,
    texts: FxHashMap<String, Option<String>>,
}

impl<'a> Lines<'a> {
    /// Nothing is read yet.
    pub fn new(engine: &'a Engine, checkout: &'a Checkout) -> Lines<'a> {
        Lines { engine, checkout, snapshot: OnceCell::new(), texts: FxHashMap::default() }
    }

    /// A line of first-party code; `None` when its text is not at hand or is not the one that was analysed.
    pub fn line(&mut self, program: &Program, file: FileRef, number: u32) -> Option<String> {
        if program.unit(file.unit).package.is_some() {
            return None;
        }
        let path = &program.file(file).path;
        if !self.texts.contains_key(path) {
            let text = self.read(path);
            self.texts.insert(path.clone(), text);
        }
        let text = self.texts.get(path)?.as_deref()?;
        let line = text.lines().nth((number as usize).checked_sub(1)?)?;
        Some(line.chars().take(MAX_LINE).collect())
    }

    fn read(&self, path: &str) -> Option<String> {
        let row = self.checkout.files.iter().find(|f| f.path == path)?;
        let snapshot = self.snapshot.get_or_init(|| self.checkout.snapshot(&self.engine.settings().limits)).as_ref()?;
        String::from_utf8(read_unchanged(snapshot, row)?).ok()
    }
}
