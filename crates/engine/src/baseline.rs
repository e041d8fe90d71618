//! What a former scan knew: only what is new or worse than that is shown.

use std::collections::BTreeMap;

use faultline_exposure::Level;
use faultline_exposure::model::{AdvisoryAnswer, Exposure};
use faultline_exposure::scan::{Known, Scan, without_version};
use serde::Deserialize;

/// A former answer, as far as it matters.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// Advisory and level, by repository, project and package.
    known: BTreeMap<(String, String, String), Vec<(String, Level)>>,
}

#[derive(Deserialize)]
struct Document {
    schema: String,
    exposures: Vec<Known>,
    #[serde(default)]
    known: Vec<Known>,
}

impl Baseline {
    /// Reads the JSON answer of a former `scan` or `trace`, the file `name`.
    pub fn parse(name: &str, json: &str) -> Result<Baseline, String> {
        let document: Document = serde_json::from_str(json).map_err(|e| fault(name, &e))?;
        if !["faultline.scan/1", "faultline.trace/1"].contains(&document.schema.as_str()) {
            return Err(format!("{name}: its schema is `{}`, not `faultline.scan/1`; {REMEDY}", document.schema));
        }
        Ok(document.exposures.into_iter().chain(document.known).collect())
    }

    /// What a scan of now knows, for one to come. What an ignore file hides is not known: when the entry
    /// goes, it is news.
    pub fn of(scan: &Scan) -> Baseline {
        scan.exposures.iter().map(Known::of).chain(scan.known.iter().cloned()).collect()
    }

    /// The highest level at which an exposure was known. A group may have got another name since: any of
    /// its ids will do.
    pub(crate) fn level(&self, now: &Known, names: &Names) -> Option<Level> {
        let place = (now.repository.clone(), now.project.clone(), now.package.clone());
        let group = now.advisory.as_deref().unwrap_or_default();
        let aliases = names.get(group).copied().unwrap_or_default();
        let rows = self.known.get(&place)?.iter();
        rows.filter(|(id, _)| id == group || aliases.contains(id)).map(|(_, level)| *level).max()
    }

    /// Takes out of `exposures` what was known at the same level or a higher one, and returns it.
    pub(crate) fn take_known(&self, exposures: &mut Vec<Exposure>, advisories: &[AdvisoryAnswer]) -> Vec<Known> {
        let names = names(advisories);
        let mut taken = Vec::new();
        exposures.retain(|exposure| {
            let now = Known::of(exposure);
            let known = self.level(&now, &names).is_some_and(|then| then >= now.level);
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

const REMEDY: &str = "write one anew with `faultline scan --format json --output FILE`";

/// serde's words end with the place; ours begin with it.
fn fault(name: &str, error: &serde_json::Error) -> String {
    let words = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let why = words.strip_suffix(&place).unwrap_or(&words);
    let why = if why.contains("struct ") { "it is no JSON object" } else { why };
    format!("{name}:{}: not a JSON answer of `faultline scan` ({why}); {REMEDY}", error.line().max(1))
}

impl FromIterator<Known> for Baseline {
    fn from_iter<I: IntoIterator<Item = Known>>(rows: I) -> Baseline {
        let mut baseline = Baseline::default();
        for row in rows {
            let package = without_version(&row.package).to_owned();
            let place = (row.repository, row.project, package);
            baseline.known.entry(place).or_default().push((row.advisory.unwrap_or_default(), row.level));
        }
        baseline
    }
}

/// The aliases of each alias group, by its name.
pub(crate) type Names<'a> = BTreeMap<&'a str, &'a [String]>;

pub(crate) fn names(advisories: &[AdvisoryAnswer]) -> Names<'_> {
    advisories.iter().map(|a| (a.id.as_str(), a.aliases.as_slice())).collect()
}
