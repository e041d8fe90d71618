//! Exit codes, as documented.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The `--fail-on` condition holds.
    Failed,
    /// Bad usage or input.
    Usage,
    /// Finished, but some input could not be read.
    Incomplete,
}

impl Exit {
    /// Done, or incomplete when something could not be read.
    pub fn unless(incomplete: bool) -> Exit {
        if incomplete { Exit::Incomplete } else { Exit::Done }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Incomplete => 3,
        })
    }
}
