//! Dependencies that a `build.gradle` or `build.gradle.kts` states literally.
//!
//! Scripts are programs; only what stands there plainly is taken. A version that is not the value of one plain
//! assignment stays unknown.

use std::collections::BTreeMap;

use faultline_package::Scope;

use super::catalog::Catalog;
use super::tokens::{Kind, Token, tokens};
use super::{Listed, configuration};
use crate::maven::project::exact_version;

/// Names with their values; `None` where several values are assigned.
pub(super) type Variables = BTreeMap<String, Option<String>>;

/// Deepest nesting of blocks in which dependencies are looked for.
const MAX_BLOCKS: usize = 64;

/// Under this name the variables hold the name of the whole build.
const ROOT: &str = "rootProject.name";

/// Blocks that stand between `dependencies` and what it holds without changing it.
const TRANSPARENT: [&str; 4] = ["if", "else", "for", "add"];

/// Dependencies of a script.
pub(super) fn read(file: &str, text: &str, catalog: &Catalog, outer: &Variables) -> Vec<Listed> {
    let tokens = tokens(text, false);
    let mut variables = outer.clone();
    assignments(&tokens, &mut variables);
    let mut reader = Reader { file, catalog, variables, out: Vec::new() };
    let mut blocks: Vec<String> = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[') => depth += 1,
            Kind::Sign(')' | ']') => depth = depth.saturating_sub(1),
            Kind::Sign('{') => {
                reader.statement(&tokens[start..at], &blocks);
                blocks.push(first_word(&tokens[start..at]));
                (start, depth) = (at + 1, 0);
            }
            Kind::Sign('}') => {
                reader.statement(&tokens[start..at], &blocks);
                blocks.pop();
                (start, depth) = (at + 1, 0);
            }
            Kind::LineEnd | Kind::Sign(';') if depth == 0 && !continues(&tokens[start..at]) => {
                reader.statement(&tokens[start..at], &blocks);
                start = at + 1;
            }
            _ => {}
        }
    }
    reader.statement(tokens.get(start..).unwrap_or_default(), &blocks);
    reader.out
}

/// `name=value` lines of a `gradle.properties`.
pub(super) fn properties(text: &str, variables: &mut Variables) {
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', '!'])) {
        if let Some((name, value)) = line.split_once('=') {
            variables.insert(name.trim().to_owned(), Some(value.trim().to_owned()));
        }
    }
}

/// The name that a `settings.gradle` gives the build.
pub(super) fn root_name(text: &str, variables: &mut Variables) {
    let mut stated = Variables::new();
    assignments(&tokens(text, false), &mut stated);
    variables.extend(stated.remove("name").map(|name| (ROOT.to_owned(), name)));
}

/// A list of arguments goes on after a comma.
fn continues(statement: &[Token]) -> bool {
    statement.last().is_some_and(|token| token.is(','))
}

fn first_word(statement: &[Token]) -> String {
    statement.iter().find_map(Token::word).unwrap_or_default().to_owned()
}

/// Plain assignments of texts: `x = "1"`, `x: "1"`, `["x"] = "1"`, `set("x", "1")`, `x by extra("1")`.
fn assignments(tokens: &[Token], variables: &mut Variables) {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| token.kind != Kind::LineEnd).collect();
    for window in tokens.windows(5) {
        let found = match window {
            [name, sign, value, ..] if name.word().is_some() && (sign.is('=') || sign.is(':')) => {
                name.word().zip(value.text())
            }
            [name, close, sign, value, _] if close.is(']') && sign.is('=') => name.text().zip(value.text()),
            [set, open, name, comma, value] if set.word() == Some("set") && open.is('(') && comma.is(',') => {
                name.text().zip(value.text())
            }
            [name, by, extra, open, value]
                if by.word() == Some("by") && extra.word() == Some("extra") && open.is('(') =>
            {
                name.word().zip(value.text())
            }
            _ => None,
        };
        if let Some((name, value)) = found {
            let known = variables.entry(name.to_owned()).or_insert_with(|| Some(value.to_owned()));
            if known.as_deref() != Some(value) {
                *known = None;
            }
        }
    }
}

struct Reader<'r> {
    file: &'r str,
    catalog: &'r Catalog,
    variables: Variables,
    out: Vec<Listed>,
}

impl Reader<'_> {
    fn statement(&mut self, statement: &[Token], blocks: &[String]) {
        if blocks.len() > MAX_BLOCKS {
            return;
        }
        let block = blocks.iter().rev().find(|name| !TRANSPARENT.contains(&name.as_str()));
        if block.map(String::as_str) != Some("dependencies") || blocks.iter().any(|b| b == "dependencyManagement") {
            return;
        }
        let statement: Vec<&Token> = statement.iter().filter(|token| token.kind != Kind::LineEnd).collect();
        let Some((first, arguments)) = statement.split_first() else { return };
        let Some(name) = first.word().or(first.text()).filter(|name| !name.contains(':')) else { return };
        let in_buildscript = blocks.iter().any(|block| block == "buildscript");
        let scope = if in_buildscript { Scope::Build } else { configuration::scope(name) };
        self.literals(arguments, scope);
        self.named(arguments, scope);
        self.calls(arguments, scope);
    }

    /// `"group:artifact:version"`, also with classifier and extension.
    fn literals(&mut self, arguments: &[&Token], scope: Scope) {
        for token in arguments {
            let Some(text) = token.text().map(|text| self.expand(text)) else { continue };
            let parts: Vec<&str> = text.split('@').next().unwrap_or_default().split(':').collect();
            if (2..=4).contains(&parts.len()) && !parts[0].is_empty() && !text.contains(char::is_whitespace) {
                let version = parts.get(2).copied().unwrap_or_default();
                let mut listed = self.listed(parts[0], parts[1], version, scope, token.line);
                parts.get(3).copied().unwrap_or_default().clone_into(&mut listed.classifier);
                self.out.push(listed);
            }
        }
    }

    /// `group: "g", name: "a", version: "v"`.
    fn named(&mut self, arguments: &[&Token], scope: Scope) {
        let value = |wanted: &str| {
            arguments.windows(3).find_map(|window| {
                let [name, sign, value] = window else { return None };
                let fits = name.word() == Some(wanted) && (sign.is(':') || sign.is('='));
                let text = value.text().map(|text| self.expand(text));
                let text = text.or_else(|| self.variables.get(value.word()?).cloned().flatten());
                fits.then_some(text).flatten().map(|text| (text, name.line))
            })
        };
        if let (Some((group, line)), Some((artifact, _))) = (value("group"), value("name")) {
            let version = value("version").map(|(version, _)| version).unwrap_or_default();
            let mut listed = self.listed(&group, &artifact, &version, scope, line);
            listed.classifier = value("classifier").map(|(text, _)| text).unwrap_or_default();
            self.out.push(listed);
        }
    }

    /// `project(":path")`, `kotlin("name")`, and what the catalog names.
    fn calls(&mut self, arguments: &[&Token], scope: Scope) {
        for (at, token) in arguments.iter().enumerate() {
            let argument = || arguments[at..].iter().take(6).find_map(|token| token.text());
            match token.word() {
                Some("project") => {
                    if let Some(path) = argument().filter(|path| path.starts_with(':')) {
                        let name = path.rsplit(':').next().unwrap_or_default();
                        let group = self.group_of(path);
                        let mut listed = self.listed(&group, name, "", scope, token.line);
                        listed.project = Some(path.trim_matches(':').replace(':', "/"));
                        self.out.push(listed);
                    }
                }
                Some("kotlin") if arguments.get(at + 1).is_some_and(|t| t.is('(')) => {
                    if let Some(name) = argument() {
                        let name = format!("kotlin-{name}");
                        self.out.push(self.listed("org.jetbrains.kotlin", &name, "", scope, token.line));
                    }
                }
                Some("libs") => self.catalogued(&arguments[at + 1..], scope, token.line),
                _ => {}
            }
        }
    }

    /// `.a.b` after `libs`, with or without `.get()`.
    fn catalogued(&mut self, after: &[&Token], scope: Scope, line: u32) {
        let pairs = after.chunks(2).map_while(|pair| match pair {
            [dot, name] if dot.is('.') => name.word(),
            _ => None,
        });
        let mut words: Vec<&str> = pairs.collect();
        if words.last() == Some(&"get") {
            words.pop();
        }
        let accessor = words.join(".");
        let members = accessor.strip_prefix("bundles.").and_then(|name| self.catalog.bundles.get(name));
        for accessor in members.cloned().unwrap_or_else(|| vec![accessor]) {
            if let Some(library) = self.catalog.libraries.get(&accessor) {
                let mut listed = Listed { scope, ..library.clone() };
                self.file.clone_into(&mut listed.location.file);
                listed.location.line = line;
                self.out.push(listed);
            }
        }
    }

    /// The group of a project of the same build: the one stated, else Gradle's own from the names above it.
    fn group_of(&self, path: &str) -> String {
        if let Some(group) = self.variables.get("group").cloned().flatten().filter(|group| !group.is_empty()) {
            return group;
        }
        let root = self.variables.get(ROOT).cloned().flatten().unwrap_or_else(|| "root".to_owned());
        let above = path.rsplit_once(':').map_or("", |(above, _)| above);
        format!("{root}{}", above.replace(':', "."))
    }

    fn listed(&self, group: &str, artifact: &str, version: &str, scope: Scope, line: u32) -> Listed {
        let exact = exact_version(version).filter(|v| !v.contains(['$', '+']) && !v.starts_with("latest."));
        let mut listed = Listed::new(group, artifact, exact.unwrap_or_default(), scope, self.file, line);
        version.clone_into(&mut listed.requirement);
        listed
    }

    /// `$name` and `${a.name}` replaced where the value is known.
    fn expand(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let (name, tail) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
                Some(found) => found,
                None => after.split_at(after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())),
            };
            let last = name.rsplit(['.', '[']).next().unwrap_or(name).trim_matches([']', '"', '\'']);
            match self.variables.get(name).or_else(|| self.variables.get(last)) {
                Some(Some(value)) => out.push_str(value),
                _ => out.extend(["$", name]),
            }
            rest = tail;
        }
        out + rest
    }
}
