//! Package registries: where they are, and package versions out of them.
//!
//! Addresses and credentials come, in this order, from the caller, the environment, the user's own client files and
//! the installed client. Nothing inside a scanned repository is asked, and no host is known to this code.

mod client;
mod config;
mod credentials;
mod maven;
mod npm;
mod npmrc;
mod pipconf;
mod pypi;
mod simple;

use std::sync::OnceLock;

use faultline_package::{Coordinates, Ecosystem, Integrity, Purl};

pub use config::{ClientEnvironment, RegistryConfig};
pub use maven::{MavenFile, MavenRepositories};

use crate::archive::{ArchiveKind, Keep, PackageFiles, unpack, unpack_jar};
use crate::error::{Result, SourceError, reason};
use crate::http::Http;
use crate::integrity::{is_checkable, verify};
use crate::limits::Limits;

/// The registries of every ecosystem. Addresses are looked up when first needed.
#[derive(Debug)]
pub struct Registries {
    config: RegistryConfig,
    environment: ClientEnvironment,
    http: Http,
    limits: Limits,
    npm: OnceLock<npm::NpmRegistry>,
    pypi: OnceLock<Result<pypi::PyPiRegistry>>,
    maven: OnceLock<MavenRepositories>,
}

/// A package version as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its files.
    pub files: PackageFiles,
    /// File name of the artifact.
    pub artifact: String,
    /// Whose hash the bytes were checked against.
    pub verified: Verified,
}

/// Whose promise the bytes of an artifact kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verified {
    /// The lockfile's.
    Lockfile,
    /// The registry's.
    Registry,
    /// Nobody promised a hash that counts.
    Not,
}

/// An artifact before it is unpacked.
struct Artifact {
    name: String,
    bytes: Vec<u8>,
    kind: ArchiveKind,
    promised: Vec<Integrity>,
    by: Verified,
}

impl Registries {
    /// Registries as configured; nothing is read or asked yet.
    pub fn new(config: RegistryConfig, environment: ClientEnvironment, http: Http, limits: Limits) -> Registries {
        let (npm, pypi, maven) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Registries { config, environment, http, limits, npm, pypi, maven }
    }

    /// The address used for an ecosystem, without credentials, and where it was found.
    pub fn address(&self, ecosystem: Ecosystem) -> Result<(String, &'static str)> {
        match ecosystem {
            Ecosystem::Npm => self.npm().address(),
            Ecosystem::PyPi => self.pypi()?.address(),
            Ecosystem::Maven => self.maven().address(),
            other => Err(unsupported(other)),
        }
    }

    /// Fetches a package version, checks it, and unpacks the files the caller wants to keep.
    ///
    /// `promised` are the hashes of the lockfile; without any the registry's are used.
    pub fn fetch(&self, purl: &Purl, promised: &[Integrity], keep: Keep) -> Result<Fetched> {
        let Some(version) = purl.version() else {
            return Err(SourceError::BadInput { what: format!("{purl} has no version, so it cannot be fetched") });
        };
        let name = purl.full_name();
        let artifact = match purl.ecosystem() {
            Ecosystem::Npm => self.npm().artifact(&self.http, &name, version, promised, &self.limits)?,
            Ecosystem::PyPi => self.pypi()?.artifact(&self.http, &name, version, promised, &self.limits)?,
            Ecosystem::Maven => return self.fetch_maven(purl, "jar", "", promised, keep),
            other => return Err(unsupported(other)),
        };
        self.open(artifact, keep)
    }

    /// Fetches one artifact of a Maven package version; nested jars are unpacked too.
    pub fn fetch_maven(
        &self,
        purl: &Purl,
        extension: &str,
        classifier: &str,
        promised: &[Integrity],
        keep: Keep,
    ) -> Result<Fetched> {
        let (group, version) = (purl.namespace().unwrap_or_default(), purl.version().unwrap_or_default());
        let coordinates = Coordinates::new(group, purl.name(), version);
        let file = self.maven().artifact(&self.http, &self.limits, &coordinates, extension, classifier)?;
        let name = format!("{coordinates} ({})", file.origin);
        verify(&name, &file.bytes, promised)?;
        let mut files = unpack_jar(&name, &file.bytes, &self.limits, keep)?;
        let by = match (is_checkable(promised), file.verified) {
            (true, _) => Verified::Lockfile,
            (false, true) => Verified::Registry,
            (false, false) => Verified::Not,
        };
        if by == Verified::Not {
            files.problems.push(reason("not_verified", "neither lockfile nor repository state a usable hash", &name));
        }
        Ok(Fetched { files, artifact: name, verified: by })
    }

    /// The POM of a Maven package version.
    pub fn maven_pom(&self, coordinates: &Coordinates) -> Result<MavenFile> {
        self.maven().pom(&self.http, &self.limits, coordinates)
    }

    /// The versions of a Maven package that are to be had.
    pub fn maven_versions(&self, group: &str, artifact: &str) -> Result<Vec<String>> {
        self.maven().versions(&self.http, &self.limits, group, artifact)
    }

    /// The Maven repositories.
    pub fn maven(&self) -> &MavenRepositories {
        self.maven.get_or_init(|| MavenRepositories::find(&self.config, &self.environment))
    }

    fn open(&self, artifact: Artifact, keep: Keep) -> Result<Fetched> {
        let Artifact { name, bytes, kind, promised, mut by } = artifact;
        verify(&name, &bytes, &promised)?;
        let mut files = unpack(&name, &bytes, kind, &self.limits, keep)?;
        if !is_checkable(&promised) {
            by = Verified::Not;
            files.problems.push(reason("not_verified", "neither lockfile nor registry state a usable hash", &name));
        }
        Ok(Fetched { files, artifact: name, verified: by })
    }

    fn npm(&self) -> &npm::NpmRegistry {
        self.npm.get_or_init(|| npm::NpmRegistry::find(&self.config, &self.environment))
    }

    fn pypi(&self) -> Result<&pypi::PyPiRegistry> {
        let found = self.pypi.get_or_init(|| pypi::PyPiRegistry::find(&self.config, &self.environment));
        found.as_ref().map_err(Clone::clone)
    }
}

fn unsupported(ecosystem: Ecosystem) -> SourceError {
    let remedy = "packages of this ecosystem are not fetched yet; keep their sources in the checkout";
    SourceError::NotConfigured { ecosystem: ecosystem.purl_type(), remedy }
}

/// The promises to check against: the lockfile's, else the registry's.
fn choose(lockfile: &[Integrity], registry: Vec<Integrity>) -> (Vec<Integrity>, Verified) {
    if is_checkable(lockfile) { (lockfile.to_vec(), Verified::Lockfile) } else { (registry, Verified::Registry) }
}
