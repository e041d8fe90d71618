//! Crates: vendored, cached, from a registry.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use common::{fetch, hash, limits, registries, vars};
use faultline_package::{Ecosystem, Purl};
use faultline_source::{ClientEnvironment, PackageFiles, RegistryConfig, Verified, cargo_vendored, digest};
use faultline_testkit::{Reply, Request, Server, tar_gz, write_tree};

fn all(_: &str) -> bool {
    true
}

fn paths(files: &PackageFiles) -> Vec<&str> {
    files.files.iter().map(|(p, _)| p.as_str()).collect()
}

fn archive() -> Vec<u8> {
    tar_gz(&[
        ("my-lib-1.0.0/Cargo.toml", b"[package]\nname = \"my-lib\"\nversion = \"1.0.0\"\n"),
        ("my-lib-1.0.0/src/lib.rs", b"pub fn f() {}\n"),
    ])
}

/// An index, and the server where it says that crates lie.
fn registry() -> (Server, Server) {
    let files = Server::start(|request: &Request| match request.path.as_str() {
        "/dl/my-lib/1.0.0/download" => Reply::Ok("application/octet-stream", archive()),
        _ => Reply::Status(404),
    });
    let config = format!(r#"{{"dl":"{}"}}"#, files.url("/dl"));
    let index = Server::start(move |request: &Request| match request.path.as_str() {
        "/index/config.json" => Reply::Ok("application/json", config.clone().into_bytes()),
        _ => Reply::Status(404),
    });
    (index, files)
}

#[test]
fn a_crate_is_downloaded_where_the_index_says_and_checked() {
    let (server, _files) = registry();
    let config =
        RegistryConfig { cargo: Some(format!("sparse+{}", server.url("/index/"))), ..RegistryConfig::default() };
    let registries = registries(config, ClientEnvironment::default());
    let fetched = fetch(&registries, Ecosystem::Cargo, "my-lib", "1.0.0", &[hash("sha256", &archive())]).unwrap();
    assert_eq!((paths(&fetched.files), fetched.verified), (vec!["Cargo.toml", "src/lib.rs"], Verified::Lockfile));
    let wrong = fetch(&registries, Ecosystem::Cargo, "my-lib", "1.0.0", &[hash("sha256", b"other")]);
    assert_eq!(wrong.unwrap_err().code(), "hash_mismatch");
    assert_eq!(fetch(&registries, Ecosystem::Cargo, "gone", "1.0.0", &[]).unwrap_err().code(), "not_found");
    assert_eq!(fetch(&registries, Ecosystem::Cargo, "../x", "1.0.0", &[]).unwrap_err().code(), "bad_input");
    assert_eq!(server.requests().len(), 1, "the index is asked once");
}

#[test]
fn the_registry_is_the_users_replacement_else_what_cargo_used() {
    let folder = tempfile::tempdir().unwrap();
    let address = || {
        let environment = ClientEnvironment { home: Some(folder.path().to_owned()), ..vars(&[]) };
        registries(RegistryConfig::default(), environment).address(Ecosystem::Cargo)
    };
    assert_eq!(address().unwrap_err().code(), "registry_not_configured");
    let kept = format!(".cargo/registry/index/x.{}-0123/config.json", Ecosystem::Cargo.osv_name());
    write_tree(folder.path(), &[(&kept, r#"{"dl":"https://dl.registry.example/crates"}"#)]);
    assert_eq!(address().unwrap(), ("https://dl.registry.example/crates".to_owned(), "cargo's index"));
    let config =
        "[source.crates-io]\nreplace-with = 'm'\n[source.m]\nregistry = 'sparse+https://me:pw@m.registry.example/i/'\n";
    write_tree(folder.path(), &[(".cargo/config.toml", config)]);
    assert_eq!(address().unwrap(), ("https://m.registry.example/i".to_owned(), "~/.cargo/config.toml"));
}

#[test]
fn cargos_cache_is_checked_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("registry/cache/r.example-1");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::write(cache.join("my-lib-1.0.0.crate"), archive()).unwrap();
    let unpacked = "registry/src/r.example-1/old-2.0.0";
    let manifest =
        "# generated\n[package]\nedition = \"2021\"\nname = \"old\"\nversion = \"2.0.0\"\n\n[lib]\nname = \"x\"\n";
    write_tree(folder.path(), &[(&format!("{unpacked}/Cargo.toml"), manifest), (&format!("{unpacked}/lib.rs"), "")]);
    let registries =
        registries(RegistryConfig::default(), vars(&[("CARGO_HOME", &folder.path().display().to_string())]));
    let purl = |name, version| Purl::new(Ecosystem::Cargo, name, Some(version));
    let (files, place) = registries.cached(&purl("my-lib", "1.0.0"), &[hash("sha256", &archive())], &all).unwrap();
    assert_eq!((paths(&files), place), (vec!["Cargo.toml", "src/lib.rs"], "cargo's cache"));
    let wrong = registries.cached(&purl("my-lib", "1.0.0"), &[hash("sha256", b"other")], &all);
    assert_eq!(wrong.unwrap_err().code(), "hash_mismatch");
    let (files, _) = registries.cached(&purl("old", "2.0.0"), &[], &all).unwrap();
    assert_eq!((paths(&files), files.problems[0].code.as_str()), (vec!["Cargo.toml", "lib.rs"], "not_verified"));
    assert_eq!(registries.cached(&purl("gone", "1.0.0"), &[], &all).unwrap_err().code(), "not_found");
}

#[test]
fn vendored_crates_are_compared_with_their_checksums() {
    let folder = tempfile::tempdir().unwrap();
    let lib = "pub fn f() {}\n";
    let sums = format!(
        r#"{{"files":{{"src/lib.rs":"{}","src/changed.rs":"{}"}},"package":"{}"}}"#,
        digest("sha256", lib.as_bytes()).unwrap(),
        "00".repeat(32),
        digest("sha256", &archive()).unwrap(),
    );
    let files = [
        ("vendor/my-lib/Cargo.toml", "[package]\nname = \"my-lib\"\nversion = \"1.0.0\"\n"),
        ("vendor/my-lib/src/lib.rs", lib),
        ("vendor/my-lib/src/changed.rs", "changed"),
        ("vendor/my-lib/.cargo-checksum.json", &sums),
        ("crates/app/Cargo.toml", ""),
    ];
    write_tree(folder.path(), &files);
    let find = |version: &str, promised: &[u8]| {
        let project = folder.path().join("crates/app");
        let hashes = [hash("sha256", promised)];
        cargo_vendored(folder.path(), &project, ("my-lib", version), &hashes, &limits(), &|p: &str| p.contains(".rs"))
    };
    let found = find("1.0.0", &archive()).unwrap();
    assert_eq!(paths(&found), ["src/changed.rs", "src/lib.rs"]);
    let problems: Vec<_> = found.problems.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(problems, ["modified"]);
    assert_eq!(find("1.0.0", b"other").unwrap_err().code(), "hash_mismatch");
    assert_eq!(find("2.0.0", &archive()).unwrap_err().code(), "not_found");
}
