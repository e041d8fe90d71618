//! What is minimised.

use super::bounds::{makespan_bounds, weighted_bound};
use super::model::Problem;
use super::network::Network;
use super::plan::Schedule;

/// One thing to minimise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// When the last activity ends.
    Makespan,
    /// Sum of weight × end: exposure-time.
    WeightedCompletion,
}

impl Goal {
    /// The value of a schedule.
    pub fn value(self, problem: &Problem, schedule: &Schedule) -> i128 {
        match self {
            Goal::Makespan => i128::from(schedule.makespan(problem)),
            Goal::WeightedCompletion => schedule.weighted_completion(problem),
        }
    }

    /// A value that no schedule is below.
    pub fn bound(self, network: &Network) -> i128 {
        match self {
            Goal::Makespan => i128::from(makespan_bounds(network).best()),
            Goal::WeightedCompletion => weighted_bound(network),
        }
    }
}
