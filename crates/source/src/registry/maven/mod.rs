//! Maven repositories: folders in the standard layout, and the configured repository over HTTP.
//!
//! Folders are asked first: those the caller names, the user's own, the system's. What a file's neighbours
//! (`.sha512`, `.sha256`, `.sha1`, `.md5`) promise is checked.

mod checksum;
mod layout;
mod settings;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use faultline_package::Coordinates;

use super::config::{ClientEnvironment, RegistryConfig};
use super::credentials::Credentials;
use crate::error::{Result, SourceError};
use crate::http::{Http, Request};
use crate::limits::Limits;
use crate::repository::redact_url;
use layout::{Place, listed_versions};

const REMEDY: &str = "set FAULTLINE_MAVEN_REPOSITORY or a mirror in ~/.m2/settings.xml, or name a folder in the \
                      standard layout with FAULTLINE_MAVEN_LOCAL";

/// Where Debian's packages put POMs and links to jars.
const SYSTEM: &str = "usr/share/maven-repo";

/// Maven repositories in the order in which they are asked.
#[derive(Debug)]
pub struct MavenRepositories {
    folders: Vec<PathBuf>,
    remote: Option<(String, &'static str)>,
    credentials: Credentials,
}

/// A file of a Maven repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MavenFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where it came from, for a person.
    pub origin: String,
    /// Whether a checksum was there and fits.
    pub verified: bool,
}

impl MavenRepositories {
    pub(super) fn find(config: &RegistryConfig, environment: &ClientEnvironment) -> MavenRepositories {
        let user = settings::of_user(environment);
        let home = environment.home.as_ref().map(|home| home.join(".m2/repository"));
        let system = environment.system.as_ref().map(|root| root.join(SYSTEM));
        let mut folders = config.maven_local.clone();
        folders.extend(user.local_repository.clone().or(home));
        folders.extend(system);
        folders.retain(|folder| folder.is_dir());
        let mut credentials = Credentials::default();
        for (prefix, value) in &config.authorization {
            credentials.add(prefix, value.clone());
        }
        let stated = config.maven.clone().map(|address| (address, "configuration"));
        let remote = stated.or(user.address.clone()).or_else(|| settings::built_in(environment));
        let mut repositories = MavenRepositories { folders, remote: None, credentials };
        repositories.adopt(remote);
        for (address, value) in user.authorization {
            repositories.credentials.add(&address, value);
        }
        repositories
    }

    /// A `file:` address is a folder like others; credentials leave other addresses.
    fn adopt(&mut self, remote: Option<(String, &'static str)>) {
        let Some((address, source)) = remote else { return };
        if let Some(path) =
            url::Url::parse(&address).ok().filter(|u| u.scheme() == "file").and_then(|u| u.to_file_path().ok())
        {
            self.folders.extend(Some(path).filter(|path| path.is_dir()));
            return;
        }
        let clean = self.credentials.take_from(address.trim());
        self.remote = Some((format!("{}/", clean.trim_end_matches('/')), source));
    }

    /// The address of the repository that is asked over HTTP, without credentials, and where it was found.
    pub fn address(&self) -> Result<(String, &'static str)> {
        let found = self.remote.as_ref().map(|(address, source)| (redact_url(address), *source));
        found.ok_or(SourceError::NotConfigured { ecosystem: "maven", remedy: REMEDY })
    }

    /// Folders in the standard layout that are asked.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// True when a folder has the POM.
    pub fn holds(&self, coordinates: &Coordinates) -> bool {
        let place = Place::new(coordinates, "pom", "");
        place.is_ok_and(|place| self.folders.iter().any(|folder| place.in_folder(folder).is_some()))
    }

    /// A POM.
    pub fn pom(&self, http: &Http, limits: &Limits, coordinates: &Coordinates) -> Result<MavenFile> {
        self.artifact(http, limits, coordinates, "pom", "")
    }

    /// An artifact by its file extension and classifier, which is empty for the main one.
    pub fn artifact(
        &self,
        http: &Http,
        limits: &Limits,
        coordinates: &Coordinates,
        extension: &str,
        classifier: &str,
    ) -> Result<MavenFile> {
        let place = Place::new(coordinates, extension, classifier)?;
        for folder in &self.folders {
            if let Some(path) = place.in_folder(folder) {
                return local(&path, limits);
            }
        }
        let (base, _) =
            self.remote.as_ref().ok_or(SourceError::NotConfigured { ecosystem: "maven", remedy: REMEDY })?;
        let file = self.remote_file_name(http, limits, base, &place);
        let url = format!("{base}{}/{file}", place.folder());
        let max_bytes = if extension == "pom" { limits.max_file_bytes } else { limits.max_archive_bytes };
        let bytes = self.get(http, &url, max_bytes)?;
        let sum = |algorithm: &str| self.get(http, &format!("{url}.{algorithm}"), 4096).ok();
        let verified = checksum::check(&file, &bytes, &["sha1", "sha256", "md5"], true, &sum)?;
        Ok(MavenFile { bytes, origin: redact_url(&url), verified })
    }

    /// The versions that folders hold and the repository lists.
    pub fn versions(&self, http: &Http, limits: &Limits, group: &str, artifact: &str) -> Result<Vec<String>> {
        let place = Place::new(&Coordinates::new(group, artifact, "0"), "pom", "")?;
        let mut versions: BTreeSet<String> =
            self.folders.iter().flat_map(|folder| layout::versions_in(folder, &place)).collect();
        let remote = self.remote.as_ref().map(|(base, _)| {
            let url = format!("{base}{}/maven-metadata.xml", place.parent());
            self.get(http, &url, limits.max_file_bytes)
        });
        match remote {
            Some(Ok(bytes)) => versions.extend(listed_versions(&bytes)),
            Some(Err(error)) if versions.is_empty() => return Err(error),
            None if versions.is_empty() => {
                return Err(SourceError::NotConfigured { ecosystem: "maven", remedy: REMEDY });
            }
            _ => {}
        }
        Ok(versions.into_iter().collect())
    }

    /// The file of a snapshot is named by its time.
    fn remote_file_name(&self, http: &Http, limits: &Limits, base: &str, place: &Place) -> String {
        if !place.is_snapshot() {
            return place.file();
        }
        let url = format!("{base}{}/maven-metadata.xml", place.folder());
        let metadata = self.get(http, &url, limits.max_file_bytes).ok();
        metadata.and_then(|bytes| layout::snapshot_version(&bytes)).map_or_else(|| place.file(), |v| place.file_at(&v))
    }

    fn get(&self, http: &Http, url: &str, max_bytes: u64) -> Result<Vec<u8>> {
        let authorization = self.credentials.for_url(url);
        http.get(&Request { url, accept: None, authorization, max_bytes }).map(|answer| answer.body)
    }
}

fn local(path: &Path, limits: &Limits) -> Result<MavenFile> {
    let io = |error: std::io::Error| SourceError::io(path, &error);
    let metadata = std::fs::metadata(path).map_err(io)?;
    let what = path.display().to_string();
    if metadata.len() > limits.max_archive_bytes {
        return Err(SourceError::TooLarge { what, limit: limits.max_archive_bytes, unit: "bytes" });
    }
    let bytes = std::fs::read(path).map_err(io)?;
    let sum = |algorithm: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(algorithm);
        let file = PathBuf::from(name);
        file.metadata().is_ok_and(|m| m.is_file() && m.len() < 4096).then(|| std::fs::read(&file).ok()).flatten()
    };
    let verified = checksum::check(&what, &bytes, &["sha512", "sha256", "sha1", "md5"], false, &sum)?;
    Ok(MavenFile { bytes, origin: what, verified })
}
