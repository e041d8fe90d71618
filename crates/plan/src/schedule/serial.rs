//! Serial schedule generation: one activity after the other, each as early as it fits; and justification.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::model::Time;
use super::network::{Network, index};
use super::plan::Schedule;
use super::profile::{Profile, profiles};

/// Schedules by priority, the lowest number first among those whose predecessors are placed.
pub(crate) fn serial(network: &Network, priority: &[i64]) -> Schedule {
    let mut open: Vec<usize> = network.predecessors.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<Reverse<(i64, u32)>> = BinaryHeap::new();
    for (activity, &open) in open.iter().enumerate() {
        if open == 0 {
            ready.push(Reverse((priority[activity], index(activity))));
        }
    }
    let mut placed = Placement::new(network);
    while let Some(Reverse((_, activity))) = ready.pop() {
        placed.place_early(activity as usize, 0);
        for (to, _) in &network.successors[activity as usize] {
            let to = *to as usize;
            open[to] -= 1;
            if open[to] == 0 {
                ready.push(Reverse((priority[to], index(to))));
            }
        }
    }
    Schedule { starts: placed.starts }
}

/// Moves everything as late as the makespan allows, then everything as early as it fits: never longer.
pub(crate) fn justify(network: &Network, schedule: &Schedule) -> Schedule {
    let end = schedule.makespan(network.problem);
    let late = right(network, schedule, end);
    left(network, &late)
}

fn right(network: &Network, schedule: &Schedule, end: Time) -> Schedule {
    let mut order: Vec<usize> = (0..network.len()).collect();
    order.sort_by_key(|a| (Reverse(schedule.starts[*a] + network.duration(*a)), Reverse(schedule.starts[*a])));
    let order = respecting(network, order, Direction::Backward);
    let mut placed = Placement::new(network);
    placed.starts.clone_from(&schedule.starts);
    for activity in order {
        placed.place_late(activity, end);
    }
    Schedule { starts: placed.starts }
}

/// Everything as early as it fits, in the order of the starts given.
pub(crate) fn left(network: &Network, schedule: &Schedule) -> Schedule {
    let mut order: Vec<usize> = (0..network.len()).collect();
    order.sort_by_key(|a| (schedule.starts[*a], network.heads[*a]));
    let mut placed = Placement::new(network);
    for activity in respecting(network, order, Direction::Forward) {
        placed.place_early(activity, 0);
    }
    Schedule { starts: placed.starts }
}

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Backward,
}

/// The order given, changed only where an activity would come before one it has to follow (lags of nothing).
fn respecting(network: &Network, order: Vec<usize>, direction: Direction) -> Vec<usize> {
    let (before, after) = match direction {
        Direction::Forward => (&network.predecessors, &network.successors),
        Direction::Backward => (&network.successors, &network.predecessors),
    };
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut waiting = vec![false; network.len()];
    let mut result = Vec::with_capacity(order.len());
    for activity in order {
        if open[activity] > 0 {
            waiting[activity] = true;
            continue;
        }
        let mut stack = vec![activity];
        while let Some(activity) = stack.pop() {
            result.push(activity);
            for (other, _) in &after[activity] {
                let other = *other as usize;
                open[other] -= 1;
                if open[other] == 0 && waiting[other] {
                    stack.push(other);
                }
            }
        }
    }
    result
}

struct Placement<'n, 'p> {
    network: &'n Network<'p>,
    profiles: Vec<Profile>,
    starts: Vec<Time>,
}

impl<'n, 'p> Placement<'n, 'p> {
    fn new(network: &'n Network<'p>) -> Self {
        Placement { network, profiles: profiles(network.problem), starts: vec![0; network.len()] }
    }

    fn place_early(&mut self, activity: usize, not_before: Time) {
        let model = &self.network.problem.activities[activity];
        if let Some(fixed) = model.fixed {
            self.starts[activity] = fixed;
            return;
        }
        let waits = self.network.predecessors[activity].iter().map(|(from, lag)| self.starts[*from as usize] + lag);
        let mut start = waits.max().unwrap_or(0).max(model.earliest).max(not_before);
        loop {
            let fit = model
                .demands
                .iter()
                .fold(start, |at, d| self.profiles[d.resource].earliest_fit(at, model.duration, d.amount));
            if fit == start {
                break;
            }
            start = fit;
        }
        self.occupy(activity, start);
    }

    /// At or after the start it has now, which is known to fit.
    fn place_late(&mut self, activity: usize, end: Time) {
        let model = &self.network.problem.activities[activity];
        if model.fixed.is_some() {
            return;
        }
        let floor = self.starts[activity];
        let limits = self.network.successors[activity].iter().map(|(to, lag)| self.starts[*to as usize] - lag);
        let mut start = limits.min().unwrap_or(end).min(end - model.duration).max(floor);
        loop {
            let fit = model
                .demands
                .iter()
                .fold(start, |at, d| self.profiles[d.resource].latest_fit(at, model.duration, d.amount));
            if fit == start || fit <= floor {
                start = fit.max(floor);
                break;
            }
            start = fit;
        }
        self.occupy(activity, start);
    }

    fn occupy(&mut self, activity: usize, start: Time) {
        let model = &self.network.problem.activities[activity];
        for demand in &model.demands {
            self.profiles[demand.resource].take(start, start + model.duration, demand.amount);
        }
        self.starts[activity] = start;
    }
}
