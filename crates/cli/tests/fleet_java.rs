//! The demo fleet's log4j chain: one service that logs input, one that only configures, one that has the jar alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;

use assert_cmd::Command;
use faultline_testkit::assert_schema;
use serde_json::Value;

fn trace() -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let store = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("faultline").unwrap();
    command.current_dir(&root).env("FAULTLINE_STORE", store.path().join("faultline.db"));
    command.env("FAULTLINE_MAVEN_LOCAL", root.join("examples/maven-repository"));
    command.args(["trace", "CVE-2021-44228", "examples/fleet", "--advisories", "examples/advisories"]);
    let output = command.args(["--format", "json", "--offline"]).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap();
    assert_schema("trace.json", &answer);
    answer
}

#[test]
fn the_three_services_are_told_apart() {
    let answer = trace();
    let of = |repository: &str| {
        let exposures = answer["exposures"].as_array().unwrap();
        exposures.iter().find(|exposure| exposure["repository"] == repository).unwrap()
    };
    let verdict = |repository: &str| {
        let exposure = of(repository);
        let text = |key: &str| exposure[key].as_str().unwrap().to_owned();
        (text("level"), text("verdict"))
    };
    let pair = |level: &str, verdict: &str| (level.to_owned(), verdict.to_owned());
    assert_eq!(verdict("checkout-api"), pair("reachable", "path_found"));
    assert_eq!(verdict("acme-logging"), pair("called", "path_found"));
    assert_eq!(verdict("stock-sync"), pair("imported", "no_path_found"));
    assert_eq!(verdict("price-clock"), pair("present", "no_path_found"));
    let path = &of("checkout-api")["paths"][0];
    assert_eq!(path["entry"]["kind"], "route");
    let steps: Vec<&str> = path["steps"].as_array().unwrap().iter().map(|s| s["function"].as_str().unwrap()).collect();
    let short: Vec<&str> = steps.iter().map(|step| step.split('(').next().unwrap()).collect();
    assert_eq!(
        short[..4],
        [
            "com.acme.checkout.CheckoutServlet.doGet",
            "com.acme.web.Requests.seen",
            "com.acme.audit.AuditTrail.record",
            "com.acme.logging.Log.info",
        ]
    );
    assert_eq!(short.last(), Some(&"org.apache.logging.log4j.core.lookup.JndiLookup.lookup"));
}
