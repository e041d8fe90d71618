//! The npm registry's protocol.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use faultline_package::Integrity;
use serde::Deserialize;
use url::Url;

use super::config::{ClientEnvironment, RegistryConfig};
use super::credentials::Credentials;
use super::npmrc::{self, Settings};
use super::{Artifact, choose, client};
use crate::archive::ArchiveKind;
use crate::error::{Result, SourceError};
use crate::http::{Http, Request};
use crate::integrity::{is_checkable, parse_sri};
use crate::limits::Limits;
use crate::repository::redact_url;

/// The short form of a package document; registries that do not have it send the long one.
const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

const REMEDY: &str = "set npm_config_registry or `registry=` in ~/.npmrc, or install npm";

#[derive(Debug)]
pub(super) struct NpmRegistry {
    default: Option<(String, &'static str)>,
    scopes: BTreeMap<String, String>,
    credentials: Credentials,
    documents: Mutex<HashMap<String, Arc<Versions>>>,
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(default)]
    versions: Versions,
}

type Versions = HashMap<String, Version>;

#[derive(Debug, Deserialize)]
struct Version {
    #[serde(default)]
    dist: Dist,
}

#[derive(Debug, Default, Deserialize)]
struct Dist {
    tarball: Option<String>,
    integrity: Option<String>,
    shasum: Option<String>,
}

impl Dist {
    fn promised(&self) -> Vec<Integrity> {
        let sri = self.integrity.as_deref().map(parse_sri).filter(|s| is_checkable(s));
        let sha1 = |hex: &String| Integrity { algorithm: "sha1".into(), hex: hex.to_ascii_lowercase(), file: None };
        sri.unwrap_or_else(|| self.shasum.iter().map(sha1).collect())
    }
}

impl NpmRegistry {
    pub(super) fn find(config: &RegistryConfig, environment: &ClientEnvironment) -> NpmRegistry {
        let mut registry = NpmRegistry {
            default: config.npm.clone().map(|a| (a, "configuration")),
            scopes: config.npm_scopes.clone(),
            credentials: Credentials::default(),
            documents: Mutex::default(),
        };
        for (prefix, value) in &config.authorization {
            registry.credentials.add(prefix, value.clone());
        }
        registry.learn(&npmrc::from_variables(environment), "environment");
        if let Some(text) = user_file(environment).and_then(|f| std::fs::read_to_string(f).ok()) {
            registry.learn(&npmrc::parse(&text, environment), "~/.npmrc");
        }
        if registry.default.is_none()
            && let Some(settings) = client::npm_settings(environment)
        {
            registry.learn(&settings, "npm");
        }
        registry.clean();
        registry
    }

    /// Takes from a source what those before it did not say.
    fn learn(&mut self, settings: &Settings, source: &'static str) {
        if self.default.is_none() {
            self.default = settings.get("registry").map(|a| (a.clone(), source));
        }
        for (scope, address) in npmrc::scopes(settings) {
            self.scopes.entry(scope).or_insert(address);
        }
        npmrc::add_credentials(settings, &mut self.credentials);
    }

    /// Credentials leave the addresses, which end with a slash.
    fn clean(&mut self) {
        let addresses = self.scopes.values_mut().chain(self.default.as_mut().map(|(a, _)| a));
        for address in addresses {
            let clean = self.credentials.take_from(address.trim());
            *address = format!("{}/", clean.trim_end_matches('/'));
        }
    }

    pub(super) fn address(&self) -> Result<(String, &'static str)> {
        let found = self.default.as_ref().map(|(a, source)| (redact_url(a), *source));
        found.ok_or(SourceError::NotConfigured { ecosystem: "npm", remedy: REMEDY })
    }

    fn base(&self, name: &str) -> Result<&str> {
        let scope = name.split_once('/').filter(|_| name.starts_with('@')).and_then(|(s, _)| self.scopes.get(s));
        let default = self.default.as_ref().map(|(a, _)| a);
        let base = scope.or(default).map(String::as_str);
        base.ok_or(SourceError::NotConfigured { ecosystem: "npm", remedy: REMEDY })
    }

    pub(super) fn artifact(
        &self,
        http: &Http,
        name: &str,
        version: &str,
        lockfile: &[Integrity],
        limits: &Limits,
    ) -> Result<Artifact> {
        let base = self.base(name)?;
        let versions = self.versions(http, base, name, limits)?;
        let missing = || SourceError::NotFound { what: format!("{name}@{version} on {}", redact_url(base)) };
        let dist = &versions.get(version).ok_or_else(missing)?.dist;
        let tarball = dist.tarball.as_deref().ok_or_else(missing)?;
        let bytes = self.download(http, base, tarball, limits)?;
        let (promised, by) = choose(lockfile, dist.promised());
        let name = format!("{name}@{version} ({})", file_name(tarball));
        Ok(Artifact { name, bytes, kind: ArchiveKind::NpmTarball, promised, by })
    }

    fn versions(&self, http: &Http, base: &str, name: &str, limits: &Limits) -> Result<Arc<Versions>> {
        let url = format!("{base}{}", path_of(name)?);
        let known = self.documents.lock().unwrap_or_else(PoisonError::into_inner).get(&url).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let authorization = self.credentials.for_url(&url);
        let max_bytes = limits.max_metadata_bytes;
        let answer = http.get(&Request { url: &url, accept: Some(ACCEPT), authorization, max_bytes })?;
        let document: Document = serde_json::from_slice(&answer.body).map_err(|e| SourceError::BadAnswer {
            url: redact_url(&url),
            why: format!("not a package document: {e}"),
        })?;
        let versions = Arc::new(document.versions);
        self.documents.lock().unwrap_or_else(PoisonError::into_inner).insert(url, Arc::clone(&versions));
        Ok(versions)
    }

    /// Asks the configured host first, where a mirror has the file under the same path; then the address it states.
    fn download(&self, http: &Http, base: &str, tarball: &str, limits: &Limits) -> Result<Vec<u8>> {
        let (base, stated) = addresses(base, tarball)?;
        if base.origin() != stated.origin() {
            let mut mirrored = stated.clone();
            let moved = mirrored.set_scheme(base.scheme()).is_ok()
                && mirrored.set_host(base.host_str()).is_ok()
                && mirrored.set_port(base.port()).is_ok();
            if moved && let Ok(bytes) = self.bytes(http, mirrored.as_str(), limits) {
                return Ok(bytes);
            }
        }
        self.bytes(http, stated.as_str(), limits)
    }

    fn bytes(&self, http: &Http, url: &str, limits: &Limits) -> Result<Vec<u8>> {
        let authorization = self.credentials.for_url(url);
        let request = Request { url, accept: None, authorization, max_bytes: limits.max_archive_bytes };
        http.get(&request).map(|answer| answer.body)
    }
}

/// The registry's and the tarball's address. A registry with TLS may not send us to a host without.
fn addresses(base: &str, tarball: &str) -> Result<(Url, Url)> {
    let bad = |why: String| SourceError::BadAnswer { url: redact_url(base), why };
    let base = Url::parse(base).map_err(|e| bad(format!("the configured address is not one: {e}")))?;
    let mut stated = base.join(tarball).map_err(|e| bad(format!("the tarball's address is not one: {e}")))?;
    if !matches!(stated.scheme(), "http" | "https") {
        return Err(bad(format!("the tarball's address has the scheme {}", stated.scheme())));
    }
    if base.scheme() == "https" && stated.scheme() == "http" {
        let _ = stated.set_scheme("https");
    }
    let _ = stated.set_username("");
    let _ = stated.set_password(None);
    Ok((base, stated))
}

fn user_file(environment: &ClientEnvironment) -> Option<PathBuf> {
    let named = ["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"].iter().find_map(|n| environment.var(n));
    let named = named.map(PathBuf::from).filter(|f| f.is_absolute());
    named.or_else(|| Some(environment.home.as_ref()?.join(".npmrc")))
}

/// The path of a package's document; names come from lockfiles, so they are checked.
fn path_of(name: &str) -> Result<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.~!'()*".contains(c);
    let (scope, bare) = match name.strip_prefix('@').and_then(|n| n.split_once('/')) {
        Some((scope, bare)) => (Some(scope), bare),
        None => (None, name),
    };
    let good = |part: &str| !part.is_empty() && part != "." && part != ".." && part.chars().all(allowed);
    if !good(bare) || !scope.is_none_or(good) {
        return Err(SourceError::BadInput { what: format!("`{name}` is not the name of an npm package") });
    }
    Ok(scope.map_or_else(|| bare.to_owned(), |scope| format!("@{scope}%2f{bare}")))
}

fn file_name(address: &str) -> &str {
    address.split(['?', '#']).next().and_then(|p| p.rsplit('/').next()).unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_registry() {
        assert_eq!(path_of("@a/b").unwrap(), "@a%2fb");
        for bad in ["../x", "a/b", "@a/../b", "@/x", "", "a?b", "a#b", "a b", "@a/b/c"] {
            assert!(path_of(bad).is_err(), "{bad}");
        }
    }
}
