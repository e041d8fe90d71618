//! Matching: ranges at their borders, lists, withdrawn records, alias groups, fixes.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first fault")]

use faultline_advisory::{Batch, Database, Group, Label, read_files};
use faultline_package::Purl;
use proptest::prelude::*;

fn database(records: &[&str]) -> Database {
    let batch = read_files(records.iter().enumerate().map(|(i, json)| (format!("{i}.json"), *json)));
    assert_eq!(batch.problems, Vec::new());
    Database::build(batch.records)
}

fn matches(database: &Database, purl: &str) -> Vec<Group> {
    database.matches(&Purl::parse(purl).unwrap())
}

fn affected(database: &Database, purl: &str) -> bool {
    !matches(database, purl).is_empty()
}

/// A record with one package and the inside of its `affected` entry.
fn record(id: &str, ecosystem: &str, name: &str, rest: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2024-01-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},{rest}}}]}}"#
    )
}

fn range(kind: &str, events: &str) -> String {
    format!(r#""ranges":[{{"type":"{kind}","events":[{events}]}}]"#)
}

#[test]
fn borders() {
    let events = r#"{"introduced":"2.0.0"},{"fixed":"2.1.0"},{"introduced":"0"},{"last_affected":"1.5.0"}"#;
    let db = database(&[&record("A-1", "npm", "x", &range("SEMVER", events))]);
    for (version, inside) in [
        ("0.0.1", true),
        ("1.5.0", true),
        ("1.5.1", false),
        ("2.0.0-rc.1", false),
        ("2.0.0", true),
        ("2.1.0-rc.1", true),
        ("2.1.0", false),
        ("2.1.0+build", false),
        ("latest", false),
    ] {
        assert_eq!(affected(&db, &format!("pkg:npm/x@{version}")), inside, "{version}");
    }
    assert!(!affected(&db, "pkg:npm/X@1.0.0"), "npm names have case");
    assert!(!affected(&db, "pkg:npm/x"), "no version, no match");
    assert!(!affected(&db, "pkg:cargo/x@1.0.0"));
}

#[test]
fn one_version_and_adjoining_ranges() {
    let one = r#"{"last_affected":"1.0"},{"introduced":"1.0"}"#;
    let adjoining = r#"{"introduced":"1.0"},{"fixed":"2.0"},{"introduced":"2.0"},{"fixed":"3.0"}"#;
    let limit = r#"{"introduced":"1.0"},{"limit":"2.0"}"#;
    let db = database(&[
        &record("A-1", "PyPI", "one", &range("ECOSYSTEM", one)),
        &record("A-2", "PyPI", "adjoining", &range("ECOSYSTEM", adjoining)),
        &record("A-3", "PyPI", "limited", &range("ECOSYSTEM", limit)),
        &record("A-4", "PyPI", "commits", &range("GIT", r#"{"introduced":"0"}"#)),
        &record("A-5", "NuGet", "Broken", &range("ECOSYSTEM", r#"{"introduced":"what"}"#)),
    ]);
    assert!(affected(&db, "pkg:pypi/one@1.0.0") && !affected(&db, "pkg:pypi/one@1.0.1"));
    assert!(affected(&db, "pkg:pypi/adjoining@2.0") && !affected(&db, "pkg:pypi/adjoining@3.0"));
    assert!(affected(&db, "pkg:pypi/limited@1.9") && !affected(&db, "pkg:pypi/limited@2.0"));
    assert!(!affected(&db, "pkg:pypi/commits@1.0"));
    assert!(!affected(&db, "pkg:nuget/broken@1.0"));
}

#[test]
fn listed_versions() {
    let db = database(&[
        &record("A-1", "PyPI", "Foo_Bar", r#""versions":["1.0","2013b","odd version"]"#),
        &record("A-2", "npm", "x", r#""versions":["6.2.1"]"#),
        &record(
            "A-3",
            "Packagist",
            "V/P",
            r#""versions":["dev-main"],"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]"#,
        ),
    ]);
    assert!(affected(&db, "pkg:pypi/foo.bar@1.0.0"), "equal, not the same text");
    assert!(affected(&db, "pkg:pypi/foo-bar@1.0%2Bcu118"), "a local label is still that version");
    assert!(affected(&db, "pkg:pypi/foo-bar@2013b"));
    assert!(!affected(&db, "pkg:pypi/foo-bar@1.0.1"));
    assert!(affected(&db, "pkg:npm/x@6.2.1") && !affected(&db, "pkg:npm/x@6.2.0"));
    assert!(affected(&db, "pkg:composer/v/p@dev-main"), "listed by name");
    assert!(!affected(&db, "pkg:composer/v/p@dev-other"), "a branch has no place in a range");
    assert!(affected(&db, "pkg:composer/v/p@v1.9"));
}

#[test]
fn names_of_go() {
    let db = database(&[
        &record("GO-1", "Go", "stdlib", &range("SEMVER", r#"{"introduced":"1.20.0-0"},{"fixed":"1.20.3"}"#)),
        &record("GO-2", "Go", "github.com/Masterminds/x", &range("SEMVER", r#"{"introduced":"0"},{"fixed":"1.2.0"}"#)),
    ]);
    for purl in ["pkg:golang/stdlib@1.20.2", "pkg:golang/stdlib@go1.20rc1", "pkg:golang/std@v1.20.0"] {
        assert!(affected(&db, purl), "{purl}");
    }
    assert!(!affected(&db, "pkg:golang/stdlib@1.20.3") && !affected(&db, "pkg:golang/stdlib@1.19.9"));
    assert!(affected(&db, "pkg:golang/github.com/masterminds/x@v1.1.0"));
    assert!(!affected(&db, "pkg:golang/github.com/Masterminds/x@v1.2.0%2Bincompatible"));
}

#[test]
fn alias_groups_reach_through_other_records() {
    let open = range("ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"2.0"}"#);
    let alias = |id: &str, aliases: &str, body: &str| {
        record(id, "PyPI", "x", body).replacen(r#""modified""#, &format!(r#""aliases":[{aliases}],"modified""#), 1)
    };
    let pysec = alias("PYSEC-1", r#""CVE-1""#, &open);
    let bridge = alias("OTHER-1", r#""CVE-1","GHSA-bbbb""#, &range("ECOSYSTEM", r#"{"introduced":"5"}"#));
    let ghsa =
        alias("GHSA-aaaa", r#""GHSA-bbbb","CVE-2""#, &range("ECOSYSTEM", r#"{"introduced":"0"},{"fixed":"1.5"}"#));
    let alone = alias("CVE-9", "", &open);
    let gone =
        alias("GHSA-gone", r#""CVE-1","CVE-9""#, &open).replacen('{', r#"{"withdrawn":"2024-02-01T00:00:00Z","#, 1);
    let db = database(&[&pysec, &bridge, &ghsa, &alone, &gone]);
    let groups = matches(&db, "pkg:pypi/x@1.0");
    assert_eq!(groups.len(), 2, "a withdrawn record joins nothing");
    assert_eq!(groups[0].id, "CVE-9");
    assert_eq!(groups[1].id, "GHSA-aaaa");
    assert_eq!(groups[1].aliases, ["CVE-1", "CVE-2", "GHSA-bbbb", "OTHER-1", "PYSEC-1"]);
    assert_eq!(groups[1].records, ["GHSA-aaaa", "PYSEC-1"], "each record by its own ranges");
    assert_eq!(groups[1].fixed, ["2.0", "1.5"], "1.5 is still affected by PYSEC-1");
    assert_eq!(matches(&db, "pkg:pypi/x@1.7")[1].records, ["PYSEC-1"]);
    let advisory = db.advisory("cve-2").unwrap();
    assert_eq!((advisory.id.as_str(), advisory.records.len()), ("GHSA-aaaa", 3));
    assert_eq!(advisory.packages[0].affected, "vers:pypi/<2.0|>=5");
    assert_eq!(advisory.packages[0].affected_by("1.0"), ["GHSA-aaaa", "PYSEC-1"]);
    let withdrawn = db.advisory("GHSA-gone").unwrap();
    assert!(withdrawn.withdrawn && withdrawn.packages.is_empty());
    assert!(db.advisory("CVE-404").is_none());
}

#[test]
fn fix_of_the_own_release_line_comes_first() {
    let events = r#"{"introduced":"0"},{"fixed":"1.9.1"},{"introduced":"2.0.0"},{"fixed":"2.3.0"},{"introduced":"3.0.0"},{"fixed":"3.0.2"}"#;
    let db = database(&[&record("A-1", "npm", "x", &range("SEMVER", events))]);
    assert_eq!(matches(&db, "pkg:npm/x@2.1.0")[0].fixed, ["2.3.0", "1.9.1", "3.0.2"]);
    let purl = Purl::parse("pkg:npm/x").unwrap();
    let text = "vers:npm/<1.9.1|>=2.0.0|<2.3.0|>=3.0.0|<3.0.2";
    assert_eq!(db.affected_ranges(&purl, None).as_deref(), Some(text));
    assert_eq!(db.affected_ranges(&purl, Some("a-1")).as_deref(), Some(text));
    assert_eq!(db.affected_ranges(&purl, Some("A-2")), None);
}

#[test]
fn severity_is_the_severest_known() {
    let open = range("SEMVER", r#"{"introduced":"0"}"#);
    let with = |id: &str, extra: &str| record(id, "npm", id, &open).replacen('{', &format!("{{{extra},"), 1);
    let db = database(&[
        &with("v3", r#""severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]"#),
        &with("v2", r#""severity":[{"type":"CVSS_V2","score":"AV:N/AC:L/Au:N/C:P/I:P/A:P"}]"#),
        &with("word", r#""severity":[{"type":"CVSS_V3","score":"junk"}],"database_specific":{"severity":"MODERATE"}"#),
        &with("none", r#""severity":null"#),
        &with("MAL-1", r#""summary":"bad""#),
    ]);
    let severity = |name: &str| matches(&db, &format!("pkg:npm/{name}@1.0.0")).remove(0).severity;
    assert_eq!((severity("v3").score, severity("v3").label), (Some(9.8), Some(Label::Critical)));
    assert_eq!((severity("v2").score, severity("v2").label), (Some(7.5), Some(Label::High)));
    assert_eq!((severity("word").vector, severity("word").label), (None, Some(Label::Medium)));
    assert!(severity("none").is_unknown());
    assert!(matches(&db, "pkg:npm/MAL-1@1.0.0")[0].is_malicious());
    assert!(!matches(&db, "pkg:npm/v3@1.0.0")[0].is_malicious());
}

#[test]
fn newer_records_win_on_merge() {
    let old = record("A-1", "npm", "x", &range("SEMVER", r#"{"introduced":"0"}"#));
    let new = record("A-1", "npm", "x", &range("SEMVER", r#"{"introduced":"2.0.0"}"#)).replace("2024-01", "2024-06");
    let other = record("A-2", "npm", "y", &range("SEMVER", r#"{"introduced":"0"}"#));
    let parse = |texts: &[&String]| read_files(texts.iter().map(|json| ("r.json", json.as_str()))).records;
    let db = Database::build(parse(&[&old])).merge(parse(&[&new, &other]));
    assert_eq!((db.len(), db.latest()), (2, Some("2024-06-01T00:00:00Z")));
    assert!(!affected(&db, "pkg:npm/x@1.0.0") && affected(&db, "pkg:npm/y@1.0.0"));
    let back = db.merge(parse(&[&old]));
    assert!(!affected(&back, "pkg:npm/x@1.0.0"), "an older record does not come back");
    assert_eq!(back.as_bytes(), db.as_bytes(), "same records, same bytes");
}

#[test]
fn kept_bytes_open_again_or_are_refused() {
    let db = database(&[&record("A-1", "npm", "x", &range("SEMVER", r#"{"introduced":"0"}"#))]);
    let bytes = db.encode();
    let opened = Database::open(bytes.clone().into()).unwrap();
    assert!(affected(&opened, "pkg:npm/x@1.0.0"));
    assert_eq!(opened.by_id("a-1").len(), 1);
    for length in 0..bytes.len() {
        assert!(Database::open(bytes[..length].into()).is_err(), "cut at {length}");
    }
    for index in 0..bytes.len() {
        let mut broken = bytes.clone();
        broken[index] ^= 0x40;
        assert!(Database::open(broken.into()).is_err(), "changed at {index}");
    }
    let empty = Database::build(Vec::new());
    assert!(Database::open(empty.encode().into()).unwrap().is_empty());
}

#[test]
fn broken_records_do_not_stop_the_rest() {
    let mut batch = Batch::default();
    batch.add_json("bad.json", b"{\"id\": \"A-1\",\n \"aliases\": 7}");
    batch.add_json("cut.json", b"{\"id\": ");
    batch.add_json("nameless.json", b"{}");
    batch.add_json("list.json", br#"[{"id":"A-2"},{"aliases":[]},{"id":"A-3","affected":null,"new_key":{}}]"#);
    batch.add_zip("broken.zip", std::io::Cursor::new(b"PK not a zip"));
    batch.add_json("good.json", br#"{"id":"A-4","withdrawn":null}"#);
    let ids: Vec<&str> = batch.records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["A-2", "A-3", "A-4"]);
    let files: Vec<&str> = batch.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files, ["bad.json", "cut.json", "nameless.json", "list.json", "broken.zip"]);
    assert!(batch.problems[0].why.contains("line 2"), "{}", batch.problems[0].why);
    assert!(batch.problems[3].why.contains("item 1"), "{}", batch.problems[3].why);
}

#[test]
fn archives() {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in
        [("A-1.json", r#"{"id":"A-1"}"#), ("README", "no"), ("A-2.json", "{"), ("bomb.json", &" ".repeat(17 << 20))]
    {
        writer.start_file(name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let batch = read_files([("all.zip", &bytes)]);
    assert_eq!(batch.records.len(), 1);
    let files: Vec<&str> = batch.problems.iter().map(|problem| problem.file.as_str()).collect();
    assert_eq!(files, ["all.zip!A-2.json", "all.zip!bomb.json"]);
    for cut in (0..bytes.len()).step_by(37) {
        let _ = read_files([("all.zip", &bytes[..cut])]);
    }
}

proptest! {
    /// Intervals answer as walking the events does.
    #[test]
    fn intervals_agree_with_events(points in proptest::collection::vec((0u8..3, 1u32..9), 1..6), asked in 0u32..10) {
        let keys = ["introduced", "fixed", "last_affected"];
        let events: Vec<String> = points.iter().map(|(kind, v)| format!(r#"{{"{}":"{v}.0.0"}}"#, keys[*kind as usize])).collect();
        let db = database(&[&record("A-1", "npm", "x", &range("SEMVER", &events.join(",")))]);
        let mut sorted = points.clone();
        sorted.sort_by_key(|(kind, v)| (*v, *kind == 2));
        let inside = sorted.iter().fold(false, |inside, (kind, v)| match kind {
            0 if asked >= *v => true,
            1 if asked >= *v => false,
            2 if asked > *v => false,
            _ => inside,
        });
        prop_assert_eq!(affected(&db, &format!("pkg:npm/x@{asked}.0.0")), inside);
    }

    #[test]
    fn any_bytes_are_a_record_or_a_problem(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let batch = read_files([("x.json", &bytes), ("x.zip", &bytes)]);
        prop_assert!(batch.problems.len() + batch.records.len() >= 1);
    }
}
