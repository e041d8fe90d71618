//! From the name of a vulnerable symbol to functions.

use crate::{Analysis, FunctionRef, UnitId};

impl Analysis {
    /// The functions that `symbol` names in a unit: `lib/parse.js:parse`, `parse`, `qs.parse`, `yaml.load`,
    /// `Class.method`, a class, or a module.
    ///
    /// An exact name wins, then an exported access path, then the end of a name.
    pub fn find_symbols(&self, unit: UnitId, symbol: &str) -> Vec<FunctionRef> {
        let _ = (unit, symbol);
        Vec::new()
    }
}
