//! Checks output against the schemas in `docs/schemas`.

use serde_json::Value;

use crate::workspace_root;

/// Every way in which `value` breaks the schema `docs/schemas/{name}`.
pub fn schema_errors(name: &str, value: &Value) -> Vec<String> {
    let file = workspace_root().join("docs/schemas").join(name);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let schema: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// Fails the test when `value` breaks the schema `docs/schemas/{name}`.
pub fn assert_schema(name: &str, value: &Value) {
    let errors = schema_errors(name, value);
    assert!(errors.is_empty(), "{name}:\n{}", errors.join("\n"));
}
