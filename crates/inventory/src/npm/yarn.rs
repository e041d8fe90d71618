//! `yarn.lock`, both of yarn 1 and of later versions ("berry").

use std::collections::{HashMap, HashSet};

use faultline_package::{Ecosystem, Origin, Purl, Scope};

use super::doc::{self, Fault, Item};
use super::lock::{Context, Dep, Importer, Lock, Package, resolve, without_lines};
use super::manifest::{Requirement, requirements};
use super::package_lock::origin_of_address;
use super::spec::{Spec, classify, split_at_version};
use super::{integrity, workspace, yarn_syntax};
use crate::text::join;

/// Reads either kind of yarn lockfile.
pub fn read(text: &str, context: &Context) -> Result<Lock, Fault> {
    let mut reader = Reader {
        context,
        lock: Lock::default(),
        descriptors: HashMap::new(),
        ids: HashMap::new(),
        catalogs: context.yarnrc.map(catalogs).unwrap_or_default(),
        by_name: HashMap::new(),
        needs: Vec::new(),
    };
    if text.starts_with("__metadata:") || text.contains("\n__metadata:") {
        reader.berry(text)?;
    } else {
        reader.classic(text)?;
    }
    reader.members();
    reader.edges();
    reader.importers();
    reader.link_peers();
    Ok(reader.lock)
}

struct Reader<'c> {
    context: &'c Context<'c>,
    lock: Lock,
    /// Descriptor `name@range` to package.
    descriptors: HashMap<String, usize>,
    /// Id to package.
    ids: HashMap<String, usize>,
    /// Ranges of the catalogs by catalog and package.
    catalogs: HashMap<(String, String), String>,
    /// Packages by their real name.
    by_name: HashMap<String, Vec<usize>>,
    /// What each package requires, parallel to `lock.packages`.
    needs: Vec<Vec<Requirement>>,
}

impl Reader<'_> {
    fn classic(&mut self, text: &str) -> Result<(), Fault> {
        let mut faults = Vec::new();
        let blocks = yarn_syntax::parse(text, &mut faults);
        if let (true, Some((line, why))) = (blocks.is_empty(), faults.first()) {
            return Err((*line, format!("is not a yarn lockfile: {why}; regenerate it with yarn")));
        }
        self.lock.faults.extend(faults);
        for block in blocks {
            let keys: Vec<String> = block.keys.iter().map(ToString::to_string).collect();
            match classic_package(&keys, block.line, &block.item, self.context.folder) {
                Some(package) => self.add(package, &keys, needs(&block.item)),
                None => self.lock.faults.push((block.line, "an entry has no `name@range` key".to_owned())),
            }
        }
        Ok(())
    }

    fn berry(&mut self, text: &str) -> Result<(), Fault> {
        let documents = doc::yaml(text)?;
        let Some(root) = documents.first() else { return Ok(()) };
        if !root.is_map() {
            return Err((root.line, "is not a mapping: regenerate it with yarn".to_owned()));
        }
        let version = root.get("__metadata").and_then(|metadata| metadata.get("version"));
        self.lock.check_version(version, &["1", "2", "3", "4", "5", "6", "7", "8", "9"], "yarn");
        for entry in root.entries().iter().filter(|e| e.key != "__metadata") {
            let keys: Vec<String> = entry.key.split(',').map(|k| k.trim().to_owned()).collect();
            match berry_package(&keys, entry.line, &entry.item, self.context.folder) {
                Some(package) => self.add(package, &keys, needs(&entry.item)),
                None => self.lock.faults.push((entry.line, format!("entry `{}` is not understood", entry.key))),
            }
        }
        Ok(())
    }

    /// Adds a package under its descriptors; a second copy of the same package joins the first.
    fn add(&mut self, package: Package, keys: &[String], needs: Vec<Requirement>) {
        let next = self.lock.packages.len();
        let index = *self.ids.entry(package.id.clone()).or_insert(next);
        if index < next {
            self.lock.packages[index].lines.extend(&package.lines);
        } else {
            self.lock.packages.push(package);
            self.needs.push(needs);
        }
        for key in keys {
            self.descriptors.entry(key.clone()).or_insert(index);
            // Folders are bound to the workspace that names them, which its dependency entry does not repeat.
            if let Some((plain, _)) = key.split_once("::") {
                self.descriptors.entry(plain.to_owned()).or_insert(index);
            }
        }
    }

    /// Members that a classic lockfile does not list: they come from the root manifest's patterns.
    fn members(&mut self) {
        let listed: HashSet<String> = self.lock.packages.iter().filter_map(|p| p.path.clone()).collect();
        for folder in workspace::members(self.context) {
            let Some(manifest) = self.context.manifests.get(&folder).filter(|_| !listed.contains(&folder)) else {
                continue;
            };
            let name = manifest.facts.name.clone().unwrap_or_else(|| folder.clone());
            let mut package = Package::new(format!("workspace:{folder}"), name, manifest.facts.version.clone(), 0);
            package.lines.clear();
            package.origin = Origin::Path;
            package.path = Some(folder);
            self.add(package, &[], Vec::new());
        }
        for (index, package) in self.lock.packages.iter().enumerate() {
            let named = self.by_name.entry(package.name.clone()).or_default();
            named.push(index);
        }
    }

    fn edges(&mut self) {
        for index in 0..self.lock.packages.len() {
            let member = self.lock.packages[index].path.as_ref().and_then(|p| self.context.manifests.get(p));
            if let Some(manifest) = member {
                let version = &mut self.lock.packages[index].version;
                *version = version.take().or_else(|| manifest.facts.version.clone());
                self.needs[index] = super::lock::published(&manifest.dependencies);
            }
            let needed = without_lines(self.needs[index].clone());
            let package = &self.lock.packages[index];
            let line = package.lines.first().copied().unwrap_or_default();
            let mut missing = Vec::new();
            let deps = resolve(&package.name, line, &needed, &mut missing, |r| self.find(r));
            self.lock.packages[index].deps = deps;
            self.lock.packages[index].missing = missing;
        }
    }

    /// What a requirement is locked to: its descriptor, a member of that name, a forced resolution, the only one.
    fn find(&self, requirement: &Requirement) -> Option<usize> {
        let Requirement { name, text, .. } = requirement;
        let by = |range: &str| self.descriptors.get(&format!("{name}@{range}")).copied();
        if let Some(catalog) = text.strip_prefix("catalog:") {
            let catalog = if catalog.is_empty() { "default" } else { catalog };
            let range = self.catalogs.get(&(catalog.to_owned(), name.clone()));
            let found = range.and_then(|range| by(range).or_else(|| by(&format!("npm:{range}"))));
            return found.or_else(|| self.only(name));
        }
        by(text)
            .or_else(|| by(&format!("npm:{text}")))
            .or_else(|| text.strip_prefix("npm:").and_then(by))
            .or_else(|| text.strip_prefix("npm:").and_then(|real| self.descriptors.get(real).copied()))
            .or_else(|| self.member(name, text))
            .or_else(|| {
                let root = self.context.manifests.get(self.context.folder)?;
                let forced = root.resolutions.get(name)?;
                by(forced).or_else(|| by(&format!("npm:{forced}"))).or_else(|| self.only(name))
            })
    }

    fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    fn member(&self, name: &str, text: &str) -> Option<usize> {
        let wanted = !matches!(classify(text), Spec::Git | Spec::Url);
        let mut members = self.named(name).iter().filter(|index| self.lock.packages[**index].origin == Origin::Path);
        members.next().copied().filter(|_| wanted)
    }

    fn only(&self, name: &str) -> Option<usize> {
        match self.named(name) {
            [index] => Some(*index),
            _ => None,
        }
    }

    fn importers(&mut self) {
        let root = self.context.folder;
        let mut folders: Vec<(String, Option<usize>)> = vec![(root.to_owned(), None)];
        for (index, package) in self.lock.packages.iter().enumerate() {
            let is_member = package.id.starts_with("workspace:") || package.id.contains("@workspace:");
            match &package.path {
                Some(path) if is_member && path == root => folders[0].1 = Some(index),
                Some(path) if is_member => folders.push((path.clone(), Some(index))),
                _ => {}
            }
        }
        for (folder, index) in folders {
            let importer = self.importer(folder, index);
            self.lock.importers.push(importer);
        }
        let knows_root = self.context.manifests.contains_key(root)
            || self.lock.packages.iter().any(|p| p.path.as_deref() == Some(root));
        if !knows_root && !self.lock.packages.is_empty() {
            let mut importer = self.lock.importers.remove(0);
            super::infer_direct(&mut self.lock, &mut importer);
            self.lock.importers.insert(0, importer);
        }
    }

    fn importer(&self, folder: String, index: Option<usize>) -> Importer {
        let needed = match (self.context.manifests.get(&folder), index) {
            (Some(manifest), _) => manifest.dependencies.clone(),
            (None, Some(index)) => without_lines(self.needs[index].clone()),
            (None, None) => Vec::new(),
        };
        let mut importer =
            Importer { name: index.map(|i| self.lock.packages[i].name.clone()), folder, ..Importer::default() };
        importer.deps = resolve("the project", 0, &needed, &mut importer.missing, |r| self.find(r));
        importer
    }

    /// A peer is what the dependent itself has under that name; repeated, since peers pass through.
    fn link_peers(&mut self) {
        const ROUNDS: usize = 8;
        let packages = self.lock.packages.iter().enumerate();
        let mut known: HashSet<(usize, usize)> =
            packages.flat_map(|(from, p)| p.deps.iter().map(move |d| (from, d.to))).collect();
        for _ in 0..ROUNDS {
            let mut found: Vec<(usize, Dep)> = Vec::new();
            let packages = self.lock.packages.iter().map(|p| &p.deps);
            for deps in packages.chain(self.lock.importers.iter().map(|i| &i.deps)) {
                self.peers_among(deps, &mut known, &mut found);
            }
            if found.is_empty() {
                return;
            }
            for (index, dep) in found {
                self.lock.packages[index].deps.push(dep);
            }
        }
    }

    fn peers_among(&self, deps: &[Dep], known: &mut HashSet<(usize, usize)>, found: &mut Vec<(usize, Dep)>) {
        let by_name: HashMap<&str, usize> = deps.iter().map(|d| (d.name.as_str(), d.to)).collect();
        for dep in deps {
            for peer in self.needs[dep.to].iter().filter(|r| r.scope == Scope::Peer) {
                let Some(to) = by_name.get(peer.name.as_str()).copied().filter(|to| *to != dep.to) else { continue };
                if known.insert((dep.to, to)) {
                    let (requirement, name) = (peer.text.clone(), peer.name.clone());
                    found.push((dep.to, Dep { to, requirement, scope: Scope::Peer, name, line: 0 }));
                }
            }
        }
    }
}

/// The catalogs of a `.yarnrc.yml`; one that cannot be read has none.
fn catalogs(yarnrc: &str) -> HashMap<(String, String), String> {
    let documents = doc::yaml(yarnrc).unwrap_or_default();
    let Some(root) = documents.first() else { return HashMap::new() };
    let default = root.get("catalog").map(|catalog| ("default".to_owned(), catalog));
    let named = root.entries_of("catalogs").iter().map(|e| (e.key.to_string(), &e.item));
    let entries = default.into_iter().chain(named).flat_map(|(name, catalog)| {
        catalog
            .entries()
            .iter()
            .filter_map(move |e| Some(((name.clone(), e.key.to_string()), e.item.text()?.to_owned())))
    });
    entries.collect()
}

/// Dependencies of an entry; berry marks optional ones in `dependenciesMeta`.
fn needs(item: &Item) -> Vec<Requirement> {
    let mut needed = requirements(item, &mut Vec::new());
    for requirement in &mut needed {
        if let (true, Spec::Registry(range)) = (requirement.text.starts_with("npm:"), classify(&requirement.text)) {
            requirement.text = range.to_owned();
        }
    }
    if let Some(meta) = item.get("dependenciesMeta").map(Item::index) {
        for requirement in &mut needed {
            if meta.get(requirement.name.as_str()).is_some_and(|m| m.is_set("optional")) {
                requirement.scope = requirement.scope.max(Scope::Optional);
                requirement.may_be_absent = true;
            }
        }
    }
    needed
}

fn classic_package(keys: &[String], line: u32, item: &Item, folder: &str) -> Option<Package> {
    let plain = keys.first().map(|key| (key.as_str(), ""));
    let (own, range) =
        keys.iter().find_map(|key| split_at_version(key)).or(plain).filter(|(own, _)| !own.is_empty())?;
    let spec = classify(range);
    let resolved = item.text_of("resolved").map(str::to_owned);
    let by_address = resolved.as_deref().filter(|_| spec.origin() == Origin::Registry).and_then(name_by_address);
    let stated = if let Spec::Alias(name, _) = spec { name } else { own };
    let name = by_address.unwrap_or_else(|| stated.to_owned());
    let version = item.text_of("version").map(str::to_owned);
    let mut package = Package::new(String::new(), name, version, line);
    package.resolved = resolved;
    package.origin = spec.origin();
    if let (Origin::Registry, Some(resolved)) = (package.origin, &package.resolved) {
        package.origin = origin_of_address(resolved);
    }
    if let Spec::Path(path) | Spec::Link(path) = spec {
        package.path = join(folder, path);
    }
    package.integrity = item.text_of("integrity").map(integrity::parse).unwrap_or_default();
    if package.origin == Origin::Registry {
        let known: Vec<&str> = package.integrity.iter().map(|i| i.algorithm.as_str()).collect();
        let more = package.resolved.as_deref().and_then(integrity::from_fragment);
        let more = more.filter(|_| !known.contains(&"sha1"));
        package.integrity.extend(more);
    }
    package.alias = alias(keys, &package.name);
    package.id = id(&package, &keys[0]);
    Some(package)
}

fn berry_package(keys: &[String], line: u32, item: &Item, folder: &str) -> Option<Package> {
    if !item.is_map() {
        return None;
    }
    let resolution = item.text_of("resolution").unwrap_or(keys.first()?);
    let (name, reference) = split_at_version(resolution)?;
    let version = item.text_of("version").filter(|v| *v != "0.0.0-use.local").map(str::to_owned);
    let mut package = Package::new(String::new(), name.to_owned(), version, line);
    let (origin, path) = berry_origin(reference);
    package.origin = origin;
    package.path = path.and_then(|path| join(&bound_to(folder, reference)?, path));
    package.marker = item.text_of("conditions").map(str::to_owned);
    if !matches!(origin, Origin::Registry | Origin::Path | Origin::Link) {
        package.resolved = Some(reference.to_owned());
    }
    package.alias = alias(keys, name);
    package.id = id(&package, resolution);
    Some(package)
}

/// The folder that a path is relative to: that of the workspace it is bound to (`::locator=name@workspace:folder`).
fn bound_to(folder: &str, reference: &str) -> Option<String> {
    let Some((_, locator)) = reference.split_once("locator=") else { return Some(folder.to_owned()) };
    let locator = decode(locator.split('&').next().unwrap_or(locator));
    let workspace = locator.split_once("@workspace:").map_or(".", |(_, workspace)| workspace);
    join(folder, workspace)
}

/// The percent-encodings that yarn uses in references.
fn decode(text: &str) -> String {
    text.replace("%3A", ":").replace("%40", "@").replace("%2F", "/")
}

/// Origin and folder by the reference of a berry resolution, e.g. `npm:1.2.3`, `workspace:packages/a`.
fn berry_origin(reference: &str) -> (Origin, Option<&str>) {
    let plain = reference.split("::").next().unwrap_or(reference);
    if plain.starts_with("npm:") {
        return (Origin::Registry, None);
    }
    if let Some(inner) = plain.strip_prefix("patch:") {
        let inner = decode(inner);
        let base = inner.split('#').next().unwrap_or(&inner);
        let reference = split_at_version(base).map_or("", |(_, reference)| reference);
        let origin = if reference.starts_with("patch:") { Origin::Registry } else { classify(reference).origin() };
        return (origin, None);
    }
    match classify(plain) {
        Spec::Path(path) | Spec::Link(path) => (classify(plain).origin(), path.split('#').next()),
        Spec::Workspace(path) => (Origin::Path, Some(path)),
        spec => (spec.origin(), None),
    }
}

/// The name in a registry's archive address, `…/@scope/name/-/name-1.0.0.tgz`: it tells what is really installed
/// where an alias has left no other trace.
fn name_by_address(address: &str) -> Option<String> {
    let (folder, _) = address.split(['?', '#']).next()?.split_once("/-/")?;
    let mut parts = folder.rsplit('/');
    let name = parts.next()?;
    let scope = parts.next().filter(|s| s.starts_with('@') || s.starts_with("%40"));
    let (scope, name) = match (scope, name.split_once("%2f").or_else(|| name.split_once("%2F"))) {
        (Some(scope), _) => (Some(scope), name),
        (None, Some((scope, name))) => (Some(scope), name),
        (None, None) => (None, name),
    };
    Some(scope.map_or(name.to_owned(), |scope| format!("{}/{name}", scope.replace("%40", "@"))))
}

/// The name that dependents use when none of them uses the real one.
fn alias(keys: &[String], name: &str) -> Option<String> {
    let mut own = keys.iter().filter_map(|key| split_at_version(key)).map(|(own, _)| own);
    let first = own.next()?;
    (first != name && own.all(|own| own != name)).then(|| first.to_owned())
}

fn id(package: &Package, descriptor: &str) -> String {
    if package.origin != Origin::Registry {
        return descriptor.to_owned();
    }
    let purl = Purl::new(Ecosystem::Npm, &package.name, package.version.as_deref());
    match &package.alias {
        Some(alias) => format!("{alias}@{purl}"),
        None => purl.to_string(),
    }
}
