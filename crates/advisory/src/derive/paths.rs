//! Which files of a repository are what a package ships.

/// Folders of tests, documentation, other people's and generated code.
const NOT_PRODUCT: [&str; 27] = [
    "test",
    "tests",
    "__tests__",
    "testing",
    "spec",
    "specs",
    "e2e",
    "fixtures",
    "testdata",
    "__mocks__",
    "docs",
    "doc",
    "example",
    "examples",
    "demo",
    "demos",
    "samples",
    "bench",
    "benches",
    "benchmark",
    "benchmarks",
    "vendor",
    "third_party",
    "node_modules",
    "dist",
    "scripts",
    "tools",
];

/// Whether a path is source code of the product itself.
pub fn is_product_code(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let outside = folder.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        NOT_PRODUCT.contains(&part.as_str()) || (part.starts_with('.') && part.len() > 1)
    });
    let code = faultline_extract::language_of(path).is_some_and(|l| {
        use faultline_facts::Language;
        !matches!(l, Language::Json | Language::Jvm)
    });
    code && !outside && !is_test_name(name) && !is_tooling(name) && !name.contains(".min.")
}

fn is_test_name(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let marked = [".test", ".spec", "_test", "_spec", "-test", ".bench", ".stories", ".pb", "_pb2"];
    marked.iter().any(|mark| stem.ends_with(mark))
        || stem.starts_with("test_")
        || matches!(stem, "test" | "tests" | "conftest" | "benchmark")
}

fn is_tooling(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    matches!(stem, "setup" | "noxfile" | "gulpfile" | "Gruntfile" | "karma" | "rollup" | "webpack" | "_version")
        || name.contains(".config.")
}
