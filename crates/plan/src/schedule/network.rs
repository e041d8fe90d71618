//! A checked problem with its graph: order, heads and tails.

use super::model::{ModelError, Problem, Time};

/// An edge of the graph: the activity at its other end and the lag from start to start.
pub(crate) type Link = (u32, Time);

/// A problem whose references hold and whose precedences have no cycle.
#[derive(Debug, Clone)]
pub struct Network<'a> {
    /// The problem itself.
    pub(crate) problem: &'a Problem,
    /// Per activity what waits for it.
    pub(crate) successors: Vec<Vec<Link>>,
    /// Per activity what it waits for.
    pub(crate) predecessors: Vec<Vec<Link>>,
    /// Every activity after all it waits for.
    pub(crate) order: Vec<u32>,
    /// Earliest start of each activity when nothing is scarce.
    pub(crate) heads: Vec<Time>,
    /// Least time from the start of each activity to the end of everything that follows from it.
    pub(crate) tails: Vec<Time>,
}

impl<'a> Network<'a> {
    /// Checks a problem and computes what every method needs.
    pub fn new(problem: &'a Problem) -> Result<Network<'a>, ModelError> {
        problem.validate()?;
        let count = problem.activities.len();
        let mut successors: Vec<Vec<Link>> = vec![Vec::new(); count];
        let mut predecessors: Vec<Vec<Link>> = vec![Vec::new(); count];
        // What is fixed waits for nothing any more.
        let open = problem.precedences.iter().filter(|edge| problem.activities[edge.to].fixed.is_none());
        for edge in open {
            successors[edge.from].push((index(edge.to), edge.lag));
            predecessors[edge.to].push((index(edge.from), edge.lag));
        }
        let order = topological(&successors, &predecessors)?;
        let mut network = Network { problem, successors, predecessors, order, heads: Vec::new(), tails: Vec::new() };
        network.heads = network.compute_heads();
        network.tails = network.compute_tails();
        Ok(network)
    }

    /// Number of activities.
    pub fn len(&self) -> usize {
        self.problem.activities.len()
    }

    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.problem.activities.is_empty()
    }

    /// Length of an activity.
    pub(crate) fn duration(&self, activity: usize) -> Time {
        self.problem.activities[activity].duration
    }

    fn compute_heads(&self) -> Vec<Time> {
        let mut heads = vec![0; self.len()];
        for &activity in &self.order {
            let activity = activity as usize;
            let model = &self.problem.activities[activity];
            let waits = self.predecessors[activity].iter().map(|(from, lag)| heads[*from as usize] + lag).max();
            heads[activity] = model.fixed.unwrap_or_else(|| waits.unwrap_or(0).max(model.earliest));
        }
        heads
    }

    fn compute_tails(&self) -> Vec<Time> {
        let mut tails = vec![0; self.len()];
        for &activity in self.order.iter().rev() {
            let activity = activity as usize;
            let follow = self.successors[activity].iter().map(|(to, lag)| lag + tails[*to as usize]).max();
            tails[activity] = follow.unwrap_or(0).max(self.duration(activity));
        }
        tails
    }
}

fn topological(successors: &[Vec<Link>], predecessors: &[Vec<Link>]) -> Result<Vec<u32>, ModelError> {
    let mut open: Vec<usize> = predecessors.iter().map(Vec::len).collect();
    let mut order: Vec<u32> = (0..open.len()).filter(|a| open[*a] == 0).map(index).collect();
    let mut next = 0;
    while let Some(&activity) = order.get(next) {
        next += 1;
        for (to, _) in &successors[activity as usize] {
            open[*to as usize] -= 1;
            if open[*to as usize] == 0 {
                order.push(*to);
            }
        }
    }
    if order.len() == open.len() {
        return Ok(order);
    }
    let activities = (0..open.len()).filter(|a| open[*a] > 0).collect();
    Err(ModelError::Cycle { activities })
}

/// An index as it is stored in links; problems are far smaller than 2³².
pub(crate) fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
