//! Broken and hostile input: a reason with its place, never a panic, never a long time.

mod pypi_support;

use faultline_inventory::{Inventory, pypi};
use proptest::prelude::*;
use pypi_support::{Repository, render};

const FORMATS: [&str; 12] = [
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "pylock.toml",
    "Pipfile.lock",
    "Pipfile",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "requirements.txt",
    "environment.yml",
    "x-1.dist-info/METADATA",
];

/// Reads a text under the name of every format, which a quadratic algorithm would never end.
fn survives(text: &str) -> Vec<Inventory> {
    FORMATS.iter().map(|name| Repository::of(&[(name, text)]).read()).collect()
}

#[test]
fn deep_nesting_is_refused_without_overflow() {
    const DEEP: usize = 100_000;
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{a=", "}"), ("- ", ""), ("(", ")"), ("a.", "")] {
        survives(&format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP)));
        survives(&format!("x = {}1{}", open.repeat(DEEP), close.repeat(DEEP)));
    }
    survives(&format!("[{}a]\nb=1", "a.".repeat(DEEP)));
    survives(&format!("[[{}a]]\nb=1", "a.".repeat(DEEP)));
    survives(&format!("setup(install_requires={}1{})", "{'a':".repeat(DEEP), "}".repeat(DEEP)));
    survives(&format!("setup(install_requires={}1{})", "[".repeat(DEEP), "]".repeat(DEEP)));
}

#[test]
fn one_long_line() {
    let long = "a".repeat(2_000_000);
    survives(&long);
    survives(&format!("{long}=={long}"));
    survives(&format!("x = \"{long}"));
    survives(&"a,".repeat(500_000));
    survives(&"a \\\n".repeat(300_000));
    survives(&"#via a\n".repeat(300_000));
    survives(&format!("a=={}1", "1,".repeat(300_000)));
    survives(&format!("setup(install_requires=[{}])", "'a' ".repeat(200_000)));
    survives(&"[[package]]\nname=\"a\"\nversion=\"1\"\n".repeat(20_000));
    survives(&"a==1\n    # via a, b\n".repeat(20_000));
}

#[test]
fn many_versions_of_one_name_stay_linear() {
    let packages: String = (0..3_000).fold(String::new(), |text, n| {
        text + &format!("[[package]]\nname = \"a\"\nversion = \"{n}\"\n[package.dependencies]\na = \"<{n}\"\n")
    });
    Repository::of(&[("poetry.lock", &packages)]).read();
}

#[test]
fn include_chains_and_loops_end() {
    let files: Vec<(String, String)> =
        (0..5_000).map(|n| (format!("r{n}.txt"), format!("-r r{}.txt\np{n}==1\n", (n + 1) % 5_000))).collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.push(("requirements.txt", "-r r0.txt\n"));
    let inventory = Repository::of(&all).read();
    assert_eq!(inventory.projects[0].graph.packages.len(), 5_000);
}

#[test]
fn a_cycle_of_groups_and_packages_ends() {
    let pyproject =
        "[project]\nname='a'\n[dependency-groups]\na=[{include-group='b'},'x']\nb=[{include-group='a'},'y']\n";
    let lock = "[[package]]\nname='x'\nversion='1'\ndependencies=[{name='y'}]\n[[package]]\nname='y'\nversion='1'\ndependencies=[{name='x'}]\n";
    let with = Repository::of(&[("pyproject.toml", pyproject), ("uv.lock", lock)]).read();
    assert_eq!(with.projects[0].graph.packages.len(), 2);
    let without = Repository::of(&[("uv.lock", lock)]).read();
    let direct = without.projects[0].graph.edges.iter().filter(|e| e.from == faultline_package::EdgeFrom::Root).count();
    assert_eq!((without.projects[0].graph.packages.len(), direct), (2, 1));
}

#[test]
fn every_unreadable_format_names_file_line_and_remedy() {
    for name in ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "pyproject.toml", "Pipfile"] {
        let inventory = Repository::of(&[(name, "\nthis is = = nothing [[[\n")]).read();
        let [problem] = inventory.incomplete.as_slice() else { panic!("{name}: {:?}", inventory.incomplete) };
        assert_eq!((problem.file.as_str(), problem.line), (name, 2), "{}", problem.why);
        assert!(["generate", "correct", "restore"].iter().any(|word| problem.why.contains(word)), "{}", problem.why);
    }
}

#[test]
fn an_unreadable_file_is_listed_and_the_rest_answered() {
    let inventory = Repository::of(&[("requirements.txt", "a==1"), ("poetry.lock", "")]).with(|tree, out| {
        let read = |path: &str| if path == "poetry.lock" { Err("is too large".to_owned()) } else { (tree.read)(path) };
        pypi::read(&faultline_inventory::Tree { paths: tree.paths, read: &read }, out);
    });
    assert_eq!(inventory.incomplete.len(), 1);
    assert_eq!(inventory.projects[0].graph.packages.len(), 1);
}

#[test]
fn a_named_file_is_read_whatever_it_is_called() {
    let repository =
        Repository::of(&[("deploy/pins.txt", "a==1\n-r more.txt"), ("deploy/more.txt", "b==2"), ("x.bin", "\0")]);
    let inventory = repository.with(|tree, out| assert!(pypi::read_file(tree, "deploy/pins.txt", out)));
    assert_eq!(inventory.projects[0].graph.packages.len(), 2);
    let none = repository.with(|tree, out| assert!(!pypi::read_file(tree, "x.bin", out)));
    assert_eq!(none, Inventory::default());
    let foreign =
        Repository::of(&[("node_modules/a/requirements.txt", "a==1"), (".venv/x/pyproject.toml", "[project]")]);
    assert_eq!(foreign.read(), Inventory::default());
}

const FIXTURES: [&str; 12] = [
    "uv-workspace",
    "poetry-2",
    "poetry-1-alone",
    "pdm",
    "pipenv",
    "pylock",
    "requirements",
    "pip-compile",
    "setuptools",
    "groups",
    "installed",
    "conda",
];

/// Cuts, doubles, overwrites and moves a piece of every file.
fn mutate(repository: &mut Repository, at: usize, length: usize, kind: u8, noise: &[u8]) {
    for bytes in repository.0.values_mut().filter(|bytes| !bytes.is_empty()) {
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
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_repositories_never_panic_and_read_the_same_twice(
        case in 0..FIXTURES.len(),
        changes in prop::collection::vec((any::<usize>(), 0_usize..200, any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 1..4),
    ) {
        let mut repository = Repository::load(FIXTURES[case]);
        for (at, length, kind, noise) in &changes {
            mutate(&mut repository, *at, *length, *kind, noise);
        }
        let once = repository.read();
        prop_assert_eq!(render(&once), render(&repository.read()));
        for project in &once.projects {
            let mut ids: Vec<&str> = project.graph.packages.iter().map(|package| package.id.as_str()).collect();
            ids.dedup();
            prop_assert_eq!(ids.len(), project.graph.packages.len());
            for package in &project.graph.packages {
                let lines = |file: &str| repository.0.get(file).map_or(0, |bytes| bytes.split(|b| *b == b'\n').count());
                prop_assert!(!package.locations.is_empty());
                for location in &package.locations {
                    prop_assert!(location.line >= 1 && location.line as usize <= lines(&location.file), "{:?}", location);
                }
            }
        }
    }

    #[test]
    fn any_text_survives(text in "[a-z\\[\\]{}=\"'#;:,.@\\\\ \n-]{0,120}") {
        survives(&text);
    }
}
