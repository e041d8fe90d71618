//! Identifiers that follow from content, so that the same input gives the same document.

use sha2::{Digest, Sha256};

use super::Bom;

/// A UUID (version 8, own content) of the subject and its graph: documents of other kinds refer to it, whatever else
/// is known about the components.
pub(super) fn uuid(bom: &Bom) -> String {
    let parts = bom.components.iter().map(|c| (&c.reference, &c.name, &c.version, &c.purl, &c.depends_on));
    of_bytes(format!("{:?}", parts.collect::<Vec<_>>()).as_bytes())
}

/// A UUID of some bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    let mut bits: [u8; 16] = [0; 16];
    bits.copy_from_slice(&Sha256::digest(bytes)[..16]);
    bits[6] = (bits[6] & 0x0f) | 0x80;
    bits[8] = (bits[8] & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bits));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
