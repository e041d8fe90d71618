//! Building a database from records.

use super::layout::{self, HEADER, MAGIC, PAGE, SECTIONS};
use super::{Entry, GroupRecord, Meta, PackageBlock};
use crate::interval::tabulate;
use crate::record::Affected;
use crate::{Record, groups, severity};
use faultline_package::Ecosystem;
use std::collections::BTreeMap;

/// One record per id, the newest; ordered by id.
pub(super) fn newest(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let mut by_id: BTreeMap<String, Record> = BTreeMap::new();
    for record in records {
        match by_id.get(&record.id) {
            Some(known) if !is_newer(&record, known) => {}
            _ => {
                by_id.insert(record.id.clone(), record);
            }
        }
    }
    by_id.into_values().collect()
}

/// Whether `new` replaces `old`; of two with the same time the later one read does.
fn is_newer(new: &Record, old: &Record) -> bool {
    let time = |record: &Record| record.modified.parse::<jiff::Timestamp>().ok();
    match (time(new), time(old)) {
        (Some(new), Some(old)) => new >= old,
        (new, old) => new.is_some() || old.is_none(),
    }
}

/// The bytes of a database.
pub(super) fn encode(records: &[Record]) -> Vec<u8> {
    let (of_record, group_list) = groups::join(records);
    let (package_index, package_blocks) = packages(records, &of_record);
    let (group_table, group_blocks) = blocks(group_list.iter().map(|group| layout::pack(&bitcode::encode(group), 3)));
    let (page_table, page_blocks) =
        blocks(records.chunks(PAGE as usize).map(|page| layout::pack(&bitcode::encode(page), 5)));
    let latest = records.iter().map(|record| record.modified.as_str()).max().unwrap_or_default();
    let meta = Meta { records: u32::try_from(records.len()).unwrap_or(u32::MAX), latest: latest.to_owned() };
    assemble(&[
        layout::pack(&bitcode::encode(&meta), 3),
        package_index,
        package_blocks,
        ids(records),
        of_record.iter().flat_map(|group| group.unwrap_or(layout::NO_GROUP).to_le_bytes()).collect(),
        group_table,
        group_blocks,
        page_table,
        page_blocks,
    ])
}

fn assemble(sections: &[Vec<u8>; SECTIONS]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut table = Vec::with_capacity(SECTIONS * 16);
    for section in sections {
        table.extend(((HEADER + body.len()) as u64).to_le_bytes());
        table.extend((section.len() as u64).to_le_bytes());
        body.extend_from_slice(section);
    }
    let mut bytes = MAGIC.to_vec();
    table.append(&mut body);
    bytes.extend(layout::checksum(&table).to_le_bytes());
    bytes.append(&mut table);
    bytes
}

/// Blocks one after another, and the table of where they are.
fn blocks(all: impl Iterator<Item = Vec<u8>>) -> (Vec<u8>, Vec<u8>) {
    let (mut table, mut bytes) = (Vec::new(), Vec::new());
    for block in all {
        table.extend((bytes.len() as u64).to_le_bytes());
        table.extend(u32::try_from(block.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(block);
    }
    (table, bytes)
}

/// What one entry of one record says about a package, before its versions are tabulated.
struct Mention<'a> {
    record: &'a Record,
    affected: &'a Affected,
    group: u32,
}

/// The sorted index of packages and their blocks.
fn packages(records: &[Record], of_record: &[Option<u32>]) -> (Vec<u8>, Vec<u8>) {
    let mut by_package: BTreeMap<(Ecosystem, String), Vec<Mention<'_>>> = BTreeMap::new();
    for (record, group) in records.iter().zip(of_record) {
        let Some(group) = *group else { continue };
        for affected in &record.affected {
            let Some(purl) = affected.package() else { continue };
            let mentions = by_package.entry((purl.ecosystem(), super::package_key(&purl))).or_default();
            mentions.push(Mention { record, affected, group });
        }
    }
    let blocks = by_package.into_iter().map(|((ecosystem, key), mentions)| package_block(ecosystem, key, &mentions));
    index_packages(blocks)
}

fn package_block(ecosystem: Ecosystem, key: String, mentions: &[Mention<'_>]) -> PackageBlock {
    let affected: Vec<&Affected> = mentions.iter().map(|mention| mention.affected).collect();
    let (table, spans) = tabulate(ecosystem, &affected);
    let entries = mentions.iter().zip(spans).map(|(mention, spans)| Entry {
        id: mention.record.id.clone(),
        group: mention.group,
        spans,
        severity: severity::of_entry(mention.record, mention.affected),
    });
    PackageBlock { key, table, entries: entries.collect() }
}

fn index_packages(all: impl Iterator<Item = PackageBlock>) -> (Vec<u8>, Vec<u8>) {
    let mut hashed: Vec<(u64, Vec<u8>)> =
        all.map(|block| (layout::hash(&block.key), layout::pack(&bitcode::encode(&block), 3))).collect();
    hashed.sort_by_key(|(hash, _)| *hash);
    let hashes: Vec<u64> = hashed.iter().map(|(hash, _)| *hash).collect();
    let (table, bytes) = blocks(hashed.into_iter().map(|(_, block)| block));
    let rows = hashes.iter().zip(table.chunks_exact(layout::BLOCK_WIDTH));
    (rows.flat_map(|(hash, row)| hash.to_le_bytes().into_iter().chain(row.iter().copied())).collect(), bytes)
}

/// The sorted index of ids and aliases, without regard to case.
fn ids(records: &[Record]) -> Vec<u8> {
    let mut rows: Vec<(u64, u32)> = Vec::new();
    for (number, record) in records.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        rows.extend(record.ids().map(|id| (layout::hash(&super::id_key(id)), number)));
    }
    rows.sort_unstable();
    rows.dedup();
    rows.iter().flat_map(|(hash, number)| hash.to_le_bytes().into_iter().chain(number.to_le_bytes())).collect()
}

/// A group as it is stored.
impl GroupRecord {
    pub(crate) fn new(ids: Vec<String>, records: &[(u32, &Record)]) -> GroupRecord {
        let severity = records
            .iter()
            .map(|(_, r)| severity::of_record(r))
            .fold(severity::Severity::default(), severity::Severity::worse);
        GroupRecord {
            name: groups::name(&ids),
            ids,
            records: records.iter().map(|(number, _)| *number).collect(),
            severity,
        }
    }
}
