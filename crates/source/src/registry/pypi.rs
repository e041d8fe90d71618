//! Python indexes: which file of a release is taken, and how.

use std::str::FromStr;

use faultline_package::{Ecosystem, Integrity, Purl};
use pep440_rs::Version;
use url::Url;

use super::config::{ClientEnvironment, RegistryConfig};
use super::credentials::Credentials;
use super::pipconf::{self, Indexes};
use super::simple::{IndexFile, parse_html, parse_json};
use super::{Artifact, choose, client};
use crate::archive::ArchiveKind;
use crate::error::{Result, SourceError};
use crate::http::{Http, Request};
use crate::integrity::is_checkable;
use crate::limits::Limits;
use crate::repository::redact_url;
use crate::text::has_suffix;

const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.1";

const REMEDY: &str = "set PIP_INDEX_URL or `index-url` in pip.conf, or install pip";

#[derive(Debug)]
pub(super) struct PyPiRegistry {
    indexes: Vec<String>,
    source: &'static str,
    credentials: Credentials,
}

impl PyPiRegistry {
    pub(super) fn find(config: &RegistryConfig, environment: &ClientEnvironment) -> Result<PyPiRegistry> {
        let explicit = Indexes { main: config.pypi.clone(), extra: Vec::new() };
        let mut found = (explicit, "configuration");
        if found.0.main.is_none() {
            found = search(environment);
        }
        let (Indexes { main, extra }, source) = found;
        let main = main.ok_or(SourceError::NotConfigured { ecosystem: "pypi", remedy: REMEDY })?;
        let mut credentials = Credentials::default();
        for (prefix, value) in &config.authorization {
            credentials.add(prefix, value.clone());
        }
        let addresses = std::iter::once(main).chain(extra);
        let indexes = addresses.map(|a| credentials.take_from(a.trim()).trim_end_matches('/').to_owned()).collect();
        let netrc = environment.var("NETRC").map(Into::into);
        if let Some(netrc) = netrc.or_else(|| Some(environment.home.as_ref()?.join(".netrc"))) {
            credentials.add_netrc(&netrc);
        }
        Ok(PyPiRegistry { indexes, source, credentials })
    }

    pub(super) fn address(&self) -> Result<(String, &'static str)> {
        let first = self.indexes.first().map(|a| (redact_url(a), self.source));
        first.ok_or(SourceError::NotConfigured { ecosystem: "pypi", remedy: REMEDY })
    }

    pub(super) fn artifact(
        &self,
        http: &Http,
        name: &str,
        version: &str,
        lockfile: &[Integrity],
        limits: &Limits,
    ) -> Result<Artifact> {
        let name = Purl::new(Ecosystem::PyPi, name, None).full_name();
        let mut last = SourceError::NotFound { what: format!("{name} {version} on the configured index") };
        for index in &self.indexes {
            match self.artifact_of(http, index, &name, version, lockfile, limits) {
                Err(SourceError::NotFound { .. }) => {}
                Err(error) if self.indexes.len() > 1 => last = error,
                other => return other,
            }
        }
        Err(last)
    }

    fn artifact_of(
        &self,
        http: &Http,
        index: &str,
        name: &str,
        version: &str,
        lockfile: &[Integrity],
        limits: &Limits,
    ) -> Result<Artifact> {
        let files = self.files(http, index, name, limits)?;
        let candidates = candidates(files, name, version);
        let chosen = choose_file(candidates, lockfile, limits)
            .map_err(|why| why.error(name, version, &redact_url(index), limits))?;
        let url = without_fragment(&chosen.url);
        let authorization = self.credentials.for_url(&url);
        let request = Request { url: &url, accept: None, authorization, max_bytes: limits.max_archive_bytes };
        let bytes = http.get(&request)?.body;
        let kind = if has_suffix(&chosen.name, ".whl") { ArchiveKind::Wheel } else { ArchiveKind::Sdist };
        let (promised, by) = choose(&for_file(lockfile, &chosen.name), chosen.hashes);
        Ok(Artifact { name: chosen.name, bytes, kind, promised, by })
    }

    fn files(&self, http: &Http, index: &str, name: &str, limits: &Limits) -> Result<Vec<IndexFile>> {
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || name.is_empty() {
            return Err(SourceError::BadInput { what: format!("`{name}` is not the name of a Python package") });
        }
        let url = format!("{index}/{name}/");
        let authorization = self.credentials.for_url(&url);
        let max_bytes = limits.max_metadata_bytes;
        let answer = http.get(&Request { url: &url, accept: Some(ACCEPT), authorization, max_bytes })?;
        if !answer.content_type.contains("json") {
            return Ok(parse_html(&answer.body, &answer.url));
        }
        parse_json(&answer.body, &answer.url)
            .map_err(|e| SourceError::BadAnswer { url: redact_url(&url), why: format!("not an index page: {e}") })
    }
}

/// Environment, then pip's files, then pip itself. Extra indexes count from all of them.
fn search(environment: &ClientEnvironment) -> (Indexes, &'static str) {
    let mut found = pipconf::from_variables(environment);
    let mut source = "environment";
    for file in pipconf::files(environment) {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let read = pipconf::parse(&text);
        if found.main.is_none() && read.main.is_some() {
            (found.main, source) = (read.main, "pip.conf");
        }
        found.extra.extend(read.extra);
    }
    if found.main.is_none() {
        (found.main, source) = (client::pip_default(environment), "pip");
    }
    (found, source)
}

fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}

/// The lockfile's hashes that can belong to a file: those without a file name, and its own.
fn for_file(lockfile: &[Integrity], name: &str) -> Vec<Integrity> {
    lockfile.iter().filter(|i| i.file.as_deref().is_none_or(|f| f == name)).cloned().collect()
}

/// The files of one version, best first.
fn candidates(files: Vec<IndexFile>, name: &str, version: &str) -> Vec<IndexFile> {
    let mut ranked: Vec<(u32, IndexFile)> =
        files.into_iter().filter_map(|f| Some((rank(&f.name, name, version)?, f))).collect();
    ranked.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    ranked.into_iter().map(|(_, f)| f).collect()
}

/// How good a file is, when it is one of this package version: pure wheels, other wheels, source distributions.
fn rank(file: &str, name: &str, version: &str) -> Option<u32> {
    if let Some(stem) = file.strip_suffix(".whl") {
        let parts: Vec<&str> = stem.split('-').collect();
        let [distribution, found, .., python, abi, platform] = parts.as_slice() else {
            return None;
        };
        if !same_name(distribution, name) || !same_version(found, version) {
            return None;
        }
        let python3 = python.split('.').any(|p| p.starts_with("py3") || p.starts_with("cp3"));
        return Some(match (python3, *abi == "none", *platform) {
            (true, true, "any") => 0,
            (true, _, p) if p.contains("linux") && p.contains("x86_64") => 1,
            (true, ..) => 2,
            (false, ..) => 4,
        });
    }
    let stem = [".tar.gz", ".tgz", ".zip"].iter().find_map(|s| file.strip_suffix(s))?;
    let dashes = stem.match_indices('-').map(|(at, _)| at);
    dashes.into_iter().find(|at| same_name(&stem[..*at], name) && same_version(&stem[at + 1..], version)).map(|_| 3)
}

fn same_name(found: &str, name: &str) -> bool {
    Purl::new(Ecosystem::PyPi, found, None).full_name() == name
}

fn same_version(found: &str, wanted: &str) -> bool {
    match (Version::from_str(found), Version::from_str(wanted)) {
        (Ok(found), Ok(wanted)) => found == wanted,
        _ => found == wanted,
    }
}

/// Why no file of a version can be taken.
enum NoFile {
    NoSuchVersion,
    NotInLockfile(Vec<Integrity>, String),
    AllTooLarge(String),
}

impl NoFile {
    fn error(self, name: &str, version: &str, index: &str, limits: &Limits) -> SourceError {
        match self {
            NoFile::NoSuchVersion => SourceError::NotFound { what: format!("{name} {version} on {index}") },
            NoFile::AllTooLarge(what) => SourceError::TooLarge { what, limit: limits.max_archive_bytes, unit: "bytes" },
            NoFile::NotInLockfile(lockfile, actual) => SourceError::HashMismatch {
                what: format!("every file of {name} {version} on {index}"),
                algorithm: "sha256".to_owned(),
                expected: lockfile.iter().map(|i| i.hex.as_str()).collect::<Vec<_>>().join(", "),
                actual,
            },
        }
    }
}

/// The best file that the lockfile allows and that is not too large.
fn choose_file(
    candidates: Vec<IndexFile>,
    lockfile: &[Integrity],
    limits: &Limits,
) -> std::result::Result<IndexFile, NoFile> {
    let Some(first) = candidates.first().cloned() else {
        return Err(NoFile::NoSuchVersion);
    };
    let allowed: Vec<IndexFile> = candidates.into_iter().filter(|f| lockfile_allows(lockfile, f)).collect();
    if allowed.is_empty() {
        let actual = first.hashes.first().map(|h| h.hex.clone()).unwrap_or_default();
        return Err(NoFile::NotInLockfile(lockfile.to_vec(), actual));
    }
    let small = |f: &IndexFile| f.size.is_none_or(|s| s <= limits.max_archive_bytes);
    allowed.into_iter().find(small).ok_or(NoFile::AllTooLarge(first.name))
}

/// False only when both sides state hashes of one algorithm and none agree.
fn lockfile_allows(lockfile: &[Integrity], file: &IndexFile) -> bool {
    if !is_checkable(lockfile) {
        return true;
    }
    let own = for_file(lockfile, &file.name);
    let comparable = |l: &&Integrity| file.hashes.iter().any(|h| h.algorithm == l.algorithm);
    let mut comparable = own.iter().filter(comparable).peekable();
    if comparable.peek().is_none() {
        return is_checkable(&own);
    }
    comparable.any(|l| file.hashes.iter().any(|h| h.algorithm == l.algorithm && h.hex == l.hex))
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn pure_wheels_come_first() {
        let rank = |f| rank(f, "my-pkg", "1.0");
        assert_eq!(rank("my_pkg-1.0-py3-none-any.whl"), Some(0));
        assert_eq!(rank("My.Pkg-1.0.0-py2.py3-none-any.whl"), Some(0));
        assert_eq!(rank("my_pkg-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"), Some(1));
        assert_eq!(rank("my-pkg-1.0.tar.gz"), Some(3));
        assert_eq!(rank("my-pkg-1.0.1.tar.gz"), None);
        assert_eq!(rank("my-pkg-extra-1.0.tar.gz"), None);
        assert_eq!(rank("my_pkg-1.0-py2-none-any.whl"), Some(4));
        assert_eq!(rank("x.whl"), None);
    }
}
