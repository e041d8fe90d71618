//! POMs from outside a tree, each asked for once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use faultline_inventory::maven::{Lookup, Pom, parse};
use faultline_package::Coordinates;
use faultline_resolve::maven::Answer;
use faultline_source::{Registries, SourceError};

/// POMs asked for at the same time: mostly waiting for a server.
const AT_ONCE: usize = 8;

/// Versions that repositories list.
type Versions = Answer<Vec<String>>;

/// What was learnt in one run.
#[derive(Default)]
pub(crate) struct PomMemory {
    poms: Mutex<HashMap<Coordinates, Lookup>>,
    versions: Mutex<HashMap<(String, String), Versions>>,
    /// Why the repository is not asked any more.
    given_up: Mutex<Option<String>>,
}

impl PomMemory {
    /// What was missing may be published by a repository that was read since.
    pub(crate) fn forget_missing(&self) {
        let mut poms = self.poms.lock().unwrap_or_else(PoisonError::into_inner);
        poms.retain(|_, found| matches!(found, Lookup::Found(_)));
    }
}

/// Gives a POM of another repository of the fleet.
pub(crate) type FleetPoms<'a> = dyn Fn(&Coordinates) -> Option<Pom> + Sync + 'a;

/// Where POMs come from.
pub(crate) struct Poms<'a> {
    registries: &'a Registries,
    memory: &'a PomMemory,
    fleet: &'a FleetPoms<'a>,
}

impl<'a> Poms<'a> {
    pub(crate) fn new(registries: &'a Registries, memory: &'a PomMemory, fleet: &'a FleetPoms<'a>) -> Poms<'a> {
        Poms { registries, memory, fleet }
    }

    /// A POM by its coordinates; asks when nobody did yet.
    pub(super) fn lookup(&self, wanted: &Coordinates) -> Lookup {
        if let Some(known) = self.remembered(wanted) {
            return known;
        }
        let found = (self.fleet)(wanted).map_or_else(|| self.ask(wanted), |pom| Lookup::Found(Arc::new(pom)));
        self.remember(wanted, found.clone());
        found
    }

    /// What is known without asking.
    pub(super) fn remembered(&self, wanted: &Coordinates) -> Option<Lookup> {
        self.memory.poms.lock().unwrap_or_else(PoisonError::into_inner).get(wanted).cloned()
    }

    fn remember(&self, wanted: &Coordinates, found: Lookup) {
        self.memory.poms.lock().unwrap_or_else(PoisonError::into_inner).insert(wanted.clone(), found);
    }

    /// Asks for several at the same time.
    pub(super) fn get_all(&self, wanted: &[Coordinates]) {
        let chunk = wanted.len().div_ceil(AT_ONCE).max(1);
        std::thread::scope(|scope| {
            for part in wanted.chunks(chunk) {
                scope.spawn(move || part.iter().for_each(|one| _ = self.lookup(one)));
            }
        });
    }

    fn ask(&self, wanted: &Coordinates) -> Lookup {
        if let Some(why) = self.given_up(wanted) {
            return Lookup::Missing(why);
        }
        let file = match self.registries.maven_pom(wanted) {
            Ok(file) => file,
            Err(error) => return Lookup::Missing(self.words(&error)),
        };
        match parse(&file.origin, false, &file.bytes) {
            Ok(pom) => Lookup::Found(Arc::new(pom)),
            Err(error) => Lookup::Missing(format!("{}:{} {}", error.file, error.line, error.why)),
        }
    }

    /// A server that does not answer is not asked again, unless a folder has the POM.
    fn given_up(&self, wanted: &Coordinates) -> Option<String> {
        let why = self.memory.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        (!self.registries.maven().holds(wanted)).then_some(why)
    }

    fn words(&self, error: &SourceError) -> String {
        match error {
            SourceError::Network { .. } | SourceError::Timeout { .. } => {
                tracing::warn!("{error}");
                let why = "the Maven repository does not answer; try again later".to_owned();
                *self.memory.given_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
                why
            }
            SourceError::NotFound { .. } => "no repository that was asked has it".to_owned(),
            SourceError::Offline { .. } => {
                "no local repository has it, and --offline forbids to ask further".to_owned()
            }
            other => other.to_string(),
        }
    }

    /// The versions of an artifact, when they were asked for already.
    pub(super) fn remembered_versions(&self, group: &str, artifact: &str) -> Versions {
        let key = (group.to_owned(), artifact.to_owned());
        let versions = self.memory.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.get(&key).cloned().unwrap_or(Answer::Unasked)
    }

    /// Asks for the versions of an artifact.
    pub(super) fn get_versions(&self, group: &str, artifact: &str) {
        let found = self.registries.maven_versions(group, artifact).map_or(Answer::Missing, Answer::Known);
        let key = (group.to_owned(), artifact.to_owned());
        self.memory.versions.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
    }
}
