//! VEX as a `CycloneDX` document that refers to the bill of materials.

use serde_json::{Value, json};

use super::{Statement, Status, Vex};
use crate::sbom::cyclonedx::{Version, link, metadata};
use crate::sbom::identity;

/// The whole document.
pub fn document(vex: &Vex, version: Version) -> Value {
    let vulnerabilities: Vec<Value> = vex.statements.iter().map(|s| vulnerability(vex, s)).collect();
    let id = identity::of_bytes(json!(vulnerabilities).to_string().as_bytes());
    json!({
        "$schema": format!("http://cyclonedx.org/schema/bom-{}.schema.json", version.as_str()),
        "bomFormat": "CycloneDX",
        "specVersion": version.as_str(),
        "serialNumber": format!("urn:uuid:{id}"),
        "version": 1,
        "metadata": metadata(&vex.bom),
        "vulnerabilities": vulnerabilities,
    })
}

fn vulnerability(vex: &Vex, statement: &Statement) -> Value {
    let advisory = &statement.advisory;
    let mut out = json!({
        "bom-ref": format!("{}/{}", advisory.id, statement.package),
        "id": advisory.id,
        "source": {"name": "OSV"},
    });
    if !advisory.aliases.is_empty() {
        let other = |id: &String| json!({"id": id, "source": {"name": "OSV"}});
        out["references"] = advisory.aliases.iter().map(other).collect();
    }
    if let Some(severity) = &advisory.severity {
        let mut rating = json!({"severity": severity.label.as_deref().unwrap_or("unknown")});
        if let Some(score) = severity.score {
            rating["score"] = json!(score);
        }
        if let Some((vector, method)) = severity.vector.as_ref().and_then(|v| Some((v, method(v)?))) {
            rating["method"] = json!(method);
            rating["vector"] = json!(vector);
        }
        out["ratings"] = json!([rating]);
    }
    if let Some(summary) = &advisory.summary {
        out["description"] = json!(summary);
    }
    if let Some(action) = &statement.action {
        out["recommendation"] = json!(action);
    }
    out["analysis"] = analysis(statement);
    let affected = vex.bom.components.iter().filter(|c| c.purl.as_ref() == Some(&statement.package));
    out["affects"] = affected.map(|c| json!({"ref": link(&vex.bom, c)})).collect();
    out
}

fn method(vector: &str) -> Option<&'static str> {
    let versions = [("CVSS:4.0/", "CVSSv4"), ("CVSS:3.1/", "CVSSv31"), ("CVSS:3.0/", "CVSSv3"), ("AV:", "CVSSv2")];
    versions.into_iter().find(|(prefix, _)| vector.starts_with(prefix)).map(|(_, method)| method)
}

fn analysis(statement: &Statement) -> Value {
    let state = match statement.status {
        Status::Affected => "exploitable",
        Status::UnderInvestigation => "in_triage",
        Status::NotAffected => "not_affected",
    };
    let mut out = json!({"state": state});
    if statement.not_in_execute_path {
        out["justification"] = json!("code_not_reachable");
    }
    if statement.status == Status::Affected {
        out["response"] = json!([if statement.fixed.is_empty() { "workaround_available" } else { "update" }]);
    }
    out["detail"] = json!(statement.impact);
    out
}
