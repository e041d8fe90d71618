//! `CycloneDX` as JSON, 1.6 and 1.7.

use faultline_inventory::metadata::Party;
use faultline_package::{Integrity, Scope};
use serde_json::{Map, Value, json};

use super::{Bom, Completeness, Component, Kind, Licence, identity};

/// A version of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.6.
    V1_6,
    /// 1.7.
    V1_7,
}

impl Version {
    /// As documents state it.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1_6 => "1.6",
            Version::V1_7 => "1.7",
        }
    }
}

/// The whole document.
pub fn document(bom: &Bom, version: Version) -> Value {
    json!({
        "$schema": format!("http://cyclonedx.org/schema/bom-{}.schema.json", version.as_str()),
        "bomFormat": "CycloneDX",
        "specVersion": version.as_str(),
        "serialNumber": serial(bom),
        "version": 1,
        "metadata": metadata(bom),
        "components": bom.parts().iter().map(component).collect::<Vec<_>>(),
        "dependencies": bom.components.iter().map(|c| dependency(bom, c)).collect::<Vec<_>>(),
        "compositions": compositions(bom),
    })
}

/// Serial number: follows from the content.
pub fn serial(bom: &Bom) -> String {
    format!("urn:uuid:{}", identity::uuid(bom))
}

/// The reference of a component from another document.
pub fn link(bom: &Bom, component: &Component) -> String {
    let encoded = component.reference.replace('%', "%25").replace('#', "%23");
    format!("urn:cdx:{}/1#{encoded}", identity::uuid(bom))
}

/// What both the bill of materials and statements about it say of themselves.
pub(crate) fn metadata(bom: &Bom) -> Value {
    let mut out = Map::new();
    out.insert("timestamp".into(), json!(bom.created));
    out.insert("lifecycles".into(), json!([{"phase": "pre-build"}]));
    let tool = json!({"type": "application", "name": "faultline", "version": bom.tool_version});
    out.insert("tools".into(), json!({"components": [tool]}));
    if let Some(author) = &bom.author {
        out.insert("authors".into(), json!([contact(author)]));
        out.insert("manufacturer".into(), organisation(author));
    }
    out.insert("component".into(), component(bom.subject()));
    if !bom.unknowns.is_empty() {
        let rows = bom.unknowns.iter().map(|text| property("faultline:unknown", text));
        out.insert("properties".into(), rows.collect());
    }
    Value::Object(out)
}

fn contact(party: &Party) -> Value {
    let mut out = Map::new();
    put(&mut out, "name", party.name.as_ref());
    put(&mut out, "email", party.email.as_ref());
    Value::Object(out)
}

fn organisation(party: &Party) -> Value {
    let mut out = Map::new();
    put(&mut out, "name", party.name.as_ref().or(party.email.as_ref()).or(party.url.as_ref()));
    if let Some(url) = &party.url {
        out.insert("url".into(), json!([url]));
    }
    if party.email.is_some() {
        out.insert("contact".into(), json!([contact(party)]));
    }
    Value::Object(out)
}

fn put(out: &mut Map<String, Value>, key: &str, text: Option<&String>) {
    if let Some(text) = text {
        out.insert(key.to_owned(), json!(text));
    }
}

fn component(component: &Component) -> Value {
    let mut out = Map::new();
    let kind = if component.kind == Kind::Application { "application" } else { "library" };
    out.insert("type".into(), json!(kind));
    out.insert("bom-ref".into(), json!(component.reference));
    if let Some(supplier) = &component.supplier {
        out.insert("supplier".into(), organisation(supplier));
    }
    put(&mut out, "group", component.group.as_ref());
    out.insert("name".into(), json!(component.name));
    put(&mut out, "version", component.version.as_ref());
    put(&mut out, "description", component.description.as_ref());
    if let Some(scope) = component.scope {
        out.insert("scope".into(), json!(scope_word(scope)));
    }
    let hashes: Vec<Value> = component.artifact_hashes().filter_map(hash).collect();
    if !hashes.is_empty() {
        out.insert("hashes".into(), json!(hashes));
    }
    if let Some(licence) = &component.licence {
        out.insert("licenses".into(), json!([licence_choice(licence)]));
    }
    put(&mut out, "copyright", copyright(component).as_ref());
    put(&mut out, "purl", component.purl.as_ref());
    let references = external_references(component);
    if !references.is_empty() {
        out.insert("externalReferences".into(), json!(references));
    }
    let properties: Vec<Value> = properties(component).iter().map(|(name, value)| property(name, value)).collect();
    if !properties.is_empty() {
        out.insert("properties".into(), json!(properties));
    }
    if !component.occurrences.is_empty() {
        out.insert("evidence".into(), evidence(component));
    }
    Value::Object(out)
}

/// Copyright lines as one text.
pub(super) fn copyright(component: &Component) -> Option<String> {
    component.copyright.as_ref().filter(|lines| !lines.is_empty()).map(|lines| lines.join("\n"))
}

/// What the format calls a scope.
pub(super) fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Runtime | Scope::Peer => "required",
        Scope::Optional => "optional",
        Scope::Dev | Scope::Test | Scope::Build => "excluded",
    }
}

/// What the format calls a hash algorithm; `None` for those it does not know.
pub(super) fn algorithm(name: &str) -> Option<&'static str> {
    Some(match name {
        "md5" => "MD5",
        "sha1" => "SHA-1",
        "sha256" => "SHA-256",
        "sha384" => "SHA-384",
        "sha512" => "SHA-512",
        _ => return None,
    })
}

fn hash(integrity: &Integrity) -> Option<Value> {
    Some(json!({"alg": algorithm(&integrity.algorithm)?, "content": integrity.hex}))
}

fn licence_choice(licence: &Licence) -> Value {
    match licence {
        Licence::Id(id) => json!({"license": {"id": id, "acknowledgement": "declared"}}),
        Licence::Expression(text) => json!({"expression": text, "acknowledgement": "declared"}),
        Licence::Named(name) => json!({"license": {"name": name, "acknowledgement": "declared"}}),
    }
}

/// Addresses: type, address, hashes.
pub(super) fn references(component: &Component) -> Vec<(&'static str, String, Vec<&Integrity>)> {
    let mut out = Vec::new();
    let mut add = |kind, url: &Option<String>| out.extend(url.clone().map(|url| (kind, url, Vec::new())));
    add("vcs", &component.repository);
    add("website", &component.homepage);
    add("distribution", &component.distribution);
    // Other artifacts of the same version, each with its own hashes.
    let main = component.filename();
    for hash in &component.hashes {
        let Some(file) = hash.file.clone().filter(|file| Some(file) != main.as_ref()) else { continue };
        match out.iter_mut().find(|(_, url, _)| *url == file) {
            Some((_, _, hashes)) => hashes.push(hash),
            None => out.push(("distribution", file, vec![hash])),
        }
    }
    out
}

fn external_references(component: &Component) -> Vec<Value> {
    let one = |(kind, url, hashes): (&str, String, Vec<&Integrity>)| {
        let hashes: Vec<Value> = hashes.into_iter().filter_map(hash).collect();
        if hashes.is_empty() {
            json!({"type": kind, "url": url})
        } else {
            json!({"type": kind, "url": url, "hashes": hashes})
        }
    };
    references(component).into_iter().map(one).collect()
}

/// Facts that the format has no field for.
pub(super) fn properties(component: &Component) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    out.extend(component.scope.map(|scope| ("faultline:scope", scope.as_str().to_owned())));
    out.extend(component.origin.map(|origin| ("faultline:origin", crate::inventory::origin(origin).to_owned())));
    out.extend(component.revision.iter().map(|revision| ("faultline:revision", revision.clone())));
    out.extend(component.copies.iter().map(|copy| ("faultline:copy", copy.clone())));
    out.extend(component.markers.iter().map(|marker| ("faultline:marker", marker.clone())));
    out.extend(component.gaps.iter().map(|gap| ("faultline:gap", gap.clone())));
    if let Some(file) = component.filename() {
        let archive = component.kind == Kind::Library;
        out.push(("bsi:component:filename", file));
        out.push(("bsi:component:executable", "non-executable".to_owned()));
        out.push(("bsi:component:archive", if archive { "archive" } else { "no archive" }.to_owned()));
        out.push(("bsi:component:structured", "structured".to_owned()));
    }
    out
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn evidence(component: &Component) -> Value {
    let occurrences: Vec<Value> = component
        .occurrences
        .iter()
        .map(|place| match place.line {
            0 => json!({"location": place.file}),
            line => json!({"location": place.file, "line": line}),
        })
        .collect();
    let Some(first) = component.occurrences.first().filter(|_| component.purl.is_some()) else {
        return json!({"occurrences": occurrences});
    };
    let method = json!({"technique": "manifest-analysis", "confidence": 1, "value": first.file});
    json!({
        "identity": [{"field": "purl", "confidence": 1, "methods": [method]}],
        "occurrences": occurrences,
    })
}

fn dependency(bom: &Bom, component: &Component) -> Value {
    let targets: Vec<&str> = component.depends_on.iter().map(|i| bom.components[*i].reference.as_str()).collect();
    json!({"ref": component.reference, "dependsOn": targets})
}

fn compositions(bom: &Bom) -> Vec<Value> {
    let one = |(aggregate, references): (&str, Vec<&str>)| json!({"aggregate": aggregate, "dependencies": references});
    aggregates(bom).into_iter().map(one).collect()
}

/// How well dependencies are known, in the format's words, with the components of each.
pub(super) fn aggregates(bom: &Bom) -> Vec<(&'static str, Vec<&str>)> {
    let words = [
        ("complete", Completeness::Complete),
        ("incomplete", Completeness::Incomplete),
        ("unknown", Completeness::Unknown),
    ];
    let of = |wanted: Completeness| {
        let matching = bom.components.iter().filter(|c| completeness(bom, c) == wanted);
        matching.map(|c| c.reference.as_str()).collect::<Vec<_>>()
    };
    words.into_iter().map(|(word, wanted)| (word, of(wanted))).filter(|(_, list)| !list.is_empty()).collect()
}

/// The subject is incomplete where an input could not be read.
pub(super) fn completeness(bom: &Bom, component: &Component) -> Completeness {
    let is_subject = std::ptr::eq(component, bom.subject());
    if is_subject && !bom.unknowns.is_empty() { Completeness::Incomplete } else { component.completeness }
}
