//! Alias groups: records that speak of the same vulnerability, through any chain of aliases.

use crate::Record;
use crate::database::GroupRecord;
use std::collections::{BTreeMap, HashMap};

/// Sources in the order of preference for a group's name; all others come last.
const PREFERENCE: [&str; 5] = ["GHSA-", "RUSTSEC-", "GO-", "PYSEC-", "CVE-"];

/// The id that stands for a group: GHSA, RUSTSEC, GO or PYSEC before CVE, the smallest of its kind.
pub(crate) fn name(ids: &[String]) -> String {
    ids.iter().min_by_key(|id| (rank(id), id.as_str())).cloned().unwrap_or_default()
}

fn rank(id: &str) -> usize {
    PREFERENCE.iter().position(|prefix| id.starts_with(prefix)).unwrap_or(PREFERENCE.len())
}

/// Per record its group (withdrawn records have none and join nothing), and the groups.
pub(crate) fn join(records: &[Record]) -> (Vec<Option<u32>>, Vec<GroupRecord>) {
    let mut sets = Sets::default();
    for record in records.iter().filter(|record| record.withdrawn.is_none()) {
        let own = sets.node(&record.id);
        for alias in &record.aliases {
            let alias = sets.node(alias);
            sets.union(own, alias);
        }
    }
    let mut members: BTreeMap<usize, Vec<(u32, &Record)>> = BTreeMap::new();
    for (number, record) in records.iter().enumerate().filter(|(_, record)| record.withdrawn.is_none()) {
        let root = sets.node(&record.id);
        members.entry(sets.root(root)).or_default().push((u32::try_from(number).unwrap_or(u32::MAX), record));
    }
    let mut of_record = vec![None; records.len()];
    let mut groups = Vec::with_capacity(members.len());
    for records in members.values() {
        for (number, _) in records {
            of_record[*number as usize] = u32::try_from(groups.len()).ok();
        }
        let mut ids: Vec<String> = records.iter().flat_map(|(_, record)| record.ids()).map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        groups.push(GroupRecord::new(ids, records));
    }
    (of_record, groups)
}

/// Union-find over ids.
#[derive(Default)]
struct Sets<'a> {
    nodes: HashMap<&'a str, usize>,
    parents: Vec<usize>,
}

impl<'a> Sets<'a> {
    fn node(&mut self, id: &'a str) -> usize {
        let next = self.parents.len();
        let node = *self.nodes.entry(id).or_insert(next);
        if node == next {
            self.parents.push(next);
        }
        node
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parents[node] != node {
            self.parents[node] = self.parents[self.parents[node]];
            node = self.parents[node];
        }
        node
    }

    fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}
