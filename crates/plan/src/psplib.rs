//! Reads scheduling problems in the `.sm` format of the PSPLIB benchmark.

use crate::schedule::{Activity, Demand, Problem, Resource, Time};

/// Why a file is not such a problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ReadError {
    /// 1-based line; 0 when something is missing.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// Reads one problem: jobs with one mode each on renewable resources.
pub fn read(text: &str) -> Result<Problem, ReadError> {
    let mut problem = Problem::default();
    let mut section = Section::Other;
    let mut edges = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(next) = Section::of(line) {
            section = next;
            continue;
        }
        // Column titles, dashes and stars carry no numbers.
        let Some(numbers) = numbers(line) else { continue };
        let error = |why: &str| ReadError { line: index + 1, why: why.to_owned() };
        match section {
            Section::Precedence => edges.push(successors(&numbers).ok_or_else(|| error("not a job with successors"))?),
            Section::Requests => {
                let job = request(&numbers).ok_or_else(|| error("not a job with duration and demands"))?;
                problem.activities.push(job);
            }
            Section::Capacity => problem.resources = capacities(&numbers).ok_or_else(|| error("not capacities"))?,
            Section::Other => {}
        }
    }
    connect(&mut problem, &edges)?;
    Ok(problem)
}

#[derive(Clone, Copy)]
enum Section {
    Precedence,
    Requests,
    Capacity,
    Other,
}

impl Section {
    fn of(line: &str) -> Option<Section> {
        match line.trim_start() {
            l if l.starts_with("PRECEDENCE RELATIONS") => Some(Section::Precedence),
            l if l.starts_with("REQUESTS/DURATIONS") => Some(Section::Requests),
            l if l.starts_with("RESOURCEAVAILABILITIES") => Some(Section::Capacity),
            l if l.starts_with("PROJECT INFORMATION") || l.starts_with("****") => Some(Section::Other),
            _ => None,
        }
    }
}

fn numbers(line: &str) -> Option<Vec<i64>> {
    let numbers: Option<Vec<i64>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
    numbers.filter(|n| !n.is_empty())
}

/// Job, number of modes, number of successors, successors.
fn successors(numbers: &[i64]) -> Option<(usize, Vec<usize>)> {
    let [job, _, count, rest @ ..] = numbers else { return None };
    let rest: Option<Vec<usize>> = rest.iter().map(|n| usize::try_from(*n).ok()).collect();
    let rest = rest.filter(|r| i64::try_from(r.len()) == Ok(*count))?;
    Some((usize::try_from(*job).ok()?, rest))
}

/// Job, mode, duration, demands.
fn request(numbers: &[i64]) -> Option<Activity> {
    let [_, _, duration, demands @ ..] = numbers else { return None };
    let mut activity = Activity { duration: Time::max(*duration, -1), ..Activity::default() };
    for (resource, amount) in demands.iter().enumerate() {
        let amount = u32::try_from(*amount).ok()?;
        if amount > 0 {
            activity.demands.push(Demand { resource, amount });
        }
    }
    Some(activity)
}

fn capacities(numbers: &[i64]) -> Option<Vec<Resource>> {
    let capacity = |n: &i64| Some(Resource { capacity: u32::try_from(*n).ok()?, ..Resource::default() });
    numbers.iter().map(capacity).collect()
}

fn connect(problem: &mut Problem, edges: &[(usize, Vec<usize>)]) -> Result<(), ReadError> {
    let jobs = problem.activities.len();
    if jobs == 0 || problem.resources.is_empty() {
        return Err(ReadError { line: 0, why: "no jobs or no resources; is this a PSPLIB .sm file?".to_owned() });
    }
    for (job, successors) in edges {
        for successor in successors {
            if !(1..=jobs).contains(job) || !(1..=jobs).contains(successor) {
                return Err(ReadError { line: 0, why: format!("job {job} or {successor} does not exist") });
            }
            problem.after(job - 1, successor - 1, 0);
        }
    }
    Ok(())
}
