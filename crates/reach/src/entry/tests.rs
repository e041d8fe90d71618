//! What is test, bench, example or build code.

use crate::{EntryKind, link::Linker, solve::Mod};

/// True for first-party code outside production.
pub(crate) fn is_test_file(linker: &Linker<'_>, module: Mod) -> bool {
    linker.unit_of(module).first_party() && test_kind(linker, module).is_some()
}

/// Which bucket outside production a file belongs to.
pub(crate) fn test_kind(linker: &Linker<'_>, module: Mod) -> Option<EntryKind> {
    let unit = linker.unit_of(module);
    let path = linker.path_of(module);
    let inside = path.strip_prefix(&unit.root).map_or(path, |rest| rest.trim_start_matches('/'));
    let file = linker.info(module).file;
    if file.facts.language.is_jvm() {
        return kind_of_jvm(&file.facts, inside);
    }
    kind_of_path(inside).or_else(|| (file.test || file.facts.flags.test_like).then_some(EntryKind::Test))
}

/// The folders that a class's package names say nothing.
fn kind_of_jvm(facts: &faultline_facts::Facts, path: &str) -> Option<EntryKind> {
    if path.contains("src/main/") {
        return None;
    }
    let name = facts.classes.first().map_or("", |class| facts.text(class.qualified));
    let package = name.rsplit_once('.').map_or(String::new(), |(package, _)| package.replace('.', "/"));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let root = folder.strip_suffix(package.as_str()).unwrap_or(folder);
    let by_path = kind_of_path(&format!("{}/x", root.trim_end_matches('/')));
    let set = root.split('/').find(|part| part.ends_with("Test") || *part == "it").map(|_| EntryKind::Test);
    let set = set.or_else(|| root.split('/').any(|part| part == "jmh").then_some(EntryKind::Bench));
    by_path.or(set).or_else(|| facts.flags.test_like.then_some(EntryKind::Test))
}

/// The bucket that a path's folders and file name tell.
pub(crate) fn kind_of_path(path: &str) -> Option<EntryKind> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    for folder in folders.split('/') {
        match folder.to_lowercase().as_str() {
            "test" | "tests" | "__tests__" | "spec" | "specs" | "e2e" | "__mocks__" | "testing" | "cypress" => {
                return Some(EntryKind::Test);
            }
            "bench" | "benches" | "benchmark" | "benchmarks" => return Some(EntryKind::Bench),
            "example" | "examples" | "demo" | "demos" | "docs" | "doc" => return Some(EntryKind::Example),
            _ => {}
        }
    }
    kind_of_name(name)
}

fn kind_of_name(name: &str) -> Option<EntryKind> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if extension.starts_with("py") {
        return match stem {
            "conftest" => Some(EntryKind::Test),
            "setup" | "noxfile" | "fabfile" => Some(EntryKind::Build),
            _ if stem.starts_with("test_") || stem.ends_with("_test") || stem == "tests" => Some(EntryKind::Test),
            _ => None,
        };
    }
    if [".test", ".spec", "-test", "-spec", "_test", ".e2e"].iter().any(|end| stem.ends_with(end)) || stem == "test" {
        return Some(EntryKind::Test);
    }
    let build = [".config", ".conf", "rc"].iter().any(|end| stem.ends_with(end))
        || matches!(stem.to_lowercase().as_str(), "gulpfile" | "gruntfile" | "jakefile");
    if build && stem.contains(['.', 'f']) {
        return Some(EntryKind::Build);
    }
    let bench = stem == "bench" || stem.strip_suffix("bench").is_some_and(|before| before.ends_with('.'));
    bench.then_some(EntryKind::Bench)
}

/// Python functions that test runners call by their names.
pub(super) fn is_called_by_runner(name: &str) -> bool {
    const FRAMES: [&str; 17] = [
        "setUp",
        "tearDown",
        "setUpClass",
        "tearDownClass",
        "setUpModule",
        "tearDownModule",
        "asyncSetUp",
        "asyncTearDown",
        "runTest",
        "setup_method",
        "teardown_method",
        "setup_class",
        "teardown_class",
        "setup_function",
        "teardown_function",
        "setup_module",
        "teardown_module",
    ];
    name.to_lowercase().starts_with("test") || FRAMES.contains(&name)
}
