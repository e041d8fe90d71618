//! Hashes as lockfiles write them.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use faultline_package::Integrity;

/// A hex digest; `None` when it is none of a known length.
pub(crate) fn hash(hex: &str) -> Option<Integrity> {
    let hex = hex.trim();
    let algorithm = match hex.len() {
        32 => "md5",
        40 => "sha1",
        64 => "sha256",
        128 => "sha512",
        _ => return None,
    };
    let good = hex.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| Integrity { algorithm: algorithm.to_owned(), hex: hex.to_ascii_lowercase(), file: None })
}

/// A digest in base64, of an algorithm that is stated.
pub(crate) fn hash_base64(algorithm: &str, text: &str) -> Option<Integrity> {
    let bytes = STANDARD.decode(text.trim()).ok().filter(|bytes| bytes.len() >= 16)?;
    let hex = bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Some(Integrity { algorithm: algorithm.to_owned(), hex, file: None })
}
