//! Folders outside of git, listed as if they were one revision.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use faultline_package::Reason;
use rayon::prelude::*;
use sha1::{Digest, Sha1};

use super::blob::{BlobId, LFS_POINTER_MAX, blob_id_of, lfs_pointer};
use super::listing::{Entry, EntryKind, Origin, Snapshot};
use crate::error::{Result, SourceError, reason, words};
use crate::limits::Limits;
use crate::text::path_text;

/// Folders of other repositories and of package managers are not part of a plain directory.
const SKIPPED: [&str; 3] = [".git", "node_modules", "__pycache__"];

pub(super) fn snapshot(root: &Path, limits: &Limits) -> Result<Snapshot> {
    let mut problems = Vec::new();
    let paths = walk(root, limits, &mut problems)?;
    let listed: Vec<_> = paths.par_iter().map(|path| entry(root, path, limits)).collect();
    let mut entries = Vec::with_capacity(listed.len());
    for result in listed {
        match result {
            Ok(entry) => entries.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let origin = Origin::Plain(root.to_owned());
    Ok(Snapshot { revision: Some(revision(&entries)), entries, problems, origin, limits: limits.clone() })
}

fn walk(root: &Path, limits: &Limits, problems: &mut Vec<Reason>) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut stack = vec![root.to_owned()];
    while let Some(folder) = stack.pop() {
        match list(&folder, &mut |path| problems.push(no_file(root, path))) {
            Ok(listed) if folder == *root || !is_foreign(&listed) => {
                for (path, is_dir) in listed.into_iter().filter(|(p, _)| !ends_with(p, ".git")) {
                    if is_dir { stack.push(path) } else { files.push(path) }
                }
            }
            Ok(_) => {}
            Err(error) if folder == *root => return Err(SourceError::io(root, &error)),
            Err(error) => problems.push(reason("unreadable", words(&error), &relative(root, &folder).0)),
        }
        if files.len() > limits.max_files {
            files.truncate(limits.max_files);
            let what = format!("the folder has more than {} files; the rest is not read", limits.max_files);
            problems.push(reason("too_large", what, "."));
            break;
        }
    }
    Ok(files)
}

/// A pipe, socket or device: reading it may never end.
fn no_file(root: &Path, path: &Path) -> Reason {
    reason("no_regular_file", "is a pipe, socket or device and is not read; remove it", &relative(root, path).0)
}

/// Files and folders of a folder. What is neither is told to `special`.
fn list(folder: &Path, special: &mut dyn FnMut(&Path)) -> std::io::Result<Vec<(PathBuf, bool)>> {
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let skipped = SKIPPED.iter().any(|s| entry.file_name() == *s);
        if kind.is_dir() && skipped && entry.file_name() != ".git" {
            continue;
        }
        if kind.is_dir() || kind.is_file() || kind.is_symlink() {
            listed.push((entry.path(), kind.is_dir()));
        } else {
            special(&entry.path());
        }
    }
    listed.sort();
    Ok(listed)
}

/// A nested repository, with or without a working tree, a virtual environment or a cache.
fn is_foreign(listed: &[(PathBuf, bool)]) -> bool {
    let has = |name: &str| listed.iter().any(|(p, _)| ends_with(p, name));
    has(".git") || has("pyvenv.cfg") || has("CACHEDIR.TAG") || (has("HEAD") && has("objects") && has("refs"))
}

fn ends_with(path: &Path, name: &str) -> bool {
    path.file_name().is_some_and(|n| n == name)
}

fn relative(root: &Path, path: &Path) -> (String, bool) {
    path_text(path.strip_prefix(root).unwrap_or(path))
}

fn entry(root: &Path, path: &Path, limits: &Limits) -> std::result::Result<Entry, Reason> {
    let (text, lossy) = relative(root, path);
    if text.len() > limits.max_path_len {
        return Err(reason("too_large", format!("the path is longer than {} bytes", limits.max_path_len), &text));
    }
    let unreadable = |e: std::io::Error| reason("unreadable", words(&e), &text);
    let metadata = fs::symlink_metadata(path).map_err(unreadable)?;
    let (id, size, kind) = if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(unreadable)?;
        let bytes = target.as_os_str().as_encoded_bytes();
        (BlobId::of(bytes), bytes.len() as u64, EntryKind::Symlink)
    } else {
        hash_file(path, &metadata).map_err(unreadable)?
    };
    Ok(Entry { path: text, lossy, id, size, kind, disk: lossy.then(|| path.to_owned()) })
}

fn hash_file(path: &Path, metadata: &fs::Metadata) -> std::io::Result<(BlobId, u64, EntryKind)> {
    let size = metadata.len();
    let file = File::open(path)?;
    if size > LFS_POINTER_MAX {
        return Ok((blob_id_of(size, file)?, size, kind_of(metadata)));
    }
    let mut bytes = Vec::new();
    file.take(LFS_POINTER_MAX + 1).read_to_end(&mut bytes)?;
    let kind = if lfs_pointer(&bytes).is_some() { EntryKind::LfsPointer } else { kind_of(metadata) };
    Ok((BlobId::of(&bytes), bytes.len() as u64, kind))
}

#[cfg(unix)]
fn kind_of(metadata: &fs::Metadata) -> EntryKind {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o111 == 0 { EntryKind::File } else { EntryKind::Executable }
}

#[cfg(not(unix))]
fn kind_of(_: &fs::Metadata) -> EntryKind {
    EntryKind::File
}

fn revision(entries: &[Entry]) -> String {
    let mut hasher = Sha1::new();
    for entry in entries {
        hasher.update(format!("{:?} {} {}\0", entry.kind, entry.id, entry.path));
    }
    BlobId(hasher.finalize().into()).hex()
}

pub(super) fn read(root: &Path, entry: &Entry, limits: &Limits) -> Result<Vec<u8>> {
    let path = entry.disk.clone().unwrap_or_else(|| root.join(&entry.path));
    let bytes = if entry.kind == EntryKind::Symlink {
        let target = fs::read_link(&path).map_err(|e| SourceError::io(&path, &e))?;
        target.into_os_string().into_encoded_bytes()
    } else {
        read_file(&path, limits)?
    };
    if BlobId::of(&bytes) == entry.id {
        return Ok(bytes);
    }
    Err(SourceError::Io { path: entry.path.clone(), why: "the file changed while it was read; run again".to_owned() })
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|f| f.take(limits.max_file_bytes + 1).read_to_end(&mut bytes))
        .map_err(|e| SourceError::io(path, &e))?;
    Ok(bytes)
}
