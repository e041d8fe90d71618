//! Index: bring repositories in. Unchanged revisions are skipped, unchanged blobs are never parsed again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use faultline_extract::FRONTEND_VERSION;
use faultline_package::Reason;
use faultline_source::{Entry, EntryKind, Found, Repository, Snapshot, SourceError, SourceKind};
use faultline_store::{self as store, FileRow, Indexed, Problem};

use crate::enclosing::Enclosing;
use crate::inventory::{declared_in, reader};
use crate::paths::{command_language, is_installed, may_be_command, source_language};
use crate::{Engine, EngineError, Incomplete, Progress, StoredInventory, clock};

/// Rises when indexing itself changes what it writes.
const INDEX_VERSION: u32 = 6;

/// Most passes over repositories that lack POMs of each other.
const MAX_PASSES: usize = 4;

/// Longest time that a clone or update may take.
const MIRROR_TIMEOUT: Duration = Duration::from_mins(30);

/// Something to index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// A folder, searched for repositories, or the address of one repository.
    pub place: String,
    /// The revision to read instead of HEAD.
    pub revision: Option<String>,
}

/// What indexing did.
#[derive(Debug, Clone, Default)]
pub struct IndexReport {
    /// Identities of the repositories that the inputs hold, in order, without duplicates.
    pub repositories: Vec<String>,
    /// Those of them that cannot be read now; what the store has of them is of another time.
    pub unread: Vec<String>,
    /// How many of them were read again.
    pub updated: usize,
    /// Blobs parsed.
    pub parsed: u64,
    /// What could not be read, of all these repositories.
    pub incomplete: Vec<Incomplete>,
}

impl Engine {
    /// Indexes every repository below the inputs.
    pub fn index(&self, inputs: &[Input], progress: &dyn Progress) -> Result<IndexReport, EngineError> {
        let mut report = IndexReport::default();
        let mut work: Vec<(Found, Option<String>)> = Vec::new();
        for input in inputs {
            match self.look(input, &mut report, progress) {
                Ok(found) => work.extend(with_revisions(found, input)),
                // One path alone that is wrong is a mistake of the user; among many it is a row.
                Err(error) if inputs.len() == 1 => return Err(error.into()),
                Err(error) => report.incomplete.push(Incomplete {
                    repository: input.place.clone(),
                    what: ".".into(),
                    why: error.to_string(),
                    unread: true,
                }),
            }
        }
        progress.begin("indexing", Some(work.len() as u64));
        for (found, revision) in &work {
            if !report.repositories.contains(&found.identity) {
                self.index_one(found, revision.as_deref(), &mut report, progress)?;
                report.repositories.push(found.identity.clone());
            }
            progress.advance(1);
        }
        progress.end();
        self.resolve_across(&work, &mut report, progress)?;
        report.incomplete.sort();
        report.incomplete.dedup();
        Ok(report)
    }

    /// Reads again what lacked a POM that another repository turned out to publish.
    fn resolve_across(
        &self,
        work: &[(Found, Option<String>)],
        report: &mut IndexReport,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        for _ in 0..MAX_PASSES {
            self.pom_memory().forget_missing();
            let mut again = Vec::new();
            for (found, revision) in work {
                let known = self.store.repository(&found.identity)?;
                if known.is_some_and(|known| self.may_resolve_more(&known).unwrap_or(false)) {
                    again.push((found, revision));
                }
            }
            if again.is_empty() {
                break;
            }
            for (found, revision) in again {
                self.index_one(found, revision.as_deref(), report, progress)?;
            }
        }
        Ok(())
    }

    /// The repositories of an input. An address is cloned, or its mirror updated.
    fn look(
        &self,
        input: &Input,
        report: &mut IndexReport,
        progress: &dyn Progress,
    ) -> Result<Vec<Found>, SourceError> {
        if faultline_source::is_git_url(&input.place) {
            progress.begin(&format!("fetching {}", faultline_source::redact_url(&input.place)), None);
            let cache = self.mirrors();
            let offline = self.settings.offline;
            let mirror = faultline_source::clone_or_update(&input.place, &cache, MIRROR_TIMEOUT, offline);
            progress.end();
            let mirror = mirror?;
            let identity = mirror.name.clone();
            return Ok(vec![Found { name: mirror.name, path: mirror.path, kind: SourceKind::Bare, identity }]);
        }
        let discovery = faultline_source::discover(Path::new(&input.place))?;
        report.incomplete.extend(discovery.problems.iter().map(|r| incomplete_of(&input.place, r)));
        Ok(discovery.repositories)
    }

    /// Mirrors of addresses lie beside the store.
    pub(crate) fn mirrors(&self) -> PathBuf {
        let mut name = self.store.path().file_name().unwrap_or_default().to_owned();
        name.push(".mirrors");
        self.store.path().with_file_name(name)
    }

    /// Reads again what an older version of Faultline indexed.
    pub(crate) fn refresh_stale(
        &self,
        incomplete: &mut Vec<Incomplete>,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        for repository in self.store.repositories()?.into_iter().filter(|r| !r.state.ends_with(&versions())) {
            let path = PathBuf::from(&repository.location);
            let kind = match (&repository.revision, path.join(".git").exists()) {
                (None, _) => SourceKind::Plain,
                (Some(_), true) => SourceKind::Git,
                (Some(_), false) => SourceKind::Bare,
            };
            let found = Found { name: repository.name, path, kind, identity: repository.identity };
            let report = self.index_found(&found, repository.revision.as_deref(), progress)?;
            incomplete.extend(report.incomplete);
        }
        Ok(())
    }

    /// Indexes one repository or directory that is known already.
    pub(crate) fn index_found(
        &self,
        found: &Found,
        revision: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<IndexReport, EngineError> {
        let mut report = IndexReport { repositories: vec![found.identity.clone()], ..IndexReport::default() };
        self.index_one(found, revision, &mut report, progress)?;
        Ok(report)
    }

    /// One repository: a failure of its own is a row of the report.
    fn index_one(
        &self,
        found: &Found,
        revision: Option<&str>,
        report: &mut IndexReport,
        progress: &dyn Progress,
    ) -> Result<(), EngineError> {
        let opened = Repository::open(found, &self.settings.limits).and_then(|r| r.snapshot(revision));
        let snapshot = match opened {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let name = self.store.repository(&found.identity)?.map_or_else(|| found.name.clone(), |r| r.name);
                report.unread.push(found.identity.clone());
                report.incomplete.push(Incomplete {
                    repository: name,
                    what: ".".into(),
                    why: error.to_string(),
                    unread: true,
                });
                return Ok(());
            }
        };
        let around = match found.kind {
            SourceKind::Plain => Enclosing::of(&found.path, &self.settings.limits),
            SourceKind::Git | SourceKind::Bare => Enclosing::default(),
        };
        let state = state_of(&snapshot, &around);
        let location = found.path.to_string_lossy().into_owned();
        let known = self.store.repository(&found.identity)?;
        let name = match known {
            Some(known) if known.state == state && known.location == location && !self.may_resolve_more(&known)? => {
                known.name
            }
            _ => {
                report.updated += 1;
                self.read_revision(found, (&snapshot, &around), &state, report, progress)?
            }
        };
        let problems = self.store.problems(&found.identity)?;
        report.incomplete.extend(problems.iter().filter(|p| p.fatal).map(|p| problem_row(&name, p)));
        Ok(())
    }

    fn read_revision(
        &self,
        found: &Found,
        (snapshot, around): (&Snapshot, &Enclosing),
        state: &str,
        report: &mut IndexReport,
        progress: &dyn Progress,
    ) -> Result<String, EngineError> {
        let (mut inventory, missing) = self.inventory_with_poms(snapshot, progress)?;
        around.complete(&mut inventory, &reader(snapshot));
        let files: Vec<FileRow> = snapshot.entries.iter().filter_map(|e| file_row(snapshot, e)).collect();
        let read = |file: &FileRow| read_file(snapshot, &file.path);
        let extracted = self.extract_files(&files, &read, false, progress)?;
        report.parsed += extracted.parsed;
        let mut problems = extracted.problems;
        problems.extend(snapshot.problems.iter().map(problem_of));
        problems.extend(inventory.incomplete.iter().map(|i| Problem {
            what: i.file.clone(),
            line: i.line,
            why: i.why.clone(),
            fatal: true,
        }));
        problems.sort();
        problems.dedup();
        let repository = store::Repository {
            identity: found.identity.clone(),
            name: found.name.clone(),
            location: found.path.to_string_lossy().into_owned(),
            revision: revision_of(found, snapshot),
            status: status_of(snapshot, &problems),
            indexed_at: clock::now(),
            state: state.to_owned(),
        };
        Ok(self.store.put_repository(store::Snapshot {
            repository: &repository,
            files: &files,
            inventory: &StoredInventory::encode(&inventory, declared_in(snapshot, &inventory.resources), missing),
            problems: &problems,
            pack: extracted.pack,
        })?)
    }
}

/// The revision is that of the repository given. What lies in it, submodules for example, has revisions of its own and
/// is read at HEAD.
fn with_revisions(found: Vec<Found>, input: &Input) -> impl Iterator<Item = (Found, Option<String>)> + use<> {
    let root = std::fs::canonicalize(&input.place).ok();
    let is_root = |found: &Found| found.kind != SourceKind::Plain && Some(&found.path) == root.as_ref();
    let within = found.iter().any(is_root);
    let revision = input.revision.clone();
    found.into_iter().map(move |found| {
        let own = !within || Some(&found.path) == root.as_ref();
        (found, revision.clone().filter(|_| own))
    })
}

/// The mark of everything that an index depends on.
fn state_of(snapshot: &Snapshot, around: &Enclosing) -> String {
    format!("{} {} {}", snapshot.revision.as_deref().unwrap_or("none"), around.digest(), versions())
}

/// The versions of everything that turns a revision into an index.
fn versions() -> String {
    format!("v{FRONTEND_VERSION}.{}.{INDEX_VERSION}", faultline_facts::FORMAT)
}

/// A plain directory has no commit; the hash over its listing stays inside.
fn revision_of(found: &Found, snapshot: &Snapshot) -> Option<String> {
    (found.kind != SourceKind::Plain).then(|| snapshot.revision.clone()).flatten()
}

fn status_of(snapshot: &Snapshot, problems: &[Problem]) -> Indexed {
    if problems.iter().any(|p| p.fatal) {
        Indexed::Incomplete
    } else if snapshot.entries.is_empty() {
        Indexed::Empty
    } else {
        Indexed::Complete
    }
}

/// The row of an entry; symbolic links stand for the file they lead to.
fn file_row(snapshot: &Snapshot, entry: &Entry) -> Option<FileRow> {
    let target = match entry.kind {
        EntryKind::Submodule => return None,
        EntryKind::Symlink => snapshot.follow(entry)?,
        EntryKind::File | EntryKind::Executable | EntryKind::LfsPointer => entry,
    };
    let wanted = !is_installed(&entry.path) && target.kind != EntryKind::LfsPointer;
    let by_content = || {
        let command = target.kind == EntryKind::Executable && may_be_command(&entry.path, target.size);
        let bytes = command.then(|| snapshot.read(target).ok()).flatten()?;
        command_language(&entry.path, &bytes)
    };
    let language = if wanted { source_language(&entry.path, target.size).or_else(by_content) } else { None };
    Some(FileRow { path: entry.path.clone(), content: target.id.hex(), language, size: target.size })
}

fn read_file(snapshot: &Snapshot, path: &str) -> Result<Vec<u8>, String> {
    let entry = snapshot.get(path).ok_or_else(|| "is not there".to_owned())?;
    let entry = if entry.kind == EntryKind::Symlink { snapshot.follow(entry).unwrap_or(entry) } else { entry };
    snapshot.read(entry).map_err(|e| e.to_string())
}

/// Remarks of the source that mean that something was not read.
fn problem_of(reason: &Reason) -> Problem {
    let (what, line) = reason.location.as_ref().map_or((".", 0), |l| (l.file.as_str(), l.line));
    Problem { what: what.to_owned(), line, why: reason.detail.clone(), fatal: true }
}

fn incomplete_of(repository: &str, reason: &Reason) -> Incomplete {
    problem_row(repository, &problem_of(reason))
}

/// A problem as a row of an answer.
pub(crate) fn problem_row(repository: &str, problem: &Problem) -> Incomplete {
    let what = if problem.line == 0 { problem.what.clone() } else { format!("{}:{}", problem.what, problem.line) };
    Incomplete { repository: repository.to_owned(), what, why: problem.why.clone(), unread: true }
}
