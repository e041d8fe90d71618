//! Ranges that cannot be used because a version in them has no place in its ecosystem's order.

use faultline_package::{Ecosystem, Version};

use crate::record::{Affected, Event, RangeKind, Record};

/// What of a record cannot be used for that reason; `None` when all of it can. Listed versions count all the same.
pub fn unordered(record: &Record) -> Option<String> {
    record.affected.iter().find_map(|affected| {
        let ecosystem = Ecosystem::from_osv_name(&affected.ecosystem)?;
        let text = without_place(affected, ecosystem)?;
        let (name, order) = (&affected.name, ecosystem.osv_name());
        Some(format!("a range of {name} has the version `{text}`, which has no place in the order of {order}; that range is left out"))
    })
}

fn without_place(affected: &Affected, ecosystem: Ecosystem) -> Option<&str> {
    let ranges = affected.ranges.iter().filter(|range| range.kind != RangeKind::Git);
    let stated = ranges.flat_map(|range| &range.events).filter_map(|event| match event {
        Event::Introduced(text) if text == "0" => None,
        Event::Limit(text) if text == "*" => None,
        other => Some(other.text()),
    });
    stated.into_iter().find(|text| Version::parse(ecosystem, text).is_none())
}
