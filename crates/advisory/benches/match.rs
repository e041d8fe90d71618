//! Times of reading, building, opening and matching, over the OSV exports in the folder `FAULTLINE_OSV`
//! (`<folder>/*/all.zip`). Skipped when the variable is not set.
#![expect(clippy::unwrap_used, reason = "a measurement stops at the first fault")]

use faultline_advisory::{Batch, Database};
use faultline_package::Purl;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn main() {
    let Some(folder) = std::env::var_os("FAULTLINE_OSV") else {
        println!("skipped: FAULTLINE_OSV is not set");
        return;
    };
    let start = Instant::now();
    let mut batch = Batch::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path().join("all.zip");
        batch.add_zip(&file.to_string_lossy(), std::fs::File::open(&file).unwrap());
    }
    println!("read       {:>9.2?}  {} records", start.elapsed(), batch.records.len());
    let start = Instant::now();
    let database = Database::build(batch.records);
    println!(
        "build      {:>9.2?}  {} records, {} KiB",
        start.elapsed(),
        database.len(),
        database.as_bytes().len() / 1024
    );
    let bytes: std::sync::Arc<[u8]> = database.encode().into();
    println!("open       {:>9.2?}", best(|| Database::open(bytes.clone()).unwrap().len()));
    let known = known(&database);
    let unknown: Vec<Purl> =
        known.iter().map(|purl| Purl::parse(&purl.to_string().replace('@', "-other@")).unwrap()).collect();
    let groups: usize = known.iter().map(|purl| database.matches(purl).len()).sum();
    println!(
        "match      {:>9.2?}  {} packages that all have advisories, {groups} groups",
        best(|| all(&database, &known)),
        known.len()
    );
    println!("match      {:>9.2?}  {} packages that have none", best(|| all(&database, &unknown)), unknown.len());
    println!("by id      {:>9.2?}  one record", best(|| database.by_id("CVE-2022-24999").len()));
    println!("advisory   {:>9.2?}  one group with packages", best(|| database.advisory("CVE-2022-24999").is_some()));
    println!("merge      {:>9.2?}  of nothing", best(|| database.merge(Vec::new()).len()));
}

/// 1,500 package versions spread over all packages with advisories, each at a version that a record names.
fn known(database: &Database) -> Vec<Purl> {
    let mut purls: Vec<Purl> = database
        .records()
        .flat_map(|record| record.affected)
        .filter_map(|affected| {
            let mut events =
                affected.ranges.iter().flat_map(|range| &range.events).map(faultline_advisory::record::Event::text);
            let version =
                affected.versions.first().map(String::as_str).or_else(|| events.rfind(|text| *text != "0"))?;
            Some(affected.package()?.with_version(version))
        })
        .collect();
    purls.sort();
    purls.dedup_by(|a, b| a.without_version() == b.without_version());
    let step = (purls.len() / 1500).max(1);
    purls.into_iter().step_by(step).take(1500).collect()
}

fn all(database: &Database, purls: &[Purl]) -> usize {
    purls.iter().map(|purl| database.matches(purl).len()).sum()
}

fn best<T>(work: impl Fn() -> T) -> Duration {
    let time = || {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..5).map(|_| time()).min().unwrap_or_default()
}
