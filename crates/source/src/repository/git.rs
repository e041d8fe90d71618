//! Git repositories, read straight from the object database.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use faultline_package::Reason;
use gix::objs::Kind;
use gix::objs::tree::EntryKind as Mode;
use rayon::prelude::*;

use super::blob::{BlobId, LFS_POINTER_MAX, lfs_pointer, object_id};
use super::listing::{Entry, EntryKind, Origin, Snapshot};
use super::url::normalise_url;
use crate::error::{Result, SourceError, reason};
use crate::limits::Limits;
use crate::text::bytes_text;

/// A repository with a pool of handles, so that threads read without waiting for one another.
#[derive(Clone)]
pub(super) struct GitRepository(Arc<Shared>);

struct Shared {
    repository: gix::ThreadSafeRepository,
    pool: Mutex<Vec<gix::Repository>>,
    path: PathBuf,
}

/// Neither the user's, nor the system's, nor most of the repository's own configuration is used.
fn options() -> gix::open::Options {
    gix::open::Options::isolated()
        .with(gix::sec::Trust::Reduced)
        .config_overrides(["core.useReplaceRefs=false", "core.precomposeUnicode=false"])
}

/// The normalised address of the remote `origin`, else of the only remote.
pub(crate) fn origin_of(path: &Path) -> Option<String> {
    let repository = gix::open_opts(path, options()).ok()?;
    let config = repository.config_snapshot();
    let address = config.string("remote.origin.url").or_else(|| {
        let names = repository.remote_names();
        let only = if names.len() == 1 { names.first() } else { None };
        config.string(format!("remote.{}.url", only?).as_str())
    })?;
    normalise_url(&address.to_string())
}

impl GitRepository {
    pub(super) fn open(path: &Path) -> Result<GitRepository> {
        let repository = gix::ThreadSafeRepository::open_opts(path, options()).map_err(|e| open_error(path, &e))?;
        if repository.to_thread_local().object_hash() != gix::hash::Kind::Sha1 {
            return Err(SourceError::Sha256 { path: path.display().to_string() });
        }
        let shared = Shared { repository, pool: Mutex::default(), path: path.to_owned() };
        Ok(GitRepository(Arc::new(shared)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs `f` with a handle of this thread's own.
    fn with<T>(&self, f: impl FnOnce(&gix::Repository) -> T) -> T {
        let pooled = self.0.pool.lock().ok().and_then(|mut pool| pool.pop());
        let handle = pooled.unwrap_or_else(|| self.0.repository.to_thread_local());
        let result = f(&handle);
        if let Ok(mut pool) = self.0.pool.lock() {
            pool.push(handle);
        }
        result
    }

    fn error(&self, error: &dyn std::fmt::Display) -> SourceError {
        SourceError::Git { path: self.0.path.display().to_string(), why: error.to_string() }
    }

    pub(super) fn head(&self) -> Result<Option<String>> {
        self.with(|repository| {
            let mut head = repository.head().map_err(|e| self.error(&e))?;
            if head.is_unborn() {
                return Ok(None);
            }
            let id = head.try_peel_to_id().map_err(|e| self.error(&format!("HEAD cannot be read: {e}")))?;
            Ok(id.map(|id| id.to_string()))
        })
    }

    pub(super) fn resolve(&self, rev: &str) -> Result<String> {
        let unknown = || SourceError::UnknownRevision { rev: rev.to_owned() };
        self.with(|repository| {
            let id = repository.rev_parse_single(rev).map_err(|_| unknown())?;
            let commit = id.object().and_then(|o| o.peel_to_kind(Kind::Commit)).map_err(|_| unknown())?;
            Ok(commit.id.to_string())
        })
    }

    pub(super) fn parents(&self, commit: &str) -> Result<Vec<String>> {
        let id: BlobId = commit.parse().map_err(|_| SourceError::UnknownRevision { rev: commit.to_owned() })?;
        let data = self.with(|repository| object(repository, id, Kind::Commit, MAX_TREE))?;
        let parents = gix::objs::CommitRefIter::from_bytes(&data, gix::hash::Kind::Sha1).parent_ids();
        Ok(parents.map(|id| id.to_string()).collect())
    }

    pub(super) fn read(&self, id: BlobId, limits: &Limits) -> Result<Vec<u8>> {
        self.with(|repository| object(repository, id, Kind::Blob, limits.max_file_bytes))
    }

    pub(super) fn snapshot(&self, revision: Option<String>, limits: &Limits) -> Result<Snapshot> {
        let (mut entries, mut problems) = match &revision {
            Some(commit) => self.with(|repository| list(repository, commit, limits))?,
            None => (Vec::new(), Vec::new()),
        };
        self.measure(&mut entries, &mut problems);
        self.mark_lfs(&mut entries, limits);
        let origin = Origin::Git(self.clone());
        Ok(Snapshot { revision, entries, problems, origin, limits: limits.clone() })
    }

    /// Fills in sizes; entries whose object is not there become problems.
    fn measure(&self, entries: &mut Vec<Entry>, problems: &mut Vec<Reason>) {
        let missing: Vec<Option<Reason>> = entries
            .par_chunks_mut(512)
            .flat_map_iter(|chunk| {
                self.with(|repository| chunk.iter_mut().map(|e| measure_one(repository, e)).collect::<Vec<_>>())
            })
            .collect();
        let mut at = 0;
        entries.retain(|_| {
            at += 1;
            missing[at - 1].is_none()
        });
        problems.extend(missing.into_iter().flatten());
    }

    /// Marks pointers, where `.gitattributes` say that the repository uses Git LFS at all.
    fn mark_lfs(&self, entries: &mut [Entry], limits: &Limits) {
        let uses_lfs = entries
            .iter()
            .filter(|e| e.path.ends_with(".gitattributes"))
            .filter_map(|e| self.read(e.id, limits).ok())
            .any(|text| String::from_utf8_lossy(&text).contains("filter=lfs"));
        if !uses_lfs {
            return;
        }
        let files = |e: &&mut Entry| matches!(e.kind, EntryKind::File | EntryKind::Executable);
        for entry in entries.iter_mut().filter(files).filter(|e| e.size <= LFS_POINTER_MAX) {
            if self.read(entry.id, limits).is_ok_and(|bytes| lfs_pointer(&bytes).is_some()) {
                entry.kind = EntryKind::LfsPointer;
            }
        }
    }
}

fn open_error(path: &Path, error: &dyn std::fmt::Display) -> SourceError {
    let text = error.to_string();
    let shown = path.display().to_string();
    if text.to_lowercase().contains("sha256") || uses_sha256(path) {
        return SourceError::Sha256 { path: shown };
    }
    SourceError::Git { path: shown, why: format!("not a readable git repository: {text}") }
}

fn uses_sha256(path: &Path) -> bool {
    [path.join(".git/config"), path.join("config")].iter().any(|config| {
        let text = std::fs::read_to_string(config).unwrap_or_default().to_lowercase();
        text.lines().any(|l| l.trim().starts_with("objectformat") && l.contains("sha256"))
    })
}

/// Fills in the size of a file, or says why there is none.
fn measure_one(repository: &gix::Repository, entry: &mut Entry) -> Option<Reason> {
    if entry.kind == EntryKind::Submodule {
        return None;
    }
    let why = match repository.find_header(gix::ObjectId::from(entry.id.0)) {
        Ok(header) if header.kind() == Kind::Blob => {
            entry.size = header.size();
            return None;
        }
        Ok(header) => format!("is a {} and not a file", header.kind()),
        Err(_) => "missing or corrupt".to_owned(),
    };
    let error = SourceError::BadObject { id: entry.id.hex(), why };
    Some(error.reason(&entry.path))
}

/// The bytes of an object, which must be of the kind and have the content that its name promises.
fn object(repository: &gix::Repository, id: BlobId, kind: Kind, limit: u64) -> Result<Vec<u8>> {
    let bad = |why: &str| SourceError::BadObject { id: id.hex(), why: why.to_owned() };
    let oid = gix::ObjectId::from(id.0);
    if kind == Kind::Tree && oid == gix::ObjectId::empty_tree(gix::hash::Kind::Sha1) {
        // Git knows this one without having it.
        return Ok(Vec::new());
    }
    let header = repository.find_header(oid).map_err(|_| bad("missing or corrupt"))?;
    if header.size() > limit {
        return Err(SourceError::TooLarge { what: format!("object {id}"), limit, unit: "bytes" });
    }
    let object = repository.find_object(oid).map_err(|_| bad("corrupt"))?.detach();
    if object.kind != kind {
        return Err(bad(&format!("a {} and not a {kind}", object.kind)));
    }
    if object_id(&kind.to_string(), &object.data) != id {
        return Err(bad("corrupt: its content has another hash"));
    }
    Ok(object.data)
}

/// Trees and commits are small; one of more than this is an attack.
const MAX_TREE: u64 = 64 << 20;

type Listed = (Vec<Entry>, Vec<Reason>);

fn list(repository: &gix::Repository, commit: &str, limits: &Limits) -> Result<Listed> {
    let mut lister = Lister { repository, limits, entries: Vec::new(), problems: Vec::new(), visited: 0 };
    let commit: BlobId = commit.parse().map_err(|_| SourceError::UnknownRevision { rev: commit.to_owned() })?;
    let data = object(repository, commit, Kind::Commit, MAX_TREE)?;
    let tree = gix::objs::CommitRefIter::from_bytes(&data, gix::hash::Kind::Sha1)
        .tree_id()
        .map_err(|e| SourceError::BadObject { id: commit.hex(), why: format!("not a readable commit: {e}") })?;
    lister.run(blob_id(&tree));
    let Lister { mut entries, mut problems, .. } = lister;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let twice = |later: &mut Entry, first: &mut Entry| {
        let same = later.path == first.path;
        if same {
            problems.push(reason("duplicate_path", "the tree has this path twice; the first is used", &first.path));
        }
        same
    };
    entries.dedup_by(twice);
    Ok((entries, problems))
}

fn blob_id(id: &gix::oid) -> BlobId {
    let mut bytes = [0; 20];
    let from = id.as_bytes();
    bytes[..from.len().min(20)].copy_from_slice(&from[..from.len().min(20)]);
    BlobId(bytes)
}

struct Lister<'a> {
    repository: &'a gix::Repository,
    limits: &'a Limits,
    entries: Vec<Entry>,
    problems: Vec<Reason>,
    visited: usize,
}

impl Lister<'_> {
    /// Depth is bounded by the limit on the length of paths, breadth by the limit on the number of files.
    fn run(&mut self, root: BlobId) {
        let mut stack = vec![(root, String::new(), false)];
        while let Some((id, folder, lossy)) = stack.pop() {
            self.visited += 1;
            if self.entries.len().max(self.visited) > self.limits.max_files {
                let text = format!("the revision has more than {} files; the rest is not read", self.limits.max_files);
                self.problems.push(reason("too_large", text, "."));
                return;
            }
            match object(self.repository, id, Kind::Tree, MAX_TREE) {
                Ok(data) => self.tree(&data, &folder, lossy, &mut stack),
                Err(error) => self.problems.push(error.reason(if folder.is_empty() { "." } else { &folder })),
            }
        }
    }

    fn tree(&mut self, data: &[u8], folder: &str, lossy: bool, stack: &mut Vec<(BlobId, String, bool)>) {
        for entry in gix::objs::TreeRefIter::from_bytes(data, gix::hash::Kind::Sha1) {
            let Ok(entry) = entry else {
                let place = if folder.is_empty() { "." } else { folder };
                self.problems.push(reason("object_missing_or_corrupt", "the tree object is malformed", place));
                return;
            };
            let (name, altered) = bytes_text(entry.filename);
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if let Some(problem) = self.bad_path(&name, &path) {
                self.problems.push(problem);
                continue;
            }
            let (id, lossy) = (blob_id(entry.oid), lossy || altered);
            match kind(entry.mode.kind()) {
                Some(kind) => self.entries.push(Entry { path, lossy, id, size: 0, kind, disk: None }),
                None => stack.push((id, path, lossy)),
            }
        }
    }

    fn bad_path(&self, name: &str, path: &str) -> Option<Reason> {
        let forbidden = name.is_empty() || name == "." || name == ".." || name.contains('/');
        if forbidden || name.eq_ignore_ascii_case(".git") {
            return Some(reason("bad_path", "a tree must not hold an entry of this name; it is left out", path));
        }
        let long = path.len() > self.limits.max_path_len;
        long.then(|| {
            let shown: String = path.chars().take(120).collect();
            let text = format!("the path is longer than {} bytes; it is left out", self.limits.max_path_len);
            reason("too_large", text, &format!("{shown}…"))
        })
    }
}

/// The kind of an entry; nothing for a folder.
fn kind(mode: Mode) -> Option<EntryKind> {
    match mode {
        Mode::Tree => None,
        Mode::Blob => Some(EntryKind::File),
        Mode::BlobExecutable => Some(EntryKind::Executable),
        Mode::Link => Some(EntryKind::Symlink),
        Mode::Commit => Some(EntryKind::Submodule),
    }
}
