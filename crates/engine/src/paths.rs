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
    if language == Language::Go && !is_go_code(path) {
        return None;
    }
    let data = language == Language::Json && (size > MAX_JSON_BYTES || NOT_CODE.contains(&name));
    (!data).then_some(language)
}

/// Largest file without an extension that is looked into.
const MAX_COMMAND_BYTES: u64 = 1 << 20;

/// How much of a file without an extension is looked at.
const MAX_LOOKED_AT: usize = 16 << 10;

/// True for a file without an extension whose first line may say that Node.js runs it.
pub(crate) fn may_be_command(path: &str, size: u64) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    size <= MAX_COMMAND_BYTES && !name.is_empty() && name.bytes().all(plain)
}

/// The language of a command, or of a script without an extension.
pub(crate) fn command_language(path: &str, bytes: &[u8]) -> Option<Language> {
    if !may_be_command(path, bytes.len() as u64) {
        return None;
    }
    if !bytes.starts_with(b"#!") {
        // `require` loads a file without an extension as a script.
        let begin = &bytes[..bytes.len().min(MAX_LOOKED_AT)];
        let says = |word: &[u8]| begin.windows(word.len()).any(|window| window == word);
        return (says(b"require(") || says(b"module.exports")).then_some(Language::JavaScript);
    }
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let runs_node = |word: &[u8]| word == b"node" || word.ends_with(b"/node");
    line[2..].split(u8::is_ascii_whitespace).any(runs_node).then_some(Language::JavaScript)
}

/// Go builds no files of folders that hold copies of other modules, data of tests, or start with a dot or an underscore.
fn is_go_code(path: &str) -> bool {
    let unbuilt = |part: &str| part == "vendor" || part == "testdata" || part.starts_with(['.', '_']);
    !path.split('/').any(unbuilt)
}

/// True when `path` lies in `folder` (or the folder is the root).
pub(crate) fn lies_in(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
