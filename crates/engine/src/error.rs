//! What stops a stage. Anything about one file or package is a problem in the answer instead.

use faultline_source::SourceError;
use faultline_store::StoreError;

/// Why a stage could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A path given by the user cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The target makes no sense.
    #[error("{0}")]
    Target(String),
    /// Worker threads could not be started.
    #[error("worker threads could not be started: {0}; try --threads 1")]
    Threads(String),
    /// Input that cannot be meant.
    #[error("{0}")]
    Input(String),
}

impl EngineError {
    /// True when the user's input is to blame.
    pub fn is_usage(&self) -> bool {
        matches!(self, EngineError::Source(_) | EngineError::Target(_) | EngineError::Input(_))
    }
}
