//! POMs of other repositories of the fleet, and what can be resolved now that could not before.

use std::collections::HashMap;
use std::path::Path;

use faultline_inventory::Inventory;
use faultline_inventory::maven::{Pom, parse};
use faultline_package::{Coordinates, Ecosystem};
use faultline_source::{self as source, Snapshot};
use faultline_store::Repository;

use super::Poms;
use crate::inventory::{MissingPoms, inventory_of_snapshot};
use crate::{Engine, EngineError, Progress, StoredInventory};

/// Coordinates to the repository that publishes them, and the path of its POM.
type Published = HashMap<Coordinates, (Repository, String)>;

impl Engine {
    /// Inventory of a snapshot; POMs come from the fleet, local folders and the configured repository.
    pub(crate) fn inventory_with_poms(
        &self,
        snapshot: &Snapshot,
        progress: &dyn Progress,
    ) -> Result<(Inventory, MissingPoms), EngineError> {
        let published = if has_pom(snapshot) { self.published_poms()? } else { Published::new() };
        let fleet = |wanted: &Coordinates| self.read_pom(published.get(wanted)?);
        let poms = Poms::new(self.registries(), self.pom_memory(), &fleet);
        let (inventory, missing) = inventory_of_snapshot(snapshot, &poms, progress);
        let coordinates = missing.into_iter().map(|c| (c.group, c.artifact, c.version)).collect();
        Ok((inventory, MissingPoms { coordinates, asked: self.asked() }))
    }

    /// True when something that was missing may be had now.
    pub(crate) fn may_resolve_more(&self, repository: &Repository) -> Result<bool, EngineError> {
        let stored = StoredInventory::decode(&self.store().inventory(&repository.identity)?).unwrap_or_default();
        let missing = stored.missing;
        if missing.coordinates.is_empty() {
            return Ok(false);
        }
        if missing.asked != self.asked() {
            return Ok(true);
        }
        let published = self.published_poms()?;
        let is_there = |(group, artifact, version): &(String, String, String)| {
            let coordinates = Coordinates::new(group, artifact, version);
            published.contains_key(&coordinates) || self.registries().maven().holds(&coordinates)
        };
        Ok(missing.coordinates.iter().any(is_there))
    }

    /// Which repositories are asked: another set may have more.
    fn asked(&self) -> String {
        let maven = self.registries().maven();
        let remote = maven.address().ok().filter(|_| !self.settings().offline).map(|(address, _)| address);
        format!("{:?} {}", maven.folders(), remote.unwrap_or_default())
    }

    fn published_poms(&self) -> Result<Published, EngineError> {
        let mut published = Published::new();
        for repository in self.store().repositories()? {
            let stored = StoredInventory::decode(&self.store().inventory(&repository.identity)?).unwrap_or_default();
            for project in stored.projects.iter().filter(|p| p.ecosystem == Ecosystem::Maven) {
                let (Some(name), Some(version), Some(file)) = (&project.name, &project.version, project.files.first())
                else {
                    continue;
                };
                let Some((group, artifact)) = name.split_once(':').filter(|_| super::is_pom(Some(file))) else {
                    continue;
                };
                let place = (repository.clone(), file.clone());
                published.entry(Coordinates::new(group, artifact, version)).or_insert(place);
            }
        }
        Ok(published)
    }

    fn read_pom(&self, (repository, file): &(Repository, String)) -> Option<Pom> {
        let path = Path::new(&repository.location);
        let revision = repository.revision.as_deref();
        let opened = match revision {
            Some(_) => source::Repository::open_git(path, &self.settings().limits).ok()?,
            None => source::Repository::open_plain(path, &self.settings().limits),
        };
        let snapshot = opened.snapshot(revision).ok()?;
        let bytes = snapshot.read(snapshot.get(file)?).ok()?;
        parse(&format!("{}/{file}", repository.name), false, &bytes).ok()
    }
}

fn has_pom(snapshot: &Snapshot) -> bool {
    snapshot.entries.iter().any(|entry| entry.path == "pom.xml" || entry.path.ends_with("/pom.xml"))
}
