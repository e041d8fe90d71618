//! VEX as a CSAF 2.0 document of the profile `csaf_vex`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Statement, Status, Vex};
use crate::sbom::identity;

/// Product identifier of the subject.
const SUBJECT: &str = "subject";

/// The whole document. The format asks for the author's web address as name space.
pub fn document(vex: &Vex) -> Value {
    let packages: BTreeMap<&str, String> =
        vex.statements.iter().map(|s| (s.package.as_str(), part(&s.package))).collect();
    let name = vex.bom.subject().full_name();
    let mut by_advisory: BTreeMap<&str, Vec<&Statement>> = BTreeMap::new();
    for statement in &vex.statements {
        by_advisory.entry(&statement.advisory.id).or_default().push(statement);
    }
    let vulnerabilities: Vec<Value> = by_advisory.values().map(|of| vulnerability(of)).collect();
    let id = identity::of_bytes(json!(vulnerabilities).to_string().as_bytes());
    json!({
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "lang": "en",
            "notes": [{"category": "summary", "title": "Scope", "text":
                format!("Which known vulnerabilities of its packages {name} is affected by, as static analysis of call paths shows.")}],
            "publisher": {
                "category": "vendor",
                "name": vex.author.name.clone().unwrap_or_default(),
                "namespace": vex.author.url.clone().unwrap_or_default(),
            },
            "title": format!("Exposure of {name}"),
            "tracking": {
                "id": format!("faultline-{}", &id[..13]),
                "status": "final",
                "version": "1",
                "initial_release_date": vex.bom.created,
                "current_release_date": vex.bom.created,
                "generator": {"date": vex.bom.created, "engine": {"name": "faultline", "version": vex.bom.tool_version}},
                "revision_history": [{"date": vex.bom.created, "number": "1", "summary": "Generated from analysis"}],
            },
        },
        "product_tree": product_tree(vex, &packages),
        "vulnerabilities": vulnerabilities,
    })
}

/// Identifier of a package inside the subject.
fn part(package: &str) -> String {
    format!("part-{}", &identity::of_bytes(package.as_bytes())[..13])
}

fn package_id(package: &str) -> String {
    format!("package-{}", &identity::of_bytes(package.as_bytes())[..13])
}

fn product_tree(vex: &Vex, packages: &BTreeMap<&str, String>) -> Value {
    let subject = vex.bom.subject();
    let version = subject.version.as_deref().unwrap_or("unresolved");
    let title = format!("{} {version}", subject.full_name());
    let mut products = vec![json!({
        "product_id": SUBJECT, "name": title, "product_identification_helper": {"purl": subject.purl},
    })];
    let mut relationships = Vec::new();
    for (package, part) in packages {
        let id = package_id(package);
        products.push(json!({
            "product_id": id, "name": package, "product_identification_helper": {"purl": package},
        }));
        relationships.push(json!({
            "category": "default_component_of",
            "full_product_name": {"product_id": part, "name": format!("{package} as part of {title}")},
            "product_reference": id,
            "relates_to_product_reference": SUBJECT,
        }));
    }
    json!({"full_product_names": products, "relationships": relationships})
}

fn vulnerability(statements: &[&Statement]) -> Value {
    let advisory = &statements[0].advisory;
    let mut ids: Vec<&String> = std::iter::once(&advisory.id).chain(&advisory.aliases).collect();
    ids.sort();
    ids.dedup();
    let (cves, others): (Vec<&String>, Vec<&String>) = ids.into_iter().partition(|id| id.starts_with("CVE-"));
    let mut out = json!({});
    if let Some(cve) = cves.first() {
        out["cve"] = json!(cve);
    }
    if !others.is_empty() {
        out["ids"] = others.iter().map(|id| json!({"system_name": system(id), "text": id})).collect();
    }
    let summary = advisory.summary.as_deref().unwrap_or(&advisory.id);
    out["notes"] = json!([{"category": "description", "text": summary}]);
    let of = |status: Status| statements.iter().filter(move |s| s.status == status).map(|s| part(&s.package));
    let lists = [
        ("known_affected", Status::Affected),
        ("known_not_affected", Status::NotAffected),
        ("under_investigation", Status::UnderInvestigation),
    ];
    out["product_status"] = json!({});
    for (key, status) in lists {
        let list: Vec<String> = of(status).collect();
        if !list.is_empty() {
            out["product_status"][key] = json!(list);
        }
    }
    let flagged: Vec<String> = statements.iter().filter(|s| s.not_in_execute_path).map(|s| part(&s.package)).collect();
    if !flagged.is_empty() {
        out["flags"] = json!([{"label": "vulnerable_code_not_in_execute_path", "product_ids": flagged}]);
    }
    out["threats"] = statements
        .iter()
        .map(|s| json!({"category": "impact", "details": s.impact, "product_ids": [part(&s.package)]}))
        .collect();
    let actions = statements.iter().filter_map(|s| Some((s, s.action.as_ref()?)));
    let remedies: Vec<Value> = actions
        .map(|(s, action)| {
            let category = if s.fixed.is_empty() { "none_available" } else { "vendor_fix" };
            json!({"category": category, "details": action, "product_ids": [part(&s.package)]})
        })
        .collect();
    if !remedies.is_empty() {
        out["remediations"] = json!(remedies);
    }
    out
}

/// Whose identifier it is.
fn system(id: &str) -> &'static str {
    match id.split('-').next().unwrap_or_default() {
        "GHSA" => "GitHub Security Advisory",
        "PYSEC" => "Python Packaging Advisory",
        "GO" => "Go Vulnerability Database",
        "RUSTSEC" => "RustSec Advisory",
        _ => "OSV",
    }
}
