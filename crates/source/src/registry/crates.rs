//! Cargo registries: where crates are downloaded from.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use faultline_package::{Ecosystem, Integrity};
use serde::Deserialize;

use super::config::{ClientEnvironment, RegistryConfig};
use super::credentials::Credentials;
use super::{Artifact, choose};
use crate::archive::ArchiveKind;
use crate::error::{Result, SourceError};
use crate::http::{Http, Request};
use crate::limits::Limits;
use crate::local::cargo::{cargo_home, check_name, folders};
use crate::repository::redact_url;

const REMEDY: &str =
    "replace the source in ~/.cargo/config.toml by a sparse registry, run `cargo fetch` once, or run `cargo vendor`";

#[derive(Debug)]
pub(super) struct CratesRegistry {
    place: Place,
    source: &'static str,
    credentials: Credentials,
    download: Mutex<Option<String>>,
}

/// What is known of the registry.
#[derive(Debug)]
enum Place {
    /// Address of a sparse index.
    Index(String),
    /// Template of download addresses, as cargo keeps it.
    Download(String),
}

/// `config.json` of an index.
#[derive(Deserialize)]
struct IndexConfig {
    dl: String,
}

impl CratesRegistry {
    pub(super) fn find(config: &RegistryConfig, environment: &ClientEnvironment) -> Result<CratesRegistry> {
        let none = SourceError::NotConfigured { ecosystem: "cargo", remedy: REMEDY };
        let mut credentials = Credentials::default();
        for (prefix, value) in &config.authorization {
            credentials.add(prefix, value.clone());
        }
        let home = cargo_home(environment);
        let (place, source) = match &config.cargo {
            Some(index) => (Place::Index(index.clone()), "configuration"),
            None => search(home.as_deref().ok_or_else(|| none.clone())?).ok_or(none)?,
        };
        let clean = |text: &str, credentials: &mut Credentials| {
            let address = text.trim().trim_start_matches("sparse+");
            credentials.take_from(address).trim_end_matches('/').to_owned()
        };
        let place = match place {
            Place::Index(index) => Place::Index(clean(&index, &mut credentials)),
            Place::Download(template) => Place::Download(template),
        };
        Ok(CratesRegistry { place, source, credentials, download: Mutex::default() })
    }

    pub(super) fn address(&self) -> (String, &'static str) {
        let (Place::Index(address) | Place::Download(address)) = &self.place;
        (redact_url(address), self.source)
    }

    pub(super) fn artifact(
        &self,
        http: &Http,
        name: &str,
        version: &str,
        lockfile: &[Integrity],
        limits: &Limits,
    ) -> Result<Artifact> {
        check_name(name, version)?;
        let template = self.template(http, limits)?;
        let checksum = lockfile.iter().find(|i| i.algorithm == "sha256").map_or("", |i| i.hex.as_str());
        let url = expand(&template, name, version, checksum);
        let authorization = self.credentials.for_url(&url);
        let bytes =
            http.get(&Request { url: &url, accept: None, authorization, max_bytes: limits.max_archive_bytes })?.body;
        let (promised, by) = choose(lockfile, Vec::new());
        Ok(Artifact { name: format!("{name}-{version}.crate"), bytes, kind: ArchiveKind::Crate, promised, by })
    }

    fn template(&self, http: &Http, limits: &Limits) -> Result<String> {
        let index = match &self.place {
            Place::Download(template) => return Ok(template.clone()),
            Place::Index(index) => index,
        };
        if let Some(known) = self.download.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            return Ok(known);
        }
        let url = format!("{index}/config.json");
        let authorization = self.credentials.for_url(&url);
        let answer =
            http.get(&Request { url: &url, accept: None, authorization, max_bytes: limits.max_metadata_bytes })?;
        let config: IndexConfig = serde_json::from_slice(&answer.body).map_err(|e| SourceError::BadAnswer {
            url: redact_url(&url),
            why: format!("not the configuration of an index: {e}"),
        })?;
        *self.download.lock().unwrap_or_else(PoisonError::into_inner) = Some(config.dl.clone());
        Ok(config.dl)
    }
}

/// The user's source replacement, else the index that cargo used before and keeps.
fn search(home: &Path) -> Option<(Place, &'static str)> {
    let files = ["config.toml", "config"].map(|name| home.join(name));
    let text = files.iter().find_map(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    if let Some(index) = replacement(&text) {
        return Some((Place::Index(index), "~/.cargo/config.toml"));
    }
    // The folder of the public registry's index bears its name.
    let public = |folder: &&std::path::PathBuf| {
        folder.file_name().is_some_and(|n| n.to_string_lossy().contains(Ecosystem::Cargo.osv_name()))
    };
    let indexes = folders(&home.join("registry/index"));
    let kept = indexes.iter().find(public)?;
    let config: IndexConfig = serde_json::from_slice(&std::fs::read(kept.join("config.json")).ok()?).ok()?;
    Some((Place::Download(config.dl), "cargo's index"))
}

/// The sparse registry that takes the place of the public one: `[source.crates-io] replace-with = "x"`.
fn replacement(text: &str) -> Option<String> {
    let config: toml::Table = text.parse().ok()?;
    let source = |name: &str| config.get("source")?.get(name);
    let mut name = source("crates-io")?.get("replace-with")?.as_str()?.to_owned();
    for _ in 0..8 {
        let Some(next) = source(&name).and_then(|s| s.get("replace-with")).and_then(toml::Value::as_str) else { break };
        next.clone_into(&mut name);
    }
    let of_source = || source(&name).and_then(|s| s.get("registry"));
    let named = || config.get("registries").and_then(|r| r.get(&name)).and_then(|r| r.get("index"));
    let index = of_source().or_else(named)?.as_str()?;
    index.starts_with("sparse+").then(|| index.to_owned())
}

/// Fills a download template in, as cargo does.
fn expand(template: &str, name: &str, version: &str, checksum: &str) -> String {
    let markers = ["{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}"];
    if !markers.iter().any(|marker| template.contains(marker)) {
        return format!("{}/{name}/{version}/download", template.trim_end_matches('/'));
    }
    let prefix = match name.len() {
        0..=2 => name.len().to_string(),
        3 => format!("3/{}", &name[..1]),
        _ => format!("{}/{}", &name[..2], &name[2..4]),
    };
    template
        .replace("{crate}", name)
        .replace("{version}", version)
        .replace("{prefix}", &prefix)
        .replace("{lowerprefix}", &prefix.to_lowercase())
        .replace("{sha256-checksum}", checksum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_in() {
        assert_eq!(expand("https://r.example/dl", "serde", "1.0.0", ""), "https://r.example/dl/serde/1.0.0/download");
        let template = "https://r.example/{lowerprefix}/{crate}-{version}?{sha256-checksum}";
        assert_eq!(expand(template, "Abcde", "1.0.0", "ff"), "https://r.example/ab/cd/Abcde-1.0.0?ff");
        assert_eq!(expand("{prefix}", "abc", "1", ""), "3/a");
    }

    #[test]
    fn the_users_replacement_counts() {
        let text = "[source.crates-io]\nreplace-with = 'a'\n[source.a]\nreplace-with = 'b'\n[registries.b]\nindex = 'sparse+https://r.example/i/'\n";
        assert_eq!(replacement(text).as_deref(), Some("sparse+https://r.example/i/"));
        assert_eq!(replacement("[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'\n"), None);
    }
}
