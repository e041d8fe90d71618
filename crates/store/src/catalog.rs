//! Repositories: what is indexed, at which revision, how complete.

use faultline_facts::Language;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::{PackBuilder, Store, StoreError, entries, pack_column};

/// One file of a revision.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct FileRow {
    /// Path relative to the repository (or package), with `/`.
    pub path: String,
    /// Content id: git blob id, or another hash of the bytes.
    pub content: String,
    /// Language, when a frontend reads it.
    pub language: Option<Language>,
    /// Size in bytes.
    pub size: u64,
}

/// Something that could not be read, tied to its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
pub struct Problem {
    /// File, or another word for what is not complete.
    pub what: String,
    /// 1-based line; 0 when none is known.
    pub line: u32,
    /// What is wrong and what to do about it.
    pub why: String,
    /// True when the input could not be read or parsed (exit code 3), false for a remark.
    pub fatal: bool,
}

/// How far indexing of a repository came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// Everything was read.
    Complete,
    /// Something could not be read; see the problems.
    Incomplete,
    /// There is no commit yet, or nothing in it.
    Empty,
}

impl Indexed {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Indexed::Complete => "complete",
            Indexed::Incomplete => "incomplete",
            Indexed::Empty => "empty",
        }
    }

    fn from_word(word: &str) -> Indexed {
        match word {
            "complete" => Indexed::Complete,
            "empty" => Indexed::Empty,
            _ => Indexed::Incomplete,
        }
    }
}

/// A repository of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// What tells repositories apart: canonical path or URL.
    pub identity: String,
    /// Name for people, unique in the store.
    pub name: String,
    /// Where it is read from: a path.
    pub location: String,
    /// The commit indexed; `None` for a plain directory.
    pub revision: Option<String>,
    /// How far indexing came.
    pub status: Indexed,
    /// When, RFC 3339.
    pub indexed_at: String,
    /// Opaque mark of everything the index depends on; equal marks mean nothing to do.
    pub state: String,
}

/// One indexed revision, ready to be kept.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// The catalog row; a repository of the same identity is replaced and keeps its name.
    pub repository: &'a Repository,
    /// Files of the revision.
    pub files: &'a [FileRow],
    /// Inventory, encoded by the caller.
    pub inventory: &'a [u8],
    /// What could not be read.
    pub problems: &'a [Problem],
    /// Facts of the blobs that were not known.
    pub pack: PackBuilder,
}

const COLUMNS: &str = "identity, name, location, revision, status, indexed_at, state";

impl Store {
    /// All repositories by name.
    pub fn repositories(&self) -> Result<Vec<Repository>, StoreError> {
        self.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM repository ORDER BY name"))?
                .query_map([], repository_row)?
                .collect()
        })
    }

    /// The repository of an identity.
    pub fn repository(&self, identity: &str) -> Result<Option<Repository>, StoreError> {
        self.read(|c| {
            c.prepare_cached(&format!("SELECT {COLUMNS} FROM repository WHERE identity = ?1"))?
                .query_row([identity], repository_row)
                .optional()
        })
    }

    /// Keeps a revision and its new facts in one transaction. Returns the name it goes by: the one it had,
    /// or the wanted one, with `-2`, `-3` … appended when another repository has that.
    pub fn put_repository(&self, mut snapshot: Snapshot) -> Result<String, StoreError> {
        snapshot.pack.finish();
        self.write(|tx| {
            let row = snapshot.repository;
            let name = name_for(tx, row)?;
            tx.execute("DELETE FROM repository WHERE identity = ?1", [&row.identity])?;
            tx.execute(
                "INSERT INTO repository (identity, name, location, revision, status, indexed_at, state, files, \
                 inventory, problems) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    row.identity,
                    name,
                    row.location,
                    row.revision,
                    row.status.as_str(),
                    row.indexed_at,
                    row.state,
                    pack_column(snapshot.files),
                    pack_column(snapshot.inventory),
                    pack_column(snapshot.problems),
                ],
            )?;
            entries::insert(tx, &row.identity, &snapshot.pack)?;
            Ok(name)
        })
    }

    /// The files of a repository's indexed revision.
    pub fn files(&self, identity: &str) -> Result<Vec<FileRow>, StoreError> {
        self.column(identity, "files")
    }

    /// The encoded inventory of a repository's indexed revision.
    pub fn inventory(&self, identity: &str) -> Result<Vec<u8>, StoreError> {
        self.column(identity, "inventory")
    }

    /// What could not be read when the repository was indexed.
    pub fn problems(&self, identity: &str) -> Result<Vec<Problem>, StoreError> {
        self.column(identity, "problems")
    }

    fn column<T: bitcode::DecodeOwned + Default>(&self, identity: &str, column: &str) -> Result<T, StoreError> {
        let data: Option<Vec<u8>> = self.read(|c| {
            c.prepare_cached(&format!("SELECT {column} FROM repository WHERE identity = ?1"))?
                .query_row([identity], |row| row.get(0))
                .optional()
        })?;
        Ok(data.map(|data| self.unpack(&data)).transpose()?.flatten().unwrap_or_default())
    }

    /// Removes a repository by name or identity; its facts go at the next clean-up. False when there is none.
    pub fn remove_repository(&self, name: &str) -> Result<bool, StoreError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM repository WHERE name = ?1 OR identity = ?1", [name])? > 0))
    }

    /// Gives a repository another name. False when there is no repository of the old name.
    pub fn rename_repository(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        let taken = self.read(|c| name_taken(c, to, from))?;
        if taken {
            return Err(StoreError::NameTaken(to.to_owned()));
        }
        self.write(|tx| Ok(tx.execute("UPDATE repository SET name = ?2 WHERE name = ?1", [from, to])? > 0))
    }
}

fn repository_row(row: &Row) -> rusqlite::Result<Repository> {
    Ok(Repository {
        identity: row.get(0)?,
        name: row.get(1)?,
        location: row.get(2)?,
        revision: row.get(3)?,
        status: Indexed::from_word(&row.get::<_, String>(4)?),
        indexed_at: row.get(5)?,
        state: row.get(6)?,
    })
}

/// The name a repository has already, else the wanted one made unique.
fn name_for(tx: &Transaction, row: &Repository) -> rusqlite::Result<String> {
    let known: Option<String> =
        tx.query_row("SELECT name FROM repository WHERE identity = ?1", [&row.identity], |r| r.get(0)).optional()?;
    if let Some(name) = known {
        return Ok(name);
    }
    let mut name = row.name.clone();
    let mut number = 2;
    while name_taken(tx, &name, "")? {
        name = format!("{}-{number}", row.name);
        number += 1;
    }
    Ok(name)
}

fn name_taken(connection: &Connection, name: &str, except: &str) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) > 0 FROM repository WHERE name = ?1 AND name <> ?2", [name, except], |row| {
        row.get(0)
    })
}
