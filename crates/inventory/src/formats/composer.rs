//! Composer: `composer.lock`, `vendor/composer/installed.json`, `composer.json`.

use faultline_package::{Origin, Scope};

use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::npm::doc::{Entry, Item, json};

fn object(text: &str) -> Result<Item<'_>, Fault> {
    let root = json(text, false)?;
    if root.is_map() { Ok(root) } else { Err((root.line, format!("is not an object: {REGENERATE}"))) }
}

/// `composer.lock`.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = object(text)?;
    let mut out = Listed::default();
    for (list, scope) in [("packages", Scope::Runtime), ("packages-dev", Scope::Dev)] {
        for item in root.get(list).map(Item::items).unwrap_or_default() {
            add(item, scope, &mut out);
        }
    }
    Ok(out)
}

/// `installed.json`: a list, or an object with one and the names of those for development.
pub(super) fn installed(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    let list = root.get("packages").map_or_else(|| root.items(), Item::items);
    let dev: Vec<&str> =
        root.get("dev-package-names").map(Item::items).unwrap_or_default().iter().filter_map(Item::text).collect();
    let mut out = Listed::default();
    for item in list {
        let is_dev = item.text_of("name").is_some_and(|name| dev.contains(&name));
        add(item, if is_dev { Scope::Dev } else { Scope::Runtime }, &mut out);
    }
    Ok(out)
}

fn add(item: &Item, scope: Scope, out: &mut Listed) {
    let Some(name) = item.text_of("name") else {
        return out.fault(item.line, format!("a package has no name; {REGENERATE}"));
    };
    let line = item.entries().iter().find(|e| e.key == "name").map_or(item.line, |e| e.line);
    let dist = item.get("dist");
    let sum = dist.and_then(|d| d.text_of("shasum")).and_then(hash);
    let is_path = dist.is_some_and(|d| d.text_of("type") == Some("path"));
    let needs = item.entries_of("require").iter().filter(|e| !is_platform(&e.key)).map(|e| Need {
        // Another package may provide or replace it.
        optional: true,
        line: e.line,
        requirement: e.item.text().unwrap_or_default().to_owned(),
        ..Need::of(&e.key.to_lowercase())
    });
    out.packages.push(Package {
        key: name.to_lowercase(),
        scope,
        origin: if is_path { Origin::Path } else { Origin::Registry },
        path: dist.filter(|_| is_path).and_then(|d| d.text_of("url")).map(str::to_owned),
        integrity: sum.into_iter().collect(),
        needs: needs.collect(),
        ..Package::new(name, item.text_of("version"), line)
    });
}

/// PHP itself, its extensions and libraries.
fn is_platform(name: &str) -> bool {
    !name.contains('/')
}

/// `composer.json`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = object(text)?;
    let mut out = Listed {
        name: root.text_of("name").map(str::to_owned),
        version: root.text_of("version").map(str::to_owned),
        direct: Some(Vec::new()),
        ..Listed::default()
    };
    for (list, scope) in [("require", Scope::Runtime), ("require-dev", Scope::Dev)] {
        for Entry { key, line, item } in root.entries_of(list).iter().filter(|e| !is_platform(&e.key)) {
            let package = Package { key: key.to_lowercase(), scope, ..Package::new(key, None, *line) };
            out.declare(package, item.text().unwrap_or_default());
        }
    }
    Ok(out)
}

/// The list lies in `vendor/composer` of the project.
pub(super) fn installed_home(path: &str) -> Option<&str> {
    if path == "installed.json" {
        return Some("");
    }
    let home = path.strip_suffix("vendor/composer/installed.json")?.trim_end_matches('/');
    (!crate::text::is_installed(&format!("{home}/x"))).then_some(home)
}
