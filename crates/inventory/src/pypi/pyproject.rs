//! `pyproject.toml`: PEP 621, PEP 735, build requirements, and the tables of uv and PDM.

use std::collections::HashMap;

use faultline_facts::EntryPointDeclaration;
use faultline_package::{Origin, Scope};

use super::lock::normal;
use super::manifest::{Declared, Manifest};
use super::problems::Problems;
use super::source::Source;
use super::toml_doc::{self as toml, Doc, Table, Value};
use super::{poetry_manifest, scope};
use crate::text::join;

/// Reads a `pyproject.toml`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Manifest {
    let doc = toml::parse(text);
    problems.toml(file, &doc.faults);
    let mut reader = Reader { file, doc: &doc, manifest: Manifest::default(), problems };
    reader.project();
    reader.groups();
    reader.tools();
    if let Some(build) = toml::table(&doc.root, &["build-system"]) {
        reader.requirements(build.get("requires"), Scope::Build);
    }
    reader.manifest
}

/// A reader on its way through one document.
pub(super) struct Reader<'r, 'a> {
    /// Path relative to the repository.
    pub file: &'r str,
    /// The document.
    pub doc: &'r Doc<'a>,
    /// What was found so far.
    pub manifest: Manifest,
    /// Entries that were left out.
    pub problems: &'r mut Problems,
}

impl Reader<'_, '_> {
    /// An array of requirement texts.
    pub(super) fn requirements(&mut self, list: Option<&Value>, scope: Scope) {
        for value in list.map_or(&[][..], toml::items) {
            match toml::as_text(value) {
                Some(text) => self.requirement(text, self.doc.line(value), scope),
                None => self.problems.entry(self.file, self.doc.line(value), "a requirement that is no text"),
            }
        }
    }

    fn requirement(&mut self, text: &str, line: u32, scope: Scope) {
        match Declared::parse(text, scope, self.file, line) {
            Some(declared) => self.manifest.declared.push(declared),
            None => self.problems.entry(self.file, line, &format!("`{}` is not a requirement", short(text))),
        }
    }

    fn project(&mut self) {
        let Some(project) = toml::table(&self.doc.root, &["project"]) else { return };
        self.manifest.is_project = true;
        self.manifest.python.name = toml::text(project, "name").map(str::to_owned);
        self.manifest.python.version = toml::text(project, "version").map(str::to_owned);
        self.requirements(project.get("dependencies"), Scope::Runtime);
        for list in toml::table(project, &["optional-dependencies"]).into_iter().flat_map(Table::values) {
            self.requirements(Some(list), Scope::Optional);
        }
        for key in ["scripts", "gui-scripts"] {
            let found = self.declarations(toml::table(project, &[key]), "");
            self.manifest.python.scripts.extend(found);
        }
        for (group, table) in toml::table(project, &["entry-points"]).into_iter().flatten() {
            let found = self.declarations(toml::as_table(table), &format!("{}/", group.get_ref()));
            self.manifest.python.entry_points.extend(found);
        }
    }

    /// Name and target of every text in a table, in file order.
    pub(super) fn declarations(&self, table: Option<&Table>, prefix: &str) -> Vec<EntryPointDeclaration> {
        let entries = table.into_iter().flatten();
        let mut found: Vec<EntryPointDeclaration> = entries
            .filter_map(|(name, value)| {
                let target = toml::as_text(value).or_else(|| {
                    toml::as_table(value).and_then(|t| toml::text(t, "callable").or(toml::text(t, "reference")))
                })?;
                Some(EntryPointDeclaration {
                    name: format!("{prefix}{}", name.get_ref()),
                    target: target.split('[').next().unwrap_or(target).trim().to_owned(),
                    line: self.doc.lines.of(name.span().start),
                })
            })
            .collect();
        found.sort_by_key(|declaration| declaration.line);
        found
    }

    /// PEP 735 groups; `include-group` needs no copying when the included group has a scope of its own,
    /// except that a stronger scope of the including group counts too.
    fn groups(&mut self) {
        let Some(groups) = toml::table(&self.doc.root, &["dependency-groups"]) else { return };
        self.manifest.is_project = true;
        let scopes = group_scopes(groups);
        for (name, list) in groups {
            let scope = scopes.get(&normal(name.get_ref())).copied().unwrap_or(Scope::Dev);
            for value in toml::items(list).iter().filter(|v| toml::as_table(v).is_none()) {
                match toml::as_text(value) {
                    Some(text) => self.requirement(text, self.doc.line(value), scope),
                    None => self.problems.entry(self.file, self.doc.line(value), "a requirement that is no text"),
                }
            }
        }
    }

    fn tools(&mut self) {
        let Some(tool) = toml::table(&self.doc.root, &["tool"]) else { return };
        if let Some(uv) = toml::table(tool, &["uv"]) {
            self.requirements(uv.get("dev-dependencies"), Scope::Dev);
            self.sources(uv);
        }
        for (group, list) in toml::table(tool, &["pdm", "dev-dependencies"]).into_iter().flatten() {
            self.manifest.is_project = true;
            self.pdm_group(list, scope::of_group(group.get_ref()));
        }
        if let Some(poetry) = toml::table(tool, &["poetry"]) {
            poetry_manifest::read(self, poetry);
        }
        if let Some(dynamic) = toml::table(tool, &["setuptools", "dynamic"]) {
            self.dynamic(dynamic);
        }
        self.manifest.python.package_roots.extend(package_roots(tool));
    }

    /// PDM allows editable entries (`-e file:///${PROJECT_ROOT}/lib#egg=lib`).
    fn pdm_group(&mut self, list: &Value, scope: Scope) {
        for value in toml::items(list) {
            let Some(text) = toml::as_text(value) else { continue };
            let line = self.doc.line(value);
            match text.trim().strip_prefix("-e ").and_then(|target| target.split_once("#egg=")) {
                Some((target, egg)) => {
                    let target = target.trim().replace("/${PROJECT_ROOT}", ".").replace("file://", "");
                    self.requirement(&format!("{egg} @ {target}"), line, scope);
                }
                None => self.requirement(text, line, scope),
            }
        }
    }

    /// `[tool.uv.sources]` says where declared packages come from.
    fn sources(&mut self, uv: &Table) {
        let Some(sources) = toml::table(uv, &["sources"]) else { return };
        let by_name: HashMap<String, &Table> =
            sources.iter().filter_map(|(name, v)| Some((normal(name.get_ref()), toml::as_table(v)?))).collect();
        for declared in &mut self.manifest.declared {
            if let Some(source) = by_name.get(&declared.name) {
                set_source(declared, source, self.file);
            }
        }
    }

    /// Setuptools takes dependencies out of requirement files.
    fn dynamic(&mut self, dynamic: &Table) {
        let optional = toml::table(dynamic, &["optional-dependencies"]);
        let extras = optional.into_iter().flat_map(Table::values).filter_map(toml::as_table);
        let tables = toml::table(dynamic, &["dependencies"]).into_iter().map(|table| (table, Scope::Runtime));
        for (table, scope) in tables.chain(extras.map(|table| (table, Scope::Optional))) {
            for name in toml::texts(table, "file") {
                let line = self.doc.line_of(table, "file");
                let location = faultline_package::Location { file: self.file.to_owned(), line };
                self.manifest.requirement_files.push((name.to_owned(), scope, location));
            }
        }
    }
}

/// Sets the source of a dependency from a table with `git`, `path`, `url` or `workspace`.
pub(super) fn set_source(declared: &mut Declared, table: &Table, file: &str) {
    let of = |key| toml::text(table, key);
    if let Some(git) = of("git") {
        declared.source = Source::git(git, of("rev").or(of("tag")).or(of("branch")).or(of("ref")));
    } else if let Some(url) = of("url").or(of("path")).or(of("file")) {
        declared.source = Source::of_url(file, url);
    } else if toml::is_set(table, "workspace") {
        declared.source = Source { origin: Origin::Path, address: None, path: None };
    }
}

/// The scope of every group: its own by name, or a stronger one of a group that includes it.
fn group_scopes(groups: &Table) -> HashMap<String, Scope> {
    let mut scopes: HashMap<String, Scope> =
        groups.keys().map(|name| (normal(name.get_ref()), scope::of_group(name.get_ref()))).collect();
    let includes: Vec<(String, String)> = groups
        .iter()
        .flat_map(|(name, list)| {
            let included = toml::items(list).iter().filter_map(toml::as_table);
            included.filter_map(|t| Some((normal(name.get_ref()), normal(toml::text(t, "include-group")?))))
        })
        .collect();
    // At most six scopes, so this settles after few rounds even where groups include each other.
    let mut changed = true;
    while std::mem::take(&mut changed) {
        for (outer, inner) in &includes {
            let Some(outer) = scopes.get(outer).copied() else { continue };
            if let Some(scope) = scopes.get_mut(inner).filter(|scope| **scope > outer) {
                *scope = outer;
                changed = true;
            }
        }
    }
    scopes
}

/// Folders that the build back ends call import roots.
fn package_roots(tool: &Table) -> Vec<String> {
    let mut roots: Vec<String> = Vec::new();
    if let Some(find) = toml::table(tool, &["setuptools", "packages", "find"]) {
        roots.extend(toml::texts(find, "where").into_iter().map(str::to_owned));
    }
    let directories = toml::table(tool, &["setuptools", "package-dir"]);
    roots.extend(directories.and_then(|table| toml::text(table, "")).map(str::to_owned));
    for package in toml::table(tool, &["poetry"]).into_iter().flat_map(|poetry| toml::tables(poetry, "packages")) {
        roots.extend(toml::text(package, "from").map(str::to_owned));
    }
    if let Some(wheel) = toml::table(tool, &["hatch", "build", "targets", "wheel"]) {
        roots.extend(
            toml::texts(wheel, "packages").iter().filter_map(|p| p.rsplit_once('/')).map(|(r, _)| r.to_owned()),
        );
        roots.extend(toml::texts(wheel, "sources").into_iter().map(str::to_owned));
    }
    let build_back_end = toml::table(tool, &["uv", "build-backend"]).and_then(|table| toml::text(table, "module-root"));
    let pdm = toml::table(tool, &["pdm", "build"]).and_then(|table| toml::text(table, "package-dir"));
    roots.extend(build_back_end.into_iter().chain(pdm).map(str::to_owned));
    let mut roots: Vec<String> = roots.iter().filter_map(|root| join("", root)).collect();
    roots.sort();
    roots.dedup();
    roots
}

/// The start of a text, for messages.
pub(super) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
