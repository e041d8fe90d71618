//! Package registries: where they are, and package versions out of them.
//!
//! Addresses and credentials come, in this order, from the caller, the environment, the user's own client files and
//! the installed client. Nothing inside a scanned repository is asked, and no host is known to this code.

mod client;
mod config;
mod crates;
mod credentials;
mod goproxy;
mod maven;
mod named;
mod npm;
mod npmrc;
mod pipconf;
mod pypi;
mod simple;

use std::path::PathBuf;
use std::sync::OnceLock;

use faultline_package::{Coordinates, Ecosystem, Integrity, Purl};

pub use config::{ClientEnvironment, RegistryConfig};
pub use maven::{MavenFile, MavenRepositories};

use crate::archive::{ArchiveKind, Keep, PackageFiles, unpack, unpack_jar};
use crate::error::{Result, SourceError, reason};
use crate::http::Http;
use crate::integrity::{digest, is_checkable, verify};
use crate::limits::Limits;
use crate::local;

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
    go: OnceLock<Result<goproxy::GoProxy>>,
    cargo: OnceLock<Result<crates::CratesRegistry>>,
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
    /// SHA-256 and SHA-512 of the artifact.
    pub digests: Vec<Integrity>,
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
        Registries {
            config,
            environment,
            http,
            limits,
            npm: OnceLock::new(),
            pypi: OnceLock::new(),
            go: OnceLock::new(),
            cargo: OnceLock::new(),
            maven: OnceLock::new(),
        }
    }

    /// The address used for an ecosystem, without credentials, and where it was found.
    pub fn address(&self, ecosystem: Ecosystem) -> Result<(String, &'static str)> {
        match ecosystem {
            Ecosystem::Npm => self.npm().address(),
            Ecosystem::PyPi => self.pypi()?.address(),
            Ecosystem::Maven => self.maven().address(),
            Ecosystem::Go => self.go()?.address(),
            Ecosystem::Cargo => Ok(self.cargo()?.address()),
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
            Ecosystem::Go => self.go()?.artifact(&self.http, &name, version, promised, &self.limits)?,
            Ecosystem::Cargo => self.cargo()?.artifact(&self.http, &name, version, promised, &self.limits)?,
            other => return Err(unsupported(other)),
        };
        let fetched = self.open(artifact, keep)?;
        // What a lockfile promises byte for byte is what is installed, whatever it calls itself.
        if fetched.verified != Verified::Lockfile {
            named::check(purl, &fetched.artifact, &fetched.files)?;
        }
        Ok(fetched)
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
        let suffix = if classifier.is_empty() { String::new() } else { format!("-{classifier}") };
        let digests = digests(&format!("{}-{version}{suffix}.{extension}", purl.name()), &file.bytes);
        Ok(Fetched { files, artifact: name, verified: by, digests })
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
        let checked = is_checkable(&promised) || (kind == ArchiveKind::GoModule && by == Verified::Lockfile);
        if !checked {
            by = Verified::Not;
            files.problems.push(reason("not_verified", "neither lockfile nor registry state a usable hash", &name));
        }
        let digests = digests(&name, &bytes);
        Ok(Fetched { files, artifact: name, verified: by, digests })
    }

    /// A package version out of what the user's own clients keep on this machine: Go's module cache and library,
    /// cargo's cache. Uses no network. Returns the files and where they were found.
    pub fn cached(&self, purl: &Purl, promised: &[Integrity], keep: Keep) -> Result<(PackageFiles, &'static str)> {
        let version = purl.version().unwrap_or_default();
        let name = purl.full_name();
        let (environment, limits) = (&self.environment, &self.limits);
        match purl.ecosystem() {
            Ecosystem::Go if name == "stdlib" => {
                Ok((local::golang::standard_library(environment, version, limits, keep)?, "installed Go"))
            }
            Ecosystem::Go => {
                let files = local::golang::cached(environment, (&name, version), promised, limits, keep)?;
                Ok((files, "module cache"))
            }
            Ecosystem::Cargo => {
                let files = local::cargo::cached(environment, (&name, version), promised, limits, keep)?;
                Ok((files, "cargo's cache"))
            }
            other => Err(unsupported(other)),
        }
    }

    /// A Go module out of a source tree that does not tell versions (`$GOPATH/src`, Debian's `golang-*-dev` packages).
    ///
    /// The last resort: the files may be of another version, and a problem says so.
    pub fn unversioned(&self, purl: &Purl, keep: Keep) -> Result<PackageFiles> {
        if purl.ecosystem() != Ecosystem::Go {
            return Err(unsupported(purl.ecosystem()));
        }
        let version = purl.version().unwrap_or_default();
        local::golang::unversioned(&self.environment, (&purl.full_name(), version), &self.limits, keep)
    }

    /// Folders on this machine where packages of an ecosystem are looked for and that exist.
    pub fn local_places(&self, ecosystem: Ecosystem) -> Vec<PathBuf> {
        let environment = &self.environment;
        let mut places = match ecosystem {
            Ecosystem::Go => {
                let mut all = local::golang::caches(environment);
                all.extend(local::golang::source_trees(environment));
                all.extend(local::golang::go_roots(environment));
                all
            }
            Ecosystem::Cargo => local::cargo::cargo_home(environment).into_iter().map(|h| h.join("registry")).collect(),
            _ => Vec::new(),
        };
        places.retain(|place| place.is_dir());
        places
    }

    fn go(&self) -> Result<&goproxy::GoProxy> {
        let found = self.go.get_or_init(|| goproxy::GoProxy::find(&self.config, &self.environment));
        found.as_ref().map_err(Clone::clone)
    }

    fn cargo(&self) -> Result<&crates::CratesRegistry> {
        let found = self.cargo.get_or_init(|| crates::CratesRegistry::find(&self.config, &self.environment));
        found.as_ref().map_err(Clone::clone)
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

/// SHA-256 and SHA-512 of an artifact.
fn digests(file: &str, bytes: &[u8]) -> Vec<Integrity> {
    let one = |algorithm: &str| {
        let hex = digest(algorithm, bytes)?;
        Some(Integrity { algorithm: algorithm.to_owned(), hex, file: Some(file.to_owned()) })
    };
    ["sha256", "sha512"].into_iter().filter_map(one).collect()
}
