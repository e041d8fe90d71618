//! A scan answer as JSON, as a table for people, and as Markdown.

mod markdown;
mod text;
mod watch;

use faultline_exposure::scan::Scan;
use serde::Serialize;

pub use markdown::to_markdown;
pub use text::to_text;
pub use watch::{watch_to_json, watch_to_text};

/// Name and number of the schema, see `docs/schemas/scan.json`.
const SCHEMA: &str = "faultline.scan/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    scan: &'a Scan,
}

/// The answer as one JSON document, indented, with a final line end.
pub fn to_json(scan: &Scan) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&Document { schema: SCHEMA, scan })?;
    text.push('\n');
    Ok(text)
}

/// Label and score of an advisory and what is known beside it, as far as that is known.
fn severity(scan: &Scan, advisory: Option<&str>) -> String {
    let Some(found) = scan.advisories.iter().find(|a| Some(a.id.as_str()) == advisory) else { return String::new() };
    let severity = found.severity.as_ref();
    let label = severity.and_then(|s| s.label.clone()).unwrap_or_default();
    let score = severity.and_then(|s| s.score).map(|score| format!(" {score:.1}")).unwrap_or_default();
    format!("{label}{score}{}", crate::trace::text::beside(found)).trim_start_matches([',', ' ']).to_owned()
}
