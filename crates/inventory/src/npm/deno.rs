//! `deno.json`, `deno.jsonc` and `deno.lock`: their npm packages.

use std::collections::{HashMap, HashSet};

use faultline_package::Scope;

use super::doc::{self, Entry, Fault, Item};
use super::integrity;
use super::lock::{Context, Importer, Lock, Package, platform, resolve};
use super::manifest::{Manifest, Requirement};
use super::spec::{Spec, classify, split_at_version};

/// Reads a `deno.json` as a manifest: imports of npm packages are its dependencies.
pub fn manifest(file: &str, text: &str) -> Result<Manifest, Fault> {
    let root = doc::json(text, true)?;
    if !root.is_map() {
        return Err((root.line, "is not a JSON object: a deno.json must be one".to_owned()));
    }
    let scopes = root.entries_of("scopes").iter().flat_map(|scope| scope.item.entries());
    let mut dependencies: Vec<Requirement> = Vec::new();
    let mut names = HashSet::new();
    for entry in root.entries_of("imports").iter().chain(scopes) {
        if let Some(found) = entry.item.text().and_then(|text| import(&entry.key, text, entry.line))
            && names.insert(found.name.clone())
        {
            dependencies.push(found);
        }
    }
    let mut manifest = Manifest { file: file.to_owned(), dependencies, ..Manifest::default() };
    manifest.facts.name = root.text_of("name").map(str::to_owned);
    manifest.facts.version = root.text_of("version").map(str::to_owned);
    Ok(manifest)
}

/// An import of an npm package, `npm:chalk@5` or `npm:/chalk@5/sub`, as a requirement.
fn import(key: &str, target: &str, line: u32) -> Option<Requirement> {
    let target = target.strip_prefix("npm:")?.trim_start_matches('/');
    let (name, range) = split_at_version(target).unwrap_or((target, ""));
    let range = range.split('/').next().unwrap_or(range);
    let text = if key == name { range.to_owned() } else { format!("npm:{name}@{range}") };
    let key = key.trim_end_matches('/').to_owned();
    Some(Requirement { name: key, text, scope: Scope::Runtime, may_be_absent: false, line })
}

/// Reads a `deno.lock` of version 2 to 5.
pub fn read(root: &Item, context: &Context) -> Result<Lock, Fault> {
    if !root.is_map() {
        return Err((root.line, "is not a JSON object: regenerate it with deno".to_owned()));
    }
    let inner = root.get("packages").or_else(|| root.get("npm")).filter(|i| i.get("npm").is_some());
    let packages = inner.and_then(|i| i.get("npm")).or_else(|| root.get("npm"));
    let packages = packages.map(|p| if p.get("packages").is_some() { p.entries_of("packages") } else { p.entries() });
    let mut reader = Reader { lock: Lock::default(), keys: HashMap::new(), names: HashMap::new() };
    reader.lock.check_version(root.get("version"), &["1", "2", "3", "4", "5"], "deno");
    let packages = packages.unwrap_or_default();
    for entry in packages {
        reader.package(entry);
    }
    for entry in packages {
        reader.edges(entry);
    }
    let specifiers = root.get("specifiers").or_else(|| inner.and_then(|i| i.get("specifiers")));
    reader.importer(specifiers, context);
    Ok(reader.lock)
}

struct Reader {
    lock: Lock,
    keys: HashMap<String, usize>,
    /// Name to its only package; none where there are several.
    names: HashMap<String, Option<usize>>,
}

impl Reader {
    fn package(&mut self, entry: &Entry) {
        let Some((name, version)) = split_at_version(&entry.key).filter(|_| entry.item.is_map()) else {
            self.lock.faults.push((entry.line, format!("`{}` is no package with a version", entry.key)));
            return;
        };
        if self.keys.contains_key(&*entry.key) {
            return;
        }
        let version = version.split('_').next().unwrap_or(version).to_owned();
        let mut package = Package::new(entry.key.to_string(), name.to_owned(), Some(version), entry.line);
        package.integrity = entry.item.text_of("integrity").map(integrity::parse).unwrap_or_default();
        package.marker = platform(&entry.item);
        let index = self.lock.packages.len();
        self.names.entry(name.to_owned()).and_modify(|only| *only = None).or_insert(Some(index));
        self.keys.insert(entry.key.to_string(), index);
        self.lock.packages.push(package);
    }

    fn edges(&mut self, entry: &Entry) {
        let Some(index) = self.keys.get(&*entry.key).copied() else { return };
        let mut needed = Vec::new();
        for (group, scope) in [("dependencies", Scope::Runtime), ("optionalDependencies", Scope::Optional)] {
            needed.extend(group_of(&entry.item, group, scope));
        }
        let find = |r: &Requirement| self.keys.get(&r.text).copied().or_else(|| self.only(&r.text));
        let mut missing = Vec::new();
        let package = &self.lock.packages[index];
        let mut deps = resolve(&package.name, entry.line, &needed, &mut missing, find);
        for dep in &mut deps {
            dep.requirement.clear();
        }
        self.lock.packages[index].deps = deps;
        self.lock.packages[index].missing = missing;
    }

    /// The only package of a name, which is how version 4 and later write unambiguous dependencies.
    fn only(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied().flatten()
    }

    /// What the project requires: its `package.json`, else the specifiers of the lockfile.
    fn importer(&mut self, specifiers: Option<&Item>, context: &Context) {
        let stated = specifiers.map_or(&[][..], Item::entries);
        let locked: HashMap<&str, &str> = stated.iter().filter_map(|e| Some((&*e.key, e.item.text()?))).collect();
        let mut importer = Importer { folder: context.folder.to_owned(), ..Importer::default() };
        let needed = match context.manifests.get(context.folder) {
            Some(manifest) => manifest.dependencies.clone(),
            None => stated.iter().filter_map(specifier).collect(),
        };
        let find = |r: &Requirement| {
            let (name, range) = match classify(&r.text) {
                Spec::Alias(name, range) => (name, range),
                _ => (r.name.as_str(), r.text.as_str()),
            };
            let at = |key: &str| locked.get(key).copied();
            let version = at(&format!("npm:{name}@{range}")).or_else(|| at(&format!("npm:{name}")))?;
            let key = version.strip_prefix("npm:").unwrap_or(version);
            self.keys.get(&format!("{name}@{key}")).or_else(|| self.keys.get(key)).copied()
        };
        importer.deps = resolve("the project", 0, &needed, &mut importer.missing, find);
        self.lock.importers.push(importer);
    }
}

/// Dependencies as a map of names to keys, or (since version 4) as a list of keys or names.
fn group_of(item: &Item, group: &str, scope: Scope) -> Vec<Requirement> {
    let Some(group) = item.get(group) else { return Vec::new() };
    let make = |name: &str, text: &str| Requirement {
        name: name.to_owned(),
        text: text.to_owned(),
        scope,
        may_be_absent: scope == Scope::Optional,
        line: 0,
    };
    if group.is_map() {
        let entries = group.entries().iter().filter_map(|e| Some(make(&e.key, e.item.text()?)));
        return entries.collect();
    }
    let keys = group.items().iter().filter_map(Item::text);
    keys.map(|key| make(split_at_version(key).map_or(key, |(name, _)| name), key)).collect()
}

/// `npm:chalk@5` of the lockfile as a requirement of the project.
fn specifier(entry: &Entry) -> Option<Requirement> {
    let text = entry.key.strip_prefix("npm:")?;
    let (name, range) = split_at_version(text).unwrap_or((text, ""));
    let (name, text) = (name.to_owned(), range.to_owned());
    Some(Requirement { name, text, scope: Scope::Runtime, may_be_absent: false, line: 0 })
}
