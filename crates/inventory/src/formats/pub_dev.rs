//! Dart's pub: `pubspec.lock` and `pubspec.yaml`.

use faultline_package::{Origin, Scope};

use super::yaml_map;
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::npm::doc::{Entry, Item};

/// `pubspec.lock`. It tells what is direct, but not who needs what.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for entry in root.entries_of("packages") {
        if !entry.item.is_map() {
            out.fault(entry.line, format!("`{}` is not a mapping; {REGENERATE}", entry.key));
            continue;
        }
        let package = package(&root, entry);
        let kind = entry.item.text_of("dependency").unwrap_or_default();
        let scope = if kind == "direct dev" { Scope::Dev } else { Scope::Runtime };
        if kind.starts_with("direct") {
            out.direct.get_or_insert_default().push(Need::stated(&package.key, "", scope, entry.line));
        }
        out.packages.push(Package { scope, ..package });
    }
    Ok(out)
}

fn package(root: &Item, entry: &Entry) -> Package {
    let description = entry.item.get("description");
    let in_description = |key: &str| description.and_then(|d| d.text_of(key)).map(str::to_owned);
    let mut version = entry.item.text_of("version").map(str::to_owned);
    let origin = match entry.item.text_of("source") {
        Some("git") => Origin::Git,
        Some("path") => Origin::Path,
        Some("sdk") => {
            // Parts of an SDK have its version, of which only the lowest is stated.
            let sdk = description.and_then(Item::text).and_then(|sdk| root.get("sdks")?.text_of(sdk));
            version = sdk.and_then(lowest).or(version);
            Origin::Registry
        }
        _ => Origin::Registry,
    };
    Package {
        origin,
        integrity: in_description("sha256").as_deref().and_then(hash).into_iter().collect(),
        resolved: in_description("url").filter(|_| origin == Origin::Git),
        path: in_description("path").filter(|_| origin == Origin::Path),
        ..Package::new(&entry.key, version.as_deref(), entry.line)
    }
}

fn lowest(range: &str) -> Option<String> {
    let bound = range.split(' ').next()?.trim_start_matches(['>', '=', '^']);
    bound.starts_with(|c: char| c.is_ascii_digit()).then(|| bound.to_owned())
}

/// `pubspec.yaml`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed {
        name: root.text_of("name").map(str::to_owned),
        version: root.text_of("version").map(str::to_owned),
        direct: Some(Vec::new()),
        ..Listed::default()
    };
    for (list, scope) in [("dependencies", Scope::Runtime), ("dev_dependencies", Scope::Dev)] {
        for Entry { key, line, item } in root.entries_of(list) {
            let origin = match item {
                item if item.get("git").is_some() => Origin::Git,
                item if item.get("path").is_some() => Origin::Path,
                _ => Origin::Registry,
            };
            let requirement = item.text().or_else(|| item.text_of("version")).unwrap_or_default();
            out.declare(Package { scope, origin, ..Package::new(key, None, *line) }, requirement);
        }
    }
    Ok(out)
}
