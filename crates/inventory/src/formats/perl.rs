//! Perl: `META.json` of a distribution, which is the project.

use faultline_package::Scope;

use crate::Tree;
use crate::listing::{Fault, Listed, Package, REGENERATE};
use crate::npm::doc::json;

/// `META.json`.
pub(super) fn meta(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    if !root.is_map() {
        return Err((root.line, format!("is not an object: {REGENERATE}")));
    }
    let mut out = Listed {
        name: root.text_of("name").map(str::to_owned),
        version: root.text_of("version").map(str::to_owned),
        direct: Some(Vec::new()),
        foreign: root.get("meta-spec").is_none() && root.get("prereqs").is_none(),
        ..Listed::default()
    };
    for phase in root.entries_of("prereqs") {
        let scope = match &*phase.key {
            "runtime" => Scope::Runtime,
            "test" => Scope::Test,
            "develop" => Scope::Dev,
            _ => Scope::Build,
        };
        for entry in phase.item.entries_of("requires").iter().filter(|e| e.key != "perl") {
            let package = Package { scope, ..Package::new(&entry.key.replace("::", "-"), None, entry.line) };
            out.declare(package, entry.item.text().unwrap_or_default());
        }
    }
    Ok(out)
}
