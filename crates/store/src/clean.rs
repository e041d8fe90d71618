//! Clean-up: drop packs that nothing refers to any more, and old answers.

use rusqlite::{Transaction, params};
use rustc_hash::FxHashSet;

use crate::{EntryKey, FileRow, PackageRecord, Store, StoreError, unsigned};

/// What a clean-up dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CleanUp {
    /// Packs dropped.
    pub packs: u64,
    /// Answers dropped.
    pub answers: u64,
    /// Bytes given back to the disk.
    pub bytes: u64,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Repositories.
    pub repositories: u64,
    /// Package versions.
    pub packages: u64,
    /// Blobs with facts or text.
    pub entries: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Store {
    /// Drops packs none of whose entries belongs to a file of an indexed repository or kept package, all
    /// answers, and gives the room back. `frontend` is the version of the frontends now in use.
    pub fn clean_up(&self, frontend: u32) -> Result<CleanUp, StoreError> {
        let before = self.bytes()?;
        let live = self.live_keys(frontend)?;
        let mut dropped = self.write(|tx| {
            let packs = drop_dead_packs(tx, &live)?;
            let answers = tx.execute("DELETE FROM answer", [])? as u64;
            Ok(CleanUp { packs, answers, bytes: 0 })
        })?;
        self.read(|c| c.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);"))?;
        dropped.bytes = before.saturating_sub(self.bytes()?);
        Ok(dropped)
    }

    /// How much is kept.
    pub fn size(&self) -> Result<Size, StoreError> {
        let count = |table: &str| {
            self.read(|c| c.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| unsigned(row, 0)))
        };
        Ok(Size {
            repositories: count("repository")?,
            packages: count("package_version")?,
            entries: count("entry")?,
            bytes: self.bytes()?,
        })
    }

    /// Checks the whole file; an error names the damage and the remedy.
    pub fn check(&self) -> Result<(), StoreError> {
        let verdict: String = self.read(|c| c.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if verdict == "ok" { Ok(()) } else { Err(StoreError::damaged(self.path(), verdict)) }
    }

    fn bytes(&self) -> Result<u64, StoreError> {
        self.read(|c| {
            c.query_row("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()", [], |row| {
                unsigned(row, 0)
            })
        })
    }

    fn live_keys(&self, frontend: u32) -> Result<FxHashSet<EntryKey>, StoreError> {
        let mut live = FxHashSet::default();
        let mut mark = |file: &FileRow| {
            live.insert(EntryKey::text(&file.content));
            live.extend(file.language.map(|language| EntryKey::facts(&file.content, language, frontend)));
        };
        for data in self.blobs("SELECT files FROM repository")? {
            self.unpack::<Vec<FileRow>>(&data)?.iter().flatten().for_each(&mut mark);
        }
        for data in self.blobs("SELECT record FROM package_version")? {
            self.unpack::<PackageRecord>(&data)?.iter().flat_map(|record| &record.files).for_each(&mut mark);
        }
        Ok(live)
    }

    fn blobs(&self, query: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|c| c.prepare(query)?.query_map([], |row| row.get(0))?.collect())
    }
}

fn drop_dead_packs(tx: &Transaction, live: &FxHashSet<EntryKey>) -> rusqlite::Result<u64> {
    let mut living = FxHashSet::default();
    let mut statement = tx.prepare("SELECT key, pack FROM entry")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: [u8; 16] = row.get(0)?;
        if live.contains(&EntryKey(key)) {
            living.insert(row.get::<_, i64>(1)?);
        }
    }
    let packs: Vec<i64> =
        tx.prepare("SELECT id FROM pack")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut dropped = 0;
    for pack in packs.into_iter().filter(|pack| !living.contains(pack)) {
        tx.execute("DELETE FROM frame WHERE pack = ?1", params![pack])?;
        tx.execute("DELETE FROM entry WHERE pack = ?1", params![pack])?;
        tx.execute("DELETE FROM pack WHERE id = ?1", params![pack])?;
        dropped += 1;
    }
    Ok(dropped)
}
