//! What a former scan knew: only what is new or worse than that is shown.

use faultline_exposure::model::{AdvisoryAnswer, Exposure};
use faultline_exposure::scan::{Known, Scan, without_version};
use serde::Deserialize;

/// A former answer, as far as it matters.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    known: Vec<Known>,
}

#[derive(Deserialize)]
struct Document {
    schema: String,
    exposures: Vec<Known>,
    #[serde(default)]
    known: Vec<Known>,
}

impl Baseline {
    /// Reads the JSON answer of a former `scan` or `trace`.
    pub fn parse(json: &[u8]) -> Result<Baseline, String> {
        let document: Document =
            serde_json::from_slice(json).map_err(|e| format!("not a JSON answer of `faultline scan`: {e}"))?;
        if !["faultline.scan/1", "faultline.trace/1"].contains(&document.schema.as_str()) {
            return Err(format!("its schema is `{}`, not `faultline.scan/1`", document.schema));
        }
        let own = document.exposures.into_iter().chain(document.known);
        let known = own.map(|k| Known { package: without_version(&k.package).to_owned(), ..k }).collect();
        Ok(Baseline { known })
    }

    /// What a scan of now knows, for one to come. What an ignore file hides is not known: when the entry
    /// goes, it is news.
    pub fn of(scan: &Scan) -> Baseline {
        Baseline { known: scan.exposures.iter().map(Known::of).chain(scan.known.iter().cloned()).collect() }
    }

    /// Takes out of `exposures` what was known at the same level or a higher one, and returns it.
    pub(crate) fn take_known(&self, exposures: &mut Vec<Exposure>, advisories: &[AdvisoryAnswer]) -> Vec<Known> {
        let mut taken = Vec::new();
        exposures.retain(|exposure| {
            let now = Known::of(exposure);
            let known = self.known.iter().any(|then| same(then, &now, advisories) && then.level >= now.level);
            if known {
                taken.push(now);
            }
            !known
        });
        taken.sort();
        taken.dedup();
        taken
    }
}

/// The same exposure. A group may have got another name since: any of its ids will do.
fn same(then: &Known, now: &Known, advisories: &[AdvisoryAnswer]) -> bool {
    let group = now.advisory.as_deref().unwrap_or_default();
    let names =
        |id: &str| id == group || advisories.iter().any(|a| a.id == group && a.aliases.iter().any(|alias| alias == id));
    (&then.repository, &then.project, &then.package) == (&now.repository, &now.project, &now.package)
        && names(then.advisory.as_deref().unwrap_or_default())
}
