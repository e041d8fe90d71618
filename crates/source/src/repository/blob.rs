//! Git's names for content.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest, Sha1};

/// The SHA-1 name git gives to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 20]);

impl BlobId {
    /// The name git would give to a file of these bytes.
    pub fn of(bytes: &[u8]) -> BlobId {
        object_id("blob", bytes)
    }

    /// The 40 hex digits.
    pub fn hex(&self) -> String {
        self.to_string()
    }
}

pub(crate) fn object_id(kind: &str, bytes: &[u8]) -> BlobId {
    let mut hasher = Sha1::new();
    hasher.update(format!("{kind} {}\0", bytes.len()));
    hasher.update(bytes);
    BlobId(hasher.finalize().into())
}

/// The name of a file that is read in pieces.
pub(crate) fn blob_id_of(size: u64, mut reader: impl std::io::Read) -> std::io::Result<BlobId> {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {size}\0"));
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(BlobId(hasher.finalize().into())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 40 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an object name of 40 hex digits")]
pub struct BadBlobId(String);

impl FromStr for BlobId {
    type Err = BadBlobId;

    fn from_str(text: &str) -> Result<BlobId, BadBlobId> {
        let bytes = crate::integrity::from_hex(text).and_then(|b| b.try_into().ok());
        bytes.map(BlobId).ok_or_else(|| BadBlobId(text.to_owned()))
    }
}

/// Largest text git-lfs writes as a pointer.
pub(crate) const LFS_POINTER_MAX: u64 = 1024;

/// The size of the content behind a Git LFS pointer, when `bytes` are one.
pub fn lfs_pointer(bytes: &[u8]) -> Option<u64> {
    if bytes.len() as u64 > LFS_POINTER_MAX || !bytes.starts_with(b"version https://git-lfs.github.com/spec/v1") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    text.lines().find(|l| l.starts_with("oid sha256:"))?;
    text.lines().find_map(|l| l.strip_prefix("size "))?.trim().parse().ok()
}
