//! What a requirement text says about where the package comes from.

use faultline_package::Origin;

/// A requirement, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spec<'a> {
    /// A version, range or tag of the registry.
    Registry(&'a str),
    /// `npm:name@range`: another package under the dependent's own name for it.
    Alias(&'a str, &'a str),
    /// A git repository.
    Git,
    /// An archive: an address, or a local file.
    Url,
    /// A folder, relative to the dependent.
    Path(&'a str),
    /// `link:`: a symbolic link to a folder, relative to the dependent.
    Link(&'a str),
    /// `workspace:`: a member of the same workspace.
    Workspace(&'a str),
}

impl Spec<'_> {
    /// Where a package required in this way comes from.
    pub fn origin(self) -> Origin {
        match self {
            Spec::Registry(_) | Spec::Alias(..) => Origin::Registry,
            Spec::Git => Origin::Git,
            Spec::Url => Origin::Url,
            Spec::Path(_) | Spec::Workspace(_) => Origin::Path,
            Spec::Link(_) => Origin::Link,
        }
    }
}

/// Takes a requirement of a manifest or a lockfile apart.
pub fn classify(text: &str) -> Spec<'_> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("npm:") {
        return alias(rest);
    }
    if let Some(rest) = text.strip_prefix("workspace:") {
        return Spec::Workspace(rest);
    }
    if let Some(rest) = text.strip_prefix("link:") {
        return Spec::Link(rest);
    }
    if let Some(rest) = text.strip_prefix("portal:") {
        return Spec::Path(rest);
    }
    if let Some(rest) = text.strip_prefix("file:") {
        return if is_archive(rest) { Spec::Url } else { Spec::Path(rest) };
    }
    if is_git(text) {
        return Spec::Git;
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Spec::Url;
    }
    if text.starts_with("./") || text.starts_with("../") || text.starts_with('/') || text.starts_with("~/") {
        return if is_archive(text) { Spec::Url } else { Spec::Path(text) };
    }
    Spec::Registry(text)
}

/// What follows `npm:`: an alias, or (yarn) a plain range.
fn alias(text: &str) -> Spec<'_> {
    match split_at_version(text) {
        Some((name, range)) => Spec::Alias(name, range),
        None if text.starts_with('@') => Spec::Alias(text, ""),
        None => Spec::Registry(text),
    }
}

/// `name@rest` or `@scope/name@rest` at the `@` that ends the name.
pub fn split_at_version(text: &str) -> Option<(&str, &str)> {
    let at = text.get(1..)?.find('@')? + 1;
    Some((&text[..at], &text[at + 1..]))
}

/// True for every way to write a git repository, shorthands of code hosts included.
pub fn is_git(text: &str) -> bool {
    const PREFIXES: [&str; 11] =
        ["git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:", "git ", "sourcehut:", "commit:"];
    if PREFIXES.iter().any(|p| text.starts_with(p)) {
        return true;
    }
    let (base, fragment) = text.split_once('#').unwrap_or((text, ""));
    if base.starts_with("http://") || base.starts_with("https://") {
        return is_git_address(base, fragment);
    }
    is_shorthand(base)
}

fn is_git_address(base: &str, fragment: &str) -> bool {
    let has_git_suffix = std::path::Path::new(base).extension().is_some_and(|e| e.eq_ignore_ascii_case("git"));
    has_git_suffix
        || fragment.starts_with("commit=")
        || fragment.starts_with("commit:")
        || base.starts_with("https://codeload.github.com/")
        || (base.starts_with("https://github.com/") && base.matches('/').count() == 4)
}

/// `user/repository`, as npm and yarn let one write a repository of their favourite host.
fn is_shorthand(base: &str) -> bool {
    let Some((user, repository)) = base.split_once('/') else { return false };
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !part.starts_with('.')
    };
    plain(user) && plain(repository)
}

/// True for the archive file names that npm unpacks.
pub fn is_archive(text: &str) -> bool {
    let text = text.split(['#', '?']).next().unwrap_or(text);
    [".tgz", ".tar.gz", ".tar"].iter().any(|suffix| text.ends_with(suffix))
}
