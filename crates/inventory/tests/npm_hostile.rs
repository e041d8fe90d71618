//! Hostile and broken input: a clear error with file and line, the rest answered, nothing panics.

mod folder;

use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, npm};
use proptest::prelude::*;

const NAMES: [&str; 8] = [
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "deno.json",
    "deno.lock",
];

fn read_one(name: &str, bytes: &[u8]) -> Inventory {
    let bytes: Arc<[u8]> = bytes.into();
    let paths = vec![name.to_owned()];
    let mut inventory = Inventory::default();
    npm::read(&Tree { paths: &paths, read: &|_| Ok(bytes.clone()) }, &mut inventory);
    inventory
}

fn assert_refused(name: &str, text: &str) {
    let inventory = read_one(name, text.as_bytes());
    assert!(!inventory.incomplete.is_empty(), "{name} was taken");
    let first = &inventory.incomplete[0];
    assert!(first.line > 0 && first.file == name && !first.why.is_empty(), "{first:?}");
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    const DEEP: usize = 100_000;
    for name in ["package.json", "package-lock.json", "bun.lock", "deno.lock"] {
        assert_refused(name, &"[".repeat(DEEP));
        assert_refused(name, &"{\"packages\":".repeat(DEEP));
        assert_refused(name, &format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP)));
    }
    assert_refused("pnpm-lock.yaml", &"[".repeat(DEEP));
    assert_refused("pnpm-lock.yaml", &"{a: ".repeat(DEEP));
    assert_refused("pnpm-lock.yaml", &"- ".repeat(DEEP));
    assert_refused("yarn.lock", &format!("__metadata:\n  a: {}", "[".repeat(DEEP)));
    let stairs = (0..2000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<Vec<_>>().concat();
    assert_refused("pnpm-lock.yaml", &stairs);
}

#[test]
fn a_reader_that_refuses_is_quoted() {
    let paths = vec!["package-lock.json".to_owned()];
    let mut inventory = Inventory::default();
    let refuse = |_: &str| Err("is larger than 100 MB: exclude it".to_owned());
    npm::read(&Tree { paths: &paths, read: &refuse }, &mut inventory);
    assert_eq!(inventory.incomplete[0].why, "is larger than 100 MB: exclude it");
}

#[test]
fn one_endless_line_is_read() {
    let long = "x".repeat(5_000_000);
    let text = format!(
        r#"{{"lockfileVersion":3,"packages":{{"node_modules/{long}":{{"dependencies":{{"y":"1"}}}},"node_modules/a":{{"version":"1.0.0"}}}}}}"#
    );
    let inventory = read_one("package-lock.json", text.as_bytes());
    assert_eq!(inventory.projects[0].graph.packages.len(), 1);
    assert_eq!(inventory.incomplete.len(), 1);
    let long = "a/".repeat(2_000_000);
    read_one("bun.lock", format!(r#"{{"packages":{{"{long}":["b@1",{{"dependencies":{{"y":"1"}}}}]}}}}"#).as_bytes());
    read_one("yarn.lock", format!("\"{long}@1\":\n  version \"1\"\n").as_bytes());
    read_one("pnpm-lock.yaml", format!("packages:\n  /{long}1.0.0: {{}}\n").as_bytes());
}

#[test]
fn wide_files_take_linear_time() {
    const WIDE: usize = 20_000;
    let entries = (0..WIDE)
        .map(|n| format!("a{n}@^1.0.0:\n  version \"1.0.{n}\"\n  dependencies:\n    no{n} \"^1\"\n\n"))
        .collect::<Vec<_>>()
        .concat();
    let inventory = read_one("yarn.lock", entries.as_bytes());
    assert_eq!(inventory.projects[0].graph.packages.len(), WIDE);
    let importers = (0..WIDE).map(|n| format!("  p{n}:\n    dependencies:\n      a: 1.0.0\n"));
    let importers = importers.collect::<Vec<_>>().concat();
    let text = format!("lockfileVersion: '9.0'\nimporters:\n{importers}packages:\n  a@1.0.0: {{}}\n");
    let inventory = read_one("pnpm-lock.yaml", text.as_bytes());
    assert_eq!(inventory.projects.len(), WIDE);
}

#[test]
fn more_values_than_memory_bears_are_refused() {
    let many = "0,".repeat(5_000_000);
    assert_refused("package-lock.json", &format!("[{many}0]"));
    let inventory = read_one("yarn.lock", "?\n".repeat(3_000_000).as_bytes());
    assert_eq!(inventory.incomplete.len(), 1);
}

#[test]
fn cycles_end() {
    let text = r#"{"lockfileVersion":3,"packages":{"":{"dependencies":{"a":"1"}},
        "node_modules/a":{"version":"1.0.0","dependencies":{"b":"1"}},
        "node_modules/b":{"version":"1.0.0","dependencies":{"a":"1","b":"1"}}}}"#;
    let inventory = read_one("package-lock.json", text.as_bytes());
    assert_eq!(inventory.projects[0].graph.edges.len(), 4);
    let text = r#"{"lockfileVersion":3,"packages":{"node_modules/a":{"link":true,"resolved":"node_modules/a"},
        "node_modules/b":{"link":true,"resolved":"../../../../outside"}}}"#;
    assert_eq!(read_one("package-lock.json", text.as_bytes()).projects[0].graph.packages.len(), 2);
}

/// Every file of the fixtures under the name that gives its format.
fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = folder::Folder::open(&format!("{}/tests/fixtures/npm", env!("CARGO_MANIFEST_DIR")));
    let named = folder.paths.iter().filter_map(|path| {
        let name = path.rsplit('/').next().filter(|name| NAMES.contains(name))?;
        Some((name.to_owned(), folder.read(path).ok()?.to_vec()))
    });
    named.collect()
}

/// A change of a file: cut, remove, double, overwrite a stretch, or put in a token.
fn mutate(bytes: &mut Vec<u8>, (kind, at, length, token): (u8, usize, usize, usize)) {
    const TOKENS: [&[u8]; 14] =
        [b"{", b"}", b"[", b"]", b"\"", b":", b"\n", b"@", b"*a", b"&a ", b"- ", b"\xFF", b"null", b"("];
    if bytes.is_empty() {
        return;
    }
    let start = at % bytes.len();
    let end = (start + length).min(bytes.len());
    match kind % 5 {
        0 => bytes.truncate(start),
        1 => _ = bytes.drain(start..end),
        2 => {
            let stretch = bytes[start..end].to_vec();
            bytes.splice(start..start, stretch);
        }
        3 => bytes[start..end].fill(b' '),
        _ => {
            let token = TOKENS[token % TOKENS.len()].to_vec();
            bytes.splice(start..start, token);
        }
    }
}

proptest! {
    /// Broken files never panic, every error has its place, and every edge ends in the graph.
    #[test]
    fn mutated_files_never_panic(
        seed in any::<prop::sample::Index>(),
        name in any::<prop::sample::Index>(),
        keep_name in prop::bool::weighted(0.9),
        changes in prop::collection::vec((any::<u8>(), any::<usize>(), 1usize..80, any::<usize>()), 1..5),
    ) {
        let seeds = seeds();
        let (own, bytes) = seed.get(&seeds);
        let mut bytes = bytes.clone();
        for change in changes {
            mutate(&mut bytes, change);
        }
        let name = if keep_name { own.as_str() } else { NAMES[name.index(NAMES.len())] };
        let inventory = read_one(name, &bytes);
        for incomplete in &inventory.incomplete {
            prop_assert!(!incomplete.why.is_empty() && incomplete.file == name);
        }
        for project in &inventory.projects {
            let count = project.graph.packages.len();
            prop_assert!(project.graph.edges.iter().all(|edge| (edge.to.0 as usize) < count));
        }
        prop_assert_eq!(read_one(name, &bytes), inventory);
    }
}
