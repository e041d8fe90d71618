//! What must change: a fixpoint over requirements, by each ecosystem's own resolution rule.

mod climb;
mod fleet;
mod need;
mod rules;
mod trains;
mod walk;

pub use fleet::{Aim, Member};
pub use need::{Action, Blocker, Changes, Constraint, Consumer, Need, Release, Untouched, Wait};
pub use rules::{Admits, Override, admits, line_of, next_version, override_of, short};
pub use walk::changes;
