//! Affected versions as one VERS string.

use crate::interval::{End, Interval, Spans};
use crate::table::Table;
use faultline_package::{Ecosystem, Version};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// An interval with its versions read. The end is exclusive or inclusive; none is open.
struct Part {
    start: Option<Version>,
    end: Option<(Version, bool)>,
}

/// The union of what several entries say, e.g. `vers:npm/>=1.0.0|<1.2.3|2.0.0`.
pub(crate) fn describe<'a>(
    ecosystem: Ecosystem,
    table: &Table,
    all: impl Iterator<Item = &'a Spans> + Clone,
) -> String {
    let intervals = all.clone().flat_map(|spans| &spans.intervals);
    let merged = merge(intervals.clone().map(|interval| part(ecosystem, table, interval)).collect());
    let covered = |row: u32| {
        let place = table.place(ecosystem, table.text(row));
        place.in_ranges && intervals.clone().any(|i| place.spots.iter().any(|spot| i.contains(*spot)))
    };
    let listed: BTreeSet<u32> = all.flat_map(|spans| &spans.listed).copied().collect();
    let mut parts: Vec<String> = merged.iter().map(write).collect();
    parts.extend(listed.into_iter().filter(|row| !covered(*row)).map(|row| encode(table.text(row))));
    format!("vers:{}/{}", ecosystem.purl_type(), parts.join("|"))
}

fn part(ecosystem: Ecosystem, table: &Table, interval: &Interval) -> Part {
    let parse = |row: u32| Version::parse(ecosystem, table.text(row));
    let end = match interval.end {
        End::Fixed(fix) => parse(fix).map(|fix| (fix, false)),
        End::LastAffected(last) => parse(last).map(|last| (last, true)),
        End::Open => None,
    };
    let limit = interval.limit.and_then(parse).map(|limit| (limit, false));
    Part { start: interval.start.and_then(parse), end: end.into_iter().chain(limit).min() }
}

/// Joins parts that overlap or touch.
fn merge(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by(|a, b| a.start.cmp(&b.start));
    let mut merged: Vec<Part> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if touches(last, &part) => last.end = later(last.end.take(), part.end),
            _ => merged.push(part),
        }
    }
    merged
}

fn touches(last: &Part, next: &Part) -> bool {
    match (&last.end, &next.start) {
        (None, _) | (_, None) => true,
        (Some((end, _)), Some(start)) => start <= end,
    }
}

fn later(a: Option<(Version, bool)>, b: Option<(Version, bool)>) -> Option<(Version, bool)> {
    Some(a?.max(b?))
}

fn write(part: &Part) -> String {
    let start = part.start.as_ref().map(|start| encode(start.as_str()));
    let end = part.end.as_ref().map(|(end, inclusive)| (encode(end.as_str()), *inclusive));
    match (start, end) {
        (None, None) => "*".into(),
        (Some(start), Some((end, true))) if start == end => start,
        (start, end) => {
            let end = end.map(|(end, inclusive)| if inclusive { format!("<={end}") } else { format!("<{end}") });
            let parts: Vec<String> = start.map(|start| format!(">={start}")).into_iter().chain(end).collect();
            parts.join("|")
        }
    }
}

/// VERS wants the characters that mean something in it percent-encoded.
fn encode(version: &str) -> String {
    let mut out = String::with_capacity(version.len());
    for c in version.chars() {
        match c {
            '%' | '|' | ',' | '<' | '>' | '=' | '!' | '*' | '+' | ' ' | '/' => {
                let _ = write!(out, "%{:02X}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}
