//! Who owns what in a repository, by its CODEOWNERS file.

use std::collections::BTreeMap;

use faultline_exposure::model::{Exposure, Owner};
use faultline_fleet::{CODEOWNERS_BYTES, OwnersFile, Ownership, choose};
use faultline_source::{EntryKind, Snapshot};

use crate::checkout::Checkout;
use crate::paths::lies_in;
use crate::{Engine, EngineError, Incomplete};

/// Owners of a part of a repository.
#[derive(Debug, Clone, Default)]
pub struct OwnersAnswer {
    /// Repository name.
    pub repository: String,
    /// Commit indexed.
    pub revision: Option<String>,
    /// The file or folder asked about; empty for all.
    pub path: String,
    /// The CODEOWNERS file that counts, and whose rules it follows.
    pub decided_by: Option<(String, &'static str)>,
    /// Files by who owns them; the group without owners is the unowned.
    pub groups: Vec<OwnedFiles>,
    /// Further CODEOWNERS files: path, and how many of the files they would give to others.
    pub conflicts: Vec<(String, usize)>,
    /// Lines that the host ignores.
    pub incomplete: Vec<Incomplete>,
}

/// Files with the same owners.
#[derive(Debug, Clone)]
pub struct OwnedFiles {
    /// Who, and by which rule.
    pub owners: Vec<Ownership>,
    /// How many files.
    pub files: usize,
    /// The first of them.
    pub example: String,
}

impl Engine {
    /// Owners of `REPO` or `REPO:PATH`.
    pub fn owners(&self, asked: &str) -> Result<OwnersAnswer, EngineError> {
        let repositories = self.store().repositories()?;
        let named = |name: &str| repositories.iter().find(|r| r.name == name).cloned();
        let split = || asked.match_indices(':').find_map(|(at, _)| Some((named(&asked[..at])?, &asked[at + 1..])));
        let unknown = || EngineError::Input(format!("no repository is named `{asked}`; `faultline repos` lists them"));
        let (repository, path) = named(asked).map(|r| (r, "")).or_else(split).ok_or_else(unknown)?;
        let checkout = self.checkout(repository)?;
        let gone = || {
            let (name, place) = (&checkout.repository.name, &checkout.repository.location);
            EngineError::Input(format!("the indexed revision of `{name}` is not at {place} any more; index it again"))
        };
        let snapshot = checkout.snapshot(&self.settings().limits).ok_or_else(gone)?;
        answer(&checkout, &snapshot, path.trim_start_matches("./").trim_matches('/'))
    }

    /// Owners of each exposure's manifest, or of its project's folder when no manifest names the package.
    pub(crate) fn fill_owners(&self, checkout: &Checkout, exposures: &mut [Exposure]) {
        if exposures.is_empty() {
            return;
        }
        let Some(snapshot) = checkout.snapshot(&self.settings().limits) else { return };
        let files = owner_files(&snapshot, &mut Vec::new());
        let Some(file) = files.first() else { return };
        for exposure in exposures {
            let path = exposure.manifest.as_ref().map_or(exposure.project.as_str(), |place| place.file.as_str());
            let owners = file.owners_of(path).into_iter();
            exposure.owners = owners.map(|o| Owner { owner: o.owner, source: o.source }).collect();
        }
    }
}

fn answer(checkout: &Checkout, snapshot: &Snapshot, path: &str) -> Result<OwnersAnswer, EngineError> {
    let name = &checkout.repository.name;
    let all = snapshot.entries.iter().filter(|e| e.kind != EntryKind::Submodule).map(|e| e.path.as_str());
    let wanted: Vec<&str> = all.filter(|file| path.is_empty() || *file == path || lies_in(file, path)).collect();
    if wanted.is_empty() && !path.is_empty() {
        return Err(EngineError::Input(format!("`{name}` has no file or folder `{path}` at the indexed revision")));
    }
    let mut unread = Vec::new();
    let files = owner_files(snapshot, &mut unread);
    let faults = files
        .first()
        .into_iter()
        .flat_map(|file| file.faults.iter().map(|fault| (format!("{}:{}", file.path, fault.line), fault.why.clone())));
    let row = |(what, why)| Incomplete { repository: name.clone(), what, why, unread: false };
    let incomplete = faults.chain(unread).map(row).collect();
    Ok(OwnersAnswer {
        repository: name.clone(),
        revision: checkout.repository.revision.clone(),
        path: path.to_owned(),
        decided_by: files.first().map(|file| (file.path.clone(), file.dialect.as_str())),
        groups: groups(files.first(), &wanted),
        conflicts: conflicts(&files, &wanted),
        incomplete,
    })
}

fn groups(file: Option<&OwnersFile>, wanted: &[&str]) -> Vec<OwnedFiles> {
    let mut found: BTreeMap<Vec<Ownership>, OwnedFiles> = BTreeMap::new();
    for path in wanted {
        let owners = file.map(|file| file.owners_of(path)).unwrap_or_default();
        let first = || OwnedFiles { owners: owners.clone(), files: 0, example: (*path).to_owned() };
        found.entry(owners.clone()).or_insert_with(first).files += 1;
    }
    found.into_values().collect()
}

/// Files that the host does not read, where they say otherwise.
fn conflicts(files: &[OwnersFile], wanted: &[&str]) -> Vec<(String, usize)> {
    let Some((counts, others)) = files.split_first() else { return Vec::new() };
    let names = |file: &OwnersFile, path: &str| {
        let mut names: Vec<String> = file.owners_of(path).into_iter().map(|o| o.owner).collect();
        names.sort();
        names.dedup();
        names
    };
    let differing = |other: &OwnersFile| wanted.iter().filter(|path| names(counts, path) != names(other, path)).count();
    others.iter().map(|other| (other.path.clone(), differing(other))).filter(|(_, files)| *files > 0).collect()
}

/// CODEOWNERS files of a revision, the one that counts first. What cannot be read is noted.
fn owner_files(snapshot: &Snapshot, unread: &mut Vec<(String, String)>) -> Vec<OwnersFile> {
    let noted = std::cell::RefCell::new(Vec::new());
    let text = |path: &str| {
        let entry = snapshot.get(path)?;
        let entry = if entry.kind == EntryKind::Symlink { snapshot.follow(entry)? } else { entry };
        if entry.size > CODEOWNERS_BYTES {
            noted.borrow_mut().push((path.to_owned(), "is larger than 3 MB, which its host does not read".to_owned()));
            return None;
        }
        match snapshot.read(entry) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                noted.borrow_mut().push((path.to_owned(), error.to_string()));
                None
            }
        }
    };
    let found = choose(&|path| snapshot.get(path).is_some(), &text);
    unread.append(&mut noted.into_inner());
    found
}
