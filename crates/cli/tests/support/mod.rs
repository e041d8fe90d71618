//! A checkout with advisories about its packages, and `faultline scan` over it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;

use assert_cmd::Command;
use faultline_testkit::{assert_schema, write_tree};
use serde_json::Value;
use tempfile::TempDir;

pub const MANIFEST: &str = r#"{"name": "shop", "version": "1.0.0", "private": true, "scripts": {"start": "node server.js"},
 "dependencies": {"outer": "^1.0.0", "quiet": "^1.0.0"}}"#;

pub const LOCKFILE: &str = r#"{"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "shop", "version": "1.0.0", "dependencies": {"outer": "^1.0.0", "quiet": "^1.0.0"}},
  "node_modules/outer": {"version": "1.2.0", "dependencies": {"inner": "^2.0.0"}},
  "node_modules/quiet": {"version": "1.0.0"},
  "node_modules/inner": {"version": "2.0.1"}
}}
"#;

pub const SERVER: &str = "const outer = require('outer');\nouter.handle(process.argv[2]);\n";

/// Files that a package manager would have put beside the checkout.
pub const INSTALLED: &[(&str, &str)] = &[
    ("node_modules/outer/package.json", r#"{"name": "outer", "version": "1.2.0", "main": "index.js"}"#),
    (
        "node_modules/outer/index.js",
        "const inner = require('inner');\nexports.handle = function handle(text) {\n  return inner.parse(text);\n};\nexports.version = () => '1';\n",
    ),
    ("node_modules/inner/package.json", r#"{"name": "inner", "version": "2.0.1", "main": "index.js"}"#),
    ("node_modules/inner/index.js", "exports.parse = function parse(text) { return text; };\n"),
    ("node_modules/quiet/package.json", r#"{"name": "quiet", "version": "1.0.0", "main": "index.js"}"#),
    ("node_modules/quiet/index.js", "exports.quiet = 1;\n"),
];

pub const SYMBOLS: &str = "[[advisory]]\nid = \"CVE-2026-0001\"\npackage = \"pkg:npm/inner\"\nsymbols = [\"parse\"]\n";

pub fn advisory(id: &str, alias: &str, package: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "2026-01-01T00:00:00Z", "aliases": ["{alias}"], "summary": "{package} is at fault",
  "severity": [{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],
  "affected": [{{"package": {{"ecosystem": "npm", "name": "{package}"}},
    "ranges": [{{"type": "SEMVER", "events": [{{"introduced": "0"}}, {{"fixed": "2.1.0"}}]}}]}}]}}"#
    )
}

pub struct Place {
    pub folder: TempDir,
}

impl Place {
    /// A checkout at `shop`, advisories at `osv`.
    pub fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write(&[("package.json", MANIFEST), ("package-lock.json", LOCKFILE), ("server.js", SERVER)]);
        place.write(INSTALLED);
        place.advise(&[("one.json", &advisory("GHSA-aaaa-bbbb-cccc", "CVE-2026-0001", "inner"))]);
        place.advise(&[("two.json", &advisory("GHSA-dddd-eeee-ffff", "CVE-2026-0002", "quiet"))]);
        place.advise(&[("three.json", &advisory("GHSA-gggg-hhhh-jjjj", "CVE-2026-0003", "absent"))]);
        place.advise(&[("faultline-symbols.toml", SYMBOLS)]);
        place
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, files: &[(&str, &str)]) {
        write_tree(&self.path().join("shop"), files);
    }

    pub fn advise(&self, files: &[(&str, &str)]) {
        write_tree(&self.path().join("osv"), files);
    }

    /// Exit code, stdout, stderr of `faultline scan shop`.
    pub fn scan(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::cargo_bin("faultline").unwrap();
        command.current_dir(self.path()).args(["scan", "shop", "--advisories", "osv", "--offline"]).args(arguments);
        command.env("FAULTLINE_STORE", self.path().join("store.db")).env_remove("VIRTUAL_ENV");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        let (exit, stdout, stderr) = self.scan(&arguments);
        assert_eq!(exit, code, "{arguments:?}: {stdout}{stderr}");
        let value = serde_json::from_str(&stdout).unwrap();
        assert_schema("scan.json", &value);
        value
    }

    pub fn sarif(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "sarif"]).collect();
        serde_json::from_str(&self.scan(&arguments).1).unwrap()
    }
}
