//! What an engine remembers during one run: registries, packages in use, servers that do not answer.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use faultline_package::Ecosystem;
use faultline_source::{ClientEnvironment, Http, Registries};
use rustc_hash::FxHashMap;

use crate::Engine;
use crate::maven::PomMemory;
use crate::packages::Package;

/// Packages with facts that are in memory at once.
const MAX_PACKAGES: usize = 400;

/// Memory of one run.
#[derive(Default)]
pub(crate) struct Memory {
    registries: OnceLock<Registries>,
    packages: Mutex<FxHashMap<String, Arc<Package>>>,
    given_up: Mutex<Vec<(Ecosystem, String)>>,
    poms: PomMemory,
}

impl Engine {
    /// The registries as configured, looked up once.
    pub(crate) fn registries(&self) -> &Registries {
        self.memory.registries.get_or_init(|| {
            let settings = self.settings();
            let http = Http::new(&settings.timeouts, settings.offline);
            let environment = ClientEnvironment::of_process();
            Registries::new(settings.registries.clone(), environment, http, settings.limits.clone())
        })
    }

    /// POMs from outside the repositories.
    pub(crate) fn pom_memory(&self) -> &PomMemory {
        &self.memory.poms
    }

    pub(crate) fn cached_package(&self, key: &str) -> Option<Arc<Package>> {
        self.memory.packages.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn cache_package(&self, key: String, package: &Arc<Package>) {
        let mut packages = self.memory.packages.lock().unwrap_or_else(PoisonError::into_inner);
        if packages.len() >= MAX_PACKAGES {
            packages.clear();
        }
        packages.insert(key, Arc::clone(package));
    }

    /// Why an ecosystem's registry is not asked any more in this run.
    pub(crate) fn given_up(&self, ecosystem: Ecosystem) -> Option<String> {
        let given_up = self.memory.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.iter().find(|(e, _)| *e == ecosystem).map(|(_, why)| why.clone())
    }

    /// A registry that does not answer is not asked again in this run.
    pub(crate) fn give_up(&self, ecosystem: Ecosystem, why: String) {
        self.memory.given_up.lock().unwrap_or_else(PoisonError::into_inner).push((ecosystem, why));
    }
}
