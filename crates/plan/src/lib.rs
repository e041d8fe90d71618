//! What must change, in which order, under which limits.
//!
//! [`schedule`] is the machinery: activities on limited resources, schedules, bounds and proofs. Pure: no I/O and
//! no clock; a caller that wants a time limit gives a stop function.

pub mod psplib;
pub mod remedy;
pub mod schedule;
pub mod steps;
