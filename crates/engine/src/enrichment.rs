//! The known-exploited list and exploit predictions: files of the user, kept with the advisories.

use std::path::Path;

use faultline_advisory::{Enrichment, Problem, parse_epss, parse_exploited};
use faultline_exposure::model::{AdvisoryAnswer, EpssAnswer, ExploitedAnswer};
use faultline_store::{AdvisorySet, AdvisorySetInfo, AnswerKey};

use crate::{Engine, EngineError, clock};

const EXPLOITED: &str = "known-exploited";
const EPSS: &str = "epss";

impl Engine {
    /// Keeps a known-exploited list in place of the one before; returns what of it could not be read.
    pub fn keep_known_exploited(&self, file: &Path) -> Result<Vec<Problem>, EngineError> {
        let bytes = read(file)?;
        let (entries, problems) = parse_exploited(&bytes).map_err(|why| fault(file, &why))?;
        self.keep_beside(EXPLOITED, file, bytes, entries.len(), problems)
    }

    /// Keeps exploit predictions in place of those before; returns what of them could not be read.
    pub fn keep_epss(&self, file: &Path) -> Result<Vec<Problem>, EngineError> {
        let bytes = read(file)?;
        let (scores, problems) = parse_epss(&bytes).map_err(|why| fault(file, &why))?;
        self.keep_beside(EPSS, file, bytes, scores.len(), problems)
    }

    fn keep_beside(
        &self,
        name: &str,
        file: &Path,
        data: Vec<u8>,
        entries: usize,
        problems: Vec<String>,
    ) -> Result<Vec<Problem>, EngineError> {
        let info = AdvisorySetInfo {
            name: name.to_owned(),
            origin: file.display().to_string(),
            synced_at: clock::now(),
            tag: String::new(),
            records: entries as u64,
            digest: AnswerKey::new().add(&data).hex(),
        };
        self.store().put_advisories(&AdvisorySet { info, data })?;
        Ok(problems.into_iter().map(|why| Problem { file: file.display().to_string(), why }).collect())
    }

    /// What is kept beside advisories; empty when nothing is.
    pub fn enrichment(&self) -> Result<Enrichment, EngineError> {
        let exploited = self.store().advisories(EXPLOITED)?.and_then(|data| parse_exploited(&data).ok());
        let epss = self.store().advisories(EPSS)?.and_then(|data| parse_epss(&data).ok());
        Ok(Enrichment {
            exploited: exploited.map(|(entries, _)| entries).unwrap_or_default(),
            epss: epss.map(|(scores, _)| scores).unwrap_or_default(),
        })
    }

    /// Adds to advisories what is kept beside them.
    pub(crate) fn enrich(&self, advisories: &mut [AdvisoryAnswer]) -> Result<(), EngineError> {
        if advisories.is_empty() {
            return Ok(());
        }
        let enrichment = self.enrichment()?;
        for advisory in advisories {
            let ids = std::iter::once(&advisory.id).chain(&advisory.aliases).map(String::as_str);
            let (exploited, epss) = enrichment.of(ids);
            advisory.exploited =
                exploited.map(|e| ExploitedAnswer { added: e.added, due: e.due, ransomware: e.ransomware });
            advisory.epss = epss.map(|e| EpssAnswer { score: e.score, percentile: e.percentile });
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Vec<u8>, EngineError> {
    crate::read_input(file).map(String::into_bytes)
}

fn fault(file: &Path, why: &str) -> EngineError {
    EngineError::Input(format!("{}: {why}", file.display()))
}
