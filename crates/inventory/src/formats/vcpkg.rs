//! vcpkg: `vcpkg.json`. Versions are known only where it overrides them.

use std::collections::HashMap;

use faultline_package::Scope;

use crate::Tree;
use crate::listing::{Fault, Listed, Package};
use crate::npm::doc::{Item, json};

fn version<'i>(item: &'i Item) -> Option<&'i str> {
    ["version", "version-string", "version-semver", "version-date"].iter().find_map(|key| item.text_of(key))
}

/// `vcpkg.json`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, true)?;
    if !root.is_map() {
        return Err((root.line, "is not an object: correct it".to_owned()));
    }
    let items = |key: &str| root.get(key).map(Item::items).unwrap_or_default();
    let overridden: HashMap<&str, &str> =
        items("overrides").iter().filter_map(|item| Some((item.text_of("name")?, version(item)?))).collect();
    let mut out = Listed {
        name: root.text_of("name").map(str::to_owned),
        version: version(&root).map(str::to_owned),
        direct: Some(Vec::new()),
        ..Listed::default()
    };
    let features = root
        .entries_of("features")
        .iter()
        .flat_map(|f| f.item.get("dependencies").map(Item::items).unwrap_or_default());
    let all = items("dependencies").iter().map(|i| (i, Scope::Runtime)).chain(features.map(|i| (i, Scope::Optional)));
    for (item, scope) in all {
        let Some(name) = item.text().or_else(|| item.text_of("name")) else {
            out.fault(item.line, "a dependency has no name; correct it");
            continue;
        };
        let scope = if item.is_set("host") { Scope::Build } else { scope };
        let marker = item.text_of("platform").map(str::to_owned);
        let package = Package::new(name, overridden.get(name).copied(), item.line);
        out.declare(Package { scope, marker, ..package }, item.text_of("version>=").unwrap_or_default());
    }
    Ok(out)
}
