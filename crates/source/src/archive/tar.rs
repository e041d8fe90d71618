//! Tar archives, plain and with gzip.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::collect::Collector;
use crate::error::{Result, SourceError};

pub(super) fn read_gz(bytes: &[u8], collector: &mut Collector) -> Result<()> {
    let mut decoder = collector.meter(MultiGzDecoder::new(bytes));
    read_from(&mut decoder, collector)?;
    // What follows the last entry holds the checksum of the compressed data.
    match io::copy(&mut decoder, &mut io::sink()) {
        // Bytes after the last member are ignored by every client.
        Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(collector.error(&error)),
        _ => Ok(()),
    }
}

pub(super) fn read(bytes: &[u8], collector: &mut Collector) -> Result<()> {
    let reader = collector.meter(bytes);
    read_from(reader, collector)
}

fn read_from(reader: impl Read, collector: &mut Collector) -> Result<()> {
    let mut archive = Archive::new(reader);
    let entries = archive.entries().map_err(|e| collector.error(&e))?;
    let mut any = false;
    for entry in entries {
        let mut entry = entry.map_err(|e| collector.error(&e))?;
        any = true;
        file(&mut entry, collector)?;
        io::copy(&mut entry, &mut io::sink()).map_err(|e| collector.error(&e))?;
    }
    if any { Ok(()) } else { Err(SourceError::Truncated { what: collector.name().to_owned() }) }
}

fn file<R: Read>(entry: &mut Entry<R>, collector: &mut Collector) -> Result<()> {
    let raw = entry.path_bytes().into_owned();
    match entry.header().entry_type() {
        EntryType::Directory | EntryType::XGlobalHeader => Ok(()),
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => match collector.admit(&raw)? {
            Some(path) => collector.take(&path, entry),
            None => Ok(()),
        },
        kind => {
            if let Some(path) = collector.admit(&raw)? {
                let what = if kind.is_symlink() || kind.is_hard_link() { "a link" } else { "a special file" };
                collector.problem("not_a_file", &format!("{what} in an archive is left out"), &path);
            }
            Ok(())
        }
    }
}
