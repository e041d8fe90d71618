//! Package archives, unpacked in memory under limits. Archives within archives are files like any other.

mod collect;
mod jar;
mod layout;
mod tar;
mod zip;

use std::sync::Arc;

use faultline_package::Reason;

use crate::error::{Result, SourceError};
use crate::limits::Limits;

pub(crate) use collect::Collector;
pub use jar::unpack_jar;

/// The layout an archive has, which decides what its paths become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveKind {
    /// npm tarball: the first folder of every path is dropped.
    NpmTarball,
    /// Python source distribution (`.tar.gz`, `.tgz`, `.zip`): the single top folder and a `src` layout are dropped.
    Sdist,
    /// Python wheel: paths are as installed.
    Wheel,
    /// A crate of a Cargo registry: the single top folder is dropped.
    Crate,
    /// A Go module: `module@version/` is dropped.
    GoModule,
    /// Paths are kept as they are.
    Other,
}

/// The files of one package version, paths relative to the package (for Python: to where it is installed).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFiles {
    /// Path and content of the files kept, ordered by path.
    pub files: Vec<(String, Arc<[u8]>)>,
    /// Number of files that the caller did not want.
    pub skipped: usize,
    /// What could not be read, and what is remarkable.
    pub problems: Vec<Reason>,
}

impl PackageFiles {
    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.binary_search_by(|(p, _)| p.as_str().cmp(path)).ok().map(|i| &self.files[i].1)
    }
}

/// Decides by its path whether a file is kept.
pub type Keep<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// Unpacks an archive in memory. `name` is its file name, for messages and to tell formats apart.
pub fn unpack(name: &str, bytes: &[u8], kind: ArchiveKind, limits: &Limits, keep: Keep) -> Result<PackageFiles> {
    if bytes.len() as u64 > limits.max_archive_bytes {
        return Err(SourceError::TooLarge { what: name.to_owned(), limit: limits.max_archive_bytes, unit: "bytes" });
    }
    let mut collector = Collector::new(name, bytes.len() as u64, limits, keep, kind);
    match bytes {
        [b'P', b'K', ..] => zip::read(bytes, &mut collector)?,
        [0x1f, 0x8b, ..] => tar::read_gz(bytes, &mut collector)?,
        _ if is_tar(bytes) => tar::read(bytes, &mut collector)?,
        [] => return Err(SourceError::Truncated { what: name.to_owned() }),
        _ => {
            let why = "it is neither gzip, tar nor zip".to_owned();
            return Err(SourceError::BadArchive { what: name.to_owned(), why });
        }
    }
    let mut files = collector.finish();
    layout::late(kind, &mut files);
    Ok(files)
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}
