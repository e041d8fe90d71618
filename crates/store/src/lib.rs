//! What is kept: catalog, fact packs, advisories and cached answers, in one embedded file.
//!
//! The interface speaks of repositories, packages and facts; no SQL leaves this crate. Every change is one
//! transaction, so a process may be killed at any moment and nothing is half there. Several processes may
//! use one store: readers never wait, writers wait for each other.

mod advisories;
mod answers;
mod catalog;
mod clean;
mod entries;
mod error;
mod pack;
mod packages;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use advisories::{AdvisorySet, AdvisorySetInfo};
pub use answers::AnswerKey;
pub use catalog::{FileRow, Indexed, Problem, Repository, Snapshot};
pub use clean::{CleanUp, Size};
pub use error::StoreError;
pub use pack::{EntryKey, PackBuilder};
pub use packages::PackageRecord;

/// The embedded store: one file. All methods take `&self` and may be called from several threads.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
    read_only: bool,
}

impl Store {
    /// Opens the store at `path`, creating file and folders when absent. One that may not be written is read.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        let (connection, read_only) = schema::open(path)?;
        Ok(Store { path: path.to_owned(), connection: Mutex::new(connection), read_only })
    }

    /// A store that lives only as long as this value.
    pub fn in_memory() -> Result<Store, StoreError> {
        let path = PathBuf::from(":memory:");
        let connection = schema::open_in_memory(&path)?;
        Ok(Store { path, connection: Mutex::new(connection), read_only: false })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True when the file may only be read: answers are not kept, and every other change is an error.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere cannot leave a half-made change: transactions roll back when dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a read.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        work(&self.lock()).map_err(|e| StoreError::from_backend(&self.path, &e))
    }

    /// Runs a change as one transaction.
    fn write<T>(&self, work: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        if self.read_only {
            return Err(StoreError::ReadOnly { path: self.path.clone() });
        }
        let mut connection = self.lock();
        let attempt = || {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        attempt().map_err(|e: rusqlite::Error| StoreError::from_backend(&self.path, &e))
    }

    /// Decompresses and decodes a column; `None` when another version of Faultline wrote it.
    fn unpack<T: bitcode::DecodeOwned>(&self, column: &[u8]) -> Result<Option<T>, StoreError> {
        let Some(packed) = column.strip_prefix(&column_mark()) else { return Ok(None) };
        let bytes = pack::decompress(packed).map_err(|why| StoreError::damaged(&self.path, why))?;
        bitcode::decode(&bytes).map(Some).map_err(|e| StoreError::damaged(&self.path, e))
    }
}

/// Rises when the rows of this crate change their shape.
const COLUMNS: u8 = 1;

/// The codec cannot tell one shape from another: what stands before every column does.
fn column_mark() -> [u8; 4] {
    let [low, high] = faultline_facts::FORMAT.to_le_bytes();
    [b'F', COLUMNS, low, high]
}

/// Encodes and compresses a column.
fn pack_column<T: bitcode::Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut column = column_mark().to_vec();
    column.extend(pack::compress(&bitcode::encode(value)));
    column
}

/// A count or size; the back end keeps signed numbers only.
fn unsigned(row: &rusqlite::Row, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
}
