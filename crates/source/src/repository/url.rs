//! Remote addresses: one identity for all the ways to write them, and never with credentials.

use url::Url;

/// `host/path` of a remote address, the same for https, ssh and `user@host:path`; `None` when it is a local path.
pub fn normalise_url(address: &str) -> Option<String> {
    let address = address.trim();
    let (host, path) = match Url::parse(address) {
        Ok(url) if url.has_host() && url.scheme() != "file" => (host_of(&url)?, url.path().to_owned()),
        _ => scp_like(address)?,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
    (!host.is_empty() && !path.is_empty()).then(|| format!("{}/{path}", host.to_lowercase()))
}

fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let usual = matches!((url.scheme(), url.port()), ("ssh", Some(22)) | ("git", Some(9418)));
    Some(match url.port() {
        Some(port) if !usual => format!("{host}:{port}"),
        _ => host.to_owned(),
    })
}

/// `user@host:path`, as ssh users write it.
pub(crate) fn scp_like(address: &str) -> Option<(String, String)> {
    let (before, path) = address.split_once(':')?;
    let host = before.rsplit('@').next()?;
    let windows_drive = before.len() == 1;
    let plausible = !before.contains('/') && !windows_drive && !path.starts_with("//") && !host.starts_with('-');
    (plausible && !host.is_empty()).then(|| (host.to_owned(), path.to_owned()))
}

/// The address without user name, password, query and fragment, for messages.
pub fn redact_url(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return address.to_owned();
    };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
