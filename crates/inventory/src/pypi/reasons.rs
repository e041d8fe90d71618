//! Why a project's packages or edges are not all known.

use faultline_package::{Location, Reason, Scope};

use super::assemble::{Parts, View};
use super::builder::Builder;
use super::requirements::Item;
use crate::Incomplete;

/// Codes of reasons that leave a project complete.
pub(super) const REMARKS: [&str; 2] = ["several_lockfiles", "requirements_differ"];

/// Name and place of a package without a version.
type Unversioned = (String, Option<Location>);

/// A file that could not be read.
pub(super) fn unreadable(incomplete: &Incomplete) -> Reason {
    reason("unreadable", incomplete.why.clone(), &incomplete.file, incomplete.line)
}

fn reason(code: &str, detail: String, file: &str, line: u32) -> Reason {
    Reason { code: code.to_owned(), detail, location: Some(Location { file: file.to_owned(), line }) }
}

/// Names and places of packages without a version that are not only build requirements.
pub(super) fn unversioned(builder: &Builder) -> Vec<Unversioned> {
    let mut found: Vec<Unversioned> = builder
        .unversioned()
        .filter(|package| package.scope != Scope::Build)
        .map(|package| (package.purl.name().to_owned(), package.locations.first().cloned()))
        .collect();
    found.sort();
    found
}

/// Why packages or edges are not all known.
pub(super) fn completeness(parts: &Parts, unversioned: &[Unversioned], differing: Option<&Item>) -> Vec<Reason> {
    let mut found: Vec<Reason> = Vec::new();
    found.extend(without_versions(unversioned, !parts.views.is_empty()));
    if parts.views.is_empty() {
        found.extend(without_lockfile(parts, unversioned));
    }
    for view in &parts.views {
        found.extend(of_lockfile(view, parts));
    }
    if let [first, second, ..] = parts.views.as_slice() {
        let detail = format!("{} is read first, packages of the other lockfiles are added", first.lock.file);
        found.push(reason("several_lockfiles", detail, &second.lock.file, 0));
    }
    if let Some(item) = differing {
        let place = &item.declared.location;
        let detail = format!("`{}` is not in the lockfile at this version; both are listed", item.declared.name);
        found.push(reason("requirements_differ", detail, &place.file, place.line));
    }
    found
}

fn without_versions(unversioned: &[Unversioned], locked: bool) -> Option<Reason> {
    let (name, location) = unversioned.first()?;
    let what = match unversioned.len() - 1 {
        0 => format!("`{name}` has no version"),
        1 => format!("`{name}` and 1 more package have no version"),
        more => format!("`{name}` and {more} more packages have no version"),
    };
    let (code, remedy) = if locked {
        ("lockfile_outdated", "the lockfile does not hold them, lock again")
    } else {
        ("version_unknown", "pin them or commit a lockfile")
    };
    Some(Reason { code: code.to_owned(), detail: format!("{what}: {remedy}"), location: location.clone() })
}

fn without_lockfile(parts: &Parts, unversioned: &[Unversioned]) -> Option<Reason> {
    let items = &parts.requirements.items;
    if items.iter().any(|item| !item.via.is_empty()) && unversioned.is_empty() {
        return None;
    }
    let file = parts.files.first().or(parts.requirements.files.first())?;
    let declares = parts.manifest.declared.iter().any(|declared| declared.scope != Scope::Build);
    if declares || !unversioned.is_empty() {
        let detail = "no lockfile: what the dependencies need themselves is not known; commit a lockfile";
        return Some(reason("no_lockfile", detail.to_owned(), file, 0));
    }
    let detail = "which package needs which is not said: compile the file with comments, or commit a lockfile";
    (!items.is_empty()).then(|| reason("edges_unknown", detail.to_owned(), file, 0))
}

fn of_lockfile(view: &View, parts: &Parts) -> Vec<Reason> {
    let mut found = Vec::new();
    if view.lock.packages.is_empty() {
        return found;
    }
    if !view.lock.has_edges {
        let detail = "the format does not say which package needs which".to_owned();
        found.push(reason("edges_unknown", detail, &view.lock.file, 0));
    }
    let stated = view.lock.has_direct && !view.lock.roots.is_empty();
    if !stated && !parts.manifest.is_project {
        let detail = "no manifest beside the lockfile: packages that no other needs are taken as direct";
        found.push(reason("no_manifest", detail.to_owned(), &view.lock.file, 0));
    }
    found
}
