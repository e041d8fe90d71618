//! Runs the user's own tools: never inside a scanned tree, never with a terminal, never for ever.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::error::{Result, SourceError};

/// The most output that is looked at.
const MAX_OUTPUT: u64 = 8 << 20;

/// What a tool said.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end, or kills it and all it started when time is up.
pub(crate) fn run(command: &mut Command, what: &str, timeout: Duration) -> Result<Output> {
    run_with(command, Stdio::null(), what, timeout)
}

/// The same with something to read from.
pub(crate) fn run_with(command: &mut Command, stdin: Stdio, what: &str, timeout: Duration) -> Result<Output> {
    let failed = |e: std::io::Error| SourceError::Io { path: what.to_owned(), why: e.to_string() };
    let (mut stdout, mut stderr) = (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
    command.stdin(stdin).stdout(stdout.try_clone().map_err(failed)?).stderr(stderr.try_clone().map_err(failed)?);
    own_group(command);
    let mut child = command.spawn().map_err(|e| SourceError::io(what, &e))?;
    let Some(status) = wait(&mut child, timeout) else {
        kill(&mut child);
        return Err(SourceError::Timeout { url: what.to_owned(), seconds: timeout.as_secs() });
    };
    Ok(Output { success: status.success(), stdout: text(&mut stdout), stderr: text(&mut stderr) })
}

fn wait(child: &mut Child, timeout: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + timeout;
    let mut pause = Duration::from_millis(2);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(pause),
            _ => return None,
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.rewind().and_then(|()| file.take(MAX_OUTPUT).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
