//! Lower bounds that hold for every schedule.

use super::model::Time;
use super::network::Network;

/// Bounds on the makespan, each by its own argument.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Longest chain of lags and durations.
    pub critical_path: Time,
    /// Per resource: heads, work over capacity and tails of the set of activities that gives most.
    pub work: Vec<Time>,
}

impl Bounds {
    /// The best of them.
    pub fn best(&self) -> Time {
        self.work.iter().copied().fold(self.critical_path, Time::max)
    }
}

/// Bounds on the makespan.
pub fn makespan_bounds(network: &Network) -> Bounds {
    let critical_path = (0..network.len()).map(|a| network.heads[a] + network.tails[a]).max().unwrap_or(0);
    let work = (0..network.problem.resources.len()).map(|r| work_bound(network, r)).collect();
    Bounds { critical_path, work }
}

/// Work of one activity on one resource.
struct Piece {
    head: Time,
    /// From its end to the end of everything.
    rest: Time,
    work: i128,
}

/// The most of `least head + work / capacity + least rest` over sets given by a bound on the head or on the rest
/// or, while there are few activities, on both.
fn work_bound(network: &Network, resource: usize) -> Time {
    let capacity = i128::from(network.problem.resources[resource].capacity);
    let mut work = pieces(network, resource);
    if work.is_empty() || capacity == 0 {
        return 0;
    }
    work.sort_by_key(|w| std::cmp::Reverse(w.head));
    let rests = rests_to_try(&work);
    rests.into_iter().map(|rest| best_for_rest(&work, rest, capacity)).max().unwrap_or(0)
}

/// Every rest is tried while that is cheap, else a sample with the least one.
fn rests_to_try(work: &[Piece]) -> Vec<Time> {
    let mut rests: Vec<Time> = work.iter().map(|w| w.rest).collect();
    rests.sort_unstable();
    rests.dedup();
    let step = rests.len().div_ceil(64).max(1);
    if work.len() > 2000 { rests.into_iter().step_by(step).collect() } else { rests }
}

/// Activities come with falling head: each prefix is the set of those that start late.
fn best_for_rest(work: &[Piece], rest: Time, capacity: i128) -> Time {
    let mut sum = 0;
    let mut best = 0;
    for item in work.iter().filter(|w| w.rest >= rest) {
        sum += item.work;
        let length = Time::try_from((sum + capacity - 1) / capacity).unwrap_or(0);
        best = best.max(item.head + length + rest);
    }
    best
}

fn pieces(network: &Network, resource: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, activity) in network.problem.activities.iter().enumerate() {
        if activity.fixed.is_some() {
            continue;
        }
        for demand in activity.demands.iter().filter(|d| d.resource == resource) {
            pieces.push(Piece {
                head: network.heads[index],
                rest: network.tails[index] - activity.duration,
                work: i128::from(activity.duration) * i128::from(demand.amount),
            });
        }
    }
    pieces
}

/// A lower bound on the sum of weight × end.
///
/// Three arguments, the best counts: every end is at least head + duration; and per resource, the work that must be
/// done before a weighted activity ends, each piece given to one such activity, on one machine of full speed.
pub fn weighted_bound(network: &Network) -> i128 {
    let solitary: i128 = (0..network.len())
        .map(|a| {
            let activity = &network.problem.activities[a];
            i128::from(activity.weight) * i128::from(network.heads[a] + activity.duration)
        })
        .sum();
    let fluid = (0..network.problem.resources.len()).map(|r| super::fluid::bound(network, r)).max();
    solitary.max(fluid.unwrap_or(0))
}
