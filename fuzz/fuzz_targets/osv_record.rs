#![no_main]

use faultline_advisory::{Batch, Database};
use faultline_package::{Ecosystem, Purl};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut batch = Batch::default();
    batch.add_json("record.json", data);
    let affected = batch.records.iter().flat_map(|record| &record.affected).take(8);
    let asked: Vec<Purl> = affected
        .flat_map(|affected| {
            let stated = affected.purl.as_deref().and_then(|text| Purl::parse(text).ok());
            stated.into_iter().chain([Purl::new(Ecosystem::Npm, &affected.name, Some("1.0.0"))])
        })
        .collect();
    let database = Database::build(batch.records);
    for package in &asked {
        let _ = database.matches(package);
        let _ = database.affected_ranges(package, None);
    }
});
