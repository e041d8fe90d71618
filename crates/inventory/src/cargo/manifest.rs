//! `Cargo.toml`.

use std::collections::BTreeMap;

use faultline_package::Scope;

use crate::listing::Fault;
use crate::text::folder;
use crate::toml_doc::{self, Doc, Table, Value};

/// A manifest.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// Path in the repository.
    pub file: String,
    /// Package name; a workspace's root may have none.
    pub name: Option<String>,
    /// Package version; `None` too when the workspace states it.
    pub version: Option<String>,
    /// True when the version stands in the workspace's manifest.
    pub inherits_version: bool,
    /// Dependencies of all kinds.
    pub dependencies: Vec<Dependency>,
    /// Features and what they turn on.
    pub features: BTreeMap<String, Vec<String>>,
    /// `[workspace]`.
    pub workspace: Option<WorkspaceTable>,
    /// Folder of the workspace's root, when the manifest names it.
    pub workspace_folder: Option<String>,
    /// Parts that make no sense.
    pub faults: Vec<Fault>,
}

/// The `[workspace]` table.
#[derive(Debug, Default)]
pub(super) struct WorkspaceTable {
    /// Patterns of member folders.
    pub members: Vec<String>,
    /// Folders left out.
    pub exclude: Vec<String>,
    /// Version that members inherit.
    pub version: Option<String>,
    /// Dependencies that members inherit, by name.
    pub dependencies: BTreeMap<String, Dependency>,
}

/// A dependency as declared.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependency {
    /// Name in the manifest, which code uses.
    pub name: String,
    /// Name of the package, when it is another.
    pub package: Option<String>,
    /// Version requirement as written.
    pub requirement: String,
    /// Folder as written.
    pub path: Option<String>,
    /// Git address.
    pub git: Option<String>,
    /// Features asked for.
    pub features: Vec<String>,
    /// True when it is only there with a feature.
    pub optional: bool,
    /// False with `default-features = false`.
    pub without_defaults: bool,
    /// True when the workspace's root states it.
    pub inherited: bool,
    /// Target or `cfg(…)` for which it holds.
    pub target: Option<String>,
    /// Runtime, dev or build.
    pub scope: Option<Scope>,
    /// 1-based line.
    pub line: u32,
}

impl Dependency {
    /// Name of the package.
    pub(super) fn package(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.name)
    }

    /// Scope by the table that it stands in.
    pub(super) fn scope(&self) -> Scope {
        self.scope.unwrap_or(Scope::Runtime)
    }
}

/// Reads a manifest.
pub(super) fn parse(file: &str, text: &str) -> Manifest {
    let doc = toml_doc::parse(text);
    let mut out = Manifest { file: file.to_owned(), ..Manifest::default() };
    let faults = doc.faults.iter();
    out.faults = faults.map(|(line, why)| (*line, format!("is not valid TOML: {why}; correct it"))).collect();
    let package = toml_doc::table(&doc.root, &["package"]).or_else(|| toml_doc::table(&doc.root, &["project"]));
    if let Some(package) = package {
        out.name = toml_doc::text(package, "name").map(str::to_owned);
        out.version = toml_doc::text(package, "version").map(str::to_owned);
        out.inherits_version = is_inherited(package, "version");
        out.workspace_folder = toml_doc::text(package, "workspace").map(str::to_owned);
    }
    tables(&doc, &doc.root, None, &mut out);
    if let Some(targets) = toml_doc::table(&doc.root, &["target"]) {
        for (target, table) in targets {
            if let Some(table) = toml_doc::as_table(table) {
                tables(&doc, table, Some(target.get_ref()), &mut out);
            }
        }
    }
    out.features = features(&doc.root);
    out.workspace = toml_doc::table(&doc.root, &["workspace"]).map(|table| workspace(&doc, table, &mut out.faults));
    out
}

impl Manifest {
    /// Folder of the manifest.
    pub(super) fn folder(&self) -> &str {
        folder(&self.file)
    }

    /// True when nothing says what it is.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.workspace.is_none() && self.dependencies.is_empty()
    }

    /// Takes over what the workspace's root states for its members.
    pub(super) fn inherit(&mut self, root: &WorkspaceTable, root_folder: &str) {
        if self.inherits_version {
            self.version.clone_from(&root.version);
        }
        let up = "../".repeat(self.folder().split('/').filter(|p| !p.is_empty()).count());
        for dependency in self.dependencies.iter_mut().filter(|d| d.inherited) {
            let Some(stated) = root.dependencies.get(&dependency.name) else {
                let why = format!("`{}` is not in the workspace's dependencies; add it there", dependency.name);
                self.faults.push((dependency.line, why));
                continue;
            };
            dependency.package.clone_from(&stated.package);
            dependency.requirement.clone_from(&stated.requirement);
            dependency.git.clone_from(&stated.git);
            dependency.path = stated.path.as_ref().map(|path| format!("{up}{root_folder}/{path}"));
            dependency.features.extend(stated.features.iter().cloned());
            dependency.without_defaults |= stated.without_defaults;
        }
    }
}

/// True for `key.workspace = true`.
fn is_inherited(table: &Table, key: &str) -> bool {
    toml_doc::table(table, &[key]).is_some_and(|inner| toml_doc::is_set(inner, "workspace"))
}

/// The three tables of dependencies, at the top or of one target.
fn tables(doc: &Doc, table: &Table, target: Option<&str>, out: &mut Manifest) {
    let kinds = [
        ("dependencies", Scope::Runtime),
        ("dev-dependencies", Scope::Dev),
        ("dev_dependencies", Scope::Dev),
        ("build-dependencies", Scope::Build),
        ("build_dependencies", Scope::Build),
    ];
    for (key, scope) in kinds {
        for (name, value) in toml_doc::table(table, &[key]).into_iter().flatten() {
            let line = doc.lines.of(name.span().start);
            match dependency(name.get_ref(), value, line) {
                Ok(found) => {
                    let target = target.map(str::to_owned);
                    out.dependencies.push(Dependency { target, scope: Some(scope), ..found });
                }
                Err(why) => out.faults.push((line, why)),
            }
        }
    }
    out.dependencies.sort_by_key(|d| d.line);
}

fn dependency(name: &str, value: &Value, line: u32) -> Result<Dependency, String> {
    let mut found = Dependency { name: name.to_owned(), line, ..Dependency::default() };
    if let Some(requirement) = toml_doc::as_text(value) {
        requirement.clone_into(&mut found.requirement);
        return Ok(found);
    }
    let table =
        toml_doc::as_table(value).ok_or_else(|| format!("`{name}` is neither a version nor a table; correct it"))?;
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(value) => match toml_doc::as_text(value) {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(format!("`{key}` of `{name}` is not text; correct it")),
        },
    };
    found.requirement = text("version")?.unwrap_or_default();
    found.package = text("package")?.filter(|package| package != name);
    found.path = text("path")?;
    found.git = text("git")?;
    found.features = toml_doc::texts(table, "features").into_iter().map(str::to_owned).collect();
    found.optional = toml_doc::is_set(table, "optional");
    found.inherited = toml_doc::is_set(table, "workspace");
    let off = |key: &str| matches!(table.get(key).map(Value::get_ref), Some(toml::de::DeValue::Boolean(false)));
    found.without_defaults = off("default-features") || off("default_features");
    Ok(found)
}

fn features(root: &Table) -> BTreeMap<String, Vec<String>> {
    let table = toml_doc::table(root, &["features"]).into_iter().flatten();
    let list = |value: &Value| toml_doc::items(value).iter().filter_map(toml_doc::as_text).map(str::to_owned).collect();
    table.map(|(name, value)| (name.get_ref().to_string(), list(value))).collect()
}

fn workspace(doc: &Doc, table: &Table, faults: &mut Vec<Fault>) -> WorkspaceTable {
    let texts = |key: &str| toml_doc::texts(table, key).into_iter().map(str::to_owned).collect();
    let mut out = WorkspaceTable {
        members: texts("members"),
        exclude: texts("exclude"),
        version: toml_doc::table(table, &["package"]).and_then(|p| toml_doc::text(p, "version")).map(str::to_owned),
        dependencies: BTreeMap::new(),
    };
    for (name, value) in toml_doc::table(table, &["dependencies"]).into_iter().flatten() {
        let line = doc.lines.of(name.span().start);
        match dependency(name.get_ref(), value, line) {
            Ok(found) => {
                out.dependencies.insert(name.get_ref().to_string(), found);
            }
            Err(why) => faults.push((line, why)),
        }
    }
    out
}
