//! Stages as idempotent jobs: index, analyse, answer. Maps domain types to the store.
//!
//! Every stage may be interrupted and repeated: what it did is in the store, what it did not is done next
//! time. Nothing here prints; progress goes to a [`Progress`] that the caller gives.

mod advisories;
mod baseline;
mod blobs;
mod callgraph;
mod checkout;
mod clock;
mod commands;
mod deploy;
mod derive;
mod enclosing;
mod enrichment;
mod error;
mod export;
mod expose;
mod fleet;
mod golang;
mod ignore;
mod index;
mod input;
mod inventory;
mod jars;
mod lines;
mod maven;
mod memory;
mod onpath;
mod owners;
mod packages;
mod paths;
mod plan;
mod program;
mod progress;
mod sbom;
mod scan;
mod settings;
mod start;
mod status;
mod target;
mod trace;
mod watch;

pub use advisories::{Advisories, AdvisorySource, FIRST_SYNC, SyncReport};
pub use baseline::Baseline;
pub use callgraph::{Callgraph, CallgraphRequest, Goal, PackageChoice};
pub use commands::Declared;
pub use derive::{Derivation, DeriveRequest, DerivedSymbol, FixCommit};
pub use error::EngineError;
pub use faultline_exposure::model::Incomplete;
pub use faultline_fleet::Ownership;
pub use ignore::{IGNORE_FILE, IgnoreFault, parse_ignore_file};
pub use index::{IndexReport, Input};
pub use input::read_input;
pub use inventory::{StoredInventory, inventory_of_path};
pub use owners::{OwnedFiles, OwnersAnswer};
pub use plan::{PlanAnswer, PlanRequest};
pub use progress::{Progress, Silent};
pub use sbom::SbomRequest;
pub use scan::ScanRequest;
pub use settings::{OSV_EXPORT, Settings};
pub use status::{Check, CheckState, RepositoryStatus, Status};
pub use target::Knowledge;
pub use trace::TraceRequest;
pub use watch::WatchState;

use faultline_store::Store;

/// Parsers recurse; their checks on nesting assume this much stack.
const STACK_BYTES: usize = 64 << 20;

/// The stages over one store.
pub struct Engine {
    store: Store,
    settings: Settings,
    /// Parses. Its work never waits for anything.
    parsers: rayon::ThreadPool,
    /// Analyses projects. Its work waits for packages, which wait for the parsers: hence two pools.
    analysers: rayon::ThreadPool,
    memory: memory::Memory,
}

impl Engine {
    /// An engine over an open store.
    pub fn new(store: Store, settings: Settings) -> Result<Engine, EngineError> {
        let parsers = thread_pool(settings.threads)?;
        let analysers = thread_pool(settings.threads)?;
        Ok(Engine { store, settings, parsers, analysers, memory: memory::Memory::default() })
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How it was set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// Workers with a big stack; `None` takes one per core.
pub(crate) fn thread_pool(threads: Option<usize>) -> Result<rayon::ThreadPool, EngineError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.unwrap_or(0))
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|e| EngineError::Threads(e.to_string()))
}
