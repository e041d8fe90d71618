//! A registry that hangs, lies, redirects or refuses, and configuration in a checkout that wants credentials: seen
//! through the command line.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod support;

use std::process::{Command, Output};

use faultline_testkit::{Reply, Request, Server, assert_schema, tar_gz, write_tree};
use serde_json::{Value, json};
use support::{INSTALLED, Place};

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

/// The tarball of a package of [`INSTALLED`].
fn tarball(name: &str) -> Vec<u8> {
    let folder = format!("node_modules/{name}/");
    let files: Vec<(String, &[u8])> = INSTALLED
        .iter()
        .filter_map(|(path, text)| Some((format!("package/{}", path.strip_prefix(&folder)?), text.as_bytes())))
        .collect();
    tar_gz(&files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect::<Vec<_>>())
}

/// The document of a package; every version has the same tarball.
fn document(request: &Request, name: &str) -> Reply {
    let address = format!("http://{}/-/{name}.tgz", request.header("host").unwrap_or_default());
    let dist = json!({"dist": {"tarball": address}});
    let versions = json!({"1.0.0": dist, "1.2.0": dist, "2.0.1": dist});
    Reply::Ok(JSON, json!({"name": name, "versions": versions}).to_string().into_bytes())
}

fn honest(request: &Request) -> Reply {
    match request.path.strip_prefix("/-/").and_then(|file| file.strip_suffix(".tgz")) {
        Some(name) => Reply::Ok(BYTES, tarball(name)),
        None => document(request, request.path.trim_start_matches('/')),
    }
}

/// Honest about all packages but `inner`.
fn lying_about_inner(lie: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| if request.path.contains("inner") { lie(request) } else { honest(request) })
}

/// Lies in the tarball of `inner` only.
fn with_inner(bytes: Vec<u8>) -> Server {
    lying_about_inner(move |request| {
        if request.path.starts_with("/-/") { Reply::Ok(BYTES, bytes.clone()) } else { document(request, "inner") }
    })
}

/// A checkout without installed packages, and a home of its own.
fn bare_place() -> Place {
    let place = Place::new();
    std::fs::remove_dir_all(place.path().join("shop/node_modules")).unwrap();
    std::fs::create_dir(place.path().join("home")).unwrap();
    place
}

/// `scan shop` with a home and nothing of the surrounding configuration.
fn scan(place: &Place, registry: Option<&Server>) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("faultline"));
    for (name, _) in std::env::vars().filter(|(n, _)| {
        let n = n.to_ascii_lowercase();
        n.starts_with("npm_config") || n.starts_with("pip_") || n.starts_with("uv_") || n == "virtual_env"
    }) {
        command.env_remove(name);
    }
    let home = place.path().join("home");
    command.current_dir(place.path().join("shop")).env("HOME", &home).env("XDG_CONFIG_HOME", home.join(".config"));
    command.env("FAULTLINE_STORE", place.path().join("store.db"));
    if let Some(registry) = registry {
        command.env("FAULTLINE_NPM_REGISTRY", registry.url(""));
    }
    command.args(["scan", "--advisories", "../osv", "--format", "json", "--timeout", "1"]);
    command
}

fn answer(output: &Output, code: i32) -> Value {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words}{}", String::from_utf8_lossy(&output.stdout));
    let value = serde_json::from_slice(&output.stdout).unwrap();
    assert_schema("scan.json", &value);
    value
}

/// The reason why `inner` is not there; the rest is answered, and nothing is called clean.
fn why_inner_is_missing(server: &Server) -> String {
    let place = bare_place();
    let answer = answer(&scan(&place, Some(server)).output().unwrap(), 3);
    let exposures = answer["exposures"].as_array().unwrap();
    assert_eq!(exposures.len(), 2, "{answer}");
    let inner = exposures.iter().find(|e| e["package"] == "pkg:npm/inner@2.0.1").unwrap();
    assert_eq!(inner["verdict"], "not_determined", "{inner}");
    let reasons = inner["reasons"].as_array().unwrap();
    assert!(reasons.iter().any(|r| r["code"] == "package_missing"), "{reasons:?}");
    let rows = answer["incomplete"].as_array().unwrap();
    let row = rows.iter().find(|r| r["what"] == "pkg:npm/inner@2.0.1").unwrap_or_else(|| panic!("{rows:?}"));
    row["why"].as_str().unwrap().to_owned()
}

#[test]
fn an_honest_registry_gives_the_whole_answer() {
    let (place, server) = (bare_place(), Server::start(honest));
    let answer = answer(&scan(&place, Some(&server)).output().unwrap(), 0);
    assert_eq!(answer["exposures"][0]["level"], "reachable", "{answer}");
}

#[test]
fn a_package_that_is_not_what_was_asked_for_is_not_used() {
    let other = |name: &str, version: &str| {
        let manifest = json!({"name": name, "version": version}).to_string();
        tar_gz(&[("package/package.json", manifest.as_bytes()), ("package/index.js", b"exports.parse = 1;\n")])
    };
    let why = why_inner_is_missing(&with_inner(other("outer", "2.0.1")));
    assert!(why.contains("holds outer 2.0.1, not inner 2.0.1"), "{why}");
    let why = why_inner_is_missing(&with_inner(other("inner", "1.0.0")));
    assert!(why.contains("holds inner 1.0.0, not inner 2.0.1"), "{why}");
    let server = with_inner(other("inner", "v2.0.1+build"));
    let place = bare_place();
    answer(&scan(&place, Some(&server)).output().unwrap(), 0);
}

#[test]
fn bytes_that_break_a_promise_are_not_used() {
    let server = lying_about_inner(|request| {
        if request.path.starts_with("/-/") {
            return Reply::Ok(BYTES, tarball("inner"));
        }
        let address = format!("http://{}/-/inner.tgz", request.header("host").unwrap_or_default());
        let dist = json!({"tarball": address, "shasum": "0".repeat(40)});
        Reply::Ok(JSON, json!({"versions": {"2.0.1": {"dist": dist}}}).to_string().into_bytes())
    });
    assert!(why_inner_is_missing(&server).contains("but 0000"));
    let half = tarball("inner");
    assert!(why_inner_is_missing(&with_inner(half[..half.len() / 2].to_vec())).contains("truncated"));
    assert!(why_inner_is_missing(&with_inner(b"<html>log in</html>".to_vec())).contains("not a readable archive"));
    assert!(why_inner_is_missing(&with_inner(Vec::new())).contains("truncated"));
    let zeros = vec![0; 15 << 20];
    let bomb = tar_gz(&[("package/a.js", &zeros), ("package/b.js", &zeros), ("package/c.js", &zeros)]);
    assert!(why_inner_is_missing(&with_inner(bomb)).contains("times its packed size"));
}

#[test]
fn statuses_are_told_with_what_to_do() {
    for (status, words) in [
        (401, "check the credentials"),
        (403, "check the credentials"),
        (404, "was not found"),
        (500, "answered 500; try again later"),
    ] {
        let why = why_inner_is_missing(&lying_about_inner(move |_| Reply::Status(status)));
        assert!(why.contains(words), "{status}: {why}");
    }
    let why = why_inner_is_missing(&lying_about_inner(|_| Reply::Ok("text/html", b"<html>".to_vec())));
    assert!(why.contains("not a package document"), "{why}");
    let why = why_inner_is_missing(&lying_about_inner(|r| Reply::Redirect(r.path.clone())));
    assert!(why.contains("redirects"), "{why}");
}

#[test]
fn a_registry_that_hangs_is_given_up_for_all_packages() {
    let (place, server) = (bare_place(), Server::start(|_| Reply::Hang));
    let answer = answer(&scan(&place, Some(&server)).output().unwrap(), 3);
    assert!(answer["incomplete"].to_string().contains("does not answer; try again later"), "{answer}");
    assert!(server.requests().len() <= 8, "{}", server.requests().len());
}

#[test]
fn a_token_of_the_user_goes_to_its_own_host_only() {
    let thief = Server::start(|_| Reply::Ok(BYTES, tarball("inner")));
    let to = thief.url("/inner.tgz");
    let server = lying_about_inner(move |request| {
        if request.path.starts_with("/-/") { Reply::Redirect(to.clone()) } else { document(request, "inner") }
    });
    let place = bare_place();
    let npmrc = format!("registry={}\n//{}/:_authToken=s3cret-token\n", server.url("/"), server.host());
    write_tree(place.path(), &[("home/.npmrc", &npmrc)]);
    let output = scan(&place, None).output().unwrap();
    let answer = answer(&output, 0);
    assert_eq!(answer["exposures"][0]["level"], "reachable", "{answer}");
    assert!(server.requests().iter().all(|r| r.header("authorization") == Some("Bearer s3cret-token")));
    assert!(!thief.requests().is_empty() && thief.requests().iter().all(|r| r.header("authorization").is_none()));
    assert!(!format!("{output:?}").contains("s3cret"));
}

#[test]
fn configuration_in_a_checkout_sends_nothing_anywhere() {
    let thief = Server::start(|_| Reply::Status(404));
    let (npm, pypi) = (Server::start(honest), Server::start(|_| Reply::Status(404)));
    let place = bare_place();
    let (address, host) = (thief.url("/"), thief.host());
    let npmrc = format!("registry={address}\n@acme:registry={address}\n//{host}/:_authToken=${{NPM_TOKEN}}\n");
    let index = format!("--index-url {address}\n--extra-index-url={address}\n-f {address}\nrequests==2.25.1\n");
    let lock = support::LOCKFILE.replace(
        "\"node_modules/outer\": {\"version\": \"1.2.0\"",
        &format!("\"node_modules/outer\": {{\"version\": \"1.2.0\", \"resolved\": \"{address}outer.tgz\""),
    );
    place.write(&[
        (".npmrc", &npmrc),
        ("pip.conf", &format!("[global]\nindex-url = {address}\n")),
        (".pip/pip.conf", &format!("[global]\nindex-url = {address}\n")),
        (".yarnrc.yml", &format!("npmRegistryServer: \"{address}\"\n")),
        ("uv.toml", &format!("index-url = \"{address}\"\n")),
        ("requirements.txt", &index),
        ("package-lock.json", &lock),
    ]);
    let advisory = support::advisory("GHSA-pppp-pppp-pppp", "CVE-2026-0009", "requests").replace("npm", "PyPI");
    place.advise(&[("four.json", &advisory.replace("2.1.0", "2.26.0"))]);
    write_tree(place.path(), &[("home/.npmrc", &format!("registry={}\n", npm.url("/")))]);
    let mut command = scan(&place, None);
    command.env("NPM_TOKEN", "s3cret").env("PIP_INDEX_URL", pypi.url("/simple"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(thief.requests(), [], "{output:?}");
    assert!(!npm.requests().is_empty() && !pypi.requests().is_empty());
    assert!(!npm.requests().iter().chain(&pypi.requests()).any(|r| format!("{r:?}").contains("s3cret")));
}
