//! Source blobs to facts, one module per language.
//!
//! Facts depend on the bytes and the language alone. Parser types never leave this crate, and no input
//! makes it panic: what cannot be parsed is a problem in the facts.

mod dump;
pub mod go;
pub mod java;
pub mod javascript;
mod json;
pub mod jvm;
pub mod python;

use faultline_facts::{Facts, Language};

pub use dump::dump;

/// Rises with every change of any frontend that changes its output, so that stored facts are made anew.
pub const FRONTEND_VERSION: u32 = 7;

/// The facts of one source blob.
pub fn extract(language: Language, bytes: &[u8]) -> Facts {
    match language {
        Language::Python => python::extract(bytes),
        Language::Json => json::extract(bytes),
        Language::Java => java::extract(bytes),
        Language::Jvm => jvm::extract(bytes),
        Language::Go => go::extract(bytes),
        _ => javascript::extract(language, bytes),
    }
}

/// The language of a file by its name; `None` when no frontend reads it.
///
/// Declaration files (`.d.ts`) are skipped: they hold no code.
pub fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (stem, extension) = name.rsplit_once('.')?;
    let declares = stem.rsplit('.').next() == Some("d") && stem.contains('.');
    match extension {
        "js" | "cjs" | "mjs" | "jsx" => Some(Language::JavaScript),
        "ts" | "mts" | "cts" | "tsx" if !declares => Some(Language::TypeScript),
        "py" | "pyi" | "pyw" => Some(Language::Python),
        "json" => Some(Language::Json),
        "class" => Some(Language::Jvm),
        "java" => Some(Language::Java),
        "go" => Some(Language::Go),
        _ => None,
    }
}
