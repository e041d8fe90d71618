//! The output: functions, edges, entry points and what could not be seen, as plain data.

use std::collections::BTreeMap;

use faultline_facts::{DynamicKind, Span};

use crate::{FileRef, UnitId, path::PathGraph};

/// Index into [`Analysis::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef(pub u32);

/// How a call is known, strongest first. A path is as strong as its weakest edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// The callee is known: a plain call, `new`, an operator or an accessor on a known receiver.
    Direct,
    /// Loading a module runs its body.
    Import,
    /// The receiver is known by its declared type only.
    Typed,
    /// One of several receivers.
    Dispatch,
    /// A function value that was passed in, or handed to code that is not analysed.
    Callback,
    /// By a model of a library.
    Model,
    /// By dependency injection.
    Injection,
    /// By reflection with a known name.
    Reflection,
    /// Inside a macro.
    Macro,
    /// By name only.
    Name,
}

impl EdgeKind {
    /// Every kind, strongest first.
    pub const ALL: [EdgeKind; 10] = [
        EdgeKind::Direct,
        EdgeKind::Import,
        EdgeKind::Typed,
        EdgeKind::Dispatch,
        EdgeKind::Callback,
        EdgeKind::Model,
        EdgeKind::Injection,
        EdgeKind::Reflection,
        EdgeKind::Macro,
        EdgeKind::Name,
    ];

    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            EdgeKind::Direct => "direct",
            EdgeKind::Import => "import",
            EdgeKind::Typed => "typed",
            EdgeKind::Dispatch => "dispatch",
            EdgeKind::Callback => "callback",
            EdgeKind::Model => "model",
            EdgeKind::Injection => "injection",
            EdgeKind::Reflection => "reflection",
            EdgeKind::Macro => "macro",
            EdgeKind::Name => "name",
        }
    }
}

/// Where execution enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A process's main module or function.
    Main,
    /// A handler of requests.
    Route,
    /// A serverless handler.
    Handler,
    /// A queue listener, scheduled or background job.
    Job,
    /// Exported API of a library.
    Export,
    /// First-party code that counts as entered because no entry point was recognised.
    Module,
    /// A test.
    Test,
    /// A benchmark.
    Bench,
    /// An example.
    Example,
    /// A build script or tool configuration.
    Build,
}

impl EntryKind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryKind::Main => "main",
            EntryKind::Route => "route",
            EntryKind::Handler => "handler",
            EntryKind::Job => "job",
            EntryKind::Export => "export",
            EntryKind::Module => "module",
            EntryKind::Test => "test",
            EntryKind::Bench => "bench",
            EntryKind::Example => "example",
            EntryKind::Build => "build",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<EntryKind> {
        use EntryKind::{Bench, Build, Example, Export, Handler, Job, Main, Module, Route, Test};
        [Main, Route, Handler, Job, Export, Module, Test, Bench, Example, Build]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// True for the bucket that never counts as production.
    pub fn is_test(self) -> bool {
        matches!(self, EntryKind::Test | EntryKind::Bench | EntryKind::Example | EntryKind::Build)
    }
}

/// The stage of the analysis in which something was reached. Each contains the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// From production entry points and the modules that they load.
    Entered,
    /// From any first-party production function.
    FirstParty,
    /// From tests, benches, examples and build scripts too.
    Tests,
    /// Reached only by looking into packages on their own, to resolve symbols. Proves nothing.
    Inspected,
}

/// One function of one loaded file; clones are merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionNode {
    /// The ecosystem's own name for it.
    pub name: String,
    /// The file it stands in.
    pub file: FileRef,
    /// The definition.
    pub span: Span,
    /// How execution enters here, when it does.
    pub entry: Option<EntryKind>,
    /// Test, bench, example or build code.
    pub test: bool,
    /// First stage in which it is reached; `None` when it never is.
    pub phase: Option<Phase>,
}

/// A call from one function to another, at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallEdge {
    /// Caller.
    pub from: FunctionRef,
    /// Callee.
    pub to: FunctionRef,
    /// The whole call expression, in the caller's file.
    pub span: Span,
    /// How it is known.
    pub kind: EdgeKind,
    /// First stage in which it appears.
    pub phase: Phase,
}

/// A place that static analysis cannot see through, in a reached function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DynamicSite {
    /// The function.
    pub function: FunctionRef,
    /// The file.
    pub file: FileRef,
    /// The place.
    pub span: Span,
    /// Kind.
    pub kind: DynamicKind,
    /// First stage in which the function is reached; `None` when it never is.
    pub phase: Option<Phase>,
}

/// An entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The function entered.
    pub function: FunctionRef,
    /// Kind.
    pub kind: EntryKind,
    /// Why it is one, for a human.
    pub why: String,
    /// File of the statement that makes it one, inside the tree of its unit.
    pub file: String,
    /// 1-based line there.
    pub line: u32,
    /// Stage from which it counts.
    pub phase: Phase,
}

/// A use of code that was not analysed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExternalUse {
    /// Access path, e.g. `pkg:npm/x@1.0.0.parse()` or `node:http.createServer`.
    pub path: String,
    /// The function that calls it.
    pub function: FunctionRef,
    /// The call.
    pub span: Span,
    /// First stage.
    pub phase: Phase,
}

/// Something that limits what the analysis can claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub file: FileRef,
    /// 1-based line.
    pub line: u32,
    /// `unresolved_import`, `parse_error` …
    pub code: &'static str,
    /// For a human.
    pub detail: String,
}

/// Figures about the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Files loaded.
    pub files: u32,
    /// Functions in them.
    pub functions: u32,
    /// Functions reached in any stage but the inspecting one.
    pub reached: u32,
    /// Function instances, clones included.
    pub instances: u32,
    /// Constraint nodes.
    pub nodes: u32,
    /// Distinct abstract values.
    pub tokens: u32,
    /// Values propagated.
    pub propagated: u64,
    /// Functions with too many clones, which share one instead: edges may be too many.
    pub widened: u32,
    /// Values that found a full set and were not followed: edges may be missing.
    pub dropped: u64,
}

/// The whole result.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// Every function of every loaded file, in order of unit, file and definition. A module body is one.
    pub functions: Vec<FunctionNode>,
    /// Edges, sorted.
    pub edges: Vec<CallEdge>,
    /// Dynamic sites, sorted.
    pub dynamic: Vec<DynamicSite>,
    /// Entry points, sorted by kind and function.
    pub entries: Vec<Entry>,
    /// Calls into code that was not analysed.
    pub externals: Vec<ExternalUse>,
    /// Limits.
    pub problems: Vec<Problem>,
    /// Figures.
    pub stats: Stats,
    /// No production entry point was recognised: module bodies of first-party code count as entered.
    pub no_entries: bool,
    /// The budget was spent before the end.
    pub budget_hit: bool,
    /// Exported access path inside a unit → functions, e.g. (`qs`, `parse`) → `lib/parse.js:…`.
    pub exports: BTreeMap<(UnitId, String), Vec<FunctionRef>>,
    /// First-party or not, by unit.
    pub(crate) first_party: Vec<bool>,
    /// Package purl with version, by unit.
    pub(crate) packages: Vec<Option<String>>,
    /// The graph over instances, for paths.
    pub(crate) graph: PathGraph,
}

impl Analysis {
    /// The function behind a reference.
    pub fn function(&self, function: FunctionRef) -> &FunctionNode {
        &self.functions[function.0 as usize]
    }

    /// True when the function is first-party code.
    pub fn is_first_party(&self, function: FunctionRef) -> bool {
        self.first_party.get(self.function(function).file.unit.0 as usize).copied().unwrap_or(true)
    }

    /// The package that holds the function, with version; `None` for first-party code.
    pub fn package_of(&self, function: FunctionRef) -> Option<&str> {
        self.packages.get(self.function(function).file.unit.0 as usize)?.as_deref()
    }
}
