//! SARIF 2.1.0, as code hosts accept it: stable fingerprints, code flows with the call path.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use faultline_exposure::Level;
use faultline_exposure::model::{
    AdvisoryAnswer, Answer, Exposure, Incomplete, PackageAnswer, Path, SeverityAnswer, Step,
};
use faultline_exposure::scan::{Ignored, Scan, without_version};
use serde_json::{Value, json};

/// Files of the repository; code hosts put their checkout in its place.
const REPOSITORY: &str = "%SRCROOT%";

/// Files of one of several repositories: this, then its name.
const ONE_OF_SEVERAL: &str = "REPOSITORY/";

/// Files of packages, which no code host has.
const PACKAGES: &str = "PACKAGES";

/// Rule of exposures to a package that no advisory names.
const TARGET_RULE: &str = "faultline-target";

/// What a run is made of.
struct Run<'a> {
    query: &'a str,
    advisories: &'a [AdvisoryAnswer],
    packages: &'a [PackageAnswer],
    incomplete: &'a [Incomplete],
    results: Vec<(&'a Exposure, Option<&'a Ignored>)>,
    category: &'static str,
}

/// The answer of a trace as one SARIF run.
pub fn to_sarif(answer: &Answer, version: &str) -> Value {
    let run = Run {
        query: &answer.target.query,
        advisories: &answer.target.advisories,
        packages: &answer.target.packages,
        incomplete: &answer.incomplete,
        results: answer.exposures.iter().map(|e| (e, None)).collect(),
        category: "faultline/trace/",
    };
    document(&run, version)
}

/// The answer of a scan as one SARIF run; what the ignore file hides is in it as suppressed.
pub fn scan_to_sarif(scan: &Scan, version: &str) -> Value {
    let ignored = scan.ignored.iter().map(|i| (&i.exposure, Some(i)));
    let run = Run {
        query: &scan.path,
        advisories: &scan.advisories,
        packages: &scan.packages,
        incomplete: &scan.incomplete,
        results: scan.exposures.iter().map(|e| (e, None)).chain(ignored).collect(),
        category: "faultline/scan/",
    };
    document(&run, version)
}

fn document(run: &Run, version: &str) -> Value {
    let rules = rule_ids(run);
    let prints = fingerprints(run);
    let results: Vec<Value> =
        run.results.iter().zip(prints).map(|(r, print)| result(run, &rules, *r, &print)).collect();
    let rules: Vec<Value> = rules.iter().map(|id| rule(run, id)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "faultline", "semanticVersion": version, "rules": rules}},
            "automationDetails": {"id": run.category},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": bases(run),
            "results": results,
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": run.incomplete.iter().map(notification).collect::<Vec<_>>()
            }]
        }]
    })
}

/// The repositories that the results are about.
fn repositories<'a>(run: &Run<'a>) -> BTreeSet<&'a str> {
    run.results.iter().map(|(exposure, _)| exposure.repository.as_str()).collect()
}

/// One root has the name that code hosts know; several are told apart by the names of their repositories.
fn base_of(run: &Run, repository: &str) -> String {
    match repositories(run).len() {
        0 | 1 => REPOSITORY.to_owned(),
        _ => format!("{ONE_OF_SEVERAL}{repository}"),
    }
}

fn bases(run: &Run) -> Value {
    let root = |name: &str| json!({"description": {"text": format!("The root of the repository {name}.")}});
    let mut bases = serde_json::Map::new();
    for repository in repositories(run) {
        bases.insert(base_of(run, repository), root(repository));
    }
    let text = "Sources of packages: ecosystem, name and version, then the file.";
    bases.insert(PACKAGES.to_owned(), json!({"description": {"text": text}}));
    Value::Object(bases)
}

fn notification(item: &Incomplete) -> Value {
    json!({"level": "warning", "message": {"text": format!("{}: {}: {}", item.repository, item.what, item.why)}})
}

fn rule_id(exposure: &Exposure) -> &str {
    exposure.advisory.as_deref().unwrap_or(TARGET_RULE)
}

fn rule_ids<'a>(run: &Run<'a>) -> Vec<&'a str> {
    let ids: BTreeSet<&str> = run.results.iter().map(|(e, _)| rule_id(e)).collect();
    ids.into_iter().collect()
}

fn rule(run: &Run, id: &str) -> Value {
    let advisory = run.advisories.iter().find(|a| a.id == id);
    let summary =
        advisory.and_then(|a| a.summary.as_deref()).unwrap_or(if advisory.is_some() { id } else { run.query });
    let mut names: Vec<&str> = vec![id];
    names.extend(advisory.iter().flat_map(|a| a.aliases.iter().map(String::as_str)));
    let mut rule = json!({
        "id": id,
        "name": id,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": format!("{}: {summary}", names.join(", "))},
        "help": {"text": format!("{}: {summary}. `faultline trace {id}` shows the call paths.", names.join(", "))},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["security"], "precision": "high"}
    });
    if let Some(score) = advisory.and_then(|a| a.severity.as_ref()).and_then(score) {
        rule["properties"]["security-severity"] = json!(format!("{score:.1}"));
    }
    rule
}

/// The score, or the middle of what code hosts call by the label.
fn score(severity: &SeverityAnswer) -> Option<f64> {
    severity.score.or(match severity.label.as_deref() {
        Some("critical") => Some(9.5),
        Some("high") => Some(8.0),
        Some("medium") => Some(5.5),
        Some("low") => Some(2.0),
        _ => None,
    })
}

fn result(run: &Run, rules: &[&str], (exposure, ignored): (&Exposure, Option<&Ignored>), print: &str) -> Value {
    let rule = rule_id(exposure);
    let base = base_of(run, &exposure.repository);
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": rules.iter().position(|id| *id == rule),
        "level": level(exposure.level),
        "message": {"text": message(run, exposure)},
        "locations": [location(&base, &primary(exposure), None)],
        "partialFingerprints": {"faultlineExposure/v1": print},
        "suppressions": ignored.iter().map(|i| suppression(&base, i)).collect::<Vec<_>>(),
        "properties": {
            "level": exposure.level.as_str(), "verdict": exposure.verdict.as_str(),
            "package": exposure.package, "scope": exposure.scope,
            "repository": exposure.repository, "project": exposure.project
        }
    });
    if !exposure.paths.is_empty() {
        result["codeFlows"] = exposure.paths.iter().map(|path| code_flow(&base, exposure, path)).collect();
    }
    result
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Reachable | Level::Called => "error",
        Level::Imported => "warning",
        Level::Present => "note",
    }
}

fn suppression(base: &str, ignored: &Ignored) -> Value {
    let entry = &ignored.entry;
    let found = if ignored.path_found { "; a call path was found" } else { "" };
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!("{} ({}, until {}{found})", entry.reason, entry.owner, entry.expires),
        "location": {"physicalLocation": {
            "artifactLocation": {"uri": uri(&entry.file), "uriBaseId": base},
            "region": {"startLine": entry.line.max(1)}
        }}
    })
}

fn message(run: &Run, exposure: &Exposure) -> String {
    let way = exposure.dependency_paths.first().map(|path| path.join(" > ")).unwrap_or_default();
    let mut text = format!("{} is {}", exposure.package, exposure.level.as_str());
    if !way.is_empty() && way != exposure.package {
        let _ = write!(text, " through {way}");
    }
    let _ = write!(text, " ({})", exposure.verdict.as_str());
    let package = without_version(&exposure.package);
    // Only a scan's packages are of several advisories; then the fix of another one would mislead.
    let mut fixes = run.packages.iter().filter(|p| p.purl == package);
    if let (Some(fix), None) = (fixes.next(), fixes.next())
        && !fix.fixed.is_empty()
    {
        let _ = write!(text, "; fixed in {}", fix.fixed.join(", "));
    }
    text
}

/// A place of the repository or, with a package, of its source.
struct Place<'a> {
    package: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: Option<u32>,
}

/// The first call in first-party code, else the place that brings the package in.
fn primary(exposure: &Exposure) -> Place<'_> {
    let own = |path: &'_ Path| path.steps.iter().rposition(|s| s.package.is_none());
    let step = exposure.paths.first().and_then(|path| path.steps.get(own(path)?));
    let call = || exposure.calls.first().map(|c| place(exposure, None, &c.file, (c.line, c.column)));
    let import = || exposure.reasons.iter().filter_map(|r| r.location.as_ref()).find(|p| p.package.is_none());
    let stated = || import().or(exposure.manifest.as_ref()).map(|p| place(exposure, None, &p.file, (p.line, 0)));
    step.map(|step| step_place(exposure, step)).or_else(call).or_else(stated).unwrap_or(Place {
        package: None,
        file: folder(exposure),
        line: 1,
        column: None,
    })
}

fn folder(exposure: &Exposure) -> &str {
    if exposure.project.is_empty() { "." } else { &exposure.project }
}

fn step_place<'a>(exposure: &Exposure, step: &'a Step) -> Place<'a> {
    place(exposure, step.package.as_deref(), &step.file, (step.line, step.column))
}

/// Columns count bytes here and characters there: one is given where the line is known to be plain.
fn place<'a>(exposure: &Exposure, package: Option<&'a str>, file: &'a str, (line, column): (u32, u32)) -> Place<'a> {
    let plain = exposure.calls.iter().any(|c| {
        package.is_none() && c.file == file && c.line == line && c.snippet.as_deref().is_some_and(str::is_ascii)
    });
    Place { package, file, line: line.max(1), column: (plain && column > 0).then_some(column) }
}

fn location(base: &str, place: &Place, message: Option<&str>) -> Value {
    let (uri, base) = match place.package {
        Some(package) => (uri(&format!("{}/{}", package.trim_start_matches("pkg:"), place.file)), PACKAGES),
        None => (uri(place.file), base),
    };
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": base},
            "region": {"startLine": place.line}
        }
    });
    if let Some(column) = place.column {
        value["physicalLocation"]["region"]["startColumn"] = json!(column);
    }
    if let Some(text) = message {
        value["message"] = json!({"text": text});
    }
    value
}

/// A relative URI reference: only what a path may hold stays as it is.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b'@' => out.push(byte as char),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn code_flow(base: &str, exposure: &Exposure, path: &Path) -> Value {
    let step = |step: &Step| json!({"location": location(base, &step_place(exposure, step), Some(&step.function))});
    json!({"threadFlows": [{"locations": path.steps.iter().map(step).collect::<Vec<_>>()}]})
}

/// One per result: what is exposed, not where the line stands or which version it is, so that it outlives
/// unrelated changes. Several installed versions are told apart by their order.
fn fingerprints(run: &Run) -> Vec<String> {
    let identity =
        |e: &Exposure| [e.repository.as_str(), e.project.as_str(), without_version(&e.package), rule_id(e)].join("|");
    let mut versions: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (exposure, _) in &run.results {
        versions.entry(identity(exposure)).or_default().insert(&exposure.package);
    }
    let print = |exposure: &Exposure| {
        let identity = identity(exposure);
        match versions.get(&identity).and_then(|all| all.iter().position(|v| *v == exposure.package)) {
            None | Some(0) => identity,
            Some(n) => format!("{identity}|{}", n + 1),
        }
    };
    run.results.iter().map(|(exposure, _)| print(exposure)).collect()
}
