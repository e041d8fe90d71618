//! A schedule and what can be said of it.

use super::model::{Problem, Time};
use super::profile::profiles;

/// When each activity starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Start of each activity, by its index.
    pub starts: Vec<Time>,
}

/// A rule that a schedule breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Not one start an activity.
    #[error("{starts} starts for {activities} activities")]
    Length {
        /// Starts given.
        starts: usize,
        /// Activities there are.
        activities: usize,
    },
    /// Something starts too early, or a fixed start moved.
    #[error("activity {activity} starts at {start}, which its earliest or fixed start forbids")]
    Start {
        /// The activity.
        activity: usize,
        /// When it starts.
        start: Time,
    },
    /// A step before what it needs.
    #[error("activity {to} starts too early after activity {from}")]
    Precedence {
        /// What comes first.
        from: usize,
        /// What starts too early.
        to: usize,
    },
    /// More in use than there is.
    #[error("resource {resource} is overused at {time}")]
    Capacity {
        /// The resource.
        resource: usize,
        /// When.
        time: Time,
    },
}

impl Schedule {
    /// When the last activity ends; 0 for none.
    pub fn makespan(&self, problem: &Problem) -> Time {
        self.ends(problem).max().unwrap_or(0)
    }

    /// Sum over the activities of weight × end.
    pub fn weighted_completion(&self, problem: &Problem) -> i128 {
        self.ends(problem).zip(&problem.activities).map(|(end, a)| i128::from(end) * i128::from(a.weight)).sum()
    }

    fn ends<'a>(&'a self, problem: &'a Problem) -> impl Iterator<Item = Time> + 'a {
        self.starts.iter().zip(&problem.activities).map(|(start, a)| start + a.duration)
    }

    /// Checks every rule; what is fixed is a fact and breaks none.
    pub fn check(&self, problem: &Problem) -> Result<(), Violation> {
        if self.starts.len() != problem.activities.len() {
            return Err(Violation::Length { starts: self.starts.len(), activities: problem.activities.len() });
        }
        self.check_starts(problem)?;
        for edge in &problem.precedences {
            let free = problem.activities[edge.to].fixed.is_none();
            if free && self.starts[edge.to] < self.starts[edge.from] + edge.lag {
                return Err(Violation::Precedence { from: edge.from, to: edge.to });
            }
        }
        self.check_capacity(problem)
    }

    fn check_starts(&self, problem: &Problem) -> Result<(), Violation> {
        for (activity, (&start, model)) in self.starts.iter().zip(&problem.activities).enumerate() {
            if model.fixed.map_or(start < model.earliest, |fixed| fixed != start) {
                return Err(Violation::Start { activity, start });
            }
        }
        Ok(())
    }

    fn check_capacity(&self, problem: &Problem) -> Result<(), Violation> {
        let mut profiles = profiles(problem);
        let mut free: Vec<usize> = (0..self.starts.len()).filter(|a| problem.activities[*a].fixed.is_none()).collect();
        free.sort_by_key(|a| self.starts[*a]);
        for activity in free {
            let (start, model) = (self.starts[activity], &problem.activities[activity]);
            for demand in &model.demands {
                let profile = &mut profiles[demand.resource];
                if profile.earliest_fit(start, model.duration, demand.amount) != start {
                    return Err(Violation::Capacity { resource: demand.resource, time: start });
                }
                profile.take(start, start + model.duration, demand.amount);
            }
        }
        Ok(())
    }
}
