//! Places in a source file.

/// A region: 1-based lines, 1-based columns in UTF-8 bytes; `end_line` inclusive, `end_column` exclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column just after the last byte.
    pub end_column: u32,
}
