//! Conan: `conan.lock` of Conan 1 and 2, `conanfile.txt`.

use faultline_package::{Origin, Scope};

use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE};
use crate::npm::doc::{Item, json};
use crate::text::to_line;

/// `name/version[@user/channel][#revision][:package]…` as name and version.
fn reference(text: &str) -> Option<(&str, &str)> {
    let plain = text.split(['@', '#', ':', '%']).next()?.trim();
    let (name, version) = plain.split_once('/')?;
    (!name.is_empty() && !version.is_empty() && !version.contains('/')).then_some((name, version))
}

/// `conan.lock`.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    if let Some(graph) = root.get("graph_lock") {
        return Ok(nodes(graph));
    }
    let lists = [
        ("requires", Scope::Runtime),
        ("build_requires", Scope::Build),
        ("test_requires", Scope::Test),
        ("python_requires", Scope::Build),
    ];
    if !lists.iter().any(|(list, _)| root.get(list).is_some()) {
        return Err((root.line, format!("has no list of requirements: {REGENERATE}")));
    }
    let mut out = Listed::default();
    for (list, scope) in lists {
        for item in root.get(list).map(Item::items).unwrap_or_default() {
            match item.text().and_then(reference) {
                Some((name, version)) => {
                    let package = Package::new(name, Some(version), item.line);
                    out.packages.push(Package { key: format!("{name}/{version}"), scope, ..package });
                }
                None => out.fault(item.line, format!("a reference is not `name/version`; {REGENERATE}")),
            }
        }
    }
    Ok(out)
}

/// Conan 1: a graph; the node that has the path of the recipe, or none at all, is the project.
fn nodes(graph: &Item) -> Listed {
    let mut out = Listed::default();
    for entry in graph.entries_of("nodes") {
        let text = entry.item.text_of("ref").or_else(|| entry.item.text_of("pref"));
        let needs = needs(&entry.item);
        if entry.key == "0" || entry.item.get("path").is_some() || text.is_none() && out.direct.is_none() {
            if let Some((name, version)) = text.and_then(reference) {
                out.name = Some(name.to_owned());
                out.version = Some(version.to_owned());
            }
            out.direct = Some(needs);
            continue;
        }
        match text.and_then(reference) {
            Some((name, version)) => {
                let package = Package::new(name, Some(version), entry.line);
                out.packages.push(Package { key: entry.key.to_string(), needs, ..package });
            }
            None => out.fault(entry.line, format!("node {} has no reference `name/version`; {REGENERATE}", entry.key)),
        }
    }
    out
}

fn needs(item: &Item) -> Vec<Need> {
    let lists = [("requires", Scope::Runtime), ("build_requires", Scope::Build)];
    let of = |(list, scope)| {
        let items = item.get(list).map(Item::items).unwrap_or_default();
        items.iter().filter_map(move |i| {
            // Nodes without a usable reference are left out and said so.
            Some(Need { optional: true, line: i.line, scope: Some(scope), ..Need::of(i.text()?) })
        })
    };
    lists.into_iter().flat_map(of).collect()
}

/// `conanfile.txt`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    let mut section = "";
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let code = raw.trim();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        if let Some(name) = code.strip_prefix('[').and_then(|c| c.strip_suffix(']')) {
            section = name;
            continue;
        }
        let scope = match section {
            "requires" => Scope::Runtime,
            "build_requires" | "tool_requires" => Scope::Build,
            "test_requires" => Scope::Test,
            _ => continue,
        };
        match reference(code) {
            Some((name, version)) => {
                let exact = Some(version).filter(|v| !v.starts_with('['));
                out.declare(Package { scope, origin: Origin::Registry, ..Package::new(name, exact, line) }, version);
            }
            None => out.fault(line, "a requirement is not `name/version`; correct it"),
        }
    }
    Ok(out)
}
