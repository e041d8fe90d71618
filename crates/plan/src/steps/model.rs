//! A plan as people and programs read it.

use crate::remedy::Changes;
use crate::schedule::Time;

use super::settings::Settings;

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// Change and review.
    Edit,
    /// Build and test.
    Build,
    /// Publish a package version.
    Publish,
    /// One stage of a deployment.
    Deploy(String),
}

impl StepKind {
    /// The word used in every output and in step ids.
    pub fn word(&self) -> String {
        match self {
            StepKind::Edit => "edit".to_owned(),
            StepKind::Build => "build".to_owned(),
            StepKind::Publish => "publish".to_owned(),
            StepKind::Deploy(stage) => format!("deploy-{stage}"),
        }
    }
}

/// What a step is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A release, by its index in the changes.
    Release(usize),
    /// A consumer, by its index in the changes.
    Consumer(usize),
    /// The same consumer once more: the override is taken out again.
    Cleanup(usize),
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not started.
    Planned,
    /// In work.
    Started,
    /// Done.
    Finished,
}

impl Progress {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Progress::Planned => "planned",
            Progress::Started => "started",
            Progress::Finished => "finished",
        }
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Stable name, e.g. `order-kit:publish`.
    pub id: String,
    /// What it is a part of.
    pub subject: Subject,
    /// `repository` or `repository/path`.
    pub project: String,
    /// What it does.
    pub kind: StepKind,
    /// One sentence for a person.
    pub title: String,
    /// Who does it, when known.
    pub owner: Option<String>,
    /// Minutes after the start of the plan.
    pub start: Time,
    /// The same, when it is done.
    pub end: Time,
    /// How far it is.
    pub progress: Progress,
    /// Steps that have to be done first, with the wait after their end.
    pub waits_for: Vec<(usize, Time)>,
    /// A delay of it delays the whole.
    pub critical: bool,
    /// The wave that it belongs to, from 1.
    pub wave: usize,
    /// The fixed work is later than planned.
    pub late: bool,
}

/// Steps after which part of the exposure is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wave {
    /// Minutes after the start of the plan.
    pub end: Time,
    /// Weight of the services that are done by then, this wave's.
    pub removed: u64,
    /// The same with all waves before.
    pub removed_in_all: u64,
    /// Services that are done in this wave, as indexes of consumers.
    pub consumers: Vec<usize>,
}

/// One way to do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// `cascade` or `override`.
    pub name: &'static str,
    /// Steps in the order of their starts.
    pub steps: Vec<Step>,
    /// Waves in time order.
    pub waves: Vec<Wave>,
    /// When the last step ends.
    pub makespan: Measure,
    /// Sum over the services of weight × time, in weight-minutes.
    pub exposure: Measure,
    /// Releases that are published.
    pub publishes: usize,
    /// Overrides that are set.
    pub overrides: usize,
    /// Consumers for which there is nothing to do but to wait for others.
    pub stuck: Vec<usize>,
    /// Services that the waves count, and their weights.
    pub weight: u64,
}

/// A value of a plan and what is known of the best there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measure {
    /// The plan's.
    pub upper: i128,
    /// No plan is below this.
    pub lower: i128,
}

impl Measure {
    /// True when no plan is better.
    pub fn proved(self) -> bool {
        self.upper <= self.lower
    }
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What must change.
    pub changes: Changes,
    /// `repository` or `repository/path` of every member.
    pub names: Vec<String>,
    /// The ways, the recommended one first.
    pub tracks: Vec<Track>,
    /// What it was made with.
    pub settings: Settings,
    /// Minutes after the start at which this plan was made.
    pub now: Time,
}
