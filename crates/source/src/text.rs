//! Paths as text.

use std::fmt::Write;
use std::path::Path;

/// Bytes as text; what is not UTF-8 is written `\xNN` and flagged.
pub(crate) fn bytes_text(bytes: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(bytes.len());
    let mut lossy = false;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            lossy = true;
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    (text, lossy)
}

/// Whether a name ends with `suffix`, case counted as file systems of servers do.
pub(crate) fn has_suffix(name: &str, suffix: &str) -> bool {
    name.ends_with(suffix)
}

/// A relative path with `/` between its parts.
pub(crate) fn path_text(path: &Path) -> (String, bool) {
    let mut text = String::new();
    let mut lossy = false;
    for part in path.components() {
        if !text.is_empty() {
            text.push('/');
        }
        let (part, altered) = bytes_text(part.as_os_str().as_encoded_bytes());
        text.push_str(&part);
        lossy |= altered;
    }
    (text, lossy)
}
