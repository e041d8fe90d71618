//! Bills of materials: from a repository or folder to the model that `report` writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use faultline_inventory::metadata::{self, PackageMetadata, Party};
use faultline_inventory::{Incomplete, Inventory};
use faultline_package::{Ecosystem, Integrity, Origin, PackageNode, Project, Purl};
use faultline_report::sbom::Bom;
use faultline_report::sbom::build::{Material, Subject, build};
use faultline_source::{Found, PackageFiles, Repository, Snapshot, digest};
use faultline_store::{AnswerKey, EntryKey};
use serde::{Deserialize, Serialize};

use crate::packages::Installed;
use crate::{Engine, EngineError, Progress, clock};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct SbomRequest {
    /// A folder, or the name of an indexed repository.
    pub subject: String,
    /// The revision instead of HEAD.
    pub revision: Option<String>,
    /// Only this project folder; nothing means all.
    pub project: Option<String>,
    /// What neither lockfile nor checkout says is read from the registry's artifacts.
    pub fetch: bool,
    /// Who answers for the document.
    pub author: Option<Party>,
    /// Who makes the subject, where its manifests do not say.
    pub supplier: Option<Party>,
    /// Licence of the subject and of packages of the fleet, where their manifests do not say.
    pub licence: Option<String>,
    /// The artifact that is built from the subject.
    pub artifact: Option<PathBuf>,
    /// Version of this program.
    pub tool_version: String,
}

impl SbomRequest {
    /// What is said of own software that does not say it itself.
    fn own(&self) -> PackageMetadata {
        PackageMetadata {
            author: self.supplier.clone().or_else(|| self.author.clone()),
            licence: self.licence.clone(),
            ..PackageMetadata::default()
        }
    }
}

/// Packages whose artifacts are read at the same time: mostly waiting for servers.
const AT_ONCE: usize = 8;

/// One repository with what it says.
struct Part {
    found: Found,
    snapshot: Snapshot,
    inventory: Inventory,
}

/// What artifacts say, as it is kept.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Artifact {
    metadata: PackageMetadata,
    digests: Vec<(String, String, Option<String>)>,
}

/// What a package of the fleet says about itself, and the hashes of its manifest.
type Published = (PackageMetadata, Vec<Integrity>);

/// A package that is described: where it is used, and the project it is installed for.
type Use<'a> = (&'a PackageNode, &'a Part, &'a str);

impl Engine {
    /// The bill of materials of a repository, folder, project or fleet, and the inputs that could not be read.
    pub fn sbom(&self, request: &SbomRequest, progress: &dyn Progress) -> Result<(Bom, Vec<Incomplete>), EngineError> {
        let (name, parts) = self.parts(request, progress)?;
        let several = parts.len() > 1;
        let mut projects = Vec::new();
        let mut own_metadata = Vec::new();
        let mut own_hashes = Vec::new();
        let mut incomplete = Vec::new();
        for part in &parts {
            let prefix = if several { part.found.name.as_str() } else { "" };
            incomplete.extend(
                part.inventory
                    .incomplete
                    .iter()
                    .map(|item| Incomplete { file: inside(prefix, &item.file), ..item.clone() }),
            );
            for project in &part.inventory.projects {
                let moved = below(prefix, project);
                if request.project.as_ref().is_none_or(|wanted| *wanted == moved.path) {
                    own_metadata.push(own(&part.snapshot, project).or(request.own()));
                    own_hashes.push(manifest_hashes(&part.snapshot, project));
                    projects.push(moved);
                }
            }
        }
        if let Some(wanted) = request.project.as_ref().filter(|_| projects.is_empty()) {
            return Err(EngineError::Input(format!("no project lies at `{wanted}`; `faultline inventory` lists them")));
        }
        let artifact = request.artifact.as_ref().map(|path| hashes_of_file(path)).transpose()?;
        let (metadata, digests) = self.describe(request, &parts, progress)?;
        add_digests(&mut projects, &digests);
        let single = parts.first().filter(|_| !several);
        let material = Material {
            subject: Subject {
                name,
                remote: single.map(|p| p.found.identity.clone()).filter(|i| i.contains('.') && !i.starts_with('/')),
                revision: single.and_then(|p| p.snapshot.revision.clone()),
            },
            subject_metadata: PackageMetadata {
                copyright: Some(single.map(|p| copyright_at(&p.snapshot, "")).unwrap_or_default()),
                ..request.own()
            },
            subject_hashes: artifact.unwrap_or_default(),
            projects: projects.iter().collect(),
            own_metadata,
            own_hashes,
            metadata,
            incomplete: &incomplete,
            created: clock::stated(),
            author: request.author.clone(),
            tool_version: request.tool_version.clone(),
        };
        Ok((build(&material), incomplete))
    }

    /// Name of the subject and its repositories.
    fn parts(&self, request: &SbomRequest, progress: &dyn Progress) -> Result<(String, Vec<Part>), EngineError> {
        let (place, name) = self.place(&request.subject)?;
        let found = faultline_source::discover(&place)?.repositories;
        let limits = &self.settings().limits;
        let mut parts = Vec::new();
        for found in found {
            let repository = Repository::open(&found, limits)?;
            let snapshot = repository.snapshot(request.revision.as_deref())?;
            let (mut inventory, _) = self.inventory_with_poms(&snapshot, progress)?;
            inventory.incomplete.extend(snapshot.problems.iter().map(|reason| Incomplete {
                file: reason.location.as_ref().map_or_else(|| ".".to_owned(), |l| l.file.clone()),
                line: 0,
                why: reason.detail.clone(),
            }));
            parts.push(Part { found, snapshot, inventory });
        }
        Ok((name, parts))
    }

    /// A folder as given, else an indexed repository of that name.
    fn place(&self, subject: &str) -> Result<(PathBuf, String), EngineError> {
        let path = Path::new(subject);
        if path.is_dir() {
            let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            let name = real.file_name().map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned());
            return Ok((path.to_owned(), name.trim_end_matches(".git").to_owned()));
        }
        let known = self.store().repositories()?;
        let found = known.into_iter().find(|r| r.name == subject);
        let missing =
            || format!("`{subject}` is neither a folder nor an indexed repository; `faultline repos` lists them");
        let repository = found.ok_or_else(|| EngineError::Input(missing()))?;
        Ok((PathBuf::from(&repository.location), repository.name))
    }

    /// What packages say about themselves: lockfile, then what is installed or kept, then the registry.
    #[allow(clippy::type_complexity, reason = "two tables by package URL")]
    fn describe(
        &self,
        request: &SbomRequest,
        parts: &[Part],
        progress: &dyn Progress,
    ) -> Result<(BTreeMap<String, PackageMetadata>, BTreeMap<String, Vec<Integrity>>), EngineError> {
        let installed: Vec<Installed> = parts.iter().map(|part| Installed::of(&part.found.path, None)).collect();
        let mut uses: BTreeMap<String, (Use, &Installed)> = BTreeMap::new();
        let mut metadata: BTreeMap<String, PackageMetadata> = BTreeMap::new();
        for (part, installed) in parts.iter().zip(&installed) {
            let of_lock = lockfile_metadata(part);
            for project in &part.inventory.projects {
                for node in &project.graph.packages {
                    let purl = node.purl.to_string();
                    let key = (node.purl.full_name(), node.purl.version().unwrap_or_default().to_owned());
                    if let Some(stated) = of_lock.get(&key) {
                        let known = metadata.remove(&purl).unwrap_or_default();
                        metadata.insert(purl.clone(), known.or(stated.clone()));
                    }
                    uses.entry(purl).or_insert(((node, part, &project.path), installed));
                }
            }
        }
        progress.begin("describing packages", Some(uses.len() as u64));
        let work: Vec<(&String, &(Use, &Installed))> = uses.iter().collect();
        let artifacts = self.in_parallel(&work, |(_, (of, installed))| {
            let artifact = self.artifact(*of, installed, request.fetch);
            progress.advance(1);
            artifact
        });
        progress.end();
        let own = self.published(request)?;
        let mut digests = BTreeMap::new();
        for ((purl, _), artifact) in work.iter().zip(artifacts) {
            let artifact = artifact?;
            let known = metadata.remove(*purl).unwrap_or_default();
            let (of_fleet, manifest) = own.get(*purl).cloned().unwrap_or_default();
            metadata.insert((*purl).clone(), artifact.metadata.or(known).or(of_fleet));
            let hashes = artifact.digests.into_iter().map(|(algorithm, hex, file)| Integrity { algorithm, hex, file });
            digests.insert((*purl).clone(), hashes.chain(manifest).collect());
        }
        Ok((metadata, digests))
    }

    /// What the manifests of indexed repositories say about the packages that they publish, and their hashes.
    fn published(&self, request: &SbomRequest) -> Result<BTreeMap<String, Published>, EngineError> {
        let mut all = BTreeMap::new();
        for repository in self.store().repositories()? {
            let checkout = self.checkout(repository)?;
            let named: Vec<(usize, String)> = (0..)
                .zip(&checkout.inventory.projects)
                .filter_map(|(index, p)| {
                    let purl = Purl::new(p.ecosystem, p.name.as_ref()?, Some(p.version.as_ref()?));
                    Some((index, purl.to_string()))
                })
                .collect();
            let Some(snapshot) = checkout.snapshot(&self.settings().limits).filter(|_| !named.is_empty()) else {
                continue;
            };
            for (index, purl) in named {
                let project = checkout.project(index);
                let stated = own(&snapshot, project).or(request.own());
                all.entry(purl).or_insert((stated, manifest_hashes(&snapshot, project)));
            }
        }
        Ok(all)
    }

    fn in_parallel<T: Sync, R: Send>(&self, work: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let take = || {
            let index = next.fetch_add(1, Ordering::Relaxed);
            work.get(index).map(|item| (index, item))
        };
        let run = || std::iter::from_fn(take).map(|(index, item)| (index, one(item))).collect::<Vec<_>>();
        let threads = AT_ONCE.min(work.len()).min(self.settings().threads.unwrap_or(AT_ONCE));
        let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
            workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect()
        });
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// What a package's own files say.
    fn artifact(&self, of: Use, installed: &Installed, fetch: bool) -> Result<Artifact, EngineError> {
        let (node, _, project) = of;
        if let Some(files) = self.in_checkout(node, project, installed, &describes) {
            return Ok(Artifact { metadata: of_files(node.purl.ecosystem(), &files), digests: Vec::new() });
        }
        let key = artifact_key(node);
        let kept = self.store().answer(&key)?;
        if let Some(artifact) = kept.and_then(|json| serde_json::from_slice(&json).ok()) {
            return Ok(artifact);
        }
        if fetch && node.origin == Origin::Registry && self.given_up(node.purl.ecosystem()).is_none() {
            match self.registries().fetch(&node.purl, &node.integrity, &describes) {
                Ok(fetched) => {
                    let digests = fetched.digests.into_iter().map(|d| (d.algorithm, d.hex, d.file)).collect();
                    let artifact = Artifact { metadata: of_files(node.purl.ecosystem(), &fetched.files), digests };
                    let json = serde_json::to_vec(&artifact).unwrap_or_default();
                    self.store().put_answer(&key, &json, &clock::now())?;
                    return Ok(artifact);
                }
                Err(error) => tracing::info!("{}: {error}", node.purl),
            }
        }
        Ok(Artifact { metadata: self.kept_manifest(node)?, digests: Vec::new() })
    }

    /// The manifest of a package that was analysed before.
    fn kept_manifest(&self, node: &PackageNode) -> Result<PackageMetadata, EngineError> {
        let Some(record) = self.store().package_by_purl(&node.purl)? else { return Ok(PackageMetadata::default()) };
        let Some(row) = record.files.iter().find(|f| f.path == "package.json") else {
            return Ok(PackageMetadata::default());
        };
        let texts = self.store().texts(&[EntryKey::text(&row.content)])?;
        let text = texts.into_iter().next().flatten().unwrap_or_default();
        Ok(metadata::of_package_json(&String::from_utf8_lossy(&text)).unwrap_or_default())
    }
}

/// The artifact's bytes are known by the lockfile's hashes; the version of this digest is part of it.
fn artifact_key(node: &PackageNode) -> AnswerKey {
    let mut key = AnswerKey::new();
    key.add("artifact metadata 1").add(node.purl.to_string());
    for hash in &node.integrity {
        key.add(&hash.algorithm).add(&hash.hex);
    }
    key
}

/// Files that say what a package is and whose it is.
fn describes(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "package.json" | "METADATA" | "PKG-INFO" | "Cargo.toml") || metadata::is_licence_file(path)
}

fn of_files(ecosystem: Ecosystem, files: &PackageFiles) -> PackageMetadata {
    let text = |path: &str| files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let stated = match ecosystem {
        Ecosystem::Npm => text("package.json").and_then(|t| metadata::of_package_json(&t)),
        Ecosystem::Cargo => text("Cargo.toml").and_then(|t| metadata::of_cargo_toml(&t)),
        Ecosystem::PyPi => {
            let mut paths = files.files.iter().map(|(path, _)| path);
            let found = paths.find(|p| p.ends_with(".dist-info/METADATA") || p.rsplit('/').next() == Some("PKG-INFO"));
            found.and_then(|p| text(p)).map(|t| metadata::of_python_metadata(&t))
        }
        _ => None,
    };
    let own = |path: &str| metadata::is_licence_file(path) && !path.contains("node_modules/");
    let licences = files.files.iter().filter(|(path, _)| own(path));
    let mut copyright: Vec<String> =
        licences.flat_map(|(_, bytes)| metadata::copyrights(&String::from_utf8_lossy(bytes))).collect();
    copyright.dedup();
    PackageMetadata { copyright: Some(copyright), ..stated.unwrap_or_default() }
}

/// What the lockfiles of a repository state about package versions.
fn lockfile_metadata(part: &Part) -> BTreeMap<(String, String), PackageMetadata> {
    let mut all = BTreeMap::new();
    for file in part.inventory.projects.iter().flat_map(|p| &p.files) {
        let name = file.rsplit('/').next().unwrap_or(file);
        if matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | "composer.lock") {
            all.extend(metadata::of_lockfile(name, &text_of(&part.snapshot, file)));
        }
    }
    all
}

/// What a project's manifest says about it.
fn own(snapshot: &Snapshot, project: &Project) -> PackageMetadata {
    let file = |name: &str| inside(&project.path, name);
    let stated = match project.ecosystem {
        Ecosystem::Npm => metadata::of_package_json(&text_of(snapshot, &file("package.json"))),
        Ecosystem::PyPi => metadata::of_pyproject(&text_of(snapshot, &file("pyproject.toml"))),
        Ecosystem::Cargo => metadata::of_cargo_toml(&text_of(snapshot, &file("Cargo.toml"))),
        _ => None,
    };
    PackageMetadata { copyright: Some(copyright_at(snapshot, &project.path)), ..stated.unwrap_or_default() }
}

/// Copyright lines of the licence files in a folder.
fn copyright_at(snapshot: &Snapshot, folder: &str) -> Vec<String> {
    let here = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    let licences = snapshot.entries.iter().filter(|e| here(&e.path) && metadata::is_licence_file(&e.path));
    licences.flat_map(|e| metadata::copyrights(&text_of(snapshot, &e.path))).collect()
}

/// The manifest stands for a project of which no artifact is known.
fn manifest_hashes(snapshot: &Snapshot, project: &Project) -> Vec<Integrity> {
    let is_manifest = |file: &&String| {
        let name = file.rsplit('/').next().unwrap_or(file);
        !name.contains("lock") && !name.contains("shrinkwrap")
    };
    let Some(path) = project.files.iter().find(is_manifest).or_else(|| project.files.first()) else {
        return Vec::new();
    };
    let bytes = snapshot.get(path).and_then(|entry| snapshot.read(entry).ok());
    bytes.map(|bytes| hashes(path, &bytes)).unwrap_or_default()
}

fn hashes(path: &str, bytes: &[u8]) -> Vec<Integrity> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let one = |algorithm: &str| {
        let hex = digest(algorithm, bytes)?;
        Some(Integrity { algorithm: algorithm.to_owned(), hex, file: Some(name.to_owned()) })
    };
    ["sha256", "sha512"].into_iter().filter_map(one).collect()
}

fn hashes_of_file(path: &Path) -> Result<Vec<Integrity>, EngineError> {
    let fault = |e: std::io::Error| EngineError::Input(format!("{}: {e}", path.display()));
    crate::input::check_regular(path, &std::fs::metadata(path).map_err(fault)?)?;
    let bytes = std::fs::read(path).map_err(fault)?;
    Ok(hashes(&path.to_string_lossy().replace('\\', "/"), &bytes))
}

fn text_of(snapshot: &Snapshot, path: &str) -> String {
    let bytes = snapshot.get(path).and_then(|entry| snapshot.read(entry).ok());
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn inside(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// A project of one repository among several: its paths start with the repository's name.
fn below(prefix: &str, project: &Project) -> Project {
    let mut project = project.clone();
    if prefix.is_empty() {
        return project;
    }
    project.path = inside(prefix, &project.path);
    project.files.iter_mut().for_each(|file| *file = inside(prefix, file));
    for node in &mut project.graph.packages {
        node.locations.iter_mut().for_each(|place| place.file = inside(prefix, &place.file));
        node.path = node.path.take().map(|path| inside(prefix, &path));
    }
    project
}

/// Hashes that the artifacts themselves gave.
fn add_digests(projects: &mut [Project], digests: &BTreeMap<String, Vec<Integrity>>) {
    for node in projects.iter_mut().flat_map(|p| &mut p.graph.packages) {
        let Some(more) = digests.get(&node.purl.to_string()).filter(|m| !m.is_empty()) else { continue };
        let one_file = node.integrity.iter().all(|hash| hash.file.is_none());
        for hash in more {
            let hash = Integrity { file: hash.file.clone().filter(|_| !one_file), ..hash.clone() };
            if !node.integrity.contains(&hash) {
                node.integrity.push(hash);
            }
        }
    }
}
