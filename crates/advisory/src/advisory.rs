//! An advisory as a target: its alias group with all records, packages and fixes.

use crate::database::GroupRecord;
use crate::interval::{Spans, tabulate};
use crate::record::Affected;
use crate::table::Table;
use crate::{Database, Record, Severity, vers};
use faultline_package::Purl;
use std::collections::{BTreeMap, BTreeSet};

/// An alias group with everything its records say.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// The group's name: GHSA, RUSTSEC, GO or PYSEC before CVE.
    pub id: String,
    /// All other ids of the closure, ordered.
    pub aliases: Vec<String>,
    /// The first summary any record has, the named record's first.
    pub summary: String,
    /// The severest any record states.
    pub severity: Severity,
    /// The records, by id. Withdrawn ones are only here when all are withdrawn.
    pub records: Vec<Record>,
    /// True when every record was withdrawn: then no package is affected.
    pub withdrawn: bool,
    /// What is affected, by purl.
    pub packages: Vec<AffectedPackage>,
}

/// A package that an advisory affects.
#[derive(Debug, Clone, PartialEq)]
pub struct AffectedPackage {
    /// Without a version.
    pub purl: Purl,
    /// The affected versions as a VERS string.
    pub affected: String,
    /// Fixed versions, ascending.
    pub fixed: Vec<String>,
    table: Table,
    spans: Vec<(String, Spans)>,
}

impl AffectedPackage {
    /// The records by which a version is affected, by id; empty when it is not.
    pub fn affected_by(&self, version: &str) -> Vec<&str> {
        let place = self.table.place(self.purl.ecosystem(), version);
        let hits = self.spans.iter().filter(|(_, spans)| spans.hit(&place).is_some());
        let ids: BTreeSet<&str> = hits.map(|(id, _)| id.as_str()).collect();
        ids.into_iter().collect()
    }

    /// Whether a version is affected.
    pub fn contains(&self, version: &str) -> bool {
        !self.affected_by(version).is_empty()
    }
}

impl Advisory {
    /// Whether any record reports a malicious package.
    pub fn is_malicious(&self) -> bool {
        self.records.iter().any(Record::is_malicious)
    }

    /// The entry of a package (its version does not count).
    pub fn package(&self, purl: &Purl) -> Option<&AffectedPackage> {
        let wanted = purl.without_version();
        self.packages.iter().find(|package| package.purl == wanted)
    }

    /// Whether a package version is affected.
    pub fn affects(&self, purl: &Purl) -> bool {
        purl.version().is_some_and(|version| self.package(purl).is_some_and(|package| package.contains(version)))
    }
}

impl Database {
    /// The alias group that an id or alias belongs to; `None` when no record knows it.
    ///
    /// Withdrawn records are an answer only when there is no other.
    pub fn advisory(&self, id: &str) -> Option<Advisory> {
        let known = self.by_id(id);
        let Some(number) = self.group_numbers(id).first().copied() else {
            return (!known.is_empty()).then(|| withdrawn(known));
        };
        let group = self.group_record(number)?;
        let records: Vec<Record> = group.records.iter().filter_map(|number| self.record(*number)).collect();
        Some(advisory(group, records))
    }
}

fn advisory(group: GroupRecord, records: Vec<Record>) -> Advisory {
    Advisory {
        aliases: group.ids.iter().filter(|id| **id != group.name).cloned().collect(),
        summary: summary(&group.name, &records),
        id: group.name,
        severity: group.severity,
        packages: packages(&records),
        withdrawn: false,
        records,
    }
}

fn withdrawn(records: Vec<Record>) -> Advisory {
    let mut ids: Vec<String> = records.iter().flat_map(Record::ids).map(str::to_owned).collect();
    ids.sort();
    ids.dedup();
    let borrowed: Vec<(u32, &Record)> = records.iter().map(|record| (0, record)).collect();
    let group = GroupRecord::new(ids, &borrowed);
    Advisory { withdrawn: true, packages: Vec::new(), ..advisory(group, records) }
}

/// The named record's summary, else the first one there is.
fn summary(name: &str, records: &[Record]) -> String {
    let named = records.iter().filter(|record| record.id == name);
    let all = named.chain(records).map(|record| record.summary.as_str());
    all.into_iter().find(|summary| !summary.is_empty()).unwrap_or_default().to_owned()
}

fn packages(records: &[Record]) -> Vec<AffectedPackage> {
    let mut by_purl: BTreeMap<Purl, Vec<(&str, &Affected)>> = BTreeMap::new();
    for record in records {
        for affected in &record.affected {
            if let Some(purl) = affected.package() {
                by_purl.entry(purl).or_default().push((&record.id, affected));
            }
        }
    }
    by_purl.into_iter().map(|(purl, entries)| affected_package(purl, &entries)).collect()
}

fn affected_package(purl: Purl, entries: &[(&str, &Affected)]) -> AffectedPackage {
    let affected: Vec<&Affected> = entries.iter().map(|(_, affected)| *affected).collect();
    let (table, spans) = tabulate(purl.ecosystem(), &affected);
    let fixed: BTreeSet<u32> = spans.iter().flat_map(|spans| &spans.fixed).copied().collect();
    AffectedPackage {
        affected: vers::describe(purl.ecosystem(), &table, spans.iter()),
        fixed: fixed.into_iter().map(|row| table.text(row).to_owned()).collect(),
        spans: entries.iter().map(|(id, _)| (*id).to_owned()).zip(spans).collect(),
        table,
        purl,
    }
}
