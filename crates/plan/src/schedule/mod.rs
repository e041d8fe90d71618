//! Scheduling under limited resources: list schedules, bounds, proof by constraint programming.

mod bounds;
mod branch;
mod exact;
mod fluid;
mod model;
mod network;
mod objective;
mod plan;
mod profile;
mod rules;
mod search;
mod serial;
mod solve;

pub use bounds::{Bounds, makespan_bounds, weighted_bound};
pub use model::{Activity, Demand, LATEST, ModelError, Precedence, Problem, Reservation, Resource, Time};
pub use network::Network;
pub use objective::Goal;
pub use plan::{Schedule, Violation};
pub use rules::Rule;
pub use solve::{EXACT_LIMIT, Ordered, Solution, polish, solve, solve_in_order};
