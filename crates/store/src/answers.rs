//! Answers already worked out, by a digest of everything they depend on.

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::pack::{compress, decompress};
use crate::{Store, StoreError};

/// A digest over everything an answer depends on; add the parts in a fixed order.
#[derive(Debug, Clone, Default)]
pub struct AnswerKey(Sha256);

impl AnswerKey {
    /// A key without parts.
    pub fn new() -> AnswerKey {
        AnswerKey::default()
    }

    /// Adds a part; its length takes part, so that neighbours cannot run together.
    pub fn add(&mut self, part: impl AsRef<[u8]>) -> &mut AnswerKey {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// The digest in hexadecimal.
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.clone().finalize().iter().fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.clone().finalize().to_vec()
    }
}

impl Store {
    /// A kept answer.
    pub fn answer(&self, key: &AnswerKey) -> Result<Option<Vec<u8>>, StoreError> {
        let data: Option<Vec<u8>> = self.read(|c| {
            c.prepare_cached("SELECT data FROM answer WHERE key = ?1")?
                .query_row([key.bytes()], |row| row.get(0))
                .optional()
        })?;
        data.map(|data| decompress(&data).map_err(|why| StoreError::damaged(self.path(), why))).transpose()
    }

    /// Keeps an answer, unless the store may only be read. `now` is RFC 3339.
    pub fn put_answer(&self, key: &AnswerKey, data: &[u8], now: &str) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let data = compress(data);
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO answer (key, written_at, data) VALUES (?1, ?2, ?3)",
                params![key.bytes(), now, data],
            )
        })
        .map(|_| ())
    }
}
