//! Plans: `faultline.plan/1`, tables, a run-book, diagrams and a chart.

mod diagram;
mod gantt;
mod json;
mod runbook;
mod text;
mod words;

pub use diagram::{to_dot, to_mermaid};
pub use gantt::to_svg;
pub use json::to_json;
pub use runbook::to_markdown;
pub use text::to_text;

use faultline_exposure::model::{Incomplete, TargetAnswer};
use faultline_plan::steps::Plan;

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The target.
    pub target: &'a TargetAnswer,
    /// The plan.
    pub plan: &'a Plan,
    /// What could not be read.
    pub incomplete: &'a [Incomplete],
}
