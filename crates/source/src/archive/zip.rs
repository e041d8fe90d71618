//! Zip archives: wheels and some source distributions.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::collect::Collector;
use crate::error::{Result, SourceError};

pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<()> {
    let name = collector.name();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| zip_error(name, bytes, &e))?;
    if archive.has_duplicate_names() {
        collector.problem("duplicate_path", "the archive has a path twice; the last is used", name);
    }
    for index in 0..archive.len() {
        file(&mut archive, index, bytes, collector)?;
    }
    Ok(())
}

fn file(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, bytes: &[u8], collector: &mut Collector) -> Result<()> {
    let (raw, is_dir, is_link) = {
        let entry = archive.by_index_raw(index).map_err(|e| zip_error(collector.name(), bytes, &e))?;
        (entry.name_raw().to_vec(), entry.is_dir(), entry.is_symlink())
    };
    if is_dir {
        return Ok(());
    }
    let Some(path) = collector.admit(&raw)? else {
        return Ok(());
    };
    if is_link {
        collector.problem("not_a_file", "a link in an archive is left out", &path);
        return Ok(());
    }
    match archive.by_index(index) {
        Ok(entry) => content(&mut collector.meter(entry), &path, collector),
        Err(error) => {
            collector.problem("archive_unreadable", &format!("the file cannot be unpacked: {error}"), &path);
            Ok(())
        }
    }
}

/// Damage within one file leaves the others usable; limits end everything.
fn content(entry: &mut dyn Read, path: &str, collector: &mut Collector) -> Result<()> {
    match collector.take(path, entry) {
        Err(error @ (SourceError::BadArchive { .. } | SourceError::Truncated { .. })) => {
            collector.problem(error.code(), &format!("the file cannot be unpacked: {error}"), path);
            Ok(())
        }
        other => other,
    }
}

/// A zip that lost its end has no directory.
fn zip_error(name: &str, bytes: &[u8], error: &ZipError) -> SourceError {
    let what = name.to_owned();
    let has_end = bytes.windows(4).rev().take(1 << 17).any(|w| w == b"PK\x05\x06");
    if has_end { SourceError::BadArchive { what, why: error.to_string() } } else { SourceError::Truncated { what } }
}
