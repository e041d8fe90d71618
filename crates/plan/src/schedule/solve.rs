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

/// A schedule for several goals, the first most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// The best schedule found.
    pub schedule: Schedule,
    /// Per goal its value and a value that no schedule as good in the goals before it is below.
    pub measures: Vec<(Goal, i128, i128)>,
}

/// The best schedule for one goal until `stop` says so.
///
/// Without a stop it returns when the optimum is proved, or, above [`EXACT_LIMIT`], when improvement ends.
pub fn solve(problem: &Problem, goal: Goal, stop: &mut dyn FnMut() -> bool) -> Result<Solution, ModelError> {
    let network = Network::new(problem)?;
    Ok(best(&network, goal, None, stop))
}

/// Breeds on from a schedule that is not proved, until `stop` says so or its bound is reached.
pub fn polish(
    problem: &Problem,
    goal: Goal,
    mut solution: Solution,
    stop: &mut dyn FnMut() -> bool,
) -> Result<Solution, ModelError> {
    let network = Network::new(problem)?;
    solution.schedule = breed(&network, goal, solution.schedule, solution.lower, usize::MAX, stop);
    solution.upper = goal.value(problem, &solution.schedule);
    Ok(solution)
}

/// The best schedule for the first goal; of those the best for the second; and so on.
///
/// A hint is a schedule to stay near: it is kept while nothing better is found.
pub fn solve_in_order(
    problem: &Problem,
    goals: &[Goal],
    hint: Option<&Schedule>,
    stop: &mut dyn FnMut() -> bool,
) -> Result<Ordered, ModelError> {
    let network = Network::new(problem)?;
    let mut result = Ordered { schedule: Schedule::default(), measures: Vec::new() };
    let mut caps: Vec<(Goal, i128)> = Vec::new();
    let goals = if goals.is_empty() { &[Goal::Makespan] } else { goals };
    for &goal in goals {
        let lower = if caps.is_empty() {
            let solution = best(&network, goal, hint, stop);
            result.schedule = solution.schedule;
            solution.lower
        } else {
            let found = refine(&network, goal, &result.schedule, &caps, stop);
            result.schedule = found.better.unwrap_or(result.schedule);
            found.bound
        };
        let upper = goal.value(problem, &result.schedule);
        caps.push((goal, upper));
        result.measures.push((goal, upper, lower.min(upper)));
    }
    Ok(result)
}

fn refine(
    network: &Network,
    goal: Goal,
    schedule: &Schedule,
    caps: &[(Goal, i128)],
    stop: &mut dyn FnMut() -> bool,
) -> exact::Found {
    let bound = goal.bound(network);
    if network.len() > EXACT_LIMIT {
        return exact::Found { better: None, bound };
    }
    exact::search(network, goal, schedule, caps, bound, stop)
}

fn best(network: &Network, goal: Goal, hint: Option<&Schedule>, stop: &mut dyn FnMut() -> bool) -> Solution {
    let bound = goal.bound(network);
    let first = by_rules(network, goal, hint);
    let rounds = (network.len() * network.len()).min(300_000 / network.len().max(1));
    let schedule = breed(network, goal, first, bound, rounds, stop);
    let mut solution = Solution { upper: goal.value(network.problem, &schedule), schedule, lower: bound };
    if network.len() <= EXACT_LIMIT {
        let found = exact::search(network, goal, &solution.schedule, &[], bound, stop);
        solution.lower = found.bound;
        if let Some(better) = found.better {
            solution.upper = goal.value(network.problem, &better);
            solution.schedule = better;
        }
    }
    solution
}
