//! SPDX 3.0.1 as JSON-LD.

use std::collections::{BTreeMap, BTreeSet};

use faultline_inventory::metadata::Party;
use faultline_package::{Integrity, Scope};
use serde_json::{Map, Value, json};

use super::{Bom, Completeness, Component, Kind, Licence, cyclonedx, identity, spdx2};

/// Blank node of the creation information that every element shares.
const CREATION: &str = "_:creation";

/// The whole document.
pub fn document(bom: &Bom) -> Value {
    let base = format!("urn:uuid:{}", identity::uuid(bom));
    let mut writer = Writer { base, graph: Vec::new(), parties: BTreeMap::new(), licences: BTreeSet::new(), count: 0 };
    let author = bom.author.clone().unwrap_or_else(|| Party { name: Some("faultline".into()), ..Party::default() });
    let author = writer.party(&author);
    let tool = writer.id("tool");
    writer.graph.push(json!({
        "type": "CreationInfo", "@id": CREATION, "specVersion": "3.0.1", "created": bom.created,
        "createdBy": [author], "createdUsing": [tool],
    }));
    let name = format!("faultline {}", bom.tool_version);
    writer.element(json!({"type": "Tool", "spdxId": tool, "name": name}));
    let packages: Vec<String> = bom.components.iter().map(|c| writer.package(c)).collect();
    for (component, own) in bom.components.iter().zip(&packages) {
        writer.dependencies(bom, component, own, &packages);
    }
    writer.documents(bom, &packages);
    json!({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": writer.graph})
}

struct Writer {
    base: String,
    graph: Vec<Value>,
    parties: BTreeMap<Party, String>,
    licences: BTreeSet<String>,
    count: usize,
}

impl Writer {
    fn id(&self, name: &str) -> String {
        format!("{}#{name}", self.base)
    }

    /// Adds an element; all share one creation.
    fn element(&mut self, mut value: Value) {
        if let Some(object) = value.as_object_mut() {
            object.insert("creationInfo".to_owned(), json!(CREATION));
        }
        self.graph.push(value);
    }

    /// Root elements first in meaning, last in the file: they list everything else.
    fn documents(&mut self, bom: &Bom, packages: &[String]) {
        let ids = self.graph.iter().filter_map(|e| e["spdxId"].as_str().map(str::to_owned));
        let all: BTreeSet<String> = ids.collect();
        let sbom = self.id("sbom");
        let mut root = json!({
            "type": "software_Sbom", "spdxId": sbom, "name": bom.subject().full_name(), "software_sbomType": ["source"],
            "rootElement": [packages[0]], "element": all,
        });
        if !bom.unknowns.is_empty() {
            root["comment"] = json!(format!("Could not be read: {}", bom.unknowns.join("; ")));
        }
        self.element(root);
        let licence = self.licence(&Licence::Id("CC0-1.0".to_owned()));
        let document = self.id("document");
        self.element(json!({
            "type": "SpdxDocument", "spdxId": document, "name": bom.subject().full_name(), "dataLicense": licence,
            "profileConformance": ["core", "software", "simpleLicensing"], "rootElement": [sbom],
        }));
    }

    /// The element of a person or organisation, made once.
    fn party(&mut self, party: &Party) -> String {
        if let Some(id) = self.parties.get(party) {
            return id.clone();
        }
        let id = self.id(&format!("agent-{}", self.parties.len()));
        let name = party.name.clone().or_else(|| party.url.clone()).or_else(|| party.email.clone()).unwrap_or_default();
        let kind = if party.email.is_some() && party.url.is_none() { "Person" } else { "Organization" };
        let mut value = json!({"type": kind, "spdxId": id, "name": name});
        let mut identifiers = Vec::new();
        let mut add =
            |kind: &str, text: &Option<String>| {
                identifiers.extend(text.as_ref().map(
                    |text| json!({"type": "ExternalIdentifier", "externalIdentifierType": kind, "identifier": text}),
                ));
            };
        add("email", &party.email);
        add("urlScheme", &party.url);
        if !identifiers.is_empty() {
            value["externalIdentifier"] = json!(identifiers);
        }
        self.element(value);
        self.parties.insert(party.clone(), id.clone());
        id
    }

    fn package(&mut self, component: &Component) -> String {
        self.count += 1;
        let id = self.id(&format!("package-{}", self.count));
        let mut out = Map::new();
        let purpose = if component.kind == Kind::Application { "application" } else { "library" };
        out.extend([
            ("type".to_owned(), json!("software_Package")),
            ("spdxId".to_owned(), json!(id)),
            ("name".to_owned(), json!(component.full_name())),
            ("software_primaryPurpose".to_owned(), json!(purpose)),
        ]);
        let mut put = |key: &str, text: Option<String>| out.extend(text.map(|text| (key.to_owned(), json!(text))));
        put("software_packageVersion", Some(component.stated_version()));
        put("software_packageUrl", component.purl.clone());
        put("software_homePage", component.homepage.clone());
        put("software_downloadLocation", component.distribution.clone());
        put("description", component.description.clone());
        put("software_copyrightText", copyright(component));
        put("comment", (!component.gaps.is_empty()).then(|| component.gaps.join("; ")));
        if let Some(purl) = &component.purl {
            let row = json!({
                "type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": purl,
            });
            out.insert("externalIdentifier".to_owned(), json!([row]));
        }
        if let Some(supplier) = &component.supplier {
            let party = self.party(supplier);
            out.insert("originatedBy".to_owned(), json!([party]));
            out.insert("suppliedBy".to_owned(), json!(party));
        }
        let hashes: Vec<Value> = component.artifact_hashes().filter_map(hash).collect();
        if !hashes.is_empty() {
            out.insert("verifiedUsing".to_owned(), json!(hashes));
        }
        self.element(Value::Object(out));
        self.licences_of(component, &id);
        self.artifact(component, &id);
        self.source(component, &id);
        id
    }

    fn licences_of(&mut self, component: &Component, package: &str) {
        let Some(licence) = &component.licence else { return };
        let target = self.licence(licence);
        self.relationship("hasDeclaredLicense", package, std::slice::from_ref(&target), &[]);
        self.relationship("hasConcludedLicense", package, &[target], &[]);
    }

    /// The element of a licence expression, made once.
    fn licence(&mut self, licence: &Licence) -> String {
        let named = || spdx2::reference(licence.as_str());
        let text = licence.spdx().map_or_else(named, str::to_owned);
        let id = self.id(&format!("licence-{}", &identity::of_bytes(text.as_bytes())[..8]));
        if self.licences.insert(text.clone()) {
            let mut value = json!({
                "type": "simplelicensing_LicenseExpression", "spdxId": id, "simplelicensing_licenseExpression": text,
            });
            if licence.spdx().is_none() {
                value["description"] = json!(licence.as_str());
            }
            self.element(value);
        }
        id
    }

    /// The file that is distributed.
    fn artifact(&mut self, component: &Component, package: &str) {
        let Some(name) = component.filename() else { return };
        let id = format!("{package}-file");
        let mut value = json!({
            "type": "software_File", "spdxId": id, "name": name,
            "software_primaryPurpose": if component.kind == Kind::Library { "archive" } else { "manifest" },
            "software_additionalPurpose": ["container"],
        });
        let hashes: Vec<Value> = component.artifact_hashes().filter_map(hash).collect();
        if !hashes.is_empty() {
            value["verifiedUsing"] = json!(hashes);
        }
        if let Some(address) = &component.distribution {
            value["externalRef"] =
                json!([{"type": "ExternalRef", "externalRefType": "binaryArtifact", "locator": [address]}]);
        }
        self.element(value);
        self.relationship("hasDistributionArtifact", package, &[id], &[]);
    }

    /// The source that it is made from, where it is known.
    fn source(&mut self, component: &Component, package: &str) {
        let Some(repository) = &component.repository else { return };
        let id = format!("{package}-source");
        self.element(json!({
            "type": "software_Package", "spdxId": id, "name": format!("{} source", component.full_name()),
            "software_primaryPurpose": "source",
            "externalRef": [{"type": "ExternalRef", "externalRefType": "vcs", "locator": [repository]}],
        }));
        self.relationship("generates", &id, &[package.to_owned()], &[]);
    }

    /// One relationship per scope of what is depended on.
    fn dependencies(&mut self, bom: &Bom, component: &Component, own: &str, packages: &[String]) {
        let completeness = match cyclonedx::completeness(bom, component) {
            Completeness::Complete => "complete",
            Completeness::Incomplete => "incomplete",
            Completeness::Unknown => "noAssertion",
        };
        let mut by_scope: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for index in &component.depends_on {
            let scope = spdx2::lifecycle(bom.components[*index].scope.unwrap_or(Scope::Runtime));
            by_scope.entry(scope).or_default().push(packages[*index].clone());
        }
        if by_scope.is_empty() {
            let nothing =
                self.individual(if completeness == "complete" { "NoneElement" } else { "NoAssertionElement" });
            by_scope.insert("runtime", vec![nothing]);
        }
        for (scope, targets) in by_scope {
            self.relationship("dependsOn", own, &targets, &[("scope", scope), ("completeness", completeness)]);
        }
    }

    /// One of the format's own individuals, declared once so that no reference leads out of the document.
    fn individual(&mut self, name: &str) -> String {
        let id = format!("https://spdx.org/rdf/3.0.1/terms/Core/{name}");
        if !self.graph.iter().any(|e| e["spdxId"] == id.as_str()) {
            self.element(json!({"type": "IndividualElement", "spdxId": id, "name": name}));
        }
        id
    }

    fn relationship(&mut self, kind: &str, from: &str, to: &[String], more: &[(&str, &str)]) {
        self.count += 1;
        let scoped = more.iter().any(|(key, _)| *key == "scope");
        let class = if scoped { "LifecycleScopedRelationship" } else { "Relationship" };
        let id = self.id(&format!("relationship-{}", self.count));
        let mut value = json!({"type": class, "spdxId": id, "relationshipType": kind, "from": from, "to": to});
        for (key, text) in more {
            value[*key] = json!(text);
        }
        self.element(value);
    }
}

fn copyright(component: &Component) -> Option<String> {
    let lines = component.copyright.as_ref()?;
    Some(if lines.is_empty() { "NONE".to_owned() } else { lines.join("\n") })
}

fn hash(hash: &Integrity) -> Option<Value> {
    cyclonedx::algorithm(&hash.algorithm)?;
    Some(json!({"type": "Hash", "algorithm": hash.algorithm, "hashValue": hash.hex}))
}
