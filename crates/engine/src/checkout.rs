//! An indexed repository in memory: files, projects, and which file belongs to which project.

use std::path::PathBuf;
use std::sync::Arc;

use faultline_extract::extract;
use faultline_facts::{Facts, Language};
use faultline_package::{Ecosystem, Project};
use faultline_source::{self as source, Limits, Snapshot};
use faultline_store::{EntryKey, FileRow, Repository};

use crate::blobs::facts_key;
use crate::paths::lies_in;
use crate::{Declared, Engine, EngineError, StoredInventory};

/// An indexed repository.
pub(crate) struct Checkout {
    /// Its catalog row.
    pub repository: Repository,
    /// Files of the revision.
    pub files: Vec<FileRow>,
    /// Its projects and manifests.
    pub inventory: StoredInventory,
    /// Per file the project that it belongs to.
    owner: Vec<Option<usize>>,
}

impl Checkout {
    /// Where it lies on disk.
    pub fn location(&self) -> PathBuf {
        PathBuf::from(&self.repository.location)
    }

    /// The indexed revision where it lies; `None` when it is not there any more.
    pub fn snapshot(&self, limits: &Limits) -> Option<Snapshot> {
        let path = self.location();
        let revision = self.repository.revision.as_deref();
        let repository = match revision {
            Some(_) => source::Repository::open_git(&path, limits).ok()?,
            None => source::Repository::open_plain(&path, limits),
        };
        repository.snapshot(revision).ok()
    }

    /// A project by its index.
    pub fn project(&self, index: usize) -> &Project {
        &self.inventory.projects[index]
    }

    /// Source files of a project: those below its folder that no deeper project of its ecosystem has. A
    /// project without any takes those that belong to no project: its manifest lies beside the code.
    pub fn sources_of(&self, project: usize) -> Vec<&FileRow> {
        let own: Vec<&FileRow> = self.owned_by(Some(project)).collect();
        if !own.is_empty() {
            return own;
        }
        let ecosystem = self.project(project).ecosystem;
        self.loose_sources(ecosystem)
    }

    /// The project that an entry point of a deployment file belongs to: the one with the file it starts, else
    /// the deepest one around the deployment file.
    pub fn declared_for(&self, project: usize) -> impl Iterator<Item = &Declared> {
        self.inventory.declared.iter().filter(move |d| {
            let path = if d.is_file { &d.target } else { &d.file };
            owner(path, d.ecosystem(), &self.inventory.projects) == Some(project)
        })
    }

    /// Source files of an ecosystem's languages that belong to no project.
    pub fn loose_sources(&self, ecosystem: Ecosystem) -> Vec<&FileRow> {
        self.owned_by(None).filter(|f| f.language.map(ecosystem_of) == Some(ecosystem)).collect()
    }

    fn owned_by(&self, project: Option<usize>) -> impl Iterator<Item = &FileRow> {
        let wanted = move |(file, owner): &(&FileRow, &Option<usize>)| file.language.is_some() && **owner == project;
        self.files.iter().zip(&self.owner).filter(wanted).map(|(file, _)| file)
    }
}

impl Engine {
    /// Loads an indexed repository.
    pub(crate) fn checkout(&self, repository: Repository) -> Result<Checkout, EngineError> {
        let files = self.store().files(&repository.identity)?;
        let inventory = StoredInventory::decode(&self.store().inventory(&repository.identity)?).unwrap_or_default();
        let owner = files.iter().map(|file| owner_of(file, &inventory.projects)).collect();
        Ok(Checkout { repository, files, inventory, owner })
    }

    /// Facts of files of a checkout, in the same order; `None` for files that cannot be read. Facts that the
    /// store has lost are made anew.
    pub(crate) fn facts_of(
        &self,
        checkout: &Checkout,
        files: &[&FileRow],
    ) -> Result<Vec<Option<Arc<Facts>>>, EngineError> {
        let mut facts = self.kept_facts(files)?;
        let lost: Vec<usize> = (0..files.len()).filter(|i| facts[*i].is_none() && self.is_small(files[*i])).collect();
        let snapshot = if lost.is_empty() { None } else { checkout.snapshot(&self.settings().limits) };
        for index in lost {
            let (Some(snapshot), Some(language)) = (&snapshot, files[index].language) else { continue };
            let bytes = read_unchanged(snapshot, files[index]);
            facts[index] = bytes.map(|b| Arc::new(self.parsers.install(|| extract(language, &b))));
        }
        Ok(facts)
    }

    fn is_small(&self, file: &FileRow) -> bool {
        file.size <= self.settings().max_source_bytes
    }

    fn kept_facts(&self, files: &[&FileRow]) -> Result<Vec<Option<Arc<Facts>>>, EngineError> {
        let keys: Vec<Option<EntryKey>> = files.iter().map(|f| Some(facts_key(f, f.language?))).collect();
        let wanted: Vec<EntryKey> = keys.iter().flatten().copied().collect();
        let mut found = self.store().facts(&wanted)?.into_iter();
        Ok(keys.iter().map(|key| key.and_then(|_| found.next().flatten()).map(Arc::new)).collect())
    }
}

/// The bytes of a file, when they are still those that were indexed.
pub(crate) fn read_unchanged(snapshot: &Snapshot, file: &FileRow) -> Option<Vec<u8>> {
    let entry = snapshot.get(&file.path)?;
    let entry = snapshot.follow(entry).unwrap_or(entry);
    (entry.id.hex() == file.content).then(|| snapshot.read(entry).ok())?
}

/// The deepest project of the file's ecosystem whose folder holds it.
fn owner_of(file: &FileRow, projects: &[Project]) -> Option<usize> {
    owner(&file.path, ecosystem_of(file.language?), projects)
}

fn owner(path: &str, ecosystem: Ecosystem, projects: &[Project]) -> Option<usize> {
    (0..projects.len())
        .filter(|index| projects[*index].ecosystem == ecosystem && lies_in(path, &projects[*index].path))
        .max_by_key(|index| projects[*index].path.len())
}

/// Whose linking rules hold for a language.
pub(crate) fn ecosystem_of(language: Language) -> Ecosystem {
    match language {
        Language::JavaScript | Language::TypeScript | Language::Json => Ecosystem::Npm,
        Language::Python => Ecosystem::PyPi,
        Language::Go => Ecosystem::Go,
        Language::Java | Language::Jvm => Ecosystem::Maven,
    }
}
