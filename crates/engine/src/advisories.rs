//! Advisories: brought in from folders, archives and the public export, kept as one database.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faultline_advisory::{Batch, Database, Problem, Record, unordered};
use faultline_package::Ecosystem;
use faultline_source::Http;
use faultline_store::{AdvisorySet, AdvisorySetInfo, AnswerKey};

use crate::export::Marks;
use crate::input::{check_regular, os_words};
use crate::{Engine, EngineError, Progress, clock};

/// Name of the one set of advisories.
pub(crate) const SET: &str = "osv";

/// Largest archive of the export that is fetched.
const MAX_EXPORT_BYTES: u64 = 4 << 30;

/// Ecosystems whose advisories a first run fetches by itself: those that inventory reads.
pub const FIRST_SYNC: [Ecosystem; 5] =
    [Ecosystem::Npm, Ecosystem::PyPi, Ecosystem::Maven, Ecosystem::Go, Ecosystem::Cargo];

/// Where advisories come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdvisorySource {
    /// A folder with OSV records (`.json`) or archives of them (`.zip`), or one such file.
    Path(PathBuf),
    /// The base address of an export in OSV's layout (`<ecosystem>/all.zip`), or the address of one `.zip`.
    Url(String),
}

impl AdvisorySource {
    /// Reads what a user gives: an address with `http`, else a path.
    pub fn parse(text: &str) -> AdvisorySource {
        if text.starts_with("http://") || text.starts_with("https://") {
            AdvisorySource::Url(text.trim_end_matches('/').to_owned())
        } else {
            AdvisorySource::Path(PathBuf::from(text))
        }
    }

    /// Not an export with a list of changes.
    fn is_archive(&self) -> bool {
        match self {
            AdvisorySource::Path(_) => true,
            AdvisorySource::Url(url) => is_zip(Path::new(url)),
        }
    }

    fn origin(&self) -> String {
        match self {
            AdvisorySource::Path(path) => path.display().to_string(),
            AdvisorySource::Url(url) => faultline_source::redact_url(url),
        }
    }
}

/// What a sync did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Records read now.
    pub read: usize,
    /// True when an export had nothing newer than what was kept.
    pub unchanged: bool,
    /// Records in the database afterwards.
    pub records: usize,
    /// What could not be read; the rest was.
    pub problems: Vec<Problem>,
    /// Records with a range that cannot be used, because a version in it cannot be ordered; the rest of them counts.
    pub unordered: Vec<Problem>,
}

/// The advisory database and where it came from.
#[derive(Debug, Clone)]
pub struct Advisories {
    /// The records.
    pub database: Database,
    /// Where from and when.
    pub info: AdvisorySetInfo,
}

impl Engine {
    /// The advisories kept; `None` before the first sync.
    pub fn advisories(&self) -> Result<Option<Advisories>, EngineError> {
        let Some(info) = self.store().advisory_sets()?.into_iter().find(|s| s.name == SET) else { return Ok(None) };
        let Some(data) = self.store().advisories(SET)? else { return Ok(None) };
        let database = Database::open(Arc::from(data)).map_err(|e| EngineError::Input(e.to_string()))?;
        Ok(Some(Advisories { database, info }))
    }

    /// Brings advisories in. They are added to those kept, the newest of one id wins; with `replace` the
    /// old ones go. Of an export only changes are fetched when it was fetched before. Nothing changes when
    /// nothing could be read.
    pub fn sync_advisories(
        &self,
        source: &AdvisorySource,
        ecosystems: &[Ecosystem],
        replace: bool,
        progress: &dyn Progress,
    ) -> Result<SyncReport, EngineError> {
        let known = if replace { None } else { self.advisories().ok().flatten() };
        let tag = known.as_ref().map(|k| k.info.tag.clone()).unwrap_or_default();
        let (batch, tag) = match source {
            AdvisorySource::Path(path) => (read_path(path)?, tag),
            AdvisorySource::Url(url) => self.read_url(url, ecosystems, tag, progress)?,
        };
        let read = batch.records.len();
        let unchanged = read == 0 && known.is_some() && !source.is_archive();
        if read == 0 && !unchanged {
            let why = batch.problems.first().map(|p| format!(": {}: {}", p.file, p.why)).unwrap_or_default();
            return Err(EngineError::Input(format!("{}: holds no OSV record{why}", source.origin())));
        }
        let unordered = unordered_in(&batch);
        progress.begin("building the advisory database", None);
        let database = match known {
            Some(known) if unchanged => known.database,
            Some(known) => known.database.merge(batch.records),
            None => Database::build(batch.records),
        };
        self.keep_advisories(&database, source, tag)?;
        progress.end();
        Ok(SyncReport { read, unchanged, records: database.len(), problems: batch.problems, unordered })
    }

    fn keep_advisories(&self, database: &Database, source: &AdvisorySource, tag: String) -> Result<(), EngineError> {
        let info = AdvisorySetInfo {
            name: SET.to_owned(),
            origin: source.origin(),
            synced_at: clock::now(),
            tag,
            records: database.len() as u64,
            digest: AnswerKey::new().add(database.as_bytes()).hex(),
        };
        Ok(self.store().put_advisories(&AdvisorySet { info, data: database.encode() })?)
    }

    fn read_url(
        &self,
        url: &str,
        ecosystems: &[Ecosystem],
        tag: String,
        progress: &dyn Progress,
    ) -> Result<(Batch, String), EngineError> {
        let http = Http::new(&self.settings().timeouts, self.settings().offline);
        if is_zip(Path::new(url)) {
            return Ok((fetch_archive(&http, url, progress)?, tag));
        }
        let mut marks = Marks::decode(&tag, url);
        let batch = self.read_export(&http, ecosystems, &mut marks, progress)?;
        Ok((batch, marks.encode()))
    }
}

fn unordered_in(batch: &Batch) -> Vec<Problem> {
    let of = |record: &Record| Some(Problem { file: record.id.clone(), why: unordered(record)? });
    batch.records.iter().filter_map(of).collect()
}

/// Fetches an archive of records.
pub(crate) fn fetch_archive(http: &Http, url: &str, progress: &dyn Progress) -> Result<Batch, EngineError> {
    let failed = |e: std::io::Error| EngineError::Input(format!("a temporary file cannot be written: {e}"));
    let mut file = tempfile::tempfile().map_err(failed)?;
    progress.begin(&format!("fetching {}", faultline_source::redact_url(url)), None);
    let mut told = 0;
    http.download(url, MAX_EXPORT_BYTES, &mut file, &mut |bytes, _| {
        progress.advance(bytes - told);
        told = bytes;
    })?;
    progress.end();
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    let mut batch = Batch::default();
    batch.add_zip(&faultline_source::redact_url(url), std::io::BufReader::new(file));
    Ok(batch)
}

/// A folder with everything below it, or one file.
pub(crate) fn read_path(path: &Path) -> Result<Batch, EngineError> {
    let failed = |path: &Path, e: &std::io::Error| EngineError::Input(format!("{}: {}", path.display(), os_words(e)));
    let metadata = std::fs::metadata(path).map_err(|e| failed(path, &e))?;
    let mut batch = Batch::default();
    if !metadata.is_dir() {
        check_regular(path, &metadata)?;
        add_file(&mut batch, path).map_err(|e| failed(path, &e))?;
        return Ok(batch);
    }
    std::fs::read_dir(path).map_err(|e| failed(path, &e))?;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        match std::fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => add_entries(&mut batch, entries, &mut folders),
            Err(error) => batch.problems.push(unreadable(&folder, &error)),
        }
    }
    Ok(batch)
}

/// One file that cannot be read does not keep the others from being read.
fn add_entries(batch: &mut Batch, mut entries: Vec<std::fs::DirEntry>, folders: &mut Vec<PathBuf>) {
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let added = match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                folders.push(path.clone());
                Ok(())
            }
            Ok(kind) if kind.is_file() => add_file(batch, &path),
            _ => Ok(()),
        };
        batch.problems.extend(added.err().map(|error| unreadable(&path, &error)));
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem { file: path.display().to_string(), why: os_words(error) }
}

fn add_file(batch: &mut Batch, path: &Path) -> std::io::Result<()> {
    let name = path.display().to_string();
    if is_zip(path) {
        batch.add_zip(&name, std::io::BufReader::new(File::open(path)?));
    } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
        batch.add_json(&name, &std::fs::read(path)?);
    }
    Ok(())
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip"))
}
