//! Package archives, honest and hostile.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::{Cursor, Write};

use faultline_source::{ArchiveKind, Limits, PackageFiles, Result, SourceError, unpack};
use faultline_testkit::{gzip, tar_gz, tar_header, tar_of};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn small() -> Limits {
    Limits { max_unpacked_bytes: 64 << 20, max_file_bytes: 1 << 20, max_files: 1000, ..Limits::default() }
}

fn all(_: &str) -> bool {
    true
}

fn open(name: &str, bytes: &[u8], kind: ArchiveKind) -> Result<PackageFiles> {
    unpack(name, bytes, kind, &small(), &all)
}

fn paths(files: &PackageFiles) -> Vec<&str> {
    files.files.iter().map(|(p, _)| p.as_str()).collect()
}

fn codes(files: &PackageFiles) -> Vec<&str> {
    files.problems.iter().map(|p| p.code.as_str()).collect()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_npm_tarball_loses_its_top_folder_whatever_its_name() {
    for top in ["package", "express-4.17.1", "x y"] {
        let (json, lib) = (format!("{top}/package.json"), format!("{top}/lib/a.js"));
        let files = open("x.tgz", &tar_gz(&[(&lib, b"a"), (&json, b"{}")]), ArchiveKind::NpmTarball).unwrap();
        assert_eq!(paths(&files), ["lib/a.js", "package.json"]);
        assert_eq!(&**files.get("lib/a.js").unwrap(), b"a");
        assert!(files.problems.is_empty());
    }
}

#[test]
fn an_uncompressed_tarball_is_read() {
    let files = open("x.tgz", &tar_of(&[("package/a.js", b"a")]), ArchiveKind::NpmTarball).unwrap();
    assert_eq!(paths(&files), ["a.js"]);
}

#[test]
fn a_source_distribution_is_laid_out_as_installed() {
    let flat = tar_gz(&[("p-1.0/p/__init__.py", b""), ("p-1.0/setup.py", b"")]);
    assert_eq!(paths(&open("p-1.0.tar.gz", &flat, ArchiveKind::Sdist).unwrap()), ["p/__init__.py", "setup.py"]);
    let src = zip_of(&[("p-1.0/src/p/__init__.py", b""), ("p-1.0/setup.py", b"")]);
    assert_eq!(paths(&open("p-1.0.zip", &src, ArchiveKind::Sdist).unwrap()), ["p/__init__.py", "setup.py"]);
    let package = zip_of(&[("p-1.0/src/__init__.py", b"")]);
    assert_eq!(paths(&open("p-1.0.zip", &package, ArchiveKind::Sdist).unwrap()), ["src/__init__.py"]);
}

#[test]
fn a_wheel_is_laid_out_as_installed() {
    let wheel = zip_of(&[
        ("p/__init__.py", b""),
        ("p-1.0.data/purelib/q.py", b""),
        ("p-1.0.data/scripts/run", b""),
        ("p-1.0.dist-info/METADATA", b""),
    ]);
    let files = open("p-1.0-py3-none-any.whl", &wheel, ArchiveKind::Wheel).unwrap();
    assert_eq!(paths(&files), ["p-1.0.data/scripts/run", "p-1.0.dist-info/METADATA", "p/__init__.py", "q.py"]);
}

#[test]
fn only_what_is_wanted_is_kept() {
    let tarball = tar_gz(&[("package/a.js", b"a"), ("package/logo.png", &[0; 5000]), ("package/b.ts", b"b")]);
    let keep = |p: &str| !p.contains("png");
    let files = unpack("x.tgz", &tarball, ArchiveKind::NpmTarball, &small(), &keep).unwrap();
    assert_eq!((paths(&files), files.skipped), (vec!["a.js", "b.ts"], 1));
}

#[test]
fn paths_that_lead_out_are_left_out() {
    let names: [&[u8]; 7] = [
        b"package/../../etc/passwd",
        b"/etc/passwd",
        b"package/..",
        b"C:\\windows\\x.js",
        b"\\\\host\\share",
        b"package\\..\\..\\x.js",
        b"package/ok.js",
    ];
    let mut tar: Vec<u8> = names.iter().flat_map(|n| tar_header(n, 0, b'0', b"")).collect();
    tar.extend([0; 1024]);
    let files = open("x.tgz", &gzip(&tar), ArchiveKind::NpmTarball).unwrap();
    assert_eq!(paths(&files), ["ok.js"]);
    assert_eq!(codes(&files), ["bad_path"; 6]);
    let zip = zip_of(&[("../x.py", b""), ("/y.py", b""), ("ok.py", b"")]);
    let files = open("x.whl", &zip, ArchiveKind::Wheel).unwrap();
    assert_eq!((paths(&files), codes(&files)), (vec!["ok.py"], vec!["bad_path"; 2]));
}

#[test]
fn links_and_devices_are_left_out() {
    let kinds = [(b'1', "hard"), (b'2', "soft"), (b'3', "device"), (b'6', "pipe")];
    let header = |(kind, name): &(u8, &str)| tar_header(format!("package/{name}").as_bytes(), 0, *kind, b"/etc/passwd");
    let mut tar: Vec<u8> = kinds.iter().flat_map(header).collect();
    tar.extend(tar_of(&[("package/ok.js", b"x")]));
    let files = open("x.tgz", &gzip(&tar), ArchiveKind::NpmTarball).unwrap();
    assert_eq!((paths(&files), codes(&files)), (vec!["ok.js"], vec!["not_a_file"; 4]));
}

#[test]
fn a_path_that_stands_twice_has_the_last_content() {
    let tarball = tar_gz(&[("package/a.js", b"first"), ("package/a.js", b"last")]);
    let files = open("x.tgz", &tarball, ArchiveKind::NpmTarball).unwrap();
    assert_eq!((&**files.get("a.js").unwrap(), codes(&files)), (b"last".as_slice(), vec!["duplicate_path"]));
}

#[test]
fn a_zip_with_a_name_twice_says_so() {
    let mut zip = zip_of(&[("a.py", b"first"), ("b.py", b"last!")]);
    // The writer refuses equal names, so one is renamed in the finished archive.
    for at in 0..zip.len() - 4 {
        if &zip[at..at + 4] == b"b.py" {
            zip[at] = b'a';
        }
    }
    let files = open("x.whl", &zip, ArchiveKind::Wheel).unwrap();
    assert!(codes(&files).contains(&"duplicate_path"), "{files:?}");
    assert_eq!(paths(&files), ["a.py"]);
}

#[test]
fn a_gzip_bomb_is_stopped_by_its_ratio() {
    let zeros = vec![0; 60 << 20];
    let bomb = tar_gz(&[("package/zeros.js", &zeros)]);
    let error = open("bomb.tgz", &bomb, ArchiveKind::NpmTarball).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
    let unwanted = unpack("bomb.tgz", &bomb, ArchiveKind::NpmTarball, &small(), &|_: &str| false);
    assert_eq!(unwanted.unwrap_err().code(), "too_large", "skipped files count as well");
}

#[test]
fn a_zip_bomb_of_many_files_is_stopped() {
    let zeros = vec![0; 900 << 10];
    let names: Vec<String> = (0..100).map(|n| format!("f{n}.py")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), zeros.as_slice())).collect();
    let error = open("bomb.whl", &zip_of(&files), ArchiveKind::Wheel).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[test]
fn a_header_that_lies_about_its_size_does_not_get_the_memory() {
    let mut tar = tar_header(b"package/a.js", 0o7_777_777_777, b'0', b"");
    tar.extend([b'x'; 1024]);
    let error = open("x.tgz", &gzip(&tar), ArchiveKind::NpmTarball).unwrap_err();
    assert!(matches!(error, SourceError::Truncated { .. }), "{error}");
}

#[test]
fn a_long_name_without_end_is_stopped() {
    let mut tar = tar_header(b"././@LongLink", 200 << 20, b'L', b"");
    tar.resize(tar.len() + (200 << 20), b'n');
    tar.extend(tar_header(b"package/a.js", 0, b'0', b""));
    let error = open("x.tgz", &gzip(&tar), ArchiveKind::NpmTarball).unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error}");
}

#[test]
fn one_file_above_the_limit_is_left_out_and_the_rest_is_read() {
    let noise: Vec<u8> = (0..2_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let files = [("package/big.js", noise.as_slice()), ("package/ok.js", b"x")];
    let files = open("x.tgz", &tar_gz(&files), ArchiveKind::NpmTarball).unwrap();
    assert_eq!((paths(&files), codes(&files)), (vec!["ok.js"], vec!["too_large"]));
}

#[test]
fn too_many_files_and_too_many_bytes_are_errors() {
    let many: Vec<u8> = (0..2000).flat_map(|n| tar_header(format!("p/{n}").as_bytes(), 0, b'0', b"")).collect();
    assert_eq!(open("x.tgz", &gzip(&many), ArchiveKind::NpmTarball).unwrap_err().code(), "too_large");
    let limits = Limits { max_archive_bytes: 10, ..Limits::default() };
    let error = unpack("x.tgz", &tar_gz(&[("p/a", b"")]), ArchiveKind::NpmTarball, &limits, &all).unwrap_err();
    assert_eq!(error.code(), "too_large");
}

#[test]
fn a_path_above_the_limit_is_left_out() {
    let limits = Limits { max_path_len: 20, ..small() };
    let tarball = tar_gz(&[("package/a-rather-long-name.js", b""), ("package/b.js", b"")]);
    let files = unpack("x.tgz", &tarball, ArchiveKind::NpmTarball, &limits, &all).unwrap();
    assert_eq!((paths(&files), codes(&files)), (vec!["b.js"], vec!["bad_path"]));
}

#[test]
fn an_archive_in_an_archive_is_a_file() {
    let inner = tar_gz(&[("package/evil.js", b"x")]);
    let files = open("x.tgz", &tar_gz(&[("package/inner.tgz", &inner)]), ArchiveKind::NpmTarball).unwrap();
    assert_eq!(&**files.get("inner.tgz").unwrap(), inner.as_slice());
}

#[test]
fn every_truncation_is_an_error_or_told() {
    let noise: Vec<u8> = (0..5000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let tarball = tar_gz(&[("package/a.js", &noise), ("package/b.js", &noise)]);
    let zip = zip_of(&[("a.py", &noise), ("b.py", &noise)]);
    for part in 1..20 {
        let cut = |bytes: &[u8]| bytes[..bytes.len() * part / 20].to_vec();
        let error = open("x.tgz", &cut(&tarball), ArchiveKind::NpmTarball).unwrap_err();
        assert_eq!(error.code(), "truncated", "{part}: {error}");
        let error = open("x.whl", &cut(&zip), ArchiveKind::Wheel).unwrap_err();
        assert_eq!(error.code(), "truncated", "{part}: {error}");
    }
}

#[test]
fn damage_in_one_file_of_a_zip_leaves_the_others() {
    let noise: Vec<u8> = (0..5000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut zip = zip_of(&[("a.py", &noise), ("b.py", b"fine")]);
    zip[2000] ^= 0xff;
    let files = open("x.whl", &zip, ArchiveKind::Wheel).unwrap();
    assert_eq!((paths(&files), codes(&files)), (vec!["b.py"], vec!["archive_unreadable"]));
}

#[test]
fn what_is_no_archive_is_named_so() {
    let page = b"<html>please log in</html>";
    assert_eq!(open("x.tgz", page, ArchiveKind::NpmTarball).unwrap_err().code(), "archive_unreadable");
    assert_eq!(open("x.tgz", b"", ArchiveKind::NpmTarball).unwrap_err().code(), "truncated");
    assert_eq!(open("x.tgz", &gzip(page), ArchiveKind::NpmTarball).unwrap_err().code(), "truncated");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_goes_in_comes_out(files in prop::collection::btree_map("[a-z]{1,8}(/[a-z]{1,8}){0,2}\\.js", prop::collection::vec(any::<u8>(), 0..600), 0..12)) {
        let named: Vec<(String, &[u8])> = files.iter().map(|(p, c)| (format!("package/{p}"), c.as_slice())).collect();
        let listed: Vec<(&str, &[u8])> = named.iter().map(|(p, c)| (p.as_str(), *c)).collect();
        prop_assume!(!files.is_empty());
        let read = open("x.tgz", &tar_gz(&listed), ArchiveKind::NpmTarball).unwrap();
        let read: Vec<(String, Vec<u8>)> = read.files.into_iter().map(|(p, c)| (p, c.to_vec())).collect();
        prop_assert_eq!(read, files.clone().into_iter().collect::<Vec<_>>());
        let stripped: Vec<(&str, &[u8])> = files.iter().map(|(p, c)| (p.as_str(), c.as_slice())).collect();
        let read = open("x.whl", &zip_of(&stripped), ArchiveKind::Wheel).unwrap();
        prop_assert_eq!(read.files.len(), files.len());
    }

    #[test]
    fn no_damage_panics_or_escapes(seed in any::<u64>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let content = seed.to_le_bytes().repeat(40);
        for (name, mut bytes) in [
            ("x.tgz", tar_gz(&[("package/a.js", &content), ("package/b/c.js", b"x")])),
            ("x.tar", tar_of(&[("package/a.js", &content), ("package/b/c.js", b"x")])),
            ("x.whl", zip_of(&[("a.py", &content), ("b/c.py", b"x")])),
        ] {
            for (at, value) in &flips {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            if let Ok(files) = open(name, &bytes, ArchiveKind::Other) {
                for (path, _) in files.files {
                    prop_assert!(!path.starts_with('/') && !path.split('/').any(|p| p == ".."), "{}", path);
                }
            }
        }
    }
}
