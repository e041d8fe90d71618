//! The time of day, for the rows that say when.

/// Now, RFC 3339 in UTC with seconds.
pub(crate) fn now() -> String {
    let seconds = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}
