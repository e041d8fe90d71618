//! JSON files that code may load: the value is the module.

use faultline_facts::{Builder, DynamicKind, Facts, FunctionId, Language, ModuleKind, ParseProblem, Span};

/// Larger files hold data, not structure that names code.
const MAX_BYTES: usize = 2 << 20;

/// The facts of a JSON blob; its value is stored as `module.exports`.
pub fn extract(bytes: &[u8]) -> Facts {
    if bytes.len() > MAX_BYTES {
        let mut builder =
            Builder::new(Language::Json, ModuleKind::Json, Span { line: 1, column: 1, end_line: 1, end_column: 1 });
        let message = format!("JSON of {} bytes was not read; the limit is {MAX_BYTES}", bytes.len());
        builder.problem(ParseProblem { line: 1, column: 1, message });
        builder.dynamic(FunctionId(0), DynamicKind::ParseGap, Span::default());
        return builder.finish();
    }
    crate::javascript::extract(Language::Json, bytes)
}
