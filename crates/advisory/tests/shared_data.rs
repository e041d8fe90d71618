//! Checks against public OSV data that is not part of the repository; skipped with a notice when absent.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first fault")]

use faultline_advisory::record::{Event, RangeKind};
use faultline_advisory::{Batch, Database, Record};
use faultline_package::{Ecosystem, Purl, version};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

fn exports() -> Option<PathBuf> {
    let root = std::env::var_os("FAULTLINE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let full = root.join("data/osv");
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {} is absent", full.display());
    None
}

fn all() -> Option<(Batch, Database)> {
    let mut batch = Batch::default();
    for entry in std::fs::read_dir(exports()?).unwrap() {
        let file = entry.unwrap().path().join("all.zip");
        batch.add_zip(&file.to_string_lossy(), std::fs::File::open(&file).unwrap());
    }
    let database = Database::build(batch.records.clone());
    Some((batch, database))
}

/// Asks each package version once.
struct Asked<'a> {
    database: &'a Database,
    answers: HashMap<Purl, HashSet<String>>,
}

impl Asked<'_> {
    fn matches(&mut self, record: &Record, affected: usize, version: &str) -> bool {
        let purl = record.affected[affected].package().unwrap().with_version(version);
        let ask = |purl: &Purl| self.database.matches(purl).into_iter().flat_map(|group| group.records).collect();
        if !self.answers.contains_key(&purl) {
            self.answers.insert(purl.clone(), ask(&purl));
        }
        self.answers[&purl].contains(&record.id)
    }
}

/// The records as the database keeps them: the newest of each id, without the withdrawn. All in a release build,
/// every tenth in a debug build.
fn kept(database: &Database) -> Vec<Record> {
    let step = if cfg!(debug_assertions) { 10 } else { 1 };
    database.records().filter(|record| record.withdrawn.is_none()).step_by(step).collect()
}

#[test]
fn every_record_is_read() {
    let Some((batch, database)) = all() else { return };
    assert_eq!(batch.problems, Vec::new());
    assert!(database.len() > 11_000, "{}", database.len());
    for record in batch.records.iter().step_by(97) {
        assert_eq!(database.get(&record.id).unwrap().id, record.id);
    }
}

#[test]
fn every_listed_version_matches() {
    let Some((_, database)) = all() else { return };
    let mut asked = Asked { database: &database, answers: HashMap::new() };
    let mut wrong = Vec::new();
    let mut right = 0;
    for record in &kept(&database) {
        for (index, affected) in record.affected.iter().enumerate() {
            if affected.package().is_none() {
                continue;
            }
            for version in &affected.versions {
                if asked.matches(record, index, version) {
                    right += 1;
                } else {
                    wrong.push(format!("{} {} {version}", record.id, affected.name));
                }
            }
        }
    }
    assert!(
        wrong.is_empty() && right > 5_000,
        "{right} right, {} wrong: {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}

/// Introduced versions match; fixed ones do not, unless another event or entry of the record says otherwise.
#[test]
fn borders_of_ranges() {
    let Some((_, database)) = all() else { return };
    let mut asked = Asked { database: &database, answers: HashMap::new() };
    let mut wrong = Vec::new();
    let (mut introduced, mut fixed) = (0, 0);
    for record in &kept(&database) {
        for (index, affected) in record.affected.iter().enumerate() {
            if affected.package().is_none() {
                continue;
            }
            for range in affected.ranges.iter().filter(|range| range.kind != RangeKind::Git) {
                for event in &range.events {
                    match event {
                        Event::Introduced(text) if text != "0" && !closed_at_once(record, index, text) => {
                            introduced += 1;
                            if !asked.matches(record, index, text) {
                                wrong.push(format!("{} {} introduced {text}", record.id, affected.name));
                            }
                        }
                        Event::Fixed(text) if !covered_elsewhere(record, index, text) => {
                            fixed += 1;
                            if asked.matches(record, index, text) {
                                wrong.push(format!("{} {} fixed {text}", record.id, affected.name));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty() && introduced > 50 && fixed > 500,
        "{introduced} and {fixed} checked, {} wrong: {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}

fn ecosystem(record: &Record, index: usize) -> Ecosystem {
    record.affected[index].package().unwrap().ecosystem()
}

/// Whether the same range also fixes this version.
fn closed_at_once(record: &Record, index: usize, text: &str) -> bool {
    let events = record.affected[index].ranges.iter().flat_map(|range| &range.events);
    events.into_iter().any(|event| {
        matches!(event, Event::Fixed(fix) if version::compare(ecosystem(record, index), fix, text).is_some_and(std::cmp::Ordering::is_eq))
    })
}

/// A plain second opinion: whether any entry of the record for the same package covers a version, by the
/// algorithm of the OSV specification.
fn covered_elsewhere(record: &Record, index: usize, text: &str) -> bool {
    let package = record.affected[index].package();
    let ecosystem = ecosystem(record, index);
    let at_least =
        |bound: &str| bound == "0" || version::compare(ecosystem, text, bound).is_some_and(std::cmp::Ordering::is_ge);
    record.affected.iter().filter(|affected| affected.package() == package).any(|affected| {
        let same =
            |v: &String| v == text || version::compare(ecosystem, v, text).is_some_and(std::cmp::Ordering::is_eq);
        affected.versions.iter().any(same)
            || affected.ranges.iter().filter(|range| range.kind != RangeKind::Git).any(|range| {
                let mut events: Vec<&Event> = range.events.iter().collect();
                events.sort_by(|a, b| order(ecosystem, a, b));
                events.iter().fold(false, |inside, event| match event {
                    Event::Introduced(bound) if at_least(bound) => true,
                    Event::Fixed(bound) if at_least(bound) => false,
                    Event::LastAffected(bound)
                        if version::compare(ecosystem, text, bound).is_some_and(std::cmp::Ordering::is_gt) =>
                    {
                        false
                    }
                    _ => inside,
                })
            })
    })
}

fn order(ecosystem: Ecosystem, a: &Event, b: &Event) -> std::cmp::Ordering {
    let text = |event: &Event| match event {
        Event::Introduced(v) | Event::Fixed(v) | Event::LastAffected(v) | Event::Limit(v) => v.clone(),
    };
    let (a, b) = (text(a), text(b));
    (a != "0").cmp(&(b != "0")).then_with(|| version::compare(ecosystem, &a, &b).unwrap_or(std::cmp::Ordering::Equal))
}
