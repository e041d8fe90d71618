//! Which advisories affect a package version.

use crate::database::{Entry, PackageBlock};
use crate::record::is_malicious_id;
use crate::table::{Spot, Table};
use crate::{Database, Severity, vers};
use faultline_package::{Ecosystem, Purl};
use std::collections::{BTreeMap, BTreeSet};

/// Matching advisories that are aliases of each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// The name: GHSA, RUSTSEC, GO or PYSEC before CVE.
    pub id: String,
    /// All other ids of the alias closure, ordered.
    pub aliases: Vec<String>,
    /// Ids of the records that match, each by its own ranges, ordered.
    pub records: Vec<String>,
    /// The severest that the matching records state, else the group's.
    pub severity: Severity,
    /// Fixed versions: first the fix of the version's own release line, then all others in order.
    pub fixed: Vec<String>,
    /// Whether a matching record reports a malicious package.
    pub malicious: bool,
    /// Entry of the known-exploited list; filled by [`crate::Enrichment::attach`].
    pub exploited: Option<crate::Exploited>,
    /// Exploit prediction; filled by [`crate::Enrichment::attach`].
    pub epss: Option<crate::Epss>,
}

impl Group {
    /// Its name and aliases.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Whether a matching record reports a malicious package.
    pub fn is_malicious(&self) -> bool {
        self.malicious
    }
}

impl Database {
    /// The advisories that affect a package version, one group per vulnerability, by name.
    ///
    /// A purl without a version matches nothing: which versions are affected says [`Database::affected_ranges`].
    pub fn matches(&self, purl: &Purl) -> Vec<Group> {
        let Some(version) = purl.version() else { return Vec::new() };
        let Some(block) = self.package(purl) else { return Vec::new() };
        let place = block.table.place(purl.ecosystem(), version);
        let mut groups: BTreeMap<u32, Matching<'_>> = BTreeMap::new();
        for entry in &block.entries {
            if let Some(hit) = entry.spans.hit(&place) {
                let group = groups.entry(entry.group).or_default();
                group.entries.push(entry);
                group.line.extend(hit.fix);
            }
        }
        let mut found: Vec<Group> =
            groups.into_iter().filter_map(|(number, m)| self.finish(purl.ecosystem(), &block, number, &m)).collect();
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found
    }

    fn finish(
        &self,
        ecosystem: Ecosystem,
        block: &PackageBlock,
        number: u32,
        matching: &Matching<'_>,
    ) -> Option<Group> {
        let stored = self.group_record(number)?;
        let mut records: Vec<String> = matching.entries.iter().map(|entry| entry.id.clone()).collect();
        records.sort();
        records.dedup();
        let own =
            matching.entries.iter().map(|entry| entry.severity.clone()).fold(Severity::default(), Severity::worse);
        let severity = if own.is_unknown() { stored.severity } else { own };
        let malicious = records.iter().any(|id| is_malicious_id(id));
        let same_group: Vec<&Entry> = block.entries.iter().filter(|entry| entry.group == number).collect();
        Some(Group {
            fixed: fixed(ecosystem, &block.table, &matching.line, &same_group, &records),
            aliases: stored.ids.into_iter().filter(|id| *id != stored.name).collect(),
            id: stored.name,
            records,
            severity,
            malicious,
            exploited: None,
            epss: None,
        })
    }

    /// The affected versions of a package as a VERS string over all advisories, or over those of one
    /// advisory (any id of its group); `None` when nothing affects it.
    pub fn affected_ranges(&self, purl: &Purl, advisory: Option<&str>) -> Option<String> {
        let block = self.package(purl)?;
        let groups = advisory.map(|id| self.group_numbers(id));
        let wanted = |entry: &&Entry| groups.as_ref().is_none_or(|groups| groups.contains(&entry.group));
        let entries: Vec<&Entry> = block.entries.iter().filter(wanted).collect();
        if entries.is_empty() {
            return None;
        }
        Some(vers::describe(purl.ecosystem(), &block.table, entries.iter().map(|entry| &entry.spans)))
    }
}

#[derive(Default)]
struct Matching<'a> {
    entries: Vec<&'a Entry>,
    /// Fixes that end the intervals the version is in.
    line: Vec<u32>,
}

/// Fixes that no matching record affects come before those that one still does; within these the version's own
/// release line comes first, then version order.
fn fixed(ecosystem: Ecosystem, table: &Table, line: &[u32], entries: &[&Entry], records: &[String]) -> Vec<String> {
    let matching = || entries.iter().filter(|entry| records.contains(&entry.id));
    let rows: BTreeSet<u32> = matching().flat_map(|entry| &entry.spans.fixed).copied().collect();
    let mut ranked: Vec<(bool, bool, u32, u32)> = rows
        .into_iter()
        .map(|row| {
            let place = table.place(ecosystem, table.text(row));
            let unclean = matching().any(|entry| entry.spans.hit(&place).is_some());
            let spot = place.spots.first().copied().unwrap_or(Spot { low: row, high: row + 1 });
            let other_line = !line.iter().any(|fix| (spot.low..spot.high).contains(fix));
            (unclean, other_line, spot.low, row)
        })
        .collect();
    ranked.sort_unstable();
    ranked.dedup_by_key(|(_, _, low, _)| *low);
    ranked.into_iter().map(|(_, _, _, row)| table.text(row).to_owned()).collect()
}
