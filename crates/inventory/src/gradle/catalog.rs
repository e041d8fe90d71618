//! Version catalogs: `gradle/libs.versions.toml`.

use std::collections::BTreeMap;

use faultline_package::Scope;

use super::Listed;
use crate::maven::project::exact_version;
use crate::maven::xml::Fault;
use crate::toml_doc::{self, Doc, Table, as_table, as_text};

/// Libraries by accessor (`a.b` for the alias `a-b`), and bundles of them.
#[derive(Debug, Default, Clone)]
pub(super) struct Catalog {
    /// Accessor to library.
    pub libraries: BTreeMap<String, Listed>,
    /// Accessor to accessors.
    pub bundles: BTreeMap<String, Vec<String>>,
}

/// Reads a catalog.
pub(super) fn read(file: &str, text: &str) -> Result<Catalog, Fault> {
    let doc = toml_doc::parse(text);
    if let Some((line, why)) = doc.faults.first() {
        return Err(((*line).max(1), format!("is not valid TOML: {why}")));
    }
    let mut catalog = Catalog::default();
    for (alias, value) in doc.root.get("libraries").and_then(as_table).into_iter().flatten() {
        let line = doc.lines.of(alias.span().start);
        let module = match as_text(value) {
            Some(text) => text.to_owned(),
            None => as_table(value).map(|table| module(table, &doc)).unwrap_or_default(),
        };
        let mut parts = module.splitn(3, ':');
        let (Some(group), Some(artifact)) = (parts.next(), parts.next()) else { continue };
        if group.is_empty() || artifact.is_empty() {
            continue;
        }
        let requirement = parts.next().unwrap_or_default();
        let version = exact_version(requirement).unwrap_or_default();
        let mut library = Listed::new(group, artifact, version, Scope::Runtime, file, line);
        requirement.clone_into(&mut library.requirement);
        catalog.libraries.insert(accessor(alias.get_ref()), library);
    }
    for (alias, value) in doc.root.get("bundles").and_then(as_table).into_iter().flatten() {
        let members = toml_doc::items(value).iter().filter_map(as_text).map(accessor).collect();
        catalog.bundles.insert(accessor(alias.get_ref()), members);
    }
    Ok(catalog)
}

/// How build scripts name an alias.
fn accessor(alias: &str) -> String {
    alias.replace(['-', '_'], ".")
}

/// `group:artifact:version` of a library that is written as a table.
fn module(table: &Table, doc: &Doc) -> String {
    let text = |key: &str| toml_doc::text(table, key).unwrap_or_default();
    let name = match text("module") {
        "" => format!("{}:{}", text("group"), text("name")),
        module => module.to_owned(),
    };
    let version = match table.get("version") {
        Some(value) => match as_text(value) {
            Some(version) => version.to_owned(),
            None => as_table(value).map(|rich| rich_version(rich, doc)).unwrap_or_default(),
        },
        None => String::new(),
    };
    format!("{name}:{version}")
}

/// A rich version, or a reference to one.
fn rich_version(rich: &Table, doc: &Doc) -> String {
    if let Some(name) = toml_doc::text(rich, "ref") {
        let value = toml_doc::table(&doc.root, &["versions"]).and_then(|versions| versions.get(name));
        return match value {
            Some(value) => match as_text(value) {
                Some(version) => version.to_owned(),
                None => as_table(value).map(stated).unwrap_or_default(),
            },
            None => String::new(),
        };
    }
    stated(rich)
}

fn stated(rich: &Table) -> String {
    let keys = ["strictly", "require", "prefer"];
    keys.iter().find_map(|key| toml_doc::text(rich, key)).unwrap_or_default().to_owned()
}
