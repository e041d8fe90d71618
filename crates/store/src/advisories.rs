//! Advisory databases as the advisory crate encodes them, with where they came from.

use rusqlite::{OptionalExtension, Row, params};

use crate::{Store, StoreError, unsigned};

/// Where a set of advisories came from and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisorySetInfo {
    /// Name of the set.
    pub name: String,
    /// Address, folder or archive it was read from.
    pub origin: String,
    /// When, RFC 3339.
    pub synced_at: String,
    /// The source's own mark of its state (entity tag, newest modification); empty when it has none.
    pub tag: String,
    /// Number of records.
    pub records: u64,
    /// Digest of the data, for keys of answers.
    pub digest: String,
}

/// A set with its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisorySet {
    /// Where from and when.
    pub info: AdvisorySetInfo,
    /// The database, as its crate encodes it.
    pub data: Vec<u8>,
}

const COLUMNS: &str = "name, origin, synced_at, tag, records, digest";

impl Store {
    /// Keeps a set, in place of one of the same name.
    pub fn put_advisories(&self, set: &AdvisorySet) -> Result<(), StoreError> {
        let info = &set.info;
        self.write(|tx| {
            tx.execute(
                &format!("INSERT OR REPLACE INTO advisory_set ({COLUMNS}, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
                params![
                    info.name,
                    info.origin,
                    info.synced_at,
                    info.tag,
                    info.records.cast_signed(),
                    info.digest,
                    set.data
                ],
            )
        })
        .map(|_| ())
    }

    /// What sets there are, by name.
    pub fn advisory_sets(&self) -> Result<Vec<AdvisorySetInfo>, StoreError> {
        self.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM advisory_set ORDER BY name"))?
                .query_map([], info_row)?
                .collect()
        })
    }

    /// The data of a set.
    pub fn advisories(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|c| c.query_row("SELECT data FROM advisory_set WHERE name = ?1", [name], |row| row.get(0)).optional())
    }

    /// Drops a set.
    pub fn remove_advisories(&self, name: &str) -> Result<bool, StoreError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM advisory_set WHERE name = ?1", [name])? > 0))
    }
}

fn info_row(row: &Row) -> rusqlite::Result<AdvisorySetInfo> {
    Ok(AdvisorySetInfo {
        name: row.get(0)?,
        origin: row.get(1)?,
        synced_at: row.get(2)?,
        tag: row.get(3)?,
        records: unsigned(row, 4)?,
        digest: row.get(5)?,
    })
}
