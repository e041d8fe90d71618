//! Links names across packages, solves the call graph, finds entry points and call paths.
//!
//! In goes a [`Program`]: first-party projects and packages as units of files with facts. Out comes an
//! [`Analysis`]: functions, edges, entry points, and queries over them. Pure: no I/O, no global state, and
//! the same input gives the same output.

mod entry;
mod graph;
mod imports;
mod link;
mod model;
mod names;
mod naming;
mod path;
mod program;
mod solve;
mod symbol;

pub use graph::{
    Analysis, CallEdge, DynamicSite, EdgeKind, Entry, EntryKind, ExternalUse, FunctionNode, FunctionRef, Phase,
    Problem, Stats,
};
pub use imports::{ImportClosure, ImportStep, ImportedExternal, LoadedModule, import_closure};
pub use path::{CallPath, CallSite, Step};
pub use program::{DeclaredEntry, Dependency, FileRef, Program, SourceFile, Unit, UnitId};

/// Which entry points count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EntryChoice {
    /// All that are recognised.
    #[default]
    All,
    /// Those of one kind.
    Kind(EntryKind),
    /// The body of one file of first-party code.
    File(String),
    /// One first-party function, by its name.
    Function(String),
}

/// How to analyse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Entry points of the first stage.
    pub entries: EntryChoice,
    /// Units to look into even where nothing reaches them, so that their exported names resolve.
    pub inspect: Vec<UnitId>,
    /// Values that may be propagated before the analysis ends with `budget_hit`.
    pub budget: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { entries: EntryChoice::All, inspect: Vec::new(), budget: 20_000_000 }
    }
}

/// Solves the call graph of a program.
pub fn analyse(program: &Program, options: &Options) -> Analysis {
    entry::analyse(program, options)
}
