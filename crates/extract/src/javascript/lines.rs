//! Byte offsets to lines and columns.

use faultline_facts::Span;

/// Start offsets of lines, with a memory of the last line asked for: questions come nearly in order.
pub(super) struct Lines {
    starts: Vec<u32>,
    last: usize,
}

impl Lines {
    /// The table of a text.
    pub(super) fn new(text: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        Lines { starts, last: 0 }
    }

    /// 1-based line and column.
    pub(super) fn position(&mut self, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        self.last = line;
        (line as u32 + 1, offset - self.starts[line] + 1)
    }

    /// The region of an oxc span.
    pub(super) fn span(&mut self, span: oxc_span::Span) -> Span {
        let (line, column) = self.position(span.start);
        let (end_line, end_column) = self.position(span.end);
        Span { line, column, end_line, end_column }
    }

    /// Number of lines.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    fn line(&self, offset: u32) -> usize {
        let ends_after = |line: usize| self.starts.get(line + 1).is_none_or(|next| offset < *next);
        if self.starts[self.last] <= offset
            && let Some(line) = (self.last..self.last + 3).find(|line| ends_after(*line))
        {
            return line.min(self.starts.len() - 1);
        }
        self.starts.partition_point(|start| *start <= offset) - 1
    }
}
