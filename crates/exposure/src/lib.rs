//! Joins dependency graph, advisories and reachability into levels, verdicts and reasons.
//!
//! A level is the highest that was *proved*, a lower bound. A verdict is only as strong as what was
//! analysed, and the reasons say what that was.

mod examine;
mod frontier;
mod judge;
mod level;
pub mod model;
mod near;
pub mod scan;
mod summary;

pub use examine::{Case, Examined, Missing, examine, go_package};
pub use judge::{Findings, Judgement, WithTests, judge};
pub use level::{Level, Place, Reason, ReasonCode, Verdict};
pub use summary::{order, summarize};
