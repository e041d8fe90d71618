//! `RubyGems` versions.
//!
//! Own code: the crate for it keeps segments in 32 bits and takes larger numbers for text.

use super::number::{Number, runs};

/// Text segments come before numbers, so a pre-release comes before its release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Text(Box<str>),
    Number(Number),
}

/// Segments without zeros at the end of the numeric head and at the very end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(Vec<Segment>);

/// Reads `1.2.0.rc1` or `1.2.0-x`; a leading `v` is tolerated. Nothing else may stand before the number.
pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if !text.bytes().next().is_some_and(|b| b.is_ascii_digit()) {
        return None;
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
    if !text.bytes().all(allowed) {
        return None;
    }
    let dotted = text.replace('-', ".pre.");
    let segments: Vec<Segment> = dotted
        .split(['.', '_', '+'])
        .flat_map(runs)
        .map(|run| Number::parse(run).map_or_else(|| Segment::Text(run.into()), Segment::Number))
        .collect();
    Some(Key(canonical(segments)))
}

fn canonical(mut segments: Vec<Segment>) -> Vec<Segment> {
    let head = segments.iter().position(|s| matches!(s, Segment::Text(_))).unwrap_or(segments.len());
    let mut tail = segments.split_off(head);
    drop_zeros(&mut segments);
    drop_zeros(&mut tail);
    segments.append(&mut tail);
    segments
}

fn drop_zeros(segments: &mut Vec<Segment>) {
    while segments.last() == Some(&Segment::Number(Number::ZERO)) {
        segments.pop();
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let zero = Segment::Number(Number::ZERO);
        let length = self.0.len().max(other.0.len());
        (0..length)
            .map(|i| self.0.get(i).unwrap_or(&zero).cmp(other.0.get(i).unwrap_or(&zero)))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
