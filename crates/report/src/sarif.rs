//! SARIF 2.1.0, as code hosts accept it: stable fingerprints, code flows with the call path.

use std::fmt::Write as _;

use faultline_exposure::model::{Answer, Exposure, Path, Step};
use serde_json::{Value, json};

/// The answer as one SARIF run. Columns are UTF-8 bytes, as `columnKind` cannot say: code hosts only show lines.
pub fn to_sarif(answer: &Answer, version: &str) -> Value {
    let rules: Vec<Value> = rules(answer);
    let results: Vec<Value> = answer.exposures.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "faultline", "semanticVersion": version, "rules": rules}},
            "results": results,
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": answer.incomplete.iter().map(|i| json!({
                    "level": "warning",
                    "message": {"text": format!("{}: {}: {}", i.repository, i.what, i.why)}
                })).collect::<Vec<_>>()
            }]
        }]
    })
}

fn rule_id(exposure: &Exposure) -> &str {
    exposure.advisory.as_deref().unwrap_or("target")
}

fn rules(answer: &Answer) -> Vec<Value> {
    let mut ids: Vec<&str> = answer.exposures.iter().map(rule_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter()
        .map(|id| {
            let advisory = answer.target.advisories.iter().find(|a| a.id == id);
            let summary = advisory.and_then(|a| a.summary.clone()).unwrap_or_else(|| answer.target.query.clone());
            let score = advisory.and_then(|a| a.severity.as_ref()).and_then(|s| s.score);
            json!({
                "id": id,
                "shortDescription": {"text": summary},
                "fullDescription": {"text": summary},
                "help": {"text": format!("{id}: {summary}")},
                "properties": {
                    "tags": ["security"],
                    "security-severity": score.map_or("0.0".to_owned(), |s| format!("{s:.1}"))
                }
            })
        })
        .collect()
}

fn result(exposure: &Exposure) -> Value {
    let level = match exposure.level.as_str() {
        "reachable" | "called" => "error",
        "imported" => "warning",
        _ => "note",
    };
    let message = format!(
        "{} is {} through {} ({})",
        exposure.package,
        exposure.level.as_str(),
        exposure.dependency_paths.first().map_or_else(String::new, |p| p.join(" > ")),
        exposure.verdict.as_str()
    );
    let mut result = json!({
        "ruleId": rule_id(exposure),
        "level": level,
        "message": {"text": message},
        "locations": [location(&primary(exposure), None)],
        "partialFingerprints": {"faultlineExposure/v1": fingerprint(exposure)},
        "properties": {
            "level": exposure.level.as_str(), "verdict": exposure.verdict.as_str(),
            "package": exposure.package, "scope": exposure.scope, "project": exposure.project
        }
    });
    if !exposure.paths.is_empty() {
        result["codeFlows"] = exposure.paths.iter().map(code_flow).collect();
    }
    result
}

/// The first call in first-party code, else the manifest that brings the package in.
fn primary(exposure: &Exposure) -> (String, u32, u32) {
    let first_party =
        |p: &Path| p.steps.iter().rfind(|s| s.package.is_none()).map(|s| (s.file.clone(), s.line, s.column));
    exposure
        .paths
        .first()
        .and_then(first_party)
        .or_else(|| exposure.calls.first().map(|c| (c.file.clone(), c.line, c.column)))
        .or_else(|| {
            exposure
                .reasons
                .iter()
                .filter_map(|r| r.location.as_ref())
                .find(|p| p.package.is_none())
                .map(|p| (p.file.clone(), p.line, 1))
        })
        .or_else(|| exposure.manifest.as_ref().map(|m| (m.file.clone(), m.line, 1)))
        .unwrap_or_else(|| (".".to_owned(), 1, 1))
}

fn location((file, line, column): &(String, u32, u32), message: Option<String>) -> Value {
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": (*line).max(1), "startColumn": (*column).max(1)}
        }
    });
    if let Some(text) = message {
        value["message"] = json!({"text": text});
    }
    value
}

/// A relative URI reference: only what a path may hold stays as it is.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b'@' => out.push(byte as char),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn code_flow(path: &Path) -> Value {
    json!({"threadFlows": [{"locations": path.steps.iter().map(flow_step).collect::<Vec<_>>()}]})
}

fn flow_step(step: &Step) -> Value {
    let file = match &step.package {
        Some(package) => format!("{}/{}", package.trim_start_matches("pkg:"), step.file),
        None => step.file.clone(),
    };
    json!({"location": location(&(file, step.line, step.column), Some(step.function.clone()))})
}

/// Stable over line shifts and unrelated changes: what is exposed, not where the line stands.
fn fingerprint(exposure: &Exposure) -> String {
    let name = exposure.package.rsplit_once('@').map_or(exposure.package.as_str(), |(name, _)| name);
    [exposure.project.as_str(), name, rule_id(exposure)].join("|")
}
