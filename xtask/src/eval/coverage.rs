//! Which functions ran: V8 coverage for Node.js, a profile hook for Python.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::Deserialize;

/// A function that ran.
#[derive(Debug)]
pub struct Executed {
    /// Absolute file.
    pub file: PathBuf,
    /// Name as the recorder has it, empty when anonymous.
    pub name: String,
    /// First line; the definition may start up to `slack` lines later (decorators).
    pub line: u32,
    /// See `line`.
    pub slack: u32,
    /// First column, UTF-8 bytes.
    pub column: Option<u32>,
    /// Last line and the column after the end.
    pub end: Option<(u32, u32)>,
}

#[derive(Deserialize)]
struct V8File {
    result: Vec<V8Script>,
}

#[derive(Deserialize)]
struct V8Script {
    url: String,
    functions: Vec<V8Function>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V8Function {
    function_name: String,
    ranges: Vec<V8Range>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V8Range {
    start_offset: usize,
    end_offset: usize,
    count: u64,
}

/// Runs `command` in `project` under V8 coverage.
pub fn javascript(project: &Path, command: &str) -> anyhow::Result<Vec<Executed>> {
    let scratch = tempfile::tempdir()?;
    shell(project, command, &[("NODE_V8_COVERAGE", scratch.path())])?;
    let mut ran: BTreeMap<(PathBuf, usize, usize), String> = BTreeMap::new();
    for entry in std::fs::read_dir(scratch.path())? {
        let path = entry?.path();
        let Ok(file) = serde_json::from_slice::<V8File>(&std::fs::read(&path)?) else { continue };
        for script in file.result {
            let Some(source) = script.url.strip_prefix("file://").map(PathBuf::from) else { continue };
            if !source.starts_with(project) {
                continue;
            }
            for function in script.functions {
                let Some(range) = function.ranges.first().filter(|r| r.count > 0) else { continue };
                ran.insert((source.clone(), range.start_offset, range.end_offset), function.function_name);
            }
        }
    }
    Ok(positions(ran))
}

/// UTF-16 offsets to lines and byte columns, one read per file; the whole-file function is left out.
fn positions(ran: BTreeMap<(PathBuf, usize, usize), String>) -> Vec<Executed> {
    let mut out = Vec::new();
    let mut current: Option<(PathBuf, Vec<(u32, u32)>)> = None;
    for ((file, start, end), name) in ran {
        if current.as_ref().is_none_or(|(path, _)| *path != file) {
            let text = std::fs::read(&file).unwrap_or_default();
            current = Some((file.clone(), table(&String::from_utf8_lossy(&text))));
        }
        let Some((_, table)) = &current else { continue };
        let (Some(from), Some(to)) = (table.get(start), table.get(end)) else { continue };
        if start == 0 && end + 1 >= table.len() {
            continue;
        }
        out.push(Executed { file, name, line: from.0, slack: 0, column: Some(from.1), end: Some(*to) });
    }
    out
}

/// Line and byte column of every UTF-16 offset.
fn table(text: &str) -> Vec<(u32, u32)> {
    let mut out = Vec::with_capacity(text.len() + 1);
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        out.extend(std::iter::repeat_n((line, column), c.len_utf16()));
        if c == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += u32::try_from(c.len_utf8()).unwrap_or(1);
        }
    }
    out.push((line, column));
    out
}

/// Writes every code object that ran: file, first line, qualified name. Loaded by the interpreter at its start.
const HOOK: &str = r#"
import atexit, os, sys, threading
_seen = set()
def _profile(frame, event, arg):
    # Bodies of modules and classes are no functions: they lack CO_OPTIMIZED.
    if event == "call" and frame.f_code.co_flags & 1:
        _seen.add(frame.f_code)
def _write():
    sys.setprofile(None)
    out = os.path.join(os.environ["FAULTLINE_PROFILE"], str(os.getpid()))
    with open(out, "w", encoding="utf-8", errors="replace") as f:
        for code in list(_seen):
            f.write("%s\t%d\t%s\n" % (os.path.realpath(code.co_filename), code.co_firstlineno, getattr(code, "co_qualname", code.co_name)))
atexit.register(_write)
threading.setprofile(_profile)
sys.setprofile(_profile)
"#;

/// Runs `command` in `project` with a profile hook in every interpreter that it starts.
pub fn python(project: &Path, command: &str) -> anyhow::Result<Vec<Executed>> {
    let scratch = tempfile::tempdir()?;
    let (hook, out) = (scratch.path().join("hook"), scratch.path().join("out"));
    std::fs::create_dir_all(&hook)?;
    std::fs::create_dir_all(&out)?;
    std::fs::write(hook.join("sitecustomize.py"), HOOK)?;
    shell(project, command, &[("PYTHONPATH", &hook), ("FAULTLINE_PROFILE", &out)])?;
    let mut ran: BTreeSet<(PathBuf, u32, String)> = BTreeSet::new();
    for entry in std::fs::read_dir(&out)? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let mut parts = line.split('\t');
            let (Some(file), Some(line), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let special = name.rsplit('.').next().is_some_and(|n| n.starts_with('<') && n != "<lambda>");
            // Modules frozen into the interpreter have no file.
            let inside = Path::new(file).starts_with(project) && Path::new(file).is_file();
            if let (Ok(line), true, false) = (line.parse(), inside, special) {
                ran.insert((file.into(), line, name.to_owned()));
            }
        }
    }
    Ok(ran
        .into_iter()
        .map(|(file, line, name)| {
            let plain = name.replace("<locals>.", "");
            let last = plain.rsplit('.').next().unwrap_or_default().to_owned();
            let name = if last == "<lambda>" { String::new() } else { last };
            Executed { file, name, line, slack: 12, column: None, end: None }
        })
        .collect())
}

fn shell(project: &Path, command: &str, variables: &[(&str, &Path)]) -> anyhow::Result<()> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(project).stdin(Stdio::null());
    for (name, value) in variables {
        shell.env(name, value);
    }
    let output = shell.output().with_context(|| command.to_owned())?;
    if output.stdout.is_empty() && !output.status.success() {
        bail!("{}: `{command}` failed: {}", project.display(), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
