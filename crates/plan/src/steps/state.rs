//! What has been started and finished: the input of replanning.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::schedule::Time;

/// Facts about a plan in work. Times are minutes after its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Now.
    pub now: Time,
    /// Started steps by their id.
    pub steps: BTreeMap<String, Fact>,
    /// Starts of the last plan by step id, to change as little as possible.
    pub planned: BTreeMap<String, Time>,
}

/// What is known of a started step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// When it was started.
    pub started: Time,
    /// When it was done.
    pub finished: Option<Time>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    now: Time,
    steps: Vec<RawFact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFact {
    id: String,
    started: Option<Time>,
    finished: Option<Time>,
    planned: Option<Time>,
}

impl State {
    /// Reads `{"now": 90, "steps": [{"id": "…", "started": 0, "finished": 60}]}`.
    pub fn parse(text: &str) -> Result<State, String> {
        let file: File = serde_json::from_str(text).map_err(|e| format!("{}: {e}", e.line()))?;
        let range = 0..=525_600;
        let mut state = State { now: file.now, ..State::default() };
        if !range.contains(&file.now) {
            return Err(format!("`now` is {}; it is minutes after the start, between 0 and a year", file.now));
        }
        for step in file.steps {
            if let Some(planned) = step.planned.filter(|p| range.contains(p)) {
                state.planned.insert(step.id.clone(), planned);
            }
            let Some(started) = step.started else {
                if step.finished.is_some() {
                    return Err(format!("step `{}` is finished and was never started; add `started`", step.id));
                }
                continue;
            };
            let finished = step.finished;
            if started < 0 || started > file.now || finished.is_some_and(|f| f < started || f > file.now) {
                return Err(format!("step `{}`: started and finished lie between 0 and `now`, in this order", step.id));
            }
            if state.steps.insert(step.id.clone(), Fact { started, finished }).is_some() {
                return Err(format!("step `{}` stands there twice", step.id));
            }
        }
        Ok(state)
    }
}
