//! Go modules: vendored, cached, from a proxy.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::io::Write;
use std::path::Path;

use common::{fetch, hash, limits, registries, vars};
use faultline_package::{Ecosystem, Integrity, Purl};
use faultline_source::{ClientEnvironment, PackageFiles, RegistryConfig, Verified, digest, go_vendored};
use faultline_testkit::{Reply, Request, Server, write_tree};

const PATH: &str = "git.example/Team/lib";

fn all(_: &str) -> bool {
    true
}

fn paths(files: &PackageFiles) -> Vec<&str> {
    files.files.iter().map(|(p, _)| p.as_str()).collect()
}

fn archive() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [("go.mod", "module git.example/Team/lib\n"), ("a/a.go", "package a\n")] {
        zip.start_file(format!("{PATH}@v1.2.0/{name}"), options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The hash as go computes it, written anew here.
fn h1() -> Integrity {
    let line =
        |name: &str, text: &str| format!("{}  {PATH}@v1.2.0/{name}\n", digest("sha256", text.as_bytes()).unwrap());
    let list = line("a/a.go", "package a\n") + &line("go.mod", "module git.example/Team/lib\n");
    Integrity { algorithm: "h1".into(), ..hash("sha256", list.as_bytes()) }
}

fn purl(version: &str) -> Purl {
    Purl::new(Ecosystem::Go, PATH, Some(version))
}

fn proxy() -> Server {
    Server::start(|request: &Request| match request.path.as_str() {
        "/go/git.example/!team/lib/@v/v1.2.0.zip" => Reply::Ok("application/zip", archive()),
        _ => Reply::Status(404),
    })
}

#[test]
fn a_module_comes_from_the_first_proxy_that_has_it() {
    let (empty, server) = (Server::start(|_: &Request| Reply::Status(404)), proxy());
    let list = format!("{},{},direct", empty.url(""), server.url("/go/"));
    let registries = registries(RegistryConfig::default(), vars(&[("GOPROXY", &list)]));
    let fetched = fetch(&registries, Ecosystem::Go, PATH, "v1.2.0", &[h1()]).unwrap();
    assert_eq!((paths(&fetched.files), fetched.verified), (vec!["a/a.go", "go.mod"], Verified::Lockfile));
    assert_eq!(registries.address(Ecosystem::Go).unwrap().1, "environment");
    let unpromised = fetch(&registries, Ecosystem::Go, PATH, "v1.2.0", &[]).unwrap();
    assert_eq!(unpromised.verified, Verified::Not);
    assert_eq!(fetch(&registries, Ecosystem::Go, PATH, "v9.0.0", &[]).unwrap_err().code(), "not_found");
}

#[test]
fn another_archive_than_the_promised_one_is_refused() {
    let server = proxy();
    let registries = registries(RegistryConfig { go: Some(server.url("/go")), ..RegistryConfig::default() }, vars(&[]));
    let wrong = Integrity { hex: "00".repeat(32), ..h1() };
    let error = fetch(&registries, Ecosystem::Go, PATH, "v1.2.0", &[wrong]).unwrap_err();
    assert_eq!(error.code(), "hash_mismatch");
    assert_eq!(fetch(&registries, Ecosystem::Go, "../x", "v1.2.0", &[]).unwrap_err().code(), "bad_input");
}

#[test]
fn proxies_do_not_hear_of_private_modules() {
    let server = proxy();
    let environment = vars(&[("GOPROXY", &server.url("/go")), ("GOPRIVATE", "git.example/Team")]);
    let registries = registries(RegistryConfig::default(), environment);
    assert!(fetch(&registries, Ecosystem::Go, PATH, "v1.2.0", &[]).is_err());
    assert!(server.requests().is_empty());
}

#[test]
fn settings_come_from_the_environment_then_from_gos_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("home/.config/go/env", "GOPROXY=https://home.registry.example/go\n"),
        ("system/usr/local/go/go.env", "GOPROXY=https://default.registry.example,direct\n"),
        ("system/usr/local/go/src/fmt/print.go", ""),
    ];
    write_tree(folder.path(), &files);
    let mut environment = ClientEnvironment { home: Some(folder.path().join("home")), ..vars(&[]) };
    environment.system = Some(folder.path().join("system"));
    let address = |e: &ClientEnvironment| registries(RegistryConfig::default(), e.clone()).address(Ecosystem::Go);
    assert_eq!(address(&environment).unwrap(), ("https://home.registry.example/go".to_owned(), "go env"));
    environment.home = None;
    assert_eq!(address(&environment).unwrap(), ("https://default.registry.example/".to_owned(), "go"));
    let off = vars(&[("GOPROXY", "off")]);
    assert_eq!(address(&off).unwrap_err().code(), "registry_not_configured");
}

fn environment(root: &Path) -> ClientEnvironment {
    ClientEnvironment { home: Some(root.join("home")), system: Some(root.join("system")), ..vars(&[]) }
}

#[test]
fn the_module_cache_is_checked_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("home/go/pkg/mod");
    let download = cache.join("cache/download/git.example/!team/lib/@v");
    std::fs::create_dir_all(&download).unwrap();
    std::fs::write(download.join("v1.2.0.zip"), archive()).unwrap();
    write_tree(&cache, &[("git.example/!team/lib@v1.3.0/b.go", "package b\n")]);
    let registries = registries(RegistryConfig::default(), environment(folder.path()));
    let (files, place) = registries.cached(&purl("v1.2.0"), &[h1()], &all).unwrap();
    assert_eq!((paths(&files), place), (vec!["a/a.go", "go.mod"], "module cache"));
    let wrong = Integrity { hex: "00".repeat(32), ..h1() };
    assert_eq!(registries.cached(&purl("v1.2.0"), &[wrong], &all).unwrap_err().code(), "hash_mismatch");
    let (files, _) = registries.cached(&purl("v1.3.0"), &[h1()], &all).unwrap();
    assert_eq!((paths(&files), files.problems[0].code.as_str()), (vec!["b.go"], "not_verified"));
    write_tree(&download, &[("v1.3.0.ziphash", "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]);
    assert_eq!(registries.cached(&purl("v1.3.0"), &[h1()], &all).unwrap_err().code(), "hash_mismatch");
    assert_eq!(registries.cached(&purl("v1.4.0"), &[], &all).unwrap_err().code(), "not_found");
    assert_eq!(registries.local_places(Ecosystem::Go), [cache]);
}

#[test]
fn trees_without_versions_say_so_and_gos_own_library_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("system/usr/share/gocode/src/git.example/Team/lib/c.go", "package lib\n"),
        ("system/usr/lib/go-1.22/VERSION", "go1.22.5\ntime 2024\n"),
        ("system/usr/lib/go-1.22/src/fmt/print.go", "package fmt\n"),
    ];
    write_tree(folder.path(), &files);
    let registries = registries(RegistryConfig::default(), environment(folder.path()));
    let files = registries.unversioned(&purl("v1.2.0"), &all).unwrap();
    assert_eq!((paths(&files), files.problems[0].code.as_str()), (vec!["c.go"], "version_not_checked"));
    let library = |version| registries.cached(&Purl::new(Ecosystem::Go, "stdlib", Some(version)), &[], &all);
    assert_eq!(paths(&library("1.22.5").unwrap().0), ["fmt/print.go"]);
    let error = library("1.21.0").unwrap_err().to_string();
    assert!(error.contains("1.22.5"), "{error}");
}

#[test]
fn vendored_modules_are_taken_at_the_version_that_the_list_states() {
    let folder = tempfile::tempdir().unwrap();
    let list = "# git.example/Team/lib v1.2.0 => fork.example/lib v1.2.1\n## explicit\ngit.example/Team/lib\n\
                # git.example/Team/lib/sub v0.1.0\ngit.example/Team/lib/sub\n";
    let files = [
        ("vendor/modules.txt", list),
        ("vendor/git.example/Team/lib/lib.go", "package lib\n"),
        ("vendor/git.example/Team/lib/sub/sub.go", "package sub\n"),
        ("svc/main.go", "package main\n"),
    ];
    write_tree(folder.path(), &files);
    let find = |path: &str, version: &str| {
        go_vendored(folder.path(), &folder.path().join("svc"), (path, version), &limits(), &all)
    };
    assert_eq!(paths(&find(PATH, "v1.2.1").unwrap()), ["lib.go"]);
    assert_eq!(paths(&find("git.example/Team/lib/sub", "v0.1.0").unwrap()), ["sub.go"]);
    assert_eq!(find(PATH, "v2.0.0").unwrap_err().code(), "wrong_package");
    assert_eq!(find("git.example/gone", "v1.0.0").unwrap_err().code(), "not_found");
}
