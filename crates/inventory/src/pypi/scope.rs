//! Names of dependency groups and requirement files to scopes.

use faultline_package::Scope;

const DEV: [&str; 37] = [
    "dev",
    "devel",
    "develop",
    "development",
    "developer",
    "developers",
    "devtools",
    "lint",
    "linting",
    "linter",
    "linters",
    "doc",
    "docs",
    "documentation",
    "mypy",
    "typing",
    "types",
    "typecheck",
    "style",
    "format",
    "fmt",
    "formatting",
    "qa",
    "ci",
    "debug",
    "bench",
    "benchmark",
    "benchmarks",
    "tools",
    "tooling",
    "tox",
    "nox",
    "precommit",
    "release",
    "local",
    "notebook",
    "jupyter",
];

/// The scope that the words of a name speak of, if they do.
pub(super) fn of_words(name: &str) -> Option<Scope> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .map(str::to_ascii_lowercase)
        .filter(|w| !w.is_empty())
        .collect();
    let has = |known: &dyn Fn(&str) -> bool| words.iter().any(|word| known(word));
    if has(&|w| w.starts_with("test") || w == "pytest") {
        return Some(Scope::Test);
    }
    if has(&|w| DEV.contains(&w)) {
        return Some(Scope::Dev);
    }
    if has(&|w| w == "build") {
        return Some(Scope::Build);
    }
    has(&|w| w.starts_with("optional") || w.starts_with("extra")).then_some(Scope::Optional)
}

/// A dependency group that is no extra: test groups by name, all others are for developers.
pub(super) fn of_group(name: &str) -> Scope {
    match name.to_ascii_lowercase().as_str() {
        "main" | "default" => Scope::Runtime,
        name if name.starts_with("test") || name == "pytest" => Scope::Test,
        name => of_words(name).filter(|s| *s == Scope::Test).unwrap_or(Scope::Dev),
    }
}

/// A group of which only the name is known: it may be an extra or a development group.
pub(super) fn of_unknown_group(name: &str) -> Scope {
    match name {
        "main" | "default" => Scope::Runtime,
        name => of_words(name).unwrap_or(Scope::Optional),
    }
}
