//! SPDX 2.3 as JSON.

use std::collections::BTreeMap;

use faultline_inventory::metadata::Party;
use faultline_package::{Integrity, Scope};
use serde_json::{Map, Value, json};

use super::{Bom, Completeness, Component, Kind, Licence, cyclonedx, identity};

/// What the format says where nothing is known.
const UNKNOWN: &str = "NOASSERTION";

/// The whole document.
pub fn document(bom: &Bom) -> Value {
    let ids: Vec<String> = bom.components.iter().map(id).collect();
    let mut relationships = vec![relationship("SPDXRef-DOCUMENT", "DESCRIBES", &ids[0])];
    for (component, own) in bom.components.iter().zip(&ids) {
        relationships.extend(component.depends_on.iter().map(|i| relationship(own, "DEPENDS_ON", &ids[*i])));
        relationships.extend(end_of_list(bom, component).map(|word| relationship(own, "DEPENDS_ON", word)));
    }
    let comment = (!bom.unknowns.is_empty()).then(|| format!("Could not be read: {}", bom.unknowns.join("; ")));
    let mut out = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bom.subject().full_name(),
        "documentNamespace": format!("urn:uuid:{}", identity::uuid(bom)),
        "creationInfo": {"created": bom.created, "creators": creators(bom)},
        "packages": bom.components.iter().zip(&ids).map(|(c, id)| package(c, id)).collect::<Vec<_>>(),
        "relationships": relationships,
    });
    let named = named_licences(bom);
    if let Some(object) = out.as_object_mut() {
        object.extend(comment.map(|text| ("comment".to_owned(), json!(text))));
        if !named.is_empty() {
            object.insert("hasExtractedLicensingInfos".to_owned(), json!(named));
        }
    }
    out
}

/// A complete list without entries says so; one that may be longer says that.
fn end_of_list(bom: &Bom, component: &Component) -> Option<&'static str> {
    match cyclonedx::completeness(bom, component) {
        Completeness::Complete if component.depends_on.is_empty() => Some("NONE"),
        Completeness::Complete => None,
        Completeness::Incomplete | Completeness::Unknown => Some(UNKNOWN),
    }
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

fn creators(bom: &Bom) -> Vec<String> {
    let mut out = vec![format!("Tool: faultline-{}", bom.tool_version)];
    out.extend(bom.author.as_ref().and_then(party));
    out
}

/// `Organization: Name (mail)`.
fn party(party: &Party) -> Option<String> {
    let clean = |text: &String| text.replace(['(', ')', '\n'], " ").trim().to_owned();
    let name = party.name.as_ref().or(party.url.as_ref()).or(party.email.as_ref()).map(clean)?;
    let mail = party.email.as_ref().map(|mail| format!(" ({mail})")).unwrap_or_default();
    let kind = if party.email.is_some() && party.url.is_none() { "Person" } else { "Organization" };
    Some(format!("{kind}: {name}{mail}"))
}

/// An identifier that says what it is, unique through a hash of the reference.
fn id(component: &Component) -> String {
    let name = format!("{}-{}", component.full_name(), component.version.as_deref().unwrap_or("0"));
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    format!("SPDXRef-{clean}-{}", &identity::of_bytes(component.reference.as_bytes())[..8])
}

fn package(component: &Component, id: &str) -> Value {
    let mut out = Map::new();
    out.insert("SPDXID".into(), json!(id));
    out.insert("name".into(), json!(component.full_name()));
    let mut put = |key: &str, text: Option<String>| out.extend(text.map(|text| (key.to_owned(), json!(text))));
    put("versionInfo", Some(component.stated_version()));
    put("packageFileName", component.filename());
    let purpose = if component.kind == Kind::Application { "APPLICATION" } else { "LIBRARY" };
    put("primaryPackagePurpose", Some(purpose.to_owned()));
    put("supplier", Some(component.supplier.as_ref().and_then(party).unwrap_or_else(|| UNKNOWN.to_owned())));
    put("downloadLocation", Some(download(component)));
    put("homepage", component.homepage.clone());
    put("description", component.description.clone());
    put("comment", comment(component));
    let licence = component.licence.as_ref().map_or_else(|| UNKNOWN.to_owned(), licence);
    put("licenseConcluded", Some(licence.clone()));
    put("licenseDeclared", Some(licence));
    put("copyrightText", Some(copyright(component)));
    out.insert("filesAnalyzed".into(), json!(false));
    let sums: Vec<Value> = component.artifact_hashes().filter_map(checksum).collect();
    if !sums.is_empty() {
        out.insert("checksums".into(), json!(sums));
    }
    if let Some(purl) = &component.purl {
        let row = json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl});
        out.insert("externalRefs".into(), json!([row]));
    }
    Value::Object(out)
}

/// Scope and places, for which the format has no field.
fn comment(component: &Component) -> Option<String> {
    let mut parts: Vec<String> = component.scope.iter().map(|scope| format!("scope {}", scope.as_str())).collect();
    let places: Vec<String> = component
        .occurrences
        .iter()
        .map(|place| if place.line == 0 { place.file.clone() } else { format!("{}:{}", place.file, place.line) })
        .collect();
    parts.extend((!places.is_empty()).then(|| format!("found in {}", places.join(", "))));
    parts.extend(component.gaps.iter().cloned());
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Where a lockfile says that it was had from, else the repository at its revision.
fn download(component: &Component) -> String {
    let git = || Some(format!("git+{}@{}", component.repository.as_ref()?, component.revision.as_ref()?));
    component.distribution.clone().or_else(git).unwrap_or_else(|| UNKNOWN.to_owned())
}

fn checksum(hash: &Integrity) -> Option<Value> {
    let algorithm = match hash.algorithm.as_str() {
        "md5" => "MD5",
        "sha1" => "SHA1",
        "sha256" => "SHA256",
        "sha384" => "SHA384",
        "sha512" => "SHA512",
        _ => return None,
    };
    Some(json!({"algorithm": algorithm, "checksumValue": hash.hex}))
}

fn copyright(component: &Component) -> String {
    match &component.copyright {
        None => UNKNOWN.to_owned(),
        Some(lines) if lines.is_empty() => "NONE".to_owned(),
        Some(lines) => lines.join("\n"),
    }
}

fn licence(licence: &Licence) -> String {
    licence.spdx().map_or_else(|| reference(licence.as_str()), str::to_owned)
}

/// `LicenseRef-…` for a licence by name.
pub(super) fn reference(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("LicenseRef-{}-{}", clean.trim_matches('-'), &identity::of_bytes(name.as_bytes())[..8])
}

/// What every `LicenseRef-…` of the document stands for.
fn named_licences(bom: &Bom) -> Vec<Value> {
    let mut all: BTreeMap<String, &str> = BTreeMap::new();
    for licence in bom.components.iter().filter_map(|c| c.licence.as_ref()) {
        match licence.spdx() {
            None => drop(all.insert(reference(licence.as_str()), licence.as_str())),
            Some(text) => {
                let words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '+'));
                all.extend(words.filter(|w| w.starts_with("LicenseRef-")).map(|w| (w.to_owned(), w)));
            }
        }
    }
    all.into_iter().map(|(id, name)| json!({"licenseId": id, "name": name, "extractedText": name})).collect()
}

/// The word for a scope in relationships of SPDX 3.
pub(super) fn lifecycle(scope: Scope) -> &'static str {
    match scope {
        Scope::Runtime | Scope::Optional | Scope::Peer => "runtime",
        Scope::Dev => "development",
        Scope::Test => "test",
        Scope::Build => "build",
    }
}
