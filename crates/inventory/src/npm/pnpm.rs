//! `pnpm-lock.yaml` of lockfile versions 5, 6 and 9, and files of several documents.

use std::collections::HashMap;

use faultline_package::{Origin, Scope};

use super::doc::{Entry, Fault, Item, Value};
use super::lock::{Context, Dep, Importer, Lock, Missing, Package, platform};
use super::manifest::{Manifest, Requirement};
use super::spec::is_git;
use super::{integrity, pnpm_path};
use crate::text::join;

/// Reads the parsed documents.
pub fn read(documents: &[Item], context: &Context) -> Result<Lock, Fault> {
    let mut reader = Reader { context, lock: Lock::default(), keys: HashMap::new(), importers: HashMap::new() };
    for document in documents {
        match &document.value {
            Value::Map(_) => {
                reader.document(document)?;
                reader.lock.check_version(document.get("lockfileVersion"), &["5", "6", "7", "9"], "pnpm");
            }
            Value::Null => {}
            _ => return Err((document.line, "is not a mapping: regenerate it with pnpm".to_owned())),
        }
    }
    reader.compare_manifests();
    Ok(reader.lock)
}

struct Reader<'c> {
    context: &'c Context<'c>,
    lock: Lock,
    /// Key of the lockfile to package; none where the entry is not understood.
    keys: HashMap<String, Option<usize>>,
    /// Folder to importer.
    importers: HashMap<String, usize>,
}

/// Groups of an importer. The last two are of the package manager itself.
const GROUPS: [(&str, Scope); 5] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Dev),
    ("configDependencies", Scope::Build),
    ("packageManagerDependencies", Scope::Build),
];

impl Reader<'_> {
    fn document(&mut self, root: &Item) -> Result<(), Fault> {
        for key in ["packages", "snapshots", "importers"] {
            if let Some(item) = root.get(key).filter(|i| !i.is_map() && i.value != Value::Null) {
                return Err((item.line, format!("`{key}` is not a mapping: regenerate it with pnpm")));
            }
        }
        let (packages, snapshots) = (root.entries_of("packages"), root.entries_of("snapshots"));
        let by_base: HashMap<&str, &Entry> = packages.iter().map(|e| (&*e.key, e)).collect();
        let mut states: Vec<(&Entry, Option<&Entry>)> = Vec::new();
        for snapshot in snapshots {
            states.push((snapshot, by_base.get(pnpm_path::without_peers(&snapshot.key)).copied()));
        }
        if snapshots.is_empty() {
            states.extend(packages.iter().map(|e| (e, Some(e))));
        } else {
            let used: Vec<&str> = snapshots.iter().map(|e| pnpm_path::without_peers(&e.key)).collect();
            let used: std::collections::HashSet<&str> = used.into_iter().collect();
            states.extend(packages.iter().filter(|e| !used.contains(&*e.key)).map(|e| (e, Some(e))));
        }
        for (state, facts) in &states {
            self.package(state, *facts);
        }
        for (state, facts) in &states {
            self.edges(state, *facts);
        }
        self.importers_of(root);
        Ok(())
    }

    fn package(&mut self, state: &Entry, facts: Option<&Entry>) {
        if self.keys.contains_key(&*state.key) {
            return;
        }
        let index = match package(state, facts, self.context.folder) {
            Ok(Some(package)) => {
                self.lock.packages.push(package);
                Some(self.lock.packages.len() - 1)
            }
            Ok(None) => None,
            Err(fault) => {
                self.lock.faults.push(fault);
                None
            }
        };
        self.keys.insert(state.key.to_string(), index);
    }

    fn edges(&mut self, state: &Entry, facts: Option<&Entry>) {
        let Some(Some(from)) = self.keys.get(&*state.key).copied() else { return };
        if !self.lock.packages[from].deps.is_empty() {
            return;
        }
        let peers = facts.and_then(|f| f.item.get("peerDependencies")).map(Item::index).unwrap_or_default();
        let mut deps = Vec::new();
        for (group, scope) in [("dependencies", Scope::Runtime), ("optionalDependencies", Scope::Optional)] {
            for entry in state.item.entries_of(group) {
                let Some(reference) = entry.item.text() else {
                    self.lock.faults.push((entry.line, format!("the version of `{}` is not text", entry.key)));
                    continue;
                };
                let peer = peers.get(&*entry.key).and_then(|p| p.text());
                let scope = if peer.is_some() { Scope::Peer } else { scope };
                let requirement = peer.unwrap_or_default().to_owned();
                let name = entry.key.to_string();
                match self.find(&name, reference, self.context.folder, entry.line) {
                    Some(to) => deps.push(Dep { to, requirement, scope, name, line: 0 }),
                    None if scope == Scope::Runtime => {
                        let dependent = self.lock.packages[from].name.clone();
                        let requirement = reference.to_owned();
                        let missing = Missing { dependent, name, requirement, line: entry.line };
                        self.lock.packages[from].missing.push(missing);
                    }
                    None => {}
                }
            }
        }
        self.lock.packages[from].deps = deps;
    }

    /// The package that a name and a version text of the lockfile mean; links become packages here.
    fn find(&mut self, name: &str, reference: &str, folder: &str, line: u32) -> Option<usize> {
        if let Some(path) = reference.strip_prefix("link:") {
            return Some(self.link(name, path, folder, line));
        }
        let candidates = [
            format!("{name}@{reference}"),
            format!("/{name}@{reference}"),
            format!("/{name}/{reference}"),
            reference.to_owned(),
            format!("/{reference}"),
            format!("file:{}", reference.trim_start_matches("file:./")),
        ];
        candidates.iter().find_map(|key| self.keys.get(key)).copied().flatten()
    }

    fn link(&mut self, name: &str, path: &str, folder: &str, line: u32) -> usize {
        let target = join(folder, path);
        let id = format!("link:{}", target.as_deref().unwrap_or(path));
        if let Some(Some(index)) = self.keys.get(&id) {
            return *index;
        }
        let manifest = target.as_ref().and_then(|t| self.context.manifests.get(t));
        let real = manifest.and_then(|m| m.facts.name.clone()).unwrap_or_else(|| name.to_owned());
        let version = manifest.and_then(|m| m.facts.version.clone());
        let mut package = Package::new(id.clone(), real, version, line);
        package.origin = Origin::Link;
        package.path = target;
        self.lock.packages.push(package);
        self.keys.insert(id, Some(self.lock.packages.len() - 1));
        self.lock.packages.len() - 1
    }

    fn importers_of(&mut self, root: &Item) {
        let importers = root.entries_of("importers");
        if importers.is_empty() {
            if GROUPS.iter().any(|(group, _)| root.get(group).is_some()) {
                self.importer(".", root);
            }
            return;
        }
        for entry in importers {
            self.importer(&entry.key, &entry.item);
        }
        self.members();
    }

    fn importer(&mut self, key: &str, item: &Item) {
        let Some(folder) = join(self.context.folder, key) else { return };
        let index = *self.importers.entry(folder.clone()).or_insert_with(|| {
            self.lock.importers.push(Importer { folder: folder.clone(), ..Importer::default() });
            self.lock.importers.len() - 1
        });
        let manifest = self.context.manifests.get(&folder);
        let stated = manifest.map(Manifest::by_name).unwrap_or_default();
        let specifiers = item.get("specifiers").map(Item::index).unwrap_or_default();
        for (group, scope) in GROUPS {
            for entry in item.entries_of(group) {
                let stated = stated.get(&*entry.key).copied();
                let specifier = specifiers.get(&*entry.key).and_then(|s| s.text());
                self.direct(index, entry, scope, specifier, stated);
            }
        }
    }

    fn direct(
        &mut self,
        importer: usize,
        entry: &Entry,
        scope: Scope,
        specifier: Option<&str>,
        stated: Option<&Requirement>,
    ) {
        let name = entry.key.to_string();
        let Some(reference) = entry.item.text().or_else(|| entry.item.text_of("version")) else {
            self.lock.faults.push((entry.line, format!("the version of `{name}` is not text")));
            return;
        };
        let specifier = entry.item.text_of("specifier").or(specifier);
        let folder = self.lock.importers[importer].folder.clone();
        let requirement = specifier.or(stated.map(|r| r.text.as_str())).unwrap_or_default().to_owned();
        let scope = stated.filter(|r| scope == Scope::Runtime && r.scope == Scope::Peer).map_or(scope, |r| r.scope);
        let line = stated.map_or(0, |r| r.line);
        if let Some(to) =
            self.find(&name, reference, &folder, entry.line).or_else(|| self.bare(&name, reference, entry.line))
        {
            self.lock.importers[importer].deps.push(Dep { to, requirement, scope, name, line });
            return;
        }
        let dependent = "the project".to_owned();
        let missing = Missing { dependent, name, requirement: reference.to_owned(), line };
        self.lock.importers[importer].missing.push(missing);
    }

    /// A direct dependency without an entry of its own: its version is known all the same.
    fn bare(&mut self, name: &str, reference: &str, line: u32) -> Option<usize> {
        let version = pnpm_path::version(reference)?;
        let id = format!("{name}@{reference}");
        let mut package = Package::new(id.clone(), name.to_owned(), Some(version.to_owned()), line);
        package.missing.push(Missing {
            dependent: "the project".to_owned(),
            name: name.to_owned(),
            requirement: reference.to_owned(),
            line,
        });
        self.lock.packages.push(package);
        self.keys.insert(id, Some(self.lock.packages.len() - 1));
        Some(self.lock.packages.len() - 1)
    }

    /// Links to members lead on to what the members need at run time.
    fn members(&mut self) {
        for index in 0..self.lock.packages.len() {
            let package = &self.lock.packages[index];
            let importer = package.path.as_ref().and_then(|path| self.importers.get(path));
            if let Some(importer) = importer {
                let deps = self.lock.importers[*importer].deps.iter().filter(|d| d.scope < Scope::Dev);
                let deps: Vec<Dep> = deps.map(|d| Dep { line: 0, ..d.clone() }).collect();
                let package = &mut self.lock.packages[index];
                package.origin = Origin::Path;
                package.deps = deps;
            }
        }
    }

    /// Dependencies that a manifest has gained since the lockfile was written.
    fn compare_manifests(&mut self) {
        for importer in &mut self.lock.importers {
            let Some(manifest) = self.context.manifests.get(&importer.folder) else { continue };
            let known: std::collections::HashSet<&str> = importer.deps.iter().map(|d| d.name.as_str()).collect();
            let gained = manifest
                .dependencies
                .iter()
                .filter(|r| !r.may_be_absent && r.scope != Scope::Peer && !known.contains(r.name.as_str()));
            let gained: Vec<Missing> = gained
                .filter(|r| !importer.missing.iter().any(|m| m.name == r.name))
                .map(|r| Missing {
                    dependent: "the project".to_owned(),
                    name: r.name.clone(),
                    requirement: r.text.clone(),
                    line: r.line,
                })
                .collect();
            importer.missing.extend(gained);
        }
    }
}

/// The package of an entry; none for entries without a version, which old files hold for removed packages.
fn package(state: &Entry, facts: Option<&Entry>, folder: &str) -> Result<Option<Package>, Fault> {
    let facts = facts.unwrap_or(state);
    let resolution = facts.item.get("resolution");
    let stated = |key| facts.item.text_of(key).map(str::to_owned);
    let path = pnpm_path::parse(&state.key);
    let has_name = facts.item.get("name").is_some();
    let Some((name, version)) = path.or_else(|| has_name.then(|| (String::new(), None))) else {
        return Err((facts.line, format!("`{}` is not the path of a package", state.key)));
    };
    if version.is_none() && facts.item.value == Value::Null {
        return Ok(None);
    }
    let is_registry = version.is_some();
    let name = stated("name").unwrap_or(name);
    let mut package = Package::new(state.key.to_string(), name, stated("version").or(version), facts.line);
    if facts.line != state.line {
        package.lines.push(state.line);
    }
    let text = |key| resolution.and_then(|r| r.text_of(key));
    package.resolved = text("tarball").or_else(|| text("repo")).map(str::to_owned);
    package.integrity = text("integrity").map(integrity::parse).unwrap_or_default();
    package.marker = platform(&facts.item);
    package.flag = flag(state);
    let reference = pnpm_path::reference(&state.key);
    package.origin = if text("type") == Some("git") || text("repo").is_some() {
        Origin::Git
    } else if let Some(directory) = text("directory") {
        package.path = join(folder, directory);
        Origin::Path
    } else if is_registry {
        Origin::Registry
    } else if package.resolved.as_deref().is_some_and(is_git) || is_git(reference) {
        Origin::Git
    } else {
        Origin::Url
    };
    Ok(Some(package))
}

fn flag(state: &Entry) -> Scope {
    if state.item.is_set("dev") {
        Scope::Dev
    } else if state.item.is_set("optional") {
        Scope::Optional
    } else {
        Scope::Runtime
    }
}
