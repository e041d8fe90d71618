//! Core metadata of installed packages: `METADATA`, `PKG-INFO`, `*.egg-info`.

use std::collections::HashSet;

use faultline_facts::PythonManifest;
use faultline_package::Scope;

use super::lock::{Lock, LockDependency, LockPackage, Under, normal, purl};
use super::problems::Problems;
use super::requirement::Requirement;
use super::source::Source;
use super::uv::extra_of;

/// The headers that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    /// `Name`.
    pub name: Option<String>,
    /// Its 1-based line.
    pub line: u32,
    /// `Version`.
    pub version: Option<String>,
    /// `Requires-Dist` as written.
    pub requires: Vec<String>,
}

/// Reads the headers; where one stands twice the first counts.
pub(super) fn parse(text: &str) -> Metadata {
    let mut found = Metadata::default();
    for (index, line) in text.lines().enumerate().take_while(|(_, line)| !line.trim().is_empty()) {
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with(char::is_whitespace)) else {
            continue;
        };
        let value = value.trim().to_owned();
        match key.trim().to_ascii_lowercase().as_str() {
            "name" if found.name.is_none() && !value.is_empty() => {
                found.line = u32::try_from(index + 1).unwrap_or(u32::MAX);
                found.name = Some(value);
            }
            "version" if found.version.is_none() && !value.is_empty() => found.version = Some(value),
            "requires-dist" | "requires" => found.requires.push(value),
            _ => {}
        }
    }
    found
}

/// Name, version and nothing else as facts.
pub(super) fn manifest(metadata: &Metadata) -> PythonManifest {
    PythonManifest { name: metadata.name.clone(), version: metadata.version.clone(), ..PythonManifest::default() }
}

/// All installed packages of a folder as one lockfile.
pub(super) fn lock(found: &[(String, Metadata)], problems: &mut Problems) -> Option<Lock> {
    for (file, _) in found.iter().filter(|(_, metadata)| metadata.name.is_none()) {
        let why = "has no `Name`: it is not the metadata of a Python package; install the package again";
        problems.broken(file, 1, why.to_owned());
    }
    let named: Vec<&(String, Metadata)> = found.iter().filter(|(_, metadata)| metadata.name.is_some()).collect();
    let (first, _) = named.first()?;
    let mut lock = Lock::new(first, named.iter().map(|(file, metadata)| package(file, metadata)).collect(), true);
    let asked = asked_extras(&named);
    for (index, (_, metadata)) in named.iter().enumerate() {
        let mut dependencies = dependencies(&lock, metadata);
        let name = lock.packages[index].purl.name();
        dependencies.retain(|dependency| match &dependency.under {
            Under::Extra(extra) => asked.contains(&(name.to_owned(), extra.clone())),
            _ => true,
        });
        lock.packages[index].dependencies = dependencies;
    }
    Some(lock)
}

/// Name and extra of everything that some installed package asks for.
fn asked_extras(named: &[&(String, Metadata)]) -> HashSet<(String, String)> {
    let requirements = named.iter().flat_map(|(_, metadata)| &metadata.requires);
    requirements
        .filter_map(|text| Requirement::parse(text))
        .flat_map(|found| found.extras.into_iter().map(move |extra| (normal(&found.name), normal(&extra))))
        .collect()
}

fn package(file: &str, metadata: &Metadata) -> LockPackage {
    LockPackage {
        purl: purl(metadata.name.as_deref().unwrap_or_default(), metadata.version.as_deref()),
        source: Source::registry(None),
        integrity: Vec::new(),
        marker: None,
        file: Some(file.to_owned()),
        line: metadata.line,
        hint: Scope::Runtime,
        direct: false,
        dependencies: Vec::new(),
    }
}

fn dependencies(lock: &Lock, metadata: &Metadata) -> Vec<LockDependency> {
    let mut found = Vec::new();
    for requirement in metadata.requires.iter().filter_map(|text| Requirement::parse(text)) {
        let under = requirement.marker.as_deref().and_then(extra_of).map_or(Under::Base, Under::Extra);
        found.extend(lock.matching(&normal(&requirement.name), &requirement.specifier).into_iter().map(|to| {
            LockDependency {
                to,
                under: under.clone(),
                extras: requirement.extras.iter().map(|extra| normal(extra)).collect(),
                requirement: requirement.specifier.clone(),
                marker: requirement.marker.clone(),
            }
        }));
    }
    found
}
