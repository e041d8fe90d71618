//! The advisory database: an immutable value that is bytes, opened without decoding.

mod build;
mod layout;

use crate::interval::Spans;
use crate::table::Table;
use crate::{Record, Severity};
use bitcode::{Decode, Encode};
use faultline_package::{Ecosystem, Purl};
use layout::{BLOCK_WIDTH, HEADER, ID_WIDTH, MAGIC, PACKAGE_WIDTH, PAGE, Section};
use std::sync::Arc;

/// Advisories of all ecosystems in compact form. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Database {
    bytes: Arc<[u8]>,
    meta: Meta,
}

/// Why bytes are not a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// Another format or another version of it.
    #[error("the advisory database has another format; sync the advisories again")]
    Format,
    /// Cut or changed bytes.
    #[error("the advisory database is damaged; sync the advisories again")]
    Damaged,
}

#[derive(Debug, Clone, Encode, Decode)]
struct Meta {
    records: u32,
    latest: String,
}

/// What all records say about one package.
#[derive(Debug, Encode, Decode)]
pub(crate) struct PackageBlock {
    key: String,
    pub table: Table,
    pub entries: Vec<Entry>,
}

/// What one entry of one record says about a package.
#[derive(Debug, Encode, Decode)]
pub(crate) struct Entry {
    pub id: String,
    pub group: u32,
    pub spans: Spans,
    pub severity: Severity,
}

/// An alias group.
#[derive(Debug, Clone, Encode, Decode)]
pub(crate) struct GroupRecord {
    pub name: String,
    pub ids: Vec<String>,
    pub records: Vec<u32>,
    pub severity: Severity,
}

impl Database {
    /// A database of records; of several with one id the newest counts.
    pub fn build(records: impl IntoIterator<Item = Record>) -> Database {
        let records = build::newest(records);
        let bytes: Arc<[u8]> = build::encode(&records).into();
        let latest = records.iter().map(|record| record.modified.as_str()).max().unwrap_or_default().to_owned();
        let meta = Meta { records: u32::try_from(records.len()).unwrap_or(u32::MAX), latest };
        Database { bytes, meta }
    }

    /// This database with more records; of several with one id the newest counts.
    #[must_use]
    pub fn merge(&self, records: impl IntoIterator<Item = Record>) -> Database {
        Database::build(self.records().chain(records))
    }

    /// The bytes to keep.
    pub fn encode(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    /// The bytes to keep, without a copy.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Opens kept bytes: checks them and decodes nothing.
    pub fn open(bytes: Arc<[u8]>) -> Result<Database, DatabaseError> {
        if bytes.get(..8) != Some(&MAGIC[..]) {
            return Err(DatabaseError::Format);
        }
        let body = bytes.get(16..).filter(|_| bytes.len() >= HEADER).ok_or(DatabaseError::Damaged)?;
        if layout::checksum(body) != layout::u64_at(&bytes, 8) {
            return Err(DatabaseError::Damaged);
        }
        let meta = layout::unpack(section(&bytes, Section::Meta)).ok_or(DatabaseError::Damaged)?;
        Ok(Database { bytes, meta })
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.meta.records as usize
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.meta.records == 0
    }

    /// The newest time of change of any record (RFC 3339): where an incremental sync goes on.
    pub fn latest(&self) -> Option<&str> {
        Some(self.meta.latest.as_str()).filter(|time| !time.is_empty())
    }

    /// All records, by id.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        (0..self.meta.records.div_ceil(PAGE)).flat_map(|page| self.page(page))
    }

    /// The record with this id, and those that have it as an alias, by id. Case does not count.
    pub fn by_id(&self, id: &str) -> Vec<Record> {
        let key = id_key(id);
        self.record_numbers(&key)
            .into_iter()
            .filter_map(|n| self.record(n))
            .filter(|r| r.ids().any(|i| id_key(i) == key))
            .collect()
    }

    /// The record of exactly this id.
    pub fn get(&self, id: &str) -> Option<Record> {
        self.by_id(id).into_iter().find(|record| record.id.eq_ignore_ascii_case(id.trim()))
    }

    fn record_numbers(&self, key: &str) -> Vec<u32> {
        let rows = layout::find(section(&self.bytes, Section::Ids), ID_WIDTH, layout::hash(key));
        rows.map(|row| layout::u32_at(row, 8)).collect()
    }

    /// Numbers of the groups whose records have this id or alias, by record id. Withdrawn records have none.
    pub(crate) fn group_numbers(&self, id: &str) -> Vec<u32> {
        let key = id_key(id);
        let known = |number: &u32| self.record(*number).is_some_and(|record| record.ids().any(|i| id_key(i) == key));
        let groups = section(&self.bytes, Section::RecordGroups);
        let numbers = self.record_numbers(&key).into_iter().filter(known);
        let mut found: Vec<u32> = numbers
            .map(|number| groups.get(number as usize * 4..).map_or(layout::NO_GROUP, |row| layout::u32_at(row, 0)))
            .filter(|group| *group != layout::NO_GROUP)
            .collect();
        found.dedup();
        found
    }

    pub(crate) fn record(&self, number: u32) -> Option<Record> {
        self.page(number / PAGE).into_iter().nth((number % PAGE) as usize)
    }

    fn page(&self, page: u32) -> Vec<Record> {
        self.block(Section::Pages, Section::PageBlocks, page).unwrap_or_default()
    }

    /// A stored alias group by its number.
    pub(crate) fn group_record(&self, number: u32) -> Option<GroupRecord> {
        self.block(Section::Groups, Section::GroupBlocks, number)
    }

    fn block<T: bitcode::DecodeOwned>(&self, table: Section, blocks: Section, number: u32) -> Option<T> {
        let start = (number as usize).checked_mul(BLOCK_WIDTH)?;
        let row = section(&self.bytes, table).get(start..start + BLOCK_WIDTH)?;
        layout::unpack(slice(section(&self.bytes, blocks), layout::u64_at(row, 0), u64::from(layout::u32_at(row, 8))))
    }

    /// What is said about a package.
    pub(crate) fn package(&self, purl: &Purl) -> Option<PackageBlock> {
        let key = package_key(purl);
        let rows = layout::find(section(&self.bytes, Section::Packages), PACKAGE_WIDTH, layout::hash(&key));
        let blocks = section(&self.bytes, Section::PackageBlocks);
        let block = |row: &[u8]| slice(blocks, layout::u64_at(row, 8), u64::from(layout::u32_at(row, 16)));
        rows.filter_map(|row| layout::unpack::<PackageBlock>(block(row))).find(|block| block.key == key)
    }
}

fn section(bytes: &[u8], section: Section) -> &[u8] {
    let row = 16 + section as usize * 16;
    slice(bytes, layout::u64_at(bytes, row), layout::u64_at(bytes, row + 8))
}

/// A part of the bytes; empty when it is out of bounds.
fn slice(bytes: &[u8], offset: u64, length: u64) -> &[u8] {
    let range = usize::try_from(offset).ok().zip(offset.checked_add(length).and_then(|end| usize::try_from(end).ok()));
    range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default()
}

/// The key of a package: names lose their case where the ecosystem (or, for Go, the hosts) ignore it.
fn package_key(purl: &Purl) -> String {
    let name = purl.full_name();
    let name = match purl.ecosystem() {
        Ecosystem::Go => go_name(&name).to_lowercase(),
        Ecosystem::NuGet
        | Ecosystem::Composer
        | Ecosystem::Hex
        | Ecosystem::Pub
        | Ecosystem::Swift
        | Ecosystem::GitHub => name.to_lowercase(),
        _ => name,
    };
    format!("{}/{name}", purl.ecosystem().purl_type())
}

/// Other names of Go's own modules.
fn go_name(name: &str) -> &str {
    match name {
        "std" | "go" => "stdlib",
        "cmd" => "toolchain",
        other => other,
    }
}

fn id_key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}
