//! The weighted bound of one resource: its work as a fluid on one machine of full speed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::model::Time;
use super::network::Network;

/// Work that has to be done before one weighted activity ends.
#[derive(Debug, Clone)]
struct Job {
    weight: u64,
    /// Amount × time, of which the resource does `capacity` a unit of time.
    work: i128,
    /// No piece of it starts before.
    head: Time,
    /// Least time from the end of any piece to the end of the weighted activity.
    rest: Time,
    /// What the activity alone gives: head + duration.
    alone: Time,
}

/// Sum of weight × end is at least this, in the preemptive order of weight over work.
///
/// Pieces of work are split among the activities that wait for them. In any schedule the mean busy time of the
/// pieces of one activity is a lower bound of its end less half its own work and the rest; the preemptive order by
/// weight over work is the least of the weighted sum of mean busy times (Goemans).
pub(crate) fn bound(network: &Network, resource: usize) -> i128 {
    let capacity = i128::from(network.problem.resources[resource].capacity);
    if capacity == 0 {
        return 0;
    }
    let jobs = jobs(network, resource);
    let with_work: Vec<&Job> = jobs.iter().filter(|j| j.work > 0).collect();
    let busy = preemptive(&with_work, capacity);
    let alone: i128 = jobs.iter().filter(|j| j.work == 0).map(|j| i128::from(j.weight) * i128::from(j.alone)).sum();
    alone + busy
}

/// Each piece of work goes to the heaviest of the weighted activities that need it.
fn jobs(network: &Network, resource: usize) -> Vec<Job> {
    let count = network.len();
    // Per activity: the weighted activity that claims it and the least time from its end to that one's end.
    let mut claim: Vec<Option<(u64, usize, Time)>> = vec![None; count];
    for &activity in network.order.iter().rev() {
        let activity = activity as usize;
        let model = &network.problem.activities[activity];
        let mut best = (model.weight > 0).then_some((model.weight, activity, 0));
        for (to, lag) in &network.successors[activity] {
            let to = *to as usize;
            let Some((weight, owner, rest)) = claim[to] else { continue };
            // From the end of this activity to the start of the next, over its length, to the owner's end.
            let rest = rest + network.duration(to) + lag - model.duration;
            if best.is_none_or(|b| (weight, owner) > (b.0, b.1)) {
                best = Some((weight, owner, rest));
            }
        }
        claim[activity] = best;
    }
    collect(network, resource, &claim)
}

fn collect(network: &Network, resource: usize, claim: &[Option<(u64, usize, Time)>]) -> Vec<Job> {
    let mut jobs: Vec<Job> = network
        .problem
        .activities
        .iter()
        .enumerate()
        .map(|(a, model)| Job {
            weight: model.weight,
            work: 0,
            head: Time::MAX,
            rest: Time::MAX,
            alone: network.heads[a] + model.duration,
        })
        .collect();
    for (index, activity) in network.problem.activities.iter().enumerate() {
        let (Some((_, owner, rest)), None) = (claim[index], activity.fixed) else { continue };
        for demand in activity.demands.iter().filter(|d| d.resource == resource) {
            let job = &mut jobs[owner];
            let work = i128::from(activity.duration) * i128::from(demand.amount);
            if work > 0 {
                job.work += work;
                job.head = job.head.min(network.heads[index]);
                job.rest = job.rest.min(rest);
            }
        }
    }
    jobs.retain(|j| j.weight > 0);
    jobs
}

/// Runs the preemptive order and sums weight × (mean busy time + half the work + rest), rounded down.
fn preemptive(jobs: &[&Job], capacity: i128) -> i128 {
    let mut arrivals: Vec<usize> = (0..jobs.len()).collect();
    arrivals.sort_by_key(|j| jobs[*j].head);
    let mut left: Vec<i128> = jobs.iter().map(|j| j.work).collect();
    // Twice the sum of work × time, in units of amount × time × capacity.
    let mut busy: Vec<i128> = vec![0; jobs.len()];
    let mut ready: BinaryHeap<(Ratio, Reverse<usize>)> = BinaryHeap::new();
    let mut now: i128 = 0;
    let mut next = 0;
    while next < arrivals.len() || !ready.is_empty() {
        if ready.is_empty() {
            now = now.max(i128::from(jobs[arrivals[next]].head) * capacity);
        }
        while next < arrivals.len() && i128::from(jobs[arrivals[next]].head) * capacity <= now {
            let job = arrivals[next];
            ready.push((Ratio { weight: jobs[job].weight, work: jobs[job].work }, Reverse(job)));
            next += 1;
        }
        let Some((_, Reverse(job))) = ready.peek() else { break };
        let job = *job;
        let until = arrivals.get(next).map_or(i128::MAX, |a| i128::from(jobs[*a].head) * capacity);
        let run = left[job].min(until - now);
        busy[job] += run * (2 * now + run);
        now += run;
        left[job] -= run;
        if left[job] == 0 {
            ready.pop();
        }
    }
    jobs.iter().zip(busy).map(|(job, busy)| share(job, busy, capacity)).sum()
}

/// weight × max(alone, mean busy time + half the work + rest).
fn share(job: &Job, busy: i128, capacity: i128) -> i128 {
    // Mean busy time = busy / (2 × work), half the work = work / 2, both over the capacity.
    let doubled = busy / job.work + job.work;
    i128::from(job.weight) * (doubled / (2 * capacity) + i128::from(job.rest))
}

/// Weight over work, compared without division.
#[derive(PartialEq, Eq)]
struct Ratio {
    weight: u64,
    work: i128,
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (i128::from(self.weight) * other.work).cmp(&(i128::from(other.weight) * self.work))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
