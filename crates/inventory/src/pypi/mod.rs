//! Python projects.

use crate::{Inventory, Tree};

/// Adds every Python project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    let _ = (tree, out);
}
