//! The time of day, for the rows that say when.

/// Now, RFC 3339 in UTC with seconds.
pub(crate) fn now() -> String {
    let seconds = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string()
}

/// The time that a document states: that of `SOURCE_DATE_EPOCH` when it is set, so that builds can be repeated.
pub(crate) fn stated() -> String {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.trim().parse().ok());
    epoch.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).map_or_else(now, |time| time.to_string())
}
