//! Jars, with the jars inside them: `outer.jar` holds `lib/inner.jar!/pkg/Class.class`.

use std::sync::Arc;

use super::{ArchiveKind, Keep, PackageFiles, unpack};
use crate::error::{Result, SourceError, reason};
use crate::limits::Limits;
use crate::text::has_suffix;

/// Jars in jars in jars; deeper ones are left out and reported.
const MAX_DEPTH: usize = 3;

/// Unpacks a jar, war or the like in memory, nested ones too; their paths follow theirs and `!/`.
///
/// All of it together stays below the limits of one archive.
pub fn unpack_jar(name: &str, bytes: &[u8], limits: &Limits, keep: Keep) -> Result<PackageFiles> {
    let mut left = limits.clone();
    let mut files = level(name, bytes, &mut left, keep, 0)?;
    files.files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn is_jar(path: &str) -> bool {
    [".jar", ".war", ".ear", ".rar", ".par"].iter().any(|end| has_suffix(path, end))
}

fn level(name: &str, bytes: &[u8], left: &mut Limits, keep: Keep, depth: usize) -> Result<PackageFiles> {
    let wanted = |path: &str| keep(path) || is_jar(path);
    let mut files = unpack(name, bytes, ArchiveKind::Other, left, &wanted)?;
    let (inner, own): (Vec<_>, Vec<_>) =
        std::mem::take(&mut files.files).into_iter().partition(|(path, _)| is_jar(path));
    let size: u64 = own.iter().chain(&inner).map(|(_, bytes)| bytes.len() as u64).sum();
    left.max_unpacked_bytes = left.max_unpacked_bytes.saturating_sub(size);
    left.max_files = left.max_files.saturating_sub(own.len() + inner.len());
    files.files = own;
    for (path, bytes) in inner {
        nested(&path, &bytes, &mut files, left, keep, depth)?;
    }
    Ok(files)
}

/// A nested jar that is damaged leaves the others usable; limits end everything.
fn nested(
    path: &str,
    bytes: &Arc<[u8]>,
    files: &mut PackageFiles,
    left: &mut Limits,
    keep: Keep,
    depth: usize,
) -> Result<()> {
    if depth + 1 >= MAX_DEPTH {
        let text = format!("archives nested deeper than {MAX_DEPTH} are left out");
        files.problems.push(reason("too_deep", text, path));
        return Ok(());
    }
    match level(path, bytes, left, keep, depth + 1) {
        Ok(found) => {
            files.skipped += found.skipped;
            files.files.extend(found.files.into_iter().map(|(inner, bytes)| (format!("{path}!/{inner}"), bytes)));
            files.problems.extend(found.problems);
            Ok(())
        }
        Err(error @ SourceError::TooLarge { .. }) => Err(error),
        Err(error) => {
            files.problems.push(error.reason(path));
            Ok(())
        }
    }
}
