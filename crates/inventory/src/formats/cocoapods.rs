//! `CocoaPods`: `Podfile.lock`.

use std::collections::HashMap;

use faultline_package::Origin;

use super::lines::name_and_brackets;
use super::yaml_map;
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, hash};
use crate::npm::doc::Item;

/// `Podfile.lock`. Parts of a pod (`Pod/Part`) are the pod.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let sums: HashMap<&str, &str> =
        root.entries_of("SPEC CHECKSUMS").iter().filter_map(|e| Some((&*e.key, e.item.text()?))).collect();
    let sources: HashMap<&str, &Item> =
        root.entries_of("EXTERNAL SOURCES").iter().map(|e| (&*e.key, &e.item)).collect();
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for item in root.get("PODS").map(Item::items).unwrap_or_default() {
        let (text, needs) = match item.entries() {
            [entry, ..] => (Some(&*entry.key), entry.item.items()),
            [] => (item.text(), &[][..]),
        };
        let Some((name, version)) = text.and_then(name_and_brackets) else {
            out.fault(item.line, "a pod is not `name (version)`; run `pod install`");
            continue;
        };
        let source = sources.get(pod(name));
        let origin = match source {
            Some(source) if source.text_of(":path").is_some() => Origin::Path,
            Some(source) if source.text_of(":git").is_some() => Origin::Git,
            Some(_) => Origin::Url,
            None => Origin::Registry,
        };
        let needs = needs.iter().filter_map(Item::text).map(need).filter(|n| n.key != pod(name)).collect();
        let package = Package::new(pod(name), Some(version), item.line);
        let integrity = sums.get(pod(name)).and_then(|sum| hash(sum)).into_iter().collect();
        out.packages.push(Package { origin, needs, integrity, ..package });
    }
    for item in root.get("DEPENDENCIES").map(Item::items).unwrap_or_default() {
        let direct = item.text().map(|text| Need { line: item.line, ..need(text) });
        out.direct.get_or_insert_default().extend(direct);
    }
    Ok(out)
}

fn pod(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn need(text: &str) -> Need {
    let (name, requirement) = name_and_brackets(text).unwrap_or((text, ""));
    Need { requirement: requirement.to_owned(), ..Need::of(pod(name)) }
}
