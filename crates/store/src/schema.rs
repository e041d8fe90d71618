//! The embedded back end's tables and how a file is opened.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::StoreError;

/// Format of the file. Rises when tables change; older formats are migrated step by step.
pub(crate) const FORMAT: i64 = 1;

/// Marks the file as ours, so that another program's database is refused: "FLTL".
const APPLICATION_ID: i64 = 0x464C_544C;

const TABLES: &str = "
CREATE TABLE repository (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    location TEXT NOT NULL,
    revision TEXT,
    status TEXT NOT NULL,
    indexed_at TEXT NOT NULL,
    state TEXT NOT NULL,
    files BLOB NOT NULL,
    inventory BLOB NOT NULL,
    problems BLOB NOT NULL
);
CREATE TABLE pack (id INTEGER PRIMARY KEY, owner TEXT NOT NULL);
CREATE TABLE frame (
    pack INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (pack, number)
) WITHOUT ROWID;
CREATE TABLE entry (
    key BLOB PRIMARY KEY,
    pack INTEGER NOT NULL,
    frame INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE package_version (
    purl TEXT NOT NULL,
    identity TEXT NOT NULL,
    record BLOB NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (purl, identity)
) WITHOUT ROWID;
CREATE TABLE advisory_set (
    name TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    synced_at TEXT NOT NULL,
    tag TEXT NOT NULL,
    records INTEGER NOT NULL,
    digest TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE answer (
    key BLOB PRIMARY KEY,
    written_at TEXT NOT NULL,
    data BLOB NOT NULL
) WITHOUT ROWID;
";

/// How long a process waits for another one's transaction.
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens a file to write to it, else to read what is there; true when it may only be read.
pub(crate) fn open(path: &Path) -> Result<(Connection, bool), StoreError> {
    match open_to_write(path) {
        Ok(connection) => Ok((connection, false)),
        Err(StoreError::Open { path: at, why }) if path.is_file() => {
            open_to_read(path).map(|connection| (connection, true)).map_err(|_| StoreError::Open { path: at, why })
        }
        Err(error) => Err(error),
    }
}

/// Without a journal beside it that somebody may still write, the file is all there is and cannot change.
fn open_to_read(path: &Path) -> Result<Connection, StoreError> {
    let failed = |e: rusqlite::Error| StoreError::from_backend(path, &e);
    let mut journal = path.as_os_str().to_owned();
    journal.push("-wal");
    let settled = std::fs::metadata(&journal).map_or(true, |metadata| metadata.len() == 0);
    let address = url_of(path, if settled { "?immutable=1" } else { "?mode=ro" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(address, flags).map_err(failed)?;
    prepare(&mut connection, path)?;
    Ok(connection)
}

/// The address of a file as the back end reads it.
fn url_of(path: &Path, parameters: &str) -> String {
    let mut url = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => url.push(char::from(*byte)),
            other => {
                let _ = write!(url, "%{other:02x}");
            }
        }
    }
    url + parameters
}

fn open_to_write(path: &Path) -> Result<Connection, StoreError> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| StoreError::Open { path: path.to_owned(), why: e.to_string() })?;
    }
    let failed = |e: rusqlite::Error| StoreError::from_backend(path, &e);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
    prepare(&mut connection, path)?;
    Ok(connection)
}

pub(crate) fn open_in_memory(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory().map_err(|e| StoreError::from_backend(path, &e))?;
    prepare(&mut connection, path)?;
    Ok(connection)
}

/// Creates the tables of a new file; refuses files that are not ours or are too new.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |e: rusqlite::Error| StoreError::from_backend(path, &e);
    if pragma(connection, "user_version").map_err(failed)? == 0 {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        // Another process may have been first while this one waited.
        if pragma(&tx, "user_version").map_err(failed)? == 0 {
            if !is_empty(&tx).map_err(failed)? {
                return Err(StoreError::damaged(path, "it holds another program's tables"));
            }
            tx.execute_batch(TABLES).map_err(failed)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
            tx.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        }
        tx.commit().map_err(failed)?;
    }
    if pragma(connection, "application_id").map_err(failed)? != APPLICATION_ID {
        return Err(StoreError::damaged(path, "it belongs to another program"));
    }
    match pragma(connection, "user_version").map_err(failed)? {
        found if found > FORMAT => Err(StoreError::Newer { path: path.to_owned(), found, known: FORMAT }),
        _ => Ok(()),
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| row.get(0))
}
