//! Go module proxies: where they are, and archives out of them.

use std::path::Path;

use faultline_package::Integrity;

use super::config::{ClientEnvironment, RegistryConfig};
use super::credentials::Credentials;
use super::{Artifact, Verified, client};
use crate::archive::ArchiveKind;
use crate::error::{Result, SourceError};
use crate::golang::{escape, is_promised, verify};
use crate::http::{Http, Request};
use crate::limits::Limits;
use crate::repository::redact_url;

const REMEDY: &str = "set GOPROXY, or install go; or run `go mod vendor` or `go mod download`";

#[derive(Debug)]
pub(super) struct GoProxy {
    proxies: Vec<String>,
    source: &'static str,
    /// Patterns of modules that no proxy may hear of.
    private: Vec<String>,
    credentials: Credentials,
}

impl GoProxy {
    pub(super) fn find(config: &RegistryConfig, environment: &ClientEnvironment) -> Result<GoProxy> {
        let none = SourceError::NotConfigured { ecosystem: "golang", remedy: REMEDY };
        let (list, source) = search(config, environment).ok_or_else(|| none.clone())?;
        let mut credentials = Credentials::default();
        for (prefix, value) in &config.authorization {
            credentials.add(prefix, value.clone());
        }
        // What lies behind `direct` are version control systems, and behind `off` nothing.
        let addresses = list.split([',', '|']).map(str::trim).take_while(|p| !matches!(*p, "direct" | "off"));
        let addresses = addresses.filter(|p| !p.is_empty());
        let proxies: Vec<String> =
            addresses.map(|p| credentials.take_from(p).trim_end_matches('/').to_owned()).collect();
        let netrc = environment.var("NETRC").map(Into::into);
        if let Some(netrc) = netrc.or_else(|| Some(environment.home.as_ref()?.join(".netrc"))) {
            credentials.add_netrc(&netrc);
        }
        let private = environment.go_setting("GONOPROXY").or_else(|| environment.go_setting("GOPRIVATE"));
        let private = private.unwrap_or_default();
        let private = private.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
        if proxies.is_empty() { Err(none) } else { Ok(GoProxy { proxies, source, private, credentials }) }
    }

    pub(super) fn address(&self) -> Result<(String, &'static str)> {
        let first = self.proxies.first().map(|p| (redact_url(p), self.source));
        first.ok_or(SourceError::NotConfigured { ecosystem: "golang", remedy: REMEDY })
    }

    pub(super) fn artifact(
        &self,
        http: &Http,
        path: &str,
        version: &str,
        lockfile: &[Integrity],
        limits: &Limits,
    ) -> Result<Artifact> {
        let file = format!("{}/@v/{}.zip", escape(path)?, escape(version)?);
        let what = format!("{path}@{version}");
        if self.private.iter().any(|pattern| covers(pattern, path)) {
            let what = format!("{what} is private (GONOPROXY, GOPRIVATE), so no proxy is asked; vendor it");
            return Err(SourceError::BadInput { what });
        }
        let mut last = SourceError::NotFound { what: format!("{what} on the configured proxy") };
        for proxy in &self.proxies {
            match self.bytes(http, &format!("{proxy}/{file}"), limits) {
                Ok(bytes) => {
                    verify(&what, &bytes, lockfile, limits)?;
                    let by = if is_promised(lockfile) { Verified::Lockfile } else { Verified::Not };
                    return Ok(Artifact { name: what, bytes, kind: ArchiveKind::GoModule, promised: Vec::new(), by });
                }
                Err(SourceError::NotFound { .. }) => {}
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn bytes(&self, http: &Http, url: &str, limits: &Limits) -> Result<Vec<u8>> {
        if let Some(file) = url.strip_prefix("file://") {
            return of_file(Path::new(file), limits);
        }
        let authorization = self.credentials.for_url(url);
        let request = Request { url, accept: None, authorization, max_bytes: limits.max_archive_bytes };
        http.get(&request).map(|answer| answer.body)
    }
}

fn of_file(file: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let metadata = std::fs::metadata(file).map_err(|e| SourceError::io(file, &e))?;
    if metadata.len() > limits.max_archive_bytes {
        let what = file.display().to_string();
        return Err(SourceError::TooLarge { what, limit: limits.max_archive_bytes, unit: "bytes" });
    }
    std::fs::read(file).map_err(|e| SourceError::io(file, &e))
}

/// Configuration, environment, Go's own file of settings, then the installed go.
fn search(config: &RegistryConfig, environment: &ClientEnvironment) -> Option<(String, &'static str)> {
    let of = |text: Option<&str>, source: &'static str| text.filter(|t| !t.is_empty()).map(|t| (t.to_owned(), source));
    of(config.go.as_deref(), "configuration")
        .or_else(|| of(environment.var("GOPROXY"), "environment"))
        .or_else(|| of(environment.go_setting("GOPROXY").as_deref(), "go env"))
        .or_else(|| of(of_root(environment).as_deref(), "go"))
        .or_else(|| of(client::go_default(environment).as_deref(), "go"))
}

/// Installed Gos keep their defaults in `go.env`.
fn of_root(environment: &ClientEnvironment) -> Option<String> {
    let roots = crate::local::golang::go_roots(environment);
    roots.iter().find_map(|root| super::config::setting_in(&root.join("go.env"), "GOPROXY"))
}

/// Go's patterns: a glob over the first parts of a module path.
fn covers(pattern: &str, path: &str) -> bool {
    let count = pattern.split('/').count();
    let head: Vec<&str> = path.split('/').take(count).collect();
    let parts: Vec<&str> = pattern.split('/').collect();
    head.len() == count && parts.iter().zip(head).all(|(pattern, part)| glob(pattern.as_bytes(), part.as_bytes()))
}

/// `*` and `?` within one part.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_private_modules() {
        assert!(covers("*.corp.example", "git.corp.example/a/b"));
        assert!(covers("git.example/team", "git.example/team/x"));
        assert!(!covers("git.example/team", "git.example/teams"));
        assert!(!covers("git.example/team", "git.example"));
        assert!(covers("git.example/t?am-*", "git.example/team-a/v2"));
    }
}
