//! Packs: immutable groups of entries, compressed in frames so that a look-up decodes one frame only.

use faultline_facts::{FORMAT, Facts, Language};
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};

use crate::Problem;

/// Uncompressed size at which a frame is closed: large enough to compress well, small enough to decode fast.
const FRAME_BYTES: usize = 256 * 1024;

/// Compression level of packs: higher ones cost more time than they save room.
const LEVEL: i32 = 3;

/// Largest frame a reader accepts; entries are limited far below by the callers.
const MAX_FRAME_BYTES: usize = 1 << 30;

/// Names an entry: a digest over what it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryKey(pub(crate) [u8; 16]);

impl EntryKey {
    /// The facts of a blob: its content id (git blob id or hash), language, the frontend's version and the
    /// format of facts.
    pub fn facts(content: &str, language: Language, frontend: u32) -> EntryKey {
        EntryKey::digest(&["facts", content, language_word(language), &frontend.to_string(), &FORMAT.to_string()])
    }

    /// What could not be parsed in a blob, beside its facts.
    pub fn problems(content: &str, language: Language, frontend: u32) -> EntryKey {
        EntryKey::digest(&["problems", content, language_word(language), &frontend.to_string()])
    }

    /// The source text of a blob.
    pub fn text(content: &str) -> EntryKey {
        EntryKey::digest(&["text", content])
    }

    fn digest(parts: &[&str]) -> EntryKey {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        EntryKey(key)
    }
}

fn language_word(language: Language) -> &'static str {
    match language {
        Language::JavaScript => "javascript",
        Language::TypeScript => "typescript",
        Language::Python => "python",
        Language::Json => "json",
        Language::Go => "go",
        Language::Java => "java",
        Language::Jvm => "jvm",
    }
}

/// Where an entry stands inside a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub frame: u32,
    pub start: u32,
    pub length: u32,
}

/// Collects entries; frames are compressed as they fill, so that memory stays bounded.
#[derive(Debug, Default)]
pub struct PackBuilder {
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) entries: Vec<(EntryKey, Place)>,
    seen: FxHashSet<EntryKey>,
    facts: Frame,
    texts: Frame,
}

/// A frame being filled: facts and texts have one each, so that reading facts never decodes texts.
#[derive(Debug, Default)]
struct Frame {
    bytes: Vec<u8>,
    entries: Vec<(EntryKey, u32, u32)>,
}

impl PackBuilder {
    /// An empty pack.
    pub fn new() -> PackBuilder {
        PackBuilder::default()
    }

    /// Adds encoded facts (see `faultline_facts::encode`); a second entry of one key is dropped.
    pub fn add_facts(&mut self, key: EntryKey, encoded: &[u8]) {
        if self.seen.insert(key) && self.facts.push(key, encoded) {
            let full = std::mem::take(&mut self.facts);
            self.close(&full);
        }
    }

    /// Adds what could not be parsed in a blob.
    pub fn add_problems(&mut self, key: EntryKey, problems: &[Problem]) {
        self.add_facts(key, &bitcode::encode(problems));
    }

    /// Adds source text; a second entry of one key is dropped.
    pub fn add_text(&mut self, key: EntryKey, text: &[u8]) {
        if self.seen.insert(key) && self.texts.push(key, text) {
            let full = std::mem::take(&mut self.texts);
            self.close(&full);
        }
    }

    /// True when nothing was added.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Closes the open frames.
    pub(crate) fn finish(&mut self) {
        for frame in [std::mem::take(&mut self.facts), std::mem::take(&mut self.texts)] {
            self.close(&frame);
        }
    }

    fn close(&mut self, frame: &Frame) {
        if frame.entries.is_empty() {
            return;
        }
        let number = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        // Compression into memory fails only for lack of memory; an empty frame then reads as damaged.
        self.frames.push(zstd::bulk::compress(&frame.bytes, LEVEL).unwrap_or_default());
        self.entries.extend(
            frame
                .entries
                .iter()
                .map(|(key, start, length)| (*key, Place { frame: number, start: *start, length: *length })),
        );
    }
}

impl Frame {
    /// Appends an entry; true when the frame is full.
    fn push(&mut self, key: EntryKey, bytes: &[u8]) -> bool {
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(bytes);
        self.entries.push((key, start, length));
        self.bytes.len() >= FRAME_BYTES
    }
}

/// Decompresses a frame or any other compressed column.
pub(crate) fn decompress(data: &[u8]) -> Result<Vec<u8>, String> {
    let size = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or(0);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > MAX_FRAME_BYTES {
        return Err(format!("a frame claims {size} bytes"));
    }
    zstd::bulk::decompress(data, size.max(1)).map_err(|e| e.to_string())
}

/// Compresses a column.
pub(crate) fn compress(data: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(data, LEVEL).unwrap_or_default()
}

/// The part of a frame that an entry names.
pub(crate) fn slice(frame: &[u8], place: Place) -> Option<&[u8]> {
    let start = place.start as usize;
    frame.get(start..start.checked_add(place.length as usize)?)
}

/// Facts from an entry's bytes; `None` when another schema wrote them, so that they are made anew.
pub(crate) fn decode(bytes: &[u8]) -> Option<Facts> {
    faultline_facts::decode(bytes).ok()
}
