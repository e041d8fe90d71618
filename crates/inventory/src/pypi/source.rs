//! Where a package comes from.

use faultline_package::Origin;

use super::lock::url_file;
use crate::text::{folder, join};

/// Origin, address and folder of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Kind of origin.
    pub origin: Origin,
    /// Index, address with revision, or folder as written.
    pub address: Option<String>,
    /// Folder in the repository, for packages of the checkout.
    pub path: Option<String>,
}

impl Source {
    /// The registry, with the index that is stated.
    pub(super) fn registry(index: Option<&str>) -> Source {
        Source { origin: Origin::Registry, address: index.map(str::to_owned), path: None }
    }

    /// A version control repository at a revision.
    pub(super) fn git(address: &str, revision: Option<&str>) -> Source {
        let address = revision.map_or_else(|| address.to_owned(), |revision| format!("{address}#{revision}"));
        Source { origin: Origin::Git, address: Some(address), path: None }
    }

    /// An archive, local or remote.
    pub(super) fn archive(address: &str) -> Source {
        Source { origin: Origin::Url, address: Some(address.to_owned()), path: None }
    }

    /// A folder as the file at `file` writes it.
    pub(super) fn folder(file: &str, path: &str) -> Source {
        Source { origin: Origin::Path, address: Some(path.to_owned()), path: join(folder(file), path) }
    }

    /// A direct reference of any kind, as the file at `file` writes it.
    pub(super) fn of_url(file: &str, url: &str) -> Source {
        let repository = url.split(['@', '#']).next().is_some_and(|base| extension(base) == "git");
        let schemes = ["git+", "hg+", "svn+", "bzr+", "git@", "git:"];
        if repository || schemes.iter().any(|scheme| url.starts_with(scheme)) {
            return Source::git(url, None);
        }
        let local = url.strip_prefix("file://").or_else(|| url.strip_prefix("file:")).unwrap_or(url);
        if local.contains("://") || is_archive(local) {
            return Source::archive(url);
        }
        Source::folder(file, local.split('#').next().unwrap_or(local))
    }
}

/// The part behind the last dot of a path's last part, in lower case.
fn extension(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase()
}

/// True for file names of wheels and source archives.
pub(super) fn is_archive(path: &str) -> bool {
    let path = path.split(['#', '?']).next().unwrap_or(path);
    ["whl", "zip", "gz", "tgz", "bz2", "xz", "tar", "egg"].contains(&extension(path).as_str())
}

/// Name and version out of the file name of a wheel or a source archive.
pub(super) fn archive_name(address: &str) -> Option<(String, Option<String>)> {
    let file = url_file(address).filter(|file| is_archive(file))?;
    if let Some(wheel) = file.strip_suffix(".whl") {
        let mut parts = wheel.split('-');
        let name = parts.next()?.to_owned();
        return Some((name, parts.next().map(|v| v.replace("%2B", "+"))));
    }
    let stem =
        [".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip", ".egg"].iter().find_map(|e| file.strip_suffix(e))?;
    let at = stem.match_indices('-').find(|(at, _)| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?.0;
    Some((stem[..at].to_owned(), Some(stem[at + 1..].to_owned())))
}
