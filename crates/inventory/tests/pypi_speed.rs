//! Lockfiles of 1,500 packages, as large organisations have them. Prints the time; in a release build it must hold.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test that prints figures")]

mod pypi_support;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use pypi_support::Repository;

const PACKAGES: usize = 1_500;
const WHEELS: usize = 12;

fn hash(n: usize) -> String {
    format!("sha256:{n:064x}")
}

fn uv_lock() -> String {
    let mut text = "version = 1\nrequires-python = \">=3.9\"\n".to_owned();
    for n in 0..PACKAGES {
        writeln!(text, "\n[[package]]\nname = \"package-{n}\"\nversion = \"1.{n}.0\"").unwrap();
        writeln!(text, "source = {{ registry = \"https://registry.example/simple\" }}\ndependencies = [").unwrap();
        for to in [n + 1, n * 2 + 1, n * 3 + 1].iter().filter(|to| **to < PACKAGES) {
            writeln!(text, "    {{ name = \"package-{to}\", marker = \"python_full_version < '3.12'\" }},").unwrap();
        }
        writeln!(text, "]\nwheels = [").unwrap();
        for wheel in 0..WHEELS {
            let url = format!(
                "https://registry.example/packages/ab/cd/{n:060x}/package_{n}-1.{n}.0-cp3{wheel}-cp3{wheel}-manylinux_2_17_x86_64.whl"
            );
            let hash = hash(n * WHEELS + wheel);
            writeln!(
                text,
                "    {{ url = \"{url}\", hash = \"{hash}\", size = 194219, upload-time = \"2024-06-01T00:00:00Z\" }},"
            )
            .unwrap();
        }
        writeln!(text, "]").unwrap();
    }
    text
}

fn poetry_lock() -> String {
    let mut text = String::new();
    for n in 0..PACKAGES {
        writeln!(text, "[[package]]\nname = \"package-{n}\"\nversion = \"1.{n}.0\"\ndescription = \"Number {n}\"")
            .unwrap();
        writeln!(text, "optional = false\npython-versions = \">=3.8\"\ngroups = [\"main\"]\nfiles = [").unwrap();
        for wheel in 0..WHEELS {
            let file = format!("package_{n}-1.{n}.0-cp3{wheel}-cp3{wheel}-manylinux_2_17_x86_64.whl");
            writeln!(text, "    {{file = \"{file}\", hash = \"{}\"}},", hash(n * WHEELS + wheel)).unwrap();
        }
        writeln!(text, "]\n\n[package.dependencies]").unwrap();
        for to in [n + 1, n * 2 + 2, n * 3 + 5].iter().filter(|to| **to < PACKAGES) {
            writeln!(text, "package-{to} = {{version = \">=1.0,<2\", markers = \"sys_platform != 'win32'\"}}").unwrap();
        }
    }
    text
}

fn requirements() -> String {
    (0..PACKAGES).fold(String::new(), |mut text, n| {
        writeln!(text, "package-{n}==1.{n}.0 \\").unwrap();
        for wheel in 0..WHEELS {
            writeln!(text, "    --hash={} \\", hash(n * WHEELS + wheel)).unwrap();
        }
        writeln!(text, "    --hash={}\n    # via package-{}", hash(0), n / 2).unwrap();
        text
    })
}

#[test]
fn a_lockfile_of_1500_packages() {
    let cases = [("uv.lock", uv_lock()), ("poetry.lock", poetry_lock()), ("requirements.txt", requirements())];
    for (name, text) in &cases {
        let repository = Repository::of(&[(name, text)]);
        let best = (0..5).map(|_| {
            let start = Instant::now();
            let inventory = repository.read();
            assert_eq!(inventory.projects[0].graph.packages.len(), PACKAGES);
            start.elapsed()
        });
        let best = best.min().unwrap();
        println!("{name}: {:.1} MB in {:.1} ms", text.len() as f64 / 1e6, best.as_secs_f64() * 1e3);
        assert!(cfg!(debug_assertions) || best < Duration::from_millis(150), "{name} took {best:?}");
    }
}
