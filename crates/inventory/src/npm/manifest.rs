//! `package.json`: the project's name, what it depends on, and what it says about code.

use std::collections::{BTreeMap, HashMap, HashSet};

use faultline_facts::{EntryPointDeclaration, NpmManifest};
use faultline_package::Scope;

use super::doc::{self, Fault, Item, Value};

/// The parts of a `package.json` that inventory needs.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Its path relative to the repository.
    pub file: String,
    /// What it says about code.
    pub facts: NpmManifest,
    /// Dependencies of all groups, in the order of the groups' strength.
    pub dependencies: Vec<Requirement>,
    /// `packageManager`, e.g. `pnpm@9.1.0`.
    pub package_manager: Option<String>,
    /// `resolutions` of yarn: last name of the pattern, and the version it is forced to.
    pub resolutions: BTreeMap<String, String>,
    /// Parts that have a wrong type: line and what is wrong.
    pub faults: Vec<Fault>,
}

impl Manifest {
    /// Its requirements by name.
    pub fn by_name(&self) -> HashMap<&str, &Requirement> {
        self.dependencies.iter().map(|r| (r.name.as_str(), r)).collect()
    }
}

/// One dependency that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The name importers use.
    pub name: String,
    /// The requirement as written.
    pub text: String,
    /// From its group.
    pub scope: Scope,
    /// True when it may be absent: optional, or an optional peer.
    pub may_be_absent: bool,
    /// 1-based line; 0 when it comes from a lockfile.
    pub line: u32,
}

/// Reads a `package.json`.
pub fn parse(file: &str, text: &str) -> Result<Manifest, Fault> {
    let root = doc::json(text, false)?;
    if !root.is_map() {
        return Err((root.line, "is not a JSON object: a package.json must be one".to_owned()));
    }
    let mut faults = Vec::new();
    let dependencies = requirements(&root, &mut faults);
    Ok(Manifest {
        file: file.to_owned(),
        facts: facts(&root),
        dependencies,
        package_manager: owned(&root, "packageManager"),
        resolutions: resolutions(&root),
        faults,
    })
}

/// The dependency groups and the scope each one means; where a name stands in several, the first counts.
///
/// npm lets `optionalDependencies` win over `dependencies`, else the stronger scope counts.
const GROUPS: [(&str, Scope); 4] = [
    ("optionalDependencies", Scope::Optional),
    ("dependencies", Scope::Runtime),
    ("peerDependencies", Scope::Peer),
    ("devDependencies", Scope::Dev),
];

/// The dependencies of all groups of a manifest, or of a lockfile's copy of one.
pub fn requirements(root: &Item, faults: &mut Vec<Fault>) -> Vec<Requirement> {
    let mut collector = Collector { optional_peers: optional_peers(root), ..Collector::default() };
    for (group, scope) in GROUPS {
        match root.get(group).map(|item| (item, &item.value)) {
            Some((item, Value::Map(_))) => collector.add_group(item, scope, faults),
            None | Some((_, Value::Null)) => {}
            Some((_, Value::List(items))) if items.is_empty() => {}
            Some((item, _)) => {
                faults.push((item.line, format!("`{group}` is not an object: write names and requirements in it")));
            }
        }
    }
    collector.found
}

fn optional_peers(root: &Item) -> HashSet<String> {
    let by_meta = root.entries_of("peerDependenciesMeta").iter().filter(|e| e.item.is_set("optional"));
    let listed = root.get("optionalPeers").map_or(&[][..], Item::items).iter().filter_map(Item::text);
    by_meta.map(|e| e.key.to_string()).chain(listed.map(str::to_owned)).collect()
}

#[derive(Default)]
struct Collector {
    found: Vec<Requirement>,
    index: HashMap<String, usize>,
    optional_peers: HashSet<String>,
}

impl Collector {
    fn add_group(&mut self, group: &Item, scope: Scope, faults: &mut Vec<Fault>) {
        for entry in group.entries() {
            // `"//": [...]` is how people comment JSON; `null` is how npm writes no requirement.
            match &entry.item.value {
                _ if entry.key.starts_with("//") => {}
                Value::Null if !entry.key.is_empty() => self.add(entry, "", scope),
                Value::Text(text) if !entry.key.is_empty() => self.add(entry, text.trim(), scope),
                _ => faults.push((
                    entry.line,
                    format!("the requirement of `{}` is not text: write a version range", entry.key),
                )),
            }
        }
    }

    fn add(&mut self, entry: &doc::Entry, text: &str, scope: Scope) {
        let name = entry.key.to_string();
        let may_be_absent = scope == Scope::Optional || (scope == Scope::Peer && self.optional_peers.contains(&name));
        if let Some(index) = self.index.get(&name) {
            let known = &mut self.found[*index];
            known.may_be_absent &= may_be_absent || known.scope == Scope::Optional;
            return;
        }
        self.index.insert(name.clone(), self.found.len());
        self.found.push(Requirement { name, text: text.to_owned(), scope, may_be_absent, line: entry.line });
    }
}

/// What a `package.json` says about code.
fn facts(root: &Item) -> NpmManifest {
    let name = owned(root, "name").filter(|n| !n.is_empty());
    NpmManifest {
        version: owned(root, "version").filter(|v| !v.is_empty()),
        is_module: root.text_of("type") == Some("module"),
        main: owned(root, "main"),
        module: owned(root, "module"),
        browser: owned(root, "browser"),
        types: owned(root, "types").or_else(|| owned(root, "typings")),
        exports: root.get("exports").map(to_json),
        imports: root.get("imports").map(to_json),
        bin: bin(root, name.as_deref()),
        scripts: declarations(root, "scripts"),
        workspaces: workspaces(root),
        private: root.is_set("private"),
        name,
    }
}

fn owned(root: &Item, key: &str) -> Option<String> {
    match root.get(key).map(|item| &item.value) {
        Some(Value::Text(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn bin(root: &Item, name: Option<&str>) -> Vec<EntryPointDeclaration> {
    let Some(item) = root.get("bin") else { return Vec::new() };
    match item.text() {
        Some(target) => {
            let name = name.unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or(name).to_owned();
            vec![EntryPointDeclaration { name, target: target.to_owned(), line: item.line }]
        }
        None => declarations(root, "bin"),
    }
}

fn declarations(root: &Item, key: &str) -> Vec<EntryPointDeclaration> {
    let declare = |entry: &doc::Entry| {
        let target = entry.item.text()?.to_owned();
        Some(EntryPointDeclaration { name: entry.key.to_string(), target, line: entry.line })
    };
    root.entries_of(key).iter().filter_map(declare).collect()
}

/// `workspaces` as a list, or yarn's object with `packages`.
pub fn workspaces(root: &Item) -> Vec<String> {
    let Some(item) = root.get("workspaces") else { return Vec::new() };
    let list = if item.is_map() { item.get("packages").unwrap_or(item) } else { item };
    list.items().iter().filter_map(Item::text).map(str::to_owned).collect()
}

fn resolutions(root: &Item) -> BTreeMap<String, String> {
    let last_name = |pattern: &str| {
        let pattern = super::spec::split_at_version(pattern).map_or(pattern, |(name, _)| name);
        let mut parts: Vec<&str> = pattern.split('/').collect();
        let last = parts.pop().unwrap_or_default();
        match parts.last() {
            Some(scope) if scope.starts_with('@') => format!("{scope}/{last}"),
            _ => last.to_owned(),
        }
    };
    root.entries_of("resolutions").iter().filter_map(|e| Some((last_name(&e.key), e.item.text()?.to_owned()))).collect()
}

/// The value as compact JSON text, key order kept.
fn to_json(item: &Item) -> String {
    to_value(item).to_string()
}

fn to_value(item: &Item) -> serde_json::Value {
    match &item.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Text(text) => text.as_ref().into(),
        Value::Number(text) => serde_json::from_str(text).unwrap_or_default(),
        Value::List(items) => items.iter().map(to_value).collect(),
        Value::Map(entries) => entries.iter().map(|e| (e.key.to_string(), to_value(&e.item))).collect(),
    }
}
