//! The byte layout: a header with a section table, fixed-width sorted indexes, and blocks.
//!
//! Everything is little-endian. Nothing is decoded on opening; a look-up searches an index in place and
//! decodes one block.

use std::cell::RefCell;

/// Name and version of the format. A change of any encoded type changes the number.
pub(super) const MAGIC: [u8; 8] = *b"FLADV\0\0\x01";
/// Bytes of one entry of the package index: hash, offset, length.
pub(super) const PACKAGE_WIDTH: usize = 20;
/// Bytes of one entry of the id index: hash, record number.
pub(super) const ID_WIDTH: usize = 12;
/// Bytes of one entry of a block table: offset, length.
pub(super) const BLOCK_WIDTH: usize = 12;
/// Records are compressed in pages of so many.
pub(super) const PAGE: u32 = 16;
/// The group number of a record that has none.
pub(super) const NO_GROUP: u32 = u32::MAX;
/// Smaller blocks are not worth the time to unpack them.
const COMPRESS_FROM: usize = 512;
/// No block unpacks to more than this.
const BLOCK_LIMIT: usize = 256 << 20;

/// The sections in their order in the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Section {
    Meta,
    Packages,
    PackageBlocks,
    Ids,
    RecordGroups,
    Groups,
    GroupBlocks,
    Pages,
    PageBlocks,
}

/// Number of sections.
pub(super) const SECTIONS: usize = 9;
/// Magic, checksum, and per section offset and length.
pub(super) const HEADER: usize = 8 + 8 + SECTIONS * 16;

/// A hash that is the same everywhere and for ever.
pub(super) fn hash(text: &str) -> u64 {
    let seeded = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (seeded ^ (seeded >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// A checksum of the file's body, eight bytes at a time in four lanes.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    let mut lanes = [1u64, 2, 3, 4];
    let mut chunks = bytes.chunks_exact(32);
    for chunk in &mut chunks {
        for (lane, word) in lanes.iter_mut().zip(chunk.chunks_exact(8)) {
            *lane = (*lane ^ u64_at(word, 0)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
    }
    let tail = chunks
        .remainder()
        .iter()
        .fold(bytes.len() as u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
    lanes.into_iter().fold(tail, |sum, lane| (sum ^ lane).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(31))
}

/// The number at an offset; zero beyond the end.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    bytes.get(offset..offset + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// The number at an offset; zero beyond the end.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..offset + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// The entries of a sorted index whose first eight bytes are `hash`.
pub(super) fn find(index: &[u8], width: usize, hash: u64) -> impl Iterator<Item = &[u8]> {
    let count = index.len() / width;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if u64_at(index, middle * width) < hash { low = middle + 1 } else { high = middle }
    }
    index.chunks_exact(width).skip(low).take_while(move |entry| u64_at(entry, 0) == hash)
}

/// Packs a block: raw length, then the bytes, compressed when that is smaller.
pub(super) fn pack(raw: &[u8], level: i32) -> Vec<u8> {
    let length = u32::try_from(raw.len()).unwrap_or(u32::MAX);
    let mut block = length.to_le_bytes().to_vec();
    let small = if raw.len() < COMPRESS_FROM { None } else { zstd::bulk::compress(raw, level).ok() };
    block.extend_from_slice(small.as_deref().filter(|small| small.len() < raw.len()).unwrap_or(raw));
    block
}

/// Unpacks a block and decodes it; `None` when it is damaged.
pub(super) fn unpack<T: bitcode::DecodeOwned>(block: &[u8]) -> Option<T> {
    let (length, body) = block.split_at_checked(4)?;
    let length = u32_at(length, 0) as usize;
    if length > BLOCK_LIMIT {
        return None;
    }
    if body.len() == length {
        return bitcode::decode(body).ok();
    }
    bitcode::decode(&decompress(body, length)?).ok()
}

/// Unpacks with one context per thread: making one costs more than unpacking a small block.
fn decompress(body: &[u8], length: usize) -> Option<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
    }
    CONTEXT.with_borrow_mut(|context| {
        if context.is_none() {
            *context = zstd::bulk::Decompressor::new().ok();
        }
        context.as_mut()?.decompress(body, length).ok()
    })
}
