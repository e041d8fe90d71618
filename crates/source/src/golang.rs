//! What Go demands of module paths and archives: escaping and the `h1` hash.

use std::fmt::Write as _;
use std::io::{Cursor, Read};

use faultline_package::Integrity;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::error::{Result, SourceError};
use crate::integrity::to_hex;
use crate::limits::Limits;

/// Module path or version as in caches and proxies: capitals are `!` and the small letter. Others are checked,
/// for they come from manifests.
pub(crate) fn escape(text: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let parts = text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !parts || !text.chars().all(allowed) {
        return Err(SourceError::BadInput { what: format!("`{text}` is not the path or version of a Go module") });
    }
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    Ok(out)
}

/// True when a lockfile promises an `h1` hash.
pub(crate) fn is_promised(promised: &[Integrity]) -> bool {
    promised.iter().any(|i| i.algorithm == "h1")
}

/// Checks a module's archive against the promised `h1` hashes; without any everything passes.
pub(crate) fn verify(what: &str, bytes: &[u8], promised: &[Integrity], limits: &Limits) -> Result<()> {
    let expected: Vec<&str> = promised.iter().filter(|i| i.algorithm == "h1").map(|i| i.hex.as_str()).collect();
    if expected.is_empty() {
        return Ok(());
    }
    let actual = hash_zip(what, bytes, limits)?;
    if expected.iter().any(|hex| hex.eq_ignore_ascii_case(&actual)) {
        return Ok(());
    }
    let (what, expected) = (what.to_owned(), expected.join(", "));
    Err(SourceError::HashMismatch { what, algorithm: "h1".to_owned(), expected, actual })
}

/// The `h1` hash of an archive in hex: the hash of the sorted list of its files' hashes.
fn hash_zip(what: &str, bytes: &[u8], limits: &Limits) -> Result<String> {
    let bad = |why: String| SourceError::BadArchive { what: what.to_owned(), why };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| bad(e.to_string()))?;
    if archive.len() > limits.max_files {
        return Err(SourceError::TooLarge { what: what.to_owned(), limit: limits.max_files as u64, unit: "files" });
    }
    let mut left = limits.max_unpacked_bytes;
    let mut lines: Vec<(String, String)> = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|e| bad(e.to_string()))?;
        if file.is_dir() {
            continue;
        }
        let name = file.name().map_err(|e| bad(e.to_string()))?.into_owned();
        lines.push((name, hash_file(&mut file, &mut left).map_err(|e| bad(e.to_string()))?));
        if left == 0 {
            let limit = limits.max_unpacked_bytes;
            return Err(SourceError::TooLarge { what: what.to_owned(), limit, unit: "bytes when unpacked" });
        }
    }
    lines.sort();
    let mut text = String::new();
    for (name, hex) in lines {
        let _ = writeln!(text, "{hex}  {name}");
    }
    Ok(to_hex(&Sha256::digest(text.as_bytes())))
}

fn hash_file(file: &mut dyn Read, left: &mut u64) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = [0_u8; 16 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        *left = left.saturating_sub(count as u64);
        if count == 0 || *left == 0 {
            return Ok(to_hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..count]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_escaped_and_paths_stay_inside() {
        assert_eq!(escape("github.com/BurntSushi/toml").unwrap(), "github.com/!burnt!sushi/toml");
        assert_eq!(escape("v2.0.0+incompatible").unwrap(), "v2.0.0+incompatible");
        for bad in ["../x", "a//b", "/a", "a?b", "a b", "a\\b", "!a", ""] {
            assert!(escape(bad).is_err(), "{bad}");
        }
    }
}
