//! Numbers without a limit, as version components need them.

use std::cmp::Ordering;

/// A natural number of any size. `Large` holds only what does not fit `u64`, so the derived order is numeric
/// once [`Digits`] compares by length first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Number {
    /// Fits a machine word.
    Small(u64),
    /// Decimal digits without leading zeros.
    Large(Digits),
}

/// Decimal digits without leading zeros, ordered by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits(Box<str>);

impl Number {
    pub(super) const ZERO: Number = Number::Small(0);

    /// The number that `digits` (ASCII digits only) spells; the empty text is zero.
    pub(super) fn of(digits: &str) -> Number {
        let trimmed = digits.trim_start_matches('0');
        if trimmed.is_empty() {
            return Number::ZERO;
        }
        trimmed.parse().map_or_else(|_| Number::Large(Digits(trimmed.into())), Number::Small)
    }

    /// The number, when all of `text` is digits and there is at least one.
    pub(super) fn parse(text: &str) -> Option<Number> {
        (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| Number::of(text))
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Splits off the leading ASCII digits.
pub(super) fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// Cuts a text at every change between ASCII digits and other characters.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.bytes().next()?.is_ascii_digit();
        let end = rest.bytes().position(|b| b.is_ascii_digit() != first).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}
