//! `OpenVEX` 0.2.0.

use serde_json::{Map, Value, json};

use super::{Statement, Status, Vex};
use crate::sbom::identity;

/// The whole document. The format asks for at least one statement.
pub fn document(vex: &Vex) -> Value {
    let statements: Vec<Value> = vex.statements.iter().map(|s| statement(vex, s)).collect();
    let id = identity::of_bytes(json!(statements).to_string().as_bytes());
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:uuid:{id}"),
        "author": author(vex),
        "timestamp": vex.bom.created,
        "version": 1,
        "tooling": format!("faultline {}", vex.bom.tool_version),
        "statements": statements,
    })
}

fn author(vex: &Vex) -> String {
    let mail = vex.author.email.as_ref().map(|mail| format!(" <{mail}>")).unwrap_or_default();
    format!("{}{mail}", vex.author.name.as_deref().unwrap_or_default())
}

fn statement(vex: &Vex, statement: &Statement) -> Value {
    let mut out = Map::new();
    let advisory = &statement.advisory;
    let mut vulnerability = json!({"name": advisory.id});
    if !advisory.aliases.is_empty() {
        vulnerability["aliases"] = json!(advisory.aliases);
    }
    if let Some(summary) = &advisory.summary {
        vulnerability["description"] = json!(summary);
    }
    out.insert("vulnerability".into(), vulnerability);
    out.insert("products".into(), json!([product(vex, statement)]));
    let status = match statement.status {
        Status::Affected => "affected",
        Status::UnderInvestigation => "under_investigation",
        Status::NotAffected => "not_affected",
    };
    out.insert("status".into(), json!(status));
    if statement.not_in_execute_path {
        out.insert("justification".into(), json!("vulnerable_code_not_in_execute_path"));
    }
    let key = if statement.status == Status::NotAffected { "impact_statement" } else { "status_notes" };
    out.insert(key.into(), json!(statement.impact));
    if let Some(action) = &statement.action {
        out.insert("action_statement".into(), json!(action));
    }
    Value::Object(out)
}

/// The subject of the bill of materials with the library inside it: what scanners look for.
fn product(vex: &Vex, statement: &Statement) -> Value {
    let subject = vex.bom.subject().purl.clone().unwrap_or_default();
    let part = json!({"@id": statement.package, "identifiers": {"purl": statement.package}});
    json!({"@id": subject, "identifiers": {"purl": subject}, "subcomponents": [part]})
}
