//! Trace end to end on small repositories: levels, verdicts, paths, and the same answer every time.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::path::Path;

use faultline_engine::{Engine, Input, Knowledge, Settings, Silent, TraceRequest};
use faultline_exposure::model::{Answer, Exposure};
use faultline_exposure::{Level, ReasonCode, Verdict};
use faultline_store::Store;
use faultline_testkit::write_tree;
use tempfile::TempDir;

const ADVISORIES: &[(&str, &str)] = &[
    (
        "npm.json",
        r#"{"id": "GHSA-aaaa-bbbb-cccc", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-0001"],
            "affected": [{"package": {"ecosystem": "npm", "name": "inner"},
              "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.1.0"}]}]}]}"#,
    ),
    (
        "python.json",
        r#"{"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-0002"],
            "affected": [{"package": {"ecosystem": "PyPI", "name": "low"},
              "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}]}"#,
    ),
    (
        "faultline-symbols.toml",
        "[[advisory]]\nid = \"CVE-2026-0001\"\npackage = \"pkg:npm/inner\"\nsymbols = [\"parse\"]\n\n\
         [[advisory]]\nid = \"CVE-2026-0002\"\npackage = \"pkg:pypi/low\"\nsymbols = [\"low.core.load\"]\n",
    ),
];

/// A lockfile for an application on `outer`, which uses `inner`.
fn lockfile(name: &str) -> String {
    format!(
        r#"{{"name": "{name}", "version": "1.0.0", "lockfileVersion": 3, "packages": {{
  "": {{"name": "{name}", "version": "1.0.0", "dependencies": {{"outer": "^1.0.0"}}}},
  "node_modules/outer": {{"version": "1.2.0", "dependencies": {{"inner": "^2.0.0"}}}},
  "node_modules/inner": {{"version": "2.0.1"}}
}}}}"#
    )
}

fn node_app(folder: &Path, name: &str, server: &str) {
    let manifest = format!(
        r#"{{"name": "{name}", "version": "1.0.0", "private": true, "scripts": {{"start": "node server.js"}},
            "dependencies": {{"outer": "^1.0.0"}}}}"#
    );
    write_tree(
        &folder.join(name),
        &[
            ("package.json", &manifest),
            ("package-lock.json", &lockfile(name)),
            ("server.js", server),
            ("node_modules/outer/package.json", r#"{"name": "outer", "version": "1.2.0", "main": "index.js"}"#),
            (
                "node_modules/outer/index.js",
                "const inner = require('inner');\nexports.handle = function handle(text) {\n  return inner.parse(text);\n};\nexports.version = function version() { return '1'; };\n",
            ),
            ("node_modules/inner/package.json", r#"{"name": "inner", "version": "2.0.1", "main": "./lib/index.js"}"#),
            ("node_modules/inner/lib/index.js", "exports.parse = require('./parse');\n"),
            ("node_modules/inner/lib/parse.js", "module.exports = function parse(text) { return text; };\n"),
        ],
    );
}

fn python_app(folder: &Path, name: &str, main: &str) {
    let site = ".venv/lib/python3.12/site-packages";
    let at = |path: &str| format!("{site}/{path}");
    let files = [
        ("requirements.txt".to_owned(), "high==1.0 \\\n    --hash=sha256:aa\nlow==1.5\n"),
        ("main.py".to_owned(), main),
        (".venv/pyvenv.cfg".to_owned(), "version = 3.12\n"),
        (
            at("high/__init__.py"),
            "from low import core\n\ndef fetch(text):\n    return core.load(text)\n\ndef version():\n    return 1\n",
        ),
        (at("high-1.0.dist-info/METADATA"), "Metadata-Version: 2.1\nName: high\nVersion: 1.0\nRequires-Dist: low\n"),
        (at("high-1.0.dist-info/RECORD"), "high/__init__.py,,\nhigh-1.0.dist-info/METADATA,,\n"),
        (at("low/__init__.py"), ""),
        (at("low/core.py"), "def load(text):\n    return text\n"),
        (at("low-1.5.dist-info/METADATA"), "Metadata-Version: 2.1\nName: low\nVersion: 1.5\n"),
        (at("low-1.5.dist-info/RECORD"), "low/__init__.py,,\nlow/core.py,,\nlow-1.5.dist-info/METADATA,,\n"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    write_tree(&folder.join(name), &files);
}

struct Fleet {
    folder: TempDir,
}

impl Fleet {
    fn new() -> Fleet {
        let folder = tempfile::tempdir().unwrap();
        write_tree(&folder.path().join("osv"), ADVISORIES);
        let clones = folder.path().join("clones");
        node_app(&clones, "hit", "const outer = require('outer');\nouter.handle(process.argv[2]);\n");
        node_app(&clones, "miss", "const outer = require('outer');\nconsole.log(outer.version());\n");
        python_app(&clones, "py-hit", "import high\n\nif __name__ == \"__main__\":\n    print(high.fetch(\"x\"))\n");
        python_app(&clones, "py-miss", "import high\n\nif __name__ == \"__main__\":\n    print(high.version())\n");
        Fleet { folder }
    }

    fn engine(&self, threads: usize) -> Engine {
        let store = Store::open(&self.folder.path().join("store.db")).unwrap();
        let settings = Settings { offline: true, threads: Some(threads), ..Settings::default() };
        Engine::new(store, settings).unwrap()
    }

    fn request(&self, target: &str) -> TraceRequest {
        TraceRequest {
            target: target.to_owned(),
            inputs: vec![Input { place: self.folder.path().join("clones").display().to_string(), revision: None }],
            knowledge: Knowledge { advisories: Some(self.folder.path().join("osv")), ..Knowledge::default() },
            ..TraceRequest::default()
        }
    }

    fn trace(&self, target: &str) -> Answer {
        self.engine(2).trace(&self.request(target), &Silent).unwrap()
    }
}

fn of<'a>(answer: &'a Answer, repository: &str) -> &'a Exposure {
    answer.exposures.iter().find(|e| e.repository == repository).unwrap_or_else(|| panic!("{repository}: {answer:#?}"))
}

fn steps(exposure: &Exposure) -> Vec<String> {
    let step = |s: &faultline_exposure::model::Step| {
        let package = s.package.as_deref().map(|p| format!("{p} ")).unwrap_or_default();
        format!("{package}{}:{} {}", s.file, s.line, s.function)
    };
    exposure.paths[0].steps.iter().map(step).collect()
}

#[test]
fn a_call_through_a_package_is_reachable_with_every_step() {
    let answer = Fleet::new().trace("CVE-2026-0001");
    let hit = of(&answer, "hit");
    assert_eq!((hit.level, hit.verdict), (Level::Reachable, Verdict::PathFound), "{hit:#?}");
    assert_eq!(
        steps(hit),
        [
            "server.js:2 server.js",
            "pkg:npm/outer@1.2.0 index.js:3 index.js:handle",
            "pkg:npm/inner@2.0.1 lib/parse.js:1 lib/parse.js:parse",
        ]
    );
    assert_eq!(hit.calls[0].snippet.as_deref(), Some("outer.handle(process.argv[2]);"));
    assert_eq!(hit.dependency_paths, [["pkg:npm/outer@1.2.0", "pkg:npm/inner@2.0.1"]]);
}

#[test]
fn a_near_miss_is_imported_and_says_what_was_analysed() {
    let answer = Fleet::new().trace("CVE-2026-0001");
    let miss = of(&answer, "miss");
    assert_eq!((miss.level, miss.verdict), (Level::Imported, Verdict::NoPathFound), "{miss:#?}");
    assert!(miss.reasons.iter().any(|r| r.code == ReasonCode::Analysed));
    assert!(miss.paths.is_empty());
    assert_eq!(miss.coverage.packages_analysed, ["pkg:npm/inner@2.0.1", "pkg:npm/outer@1.2.0"]);
}

#[test]
fn python_chains_are_followed_through_site_packages() {
    let answer = Fleet::new().trace("CVE-2026-0002");
    let hit = of(&answer, "py-hit");
    assert_eq!((hit.level, hit.verdict), (Level::Reachable, Verdict::PathFound), "{hit:#?}");
    assert_eq!(
        steps(hit),
        [
            "main.py:4 main",
            "pkg:pypi/high@1.0 high/__init__.py:4 high.fetch",
            "pkg:pypi/low@1.5 low/core.py:1 low.core.load",
        ]
    );
    let miss = of(&answer, "py-miss");
    assert_eq!(miss.level, Level::Imported, "{miss:#?}");
    assert!(miss.paths.is_empty());
}

#[test]
fn the_answer_is_the_same_on_every_run_and_thread_count() {
    let fleet = Fleet::new();
    let request = fleet.request("CVE-2026-0001");
    let first = fleet.engine(1).trace(&request, &Silent).unwrap();
    assert_eq!(fleet.engine(1).trace(&request, &Silent).unwrap(), first, "from what was kept");
    let fresh = Store::in_memory().unwrap();
    let settings = Settings { offline: true, threads: Some(4), ..Settings::default() };
    let again = Engine::new(fresh, settings).unwrap().trace(&request, &Silent).unwrap();
    assert_eq!(again, first, "worked out anew");
}

#[test]
fn a_change_of_installed_code_changes_the_answer() {
    let fleet = Fleet::new();
    assert_eq!(of(&fleet.trace("CVE-2026-0001"), "hit").level, Level::Reachable);
    let installed = fleet.folder.path().join("clones/hit/node_modules/outer");
    write_tree(&installed, &[("index.js", "exports.handle = function handle(text) { return text; };\n")]);
    assert_eq!(of(&fleet.trace("CVE-2026-0001"), "hit").level, Level::Present);
}

#[test]
fn an_internal_package_comes_from_the_repository_that_publishes_it() {
    let fleet = Fleet::new();
    let clones = fleet.folder.path().join("clones");
    std::fs::remove_dir_all(clones.join("hit/node_modules/outer")).unwrap();
    let before = fleet.trace("CVE-2026-0001");
    assert_eq!(of(&before, "hit").verdict, Verdict::NotDetermined);
    assert_eq!(of(&before, "hit").coverage.packages_missing, ["pkg:npm/outer@1.2.0"]);
    write_tree(
        &clones.join("outer-repository"),
        &[
            (
                "package.json",
                r#"{"name": "outer", "version": "1.2.0", "main": "main.js", "dependencies": {"inner": "^2"}}"#,
            ),
            ("main.js", "const { parse } = require('inner');\nexports.handle = (text) => parse(text);\n"),
        ],
    );
    let after = fleet.trace("CVE-2026-0001");
    assert_eq!(of(&after, "hit").level, Level::Reachable, "{:#?}", of(&after, "hit"));
    assert!(of(&after, "hit").coverage.packages_missing.is_empty());
}

#[test]
fn without_symbols_the_level_stops_at_imported() {
    let fleet = Fleet::new();
    std::fs::remove_file(fleet.folder.path().join("osv/faultline-symbols.toml")).unwrap();
    let answer = fleet.trace("CVE-2026-0001");
    for name in ["hit", "miss"] {
        let exposure = of(&answer, name);
        assert_eq!((exposure.level, exposure.verdict), (Level::Imported, Verdict::NotDetermined), "{exposure:#?}");
        assert!(exposure.reasons.iter().any(|r| r.code == ReasonCode::NoSymbols));
    }
}

#[test]
fn a_package_with_a_symbol_is_a_target_too() {
    let fleet = Fleet::new();
    let mut request = fleet.request("pkg:npm/inner@<2.1.0");
    request.knowledge.symbols = vec!["parse".to_owned()];
    let answer = fleet.engine(2).trace(&request, &Silent).unwrap();
    assert_eq!(of(&answer, "hit").level, Level::Reachable);
    assert_eq!(of(&answer, "hit").advisory, None);
    request.target = "pkg:npm/inner@>=3".to_owned();
    assert!(fleet.engine(2).trace(&request, &Silent).unwrap().exposures.is_empty());
}

#[test]
fn tests_are_a_bucket_of_their_own() {
    let fleet = Fleet::new();
    let clones = fleet.folder.path().join("clones");
    write_tree(&clones, &[("miss/test/handle.test.js", "const outer = require('outer');\nouter.handle('x');\n")]);
    let mut request = fleet.request("CVE-2026-0001");
    let answer = fleet.engine(2).trace(&request, &Silent).unwrap();
    let miss = of(&answer, "miss");
    assert_eq!(miss.level, Level::Imported, "{miss:#?}");
    assert!(miss.test_level >= Level::Called, "{miss:#?}");
    request.include_tests = true;
    let answer = fleet.engine(2).trace(&request, &Silent).unwrap();
    assert!(of(&answer, "miss").level >= Level::Called);
    assert_eq!(of(&answer, "miss").verdict, Verdict::PathFound);
}

#[test]
fn what_an_older_version_indexed_is_read_again() {
    let fleet = Fleet::new();
    let first = fleet.trace("CVE-2026-0001");
    let store = Store::open(&fleet.folder.path().join("store.db")).unwrap();
    for mut repository in store.repositories().unwrap() {
        repository.state = "older".to_owned();
        let pack = faultline_store::PackBuilder::new();
        let empty =
            faultline_store::Snapshot { repository: &repository, files: &[], inventory: &[], problems: &[], pack };
        store.put_repository(empty).unwrap();
    }
    let request = TraceRequest { inputs: Vec::new(), ..fleet.request("CVE-2026-0001") };
    assert_eq!(fleet.engine(1).trace(&request, &Silent).unwrap(), first);
}

#[test]
fn facts_that_the_store_has_lost_are_made_anew() {
    let fleet = Fleet::new();
    let first = fleet.trace("CVE-2026-0001");
    let store = Store::open(&fleet.folder.path().join("store.db")).unwrap();
    assert!(store.clean_up(u32::MAX).unwrap().packs > 0, "facts of another frontend are dead");
    assert_eq!(fleet.trace("CVE-2026-0001"), first);
}

#[test]
fn traces_without_paths_answer_about_everything_indexed() {
    let fleet = Fleet::new();
    let all = fleet.trace("CVE-2026-0001");
    let request = TraceRequest { inputs: Vec::new(), ..fleet.request("CVE-2026-0001") };
    assert_eq!(fleet.engine(1).trace(&request, &Silent).unwrap(), all);
    let one = TraceRequest { repositories: vec!["miss".to_owned()], ..request };
    let answer = fleet.engine(1).trace(&one, &Silent).unwrap();
    assert_eq!(answer.summary.repositories, 1);
    assert_eq!(answer.exposures.len(), 1);
}
