//! Byte offsets to lines and columns.

use faultline_facts::Span;
use ruff_text_size::{TextRange, TextSize};

/// Starts of lines. Look-ups walk from the last answer, since lowering moves mostly forward.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<u32>,
    last: usize,
}

impl Lines {
    pub(super) fn new(text: &str) -> Lines {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        let bytes = text.as_bytes();
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at as u32 + 1);
            }
        }
        Lines { starts, last: 0 }
    }

    pub(super) fn span(&mut self, range: TextRange) -> Span {
        let (line, column) = self.place(range.start());
        let (end_line, end_column) = self.place(range.end());
        Span { line, column, end_line, end_column }
    }

    /// 1-based line and column.
    pub(super) fn place(&mut self, at: TextSize) -> (u32, u32) {
        let at = at.to_u32();
        let line = self.line(at);
        self.last = line;
        (line as u32 + 1, at - self.starts[line] + 1)
    }

    fn line(&self, at: u32) -> usize {
        let near = self.last..(self.last + 4).min(self.starts.len());
        for line in near {
            let next = self.starts.get(line + 1).copied().unwrap_or(u32::MAX);
            if self.starts[line] <= at && at < next {
                return line;
            }
        }
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }
}
