//! What is scheduled: activities on limited resources, with precedence and time lags.

/// A point in time or a length of time, in whole units that the caller chooses.
pub type Time = i64;

/// Longest time the model takes, so that sums over a large fleet stay far from overflow.
pub const LATEST: Time = 1 << 40;

/// One piece of work that runs without interruption.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// How long it takes.
    pub duration: Time,
    /// What it occupies while it runs; at most one entry a resource.
    pub demands: Vec<Demand>,
    /// It does not start before this.
    pub earliest: Time,
    /// What each unit of time until its end costs.
    pub weight: u64,
    /// Its start when that is a fact already: started or finished work does not move.
    pub fixed: Option<Time>,
}

/// How much of a resource an activity occupies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Demand {
    /// Index of the resource.
    pub resource: usize,
    /// How much of it.
    pub amount: u32,
}

/// Something of which only so much can be in use at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// How much there is.
    pub capacity: u32,
    /// When part of it, or all of it, is not to be had: holidays and freezes.
    pub reserved: Vec<Reservation>,
}

/// A part of a resource that is not available for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Start of the interval.
    pub from: Time,
    /// Its end, exclusive.
    pub to: Time,
    /// How much is missing.
    pub amount: u32,
}

/// A time lag: `to` starts no earlier than `lag` after the start of `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Precedence {
    /// Index of the activity that comes first.
    pub from: usize,
    /// Index of the activity that waits.
    pub to: usize,
    /// Least time from start to start.
    pub lag: Time,
}

/// A scheduling problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problem {
    /// The work.
    pub activities: Vec<Activity>,
    /// What limits it.
    pub resources: Vec<Resource>,
    /// What waits for what.
    pub precedences: Vec<Precedence>,
}

/// What is wrong with a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A time below zero or beyond [`LATEST`].
    #[error("activity {activity}: a time of {time} is outside 0 to {LATEST}")]
    Time {
        /// The activity.
        activity: usize,
        /// The time.
        time: Time,
    },
    /// A reference to something that does not exist.
    #[error("activity {activity}: it refers to an activity or resource that does not exist")]
    Unknown {
        /// The activity that refers to it.
        activity: usize,
    },
    /// An activity that needs more than there ever is.
    #[error("activity {activity}: it needs {amount} of resource {resource}, which has {capacity}")]
    Capacity {
        /// The activity.
        activity: usize,
        /// The resource.
        resource: usize,
        /// What it needs.
        amount: u32,
        /// What there is.
        capacity: u32,
    },
    /// Activities that wait for each other.
    #[error("activities {activities:?} wait for each other")]
    Cycle {
        /// Those that are part of a cycle or wait for one.
        activities: Vec<usize>,
    },
}

impl Problem {
    /// Adds an activity and returns its index.
    pub fn add(&mut self, activity: Activity) -> usize {
        self.activities.push(activity);
        self.activities.len() - 1
    }

    /// `to` starts no earlier than `lag` after the end of `from`.
    pub fn after(&mut self, from: usize, to: usize, lag: Time) {
        let duration = self.activities.get(from).map_or(0, |a| a.duration);
        self.precedences.push(Precedence { from, to, lag: duration.saturating_add(lag) });
    }

    /// The first fault of every kind that makes the problem meaningless; cycles are found by [`super::Network`].
    pub(crate) fn validate(&self) -> Result<(), ModelError> {
        for (index, activity) in self.activities.iter().enumerate() {
            self.validate_activity(index, activity)?;
        }
        for precedence in &self.precedences {
            let activity = precedence.from;
            if activity.max(precedence.to) >= self.activities.len() {
                return Err(ModelError::Unknown { activity });
            }
            in_range(activity, precedence.lag)?;
        }
        Ok(())
    }

    fn validate_activity(&self, index: usize, activity: &Activity) -> Result<(), ModelError> {
        for time in [activity.duration, activity.earliest, activity.fixed.unwrap_or(0)] {
            in_range(index, time)?;
        }
        for demand in &activity.demands {
            let resource = self.resources.get(demand.resource).ok_or(ModelError::Unknown { activity: index })?;
            if demand.amount > resource.capacity && activity.fixed.is_none() {
                return Err(ModelError::Capacity {
                    activity: index,
                    resource: demand.resource,
                    amount: demand.amount,
                    capacity: resource.capacity,
                });
            }
        }
        Ok(())
    }
}

fn in_range(activity: usize, time: Time) -> Result<(), ModelError> {
    if (0..=LATEST).contains(&time) { Ok(()) } else { Err(ModelError::Time { activity, time }) }
}
