//! `bun.lock`: JSON with comments whose keys are install paths without `node_modules`.

use std::collections::{HashMap, HashSet};

use faultline_package::Origin;

use super::doc::{Entry, Fault, Item};
use super::integrity;
use super::lock::{Context, Importer, Lock, MAX_KEY, Package, platform, published, resolve, without_lines};
use super::manifest::{Requirement, requirements};
use super::nesting::{Installed, inside};
use super::spec::{Spec, classify, split_at_version};
use crate::text::join;

/// Reads the parsed lockfile.
pub fn read(root: &Item, context: &Context) -> Result<Lock, Fault> {
    if !root.is_map() {
        return Err((root.line, "is not an object: regenerate it with bun".to_owned()));
    }
    for key in ["packages", "workspaces"] {
        if let Some(item) = root.get(key).filter(|i| !i.is_map()) {
            return Err((item.line, format!("`{key}` is not an object: regenerate it with bun")));
        }
    }
    let mut reader = Reader {
        context,
        workspaces: root.get("workspaces").map(Item::index).unwrap_or_default(),
        lock: Lock::default(),
        installed: Installed::default(),
        raw: Vec::new(),
    };
    reader.lock.check_version(root.get("lockfileVersion"), &["0", "1"], "bun");
    let mut seen = HashSet::new();
    let (entries, earlier): (Vec<&Entry>, Vec<&Entry>) =
        root.entries_of("packages").iter().rev().partition(|e| seen.insert(&e.key));
    for entry in earlier {
        reader.lock.remark_twice(&entry.key, entry.line);
    }
    for entry in entries.into_iter().rev() {
        reader.package(entry);
    }
    reader.edges();
    for entry in root.entries_of("workspaces") {
        reader.importer(entry);
    }
    Ok(reader.lock)
}

struct Reader<'a, 'c> {
    context: &'c Context<'c>,
    workspaces: HashMap<&'a str, &'a Item<'a>>,
    lock: Lock,
    installed: Installed,
    /// Install path and what states the dependencies, parallel to `lock.packages`.
    raw: Vec<(String, Option<&'a Item<'a>>)>,
}

impl<'a> Reader<'a, '_> {
    fn package(&mut self, entry: &'a Entry<'a>) {
        if entry.key.len() > MAX_KEY {
            self.lock.faults.push((entry.line, "a key is longer than any path".to_owned()));
            return;
        }
        let items = entry.item.items();
        let identity = items.first().and_then(Item::text).and_then(split_at_version);
        let Some((name, reference)) = identity else {
            self.lock.faults.push((entry.line, format!("entry `{}` does not start with `name@version`", entry.key)));
            return;
        };
        if reference.starts_with("root:") {
            return;
        }
        let mut package = Package::new(entry.key.to_string(), name.to_owned(), None, entry.line);
        let info = self.origin(&mut package, reference, items);
        package.integrity = items
            .iter()
            .skip(1)
            .filter_map(Item::text)
            .filter(|t| t.starts_with("sha"))
            .flat_map(integrity::parse)
            .collect();
        package.marker = info.and_then(platform);
        let path = install_path(&entry.key);
        let own = own_name(&entry.key);
        package.alias = (own != name && package.origin != Origin::Path).then(|| own.to_owned());
        self.installed.add(&path, self.lock.packages.len());
        self.lock.packages.push(package);
        self.raw.push((path, info));
    }

    /// Version and origin by what follows the name; returns what states the dependencies.
    fn origin(&self, package: &mut Package, reference: &str, items: &'a [Item<'a>]) -> Option<&'a Item<'a>> {
        let mut info = items.iter().find(|i| i.is_map());
        match classify(reference) {
            Spec::Registry(version) | Spec::Alias(_, version) => {
                package.version = Some(version.to_owned());
                package.resolved = items.get(1).and_then(Item::text).filter(|t| t.contains("://")).map(str::to_owned);
            }
            Spec::Workspace(path) => {
                info = self.workspaces.get(path).copied();
                package.version = info.and_then(|i| i.text_of("version")).map(str::to_owned);
                package.origin = Origin::Path;
                package.path = join(self.context.folder, path);
            }
            spec => {
                package.origin = spec.origin();
                package.resolved = Some(reference.to_owned());
                if let Spec::Path(path) | Spec::Link(path) = spec {
                    package.path = join(self.context.folder, path);
                }
            }
        }
        info
    }

    fn edges(&mut self) {
        for (index, (path, info)) in self.raw.iter().enumerate() {
            let Some(info) = info else { continue };
            let needed = without_lines(published(&requirements(info, &mut self.lock.faults)));
            let package = &mut self.lock.packages[index];
            let line = package.lines.first().copied().unwrap_or_default();
            let find = |r: &Requirement| self.installed.find(path, &r.name);
            package.deps = resolve(&package.name, line, &needed, &mut package.missing, find);
        }
    }

    fn importer(&mut self, entry: &Entry) {
        let Some(folder) = join(self.context.folder, &entry.key) else { return };
        let name = entry.item.text_of("name").map(str::to_owned);
        let needed = match self.context.manifests.get(&folder) {
            Some(manifest) => manifest.dependencies.clone(),
            None => without_lines(requirements(&entry.item, &mut self.lock.faults)),
        };
        // A member's own copies stand under its name.
        let base = name.as_deref().filter(|_| !entry.key.is_empty()).map(|name| inside("", name)).unwrap_or_default();
        let version = entry.item.text_of("version").map(str::to_owned);
        let mut importer = Importer { folder, name, version, ..Importer::default() };
        let find = |r: &Requirement| self.installed.find(&base, &r.name);
        importer.deps = resolve("the project", 0, &needed, &mut importer.missing, find);
        self.lock.importers.push(importer);
    }
}

/// The names of a key such as `a/@s/b/c`: `a`, `@s/b`, `c`.
fn names(key: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = key;
    while !rest.is_empty() {
        let from = if rest.starts_with('@') { rest.find('/').map_or(rest.len(), |at| at + 1) } else { 0 };
        let end = rest[from..].find('/').map_or(rest.len(), |at| from + at);
        out.push(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    out
}

fn install_path(key: &str) -> String {
    names(key).into_iter().fold(String::new(), |path, name| inside(&path, name))
}

fn own_name(key: &str) -> &str {
    names(key).pop().unwrap_or(key)
}
