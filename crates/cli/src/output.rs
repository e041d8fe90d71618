//! Where answers go: stdout, or a file.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Narrower terminals get lines that wrap.
const MIN_WIDTH: u16 = 60;

/// The place for the answer of a command.
#[derive(Debug, Clone, Default)]
pub struct Output {
    file: Option<PathBuf>,
}

impl Output {
    /// To a file, or to stdout.
    pub fn new(file: Option<&Path>) -> Output {
        Output { file: file.map(Path::to_owned) }
    }

    /// Writes a whole answer, with control characters [`shown`]. A reader of stdout that goes away is no error, and the
    /// exit code stays what the answer makes it.
    /// False when that reader did not get all.
    pub fn write(&self, text: &str) -> anyhow::Result<bool> {
        match self.stream(|out| Ok(out.write_all(shown(text).as_bytes())?)) {
            Err(error) if self.file.is_none() && is_broken_pipe(&error) => Ok(false),
            written => written.map(|()| true),
        }
    }

    /// Lets an answer be written piece by piece.
    pub fn stream<T>(&self, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let Some(file) = &self.file else {
            return filled(std::io::stdout().lock(), fill);
        };
        let place = || format!("{}", file.display());
        match std::fs::metadata(file) {
            Ok(there) if there.is_dir() => bail!("{} is a folder; name a file for --output", file.display()),
            // A pipe or device is written to, never put aside.
            Ok(there) if !there.is_file() => {
                let open = std::fs::OpenOptions::new().write(true).open(file);
                filled(open.with_context(place)?, fill).with_context(place)
            }
            // What a symbolic link leads to is written, and the link stays.
            Ok(_) => replaced(&std::fs::canonicalize(file).with_context(place)?, fill).with_context(place),
            Err(_) => replaced(file, fill).with_context(place),
        }
    }

    /// Width of the terminal the answer goes to; `None` when it goes elsewhere.
    pub fn width(&self) -> Option<u16> {
        let terminal = self.file.is_none() && std::io::stdout().is_terminal();
        let (width, _) = terminal_size::terminal_size().filter(|_| terminal)?;
        Some(width.0.max(MIN_WIDTH))
    }
}

fn filled<T>(out: impl Write, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut out = BufWriter::new(out);
    let done = fill(&mut out)?;
    out.flush()?;
    Ok(done)
}

/// Written beside its place first, so that it is never half there.
fn replaced<T>(file: &Path, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut beside = file.to_owned().into_os_string();
    beside.push(".part");
    let written = std::fs::File::create(&beside).map_err(Into::into).and_then(|out| filled(out, fill));
    let moved = written.and_then(|done| Ok((std::fs::rename(&beside, file)?, done).1));
    if moved.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    moved
}

/// Text from outside made harmless for terminals: control characters, and those that turn the direction of text,
/// stand escaped. The escapes are those of JSON, where they mean the same.
pub fn shown(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if is_harmful(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The reader of stdout went away: nothing to complain about.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|e| e.downcast_ref::<std::io::Error>()).any(|e| e.kind() == ErrorKind::BrokenPipe)
}
