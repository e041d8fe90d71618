//! Reading advisory files. Opening them is the caller's part; here bytes become records and problems.

use crate::{Record, osv};
use std::io::{Read, Seek};

/// Largest single record that is read, in bytes.
pub const RECORD_LIMIT: u64 = 16 << 20;
/// Largest number of records read from one archive.
pub const ENTRY_LIMIT: usize = 4_000_000;
/// Largest sum of unpacked bytes read from one archive.
pub const ARCHIVE_LIMIT: u64 = 16 << 30;

/// Something that could not be read; the rest was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, with the entry after `!` when it is in an archive.
    pub file: String,
    /// What is wrong and what to do.
    pub why: String,
}

/// Records and what could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// In the order of reading.
    pub records: Vec<Record>,
    /// In the order of reading.
    pub problems: Vec<Problem>,
}

impl Batch {
    /// Appends another batch.
    pub fn append(&mut self, mut other: Batch) {
        self.records.append(&mut other.records);
        self.problems.append(&mut other.problems);
    }

    /// Adds one `.json` file's content: a record, or a list of records.
    pub fn add_json(&mut self, file: &str, json: &[u8]) {
        if json.len() as u64 > RECORD_LIMIT {
            return self
                .problem(file, format!("the record is larger than {} MiB and was left out", RECORD_LIMIT >> 20));
        }
        let start = json.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(json.len());
        if json.get(start) == Some(&b'[') {
            return self.add_list(file, json);
        }
        match osv::parse(json) {
            Ok(record) => self.records.push(record),
            Err(why) => self.problem(file, format!("not an OSV record: {why}")),
        }
    }

    fn add_list(&mut self, file: &str, json: &[u8]) {
        match serde_json::from_slice::<Vec<serde_json::Value>>(json) {
            Err(why) => self.problem(file, format!("not a list of OSV records: {why}")),
            Ok(list) => {
                for (index, value) in list.into_iter().enumerate() {
                    match osv::parse(value.to_string().as_bytes()) {
                        Ok(record) => self.records.push(record),
                        Err(why) => self.problem(file, format!("item {index} is not an OSV record: {why}")),
                    }
                }
            }
        }
    }

    /// Adds all `.json` entries of an export archive; a broken entry is a problem, the rest goes on.
    pub fn add_zip(&mut self, file: &str, archive: impl Read + Seek) {
        let mut zip = match zip::ZipArchive::new(archive) {
            Ok(zip) => zip,
            Err(why) => return self.problem(file, format!("not a readable zip archive: {why}; fetch it again")),
        };
        if zip.len() > ENTRY_LIMIT {
            return self.problem(file, format!("the archive has more than {ENTRY_LIMIT} entries"));
        }
        let mut left = ARCHIVE_LIMIT;
        for index in 0..zip.len() {
            match zip_entry(&mut zip, index, left) {
                Ok(None) => {}
                Ok(Some((name, json))) => {
                    left = left.saturating_sub(json.len() as u64);
                    self.add_json(&format!("{file}!{name}"), &json);
                }
                Err((name, why)) => self.problem(&format!("{file}!{name}"), why),
            }
        }
    }

    fn problem(&mut self, file: &str, why: String) {
        self.problems.push(Problem { file: file.to_owned(), why });
    }
}

/// Records from files given as name and content; names that end in `.zip` are archives.
pub fn read_files<N: AsRef<str>, B: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, B)>) -> Batch {
    let mut batch = Batch::default();
    for (name, bytes) in files {
        let name = name.as_ref();
        if name.to_ascii_lowercase().ends_with(".zip") {
            batch.add_zip(name, std::io::Cursor::new(bytes.as_ref()));
        } else {
            batch.add_json(name, bytes.as_ref());
        }
    }
    batch
}

type Entry = Option<(String, Vec<u8>)>;

fn zip_entry<R: Read + Seek>(zip: &mut zip::ZipArchive<R>, index: usize, left: u64) -> Result<Entry, (String, String)> {
    let unnamed = |why: String| (format!("entry {index}"), why);
    let mut entry = zip.by_index(index).map_err(|e| unnamed(e.to_string()))?;
    let name = entry.name().map_err(|e| unnamed(e.to_string()))?.into_owned();
    if !name.to_ascii_lowercase().ends_with(".json") {
        return Ok(None);
    }
    let limit = RECORD_LIMIT.min(left);
    let mut json = Vec::new();
    // The size in the header may lie: what is read is limited, not what is announced.
    let read = entry.by_ref().take(limit + 1).read_to_end(&mut json);
    match read {
        Err(why) => Err((name, format!("the entry cannot be unpacked: {why}"))),
        Ok(_) if json.len() as u64 > limit => {
            Err((name, format!("the entry unpacks to more than {limit} bytes and was left out")))
        }
        Ok(_) => Ok(Some((name, json))),
    }
}
