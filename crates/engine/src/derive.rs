//! Vulnerable symbols from fix commits: finds the commits, reads both trees, keeps what came out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use faultline_advisory::derive::{
    Ceiling, Change, Confirmation, FileChange, MAX_FILES, changes, grade, is_product_code,
};
use faultline_advisory::{Advisory, Fix, Grade, SymbolKind, SymbolSpec, fixes};
use faultline_extract::FRONTEND_VERSION;
use faultline_facts::Language;
use faultline_package::{Ecosystem, Purl};
use faultline_source::{Repository, Snapshot, clone_or_update, normalise_url};
use faultline_store::AnswerKey;
use serde::{Deserialize, Serialize};

use crate::{Engine, EngineError, Progress, clock};

/// Rises when derivation changes its answers for equal input.
const DERIVE_VERSION: u32 = 2;

/// Longest time that cloning the repository of a fix may take.
const CLONE_TIMEOUT: Duration = Duration::from_mins(10);

/// Most fix commits of one advisory that are read.
const MAX_FIXES: usize = 20;

/// Where symbols are derived from.
#[derive(Debug, Clone, Default)]
pub struct DeriveRequest {
    /// A repository on disk that has the fix; without it the fleet and the address in the advisory are tried.
    pub repository: Option<PathBuf>,
}

/// What the fixes of an advisory say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// The fix commits that the advisory names.
    pub commits: Vec<FixCommit>,
    /// The symbols with their evidence.
    pub symbols: Vec<DerivedSymbol>,
}

/// One fix commit, read or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixCommit {
    /// The commit.
    pub commit: String,
    /// Address or path of its repository.
    pub repository: String,
    /// True when both trees were read.
    pub read: bool,
    /// Why it was not read, or what lowers the grade of its symbols.
    pub notes: Vec<String>,
}

/// A symbol that a fix changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedSymbol {
    /// Name in the ecosystem's naming.
    pub symbol: String,
    /// Package URL without version.
    pub package: String,
    /// Kind of symbol.
    pub kind: String,
    /// `S1` to `S3`.
    pub grade: String,
    /// Why this grade.
    pub reason: String,
    /// The fix commit.
    pub commit: String,
    /// File of the repository, before the fix.
    pub file: String,
    /// First line that differs.
    pub line: u32,
    /// The lines that differ.
    pub hunk: String,
}

/// The changes of one commit with the roots of packages in its tree.
struct Read {
    commit: String,
    changes: Vec<Change>,
    ceiling: Option<Ceiling>,
    roots: Roots,
}

/// Where packages lie in a repository.
#[derive(Default)]
struct Roots {
    /// Folder of each npm package, by name.
    npm: BTreeMap<String, String>,
    /// Folders with `__init__.py`.
    python: BTreeSet<String>,
}

impl Engine {
    /// The symbols that the fixes of an advisory changed; kept until the advisory changes.
    pub(crate) fn derive(
        &self,
        advisory: &Advisory,
        request: &DeriveRequest,
        progress: &dyn Progress,
    ) -> Result<Derivation, EngineError> {
        if let Some(kept) = self.kept_derivation(advisory)?.filter(|kept| kept.commits.iter().all(|c| c.read)) {
            return Ok(kept);
        }
        let mut derivation = Derivation::default();
        let mut read = Vec::new();
        for fix in fixes(&advisory.records).into_iter().take(MAX_FIXES) {
            let mut row = FixCommit {
                commit: fix.commit.clone(),
                repository: fix.repository.clone(),
                read: false,
                notes: Vec::new(),
            };
            match self.read_fix(&fix, request, &mut row, progress) {
                Ok(found) => {
                    row.read = true;
                    read.push(found);
                }
                Err(why) => row.notes.push(why),
            }
            derivation.commits.push(row);
        }
        let unread = derivation.commits.iter().filter(|commit| !commit.read).count();
        derivation.symbols = graded(advisory, &read, unread);
        let bytes = serde_json::to_vec(&derivation).unwrap_or_default();
        self.store().put_answer(&key_of(advisory), &bytes, &clock::now())?;
        Ok(derivation)
    }

    /// What was derived for an advisory in its present state.
    pub(crate) fn kept_derivation(&self, advisory: &Advisory) -> Result<Option<Derivation>, EngineError> {
        let bytes = self.store().answer(&key_of(advisory))?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Adds what was derived to symbols that are known otherwise. Packages with curated symbols keep to those.
    pub(crate) fn add_derived(&self, advisory: &Advisory, symbols: &mut Vec<SymbolSpec>) -> Result<(), EngineError> {
        let curated: BTreeSet<Purl> =
            symbols.iter().filter(|s| s.grade == Grade::S4).map(|s| s.package.clone()).collect();
        let kept = self.kept_derivation(advisory)?.unwrap_or_default();
        symbols.extend(kept.symbols.iter().filter_map(spec).filter(|spec| !curated.contains(&spec.package)));
        Ok(())
    }

    fn read_fix(
        &self,
        fix: &Fix,
        request: &DeriveRequest,
        row: &mut FixCommit,
        progress: &dyn Progress,
    ) -> Result<Read, String> {
        let (repository, commit) = self.repository_with(fix, request, row, progress)?;
        row.commit.clone_from(&commit);
        let parents = repository.parents(&commit).map_err(|e| e.to_string())?;
        let parent = parents.first().ok_or("it has no parent to compare with")?;
        let before = repository.snapshot(Some(parent)).map_err(|e| format!("its parent cannot be read: {e}"))?;
        let after = repository.snapshot(Some(&commit)).map_err(|e| e.to_string())?;
        if let Some(problem) = before.problems.iter().chain(&after.problems).next() {
            row.notes.push(format!("not every file can be listed: {}", problem.detail));
        }
        let paths = differing(&before, &after);
        if paths.len() > MAX_FILES {
            return Err(format!(
                "it changes {} source files, more than {MAX_FILES}: a merge or a release",
                paths.len()
            ));
        }
        let mut files = Vec::new();
        for path in paths {
            files.push(FileChange { before: side(&before, &path)?, after: side(&after, &path)?, path });
        }
        let found = changes(&files);
        row.notes.extend(found.problems);
        row.notes.extend(unreadable_language(&before, &after));
        if parents.len() > 1 {
            row.notes.push("it is a merge, compared with its first parent".to_owned());
        }
        if found.changes.is_empty() {
            row.notes.push("it changes no function of product code that a frontend reads".to_owned());
        }
        let added = found.added.first().filter(|_| !found.changes.is_empty());
        row.notes.extend(added.map(|path| format!("it also adds statements outside of functions in {path}")));
        let ceiling = row.notes.first().map(|why| Ceiling { grade: Grade::S2, why: why.clone() });
        Ok(Read { commit, changes: found.changes, ceiling, roots: roots(&before) })
    }

    /// The repository that has a fix: the one the user names, one of the fleet, else a mirror of its address.
    fn repository_with(
        &self,
        fix: &Fix,
        request: &DeriveRequest,
        row: &mut FixCommit,
        progress: &dyn Progress,
    ) -> Result<(Repository, String), String> {
        let limits = &self.settings().limits;
        let open = |path: &Path| -> Result<(Repository, String), String> {
            let repository = Repository::open_git(path, limits).map_err(|e| e.to_string())?;
            let commit = repository.resolve(&fix.commit).map_err(|_| {
                format!("the repository does not have the commit {}; it may have been rewritten", fix.commit)
            })?;
            Ok((repository, commit))
        };
        if let Some(path) = &request.repository {
            row.repository = path.display().to_string();
            return open(path);
        }
        let wanted = normalise_url(&fix.repository);
        for member in self.store().repositories().map_err(|e| e.to_string())? {
            let same = member.revision.is_some() && wanted.as_deref() == Some(member.identity.as_str());
            if let Some(found) = same.then(|| open(Path::new(&member.location)).ok()).flatten() {
                return Ok(found);
            }
        }
        progress.begin(&format!("fetching {}", faultline_source::redact_url(&fix.repository)), None);
        let mirror = clone_or_update(&fix.repository, &self.mirrors(), CLONE_TIMEOUT, self.settings().offline);
        progress.end();
        open(&mirror.map_err(|e| format!("{e}; name a clone with --repo"))?.path)
    }
}

fn key_of(advisory: &Advisory) -> AnswerKey {
    let mut key = AnswerKey::new();
    key.add("derived symbols").add(DERIVE_VERSION.to_le_bytes()).add(FRONTEND_VERSION.to_le_bytes());
    for record in &advisory.records {
        key.add(&record.id).add(&record.modified);
    }
    for fix in fixes(&advisory.records) {
        key.add(fix.repository).add(fix.commit);
    }
    key
}

/// Source files of the product that are not the same in both trees.
fn differing(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let both = before.entries.iter().chain(&after.entries).filter(|e| is_product_code(&e.path));
    let same = |path: &str| before.get(path).map(|e| e.id) == after.get(path).map(|e| e.id);
    let paths: BTreeSet<&str> = both.map(|e| e.path.as_str()).filter(|path| !same(path)).collect();
    paths.into_iter().map(str::to_owned).collect()
}

/// Languages that a package may be written in and no comparison reads.
const FOREIGN: [&str; 14] =
    ["c", "cc", "cpp", "h", "hpp", "rs", "pyx", "pxd", "java", "kt", "coffee", "vue", "svelte", "php"];

/// A changed file in a language that is not compared: the fix may lie there.
fn unreadable_language(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let foreign = |path: &str| path.rsplit_once('.').is_some_and(|(_, extension)| FOREIGN.contains(&extension));
    let changed = |path: &str| before.get(path).map(|e| e.id) != after.get(path).map(|e| e.id);
    let entry = before.entries.iter().chain(&after.entries).find(|e| foreign(&e.path) && changed(&e.path))?;
    Some(format!("it also changes {}, whose language is not compared", entry.path))
}

fn side(snapshot: &Snapshot, path: &str) -> Result<Option<Vec<u8>>, String> {
    let entry = snapshot.get(path);
    entry.map(|entry| snapshot.read(entry).map_err(|e| format!("{path} cannot be read: {e}"))).transpose()
}

/// Most manifests that are read to find packages.
const MAX_MANIFESTS: usize = 500;

fn roots(tree: &Snapshot) -> Roots {
    let mut roots = Roots::default();
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let named = |name: &'static str| {
        tree.entries.iter().filter(move |e| e.path.rsplit('/').next() == Some(name)).take(MAX_MANIFESTS)
    };
    roots.python.extend(tree.entries.iter().filter(|e| e.path.ends_with("/__init__.py")).map(|e| folder(&e.path)));
    for entry in named("package.json").filter(|e| !crate::paths::is_installed(&e.path)) {
        let json = tree.read(entry).ok().and_then(|b| serde_json::from_slice::<serde_json::Value>(&b).ok());
        if let Some(name) = json.as_ref().and_then(|json| json.get("name")?.as_str()) {
            roots.npm.entry(name.to_owned()).or_insert_with(|| folder(&entry.path));
        }
    }
    roots
}

/// The symbols of all packages of the advisory, best grade first seen.
fn graded(advisory: &Advisory, read: &[Read], unread: usize) -> Vec<DerivedSymbol> {
    let texts: Vec<&str> = advisory.records.iter().flat_map(|r| [r.summary.as_str(), r.details.as_str()]).collect();
    let text = texts.join("\n");
    let all: BTreeSet<(&str, &str)> =
        read.iter().flat_map(|r| &r.changes).map(|c| (c.path.as_str(), c.name.as_str())).collect();
    let partial =
        (unread > 0).then(|| Ceiling { grade: Grade::S2, why: format!("{unread} fix commits were not read") });
    let mut found: BTreeMap<(String, String), DerivedSymbol> = BTreeMap::new();
    for (fix, change) in read.iter().flat_map(|fix| fix.changes.iter().map(move |change| (fix, change))) {
        let ceiling = fix.ceiling.as_ref().or(partial.as_ref());
        let (grade, reason) =
            grade(&change.name, change.kind, &Confirmation { advisory: &text, changed: all.len(), ceiling });
        for package in &advisory.packages {
            let Some(symbol) = symbol_name(&package.purl, change, &fix.roots) else { continue };
            let row = DerivedSymbol {
                symbol: symbol.clone(),
                package: package.purl.to_string(),
                kind: change.kind.as_str().to_owned(),
                grade: grade.as_str().to_owned(),
                reason: format!("{}; {reason}", change.why),
                commit: fix.commit.clone(),
                file: change.path.clone(),
                line: change.line,
                hunk: change.hunk.clone(),
            };
            let known = found.entry((row.package.clone(), symbol)).or_insert_with(|| row.clone());
            // Of two readings the lower grade counts: a wrong negative costs more than a missing one.
            if row.grade < known.grade {
                *known = row;
            }
        }
    }
    found.into_values().collect()
}

/// The name of a change in a package; `None` when it is no part of the package.
fn symbol_name(package: &Purl, change: &Change, roots: &Roots) -> Option<String> {
    match (package.ecosystem(), change.language) {
        (Ecosystem::Npm, Language::JavaScript | Language::TypeScript) => {
            let file = match roots.npm.get(&package.full_name()) {
                Some(root) if !root.is_empty() => change.path.strip_prefix(root.as_str())?.strip_prefix('/')?,
                _ => &change.path,
            };
            Some(join(file, ":", &change.name))
        }
        (Ecosystem::PyPi, Language::Python) => Some(join(&python_module(&change.path, roots), ".", &change.name)),
        (Ecosystem::Go, Language::Go) => {
            let folder = change.path.rsplit_once('/').map(|(folder, _)| format!("/{folder}")).unwrap_or_default();
            Some(join(&format!("{}{folder}", package.full_name()), ".", &change.name))
        }
        _ => None,
    }
}

fn join(module: &str, separator: &str, name: &str) -> String {
    if name.is_empty() { module.to_owned() } else { format!("{module}{separator}{name}") }
}

/// The module of a file: its path from the outermost folder that is a package.
fn python_module(path: &str, roots: &Roots) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    let mut root = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    while roots.python.contains(root) {
        root = root.rsplit_once('/').map_or("", |(above, _)| above);
    }
    stem.strip_prefix(root).unwrap_or(stem).trim_start_matches('/').replace('/', ".")
}

fn spec(symbol: &DerivedSymbol) -> Option<SymbolSpec> {
    let grade = [Grade::S1, Grade::S2, Grade::S3].into_iter().find(|grade| grade.as_str() == symbol.grade)?;
    let short = symbol.commit.get(..10).unwrap_or(&symbol.commit);
    Some(SymbolSpec {
        package: Purl::parse(&symbol.package).ok()?,
        symbol: symbol.symbol.clone(),
        kind: SymbolKind::from_word(&symbol.kind)?,
        grade,
        origin: format!("fix {short} {}:{}", symbol.file, symbol.line),
        versions: None,
    })
}
