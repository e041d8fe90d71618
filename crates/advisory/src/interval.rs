//! Affected versions of one package in one record, ready to be asked.

use crate::record::{Affected, AffectedRange, Event, RangeKind};
use crate::table::{Index, Place, Spot, Table};
use bitcode::{Decode, Encode};
use faultline_package::Ecosystem;

/// Intervals and listed versions, all as rows of the package's [`Table`].
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub(crate) struct Spans {
    pub intervals: Vec<Interval>,
    /// Listed versions, ascending.
    pub listed: Vec<u32>,
    /// Every `fixed` version, ascending.
    pub fixed: Vec<u32>,
}

/// Affected from `start` (before every version when `None`) to `end`.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct Interval {
    pub start: Option<u32>,
    pub end: End,
    /// Versions from the largest limit on are not covered.
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub(crate) enum End {
    Open,
    Fixed(u32),
    LastAffected(u32),
}

/// What an affected version learns: the fix that ends its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub fix: Option<u32>,
}

/// The table of all versions that some entries for one package state, and what each entry says.
pub(crate) fn tabulate(ecosystem: Ecosystem, entries: &[&Affected]) -> (Table, Vec<Spans>) {
    let (table, index) = Table::of(ecosystem, entries.iter().flat_map(|affected| texts(affected)));
    let spans = entries.iter().map(|affected| Spans::of(affected, &index)).collect();
    (table, spans)
}

fn version_ranges(affected: &Affected) -> impl Iterator<Item = &AffectedRange> {
    affected.ranges.iter().filter(|range| range.kind != RangeKind::Git)
}

fn texts(affected: &Affected) -> impl Iterator<Item = &str> {
    let events = version_ranges(affected).flat_map(|range| &range.events).map(Event::text);
    events.chain(affected.versions.iter().map(String::as_str))
}

impl Spans {
    fn of(affected: &Affected, index: &Index) -> Spans {
        let rows = |texts: &mut dyn Iterator<Item = &str>| {
            let mut rows: Vec<u32> = texts.filter_map(|text| index.row(text)).map(|row| row.index).collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        };
        let events = version_ranges(affected).flat_map(|range| &range.events);
        Spans {
            intervals: version_ranges(affected).filter_map(|range| intervals(range, index)).flatten().collect(),
            listed: rows(&mut affected.versions.iter().map(String::as_str)),
            fixed: rows(&mut events.filter(|event| matches!(event, Event::Fixed(_))).map(Event::text)),
        }
    }

    /// Whether a version is affected, and by which interval.
    pub fn hit(&self, place: &Place) -> Option<Hit> {
        if place.in_ranges {
            let covers = |interval: &&Interval| place.spots.iter().any(|spot| interval.contains(*spot));
            if let Some(interval) = self.intervals.iter().find(covers) {
                return Some(Hit { fix: if let End::Fixed(fix) = interval.end { Some(fix) } else { None } });
            }
        }
        place.spots.iter().any(|spot| self.lists(*spot)).then_some(Hit { fix: None })
    }

    fn lists(&self, spot: Spot) -> bool {
        let first = self.listed.partition_point(|row| *row < spot.low);
        self.listed.get(first).is_some_and(|row| *row < spot.high)
    }
}

impl Interval {
    /// Rows below `high` are not above the version; rows from `low` on are not below it.
    pub fn contains(&self, spot: Spot) -> bool {
        self.start.is_none_or(|start| start < spot.high)
            && match self.end {
                End::Open => true,
                End::Fixed(fix) => fix >= spot.high,
                End::LastAffected(last) => last >= spot.low,
            }
            && self.limit.is_none_or(|limit| limit >= spot.high)
    }
}

/// A point of a range as rank (`None` is before every version) and row.
type Point<'a> = (Option<u32>, u32, &'a Event);

/// The intervals of one range; `None` when a version in it has no place in the ecosystem's order.
fn intervals(range: &AffectedRange, index: &Index) -> Option<Vec<Interval>> {
    let mut points: Vec<Point<'_>> = Vec::with_capacity(range.events.len());
    let mut limits: Vec<u32> = Vec::new();
    let mut unlimited = false;
    for event in &range.events {
        match event {
            Event::Introduced(text) if text == "0" => points.push((None, 0, event)),
            Event::Limit(text) if text == "*" => unlimited = true,
            _ => {
                let row = index.row(event.text())?;
                let rank = row.rank?;
                if matches!(event, Event::Limit(_)) {
                    limits.push(row.index);
                } else {
                    points.push((Some(rank), row.index, event));
                }
            }
        }
    }
    // At one version a last affected one comes after an introduction; all else keeps the record's order.
    points.sort_by_key(|(rank, _, event)| (*rank, matches!(event, Event::LastAffected(_))));
    Some(sweep(&points, limits.into_iter().max().filter(|_| !unlimited)))
}

/// Walks the points in version order.
fn sweep(points: &[Point<'_>], limit: Option<u32>) -> Vec<Interval> {
    let mut intervals = Vec::new();
    let mut open: Option<Option<u32>> = None;
    for (rank, row, event) in points {
        let end = match event {
            Event::Introduced(_) => {
                open.get_or_insert(rank.map(|_| *row));
                continue;
            }
            Event::Fixed(_) => End::Fixed(*row),
            Event::LastAffected(_) => End::LastAffected(*row),
            Event::Limit(_) => continue,
        };
        intervals.extend(open.take().map(|start| Interval { start, end, limit }));
    }
    intervals.extend(open.map(|start| Interval { start, end: End::Open, limit }));
    intervals
}
