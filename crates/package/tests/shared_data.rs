//! Checks against public test data that is not part of the repository; skipped with a notice when absent.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first fault")]

use faultline_package::{Ecosystem, Purl, version};
use std::cmp::Ordering;
use std::path::PathBuf;

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("FAULTLINE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let full = root.join("data").join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: {} is absent", full.display());
    None
}

/// Statements of the data that no order can satisfy together with the others.
///
/// `1.2.3.#` is said to equal both `1.2.3` and `1.2.3.1`, while `1.2.3 < 1.2.3.1`.
const FAULTS: [&str; 1] = ["1.2.3.# = 1.2.3.1"];

#[test]
fn version_orders() {
    let files = [
        ("maven", Ecosystem::Maven),
        ("nuget", Ecosystem::NuGet),
        ("packagist", Ecosystem::Composer),
        ("pypi", Ecosystem::PyPi),
        ("rubygems", Ecosystem::Gem),
        ("semver", Ecosystem::Npm),
    ];
    let mut wrong = Vec::new();
    for (name, ecosystem) in files {
        let Some(file) = shared(&format!("versions/{name}-versions.txt")) else { return };
        for line in std::fs::read_to_string(file).unwrap().lines() {
            if line.trim().is_empty() || line.starts_with("//") || line.starts_with("# ") || FAULTS.contains(&line) {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [a, sign, b] = words[..] else { panic!("{name}: {line}") };
            let want = match sign {
                "<" => Ordering::Less,
                "=" => Ordering::Equal,
                _ => Ordering::Greater,
            };
            for (a, b, want) in [(a, b, want), (b, a, want.reverse())] {
                let got = version::compare(ecosystem, a, b);
                if got != Some(want) {
                    wrong.push(format!("{name}: {a} against {b}: {got:?}, not {want:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Purls compare without qualifiers and subpath, which Faultline drops on purpose.
fn without_extras(purl: &str) -> &str {
    purl.split(['?', '#']).next().unwrap_or(purl)
}

fn own_type(value: &serde_json::Value) -> bool {
    let purl_type = match value {
        serde_json::Value::String(text) => {
            text.strip_prefix("pkg:").unwrap_or(text).trim_start_matches('/').split('/').next().unwrap_or("")
        }
        object => object["type"].as_str().unwrap_or(""),
    };
    Ecosystem::from_purl_type(&purl_type.to_lowercase()).is_some()
}

fn check(test: &serde_json::Value) -> Result<(), String> {
    let input = &test["input"];
    let fails = test["expected_failure"].as_bool().unwrap_or(false);
    match test["test_type"].as_str() {
        Some("parse") => {
            let parsed = Purl::parse(input.as_str().unwrap());
            if fails {
                return parsed.map_or(Ok(()), |purl| Err(format!("{input} was read as {purl}")));
            }
            let purl = parsed.map_err(|e| e.to_string())?;
            let want = &test["expected_output"];
            let got = (purl.namespace(), Some(purl.name()), purl.version());
            let want = (want["namespace"].as_str(), want["name"].as_str(), want["version"].as_str());
            if got == want { Ok(()) } else { Err(format!("{input}: {got:?}, not {want:?}")) }
        }
        Some("validate") if !fails => {
            let purl = Purl::parse(input.as_str().unwrap()).map_err(|e| e.to_string())?.to_string();
            let want = without_extras(test["expected_output"].as_str().unwrap());
            if purl == want { Ok(()) } else { Err(format!("{input}: {purl}, not {want}")) }
        }
        Some("build") if !fails => {
            let ecosystem = Ecosystem::from_purl_type(input["type"].as_str().unwrap()).unwrap();
            let separator = if ecosystem == Ecosystem::Maven { ":" } else { "/" };
            let name = input["name"].as_str().unwrap();
            let full = input["namespace"].as_str().map_or(name.to_owned(), |n| format!("{n}{separator}{name}"));
            let purl = Purl::new(ecosystem, &full, input["version"].as_str()).to_string();
            let want = without_extras(test["expected_output"].as_str().unwrap());
            if purl == want { Ok(()) } else { Err(format!("{input}: {purl}, not {want}")) }
        }
        _ => Ok(()),
    }
}

/// Tests of the specification that Faultline answers otherwise, and why.
///
/// | test | why |
/// |---|---|
/// | `pkg:julia/Dates` must fail to parse | its `uuid` is a qualifier, and Faultline knows packages without |
/// | `pkg:gem/jruby-launcher@1.1.2?Platform=java` must fail to parse | the same data has it validate; qualifier keys are lower-cased, as in all other types |
const EXPLAINED: [&str; 2] = ["pkg:gem/jruby-launcher@1.1.2?Platform=java", "pkg:julia/Dates"];

#[test]
fn purl_specification() {
    let Some(folder) = shared("purl") else { return };
    let types = Ecosystem::ALL.map(|e| folder.join(format!("types/{}-test.json", e.purl_type())));
    let mut wrong = Vec::new();
    let mut right = 0;
    for file in types.into_iter().chain([folder.join("spec/specification-test.json")]) {
        let data: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for test in data["tests"].as_array().unwrap() {
            let fails = test["expected_failure"].as_bool().unwrap_or(false);
            if (!fails && !own_type(&test["input"])) || EXPLAINED.iter().any(|e| test["input"] == *e && fails) {
                continue;
            }
            match check(test) {
                Ok(()) => right += 1,
                Err(why) => wrong.push(why),
            }
        }
    }
    assert!(wrong.is_empty() && right > 100, "{right} right, wrong:\n{}", wrong.join("\n"));
}
