//! Watch: every advisory over everything indexed, and what changed since the last time.

use std::collections::BTreeSet;

use faultline_exposure::model::Exposure;
use faultline_exposure::scan::{Changed, Known, Scan, Watch};
use faultline_store::{AdvisorySet, AdvisorySetInfo};
use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Names, names};
use crate::{Engine, EngineError, Progress, ScanRequest, clock};

/// Name under which the last run is kept.
const STATE: &str = "watch";

/// The exposures of a run, for the next one to compare with.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WatchState {
    at: Option<String>,
    known: Vec<Known>,
}

impl Engine {
    /// Answers which exposures of everything indexed are new, changed or gone since the last time. The request's input
    /// and baseline do not count. Once the answer is out, [`Engine::keep_watch`] makes it the last time.
    pub fn watch(&self, request: &ScanRequest, progress: &dyn Progress) -> Result<(Watch, WatchState), EngineError> {
        let before = self.watch_state()?;
        let request = ScanRequest { input: None, baseline: None, ..request.clone() };
        let scan = self.scan(&request, progress)?;
        let known: Vec<Known> = scan.exposures.iter().map(Known::of).collect::<BTreeSet<_>>().into_iter().collect();
        Ok((compare(before, scan), WatchState { at: Some(clock::now()), known }))
    }

    fn watch_state(&self) -> Result<WatchState, EngineError> {
        let kept = self.store().advisories(STATE)?;
        Ok(kept.and_then(|data| serde_json::from_slice(&data).ok()).unwrap_or_default())
    }

    /// Keeps what was answered, for the next time.
    pub fn keep_watch(&self, state: &WatchState) -> Result<(), EngineError> {
        let data = serde_json::to_vec(state).unwrap_or_default();
        let info = AdvisorySetInfo {
            name: STATE.to_owned(),
            origin: "faultline watch".to_owned(),
            synced_at: state.at.clone().unwrap_or_default(),
            tag: String::new(),
            records: state.known.len() as u64,
            digest: String::new(),
        };
        Ok(self.store().put_advisories(&AdvisorySet { info, data })?)
    }
}

fn compare(before: WatchState, scan: Scan) -> Watch {
    let now: Vec<Known> = scan.exposures.iter().map(Known::of).collect();
    let names = names(&scan.advisories);
    let gone = gone(&before.known, &now, &names);
    let highest: Baseline = now.iter().cloned().collect();
    let then: Baseline = before.known.into_iter().collect();
    let (mut new, mut changed): (Vec<Exposure>, Vec<Changed>) = (Vec::new(), Vec::new());
    for (exposure, known) in scan.exposures.into_iter().zip(&now) {
        match then.level(known, &names) {
            None => new.push(exposure),
            // Two versions of one package are one identity: the lower one is no change.
            Some(level) if Some(level) == highest.level(known, &Names::new()) => {}
            Some(before) => changed.push(Changed { before, exposure }),
        }
    }
    let shown: BTreeSet<&str> =
        new.iter().chain(changed.iter().map(|c| &c.exposure)).filter_map(|e| e.advisory.as_deref()).collect();
    let advisories = scan.advisories.iter().filter(|a| shown.contains(a.id.as_str())).cloned().collect();
    Watch { since: before.at, advisories, summary: scan.summary, new, changed, gone, incomplete: scan.incomplete }
}

/// What was known and is not there under any id of its group.
fn gone(before: &[Known], now: &[Known], names: &Names) -> Vec<Known> {
    let now: Baseline = now
        .iter()
        .flat_map(|known| {
            let group = known.advisory.clone().unwrap_or_default();
            let aliases = names.get(group.as_str()).copied().unwrap_or_default();
            let ids = std::iter::once(group).chain(aliases.iter().cloned()).collect::<Vec<_>>();
            ids.into_iter().map(|id| Known { advisory: Some(id), ..known.clone() })
        })
        .collect();
    before.iter().filter(|known| now.level(known, &Names::new()).is_none()).cloned().collect()
}
