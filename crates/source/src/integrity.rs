//! Hashes that lockfiles and registries promise, and whether bytes keep the promise.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use faultline_package::Integrity;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384, Sha512};

use crate::error::{Result, SourceError};

/// Algorithms that count as a promise, strongest first.
const ALGORITHMS: [&str; 4] = ["sha512", "sha384", "sha256", "sha1"];

/// Bytes of a hex text.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The hex form of a digest in base64.
pub(crate) fn hex_of_base64(text: &str) -> Option<String> {
    STANDARD.decode(text).ok().map(|bytes| to_hex(&bytes))
}

/// The lower-case hex digest of `bytes`; nothing for an algorithm that is not known or not safe.
pub fn digest(algorithm: &str, bytes: &[u8]) -> Option<String> {
    match algorithm {
        "sha512" => Some(to_hex(&Sha512::digest(bytes))),
        "sha384" => Some(to_hex(&Sha384::digest(bytes))),
        "sha256" => Some(to_hex(&Sha256::digest(bytes))),
        "sha1" => Some(to_hex(&Sha1::digest(bytes))),
        _ => None,
    }
}

/// The hashes of a Subresource Integrity text such as `sha512-… sha1-…`.
pub fn parse_sri(text: &str) -> Vec<Integrity> {
    text.split_ascii_whitespace()
        .filter_map(|one| {
            let (algorithm, rest) = one.split_once('-')?;
            let base64 = rest.split('?').next().unwrap_or(rest);
            let hex = to_hex(&STANDARD.decode(base64).ok()?);
            Some(Integrity { algorithm: algorithm.to_ascii_lowercase(), hex, file: None })
        })
        .collect()
}

/// The promises that count: those of the strongest known algorithm.
fn strongest(promised: &[Integrity]) -> Vec<&Integrity> {
    ALGORITHMS
        .iter()
        .map(|algorithm| promised.iter().filter(|i| i.algorithm == *algorithm).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// Whether anything is promised that can be checked.
pub(crate) fn is_checkable(promised: &[Integrity]) -> bool {
    !strongest(promised).is_empty()
}

/// Checks `bytes` against what is promised: any one hash of the strongest algorithm must match.
///
/// Without a promise that can be checked everything passes; ask [`is_checkable`] first.
pub fn verify(what: &str, bytes: &[u8], promised: &[Integrity]) -> Result<()> {
    let expected = strongest(promised);
    let Some(first) = expected.first() else {
        return Ok(());
    };
    let actual = digest(&first.algorithm, bytes).unwrap_or_default();
    if expected.iter().any(|i| i.hex.eq_ignore_ascii_case(&actual)) {
        return Ok(());
    }
    let mut digests: Vec<&str> = expected.iter().map(|i| i.hex.as_str()).collect();
    digests.dedup();
    Err(SourceError::HashMismatch {
        what: what.to_owned(),
        algorithm: first.algorithm.clone(),
        expected: digests.join(", "),
        actual,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_algorithm_decides() {
        let good = |a: &str| Integrity { algorithm: a.into(), hex: digest(a, b"x").unwrap(), file: None };
        let bad = |a: &str| Integrity { algorithm: a.into(), hex: "00".into(), file: None };
        assert!(verify("f", b"x", &[good("sha512"), bad("sha1")]).is_ok());
        assert!(verify("f", b"x", &[bad("sha512"), good("sha1")]).is_err());
        assert!(verify("f", b"x", &[bad("sha512"), good("sha512")]).is_ok());
        let md5 = Integrity { algorithm: "md5".into(), hex: "00".into(), file: None };
        assert!(!is_checkable(&[md5]));
    }

    #[test]
    fn sri_texts_are_read() {
        let sri = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= nonsense sha512-!!";
        let read = parse_sri(sri);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }
}
