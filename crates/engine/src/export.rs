//! The public export of advisories: whole archives at first, then only what its list of changes names.

use std::collections::BTreeMap;

use faultline_advisory::sync::{Modified, newer_than};
use faultline_advisory::{Batch, Problem, RECORD_LIMIT};
use faultline_package::Ecosystem;
use faultline_source::{Http, SourceError, redact_url};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::advisories::fetch_archive;
use crate::{Engine, EngineError, Progress};

/// With more changes than this one archive is fetched instead of single records.
const MAX_SINGLE_RECORDS: usize = 1000;

/// Largest list of changes that is read.
const MAX_LIST_BYTES: u64 = 512 << 20;

/// Up to which change each ecosystem of an export was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marks {
    /// Address of the export.
    pub base: String,
    /// Time of the newest change known, per ecosystem.
    pub times: BTreeMap<String, String>,
}

impl Marks {
    /// Reads kept marks; those of another export or of an older version say nothing.
    pub fn decode(text: &str, base: &str) -> Marks {
        let kept = serde_json::from_str::<Marks>(text).ok().filter(|marks| marks.base == base);
        kept.unwrap_or_else(|| Marks { base: base.to_owned(), times: BTreeMap::new() })
    }

    fn time(&self, ecosystem: &str) -> Option<Timestamp> {
        self.times.get(ecosystem)?.parse().ok()
    }

    /// The text to keep.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Engine {
    /// Fetches what changed in an export since the marks, and moves them.
    pub(crate) fn read_export(
        &self,
        http: &Http,
        ecosystems: &[Ecosystem],
        marks: &mut Marks,
        progress: &dyn Progress,
    ) -> Result<Batch, EngineError> {
        let mut batch = Batch::default();
        for ecosystem in ecosystems {
            let name = ecosystem.osv_name();
            let place = format!("{}/{name}", marks.base);
            // The list is read before the archive: what changes in between is fetched again next time.
            let (changes, problems) = changes(http, &place, marks.time(name))?;
            batch.problems.extend(problems);
            let newest = changes.iter().flatten().map(|m| m.time).max();
            let known = marks.time(name).is_some();
            let few = changes.filter(|c| known && c.len() <= MAX_SINGLE_RECORDS);
            let complete = if let Some(changes) = few {
                self.read_records(http, &place, &changes, &mut batch, progress)
            } else {
                let archive = fetch_archive(http, &format!("{place}/all.zip"), progress)?;
                let read = !archive.records.is_empty();
                batch.append(archive);
                read
            };
            // What failed now is newer than the old mark, so it is asked for again.
            if let Some(newest) = newest.filter(|_| complete) {
                marks.times.insert(name.to_owned(), newest.to_string());
            }
        }
        Ok(batch)
    }

    /// Adds single records; false when one of them could not be had for now.
    fn read_records(
        &self,
        http: &Http,
        place: &str,
        changes: &[Modified],
        batch: &mut Batch,
        progress: &dyn Progress,
    ) -> bool {
        progress.begin(&format!("fetching changes of {}", redact_url(place)), Some(changes.len() as u64));
        let fetched: Vec<(String, Result<Vec<u8>, SourceError>)> = self.parsers.install(|| {
            let fetch = |change: &Modified| {
                let url = format!("{place}/{}.json", change.id);
                let answer = http.bytes(&url, RECORD_LIMIT);
                progress.advance(1);
                (redact_url(&url), answer)
            };
            changes.par_iter().map(fetch).collect()
        });
        progress.end();
        let mut complete = true;
        for (file, answer) in fetched {
            match answer {
                Ok(json) => batch.add_json(&file, &json),
                Err(error) => {
                    // A record that the export has dropped will not come back by asking.
                    complete &= matches!(error, SourceError::NotFound { .. });
                    batch.problems.push(Problem { file, why: error.to_string() });
                }
            }
        }
        complete
    }
}

/// The changes since a time; `None` when the export has no list.
fn changes(
    http: &Http,
    place: &str,
    since: Option<Timestamp>,
) -> Result<(Option<Vec<Modified>>, Vec<Problem>), EngineError> {
    let url = format!("{place}/modified_id.csv");
    let csv = match http.bytes(&url, MAX_LIST_BYTES) {
        Ok(csv) => csv,
        Err(SourceError::NotFound { .. }) => return Ok((None, Vec::new())),
        Err(error) => return Err(error.into()),
    };
    let (mut changes, mut problems) = newer_than(&redact_url(&url), &String::from_utf8_lossy(&csv), since);
    let (inside, outside): (Vec<Modified>, Vec<Modified>) = changes.drain(..).partition(|c| !c.id.contains('/'));
    let why =
        |c: &Modified| Problem { file: redact_url(&url), why: format!("`{}` is not an id of one ecosystem", c.id) };
    problems.extend(outside.iter().map(why));
    Ok((Some(inside), problems))
}
