//! Bytes of facts: a version header, then bitcode.

use crate::Facts;

/// Rises with every change of the schema, so that old bytes are recognised and made anew.
pub const FORMAT: u16 = 4;

/// Why bytes are not facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Written by another version of the schema.
    #[error("facts of format {found}, this version reads format {FORMAT}")]
    Format {
        /// The format found.
        found: u16,
    },
    /// Damaged.
    #[error("damaged facts: {0}")]
    Damaged(String),
}

/// Encodes facts, uncompressed; packs are compressed as a whole by the store.
pub fn encode(facts: &Facts) -> Vec<u8> {
    let mut out = FORMAT.to_le_bytes().to_vec();
    out.extend(bitcode::encode(facts));
    out
}

/// Decodes what [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Facts, CodecError> {
    let Some((header, body)) = bytes.split_first_chunk::<2>() else {
        return Err(CodecError::Damaged("shorter than its header".to_owned()));
    };
    let found = u16::from_le_bytes(*header);
    if found != FORMAT {
        return Err(CodecError::Format { found });
    }
    bitcode::decode(body).map_err(|e| CodecError::Damaged(e.to_string()))
}
