//! Which files of a tree are read, by their paths.

use faultline_facts::Language;

/// Folders that hold other people's installed code: never first-party.
const INSTALLED: [&str; 6] = ["node_modules", "site-packages", "bower_components", ".venv", ".tox", ".git"];

/// Lockfiles and the like: JSON by name, but data that no code loads.
const NOT_CODE: [&str; 5] =
    ["package-lock.json", "npm-shrinkwrap.json", "Pipfile.lock", "tsconfig.json", "composer.lock"];

/// Largest JSON file that counts as code; larger ones are data.
const MAX_JSON_BYTES: u64 = 256 << 10;

/// True when the path lies in a folder that a package manager filled.
pub(crate) fn is_installed(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/').any(|part| INSTALLED.contains(&part))
}

/// The language of a file whose facts are wanted.
pub(crate) fn source_language(path: &str, size: u64) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let language = faultline_extract::language_of(path)?;
    let data = language == Language::Json && (size > MAX_JSON_BYTES || NOT_CODE.contains(&name));
    (!data).then_some(language)
}

/// True when `path` lies in `folder` (or the folder is the root).
pub(crate) fn lies_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
