//! All version texts that advisories state about one package, in order, so that asking about a version reads
//! only a few of them.

use bitcode::{Decode, Encode};
use faultline_package::{Ecosystem, Version};
use std::collections::HashMap;

/// Distinct texts: first those with a place in the ecosystem's order, ascending, then the others.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub(crate) struct Table {
    texts: Vec<String>,
    ordered: u32,
}

/// Where the texts of a new table are.
pub(crate) struct Index<'a> {
    places: HashMap<&'a str, Row>,
}

/// A text's place. Texts that are equal as versions have one rank; without a rank there is no order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub index: u32,
    pub rank: Option<u32>,
}

/// Where an asked version stands: rows below `low` are smaller, rows from `high` on are larger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot {
    pub low: u32,
    pub high: u32,
}

/// An asked version: a Python version with a local label has two spots, one without the label.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub spots: Vec<Spot>,
    /// False for branches: they are only matched where they are listed.
    pub in_ranges: bool,
}

impl Table {
    /// The table of some texts and where each went.
    pub fn of<'a>(ecosystem: Ecosystem, texts: impl Iterator<Item = &'a str>) -> (Table, Index<'a>) {
        let mut distinct: Vec<&str> = texts.collect();
        distinct.sort_unstable();
        distinct.dedup();
        let parsed = distinct.into_iter().map(|text| (Version::parse(ecosystem, text), text));
        let (mut ordered, others): (Vec<_>, Vec<_>) = parsed.partition(|(version, _)| version.is_some());
        ordered.sort();
        let mut places = HashMap::with_capacity(ordered.len() + others.len());
        let mut rank = 0;
        for (index, (version, text)) in ordered.iter().enumerate() {
            if index.checked_sub(1).is_none_or(|before| ordered[before].0 != *version) {
                rank = number(index);
            }
            places.insert(*text, Row { index: number(index), rank: Some(rank) });
        }
        for (offset, (_, text)) in others.iter().enumerate() {
            places.insert(*text, Row { index: number(ordered.len() + offset), rank: None });
        }
        let count = number(ordered.len());
        let texts = ordered.into_iter().chain(others).map(|(_, text)| text.to_owned()).collect();
        (Table { texts, ordered: count }, Index { places })
    }

    /// The text of a row.
    pub fn text(&self, index: u32) -> &str {
        self.texts.get(index as usize).map_or("", String::as_str)
    }

    /// Where a version stands.
    pub fn place(&self, ecosystem: Ecosystem, text: &str) -> Place {
        let branch = ecosystem == Ecosystem::Composer && text.starts_with("dev-");
        let version = Version::parse(ecosystem, text);
        let public = version.as_ref().and_then(Version::without_local);
        let mut spots: Vec<Spot> = version.iter().chain(&public).map(|version| self.spot(ecosystem, version)).collect();
        if version.is_none() {
            let others = self.texts.get(self.ordered as usize..).unwrap_or_default();
            let found = others.iter().position(|other| other == text).map(|offset| self.ordered + number(offset));
            spots.extend(found.map(|low| Spot { low, high: low + 1 }));
        }
        Place { spots, in_ranges: version.is_some() && !branch }
    }

    fn spot(&self, ecosystem: Ecosystem, version: &Version) -> Spot {
        let ordered = self.texts.get(..self.ordered as usize).unwrap_or_default();
        let below = |text: &String| Version::parse(ecosystem, text).is_some_and(|row| row < *version);
        let low = ordered.partition_point(below);
        let equal = |text: &&String| Version::parse(ecosystem, text).is_some_and(|row| row == *version);
        let high = low + ordered[low..].iter().take_while(equal).count();
        Spot { low: number(low), high: number(high) }
    }
}

impl Index<'_> {
    /// Where a text went.
    pub fn row(&self, text: &str) -> Option<Row> {
        self.places.get(text).copied()
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
