//! Entries of packs: facts and texts by key.

use faultline_facts::Facts;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use rustc_hash::FxHashMap;

use crate::pack::{Place, decode, decompress, slice};
use crate::{EntryKey, PackBuilder, Problem, Store, StoreError};

/// Writes a finished pack. Entries that are there already stay as they are.
pub(crate) fn insert(tx: &Transaction, owner: &str, pack: &PackBuilder) -> rusqlite::Result<()> {
    if pack.entries.is_empty() {
        return Ok(());
    }
    tx.execute("INSERT INTO pack (owner) VALUES (?1)", [owner])?;
    let id = tx.last_insert_rowid();
    let mut frame = tx.prepare_cached("INSERT INTO frame (pack, number, data) VALUES (?1, ?2, ?3)")?;
    for (number, data) in (0u32..).zip(&pack.frames) {
        frame.execute(params![id, number, data])?;
    }
    let mut entry =
        tx.prepare_cached("INSERT OR IGNORE INTO entry (key, pack, frame, start, length) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (key, place) in &pack.entries {
        entry.execute(params![key.0.as_slice(), id, place.frame, place.start, place.length])?;
    }
    Ok(())
}

impl Store {
    /// Which of these entries are kept, in the same order.
    pub fn has_entries(&self, keys: &[EntryKey]) -> Result<Vec<bool>, StoreError> {
        self.read(|c| keys.iter().map(|key| Ok(place(c, *key)?.is_some())).collect())
    }

    /// The facts behind keys, in the same order; `None` for those not kept. Each frame is decoded once.
    pub fn facts(&self, keys: &[EntryKey]) -> Result<Vec<Option<Facts>>, StoreError> {
        let mut found: Vec<Option<Facts>> = vec![None; keys.len()];
        self.visit(keys, |index, bytes| found[index] = decode(bytes))?;
        Ok(found)
    }

    /// The parse problems behind keys, in the same order; none for those not kept.
    pub fn parse_problems(&self, keys: &[EntryKey]) -> Result<Vec<Vec<Problem>>, StoreError> {
        let mut found: Vec<Vec<Problem>> = vec![Vec::new(); keys.len()];
        self.visit(keys, |index, bytes| found[index] = bitcode::decode(bytes).unwrap_or_default())?;
        Ok(found)
    }

    /// Source text behind keys, in the same order; `None` for those not kept.
    pub fn texts(&self, keys: &[EntryKey]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut found: Vec<Option<Vec<u8>>> = vec![None; keys.len()];
        self.visit(keys, |index, bytes| found[index] = Some(bytes.to_vec()))?;
        Ok(found)
    }

    /// Calls `take` with the index of each key that is kept and the entry's bytes, frame by frame.
    fn visit(&self, keys: &[EntryKey], mut take: impl FnMut(usize, &[u8])) -> Result<(), StoreError> {
        let mut frames: FxHashMap<(i64, u32), Vec<(usize, Place)>> = FxHashMap::default();
        self.read(|c| {
            for (index, key) in keys.iter().enumerate() {
                if let Some((pack, place)) = place(c, *key)? {
                    frames.entry((pack, place.frame)).or_default().push((index, place));
                }
            }
            Ok(())
        })?;
        let mut order: Vec<_> = frames.into_iter().collect();
        order.sort_by_key(|(frame, _)| *frame);
        for ((pack, number), places) in order {
            let frame = self.frame(pack, number)?;
            for (index, place) in places {
                let bytes = slice(&frame, place)
                    .ok_or_else(|| StoreError::damaged(self.path(), "an entry lies outside its frame"))?;
                take(index, bytes);
            }
        }
        Ok(())
    }

    fn frame(&self, pack: i64, number: u32) -> Result<Vec<u8>, StoreError> {
        let data: Option<Vec<u8>> = self.read(|c| {
            c.prepare_cached("SELECT data FROM frame WHERE pack = ?1 AND number = ?2")?
                .query_row(params![pack, number], |row| row.get(0))
                .optional()
        })?;
        let data = data.ok_or_else(|| StoreError::damaged(self.path(), "a frame of a pack is missing"))?;
        decompress(&data).map_err(|why| StoreError::damaged(self.path(), why))
    }
}

fn place(connection: &Connection, key: EntryKey) -> rusqlite::Result<Option<(i64, Place)>> {
    connection
        .prepare_cached("SELECT pack, frame, start, length FROM entry WHERE key = ?1")?
        .query_row([key.0.as_slice()], |row| {
            Ok((row.get(0)?, Place { frame: row.get(1)?, start: row.get(2)?, length: row.get(3)? }))
        })
        .optional()
}
