//! Python versions: PEP 440, and the older order for texts that PEP 440 does not allow.

use super::number::{Number, runs};
use std::borrow::Cow;
use std::str::FromStr;

/// Legacy versions come before all others, as `packaging` had it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Parts of a text that is not a PEP 440 version.
    Legacy(Vec<Box<str>>),
    /// A PEP 440 version. The second part is empty except for numbers of 18 and more digits, which
    /// are cut to the largest one; it then tells them apart.
    Pep440(pep440_rs::Version, Vec<Number>),
}

/// Reads any text that is not empty.
pub(super) fn parse(text: &str) -> Option<Key> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (cut, exact) = cut_large_numbers(text);
    match pep440_rs::Version::from_str(&cut) {
        Ok(version) => Some(Key::Pep440(version, exact)),
        Err(_) => Some(Key::Legacy(legacy(text))),
    }
}

/// The largest number that is compared as such.
const LARGEST: &str = "999999999999999999";

/// Replaces numbers of 18 or more digits by the largest one and returns them in order.
fn cut_large_numbers(text: &str) -> (Cow<'_, str>, Vec<Number>) {
    let large = |run: &&str| run.len() >= LARGEST.len() && run.bytes().all(|b| b.is_ascii_digit());
    if text.len() < LARGEST.len() || !runs(text).any(|run| large(&run)) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let exact = runs(text).filter(large).map(Number::of).collect();
    let cut = runs(text).map(|run| if large(&run) { LARGEST } else { run }).collect();
    (Cow::Owned(cut), exact)
}

/// The parts that `setuptools` compared before PEP 440.
fn legacy(text: &str) -> Vec<Box<str>> {
    let lower = text.to_lowercase();
    let mut parts: Vec<Box<str>> = Vec::new();
    for run in lower.split(['.', '-']).flat_map(runs) {
        if run.bytes().all(|b| b.is_ascii_digit()) {
            parts.push(format!("{run:0>8}").into());
            continue;
        }
        let word = match run {
            "pre" | "preview" | "rc" => "c",
            "dev" => "@",
            other => other,
        };
        let part: Box<str> = format!("*{word}").into();
        if *part < *"*final" {
            while parts.last().is_some_and(|last| **last == *"*final-") {
                parts.pop();
            }
        }
        while parts.last().is_some_and(|last| **last == *"00000000") {
            parts.pop();
        }
        parts.push(part);
    }
    parts.push("*final".into());
    parts
}
