//! What changed since the last time: `faultline.watch/1`, and lines for people.

use std::fmt::Write as _;

use faultline_exposure::model::Exposure;
use faultline_exposure::scan::{Known, Watch};
use serde::Serialize;

use crate::trace::Detail;
use crate::trace::text::{level, short, write_exposure, write_incomplete};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    watch: &'a Watch,
}

/// The answer as one JSON document, indented, with a final line end. See `docs/schemas/watch.json`.
pub fn watch_to_json(watch: &Watch) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(&Document { schema: "faultline.watch/1", watch })?;
    text.push('\n');
    Ok(text)
}

/// The answer as text: one line per change, call paths below.
pub fn watch_to_text(watch: &Watch, detail: Detail) -> String {
    let mut out = match &watch.since {
        Some(since) => format!("since {since}:"),
        None => "first run:".to_owned(),
    };
    let _ = writeln!(out, " {} new, {} changed, {} gone", watch.new.len(), watch.changed.len(), watch.gone.len());
    for exposure in &watch.new {
        let _ = writeln!(out, "new      {}", line(exposure));
    }
    for changed in &watch.changed {
        let _ = writeln!(out, "changed  {}, was {}", line(&changed.exposure), changed.before.as_str());
    }
    for known in &watch.gone {
        let _ = writeln!(out, "gone     {}", gone(known));
    }
    let shown = watch.new.iter().chain(watch.changed.iter().map(|c| &c.exposure));
    for exposure in shown.filter(|e| !e.paths.is_empty()) {
        write_exposure(&mut out, exposure, detail);
    }
    write_incomplete(&mut out, &watch.incomplete);
    out
}

fn line(exposure: &Exposure) -> String {
    let advisory = exposure.advisory.as_deref().unwrap_or("");
    let place = place(&exposure.repository, &exposure.project);
    format!("{advisory}  {place}  {}  {}", short(&exposure.package), level(exposure))
}

fn gone(known: &Known) -> String {
    let advisory = known.advisory.as_deref().unwrap_or("");
    let place = place(&known.repository, &known.project);
    format!("{advisory}  {place}  {}, was {}", short(&known.package), known.level.as_str())
}

fn place(repository: &str, project: &str) -> String {
    if project.is_empty() { repository.to_owned() } else { format!("{repository}/{project}") }
}
