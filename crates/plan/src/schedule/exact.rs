//! Proof by constraint programming: lazy clause generation over starts, one cumulative constraint a resource.

use pumpkin_conflict_resolvers::resolvers::ResolutionResolver;
use pumpkin_constraints as constraints;
use pumpkin_core::Solver;
use pumpkin_core::predicate;
use pumpkin_core::results::{ProblemSolution, SatisfactionResultUnderAssumptions};
use pumpkin_core::termination::TerminationCondition;
use pumpkin_core::variables::{AffineView, DomainId, TransformableVariable};

use super::branch::Guided;
use super::model::Time;
use super::network::Network;
use super::objective::Goal;
use super::plan::Schedule;
use super::profile::profiles;

/// What an exact search came to.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The best schedule, when it is better than the one given.
    pub better: Option<Schedule>,
    /// No schedule is below this.
    pub bound: i128,
}

/// Searches below the value of `start` until proved or stopped; other goals stay within their caps.
///
/// Nothing is said about problems whose numbers the solver does not take: `bound` stays as given.
pub(crate) fn search(
    network: &Network,
    goal: Goal,
    start: &Schedule,
    caps: &[(Goal, i128)],
    bound: i128,
    stop: &mut dyn FnMut() -> bool,
) -> Found {
    let nothing = Found { better: None, bound };
    let upper = goal.value(network.problem, start);
    if upper <= bound {
        return nothing;
    }
    match Model::new(network, goal, start, upper, caps) {
        Some(mut model) => model.descend(network, goal, start, upper, bound, stop),
        None => nothing,
    }
}

struct Model {
    solver: Solver,
    starts: Vec<DomainId>,
    /// The value to minimise.
    value: DomainId,
}

impl Model {
    fn new(network: &Network, goal: Goal, start: &Schedule, upper: i128, caps: &[(Goal, i128)]) -> Option<Model> {
        let latest = latest_starts(network, goal, start, upper);
        let limit = Time::from(i32::MAX / 4);
        if latest.iter().any(|l| *l > limit) || upper > i128::from(limit) {
            return None;
        }
        let mut solver = Solver::default();
        let starts: Vec<DomainId> =
            (0..network.len()).map(|a| solver.new_bounded_integer(small(network.heads[a]), small(latest[a]))).collect();
        let value = solver.new_bounded_integer(0, i32::try_from(upper).ok()?);
        let mut model = Model { solver, starts, value };
        model.add_precedences(network);
        model.add_resources(network);
        model.add_goal(network, goal, value)?;
        for (goal, cap) in caps {
            let value = model.solver.new_bounded_integer(0, i32::try_from(*cap).ok()?);
            model.add_goal(network, *goal, value)?;
        }
        Some(model)
    }

    /// `None` when the numbers are too large for the solver.
    fn add_goal(&mut self, network: &Network, goal: Goal, value: DomainId) -> Option<()> {
        match goal {
            Goal::Makespan => self.add_makespan(network, value),
            Goal::WeightedCompletion => self.add_weighted(network, value)?,
        }
        Some(())
    }

    fn add_precedences(&mut self, network: &Network) {
        for (from, successors) in network.successors.iter().enumerate() {
            for (to, lag) in successors {
                self.before(self.starts[from], *lag, self.starts[*to as usize]);
            }
        }
    }

    /// `from + lag <= to`.
    fn before(&mut self, from: DomainId, lag: Time, to: DomainId) {
        let tag = self.solver.new_constraint_tag();
        let terms = [from.scaled(1), to.scaled(-1)];
        self.solver.add_constraint(constraints::less_than_or_equals(terms, -small(lag), tag)).post();
    }

    fn add_resources(&mut self, network: &Network) {
        let profiles = profiles(network.problem);
        for (resource, profile) in profiles.iter().enumerate() {
            let capacity = network.problem.resources[resource].capacity;
            let mut tasks: Vec<(DomainId, i32, i32)> = Vec::new();
            for (index, activity) in network.problem.activities.iter().enumerate() {
                if activity.fixed.is_some() || activity.duration == 0 {
                    continue;
                }
                let demands = activity.demands.iter().filter(|d| d.resource == resource && d.amount > 0);
                tasks.extend(demands.map(|d| (self.starts[index], small(activity.duration), amount(d.amount))));
            }
            if tasks.is_empty() {
                continue;
            }
            for (from, to, gone) in profile.missing(capacity) {
                let from = from.max(0);
                if to > from {
                    let constant = self.solver.new_bounded_integer(small(from), small(from));
                    tasks.push((constant, small(to - from), amount(gone)));
                }
            }
            self.add_cumulative(&tasks, amount(capacity));
        }
    }

    fn add_cumulative(&mut self, tasks: &[(DomainId, i32, i32)], capacity: i32) {
        let tag = self.solver.new_constraint_tag();
        let starts: Vec<DomainId> = tasks.iter().map(|t| t.0).collect();
        let durations: Vec<i32> = tasks.iter().map(|t| t.1).collect();
        let amounts: Vec<i32> = tasks.iter().map(|t| t.2).collect();
        self.solver.add_constraint(constraints::cumulative(starts, durations, amounts, capacity, tag)).post();
    }

    fn add_makespan(&mut self, network: &Network, value: DomainId) {
        for activity in 0..network.len() {
            if network.successors[activity].iter().all(|(_, lag)| *lag < network.duration(activity)) {
                self.before(self.starts[activity], network.duration(activity), value);
            }
        }
    }

    /// Value ≥ sum of weight × end; `None` when the numbers are too large.
    fn add_weighted(&mut self, network: &Network, value: DomainId) -> Option<()> {
        let mut terms: Vec<AffineView<DomainId>> = vec![value.scaled(-1)];
        let mut constant: i64 = 0;
        for (index, activity) in network.problem.activities.iter().enumerate().filter(|(_, a)| a.weight > 0) {
            let weight = i32::try_from(activity.weight).ok()?;
            terms.push(self.starts[index].scaled(weight));
            constant += i64::from(weight) * activity.duration;
        }
        let tag = self.solver.new_constraint_tag();
        let rest = i32::try_from(-constant).ok()?;
        self.solver.add_constraint(constraints::less_than_or_equals(terms, rest, tag)).post();
        Some(())
    }

    fn descend(
        &mut self,
        network: &Network,
        goal: Goal,
        start: &Schedule,
        mut upper: i128,
        bound: i128,
        stop: &mut dyn FnMut() -> bool,
    ) -> Found {
        let mut brancher = Guided::new(&self.starts, start);
        let mut resolver = ResolutionResolver::default();
        let mut found = Found { better: None, bound };
        let mut stop = Stop(stop);
        // The schedule that is known comes first, for the search to stay near it.
        let mut limit = i32::try_from(upper).unwrap_or(i32::MAX);
        while upper > found.bound {
            let value = self.value;
            let assumption = [predicate!(value <= limit)];
            let result = self.solver.satisfy_under_assumptions(&mut brancher, &mut stop, &mut resolver, &assumption);
            match result {
                SatisfactionResultUnderAssumptions::Satisfiable(satisfiable) => {
                    let solution = satisfiable.solution();
                    let starts = self.starts.iter().map(|s| Time::from(solution.get_integer_value(*s))).collect();
                    let (reached, schedule) = tightened(network, goal, Schedule { starts });
                    if reached < upper {
                        upper = reached;
                        found.better = Some(schedule);
                    }
                    limit = i32::try_from(upper - 1).unwrap_or(i32::MAX);
                }
                SatisfactionResultUnderAssumptions::UnsatisfiableUnderAssumptions(_)
                | SatisfactionResultUnderAssumptions::Unsatisfiable(_) => found.bound = upper,
                SatisfactionResultUnderAssumptions::Unknown(_) => break,
            }
        }
        found
    }
}

/// The schedule with everything moved as early as it fits, when that is no worse.
fn tightened(network: &Network, goal: Goal, schedule: Schedule) -> (i128, Schedule) {
    let early = super::serial::left(network, &schedule);
    let value = |s: &Schedule| goal.value(network.problem, s);
    if value(&early) <= value(&schedule) { (value(&early), early) } else { (value(&schedule), schedule) }
}

/// The latest start that a schedule better than `upper` can have.
fn latest_starts(network: &Network, goal: Goal, start: &Schedule, upper: i128) -> Vec<Time> {
    let horizon = match goal {
        Goal::Makespan => Time::try_from(upper).unwrap_or(Time::MAX / 4),
        Goal::WeightedCompletion => serial_horizon(network, start),
    };
    let fixed = |a: usize| network.problem.activities[a].fixed;
    (0..network.len()).map(|a| fixed(a).unwrap_or_else(|| (horizon - network.tails[a]).max(network.heads[a]))).collect()
}

/// One after the other with all lags and reservations: no schedule without needless waiting is longer.
fn serial_horizon(network: &Network, start: &Schedule) -> Time {
    let problem = network.problem;
    let gaps = problem.resources.iter().flat_map(|r| &r.reserved).map(|g| g.to).max().unwrap_or(0);
    let release = problem.activities.iter().map(|a| a.earliest.max(a.fixed.unwrap_or(0) + a.duration)).max();
    let lags = (0..network.len())
        .map(|a| network.successors[a].iter().map(|(_, lag)| *lag).max().unwrap_or(0).max(network.duration(a)));
    lags.sum::<Time>().saturating_add(gaps.max(release.unwrap_or(0))).max(start.makespan(problem))
}

/// Values were checked to be far below the solver's limits.
fn small(time: Time) -> i32 {
    i32::try_from(time).unwrap_or(i32::MAX / 4)
}

fn amount(amount: u32) -> i32 {
    i32::try_from(amount).unwrap_or(i32::MAX)
}

struct Stop<'a>(&'a mut dyn FnMut() -> bool);

impl TerminationCondition for Stop<'_> {
    fn should_stop(&mut self) -> bool {
        (self.0)()
    }
}
