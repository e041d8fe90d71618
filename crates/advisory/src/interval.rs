//! Affected versions of one package in one record, ready to be asked.

use crate::record::{Affected, AffectedRange, Event, RangeKind};
use bitcode::{Decode, Encode};
use faultline_package::{Ecosystem, Version};

/// Intervals in version order and listed versions.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub(crate) struct Spans {
    pub intervals: Vec<Interval>,
    /// Listed versions in the ecosystem's order.
    pub listed: Vec<String>,
    /// Listed versions that have no place in that order.
    pub unordered: Vec<String>,
    /// Every `fixed` version, ascending.
    pub fixed: Vec<String>,
}

/// Affected from `start` (before every version when `None`) to `end`.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct Interval {
    pub start: Option<String>,
    pub end: End,
    /// Versions from the largest limit on are not covered.
    pub limit: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) enum End {
    Open,
    Fixed(String),
    LastAffected(String),
}

/// What an affected version learns: the fix that ends its interval.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit<'a> {
    pub fix: Option<&'a str>,
}

/// A version to be asked about, read once.
pub(crate) struct Candidate<'a> {
    text: &'a str,
    version: Option<Version>,
    /// A Python version without its local label.
    public: Option<Version>,
    /// Branches have no place in ranges.
    branch: bool,
}

impl<'a> Candidate<'a> {
    pub fn new(ecosystem: Ecosystem, text: &'a str) -> Candidate<'a> {
        let version = Version::parse(ecosystem, text);
        let public = version.as_ref().and_then(Version::without_local);
        let branch = ecosystem == Ecosystem::Composer && text.starts_with("dev-");
        Candidate { text, version, public, branch }
    }

    fn versions(&self) -> impl Iterator<Item = &Version> {
        self.version.iter().chain(&self.public)
    }

    /// Whether an interval covers it.
    pub fn within(&self, ecosystem: Ecosystem, interval: &Interval) -> bool {
        !self.branch && self.versions().any(|version| interval.contains(ecosystem, version))
    }
}

impl Spans {
    /// Evaluates the events of a record's entry in version order.
    pub fn of(ecosystem: Ecosystem, affected: &Affected) -> Spans {
        let mut spans = Spans::default();
        for range in affected.ranges.iter().filter(|range| range.kind != RangeKind::Git) {
            spans.intervals.extend(intervals(ecosystem, range).unwrap_or_default());
        }
        let mut listed = Vec::new();
        for text in &affected.versions {
            match Version::parse(ecosystem, text) {
                Some(version) => listed.push(version),
                None => spans.unordered.push(text.clone()),
            }
        }
        listed.sort();
        spans.listed = listed.iter().map(|version| version.as_str().to_owned()).collect();
        spans.fixed = fixes(ecosystem, affected);
        spans
    }

    /// Whether a version is affected, and by which interval.
    pub fn hit(&self, ecosystem: Ecosystem, candidate: &Candidate<'_>) -> Option<Hit<'_>> {
        if let Some(interval) = self.intervals.iter().find(|interval| candidate.within(ecosystem, interval)) {
            let fix = if let End::Fixed(fix) = &interval.end { Some(fix.as_str()) } else { None };
            return Some(Hit { fix });
        }
        let listed = candidate.versions().any(|version| self.lists(ecosystem, version))
            || self.unordered.iter().any(|text| text == candidate.text);
        listed.then_some(Hit { fix: None })
    }

    fn lists(&self, ecosystem: Ecosystem, version: &Version) -> bool {
        let order = |text: &String| {
            Version::parse(ecosystem, text).map_or(std::cmp::Ordering::Greater, |listed| listed.cmp(version))
        };
        self.listed.binary_search_by(order).is_ok()
    }
}

impl Interval {
    fn contains(&self, ecosystem: Ecosystem, version: &Version) -> bool {
        let parse = |text: &str| Version::parse(ecosystem, text);
        let begun = self.start.as_deref().is_none_or(|start| parse(start).is_some_and(|start| *version >= start));
        begun
            && match &self.end {
                End::Open => true,
                End::Fixed(fix) => parse(fix).is_some_and(|fix| *version < fix),
                End::LastAffected(last) => parse(last).is_some_and(|last| *version <= last),
            }
            && self.limit.as_deref().is_none_or(|limit| parse(limit).is_some_and(|limit| *version < limit))
    }
}

/// The point of an event: `None` is before every version.
type Point = Option<Version>;

/// The intervals of one range; `None` when a version in it has no place in the ecosystem's order.
pub(crate) fn intervals(ecosystem: Ecosystem, range: &AffectedRange) -> Option<Vec<Interval>> {
    let mut points: Vec<(Point, &Event)> = Vec::with_capacity(range.events.len());
    let mut limits: Vec<Version> = Vec::new();
    let mut unlimited = true;
    for event in &range.events {
        match event {
            Event::Limit(text) if text == "*" => {}
            Event::Limit(text) => {
                limits.push(Version::parse(ecosystem, text)?);
                unlimited = false;
            }
            Event::Introduced(text) if text == "0" => points.push((None, event)),
            Event::Introduced(text) | Event::Fixed(text) | Event::LastAffected(text) => {
                points.push((Some(Version::parse(ecosystem, text)?), event));
            }
        }
    }
    // At one version a last affected one comes after an introduction; all else keeps the record's order.
    points.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| is_last(a.1).cmp(&is_last(b.1))));
    let limit = limits.into_iter().max().filter(|_| !unlimited).map(|limit| limit.as_str().to_owned());
    Some(sweep(points, limit.as_deref()))
}

fn is_last(event: &Event) -> bool {
    matches!(event, Event::LastAffected(_))
}

fn sweep(points: Vec<(Point, &Event)>, limit: Option<&str>) -> Vec<Interval> {
    let mut intervals = Vec::new();
    let mut open: Option<Option<String>> = None;
    let mut close =
        |start: Option<String>, end| intervals.push(Interval { start, end, limit: limit.map(str::to_owned) });
    for (point, event) in points {
        match event {
            Event::Introduced(_) => {
                open.get_or_insert_with(|| point.map(|version| version.as_str().to_owned()));
            }
            Event::Fixed(fix) => {
                if let Some(start) = open.take() {
                    close(start, End::Fixed(fix.clone()));
                }
            }
            Event::LastAffected(last) => {
                if let Some(start) = open.take() {
                    close(start, End::LastAffected(last.clone()));
                }
            }
            Event::Limit(_) => {}
        }
    }
    if let Some(start) = open {
        close(start, End::Open);
    }
    intervals
}

fn fixes(ecosystem: Ecosystem, affected: &Affected) -> Vec<String> {
    let events = affected.ranges.iter().filter(|range| range.kind != RangeKind::Git).flat_map(|range| &range.events);
    let fixed = events.filter_map(|event| if let Event::Fixed(text) = event { Some(text.as_str()) } else { None });
    in_order(ecosystem, fixed)
}

/// Versions ascending and once each; texts without a place in the order come last.
pub(crate) fn in_order<'a>(ecosystem: Ecosystem, texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut versions: Vec<(bool, Option<Version>, &str)> = texts
        .map(|text| (Version::parse(ecosystem, text), text))
        .map(|(version, text)| (version.is_none(), version, text))
        .collect();
    versions.sort();
    versions.dedup_by(|a, b| if a.0 { a.2 == b.2 } else { a.1 == b.1 });
    versions.into_iter().map(|(_, _, text)| text.to_owned()).collect()
}
