//! Call paths: from entries or first-party functions to targets.

use faultline_facts::Span;

use crate::{Analysis, EdgeKind, FunctionRef, Phase};

/// One function on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// The function.
    pub function: FunctionRef,
    /// The call to the next step, in this function's file; for the last step its definition.
    pub span: Span,
    /// Kind of that call; `None` for the last step.
    pub edge: Option<EdgeKind>,
}

/// A call path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPath {
    /// Index into [`Analysis::entries`]; `None` when it starts at a first-party function that is no entry.
    pub entry: Option<u32>,
    /// The target.
    pub target: FunctionRef,
    /// The weakest kind on it.
    pub weakest: EdgeKind,
    /// Its functions, first to last.
    pub steps: Vec<Step>,
}

/// A first-party call whose chain ends in a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// The target.
    pub target: FunctionRef,
    /// The first-party function that calls.
    pub function: FunctionRef,
    /// What it calls.
    pub callee: FunctionRef,
    /// The call.
    pub span: Span,
    /// Weakest edge of the best chain from this call to the target.
    pub weakest: EdgeKind,
    /// First stage.
    pub phase: Phase,
}

/// The call graph over function instances.
#[derive(Debug, Clone, Default)]
pub(crate) struct PathGraph {}

impl Analysis {
    /// The best path per (entry, target), or every simple best path per first call with `all`.
    ///
    /// With [`Phase::Entered`] paths start at production entry points, with [`Phase::FirstParty`] at any
    /// first-party production function (one best path per target), with [`Phase::Tests`] at test entries too.
    pub fn paths_to(&self, targets: &[FunctionRef], phase: Phase, all: bool) -> Vec<CallPath> {
        let _ = (targets, phase, all, &self.graph);
        Vec::new()
    }

    /// Every first-party call that leads out of first-party code to a target, or to a target itself.
    pub fn calls_into(&self, targets: &[FunctionRef], phase: Phase) -> Vec<CallSite> {
        let _ = (targets, phase);
        Vec::new()
    }
}
