//! `faultline.trace/1`.

use faultline_exposure::model::Answer;
use serde::Serialize;

/// Name and number of the schema, see `docs/schemas/trace.json`.
const SCHEMA: &str = "faultline.trace/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// The answer as one JSON document, indented, with a final line end.
pub fn to_json(answer: &Answer) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&Document { schema: SCHEMA, answer })?;
    text.push('\n');
    Ok(text)
}
