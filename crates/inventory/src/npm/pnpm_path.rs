//! pnpm's dependency paths: `/name/1.0.0_peer`, `/name@1.0.0(peer)`, `name@1.0.0(peer)`, `host/name/1.0.0`, addresses.

use super::spec::split_at_version;

/// The path without the peers in parentheses.
pub fn without_peers(path: &str) -> &str {
    path.find('(').map_or(path, |at| &path[..at])
}

/// Name and, for registry packages, version; none for what is no dependency path.
pub fn parse(path: &str) -> Option<(String, Option<String>)> {
    let plain = without_peers(path);
    let (rooted, plain) = plain.strip_prefix('/').map_or((false, plain), |rest| (true, rest));
    if let Some((name, reference)) = split_at_version(plain)
        && is_name(name)
        && !plain_slash_version(plain)
    {
        return Some((name.to_owned(), version(reference).map(str::to_owned)));
    }
    let inside = if rooted { plain } else { plain.split_once('/')?.1 };
    match inside.rsplit_once('/') {
        Some((name, last)) => Some(match version(last) {
            Some(version) => (name.to_owned(), Some(version.to_owned())),
            None => (name.rsplit('/').next().unwrap_or(name).to_owned(), None),
        }),
        None => Some((inside.to_owned(), None)),
    }
}

/// True for version 5 paths with a peer suffix, whose `@` belongs to the peer: `foo/1.4.0_bar@2.0.0`.
fn plain_slash_version(plain: &str) -> bool {
    let (head, _) = split_at_version(plain).unwrap_or((plain, ""));
    head.rsplit_once('/').is_some_and(|(_, last)| version(last).is_some())
}

/// `name` or `@scope/name`.
fn is_name(text: &str) -> bool {
    let slashes = text.matches('/').count();
    !text.is_empty() && if text.starts_with('@') { slashes == 1 } else { slashes == 0 }
}

/// What follows the name in a path.
pub fn reference(path: &str) -> &str {
    let plain = without_peers(path);
    split_at_version(plain).map_or(plain, |(_, reference)| reference)
}

/// The version at the start of a reference, its peers cut off; none for addresses and folders.
pub fn version(reference: &str) -> Option<&str> {
    let text = without_peers(reference);
    let text = text.split('_').next().unwrap_or(text);
    let is_version = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(['/', ':']);
    is_version.then_some(text)
}
