//! Dependency scopes in their order of strength.

use serde::{Deserialize, Serialize};

/// Why a dependency is there. Ordered: a smaller value is stronger (`Runtime < Build`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Needed when the software runs.
    Runtime,
    /// Used at run time when present.
    Optional,
    /// To be provided by the consumer.
    Peer,
    /// Needed by developers only.
    Dev,
    /// Needed by the test suite only.
    Test,
    /// Needed to build only.
    Build,
}

impl Scope {
    /// The scope of a dependency reached through `edge` from something in scope `self`.
    ///
    /// The weaker of the two: a runtime dependency of a dev tool is a dev dependency.
    #[must_use]
    pub fn through(self, edge: Scope) -> Scope {
        self.max(edge)
    }

    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Runtime => "runtime",
            Scope::Optional => "optional",
            Scope::Peer => "peer",
            Scope::Dev => "dev",
            Scope::Test => "test",
            Scope::Build => "build",
        }
    }
}
