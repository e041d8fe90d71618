//! `NuGet` as JSON: `packages.lock.json`, `project.assets.json`, `*.deps.json`.

use std::collections::{HashMap, HashSet};

use faultline_package::{Origin, Scope};

use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash_base64};
use crate::npm::doc::{Entry, Item, json};

fn object(text: &str) -> Result<Item<'_>, Fault> {
    let root = json(text, false)?;
    if root.is_map() { Ok(root) } else { Err((root.line, format!("is not an object: {REGENERATE}"))) }
}

/// `packages.lock.json`: per framework what was chosen.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = object(text)?;
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for framework in root.entries_of("dependencies") {
        let base = framework.key.split('/').next().unwrap_or(&framework.key);
        let own: HashSet<String> = framework.item.entries().iter().map(|e| e.key.to_lowercase()).collect();
        let key = |name: &str| {
            let name = name.to_lowercase();
            let framework = if own.contains(&name) { &*framework.key } else { base };
            format!("{framework}/{name}")
        };
        for entry in framework.item.entries() {
            let Some(kind) = entry.item.text_of("type") else {
                out.fault(entry.line, format!("`{}` has no type; {REGENERATE}", entry.key));
                continue;
            };
            let needs = entry.item.entries_of("dependencies").iter().map(|d| Need {
                requirement: d.item.text().unwrap_or_default().to_owned(),
                line: d.line,
                ..Need::of(&key(&d.key))
            });
            let is_project = kind.eq_ignore_ascii_case("project");
            let package = Package {
                key: key(&entry.key),
                origin: if is_project { Origin::Path } else { Origin::Registry },
                integrity: entry
                    .item
                    .text_of("contentHash")
                    .and_then(|h| hash_base64("sha512", h))
                    .into_iter()
                    .collect(),
                needs: needs.collect(),
                ..Package::new(&entry.key, entry.item.text_of("resolved"), entry.line)
            };
            if kind.eq_ignore_ascii_case("direct") || is_project {
                let requirement = entry.item.text_of("requested").unwrap_or_default();
                let need = Need::stated(&package.key, requirement, Scope::Runtime, entry.line);
                out.direct.get_or_insert_default().push(need);
            }
            out.packages.push(package);
        }
    }
    Ok(out)
}

/// `Name/Version` of a library.
fn split(key: &str) -> Option<(&str, &str)> {
    key.rsplit_once('/').filter(|(name, version)| !name.is_empty() && !version.is_empty())
}

/// Needs of a library in a target: its version there, whatever the requirement says.
fn needs(entry: &Entry, versions: &HashMap<String, String>) -> Vec<Need> {
    let dependencies = entry.item.entries_of("dependencies").iter();
    let need = |d: &Entry| {
        let name = d.key.to_lowercase();
        let key = versions.get(&name).cloned().unwrap_or(name);
        // What the platform brings along is not listed.
        Need {
            requirement: d.item.text().unwrap_or_default().to_owned(),
            optional: true,
            line: d.line,
            ..Need::of(&key)
        }
    };
    dependencies.map(need).collect()
}

/// `project.assets.json`, which restoring writes to `obj`.
pub(super) fn assets(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = object(text)?;
    let mut out = Listed::default();
    let versions = by_name(root.entries_of("libraries"));
    let targets: Vec<&Entry> = root.entries_of("targets").iter().flat_map(|t| t.item.entries()).collect();
    libraries(&root, &targets, &versions, &mut out);
    let groups = root.entries_of("projectFileDependencyGroups").iter().flat_map(|g| g.item.items());
    let direct = groups.filter_map(Item::text).map(|text| {
        let (name, requirement) = text.split_once(' ').unwrap_or((text, ""));
        let key = versions.get(&name.to_lowercase()).cloned().unwrap_or_else(|| name.to_lowercase());
        Need { requirement: requirement.to_owned(), optional: true, ..Need::of(&key) }
    });
    out.direct = Some(direct.collect());
    let project = root.get("project");
    out.name = project.and_then(|p| p.get("restore")).and_then(|r| r.text_of("projectName")).map(str::to_owned);
    out.version = project.and_then(|p| p.text_of("version")).map(str::to_owned);
    Ok(out)
}

/// Library by lower-case name; of several versions the last.
fn by_name(libraries: &[Entry]) -> HashMap<String, String> {
    let all = libraries.iter().filter_map(|e| Some((split(&e.key)?.0.to_lowercase(), e.key.to_lowercase())));
    all.collect()
}

fn libraries(root: &Item, targets: &[&Entry], versions: &HashMap<String, String>, out: &mut Listed) {
    let mut found: HashMap<String, Vec<Need>> = HashMap::new();
    for entry in targets {
        found.entry(entry.key.to_lowercase()).or_default().extend(needs(entry, versions));
    }
    for entry in root.entries_of("libraries") {
        let Some((name, version)) = split(&entry.key) else {
            out.fault(entry.line, format!("`{}` is not `name/version`; {REGENERATE}", entry.key));
            continue;
        };
        let kind = entry.item.text_of("type").unwrap_or_default();
        let key = entry.key.to_lowercase();
        let hash = entry.item.text_of("sha512").unwrap_or_default().trim_start_matches("sha512-");
        out.packages.push(Package {
            needs: found.remove(&key).unwrap_or_default(),
            key,
            origin: if kind == "project" { Origin::Path } else { Origin::Registry },
            integrity: hash_base64("sha512", hash).into_iter().collect(),
            ..Package::new(name.strip_prefix("runtimepack.").unwrap_or(name), Some(version), entry.line)
        });
    }
}

/// `*.deps.json`, which building writes beside a program.
pub(super) fn deps(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = object(text)?;
    let mut out = Listed::default();
    let versions = by_name(root.entries_of("libraries"));
    let name = root.get("runtimeTarget").and_then(|t| t.text_of("name")).unwrap_or_default();
    let target = root.get("targets").and_then(|t| t.get(name)).map(Item::entries).unwrap_or_default();
    libraries(&root, &target.iter().collect::<Vec<_>>(), &versions, &mut out);
    let needed: HashSet<&str> =
        out.packages.iter().flat_map(|p| p.needs.iter().filter(|n| n.key != p.key)).map(|n| n.key.as_str()).collect();
    let tops: Vec<usize> = out
        .packages
        .iter()
        .enumerate()
        .filter(|(_, p)| p.origin == Origin::Path && !needed.contains(p.key.as_str()))
        .map(|(index, _)| index)
        .collect();
    // The one project that no other one needs is the program itself.
    if let [top] = tops.as_slice() {
        let own = out.packages.remove(*top);
        out.name = Some(own.name);
        out.version = own.version;
        if !own.needs.is_empty() {
            out.direct = Some(own.needs);
        }
    }
    Ok(out)
}

/// Restoring writes to the `obj` folder of the project.
pub(super) fn assets_home(path: &str) -> Option<&str> {
    let above = super::named(path, "project.assets.json")?;
    Some(if crate::text::file_name(above) == "obj" { crate::text::folder(above) } else { above })
}
