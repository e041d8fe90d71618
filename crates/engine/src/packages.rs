//! Package sources: from the checkout, the fleet, the store or the registry; extracted once for all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use faultline_exposure::{Missing, ReasonCode};
use faultline_extract::{FRONTEND_VERSION, extract};
use faultline_facts::Facts;
use faultline_inventory::Tree;
use faultline_package::{Ecosystem, Origin, PackageNode, Purl};
use faultline_source::{Keep, PackageFiles, PythonEnvironment, SourceError, digest};
use faultline_store::{AnswerKey, EntryKey, FileRow, PackBuilder, PackageRecord, Problem};
use rayon::prelude::*;

use crate::blobs::{Extracted, facts_key};
use crate::fleet::Fleet;
use crate::paths::{command_language, is_installed, may_be_command, source_language};
use crate::{Engine, EngineError, Silent, clock};

/// Where packages may be installed for a project.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    checkout: PathBuf,
    python: Vec<PythonEnvironment>,
    node: bool,
}

impl Installed {
    /// Looks for `node_modules` and virtual environments in a checkout; `None` for a bare repository.
    pub fn of(checkout: &Path, active: Option<&Path>) -> Installed {
        let bare = checkout.join("HEAD").is_file() && checkout.join("objects").is_dir();
        if bare || !checkout.is_dir() {
            return Installed { checkout: checkout.to_owned(), python: Vec::new(), node: false };
        }
        let python = faultline_source::python_environments(checkout, active);
        Installed { checkout: checkout.to_owned(), python, node: true }
    }
}

/// A package version with its facts.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Purl with version.
    pub purl: Purl,
    /// What its bytes are known by.
    pub record: PackageRecord,
    /// Source files with their facts, in the order of paths.
    pub files: Vec<(String, Arc<Facts>)>,
}

/// A package with its facts, or why its source is not to be had.
pub(crate) type Obtained = Result<Arc<Package>, Missing>;

/// Rises when other files of a package are kept, or are read as another language.
const KEPT_VERSION: &str = "k2";

/// Packages that are fetched or read at the same time: mostly waiting for servers.
const AT_ONCE: usize = 4;

impl Engine {
    /// The sources of installed packages, in the same order: from the fleet, else as [`Engine::obtain`] finds them.
    pub(crate) fn obtain_all(
        &self,
        nodes: &[&PackageNode],
        project: &str,
        installed: &Installed,
        fleet: &Fleet,
    ) -> Result<Vec<Obtained>, EngineError> {
        let next = AtomicUsize::new(0);
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            nodes.get(index).map(|node| (index, *node))
        };
        let one = |node: &PackageNode| match fleet.package(self, node)? {
            Some(package) => Ok(Ok(package)),
            None => self.obtain(node, project, installed),
        };
        let work = || std::iter::from_fn(take).map(|(index, node)| (index, one(node))).collect::<Vec<_>>();
        let mut done: Vec<(usize, Result<Obtained, EngineError>)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE.min(nodes.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
        });
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, obtained)| obtained).collect()
    }

    /// The source of an installed package: what lies in the checkout, else what is kept, else the registry.
    pub(crate) fn obtain(
        &self,
        node: &PackageNode,
        project: &str,
        installed: &Installed,
    ) -> Result<Obtained, EngineError> {
        if let Some(files) = self.in_checkout(node, project, installed, &keeps) {
            let identity = identity_of(&files);
            if let Some(why) = self.cannot_keep(&node.purl, &identity)? {
                return Ok(Err(missing(node, ReasonCode::PackageMissing, why)));
            }
            return self.keep(&node.purl, identity, "installed in the checkout", &files).map(Ok);
        }
        if node.origin != Origin::Registry {
            let why = "it does not come from a registry; install it in the checkout".to_owned();
            return Ok(Err(missing(node, ReasonCode::PackageMissing, why)));
        }
        let identity = promised_identity(node);
        if let Some(record) = self.store().package(&node.purl, &identity)? {
            return self.load(&node.purl, record).map(Ok);
        }
        if let Some(why) = self.cannot_keep(&node.purl, &identity)? {
            return Ok(Err(missing(node, ReasonCode::PackageMissing, why)));
        }
        if let Ok((files, place)) = self.registries().cached(&node.purl, &node.integrity, &keeps) {
            return self.keep(&node.purl, identity, place, &files).map(Ok);
        }
        match self.at_registry(node, &identity)? {
            Ok(package) => Ok(Ok(package)),
            Err(missing) => self.unversioned(node, missing),
        }
    }

    /// The last resort: sources on this machine that do not tell their version, known by their bytes.
    fn unversioned(&self, node: &PackageNode, missing: Missing) -> Result<Obtained, EngineError> {
        match self.registries().unversioned(&node.purl, &keeps) {
            Ok(files) => {
                let identity = identity_of(&files);
                self.keep(&node.purl, identity, "source tree without versions", &files).map(Ok)
            }
            Err(_) => Ok(Err(missing)),
        }
    }

    /// Why a package that is not kept yet cannot be.
    fn cannot_keep(&self, purl: &Purl, identity: &str) -> Result<Option<String>, EngineError> {
        let lost = self.store().is_read_only() && self.store().package(purl, identity)?.is_none();
        Ok(lost.then(|| "the store does not have it and may only be read; use one that may be written".to_owned()))
    }

    /// The wanted files of a package that is installed in the checkout.
    pub(crate) fn in_checkout(
        &self,
        node: &PackageNode,
        project: &str,
        installed: &Installed,
        keep: Keep,
    ) -> Option<PackageFiles> {
        let version = node.purl.version()?;
        let name = node.purl.full_name();
        let limits = &self.settings().limits;
        match node.purl.ecosystem() {
            Ecosystem::Npm if installed.node => {
                let folder = installed.checkout.join(project);
                let lock =
                    node.locations.first().and_then(|l| l.file.rsplit_once('/')).map_or("", |(folder, _)| folder);
                let place = installed.checkout.join(lock);
                let wanted = (name.as_str(), version);
                faultline_source::node_package(&installed.checkout, &place, &node.id, wanted, limits, keep)
                    .or_else(|_| {
                        faultline_source::find_node_package(&installed.checkout, &folder, wanted, limits, keep)
                    })
                    .ok()
            }
            Ecosystem::PyPi => {
                let find = |e: &PythonEnvironment| e.files(e.find(&name, version)?, limits, keep).ok();
                installed.python.iter().find_map(find)
            }
            Ecosystem::Go if installed.node => {
                let folder = installed.checkout.join(project);
                let imported = node.alias.as_deref().unwrap_or(&name);
                faultline_source::go_vendored(&installed.checkout, &folder, (imported, version), limits, keep).ok()
            }
            Ecosystem::Cargo if installed.node => {
                let folder = installed.checkout.join(project);
                let wanted = (name.as_str(), version);
                let hashes = &node.integrity;
                faultline_source::cargo_vendored(&installed.checkout, &folder, wanted, hashes, limits, keep).ok()
            }
            _ => None,
        }
    }

    fn at_registry(&self, node: &PackageNode, identity: &str) -> Result<Obtained, EngineError> {
        let ecosystem = node.purl.ecosystem();
        if let Some(why) = self.given_up(ecosystem) {
            return Ok(Err(missing(node, ReasonCode::PackageMissing, why)));
        }
        let fetch = || match ecosystem {
            Ecosystem::Maven => {
                let (extension, classifier) = maven_artifact(&node.id);
                self.registries().fetch_maven(&node.purl, extension, classifier, &node.integrity, &keeps)
            }
            _ => self.registries().fetch(&node.purl, &node.integrity, &keeps),
        };
        // A server that is busy with the other requests gets a second chance.
        let fetched = match fetch() {
            Err(SourceError::Timeout { .. }) => fetch(),
            other => other,
        };
        match fetched {
            Ok(fetched) => {
                let origin = format!("registry, {}", fetched.artifact);
                self.keep(&node.purl, identity.to_owned(), &origin, &fetched.files).map(Ok)
            }
            Err(error) => {
                let code = match error {
                    SourceError::NotConfigured { .. } => ReasonCode::RegistryNotConfigured,
                    _ => ReasonCode::PackageMissing,
                };
                // Which package is the first to meet a dead server is chance; the answer must not tell.
                if matches!(error, SourceError::Network { .. } | SourceError::Timeout { .. }) {
                    tracing::warn!("{}: {error}", node.purl);
                    let why = format!("the {} registry does not answer; try again later", ecosystem.purl_type());
                    self.give_up(ecosystem, why.clone());
                    return Ok(Err(missing(node, code, why)));
                }
                Ok(Err(missing(node, code, error.to_string())))
            }
        }
    }

    /// Extracts and keeps a package's files, unless they are kept already.
    fn keep(
        &self,
        purl: &Purl,
        identity: String,
        origin: &str,
        files: &PackageFiles,
    ) -> Result<Arc<Package>, EngineError> {
        if let Some(record) = self.store().package(purl, &identity)? {
            return self.load(purl, record);
        }
        let rows: Vec<FileRow> = files.files.iter().map(|(path, bytes)| file_row(path, bytes)).collect();
        let read = |row: &FileRow| files.get(&row.path).map(|b| b.to_vec()).ok_or_else(|| "is not there".to_owned());
        let extracted = if purl.ecosystem() == Ecosystem::Go {
            texts_only(&rows, files)
        } else {
            self.extract_files(&rows, &read, true, &Silent)?
        };
        let mut problems = extracted.problems;
        problems.extend(files.problems.iter().map(|reason| Problem {
            what: reason.location.as_ref().map_or(".", |l| l.file.as_str()).to_owned(),
            line: 0,
            why: reason.detail.clone(),
            fatal: false,
        }));
        let paths: Vec<String> = files.files.iter().map(|(path, _)| path.clone()).collect();
        let read = |path: &str| files.get(path).cloned().ok_or_else(|| "is not there".to_owned());
        let resources = faultline_inventory::read(&Tree { paths: &paths, read: &read }).resources;
        let record = PackageRecord { identity, origin: origin.to_owned(), files: rows, resources, problems };
        self.store().put_package(purl, &record, extracted.pack, &clock::now())?;
        self.load(purl, record)
    }

    /// Facts of a kept package; those of an older frontend are made anew from the kept text.
    fn load(&self, purl: &Purl, record: PackageRecord) -> Result<Arc<Package>, EngineError> {
        let cache_key = format!("{purl} {}", record.identity);
        if let Some(package) = self.cached_package(&cache_key) {
            return Ok(package);
        }
        if purl.ecosystem() == Ecosystem::Go {
            // Of a Go module only those packages are parsed that matter, see `golang`.
            let package = Arc::new(Package { purl: purl.clone(), record, files: Vec::new() });
            self.cache_package(cache_key, &package);
            return Ok(package);
        }
        let sources: Vec<&FileRow> = record.files.iter().filter(|f| f.language.is_some()).collect();
        let keys: Vec<EntryKey> = sources.iter().filter_map(|f| Some(facts_key(f, f.language?))).collect();
        let mut facts = self.store().facts(&keys)?;
        self.renew(purl, &record, &sources, &mut facts)?;
        let files =
            sources.iter().zip(facts).filter_map(|(row, facts)| Some((row.path.clone(), Arc::new(facts?)))).collect();
        let package = Arc::new(Package { purl: purl.clone(), record, files });
        self.cache_package(cache_key, &package);
        Ok(package)
    }

    /// Facts of some files of a kept package, in the same order.
    pub(crate) fn facts_of_package(
        &self,
        purl: &Purl,
        record: &PackageRecord,
        rows: &[&FileRow],
    ) -> Result<Vec<Option<Facts>>, EngineError> {
        let keys: Vec<EntryKey> = rows.iter().filter_map(|f| Some(facts_key(f, f.language?))).collect();
        let mut facts = self.store().facts(&keys)?;
        self.renew(purl, record, rows, &mut facts)?;
        Ok(facts)
    }

    fn renew(
        &self,
        purl: &Purl,
        record: &PackageRecord,
        sources: &[&FileRow],
        facts: &mut [Option<Facts>],
    ) -> Result<(), EngineError> {
        let stale: Vec<usize> = (0..facts.len()).filter(|i| facts[*i].is_none()).collect();
        if stale.is_empty() {
            return Ok(());
        }
        let keys: Vec<EntryKey> = stale.iter().map(|i| EntryKey::text(&sources[*i].content)).collect();
        let texts = self.store().texts(&keys)?;
        let mut pack = PackBuilder::new();
        let parse = |(index, text): (usize, Option<Vec<u8>>)| {
            let (language, text) = (sources[index].language?, text?);
            let made = extract(language, &text);
            let encoded = faultline_facts::encode(&made);
            Some((index, language, made, encoded))
        };
        let work: Vec<(usize, Option<Vec<u8>>)> = stale.into_iter().zip(texts).collect();
        let parsed: Vec<_> = self.parsers.install(|| work.into_par_iter().filter_map(parse).collect());
        for (index, language, made, encoded) in parsed {
            pack.add_facts(EntryKey::facts(&sources[index].content, language, FRONTEND_VERSION), &encoded);
            facts[index] = Some(made);
        }
        if self.store().is_read_only() {
            return Ok(());
        }
        Ok(self.store().put_package(purl, record, pack, &clock::now())?)
    }
}

/// File extension and classifier of a Maven package, as its id tells them.
fn maven_artifact(id: &str) -> (&str, &str) {
    let qualifiers = id.split_once('?').map_or("", |(_, qualifiers)| qualifiers);
    let find = |name: &str| qualifiers.split('&').find_map(|q| q.strip_prefix(name)?.strip_prefix('='));
    (find("type").unwrap_or("jar"), find("classifier").unwrap_or_default())
}

/// Source text that is parsed when a question needs it.
fn texts_only(rows: &[FileRow], files: &PackageFiles) -> Extracted {
    let mut pack = PackBuilder::new();
    for row in rows.iter().filter(|row| row.language.is_some() && !row.path.ends_with("_test.go")) {
        if let Some(text) = files.get(&row.path) {
            pack.add_text(EntryKey::text(&row.content), text);
        }
    }
    Extracted { pack, problems: Vec::new(), parsed: 0 }
}

fn missing(node: &PackageNode, code: ReasonCode, why: String) -> Missing {
    Missing { package: node.purl.to_string(), code, why }
}

fn file_row(path: &str, bytes: &[u8]) -> FileRow {
    let size = bytes.len() as u64;
    let language =
        source_language(path, size).or_else(|| command_language(path, bytes)).filter(|_| !is_installed(path));
    FileRow { path: path.to_owned(), content: digest("sha256", bytes).unwrap_or_default(), language, size }
}

/// Files of a package that are kept in memory: sources, and what says how they are linked.
fn keeps(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    source_language(path, 0).is_some()
        || may_be_command(path, 0)
        || faultline_inventory::jvm::names_classes(path)
        || matches!(
            name,
            "METADATA"
                | "PKG-INFO"
                | "entry_points.txt"
                | "top_level.txt"
                | "setup.cfg"
                | "pyproject.toml"
                | "go.mod"
                | "Cargo.toml"
        )
}

/// The lockfile's promise names a package's bytes; without one, name and version do.
fn promised_identity(node: &PackageNode) -> String {
    let mut hashes: Vec<String> = node.integrity.iter().map(|i| format!("{}:{}", i.algorithm, i.hex)).collect();
    hashes.sort();
    let promised = match hashes.as_slice() {
        // Artifacts of one Maven version differ by classifier.
        [] if node.purl.ecosystem() == Ecosystem::Maven && node.id.contains('?') => {
            format!("unpromised {}", node.id)
        }
        [] => "unpromised".to_owned(),
        [one] => one.clone(),
        many => format!("any:{}", AnswerKey::new().add(many.join(" ")).hex()),
    };
    format!("{promised} {KEPT_VERSION}")
}

/// Installed files may have been changed: their bytes are their name.
fn identity_of(files: &PackageFiles) -> String {
    let mut key = AnswerKey::new();
    for (path, bytes) in &files.files {
        key.add(path).add(bytes);
    }
    format!("files:{} {KEPT_VERSION}", key.hex())
}
