//! npm, yarn, pnpm and bun projects.

use crate::{Inventory, Tree};

/// Adds every npm project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let _ = (tree, out);
}
