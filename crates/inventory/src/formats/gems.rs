//! `RubyGems`: `Gemfile.lock` and `Gemfile`, also as `gems.locked` and `gems.rb`, and `*.gemspec`.

use std::collections::HashMap;

use faultline_package::{Origin, Scope};

use super::lines::{indent, name_and_brackets, quoted};
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, hash};
use crate::text::{file_name, folder, to_line};

/// `Gemfile.lock`: sections by source, gems in them, and below each what it needs.
pub(super) fn lock(tree: &Tree, path: &str, text: &str) -> Result<Listed, Fault> {
    let mut reader = Reader { out: Listed::default(), section: "", remote: String::new(), sums: HashMap::new() };
    for (index, raw) in text.lines().enumerate() {
        reader.line(raw, to_line(index + 1));
    }
    let Reader { mut out, sums, .. } = reader;
    if out.packages.is_empty() && !text.trim().is_empty() && out.direct.is_none() && !text.contains("GEM") {
        return Err((1, "is not what bundler writes: run `bundle lock`".to_owned()));
    }
    for package in &mut out.packages {
        let sum = package.version.as_ref().and_then(|v| sums.get(&(package.name.clone(), v.clone())));
        package.integrity.extend(sum.and_then(|hex| hash(hex)));
    }
    scopes(tree, path, &mut out);
    Ok(out)
}

struct Reader<'t> {
    out: Listed,
    section: &'t str,
    remote: String,
    sums: HashMap<(String, String), String>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, raw: &'t str, line: u32) {
        let trimmed = raw.trim();
        match (self.section, indent(raw)) {
            _ if trimmed.is_empty() => {}
            (_, 0) => self.section = trimmed,
            ("GIT" | "PATH" | "GEM" | "PLUGIN SOURCE", 2) => {
                if let Some(remote) = trimmed.strip_prefix("remote:") {
                    remote.trim().clone_into(&mut self.remote);
                }
            }
            ("GIT" | "PATH" | "GEM" | "PLUGIN SOURCE", 4) => self.gem(trimmed, line),
            ("GIT" | "PATH" | "GEM" | "PLUGIN SOURCE", 6) => self.need(trimmed, line),
            ("DEPENDENCIES", 2) => self.direct(trimmed, line),
            ("CHECKSUMS", 2) => self.sum(trimmed),
            _ => {}
        }
    }

    /// `name (version)`, with the platform behind the version when it is not for all.
    fn gem(&mut self, text: &str, line: u32) {
        let Some((name, version)) = name_and_brackets(text) else {
            self.out.fault(line, "a gem is not `name (version)`; run `bundle lock`");
            return;
        };
        let (version, platform) = version.split_once('-').map_or((version, None), |(v, p)| (v, Some(p.to_owned())));
        let origin = match self.section {
            "GIT" => Origin::Git,
            "PATH" => Origin::Path,
            _ => Origin::Registry,
        };
        let resolved = (origin == Origin::Git).then(|| self.remote.clone());
        let path = (origin == Origin::Path).then(|| self.remote.trim_start_matches("./").to_owned());
        let package = Package::new(name, Some(version), line);
        self.out.packages.push(Package { origin, resolved, path, marker: platform, ..package });
    }

    fn need(&mut self, text: &str, line: u32) {
        let (name, requirement) = name_and_brackets(text).unwrap_or((text, ""));
        if let Some(package) = self.out.packages.last_mut() {
            // Bundler itself is not in its list.
            let optional = name == "bundler";
            package.needs.push(Need { optional, line, requirement: requirement.to_owned(), ..Need::of(name) });
        }
    }

    fn direct(&mut self, text: &str, line: u32) {
        let (name, requirement) = name_and_brackets(text).unwrap_or((text, ""));
        let name = name.trim_end_matches('!');
        let need = Need { optional: name == "bundler", line, requirement: requirement.to_owned(), ..Need::of(name) };
        self.out.direct.get_or_insert_default().push(need);
    }

    fn sum(&mut self, text: &str) {
        let found = name_and_brackets(text).zip(text.split_once("sha256="));
        if let Some(((name, version), (_, hex))) = found {
            self.sums.insert((name.to_owned(), version.to_owned()), hex.trim().to_owned());
        }
    }
}

/// The groups of the Gemfile beside a lockfile.
fn scopes(tree: &Tree, path: &str, out: &mut Listed) {
    let name = if file_name(path) == "gems.locked" { "gems.rb" } else { "Gemfile" };
    let file = crate::go::at(folder(path), name);
    let Some(text) = tree.has(&file).then(|| tree.text(&file).ok()).flatten() else { return };
    let groups: HashMap<String, Scope> = declared(&text).into_iter().map(|g| (g.name, g.scope)).collect();
    for need in out.direct.iter_mut().flatten() {
        need.scope = groups.get(&need.key).copied();
    }
}

/// A gem that a Gemfile asks for.
struct Declared {
    name: String,
    requirement: String,
    scope: Scope,
    line: u32,
    away: bool,
}

/// `gem` lines, with the scope of the `group … do` around them. What is computed is not seen.
fn declared(text: &str) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut blocks: Vec<Option<Scope>> = Vec::new();
    for (index, raw) in text.lines().enumerate() {
        let code = raw.trim();
        if code.ends_with(" do") || code.contains(" do |") {
            blocks.push(code.strip_prefix("group").map(scope_of));
        } else if code == "end" {
            blocks.pop();
        } else if let Some(rest) = code.strip_prefix("gem ").or_else(|| code.strip_prefix("gem(")) {
            let plain = rest.replace('\'', "\"");
            let Some(name) = quoted(&plain) else { continue };
            let requirement =
                plain.split('"').nth(3).filter(|r| r.starts_with(|c: char| c.is_ascii_digit() || "~<>=!".contains(c)));
            let own = plain.contains("group").then(|| scope_of(&plain));
            let scope = own.or_else(|| blocks.iter().rev().find_map(|b| *b)).unwrap_or(Scope::Runtime);
            let away = ["path:", ":path", "git:", ":git", "github:", ":github"].iter().any(|key| plain.contains(key));
            let requirement = requirement.unwrap_or_default().to_owned();
            found.push(Declared { name: name.to_owned(), requirement, scope, line: to_line(index + 1), away });
        }
    }
    found
}

/// Scope by the words of groups.
fn scope_of(text: &str) -> Scope {
    let has = |word: &str| text.contains(word);
    if has(":development") || has(":dev") {
        Scope::Dev
    } else if has(":test") {
        Scope::Test
    } else {
        Scope::Runtime
    }
}

/// A `Gemfile`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for gem in declared(text) {
        let origin = if gem.away { Origin::Git } else { Origin::Registry };
        out.declare(Package { scope: gem.scope, origin, ..Package::new(&gem.name, None, gem.line) }, &gem.requirement);
    }
    Ok(out)
}

/// A `*.gemspec`: name, version and dependencies that are written out.
pub(super) fn gemspec(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for (index, raw) in text.lines().enumerate() {
        let plain = raw.trim().replace('\'', "\"").replace("%q<", "\"").replace('>', "\"").replace(".freeze", "");
        let after = |key: &str| plain.split_once(key).map(|(_, rest)| rest.to_owned());
        let assigned = |key: &str| {
            after(key).filter(|rest| rest.trim_start().starts_with('=')).and_then(|r| quoted(&r).map(str::to_owned))
        };
        if let Some(name) = assigned(".name ") {
            out.name.get_or_insert(name);
        } else if let Some(version) = assigned(".version ") {
            out.version.get_or_insert(version);
        }
        let kinds = [
            ("add_development_dependency", Scope::Dev),
            ("add_runtime_dependency", Scope::Runtime),
            ("add_dependency", Scope::Runtime),
        ];
        let found = kinds.iter().find_map(|(key, scope)| Some((quoted(&after(key)?)?.to_owned(), *scope)));
        if let Some((name, scope)) = found {
            let requirement = raw.replace('\'', "\"").split('"').nth(3).unwrap_or_default().to_owned();
            out.declare(Package { scope, ..Package::new(&name, None, to_line(index + 1)) }, &requirement);
        }
    }
    Ok(out)
}
