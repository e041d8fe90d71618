//! A trace answer as JSON, as a table for people, and as Markdown.

mod json;
pub(crate) mod markdown;
pub(crate) mod text;

pub use json::to_json;
pub use markdown::to_markdown;
pub use text::{Detail, to_text};
