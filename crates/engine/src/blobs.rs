//! Source blobs to facts, in parallel and with bounded memory; known blobs are never parsed again.

use faultline_extract::{FRONTEND_VERSION, extract};
use faultline_facts::{Facts, Language};
use faultline_store::{EntryKey, FileRow, PackBuilder, Problem, StoreError};
use rayon::prelude::*;

use crate::{Engine, Progress};

/// Source text that is in memory at once.
const BATCH_BYTES: u64 = 64 << 20;

/// Gives the bytes of a file, or says why not.
pub(crate) type ReadBytes<'a> = dyn Fn(&FileRow) -> Result<Vec<u8>, String> + Sync + 'a;

/// The entry key of a file's facts.
pub(crate) fn facts_key(file: &FileRow, language: Language) -> EntryKey {
    EntryKey::facts(&file.content, language, FRONTEND_VERSION)
}

/// What a pass over files gave.
pub(crate) struct Extracted {
    /// Facts of the blobs that were not known.
    pub pack: PackBuilder,
    /// What could not be read or parsed, in the order of files.
    pub problems: Vec<Problem>,
    /// Blobs parsed now.
    pub parsed: u64,
}

impl Engine {
    /// Makes sure that the facts of every source file are in the store or in the pack returned.
    /// With `texts` the source text is kept too.
    pub(crate) fn extract_files(
        &self,
        files: &[FileRow],
        read: &ReadBytes,
        texts: bool,
        progress: &dyn Progress,
    ) -> Result<Extracted, StoreError> {
        let mut out = Extracted { pack: PackBuilder::new(), problems: Vec::new(), parsed: 0 };
        let sources: Vec<&FileRow> = files.iter().filter(|f| f.language.is_some()).collect();
        let keys: Vec<EntryKey> = sources.iter().filter_map(|f| Some(facts_key(f, f.language?))).collect();
        let known = self.store.has_entries(&keys)?;
        let (small, large): (Vec<&FileRow>, Vec<&FileRow>) = sources
            .iter()
            .zip(known)
            .filter_map(|(file, known)| (!known).then_some(*file))
            .partition(|file| file.size <= self.settings.max_source_bytes);
        out.problems.extend(large.iter().map(|file| self.too_large(file)));
        progress.begin("parsing", Some(small.len() as u64));
        for batch in batches(&small) {
            let parsed: Vec<_> = self
                .parsers
                .install(|| batch.par_iter().map(|file| (parse(file, read), progress.advance(1)).0).collect());
            for (file, parsed) in batch.iter().zip(parsed) {
                add(&mut out, file, parsed, texts);
            }
        }
        progress.end();
        self.add_known_problems(&sources, &mut out)?;
        Ok(out)
    }

    /// Problems of blobs that were parsed at another time, under the paths they have now.
    fn add_known_problems(&self, sources: &[&FileRow], out: &mut Extracted) -> Result<(), StoreError> {
        let key = |file: &&FileRow| Some(EntryKey::problems(&file.content, file.language?, FRONTEND_VERSION));
        let keys: Vec<EntryKey> = sources.iter().filter_map(key).collect();
        for (file, problems) in sources.iter().zip(self.store.parse_problems(&keys)?) {
            out.problems.extend(problems.into_iter().map(|p| Problem { what: file.path.clone(), ..p }));
        }
        out.problems.sort();
        out.problems.dedup();
        Ok(())
    }

    fn too_large(&self, file: &FileRow) -> Problem {
        let limit = self.settings.max_source_bytes;
        Problem {
            what: file.path.clone(),
            line: 0,
            why: format!("has {} bytes, more than the {limit} that are parsed; it is left out", file.size),
            fatal: true,
        }
    }
}

/// A blob read and reduced, or why not.
type Parsed = Result<(Vec<u8>, Vec<u8>, Vec<Problem>), Problem>;

fn parse(file: &FileRow, read: &ReadBytes) -> Parsed {
    let problem = |why: String| Problem { what: file.path.clone(), line: 0, why, fatal: true };
    let bytes = read(file).map_err(problem)?;
    let language = file.language.ok_or_else(|| problem("no frontend reads it".to_owned()))?;
    let facts = extract(language, &bytes);
    Ok((faultline_facts::encode(&facts), bytes, parse_problems(&file.path, &facts)))
}

/// Data is not code: a JSON file with a fault is only remarked on.
fn parse_problems(path: &str, facts: &Facts) -> Vec<Problem> {
    let fatal = facts.language != Language::Json;
    let first = facts.problems.iter().take(1);
    first
        .map(|p| Problem {
            what: path.to_owned(),
            line: p.line,
            why: format!("cannot be parsed: {}", p.message),
            fatal,
        })
        .collect()
}

fn add(out: &mut Extracted, file: &FileRow, parsed: Parsed, texts: bool) {
    let Some(language) = file.language else { return };
    match parsed {
        Ok((facts, text, problems)) => {
            out.parsed += 1;
            out.pack.add_facts(facts_key(file, language), &facts);
            if texts {
                out.pack.add_text(EntryKey::text(&file.content), &text);
            }
            if !problems.is_empty() {
                out.pack.add_problems(EntryKey::problems(&file.content, language, FRONTEND_VERSION), &problems);
            }
            out.problems.extend(problems);
        }
        Err(problem) => out.problems.push(problem),
    }
}

/// Cuts files into runs of bounded size.
fn batches<'a>(files: &'a [&'a FileRow]) -> Vec<&'a [&'a FileRow]> {
    let mut batches = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (index, file) in files.iter().enumerate() {
        bytes += file.size;
        if bytes >= BATCH_BYTES {
            batches.push(&files[start..=index]);
            (start, bytes) = (index + 1, 0);
        }
    }
    batches.push(&files[start..]);
    batches
}
