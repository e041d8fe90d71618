//! Subresource-integrity strings to hex digests.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use faultline_package::Integrity;

/// Every well-formed hash of an SRI string such as `sha512-… sha1-…`.
pub fn parse(text: &str) -> Vec<Integrity> {
    text.split_ascii_whitespace().filter_map(one).collect()
}

fn one(part: &str) -> Option<Integrity> {
    let (algorithm, rest) = part.split_once('-')?;
    let digest = rest.split('?').next().unwrap_or(rest);
    let bytes = STANDARD.decode(digest).or_else(|_| STANDARD_NO_PAD.decode(digest)).ok()?;
    let length = match algorithm {
        "sha512" => 64,
        "sha384" => 48,
        "sha256" => 32,
        "sha1" => 20,
        "md5" => 16,
        _ => return None,
    };
    (bytes.len() == length).then(|| Integrity { algorithm: algorithm.to_owned(), hex: hex(&bytes), file: None })
}

/// The SHA-1 that yarn 1 appends to a download address as `#…`.
pub fn from_fragment(address: &str) -> Option<Integrity> {
    let (_, digest) = address.rsplit_once('#')?;
    let is_sha1 = digest.len() == 40 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    is_sha1.then(|| Integrity { algorithm: "sha1".to_owned(), hex: digest.to_ascii_lowercase(), file: None })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        out
    })
}
