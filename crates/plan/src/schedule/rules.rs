//! Priority rules: which of the activities that could start goes first.

use super::model::Time;
use super::network::Network;
use super::objective::Goal;

/// A rule; the lowest number goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The least latest finish: what the rest waits for longest.
    LatestFinish,
    /// The least latest start.
    LatestStart,
    /// Most work that follows.
    MostSuccessors,
    /// Most weight of what follows, for the time it takes to get there.
    WeightedTail,
}

/// The rules worth trying for a goal, the best known one first.
pub(crate) fn rules(goal: Goal) -> &'static [Rule] {
    match goal {
        Goal::Makespan => &[Rule::LatestFinish, Rule::LatestStart, Rule::MostSuccessors],
        Goal::WeightedCompletion => &[Rule::WeightedTail, Rule::LatestFinish],
    }
}

/// The priorities of a rule.
pub(crate) fn priorities(network: &Network, rule: Rule) -> Vec<i64> {
    let all = 0..network.len();
    match rule {
        Rule::LatestFinish => all.map(|a| network.duration(a) - network.tails[a]).collect(),
        Rule::LatestStart => all.map(|a| -network.tails[a]).collect(),
        Rule::MostSuccessors => following(network).into_iter().map(|f| -f).collect(),
        Rule::WeightedTail => weighted_tails(network),
    }
}

/// Sum of durations of what follows; shared followers count once per way, capped.
fn following(network: &Network) -> Vec<i64> {
    let mut sums = vec![0_i64; network.len()];
    for &activity in network.order.iter().rev() {
        let activity = activity as usize;
        let after: i64 = network.successors[activity].iter().map(|(to, _)| sums[*to as usize]).fold(0, capped_sum);
        sums[activity] = capped_sum(after, network.duration(activity) + 1);
    }
    sums
}

fn capped_sum(a: i64, b: i64) -> i64 {
    a.saturating_add(b).min(1 << 50)
}

/// Minus weight over time of the best way to an end with weight, where a way collects the weights on it.
fn weighted_tails(network: &Network) -> Vec<i64> {
    // Per activity the weight and the time of its best way.
    let mut ways: Vec<(u64, Time)> = vec![(0, 1); network.len()];
    for &activity in network.order.iter().rev() {
        let activity = activity as usize;
        let model = &network.problem.activities[activity];
        let own = (model.weight, model.duration.max(1));
        let better = |a: (u64, Time), b: (u64, Time)| {
            if i128::from(a.0) * i128::from(b.1) > i128::from(b.0) * i128::from(a.1) { a } else { b }
        };
        let onward = network.successors[activity].iter().map(|(to, lag)| {
            let (weight, time) = ways[*to as usize];
            (weight.saturating_add(model.weight), (time + lag).max(1))
        });
        ways[activity] = onward.fold(own, better);
    }
    ways.into_iter().map(|(weight, time)| ratio(weight, time)).collect()
}

fn ratio(weight: u64, time: Time) -> i64 {
    let scaled = (u128::from(weight) << 20) / u128::try_from(time.max(1)).unwrap_or(1);
    -i64::try_from(scaled).unwrap_or(i64::MAX)
}
