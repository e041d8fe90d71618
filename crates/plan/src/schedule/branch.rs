//! Which start the exact search decides next.

use pumpkin_core::branching::branchers::autonomous_search::AutonomousSearch;
use pumpkin_core::branching::{Brancher, BrancherEvent, SelectionContext};
use pumpkin_core::predicate;
use pumpkin_core::predicates::Predicate;
use pumpkin_core::results::SolutionReference;
use pumpkin_core::variables::DomainId;

use super::plan::Schedule;

/// First the schedule that is known, then by conflicts near the best schedule, else the earliest start.
#[derive(Debug)]
pub(crate) struct Guided {
    /// Starts of the known schedule, until a solution is found.
    known: Vec<(DomainId, i32)>,
    search: AutonomousSearch<Earliest>,
}

impl Guided {
    /// A brancher for these variables that starts from a schedule.
    pub fn new(variables: &[DomainId], schedule: &Schedule) -> Guided {
        let value = |start: &i64| i32::try_from(*start).unwrap_or(i32::MAX);
        let known = variables.iter().copied().zip(schedule.starts.iter().map(value)).collect();
        Guided { known, search: AutonomousSearch::new(Earliest { variables: variables.to_vec() }) }
    }
}

impl Brancher for Guided {
    fn next_decision(&mut self, context: &mut SelectionContext) -> Option<Predicate> {
        for &(variable, start) in &self.known {
            if !context.is_integer_fixed(variable) && context.contains(variable, start) {
                return Some(predicate!(variable == start));
            }
        }
        self.search.next_decision(context)
    }

    fn on_solution(&mut self, solution: SolutionReference) {
        self.known.clear();
        self.search.on_solution(solution);
    }

    fn on_conflict(&mut self) {
        self.search.on_conflict();
    }

    fn on_backtrack(&mut self) {
        self.search.on_backtrack();
    }

    fn on_unassign_integer(&mut self, variable: DomainId, value: i32) {
        self.search.on_unassign_integer(variable, value);
    }

    fn on_appearance_in_conflict_predicate(&mut self, predicate: Predicate) {
        self.search.on_appearance_in_conflict_predicate(predicate);
    }

    fn on_restart(&mut self) {
        self.search.on_restart();
    }

    fn synchronise(&mut self, context: &mut SelectionContext) {
        self.search.synchronise(context);
    }

    fn is_restart_pointless(&mut self) -> bool {
        self.search.is_restart_pointless()
    }

    fn subscribe_to_events(&self) -> Vec<BrancherEvent> {
        let mut events = self.search.subscribe_to_events();
        if !events.contains(&BrancherEvent::Solution) {
            events.push(BrancherEvent::Solution);
        }
        events
    }
}

/// The activity that can start first, as early as it can; of several the one with the least slack.
#[derive(Debug)]
struct Earliest {
    variables: Vec<DomainId>,
}

impl Brancher for Earliest {
    fn next_decision(&mut self, context: &mut SelectionContext) -> Option<Predicate> {
        let open = self.variables.iter().copied().filter(|v| !context.is_integer_fixed(*v));
        let variable = open.min_by_key(|v| (context.lower_bound(*v), context.upper_bound(*v)))?;
        let earliest = context.lower_bound(variable);
        Some(predicate!(variable <= earliest))
    }

    fn subscribe_to_events(&self) -> Vec<BrancherEvent> {
        Vec::new()
    }

    fn is_restart_pointless(&mut self) -> bool {
        true
    }
}
