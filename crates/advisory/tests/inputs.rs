//! Targets, the known-exploited list, prediction scores, the list of changes.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first fault")]

use faultline_advisory::{Enrichment, Group, Target, parse_epss, parse_exploited, sync};
use faultline_package::Purl;

fn purl(text: &str) -> Purl {
    Purl::parse(text).unwrap()
}

#[test]
fn targets() {
    assert!(matches!(Target::parse(" CVE-2022-24999 ").unwrap(), Target::Advisory(id) if id == "CVE-2022-24999"));
    assert!(matches!(Target::parse("GHSA-hrpp-h998-j3pp").unwrap(), Target::Advisory(_)));
    assert!(matches!(Target::parse("pkg:npm/%40a/b").unwrap(), Target::Package(_)));
    assert!(matches!(Target::parse("pkg:npm/@a/b").unwrap(), Target::Package(_)));
    assert!(
        matches!(Target::parse("pkg:npm/@a/b@1.0.0").unwrap(), Target::Version(p) if p == purl("pkg:npm/%40a/b@1.0.0"))
    );
    assert!(matches!(Target::parse("pkg:pypi/x@1!2.0").unwrap(), Target::Version(_)));
}

#[test]
fn ranges_of_targets() {
    for (target, inside, outside) in [
        ("pkg:npm/qs@<6.5.3", "pkg:npm/qs@6.5.2", "pkg:npm/qs@6.5.3"),
        ("pkg:npm/qs@vers:npm/>=6.0.0|<6.5.3", "pkg:npm/qs@6.5.2", "pkg:npm/qs@5.0.0"),
        ("pkg:npm/qs@>=1,<2", "pkg:npm/qs@1.5.0", "pkg:npm/qs@2.0.0"),
        ("pkg:npm/@s/n@^1.2", "pkg:npm/@s/n@1.9.0", "pkg:npm/@s/n@2.0.0"),
        ("pkg:npm/qs@6.x", "pkg:npm/qs@6.1.0", "pkg:npm/qs@7.0.0"),
        ("pkg:pypi/y@%3E%3D1%2C%3C2", "pkg:pypi/y@1.1", "pkg:pypi/y@2"),
        ("pkg:maven/g/a@[1,2)", "pkg:maven/g/a@1.5", "pkg:maven/g/a@2"),
    ] {
        let parsed = Target::parse(target).unwrap();
        assert!(matches!(parsed, Target::Range(..)), "{target}");
        assert!(parsed.covers(&purl(inside)) && !parsed.covers(&purl(outside)), "{target}");
        assert!(!parsed.covers(&purl("pkg:npm/other@1.5.0")));
    }
    assert!(Target::parse("pkg:pypi/y@1.0").unwrap().covers(&purl("pkg:pypi/y@1.0.0")), "equal versions");
}

#[test]
fn no_targets() {
    for text in
        ["", "qs", "what is this", "pkg:npm/", "pkg:deb/debian/curl", "pkg:npm/qs@vers:pypi/>1", "pkg:npm/qs@>=a,<b"]
    {
        let error = Target::parse(text).unwrap_err().to_string();
        assert!(error.contains(&format!("`{text}`")), "{error}");
    }
}

#[test]
fn exploited_and_predicted() {
    let list = br#"{"title":"x","vulnerabilities":[
        {"cveID":"CVE-1","dateAdded":"2024-01-02","dueDate":"2024-01-09","knownRansomwareCampaignUse":"Known"},{"noID":1}]}"#;
    let (exploited, problems) = parse_exploited(list).unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("vulnerabilities[1]"));
    let csv =
        b"#model_version:v1,score_date:2024-01-01\ncve,epss,percentile\nCVE-1,0.25,0.9\nCVE-2,0.5,0.95\nCVE-3,7,1\n";
    let (epss, problems) = parse_epss(csv).unwrap();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].starts_with("line 5"));
    let known = Enrichment { exploited, epss };
    let group = |id: &str, alias: &str| Group { id: id.into(), aliases: vec![alias.into()], ..Group::default() };
    let mut groups = [group("GHSA-1", "CVE-1"), group("CVE-2", "CVE-1"), group("GHSA-9", "CVE-9")];
    known.attach(&mut groups);
    assert!(groups[0].exploited.as_ref().is_some_and(|e| e.ransomware && e.due.as_deref() == Some("2024-01-09")));
    assert_eq!(groups[1].epss.unwrap().score.to_string(), "0.5", "the highest");
    assert!(groups[2].exploited.is_none() && groups[2].epss.is_none());
    assert!(parse_exploited(b"[]").is_err() && parse_epss(b"a,b\n").is_err() && parse_epss(b"").is_err());
}

#[test]
fn changes_since() {
    let csv = "2024-03-01T00:00:00.5Z,npm/GHSA-3\n2024-02-01T00:00:00Z,npm/GHSA-2\nbroken\n2024-02-02T00:00:00Z,../../x\n2024-01-01T00:00:00Z,npm/GHSA-1\n";
    let ids = |since: Option<&str>| {
        let (found, problems) = sync::newer_than("modified_id.csv", csv, since.map(|s| s.parse().unwrap()));
        (found.into_iter().map(|m| m.id).collect::<Vec<_>>(), problems)
    };
    assert_eq!(ids(Some("2024-02-01T00:00:00Z")), (vec!["npm/GHSA-3".to_owned()], vec![]));
    let (all, problems) = ids(None);
    assert_eq!(all, ["npm/GHSA-3", "npm/GHSA-2", "npm/GHSA-1"]);
    let places: Vec<&str> = problems.iter().map(|p| p.file.as_str()).collect();
    assert_eq!(places, ["modified_id.csv:3", "modified_id.csv:4"], "broken lines, and no way out of the folder");
}
