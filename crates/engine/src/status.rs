//! What is kept and how complete it is; clean-up; what is configured.

use std::path::PathBuf;

use faultline_extract::FRONTEND_VERSION;
use faultline_package::Ecosystem;
use faultline_store::{AdvisorySetInfo, CleanUp, Repository, Size};

use crate::advisories::SET;
use crate::index::problem_row;
use crate::{Engine, EngineError, Incomplete, StoredInventory};

/// What is kept.
#[derive(Debug, Clone)]
pub struct Status {
    /// The store file.
    pub store: PathBuf,
    /// How much it holds.
    pub size: Size,
    /// The advisories kept.
    pub advisories: Option<AdvisorySetInfo>,
    /// The repositories, by name.
    pub repositories: Vec<RepositoryStatus>,
    /// What could not be read.
    pub incomplete: Vec<Incomplete>,
}

/// One repository.
#[derive(Debug, Clone)]
pub struct RepositoryStatus {
    /// The catalog row.
    pub repository: Repository,
    /// Projects in it.
    pub projects: usize,
    /// Files of the revision.
    pub files: usize,
}

/// How a check of the surroundings came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    /// In order.
    Good,
    /// Not there; some answers will be less complete.
    Missing,
    /// Broken.
    Bad,
}

impl CheckState {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            CheckState::Good => "good",
            CheckState::Missing => "missing",
            CheckState::Bad => "bad",
        }
    }
}

/// One check of the surroundings.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it came out.
    pub state: CheckState,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

impl Engine {
    /// What is kept and how complete it is.
    pub fn status(&self) -> Result<Status, EngineError> {
        let store = self.store();
        let mut repositories = Vec::new();
        let mut incomplete = Vec::new();
        for repository in store.repositories()? {
            let inventory = StoredInventory::decode(&store.inventory(&repository.identity)?).unwrap_or_default();
            let files = store.files(&repository.identity)?.len();
            let problems = store.problems(&repository.identity)?;
            incomplete.extend(problems.iter().filter(|p| p.fatal).map(|p| problem_row(&repository.name, p)));
            repositories.push(RepositoryStatus { projects: inventory.projects.len(), files, repository });
        }
        let advisories = store.advisory_sets()?.into_iter().find(|s| s.name == SET);
        Ok(Status { store: store.path().to_owned(), size: store.size()?, advisories, repositories, incomplete })
    }

    /// Drops what nothing refers to any more.
    pub fn clean_up(&self) -> Result<CleanUp, EngineError> {
        Ok(self.store().clean_up(FRONTEND_VERSION)?)
    }

    /// Looks at the surroundings: store, advisories, registries. Uses no network.
    pub fn doctor(&self) -> Result<Vec<Check>, EngineError> {
        let mut checks = vec![self.check_store()?, self.check_advisories()?];
        for ecosystem in [Ecosystem::Npm, Ecosystem::PyPi, Ecosystem::Go, Ecosystem::Cargo] {
            checks.push(self.check_registry(ecosystem));
        }
        for ecosystem in [Ecosystem::Go, Ecosystem::Cargo] {
            checks.push(self.check_places(ecosystem));
        }
        Ok(checks)
    }

    fn check_store(&self) -> Result<Check, EngineError> {
        let size = self.store().size()?;
        let found = match self.store().check() {
            Ok(()) => format!("{}, {} repositories", self.store().path().display(), size.repositories),
            Err(error) => {
                let remedy = Some("move the file away and index again".to_owned());
                return Ok(Check { name: "store".into(), state: CheckState::Bad, found: error.to_string(), remedy });
            }
        };
        Ok(Check { name: "store".into(), state: CheckState::Good, found, remedy: None })
    }

    fn check_advisories(&self) -> Result<Check, EngineError> {
        let name = "advisories".to_owned();
        Ok(match self.store().advisory_sets()?.into_iter().find(|s| s.name == SET) {
            Some(info) => Check {
                name,
                state: CheckState::Good,
                found: format!("{} records from {}, synced {}", info.records, info.origin, info.synced_at),
                remedy: None,
            },
            None => Check {
                name,
                state: CheckState::Missing,
                found: "none".into(),
                remedy: Some("run `faultline advisories sync`".into()),
            },
        })
    }

    fn check_places(&self, ecosystem: Ecosystem) -> Check {
        let name = format!("{} packages here", ecosystem.purl_type());
        let places = self.registries().local_places(ecosystem);
        if places.is_empty() {
            let remedy = Some("packages are taken from vendor folders and the registry only".into());
            return Check { name, state: CheckState::Missing, found: "none".into(), remedy };
        }
        let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        Check { name, state: CheckState::Good, found: places.join(", "), remedy: None }
    }

    fn check_registry(&self, ecosystem: Ecosystem) -> Check {
        let name = format!("{} registry", ecosystem.purl_type());
        match self.registries().address(ecosystem) {
            Ok((address, origin)) => {
                Check { name, state: CheckState::Good, found: format!("{address} (from {origin})"), remedy: None }
            }
            Err(error) => Check {
                name,
                state: CheckState::Missing,
                found: error.to_string(),
                remedy: Some("packages are taken from what is installed or vendored in the checkout only".into()),
            },
        }
    }
}
