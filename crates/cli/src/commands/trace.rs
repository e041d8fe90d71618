//! `faultline trace`
