//! Credentials by address. One is only ever sent to the address it was configured for.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

/// `Authorization` values, each for addresses below a prefix.
#[derive(Clone, Default)]
pub(super) struct Credentials(Vec<(Prefix, String)>);

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.0.len())
    }
}

/// What an address must begin with. Without a scheme both http and https fit, as with npm.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Prefix {
    scheme: Option<String>,
    host: String,
    path: String,
}

impl Prefix {
    fn new(address: &str) -> Option<Prefix> {
        let scheme = address.split_once("//")?.0.trim_end_matches(':');
        let url = if scheme.is_empty() { format!("https:{address}") } else { address.to_owned() };
        let url = Url::parse(&url).ok()?;
        let scheme = (!scheme.is_empty()).then(|| scheme.to_ascii_lowercase());
        Some(Prefix { scheme, host: host(&url)?, path: with_slash(url.path()) })
    }

    fn fits(&self, url: &Url) -> bool {
        self.scheme.as_deref().is_none_or(|s| s == url.scheme())
            && host(url).as_deref() == Some(self.host.as_str())
            && with_slash(url.path()).starts_with(&self.path)
    }
}

fn host(url: &Url) -> Option<String> {
    let name = url.host_str()?;
    Some(url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}")))
}

fn with_slash(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

impl Credentials {
    /// Adds a header value for all addresses below `prefix` (`https://host/path/` or `//host/path/`).
    ///
    /// What is added first wins over what is added later for the same prefix.
    pub(super) fn add(&mut self, prefix: &str, authorization: String) {
        if let Some(prefix) = Prefix::new(prefix).filter(|_| !authorization.contains(['\r', '\n'])) {
            self.0.push((prefix, authorization));
        }
    }

    /// The header value for an address: that of the longest prefix.
    pub(super) fn for_url(&self, address: &str) -> Option<&str> {
        let url = Url::parse(address).ok()?;
        let mut best: Option<&(Prefix, String)> = None;
        for candidate in self.0.iter().filter(|(p, _)| p.fits(&url)) {
            if best.is_none_or(|b| candidate.0.path.len() > b.0.path.len()) {
                best = Some(candidate);
            }
        }
        best.map(|(_, authorization)| authorization.as_str())
    }

    /// Takes user name and password out of an address and keeps them for it.
    pub(super) fn take_from(&mut self, address: &str) -> String {
        let Ok(mut url) = Url::parse(address) else {
            return address.to_owned();
        };
        if url.username().is_empty() && url.password().is_none() {
            return address.to_owned();
        }
        let authorization = basic(&decode(url.username()), &decode(url.password().unwrap_or_default()));
        let _ = url.set_username("");
        let _ = url.set_password(None);
        // The files of an index lie elsewhere on its host.
        let mut origin = url.clone();
        origin.set_path("/");
        origin.set_query(None);
        self.add(origin.as_str(), authorization);
        url.to_string()
    }

    /// Adds what a `.netrc` file says. Its `default` entry names no host, so it is not used.
    pub(super) fn add_netrc(&mut self, file: &Path) {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let mut words = text.split_whitespace();
        let (mut machine, mut login) = (None, None);
        while let Some(word) = words.next() {
            match word {
                "machine" => (machine, login) = (words.next(), None),
                "default" => (machine, login) = (None, None),
                "login" => login = words.next(),
                "password" => {
                    if let (Some(machine), Some(password)) = (machine, words.next()) {
                        self.add(&format!("https://{machine}/"), basic(login.unwrap_or_default(), password));
                    }
                }
                _ => {}
            }
        }
    }
}

pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Percent-decoded text.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_below_their_prefix() {
        let mut credentials = Credentials::default();
        credentials.add("//registry.example/team/", "Bearer team".into());
        credentials.add("//registry.example/", "Bearer all".into());
        assert_eq!(credentials.for_url("https://registry.example/team/x"), Some("Bearer team"));
        assert_eq!(credentials.for_url("https://registry.example/teams/x"), Some("Bearer all"));
        assert_eq!(credentials.for_url("https://registry.example:8443/x"), None);
        assert_eq!(credentials.for_url("https://registry.example.evil.example/x"), None);
        assert_eq!(credentials.for_url("https://registry.example@evil.example/x"), None);
    }

    #[test]
    fn credentials_in_an_address_leave_it() {
        let mut credentials = Credentials::default();
        let clean = credentials.take_from("https://me:p%40ss@index.example/simple/");
        assert_eq!(clean, "https://index.example/simple/");
        assert_eq!(credentials.for_url("https://index.example/files/x"), Some(basic("me", "p@ss").as_str()));
        assert_eq!(credentials.for_url("http://index.example/files/x"), None);
    }
}
