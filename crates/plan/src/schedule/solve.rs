//! The whole way: list schedules, variation, proof.

use super::exact;
use super::model::{ModelError, Problem};
use super::network::Network;
use super::objective::Goal;
use super::plan::Schedule;
use super::search::{breed, by_rules};

/// Above this many open activities the whole problem is not given to the exact solver.
pub const EXACT_LIMIT: usize = 600;

/// A schedule with what is known about how good it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The best schedule found.
    pub schedule: Schedule,
    /// Its value.
    pub upper: i128,
    /// No schedule is below this.
    pub lower: i128,
}

impl Solution {
    /// True when no schedule is better.
    pub fn proved(&self) -> bool {
        self.lower >= self.upper
    }
}

/// The best schedule for one goal until `stop` says so.
///
/// Without a stop it returns when the optimum is proved, or, above [`EXACT_LIMIT`], when improvement ends.
pub fn solve(problem: &Problem, goal: Goal, stop: &mut dyn FnMut() -> bool) -> Result<Solution, ModelError> {
    let network = Network::new(problem)?;
    let bound = goal.bound(&network);
    let first = by_rules(&network, goal);
    let rounds = (network.len() * network.len()).min(300_000 / network.len().max(1));
    let schedule = breed(&network, goal, first, bound, rounds, stop);
    let mut solution = Solution { upper: goal.value(problem, &schedule), schedule, lower: bound };
    if network.len() <= EXACT_LIMIT {
        let found = exact::search(&network, goal, &solution.schedule, bound, stop);
        solution.lower = found.bound;
        if let Some(better) = found.better {
            solution.upper = goal.value(problem, &better);
            solution.schedule = better;
        }
    }
    Ok(solution)
}
