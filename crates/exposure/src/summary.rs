//! Order and counts of exposures.

use std::collections::BTreeMap;

use crate::Verdict;
use crate::model::{Exposure, Summary};

/// Puts exposures in the order in which they are shown: highest level first, then by name.
pub fn order(exposures: &mut [Exposure]) {
    exposures.sort_by(|a, b| {
        b.level
            .cmp(&a.level)
            .then_with(|| a.repository.cmp(&b.repository))
            .then_with(|| a.project.cmp(&b.project))
            .then_with(|| a.package.cmp(&b.package))
            .then_with(|| a.advisory.cmp(&b.advisory))
    });
}

/// Counts repositories at at least each level. `repositories` and `projects` are what was looked at.
pub fn summarize(exposures: &[Exposure], repositories: usize, projects: usize) -> Summary {
    let mut highest = BTreeMap::new();
    let mut undetermined = std::collections::BTreeSet::new();
    let mut running = std::collections::BTreeSet::new();
    for exposure in exposures {
        let level = highest.entry(&exposure.repository).or_insert(exposure.level);
        *level = exposure.level.max(*level);
        if exposure.verdict == Verdict::NotDetermined {
            undetermined.insert(&exposure.repository);
        }
        if exposure.services.iter().any(|s| s.running == Some(true)) {
            running.insert(&exposure.repository);
        }
    }
    let at_least = |level| highest.values().filter(|l| **l >= level).count();
    Summary {
        repositories,
        projects,
        present: at_least(crate::Level::Present),
        imported: at_least(crate::Level::Imported),
        called: at_least(crate::Level::Called),
        reachable: at_least(crate::Level::Reachable),
        running: running.len(),
        not_determined: undetermined.len(),
    }
}
