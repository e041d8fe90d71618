//! Conda: `environment.yml`, `conda-meta/*.json`, `conda-lock.yml`. What pip installs is Python's.

use faultline_package::Origin;

use super::yaml_map;
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::npm::doc::{Item, json};
use crate::text::{file_name, folder, is_installed};

/// Environment files by name.
pub(super) fn environment_home(path: &str) -> Option<&str> {
    let name = file_name(path);
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"))?;
    let fits = stem == "conda" || stem.starts_with("environment") || stem.starts_with("conda-env");
    (fits && !is_installed(path)).then(|| folder(path))
}

/// Installed packages have one file each in `conda-meta`.
pub(super) fn meta_home(path: &str) -> Option<&str> {
    let above = folder(path);
    let fits = file_name(above) == "conda-meta" && path.strip_suffix(".json").is_some();
    fits.then(|| folder(above))
}

/// `environment.yml`.
pub(super) fn environment(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let foreign = root.get("dependencies").is_none();
    let name = root.text_of("name").map(str::to_owned);
    let mut out = Listed { name, direct: Some(Vec::new()), foreign, ..Listed::default() };
    for item in root.get("dependencies").map(Item::items).unwrap_or_default() {
        let Some(spec) = item.text() else {
            if !item.is_map() {
                out.fault(item.line, "a dependency is not text; correct it");
            }
            continue;
        };
        let spec = spec.rsplit("::").next().unwrap_or(spec).trim();
        let end = spec.find(['=', '<', '>', '!', '~', ' ', '[']).unwrap_or(spec.len());
        let (name, requirement) = (spec[..end].trim(), spec[end..].trim());
        if name.is_empty() || name.bytes().all(|b| b.is_ascii_digit()) {
            out.fault(item.line, format!("`{spec}` names no package; correct it"));
            continue;
        }
        let version = requirement.trim_start_matches('=').split(['=', ' ']).next().unwrap_or_default();
        let exact = requirement.starts_with('=') && !version.contains(['*', '<', '>', ',', '|']);
        out.declare(Package::new(name, Some(version).filter(|_| exact), item.line), requirement);
    }
    Ok(out)
}

/// `conda-meta/NAME.json`.
pub(super) fn meta(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    let (Some(name), Some(version)) = (root.text_of("name"), root.text_of("version")) else {
        return Err((root.line, format!("has no name or no version: {REGENERATE}")));
    };
    let line = root.entries().iter().find(|e| e.key == "name").map_or(root.line, |e| e.line);
    let sum = root.text_of("sha256").or_else(|| root.text_of("md5")).and_then(hash);
    let package = Package::new(name, Some(version), line);
    let needs = root.get("depends").map(Item::items).unwrap_or_default().iter().filter_map(Item::text).map(need);
    let package = Package { needs: needs.collect(), integrity: sum.into_iter().collect(), ..package };
    Ok(Listed { packages: vec![package], ..Listed::default() })
}

/// `name requirement`; parts of the system (`__glibc`) are not installed.
fn need(text: &str) -> Need {
    let (name, requirement) = text.split_once(' ').unwrap_or((text, ""));
    Need { optional: true, requirement: requirement.to_owned(), ..Need::of(name) }
}

/// `conda-lock.yml`: one entry per package and platform.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed::default();
    for item in root.get("package").map(Item::items).unwrap_or_default() {
        let Some(name) = item.text_of("name").filter(|_| item.text_of("manager") != Some("pip")) else { continue };
        let needs = item.entries_of("dependencies").iter().map(|e| Need {
            optional: true,
            requirement: e.item.text().unwrap_or_default().to_owned(),
            ..Need::of(&e.key)
        });
        let sums = item.get("hash");
        let sum = sums.and_then(|h| h.text_of("sha256").or_else(|| h.text_of("md5"))).and_then(hash);
        let package = Package::new(name, item.text_of("version"), item.line);
        out.packages.push(Package {
            needs: needs.collect(),
            integrity: sum.into_iter().collect(),
            origin: Origin::Registry,
            ..package
        });
    }
    Ok(out)
}
