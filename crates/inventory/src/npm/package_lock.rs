//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

use std::collections::HashMap;

use faultline_package::{Origin, Scope};

use super::doc::{Fault, Item, Value};
use super::lock::{
    Context, Dep, Importer, Lock, MAX_KEY, Missing, Package, platform, published, resolve, without_lines,
};
use super::manifest::{Requirement, requirements};
use super::nesting::{self, Installed};
use super::spec::{Spec, classify, is_git};
use super::{integrity, text_or_fault, workspace};
use crate::text::{file_name, join};

/// Reads the parsed lockfile.
pub fn read(root: &Item, context: &Context) -> Result<Lock, Fault> {
    if !root.is_map() {
        return Err((root.line, "is not a JSON object: regenerate it with npm".to_owned()));
    }
    for key in ["packages", "dependencies"] {
        if let Some(item) = root.get(key).filter(|i| !i.is_map() && i.value != Value::Null) {
            return Err((item.line, format!("`{key}` is not an object: regenerate it with npm")));
        }
    }
    let has_packages = root.entries_of("packages").iter().any(|e| !e.key.is_empty());
    let modern = has_packages || root.entries_of("dependencies").is_empty();
    let mut reader = Reader { context, lock: Lock::default(), installed: Installed::default(), raw: Vec::new() };
    if modern {
        reader.collect(root.entries_of("packages"));
    } else {
        reader.collect_v1(root.entries_of("dependencies"), "");
    }
    reader.nodes(modern);
    reader.edges(modern);
    reader.importers(root, modern);
    reader.lock.check_version(root.get("lockfileVersion"), &["1", "2", "3"], "npm");
    Ok(reader.lock)
}

/// An entry under its install path.
struct Raw<'a> {
    key: String,
    line: u32,
    item: &'a Item<'a>,
}

struct Reader<'a, 'c> {
    context: &'c Context<'c>,
    lock: Lock,
    installed: Installed,
    /// Parallel to `lock.packages` after `nodes`.
    raw: Vec<Raw<'a>>,
}

impl<'a> Reader<'a, '_> {
    /// Entries of versions 2 and 3; of a key that stands twice the last counts.
    fn collect(&mut self, entries: &'a [super::doc::Entry<'a>]) {
        let mut index: HashMap<&str, usize> = HashMap::new();
        for entry in entries.iter().filter(|e| !e.key.is_empty()) {
            if let Some(fault) = bad_entry(entry, &entry.key) {
                self.lock.faults.push(fault);
                continue;
            }
            let raw = Raw { key: entry.key.to_string(), line: entry.line, item: &entry.item };
            if let Some(at) = index.get(&*entry.key) {
                self.lock.remark_twice(&entry.key, entry.line);
                self.raw[*at] = raw;
            } else {
                index.insert(&entry.key, self.raw.len());
                self.raw.push(raw);
            }
        }
    }

    /// Entries of version 1, whose nesting is the nesting of install paths.
    fn collect_v1(&mut self, entries: &'a [super::doc::Entry<'a>], parent: &str) {
        let mut index: HashMap<&str, usize> = HashMap::new();
        for entry in entries {
            let key = nesting::inside(parent, &entry.key);
            if let Some(fault) = bad_entry(entry, &key) {
                self.lock.faults.push(fault);
                continue;
            }
            if let Some(at) = index.get(&*entry.key) {
                self.lock.remark_twice(&entry.key, entry.line);
                self.raw[*at] = Raw { key, line: entry.line, item: &entry.item };
                continue;
            }
            index.insert(&entry.key, self.raw.len());
            self.raw.push(Raw { key: key.clone(), line: entry.line, item: &entry.item });
            self.collect_v1(entry.item.entries_of("dependencies"), &key);
        }
    }

    fn nodes(&mut self, modern: bool) {
        let mut links = Vec::new();
        let mut kept = Vec::new();
        for raw in std::mem::take(&mut self.raw) {
            if modern && raw.item.is_set("link") {
                links.push(raw);
                continue;
            }
            let package = if modern { self.package(&raw) } else { self.package_v1(&raw) };
            self.installed.add(&raw.key, self.lock.packages.len());
            self.lock.packages.push(package);
            kept.push(raw);
        }
        self.raw = kept;
        for link in links {
            self.link(&link);
        }
    }

    fn package(&mut self, raw: &Raw) -> Package {
        let own = nesting::name(&raw.key);
        let folder = own.is_none().then(|| join(self.context.folder, &raw.key)).flatten();
        let manifest = folder.as_ref().and_then(|f| self.context.manifests.get(f));
        let name = text_or_fault(raw.item, "name", &mut self.lock.faults)
            .filter(|n| !n.is_empty())
            .or_else(|| manifest.and_then(|m| m.facts.name.clone()))
            .or_else(|| own.map(str::to_owned))
            .unwrap_or_else(|| file_name(&raw.key).to_owned());
        let version = text_or_fault(raw.item, "version", &mut self.lock.faults)
            .or_else(|| manifest.and_then(|m| m.facts.version.clone()));
        let mut package = Package::new(raw.key.clone(), name, version, raw.line);
        package.alias = own.filter(|own| *own != package.name).map(str::to_owned);
        package.resolved = raw.item.text_of("resolved").map(str::to_owned);
        package.integrity = raw.item.text_of("integrity").map(integrity::parse).unwrap_or_default();
        package.flag = flag(raw.item);
        package.marker = platform(raw.item);
        if own.is_none() {
            package.origin = Origin::Path;
            package.path = folder;
        } else if let Some(resolved) = &package.resolved {
            package.origin = origin_of_address(resolved);
            if let Spec::Path(path) = classify(resolved) {
                package.path = join(self.context.folder, path);
            }
        }
        package
    }

    fn package_v1(&mut self, raw: &Raw) -> Package {
        let own = nesting::name(&raw.key).unwrap_or_default().to_owned();
        let text = text_or_fault(raw.item, "version", &mut self.lock.faults).unwrap_or_default();
        let mut package = Package::new(raw.key.clone(), own.clone(), None, raw.line);
        match classify(&text) {
            Spec::Registry(version) => package.version = Some(version.to_owned()).filter(|v| !v.is_empty()),
            Spec::Alias(name, version) => {
                name.clone_into(&mut package.name);
                package.version = Some(version.to_owned()).filter(|v| !v.is_empty());
                package.alias = (own != name).then_some(own);
            }
            spec => {
                package.origin = spec.origin();
                if let Spec::Path(path) = spec {
                    package.path = join(self.context.folder, path);
                }
            }
        }
        let resolved = raw.item.text_of("resolved").map(str::to_owned);
        package.resolved = resolved.or_else(|| (package.origin != Origin::Registry).then_some(text));
        package.integrity = raw.item.text_of("integrity").map(integrity::parse).unwrap_or_default();
        package.flag = flag(raw.item);
        package
    }

    /// A link stands for the folder it points to, which may have an entry of its own.
    fn link(&mut self, raw: &Raw) {
        let target = raw.item.text_of("resolved").unwrap_or_default();
        if let Some(index) = self.installed.exact(target) {
            self.installed.add(&raw.key, index);
            let package = &mut self.lock.packages[index];
            package.flag = flag(raw.item);
            package.lines.push(raw.line);
            let own = nesting::name(&raw.key).unwrap_or_default();
            if package.name != own && !own.is_empty() {
                package.alias = Some(own.to_owned());
            }
            return;
        }
        let name = nesting::name(&raw.key).unwrap_or(&raw.key).to_owned();
        let mut package = Package::new(raw.key.clone(), name, None, raw.line);
        package.origin = Origin::Path;
        package.path = join(self.context.folder, target);
        package.flag = flag(raw.item);
        self.installed.add(&raw.key, self.lock.packages.len());
        self.lock.packages.push(package);
    }

    fn edges(&mut self, modern: bool) {
        for (index, raw) in self.raw.iter().enumerate() {
            let needed = if modern { needs(raw.item, &mut self.lock.faults) } else { requires_v1(raw.item) };
            let package = &mut self.lock.packages[index];
            let find = |r: &Requirement| self.installed.find(&raw.key, &r.name);
            package.deps = resolve(&package.name, raw.line, &needed, &mut package.missing, find);
        }
    }

    fn importers(&mut self, root: &Item, modern: bool) {
        let entry = root.get("packages").and_then(|p| p.get("")).filter(|_| modern);
        let mut importer = self.importer(self.context.folder, "", entry);
        importer.name = importer.name.or_else(|| root.text_of("name").map(str::to_owned));
        importer.version = importer.version.or_else(|| root.text_of("version").map(str::to_owned));
        self.nested_without_need(modern);
        if !modern && !self.context.manifests.contains_key(self.context.folder) {
            super::infer_direct(&mut self.lock, &mut importer);
        }
        self.lock.importers.push(importer);
        if modern {
            self.member_importers(entry);
        }
        self.mark_addresses();
    }

    /// A bundled copy, or any nested one of version 1, that nothing requires is there for the package around it.
    fn nested_without_need(&mut self, modern: bool) {
        let required = super::required(&self.lock);
        let is_needed = |raw: &Raw| !modern || raw.item.is_set("inBundle");
        for (index, raw) in self.raw.iter().enumerate().filter(|(index, raw)| !required[*index] && is_needed(raw)) {
            let around = raw.key.rfind("/node_modules/").and_then(|at| self.installed.exact(&raw.key[..at]));
            if let Some(around) = around {
                let name = nesting::name(&raw.key).unwrap_or_default().to_owned();
                let dep = Dep { to: index, requirement: String::new(), scope: Scope::Runtime, name, line: 0 };
                self.lock.packages[around].deps.push(dep);
            }
        }
    }

    /// Folders of the lockfile are projects: members of the workspace, and folders that are linked.
    fn member_importers(&mut self, root: Option<&Item>) {
        let patterns = match (self.context.manifests.get(self.context.folder), root) {
            (Some(manifest), _) => manifest.facts.workspaces.clone(),
            (None, Some(entry)) => super::manifest::workspaces(entry),
            (None, None) => Vec::new(),
        };
        let patterns = workspace::patterns(&patterns);
        for (index, raw) in self.raw.iter().enumerate() {
            let folder = self.lock.packages[index].path.clone();
            if let Some(folder) = folder.filter(|_| nesting::name(&raw.key).is_none()) {
                let mut importer = self.importer(&folder, &raw.key, Some(raw.item));
                importer.linked = !workspace::is_member(self.context.folder, &folder, &patterns);
                self.lock.importers.push(importer);
            }
        }
    }

    /// A package that is required by its address comes from there, not from the registry.
    fn mark_addresses(&mut self) {
        let packages = self.lock.packages.iter().flat_map(|p| &p.deps);
        let deps = packages.chain(self.lock.importers.iter().flat_map(|i| &i.deps));
        let by_address = |dep: &&Dep| {
            classify(&dep.requirement) == Spec::Url
                && self.lock.packages[dep.to].resolved.as_deref() == dep.requirement.split('#').next()
        };
        let marked: Vec<usize> = deps.filter(by_address).map(|dep| dep.to).collect();
        for index in marked {
            self.lock.packages[index].origin = Origin::Url;
        }
    }

    /// A project of the lockfile: what it needs comes from its manifest, else from the lockfile's copy of it.
    fn importer(&self, folder: &str, key: &str, entry: Option<&Item>) -> Importer {
        let manifest = self.context.manifests.get(folder);
        let needed = match (manifest, entry) {
            (Some(manifest), _) => manifest.dependencies.clone(),
            (None, Some(entry)) => without_lines(requirements(entry, &mut Vec::new())),
            (None, None) => Vec::new(),
        };
        let text = |key| entry.and_then(|e| e.text_of(key)).map(str::to_owned);
        let mut missing: Vec<Missing> = Vec::new();
        let deps = resolve("the project", 0, &needed, &mut missing, |r| self.installed.find(key, &r.name));
        Importer {
            folder: folder.to_owned(),
            name: text("name"),
            version: text("version"),
            linked: false,
            deps,
            missing,
        }
    }
}

fn bad_entry(entry: &super::doc::Entry, path: &str) -> Option<Fault> {
    if path.len() > MAX_KEY {
        return Some((entry.line, "a key is longer than any path".to_owned()));
    }
    // Leading `..` lead to linked folders; later ones are no path that npm writes.
    if path.split('/').skip_while(|part| *part == "..").any(|part| matches!(part, "." | "..")) {
        return Some((entry.line, format!("key `{}` leads out of its own folder", entry.key)));
    }
    let fine = entry.item.is_map() && !entry.key.is_empty();
    (!fine).then(|| (entry.line, format!("entry `{}` is not an object", entry.key)))
}

/// The scope that npm's own flags state.
fn flag(item: &Item) -> Scope {
    if item.is_set("dev") {
        Scope::Dev
    } else if item.is_set("optional") || item.is_set("devOptional") {
        Scope::Optional
    } else if item.is_set("peer") {
        Scope::Peer
    } else {
        Scope::Runtime
    }
}

/// Where a package with this `resolved` address comes from.
pub fn origin_of_address(address: &str) -> Origin {
    if address.starts_with("file:") {
        return classify(address).origin();
    }
    if is_git(address) { Origin::Git } else { Origin::Registry }
}

/// Dependencies of an entry as those see them who depend on it.
fn needs(item: &Item, faults: &mut Vec<Fault>) -> Vec<Requirement> {
    without_lines(published(&requirements(item, faults)))
}

/// Dependencies of a version 1 entry: `requires` knows no scopes.
fn requires_v1(item: &Item) -> Vec<Requirement> {
    let need = |entry: &super::doc::Entry| {
        Some(Requirement {
            name: entry.key.to_string(),
            text: entry.item.text()?.to_owned(),
            scope: Scope::Runtime,
            may_be_absent: false,
            line: 0,
        })
    };
    item.entries_of("requires").iter().filter_map(need).collect()
}
