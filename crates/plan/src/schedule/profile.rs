//! How much of one resource is free over time: a step function.

use super::model::{Problem, Time};

/// Steps in time order; the last one lasts for ever.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The first one starts at 0.
    steps: Vec<(Time, i64)>,
    /// Before this nothing is free.
    full_until: Time,
}

impl Profile {
    fn new(capacity: u32) -> Profile {
        Profile { steps: vec![(0, i64::from(capacity))], full_until: 0 }
    }

    /// Takes an amount out of `[from, to)`.
    pub fn take(&mut self, from: Time, to: Time, amount: u32) {
        let from = from.max(0);
        if from >= to || amount == 0 {
            return;
        }
        let first = self.cut(from);
        let last = self.cut(to);
        for step in &mut self.steps[first..last] {
            step.1 -= i64::from(amount);
        }
        let mut index = self.steps.partition_point(|s| s.0 < self.full_until);
        while index + 1 < self.steps.len() && self.steps[index].0 == self.full_until && self.steps[index].1 <= 0 {
            index += 1;
            self.full_until = self.steps[index].0;
        }
    }

    /// Index of the step that starts at this time, made when there is none.
    fn cut(&mut self, at: Time) -> usize {
        let index = self.steps.partition_point(|s| s.0 < at);
        if self.steps.get(index).is_none_or(|s| s.0 != at) {
            let free = self.steps[index - 1].1;
            self.steps.insert(index, (at, free));
        }
        index
    }

    /// First start at or after `from` where `amount` is free for the whole duration.
    pub fn earliest_fit(&self, from: Time, duration: Time, amount: u32) -> Time {
        if duration == 0 || amount == 0 {
            return from;
        }
        let mut start = from.max(self.full_until);
        let mut index = self.steps.partition_point(|s| s.0 <= start).saturating_sub(1);
        while let Some(step) = self.steps.get(index) {
            if step.0 >= start.saturating_add(duration) {
                break;
            }
            if step.1 < i64::from(amount) {
                // The last step is never short: what is taken has an end.
                start = self.steps.get(index + 1).map_or(start, |s| s.0);
            }
            index += 1;
        }
        start
    }

    /// Last start at or before `until` where `amount` is free for the whole duration.
    pub fn latest_fit(&self, until: Time, duration: Time, amount: u32) -> Time {
        if duration == 0 || amount == 0 {
            return until;
        }
        let mut start = until;
        let mut index = self.steps.partition_point(|s| s.0 < until + duration);
        while index > 0 {
            index -= 1;
            let end = self.steps.get(index + 1).map_or(Time::MAX, |s| s.0);
            if end <= start {
                break;
            }
            if self.steps[index].1 < i64::from(amount) {
                start = self.steps[index].0.saturating_sub(duration);
            }
        }
        start
    }

    /// Intervals in which less is free than `capacity`, with the amount that is missing, at most `capacity`.
    pub fn missing(&self, capacity: u32) -> Vec<(Time, Time, u32)> {
        let mut missing = Vec::new();
        for pair in self.steps.windows(2) {
            let gone = (i64::from(capacity) - pair[0].1).clamp(0, i64::from(capacity));
            if gone > 0 {
                missing.push((pair[0].0, pair[1].0, u32::try_from(gone).unwrap_or(capacity)));
            }
        }
        missing
    }
}

/// One profile a resource, with reservations and fixed activities taken out.
pub(crate) fn profiles(problem: &Problem) -> Vec<Profile> {
    let mut profiles: Vec<Profile> = problem.resources.iter().map(|r| Profile::new(r.capacity)).collect();
    for (profile, resource) in profiles.iter_mut().zip(&problem.resources) {
        for gap in &resource.reserved {
            profile.take(gap.from, gap.to, gap.amount);
        }
    }
    for activity in &problem.activities {
        let Some(start) = activity.fixed else { continue };
        for demand in &activity.demands {
            profiles[demand.resource].take(start, start + activity.duration, demand.amount);
        }
    }
    profiles
}
