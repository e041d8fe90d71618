//! Packages that repositories of the fleet publish: their source needs no registry.

use std::sync::Arc;

use faultline_extract::FRONTEND_VERSION;
use faultline_package::{Ecosystem, Origin, PackageNode, Purl};
use faultline_store::{AnswerKey, FileRow, PackageRecord, Repository};
use rustc_hash::FxHashMap;

use crate::checkout::Checkout;
use crate::packages::Package;
use crate::trace::Member;
use crate::{Engine, EngineError};

/// Who publishes what, by package URL with version.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    published: FxHashMap<String, Published>,
}

#[derive(Debug)]
struct Published {
    repository: Repository,
    project: usize,
}

impl Fleet {
    /// Notes what the projects of a repository publish at its revision.
    pub fn add(&mut self, member: &Member) {
        for (index, project) in member.inventory.projects.iter().enumerate() {
            let (Some(name), Some(version)) = (&project.name, &project.version) else { continue };
            if matches!(project.ecosystem, Ecosystem::Npm | Ecosystem::PyPi | Ecosystem::Maven) {
                let purl = Purl::new(project.ecosystem, name, Some(version)).to_string();
                let published = Published { repository: member.repository.clone(), project: index };
                self.published.entry(purl).or_insert(published);
            }
        }
    }

    /// The package of a node from the repository that publishes this very version.
    pub fn package(&self, engine: &Engine, node: &PackageNode) -> Result<Option<Arc<Package>>, EngineError> {
        if node.origin != Origin::Registry {
            return Ok(None);
        }
        let Some(published) = self.published.get(&node.purl.to_string()) else { return Ok(None) };
        let key = format!("{} {} {FRONTEND_VERSION}", node.purl, published.repository.state);
        if let Some(package) = engine.cached_package(&key) {
            return Ok(Some(package));
        }
        let checkout = engine.checkout(published.repository.clone())?;
        let package = Arc::new(package_of(engine, &node.purl, &checkout, published.project)?);
        engine.cache_package(key, &package);
        Ok(Some(package))
    }
}

/// A project as the package it publishes: paths start at its folder.
fn package_of(engine: &Engine, purl: &Purl, checkout: &Checkout, project: usize) -> Result<Package, EngineError> {
    let folder = checkout.project(project).path.clone();
    let inside = |path: &str| match folder.as_str() {
        "" => Some(path.to_owned()),
        folder => path.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned),
    };
    let sources = checkout.sources_of(project);
    let facts = engine.facts_of(checkout, &sources)?;
    let mut files = Vec::new();
    let mut rows = Vec::new();
    let mut identity = AnswerKey::new();
    for (row, facts) in sources.iter().zip(facts) {
        let (Some(path), Some(facts)) = (inside(&row.path), facts) else { continue };
        identity.add(&path).add(&row.content);
        rows.push(FileRow { path: path.clone(), ..(*row).clone() });
        files.push((path, facts));
    }
    let resources = checkout
        .inventory
        .resources
        .iter()
        .filter_map(|(path, resource)| Some((inside(path)?, resource.clone())))
        .collect();
    let origin = format!("repository {}", checkout.repository.name);
    let identity = format!("fleet:{}", identity.hex());
    let record = PackageRecord { identity, origin, files: rows, resources, problems: Vec::new() };
    Ok(Package { purl: purl.clone(), record, files })
}
