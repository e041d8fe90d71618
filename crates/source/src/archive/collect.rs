//! Gathers the files of one package and enforces every limit on the way.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::rc::Rc;
use std::sync::Arc;

use faultline_package::Reason;

use super::layout::{Early, early};
use super::{ArchiveKind, Keep, PackageFiles};
use crate::error::{Result, SourceError, reason};
use crate::limits::Limits;
use crate::text::bytes_text;

/// Below this a high ratio is no danger.
const RATIO_FLOOR: u64 = 32 << 20;

/// The most problems that are told one by one.
const MAX_PROBLEMS: usize = 100;

pub(crate) struct Collector<'a> {
    name: &'a str,
    budget: Rc<Budget>,
    limits: &'a Limits,
    keep: Keep<'a>,
    rename: Early,
    files: BTreeMap<String, Arc<[u8]>>,
    skipped: usize,
    seen: usize,
    problems: Vec<Reason>,
    untold: usize,
}

/// How many bytes an archive may still unpack to, and which limit that comes from.
struct Budget {
    left: Cell<u64>,
    spent: Cell<bool>,
    limit: u64,
    unit: &'static str,
}

impl Budget {
    fn new(packed: u64, limits: &Limits) -> Budget {
        let by_ratio = packed.saturating_mul(limits.max_ratio).max(RATIO_FLOOR);
        let (left, limit, unit) = if by_ratio < limits.max_unpacked_bytes {
            (by_ratio, limits.max_ratio, "times its packed size when unpacked")
        } else {
            (limits.max_unpacked_bytes, limits.max_unpacked_bytes, "bytes when unpacked")
        };
        Budget { left: Cell::new(left), spent: Cell::new(false), limit, unit }
    }
}

/// A reader that ends with an error when the archive's budget is spent.
pub(crate) struct Metered<R> {
    inner: R,
    budget: Rc<Budget>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(left) = self.budget.left.get().checked_sub(n as u64) {
            self.budget.left.set(left);
            return Ok(n);
        }
        self.budget.spent.set(true);
        Err(io::Error::other("the limit for unpacked bytes is reached"))
    }
}

impl<'a> Collector<'a> {
    pub(crate) fn new(name: &'a str, packed: u64, limits: &'a Limits, keep: Keep<'a>, kind: ArchiveKind) -> Self {
        Collector {
            name,
            budget: Rc::new(Budget::new(packed, limits)),
            limits,
            keep,
            rename: early(kind),
            files: BTreeMap::new(),
            skipped: 0,
            seen: 0,
            problems: Vec::new(),
            untold: 0,
        }
    }

    pub(crate) fn problem(&mut self, code: &str, detail: &str, path: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(reason(code, detail, path));
        } else {
            self.untold += 1;
        }
    }

    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    /// Counts an entry and turns its name into the path to file it under; nothing when it is not wanted.
    pub(crate) fn admit(&mut self, raw: &[u8]) -> Result<Option<String>> {
        self.seen += 1;
        if self.seen > self.limits.max_files {
            return Err(self.too_large(self.limits.max_files as u64, "files"));
        }
        let (text, lossy) = bytes_text(raw);
        if let Some(why) = bad_path(&text, self.limits.max_path_len) {
            let shown: String = text.chars().take(200).collect();
            self.problem("bad_path", why, &shown);
            return Ok(None);
        }
        if lossy {
            self.problem("path_not_utf8", "the path is not UTF-8; its other bytes are shown as \\xNN", &text);
        }
        let clean = clean(&text);
        let path = (self.rename)(&clean).filter(|p| !p.is_empty());
        let wanted = path.filter(|p| (self.keep)(p));
        if wanted.is_none() {
            self.skipped += 1;
        }
        Ok(wanted)
    }

    /// Every unpacked byte has to pass through this.
    pub(crate) fn meter<R: Read>(&self, inner: R) -> Metered<R> {
        Metered { inner, budget: Rc::clone(&self.budget) }
    }

    /// Reads an admitted file from a reader that [`Collector::meter`] made.
    pub(crate) fn take(&mut self, path: &str, reader: &mut dyn Read) -> Result<()> {
        let limit = self.limits.max_file_bytes;
        let mut bytes = Vec::new();
        reader.take(limit + 1).read_to_end(&mut bytes).map_err(|e| self.error(&e))?;
        if bytes.len() as u64 > limit {
            self.problem("too_large", &format!("the file has more than {limit} bytes; it is left out"), path);
            return Ok(());
        }
        if self.files.insert(path.to_owned(), bytes.into()).is_some() {
            self.problem("duplicate_path", "the archive has this path twice; the last is used", path);
        }
        Ok(())
    }

    /// What a failure to read means.
    pub(crate) fn error(&self, error: &io::Error) -> SourceError {
        let what = self.name.to_owned();
        if self.budget.spent.get() {
            return self.too_large(self.budget.limit, self.budget.unit);
        }
        // The tar reader hides the kind of errors in headers behind its own words.
        let text = error.to_string();
        let ended = ["unexpected end", "unexpected EOF", "failed to read entire block"];
        if error.kind() == io::ErrorKind::UnexpectedEof || ended.iter().any(|e| text.contains(e)) {
            return SourceError::Truncated { what };
        }
        SourceError::BadArchive { what, why: text }
    }

    fn too_large(&self, limit: u64, unit: &'static str) -> SourceError {
        SourceError::TooLarge { what: self.name.to_owned(), limit, unit }
    }

    pub(crate) fn finish(mut self) -> PackageFiles {
        if self.untold > 0 {
            let text = format!("{} more problems of this archive are not listed", self.untold);
            self.problems.push(reason("too_many_problems", text, self.name));
        }
        let files = self.files.into_iter().collect();
        PackageFiles { files, skipped: self.skipped, problems: self.problems }
    }
}

/// What makes a path dangerous, if anything.
fn bad_path(path: &str, max_len: usize) -> Option<&'static str> {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.len() > max_len {
        Some("the path is too long; the file is left out")
    } else if path.starts_with('/') || path.starts_with('\\') || drive {
        Some("the path is absolute; the file is left out")
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        Some("the path leads out of the archive; the file is left out")
    } else if path.contains('\0') {
        Some("the path has a NUL byte; the file is left out")
    } else {
        None
    }
}

/// The path without empty and `.` parts.
fn clean(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    parts.join("/")
}
