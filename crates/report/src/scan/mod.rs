//! A scan answer as JSON, as a table for people, and as Markdown.

mod markdown;
mod text;

use faultline_exposure::scan::Scan;
use serde::Serialize;

pub use markdown::to_markdown;
pub use text::to_text;

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

/// Label and score of an advisory, as far as they are known.
fn severity(scan: &Scan, advisory: Option<&str>) -> String {
    let found = scan.advisories.iter().find(|a| Some(a.id.as_str()) == advisory);
    let Some(severity) = found.and_then(|a| a.severity.as_ref()) else { return String::new() };
    let label = severity.label.clone().unwrap_or_default();
    severity.score.map_or_else(|| label.clone(), |score| format!("{label} {score:.1}").trim().to_owned())
}
