//! Broken and hostile input of the ecosystems read by tables: a place and a remedy, never a panic, never a long time.

mod folder;
mod render;

use std::collections::BTreeMap;
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};
use faultline_package::Purl;
use proptest::prelude::*;

const NAMES: &[&str] = &[
    "go.mod",
    "go.sum",
    "vendor/modules.txt",
    "Cargo.toml",
    "Cargo.lock",
    "packages.lock.json",
    "paket.lock",
    "project.assets.json",
    "packages.config",
    "app.deps.json",
    "App.csproj",
    "Packages.props",
    "paket.dependencies",
    "Gemfile.lock",
    "Gemfile",
    "x.gemspec",
    "composer.lock",
    "composer.json",
    "mix.lock",
    "mix.exs",
    "rebar.lock",
    "manifest.toml",
    "gleam.toml",
    "pubspec.lock",
    "pubspec.yaml",
    "Package.resolved",
    "Podfile.lock",
    "conan.lock",
    "conanfile.txt",
    "conda-meta/x.json",
    "environment.yml",
    "Manifest.toml",
    "Project.toml",
    "cabal.project.freeze",
    "stack.yaml.lock",
    "stack.yaml",
    "renv.lock",
    "META.json",
    "vcpkg.json",
    ".github/workflows/x.yml",
];

/// Formats in which lines that make no sense are skipped, as their tools do, or that are programs.
const FREE: &[&str] = &[
    "vendor/modules.txt",
    "paket.lock",
    "paket.dependencies",
    "Gemfile",
    "x.gemspec",
    "mix.exs",
    "conanfile.txt",
    "cabal.project.freeze",
];

fn inventory(files: &BTreeMap<String, Vec<u8>>) -> Inventory {
    let paths: Vec<String> = files.keys().cloned().collect();
    let reader = |path: &str| files.get(path).map(|b| Arc::from(b.as_slice())).ok_or_else(|| "is not there".to_owned());
    read(&Tree { paths: &paths, read: &reader })
}

fn survives(text: &str) {
    for name in NAMES {
        inventory(&BTreeMap::from([((*name).to_owned(), text.as_bytes().to_vec())]));
    }
}

#[test]
fn deep_nesting_and_long_lines_end() {
    const DEEP: usize = 20_000;
    for (open, close) in
        [("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("- ", ""), ("(", ")"), ("a.", ""), ("<a>", "</a>")]
    {
        survives(&format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP)));
        survives(&format!("x = {}1{}", open.repeat(DEEP), close.repeat(DEEP)));
    }
    survives(&"a".repeat(500_000));
    survives(&"a,".repeat(100_000));
    survives(&"[[package]]\nname=\"a\"\nversion=\"1\"\ndependencies=[\"a 1\"]\n".repeat(20_000));
    survives(&"require a v1.0.0\nreplace a => b v1.0.0\n".repeat(20_000));
    survives(&format!("[target.'cfg({}{})'.dependencies]\na='1'", "any(".repeat(5_000), ")".repeat(5_000)));
}

#[test]
fn every_unreadable_format_names_file_line_and_remedy() {
    for name in NAMES {
        let text = "\nthis is = = nothing [[[\n".as_bytes().to_vec();
        let found = inventory(&BTreeMap::from([((*name).to_owned(), text)]));
        if FREE.contains(name) {
            continue;
        }
        let [problem] = found.incomplete.as_slice() else { panic!("{name}: {:?}", found.incomplete) };
        assert_eq!((problem.file.as_str(), problem.line.clamp(1, 2)), (*name, problem.line), "{}", problem.why);
        assert!(
            ["generate", "correct", "restore", "run `", "well-formed"].iter().any(|word| problem.why.contains(word)),
            "{}",
            problem.why
        );
    }
}

fn fixtures() -> Vec<BTreeMap<String, Vec<u8>>> {
    let root = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let mut cases = Vec::new();
    for ecosystem in ["go", "cargo", "others"] {
        for case in std::fs::read_dir(format!("{root}/{ecosystem}")).expect("fixtures").flatten() {
            if case.path().is_dir() {
                let folder = folder::Folder::open(&case.path().to_string_lossy());
                let files = folder.paths.iter().map(|p| (p.clone(), folder.read(p).expect("file").to_vec()));
                cases.push(files.collect());
            }
        }
    }
    cases
}

/// Cuts, doubles, overwrites and moves a piece of every file.
fn mutate(files: &mut BTreeMap<String, Vec<u8>>, at: usize, length: usize, kind: u8, noise: &[u8]) {
    for bytes in files.values_mut().filter(|bytes| !bytes.is_empty()) {
        let start = at % bytes.len();
        let end = (start + length).min(bytes.len());
        match kind % 5 {
            0 => bytes.truncate(start),
            1 => drop(bytes.drain(start..end)),
            2 => drop(bytes.splice(start..end, noise.iter().copied())),
            3 => bytes.extend_from_within(start..end),
            _ => bytes[start..end].reverse(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn mutated_repositories_never_panic_and_read_the_same_twice(
        case in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<usize>(), 0_usize..200, any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 1..4),
    ) {
        let mut all = fixtures();
        let mut files = all.swap_remove(case.index(all.len()));
        for (at, length, kind, noise) in &changes {
            mutate(&mut files, *at, *length, *kind, noise);
        }
        let once = inventory(&files);
        prop_assert_eq!(render::render(&once), render::render(&inventory(&files)));
        for project in &once.projects {
            let mut ids: Vec<&str> = project.graph.packages.iter().map(|package| package.id.as_str()).collect();
            ids.dedup();
            prop_assert_eq!(ids.len(), project.graph.packages.len());
            for package in &project.graph.packages {
                prop_assert_eq!(Purl::parse(&package.purl.to_string()), Ok(package.purl.clone()));
                prop_assert!(!package.locations.is_empty());
                for location in &package.locations {
                    let lines = files.get(&location.file).map_or(0, |bytes| bytes.split(|b| *b == b'\n').count());
                    prop_assert!(location.line >= 1 && location.line as usize <= lines, "{:?}", location);
                }
            }
        }
    }
}
