//! Puts it together: changes, activities, schedule, waves.

use std::collections::BTreeMap;

use crate::remedy::{Changes, Member};
use crate::schedule::{Goal, ModelError, Problem, Schedule, Time, solve_in_order};

use super::build::{Built, Way, build};
use super::model::{Measure, Plan, Progress, Track, Wave};
use super::settings::{Objective, Settings};
use super::state::State;

/// Makes the plan: both ways when they differ, the better one by the order of objectives first.
///
/// `clock` makes a stop for each way, which is asked often.
pub fn make(
    members: &[Member],
    changes: Changes,
    settings: Settings,
    state: &State,
    clock: &dyn Fn() -> Box<dyn FnMut() -> bool>,
) -> Result<Plan, ModelError> {
    let mut tracks = vec![track(members, &changes, &settings, state, Way::Cascade, &mut *clock())?];
    let could = |c: &crate::remedy::Consumer| c.overrule.is_some() && !c.need.waits.is_empty();
    if changes.consumers.iter().any(could) {
        tracks.push(track(members, &changes, &settings, state, Way::Override, &mut *clock())?);
    }
    tracks.sort_by_key(|track| merit(track, &settings.order));
    let names = members.iter().map(Member::name).collect();
    Ok(Plan { changes, names, tracks, settings, now: state.now })
}

/// Smaller is better, in the order of the objectives.
fn merit(track: &Track, order: &[Objective]) -> Vec<i128> {
    let value = |objective: &Objective| match objective {
        Objective::Exposure => track.exposure.upper,
        Objective::Makespan => track.makespan.upper,
        Objective::Changes => (track.publishes + track.overrides) as i128,
        Objective::Stability => 0,
    };
    // What cannot be done at all counts before everything.
    std::iter::once(track.stuck.len() as i128).chain(order.iter().map(value)).collect()
}

fn track(
    members: &[Member],
    changes: &Changes,
    settings: &Settings,
    state: &State,
    way: Way,
    stop: &mut dyn FnMut() -> bool,
) -> Result<Track, ModelError> {
    let built = build(members, changes, settings, state, way);
    let mut goals: Vec<Goal> = settings.order.iter().filter_map(|o| o.goal()).collect();
    for goal in [Goal::WeightedCompletion, Goal::Makespan] {
        if !goals.contains(&goal) {
            goals.push(goal);
        }
    }
    let hint = hint(&built, state);
    let solved = solve_in_order(&built.problem, &goals, hint.as_ref(), stop)?;
    let measures: BTreeMap<Goal, Measure> =
        solved.measures.iter().map(|(g, upper, lower)| (*g, Measure { upper: *upper, lower: *lower })).collect();
    let of = |goal| measures.get(&goal).copied().unwrap_or_default();
    let publishes = changes.releases.iter().filter(|r| !r.exists).count();
    let mut track = Track {
        name: if way == Way::Cascade { "cascade" } else { "override" },
        steps: Vec::new(),
        waves: waves(&built, &solved.schedule),
        makespan: of(Goal::Makespan),
        exposure: of(Goal::WeightedCompletion),
        publishes,
        overrides: built.overrides,
        stuck: built.stuck.clone(),
        weight: built.problem.activities.iter().map(|a| a.weight).sum(),
    };
    track.steps = finished_steps(built, &solved.schedule, &track.waves);
    Ok(track)
}

/// The last plan's starts, where it had these steps.
fn hint(built: &Built, state: &State) -> Option<Schedule> {
    if state.planned.is_empty() {
        return None;
    }
    let start = |id: &String| state.planned.get(id).copied().unwrap_or(Time::MAX / 4);
    Some(Schedule { starts: built.steps.iter().map(|s| start(&s.id)).collect() })
}

/// Cuts where most exposure is removed per time since the last cut.
fn waves(built: &Built, schedule: &Schedule) -> Vec<Wave> {
    let weight = |activity: usize| built.problem.activities[activity].weight;
    let end = |activity: usize| schedule.starts[activity] + built.problem.activities[activity].duration;
    let mut done: Vec<(Time, u64, usize)> =
        built.done.iter().map(|(consumer, activity)| (end(*activity), weight(*activity), *consumer)).collect();
    done.sort_unstable();
    let mut waves: Vec<Wave> = Vec::new();
    let mut from = 0;
    let mut in_all = 0;
    while !done.is_empty() {
        let cut = best_cut(&done, from);
        let part: Vec<(Time, u64, usize)> = done.drain(..cut).collect();
        let removed: u64 = part.iter().map(|p| p.1).sum();
        in_all += removed;
        from = part.last().map_or(from, |p| p.0);
        let consumers = part.iter().map(|p| p.2).collect();
        waves.push(Wave { end: from, removed, removed_in_all: in_all, consumers });
    }
    waves
}

/// How many of those that end next form the wave with the most weight per time.
fn best_cut(done: &[(Time, u64, usize)], from: Time) -> usize {
    let mut best = (0_u64, 1_i64, done.len());
    let mut sum = 0;
    for (index, (end, weight, _)) in done.iter().enumerate() {
        sum += weight;
        let last_of_its_time = done.get(index + 1).is_none_or(|next| next.0 != *end);
        let time = (end - from).max(1);
        if last_of_its_time && i128::from(sum) * i128::from(best.1) > i128::from(best.0) * i128::from(time) {
            best = (sum, time, index + 1);
        }
    }
    best.2
}

fn finished_steps(built: Built, schedule: &Schedule, waves: &[Wave]) -> Vec<super::model::Step> {
    let Built { problem, mut steps, .. } = built;
    let critical = critical(&problem, schedule);
    for (index, step) in steps.iter_mut().enumerate() {
        step.start = schedule.starts[index];
        step.end = step.start + problem.activities[index].duration;
        step.critical = critical[index] && step.progress != Progress::Finished;
        let wave = waves.iter().position(|w| step.end <= w.end).unwrap_or(waves.len());
        step.wave = wave + 1;
    }
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|s| (steps[*s].start, steps[*s].end, steps[*s].id.clone()));
    let mut place = vec![0; steps.len()];
    for (new, old) in order.iter().enumerate() {
        place[*old] = new;
    }
    for step in &mut steps {
        for wait in &mut step.waits_for {
            wait.0 = place[wait.0];
        }
    }
    order.into_iter().map(|s| steps[s].clone()).collect()
}

/// One chain without slack that ends with the last step: by what is waited for, or by a resource that is full.
fn critical(problem: &Problem, schedule: &Schedule) -> Vec<bool> {
    let end = |a: usize| schedule.starts[a] + problem.activities[a].duration;
    let mut critical = vec![false; problem.activities.len()];
    let mut next = (0..problem.activities.len()).max_by_key(|a| end(*a));
    let mut before: Vec<Vec<(usize, Time)>> = vec![Vec::new(); problem.activities.len()];
    for edge in &problem.precedences {
        before[edge.to].push((edge.from, edge.lag));
    }
    while let Some(activity) = next {
        if std::mem::replace(&mut critical[activity], true) {
            break;
        }
        let start = schedule.starts[activity];
        let tight = before[activity].iter().find(|(from, lag)| schedule.starts[*from] + lag == start).map(|t| t.0);
        let resource = problem.activities[activity].demands.first().map(|d| d.resource);
        let shares = |other: &usize| {
            *other != activity
                && end(*other) == start
                && problem.activities[*other].duration > 0
                && problem.activities[*other].demands.first().map(|d| d.resource) == resource
        };
        next = tight.or_else(|| resource.and_then(|_| (0..problem.activities.len()).find(shares)));
    }
    critical
}
