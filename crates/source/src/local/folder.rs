//! Reads the files of one installed package.

use std::fs::{self, File};
use std::path::Path;

use crate::archive::{ArchiveKind, Collector, Keep, PackageFiles};
use crate::error::{Result, SourceError};
use crate::limits::Limits;
use crate::text::path_text;

pub(super) fn collector<'a>(name: &'a str, limits: &'a Limits, keep: Keep<'a>) -> Collector<'a> {
    // Nothing is packed here, so no ratio can be exceeded.
    Collector::new(name, u64::MAX, limits, keep, ArchiveKind::Other)
}

/// Every file below `root`, except in folders named in `skip` and behind links.
pub(super) fn read(root: &Path, name: &str, skip: &[&str], limits: &Limits, keep: Keep) -> Result<PackageFiles> {
    let mut collector = collector(name, limits, keep);
    add(root, root, skip, &mut collector)?;
    Ok(collector.finish())
}

/// Adds every file below `from`, under its path relative to `root`.
pub(super) fn add(root: &Path, from: &Path, skip: &[&str], collector: &mut Collector) -> Result<()> {
    let mut stack = vec![from.to_owned()];
    while let Some(folder) = stack.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if folder == from => return Err(SourceError::io(from, &error)),
            Err(error) => {
                collector.problem("unreadable", &error.to_string(), &path_text(&folder).0);
                continue;
            }
        };
        for entry in entries.filter_map(std::result::Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            let skipped = skip.iter().any(|s| entry.file_name() == *s);
            if kind.is_dir() && !skipped {
                stack.push(entry.path());
            } else if kind.is_file() {
                file(root, &entry.path(), collector)?;
            }
        }
    }
    Ok(())
}

/// Adds one file, under its path relative to `root`.
pub(super) fn file(root: &Path, path: &Path, collector: &mut Collector) -> Result<()> {
    let (text, _) = path_text(path.strip_prefix(root).unwrap_or(path));
    let Some(name) = collector.admit(text.as_bytes())? else {
        return Ok(());
    };
    match File::open(path) {
        Ok(file) => {
            let mut metered = collector.meter(file);
            match collector.take(&name, &mut metered) {
                Err(SourceError::BadArchive { why, .. }) => collector.problem("unreadable", &why, &name),
                other => return other,
            }
        }
        Err(error) => collector.problem("unreadable", &error.to_string(), &name),
    }
    Ok(())
}
