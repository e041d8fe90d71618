//! Improvement of list schedules: a small population of activity orders, crossed and justified.

use super::network::Network;
use super::objective::Goal;
use super::plan::Schedule;
use super::rules::{priorities, rules};
use super::serial::{justify, left, serial};

/// Schedules kept.
const POPULATION: usize = 40;

/// A small deterministic generator (`SplitMix64`): the same problem gives the same plan.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A generator from a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { usize::try_from(self.next() % limit as u64).unwrap_or(0) }
    }
}

/// The best schedule of the hint and all rules, each improved; of equals the first.
pub(crate) fn by_rules(network: &Network, goal: Goal, hint: Option<&Schedule>) -> Schedule {
    let hinted = hint.map(|h| serial(network, &h.starts));
    let by_rule = rules(goal).iter().flat_map(|rule| {
        let plain = serial(network, &priorities(network, *rule));
        let improved = improve(network, goal, &plain);
        [plain, improved]
    });
    hinted.into_iter().chain(by_rule).min_by_key(|s| goal.value(network.problem, s)).unwrap_or_default()
}

fn improve(network: &Network, goal: Goal, schedule: &Schedule) -> Schedule {
    match goal {
        Goal::Makespan => justify(network, schedule),
        Goal::WeightedCompletion => left(network, schedule),
    }
}

/// Up to `rounds` schedules bred from the best of the rules; stops at `bound` or when told to.
pub(crate) fn breed(
    network: &Network,
    goal: Goal,
    first: Schedule,
    bound: i128,
    rounds: usize,
    stop: &mut dyn FnMut() -> bool,
) -> Schedule {
    let mut herd = Herd { network, goal, members: Vec::new(), random: Random::new(7) };
    herd.add(first);
    for _ in 0..rounds {
        if herd.members[0].0 <= bound || stop() {
            break;
        }
        let priority = if herd.members.len() < POPULATION { herd.shaken() } else { herd.crossed() };
        let child = improve(network, goal, &serial(network, &priority));
        herd.add(child);
    }
    herd.members.swap_remove(0).1
}

struct Herd<'n, 'p> {
    network: &'n Network<'p>,
    goal: Goal,
    /// Value and schedule, the best first.
    members: Vec<(i128, Schedule)>,
    random: Random,
}

impl Herd<'_, '_> {
    /// Keeps a schedule in its place, unless it is there already or worse than all of a full herd.
    fn add(&mut self, schedule: Schedule) {
        let value = self.goal.value(self.network.problem, &schedule);
        let place = self.members.partition_point(|m| m.0 < value);
        let same = self.members[place..].iter().take_while(|m| m.0 == value).any(|m| m.1 == schedule);
        if !same {
            self.members.insert(place, (value, schedule));
            self.members.truncate(POPULATION);
        }
    }

    /// The starts of the best schedule as priorities, with noise on all of them.
    fn shaken(&mut self) -> Vec<i64> {
        let starts = &self.members[0].1.starts;
        let span = starts.iter().max().copied().unwrap_or(0).max(4);
        let strength = usize::try_from(span).unwrap_or(4) >> self.random.below(3);
        let random = &mut self.random;
        starts.iter().map(|start| start + signed(random.below(strength.max(2)))).collect()
    }

    /// A stretch of one parent's order inside the other's, with a few displacements.
    fn crossed(&mut self) -> Vec<i64> {
        let count = self.network.len();
        let mother = ranks(&self.members[self.random.below(POPULATION / 2)].1);
        let father = ranks(&self.members[self.random.below(POPULATION)].1);
        let (a, b) = (self.random.below(count), self.random.below(count));
        let stretch = signed(a.min(b))..signed(a.max(b) + 1);
        // Those of the stretch keep the mother's rank; the others the father's, on the same side of the stretch.
        let mut child: Vec<i64> =
            (0..count).map(|i| if stretch.contains(&mother[i]) { mother[i] * 2 } else { father[i] * 2 + 1 }).collect();
        for _ in 0..=count / 40 {
            let displaced = self.random.below(count);
            child[displaced] += signed(self.random.below(count)) - signed(count / 2);
        }
        child
    }
}

fn ranks(schedule: &Schedule) -> Vec<i64> {
    let mut order: Vec<usize> = (0..schedule.starts.len()).collect();
    order.sort_by_key(|a| schedule.starts[*a]);
    let mut ranks = vec![0; order.len()];
    for (rank, activity) in order.into_iter().enumerate() {
        ranks[activity] = signed(rank);
    }
    ranks
}

fn signed(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
