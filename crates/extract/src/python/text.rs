//! Bytes to text, by the encodings that Python files are written in.

use std::borrow::Cow;

/// The text of a blob.
pub(super) struct Decoded<'b> {
    pub text: Cow<'b, str>,
}

/// UTF-8 without its mark; else Latin-1 when the file says so, else UTF-8 with replacements.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if declares_latin(bytes) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    Decoded { text }
}

/// A `coding:` comment in the first two lines that names a one-byte encoding.
fn declares_latin(bytes: &[u8]) -> bool {
    let head = bytes.split(|byte| *byte == b'\n').take(2);
    head.map(|line| String::from_utf8_lossy(line).to_ascii_lowercase()).any(|line| {
        line.trim_start().starts_with('#')
            && line.contains("coding")
            && ["latin", "8859", "1252", "cp125"].iter().any(|name| line.contains(name))
    })
}
