//! Checksum files beside artifacts.

use md5::{Digest, Md5};

use crate::error::{Result, SourceError};
use crate::integrity::{digest, to_hex};

/// Checks bytes against the checksum files that are there; true when one of a safe algorithm was and fits.
///
/// With `first` the first one found is enough: each costs a request.
pub(super) fn check(
    what: &str,
    bytes: &[u8],
    algorithms: &[&str],
    first: bool,
    file: &dyn Fn(&str) -> Option<Vec<u8>>,
) -> Result<bool> {
    let mut verified = false;
    for algorithm in algorithms {
        let Some(expected) = file(algorithm).and_then(|text| hex_word(&text, algorithm)) else { continue };
        let actual = digest_of(algorithm, bytes);
        if expected != actual {
            let (what, algorithm) = (what.to_owned(), (*algorithm).to_owned());
            return Err(SourceError::HashMismatch { what, algorithm, expected, actual });
        }
        verified |= *algorithm != "md5";
        if first {
            break;
        }
    }
    Ok(verified)
}

fn digest_of(algorithm: &str, bytes: &[u8]) -> String {
    match algorithm {
        "md5" => to_hex(&Md5::digest(bytes)),
        other => digest(other, bytes).unwrap_or_default(),
    }
}

/// The checksum in its file: `hash`, `hash  name` or `SHA1(name)= hash`.
fn hex_word(text: &[u8], algorithm: &str) -> Option<String> {
    let length = match algorithm {
        "md5" => 32,
        "sha1" => 40,
        "sha256" => 64,
        _ => 128,
    };
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let mut words = text.split(|c: char| c.is_whitespace() || c == '=');
    words.find(|word| word.len() == length && word.bytes().all(|b| b.is_ascii_hexdigit())).map(str::to_owned)
}
