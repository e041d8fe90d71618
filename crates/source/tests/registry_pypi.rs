//! Python indexes: where they are found, which file is taken, what is believed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::io::{Cursor, Write};

use common::{hash, registries, vars};
use faultline_package::{Ecosystem, Integrity};
use faultline_source::{ClientEnvironment, Fetched, Registries, RegistryConfig, Result, Verified};
use faultline_testkit::{Reply, Request, Server, tar_gz, write_tree};
use zip::write::SimpleFileOptions;

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const BYTES: &str = "application/octet-stream";

fn pypi(registries: &Registries, name: &str, version: &str, promised: &[Integrity]) -> Result<Fetched> {
    common::fetch(registries, Ecosystem::PyPi, name, version, promised)
}

fn wheel() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("my_pkg/__init__.py", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"wheel = 1").unwrap();
    writer.finish().unwrap().into_inner()
}

fn sdist() -> Vec<u8> {
    tar_gz(&[("my-pkg-1.0/src/my_pkg/__init__.py", b"sdist = 1"), ("my-pkg-1.0/setup.py", b"")])
}

fn files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("my_pkg-1.0-py3-none-any.whl", wheel()),
        ("my-pkg-1.0.tar.gz", sdist()),
        ("my-pkg-2.0.tar.gz", tar_gz(&[("my-pkg-2.0/x.py", b"")])),
    ]
}

fn json_page() -> Vec<u8> {
    let line = |(name, bytes): &(&str, Vec<u8>)| {
        let sha256 = hash("sha256", bytes).hex;
        format!(
            r#"{{"filename":"{name}","url":"../../files/{name}","hashes":{{"sha256":"{sha256}"}},"size":{}}}"#,
            bytes.len()
        )
    };
    let lines: Vec<String> = files().iter().map(line).collect();
    format!(r#"{{"meta":{{"api-version":"1.1"}},"name":"my-pkg","files":[{}]}}"#, lines.join(",")).into_bytes()
}

fn html_page() -> Vec<u8> {
    let line = |(name, bytes): &(&str, Vec<u8>)| {
        format!(
            "<a data-requires-python=\"&gt;=3\" href=\"../../files/{name}#sha256={}\">{name}</a><br>",
            hash("sha256", bytes).hex
        )
    };
    files().iter().map(line).collect::<String>().into_bytes()
}

/// An index with one page.
fn index(kind: &'static str, page: Vec<u8>) -> Server {
    Server::start(move |request: &Request| {
        if request.path == "/simple/my-pkg/" {
            return Reply::Ok(kind, page.clone());
        }
        let found = files().into_iter().find(|(n, _)| request.path.ends_with(&format!("/files/{n}")));
        found.map_or(Reply::Status(404), |(_, bytes)| Reply::Ok(BYTES, bytes))
    })
}

fn at(server: &Server) -> RegistryConfig {
    RegistryConfig { pypi: Some(server.url("/simple")), ..RegistryConfig::default() }
}

#[test]
fn a_pure_wheel_is_preferred_in_both_forms_of_the_page() {
    for server in [index(JSON, json_page()), index("text/html", html_page())] {
        let registries = registries(at(&server), ClientEnvironment::default());
        let fetched = pypi(&registries, "My_Pkg", "1.0.0", &[]).unwrap();
        assert_eq!(fetched.artifact, "my_pkg-1.0-py3-none-any.whl");
        assert_eq!(fetched.verified, Verified::Registry);
        assert_eq!(&**fetched.files.get("my_pkg/__init__.py").unwrap(), b"wheel = 1");
        assert!(server.requests()[0].header("accept").unwrap().contains("vnd.pypi.simple.v1+json"));
    }
}

#[test]
fn the_lockfile_says_which_file_it_is() {
    let server = index(JSON, json_page());
    let registries = registries(at(&server), ClientEnvironment::default());
    let fetched = pypi(&registries, "my-pkg", "1.0", &[hash("sha256", b"other"), hash("sha256", &sdist())]).unwrap();
    assert_eq!((fetched.artifact.as_str(), fetched.verified), ("my-pkg-1.0.tar.gz", Verified::Lockfile));
    assert_eq!(&**fetched.files.get("my_pkg/__init__.py").unwrap(), b"sdist = 1");
    let error = pypi(&registries, "my-pkg", "1.0", &[hash("sha256", b"other")]).unwrap_err();
    assert_eq!(error.code(), "hash_mismatch");
}

#[test]
fn a_file_that_is_not_what_the_index_promised_is_refused() {
    let page = String::from_utf8(json_page()).unwrap().replace(&hash("sha256", &wheel()).hex, &"0".repeat(64));
    let server = index(JSON, page.into_bytes());
    let registries = registries(at(&server), ClientEnvironment::default());
    assert_eq!(pypi(&registries, "my-pkg", "1.0", &[]).unwrap_err().code(), "hash_mismatch");
    let lies_for_the_lockfile = pypi(&registries, "my-pkg", "1.0", &[hash("sha256", &sdist())]);
    assert!(lies_for_the_lockfile.is_ok(), "the honest file is still to be had");
}

#[test]
fn a_file_that_is_too_large_gives_way_to_a_smaller_one() {
    let page = String::from_utf8(json_page()).unwrap();
    let page = page.replacen(&format!("\"size\":{}", wheel().len()), "\"size\":99999999999", 1);
    let server = index(JSON, page.into_bytes());
    let registries = registries(at(&server), ClientEnvironment::default());
    assert_eq!(pypi(&registries, "my-pkg", "1.0", &[]).unwrap().artifact, "my-pkg-1.0.tar.gz");
}

#[test]
fn a_version_or_package_that_is_not_there_is_not_found() {
    let server = index(JSON, json_page());
    let registries = registries(at(&server), ClientEnvironment::default());
    assert_eq!(pypi(&registries, "my-pkg", "3.0", &[]).unwrap_err().code(), "not_found");
    assert_eq!(pypi(&registries, "other", "1.0", &[]).unwrap_err().code(), "not_found");
    assert_eq!(pypi(&registries, "../admin", "1.0", &[]).unwrap_err().code(), "bad_input");
}

#[test]
fn an_extra_index_has_what_the_first_has_not() {
    let (empty, full) = (Server::start(|_: &Request| Reply::Status(404)), index(JSON, json_page()));
    let environment = vars(&[("PIP_INDEX_URL", &empty.url("/simple")), ("PIP_EXTRA_INDEX_URL", &full.url("/simple"))]);
    let registries = registries(RegistryConfig::default(), environment);
    assert!(pypi(&registries, "my-pkg", "1.0", &[]).is_ok());
    assert_eq!(empty.requests().len(), 1);
}

#[test]
fn credentials_of_an_index_are_not_sent_to_the_host_of_the_files() {
    let files = index(JSON, Vec::new());
    let page = String::from_utf8(json_page()).unwrap().replace("../../files", &files.url("/files"));
    let server = index(JSON, page.into_bytes());
    let address = server.url("/simple").replace("http://", "http://me:secret@");
    let environment = vars(&[("PIP_INDEX_URL", &address)]);
    let registries = registries(RegistryConfig::default(), environment);
    pypi(&registries, "my-pkg", "1.0", &[]).unwrap();
    assert_eq!(server.requests()[0].header("authorization"), Some("Basic bWU6c2VjcmV0"));
    assert_eq!(files.requests()[0].header("authorization"), None);
    assert!(!registries.address(Ecosystem::PyPi).unwrap().0.contains("secret"));
}

fn address(environment: ClientEnvironment, config: RegistryConfig) -> (String, &'static str) {
    registries(config, environment).address(Ecosystem::PyPi).unwrap()
}

#[test]
fn configuration_then_environment_then_pips_files() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(
        folder.path(),
        &[
            ("home/.config/pip/pip.conf", "[global]\nindex-url = https://home.registry.example/simple\n"),
            ("system/etc/pip.conf", "[global]\nindex-url: https://system.registry.example/simple\n"),
        ],
    );
    let mut environment = vars(&[("UV_DEFAULT_INDEX", "corp=https://env.registry.example/simple/")]);
    environment.home = Some(folder.path().join("home"));
    environment.system = Some(folder.path().join("system"));
    let own = RegistryConfig { pypi: Some("https://own.registry.example/simple/".into()), ..RegistryConfig::default() };
    assert_eq!(address(environment.clone(), own).1, "configuration");
    let expected = ("https://env.registry.example/simple".to_owned(), "environment");
    assert_eq!(address(environment.clone(), RegistryConfig::default()), expected);
    environment.vars.clear();
    let expected = ("https://home.registry.example/simple".to_owned(), "pip.conf");
    assert_eq!(address(environment.clone(), RegistryConfig::default()), expected);
    environment.home = None;
    let expected = ("https://system.registry.example/simple".to_owned(), "pip.conf");
    assert_eq!(address(environment, RegistryConfig::default()), expected);
}

#[test]
fn nothing_configured_is_an_error_with_a_remedy() {
    let registries = registries(RegistryConfig::default(), ClientEnvironment::default());
    let error = registries.address(Ecosystem::PyPi).unwrap_err();
    assert_eq!(error.code(), "registry_not_configured");
    assert!(error.to_string().contains("PIP_INDEX_URL"), "{error}");
}

#[cfg(unix)]
#[test]
fn pips_default_is_read_from_pips_own_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let pip = folder.path().join("site-packages/pip");
    let model = "PyPI = PackageIndex(\n    \"https://default.registry.example/\",\n)\n";
    write_tree(&pip, &[("_internal/models/index.py", model)]);
    let script = format!("#!/bin/sh\necho 'pip 24.0 from {} (python 3.12)'\n", pip.display());
    write_tree(folder.path(), &[("bin/pip3", &script)]);
    std::fs::set_permissions(folder.path().join("bin/pip3"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = folder.path().join("bin").display().to_string();
    let environment = ClientEnvironment { ask_clients: true, ..vars(&[("PATH", &path)]) };
    let expected = ("https://default.registry.example/simple".to_owned(), "pip");
    assert_eq!(address(environment, RegistryConfig::default()), expected);
}
