//! Maven repositories: folders, the configured address, checksums, jars in jars.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::io::{Cursor, Write};
use std::path::Path;

use common::{hash, limits, registries};
use faultline_package::{Coordinates, Ecosystem};
use faultline_source::{ClientEnvironment, Limits, RegistryConfig, SourceError, Verified, unpack_jar};
use faultline_testkit::{Reply, Request, Server, write_tree};
use zip::write::SimpleFileOptions;

fn jar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn at(group: &str, artifact: &str, version: &str) -> Coordinates {
    Coordinates::new(group, artifact, version)
}

fn folder_of(root: &Path) -> RegistryConfig {
    RegistryConfig { maven_local: vec![root.to_owned()], ..RegistryConfig::default() }
}

fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_folder_gives_poms_versions_and_jars() {
    let root = tempfile::tempdir().unwrap();
    write_tree(
        root.path(),
        &[
            ("org/x/a/1.0/a-1.0.pom", "<project/>"),
            ("org/x/a/2.0-SNAPSHOT/a-2.0-20260102.030405-7.pom", "<project>7</project>"),
            ("org/x/a/2.0-SNAPSHOT/a-2.0-20260102.030405-6.pom", "<project>6</project>"),
            ("org/x/a/debian/a-debian.pom", "<debian.originalVersion>3.3</debian.originalVersion>"),
            (
                "org/x/a/maven-metadata-main.xml",
                "<metadata><versioning><versions><version>0.9</version></versions></versioning></metadata>",
            ),
        ],
    );
    let bytes = jar(&[("pkg/A.class", b"x"), ("lib/b.jar", &jar(&[("pkg/B.class", b"y")]))]);
    write(root.path(), "org/x/a/1.0/a-1.0-tests.jar", &bytes);
    write(root.path(), "org/x/a/1.0/a-1.0-tests.jar.sha1", hash("sha1", &bytes).hex.as_bytes());
    let registries = registries(folder_of(root.path()), ClientEnvironment::default());
    assert_eq!(registries.maven_versions("org.x", "a").unwrap(), ["0.9", "1.0"]);
    let pom = |version: &str| registries.maven_pom(&at("org.x", "a", version)).map(|file| file.bytes);
    assert_eq!(pom("1.0").unwrap(), b"<project/>");
    assert_eq!(pom("2.0-SNAPSHOT").unwrap(), b"<project>7</project>");
    assert!(pom("3.3").is_ok() && matches!(pom("3.4"), Err(SourceError::NotConfigured { .. })));
    assert!(common::fetch(&registries, Ecosystem::Maven, "org.x:a", "1.0", &[]).is_err());
    let purl = at("org.x", "a", "1.0").purl();
    let fetched = registries.fetch_maven(&purl, "jar", "tests", &[], &|path| path.contains(".class")).unwrap();
    assert_eq!(fetched.verified, Verified::Registry);
    let paths: Vec<&str> = fetched.files.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["lib/b.jar!/pkg/B.class", "pkg/A.class"]);
}

#[test]
fn what_a_checksum_contradicts_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for (artifact, sum) in [("sha1", "0".repeat(40)), ("md5", format!("MD5(x)= {}", "0".repeat(32)))] {
        write(root.path(), &format!("g/{artifact}/1/{artifact}-1.pom"), b"<project/>");
        write(root.path(), &format!("g/{artifact}/1/{artifact}-1.pom.{artifact}"), sum.as_bytes());
        let registries = registries(folder_of(root.path()), ClientEnvironment::default());
        let error = registries.maven_pom(&at("g", artifact, "1")).unwrap_err();
        assert!(matches!(error, SourceError::HashMismatch { .. }), "{error}");
    }
}

#[test]
fn coordinates_lead_nowhere_else() {
    let root = tempfile::tempdir().unwrap();
    let registries = registries(folder_of(root.path()), ClientEnvironment::default());
    for (group, artifact, version) in [
        ("g", "..", "1"),
        ("g..h", "a", "1"),
        ("g", "a/../../b", "1"),
        ("g", "a", "../1"),
        ("", "a", "1"),
        ("g", "a", "${v}"),
    ] {
        let error = registries.maven_pom(&at(group, artifact, version)).unwrap_err();
        assert!(matches!(error, SourceError::BadInput { .. }), "{group}:{artifact}:{version} {error}");
    }
}

#[test]
fn without_any_repository_the_remedy_is_said() {
    let registries = registries(RegistryConfig::default(), ClientEnvironment::default());
    let error = registries.maven_pom(&at("g", "a", "1")).unwrap_err();
    assert_eq!(error.code(), "registry_not_configured");
    assert!(error.to_string().contains("settings.xml"), "{error}");
}

fn serve(request: &Request) -> Reply {
    let xml = |text: &str| Reply::Ok("text/xml", text.as_bytes().to_vec());
    match request.path.as_str() {
        "/repo/g/a/1/a-1.pom" => xml("<project/>"),
        "/repo/g/a/1/a-1.pom.sha1" => xml(&hash("sha1", b"<project/>").hex),
        "/repo/g/a/maven-metadata.xml" => xml(
            "<metadata><versioning><versions><version>1</version><version>2</version></versions></versioning></metadata>",
        ),
        "/repo/g/s/1-SNAPSHOT/maven-metadata.xml" => {
            xml("<metadata><version>1-SNAPSHOT</version><versioning><snapshot><timestamp>20260101.010101</timestamp>\
             <buildNumber>3</buildNumber></snapshot></versioning></metadata>")
        }
        "/repo/g/s/1-SNAPSHOT/s-1-20260101.010101-3.pom" => xml("<project>s</project>"),
        _ => Reply::Status(404),
    }
}

#[test]
fn the_users_mirror_is_asked_with_the_users_password() {
    let server = Server::start(serve);
    let home = tempfile::tempdir().unwrap();
    let settings = format!(
        "<settings><servers><server><id>m</id><username>u</username><password>${{env.SECRET}}</password></server></servers>\
         <mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>{}</url></mirror></mirrors></settings>",
        server.url("/repo")
    );
    write(home.path(), ".m2/settings.xml", settings.as_bytes());
    let mut environment = common::vars(&[("SECRET", "pw")]);
    environment.home = Some(home.path().to_owned());
    let registries = registries(RegistryConfig::default(), environment);
    assert_eq!(registries.address(Ecosystem::Maven).unwrap().1, "settings.xml");
    let file = registries.maven_pom(&at("g", "a", "1")).unwrap();
    assert!(file.verified);
    assert_eq!(registries.maven_versions("g", "a").unwrap(), ["1", "2"]);
    assert_eq!(registries.maven_pom(&at("g", "s", "1-SNAPSHOT")).unwrap().bytes, b"<project>s</project>");
    assert!(matches!(registries.maven_pom(&at("g", "none", "1")), Err(SourceError::NotFound { .. })));
    assert!(server.requests().iter().all(|r| r.header("authorization") == Some("Basic dTpwdw==")));
}

#[test]
fn jars_in_jars_end_somewhere() {
    let mut bytes = jar(&[("X.class", b"x")]);
    for _ in 0..6 {
        bytes = jar(&[("in.jar", &bytes)]);
    }
    let files = unpack_jar("out.jar", &bytes, &limits(), &|_| true).unwrap();
    assert!(files.files.is_empty() && files.problems.iter().any(|p| p.code == "too_deep"));
    let damaged = jar(&[("bad.jar", b"PK no"), ("A.class", b"a")]);
    let files = unpack_jar("out.jar", &damaged, &limits(), &|_| true).unwrap();
    assert_eq!((files.files.len(), files.problems.len()), (1, 1));
    let zeros = vec![0_u8; 3 << 20];
    let inner = jar(&[("a", &zeros)]);
    let bomb = jar(&[("1.jar", &inner), ("2.jar", &inner), ("3.jar", &inner)]);
    let tight = Limits { max_unpacked_bytes: 7 << 20, ..limits() };
    assert!(matches!(unpack_jar("bomb.jar", &bomb, &tight, &|_| true), Err(SourceError::TooLarge { .. })));
}
