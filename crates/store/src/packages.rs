//! Package versions: fetched and extracted once for the whole fleet.

use faultline_facts::Resource;
use faultline_package::Purl;
use rusqlite::{OptionalExtension, params};

use crate::{FileRow, PackBuilder, Problem, Store, StoreError, entries, pack_column, unsigned};

/// What is known of one package version's files.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct PackageRecord {
    /// What its bytes are known by: the lockfile's integrity hash, or a hash over its files.
    pub identity: String,
    /// Where the bytes came from, in words.
    pub origin: String,
    /// Its files, paths relative to the package.
    pub files: Vec<FileRow>,
    /// Manifests and what they say about code.
    pub resources: Vec<(String, Resource)>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Store {
    /// A package version by purl and identity.
    pub fn package(&self, purl: &Purl, identity: &str) -> Result<Option<PackageRecord>, StoreError> {
        let data: Option<Vec<u8>> = self.read(|c| {
            c.prepare_cached("SELECT record FROM package_version WHERE purl = ?1 AND identity = ?2")?
                .query_row([purl.to_string().as_str(), identity], |row| row.get(0))
                .optional()
        })?;
        Ok(data.map(|data| self.unpack(&data)).transpose()?.flatten())
    }

    /// Any kept copy of a package version, for lockfiles that state no hash: the first by identity.
    pub fn package_by_purl(&self, purl: &Purl) -> Result<Option<PackageRecord>, StoreError> {
        let data: Option<Vec<u8>> = self.read(|c| {
            c.prepare_cached("SELECT record FROM package_version WHERE purl = ?1 ORDER BY identity LIMIT 1")?
                .query_row([purl.to_string().as_str()], |row| row.get(0))
                .optional()
        })?;
        Ok(data.map(|data| self.unpack(&data)).transpose()?.flatten())
    }

    /// Keeps a package version with its facts and texts in one transaction. `now` is RFC 3339.
    pub fn put_package(
        &self,
        purl: &Purl,
        record: &PackageRecord,
        mut pack: PackBuilder,
        now: &str,
    ) -> Result<(), StoreError> {
        pack.finish();
        let name = purl.to_string();
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO package_version (purl, identity, record, used_at) VALUES (?1, ?2, ?3, ?4)",
                params![name, record.identity, pack_column(record), now],
            )?;
            entries::insert(tx, &name, &pack)
        })
    }

    /// How many package versions are kept.
    pub fn package_count(&self) -> Result<u64, StoreError> {
        self.read(|c| c.query_row("SELECT count(*) FROM package_version", [], |row| unsigned(row, 0)))
    }
}
