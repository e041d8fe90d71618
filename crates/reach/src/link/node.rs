//! npm's rules: relative files, folders, packages, `exports`, `imports`, builtin modules.

use faultline_facts::{ModuleKind, NpmManifest};

use super::{Linker, Target, exports, exports::Loader, folder_of, join};
use crate::{Dependency, UnitId, solve::Mod};

const EXTENSIONS: &[&str] = &[".js", ".ts", ".tsx", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json", ".node"];

/// Files above which a text with a `*` says nothing.
const MAX_FITTING: usize = 150;

/// Modules of the runtime.
const BUILTIN: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
    "test",
];

impl Linker<'_> {
    pub(super) fn resolve_node(&self, from: Mod, specifier: &str) -> Vec<Target> {
        if specifier.is_empty() {
            return Vec::new();
        }
        let specifier = specifier.split(['?', '!']).next().unwrap_or(specifier);
        if specifier.contains('*') {
            return self.fitting(from, specifier);
        }
        if let Some((tree, path)) = crate::model::files::place_of(specifier) {
            return self.file_or_folder(tree, path, false).map(Target::Module).into_iter().collect();
        }
        if specifier == "." || specifier == ".." || specifier.starts_with("./") || specifier.starts_with("../") {
            return self.relative(from, folder_of(self.path_of(from)), specifier);
        }
        if specifier.starts_with('#') {
            return self.private_import(from, specifier);
        }
        if let Some(name) = specifier.strip_prefix("node:") {
            return vec![Target::External(format!("node:{name}"))];
        }
        self.package(from, specifier)
    }

    fn relative(&self, from: Mod, folder: &str, specifier: &str) -> Vec<Target> {
        let Some(path) = join(folder, specifier) else { return Vec::new() };
        let folder_only = specifier.ends_with('/') || specifier.ends_with('.');
        self.file_or_folder(self.tree(from), &path, folder_only).map(Target::Module).into_iter().collect()
    }

    /// The file that a path without certain extension means in a tree.
    fn file_or_folder(&self, tree: u32, path: &str, folder_only: bool) -> Option<Mod> {
        let file = if folder_only { None } else { self.file(tree, path) };
        file.or_else(|| self.folder(tree, path, 0))
    }

    fn file(&self, tree: u32, path: &str) -> Option<Mod> {
        let at = |path: &str| self.by_path.get(&(tree, path)).copied();
        if let Some(found) = at(path) {
            return Some(found);
        }
        if let Some(found) = EXTENSIONS.iter().find_map(|extension| at(&format!("{path}{extension}"))) {
            return Some(found);
        }
        let (stem, extension) = path.rsplit_once('.')?;
        let sources: &[&str] = match extension {
            "js" | "jsx" => &["ts", "tsx"],
            "mjs" => &["mts"],
            "cjs" => &["cts"],
            _ => &[],
        };
        sources.iter().find_map(|extension| at(&format!("{stem}.{extension}")))
    }

    fn folder(&self, tree: u32, path: &str, depth: u32) -> Option<Mod> {
        let main = self.manifests.get(&(tree, path)).and_then(|m| m.main.as_deref().or(m.module.as_deref()));
        if let (Some(main), true) = (main, depth < 3)
            && let Some(target) = join(path, main)
            && let Some(found) = self
                .file(tree, &target)
                .or_else(|| if target == path { None } else { self.folder(tree, &target, depth + 1) })
        {
            return Some(found);
        }
        let index = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
        self.file(tree, &index)
    }

    fn package(&self, from: Mod, specifier: &str) -> Vec<Target> {
        let (name, rest) = split_package(specifier);
        let unit = self.info(from).at.unit;
        match self.dependencies[unit.0 as usize].get(name) {
            Some(Dependency::Unit(id)) => return self.in_unit(*id, rest, self.loader(from)),
            Some(Dependency::External(purl)) => {
                return vec![Target::External(if rest.is_empty() { purl.clone() } else { format!("{purl}/{rest}") })];
            }
            None => {}
        }
        if BUILTIN.contains(&name) {
            return vec![Target::External(format!("node:{specifier}"))];
        }
        if let Some(id) = self.workspace.get(&(self.tree(from), name)) {
            return self.in_unit(*id, rest, self.loader(from));
        }
        vec![Target::External(format!("pkg:npm/{specifier}"))]
    }

    fn loader(&self, from: Mod) -> Loader {
        match self.info(from).facts().kind {
            ModuleKind::Esm => Loader::Import,
            _ => Loader::Require,
        }
    }

    /// The entry files of a unit, or of a subpath of it.
    pub(crate) fn in_unit(&self, id: UnitId, rest: &str, loader: Loader) -> Vec<Target> {
        let unit = self.program.unit(id);
        let manifest = self.manifests.get(&(unit.tree, unit.root.as_str())).copied();
        let exported = manifest.and_then(|m| m.exports.as_deref()).map(|json| exports::resolve(json, rest, loader));
        let found: Vec<Target> = exported
            .unwrap_or_default()
            .iter()
            .filter_map(|target| self.file_or_folder(unit.tree, &join(&unit.root, target)?, false))
            .map(Target::Module)
            .collect();
        if !found.is_empty() {
            return found;
        }
        self.unit_path(id, rest, manifest)
    }

    fn unit_path(&self, id: UnitId, rest: &str, manifest: Option<&NpmManifest>) -> Vec<Target> {
        let unit = self.program.unit(id);
        let path = join(&unit.root, rest).unwrap_or_default();
        let mut found = Vec::new();
        if rest.is_empty() {
            found.extend(self.folder(unit.tree, &unit.root, 0));
            let module = manifest.and_then(|m| m.module.as_deref()).and_then(|file| join(&unit.root, file));
            if found.is_empty() {
                found.extend(module.and_then(|file| self.file(unit.tree, &file)));
            }
        } else {
            found.extend(self.file_or_folder(unit.tree, &path, false));
        }
        if found.is_empty() {
            let name = unit.package.clone().unwrap_or_else(|| unit.name.clone());
            return vec![Target::External(if rest.is_empty() { name } else { format!("{name}/{rest}") })];
        }
        found.into_iter().map(Target::Module).collect()
    }

    /// Files whose paths begin and end as a text with a `*` says; none when they are many.
    fn fitting(&self, from: Mod, specifier: &str) -> Vec<Target> {
        let place = match crate::model::files::place_of(specifier) {
            Some((tree, path)) => Some((tree, path.to_owned())),
            None => join(folder_of(self.path_of(from)), specifier).map(|path| (self.tree(from), path)),
        };
        let Some((tree, path)) = place else { return Vec::new() };
        let (Some((begin, _)), Some((_, end))) = (path.split_once('*'), path.rsplit_once('*')) else {
            return Vec::new();
        };
        let fits = |module: &Mod| {
            let path = self.path_of(*module);
            let inside = path.strip_prefix(begin);
            self.tree(*module) == tree && inside.is_some_and(|rest| !rest.contains('/') && rest.ends_with(end))
        };
        let found: Vec<Mod> = (0..self.modules.len() as u32).map(Mod).filter(fits).take(MAX_FITTING + 1).collect();
        if found.len() > MAX_FITTING { Vec::new() } else { found.into_iter().map(Target::Module).collect() }
    }

    /// Names of the files and folders in a folder of a tree.
    pub(crate) fn names_in(&self, tree: u32, folder: &str) -> Vec<String> {
        let of_tree = (0..self.modules.len() as u32).map(Mod).filter(|module| self.tree(*module) == tree);
        let inside = of_tree.filter_map(|module| {
            let path = self.path_of(module);
            if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
        });
        let names: std::collections::BTreeSet<&str> = inside.filter_map(|path| path.split('/').next()).collect();
        names.into_iter().map(ToOwned::to_owned).collect()
    }

    fn private_import(&self, from: Mod, specifier: &str) -> Vec<Target> {
        let tree = self.tree(from);
        let mut folder = folder_of(self.path_of(from));
        loop {
            if let Some(json) = self.manifests.get(&(tree, folder)).and_then(|m| m.imports.as_deref()) {
                return self.private_targets(
                    from,
                    folder,
                    &exports::resolve_imports(json, specifier, self.loader(from)),
                );
            }
            if folder.is_empty() {
                return Vec::new();
            }
            folder = folder_of(folder);
        }
    }

    fn private_targets(&self, from: Mod, folder: &str, targets: &[String]) -> Vec<Target> {
        let mut found = Vec::new();
        for target in targets {
            if target.starts_with("./") {
                found.extend(self.relative(from, folder, target));
            } else if !target.starts_with('#') {
                found.extend(self.resolve_node(from, target));
            }
        }
        found
    }
}

/// `@a/b/c/d` → (`@a/b`, `c/d`).
fn split_package(specifier: &str) -> (&str, &str) {
    let skip = if specifier.starts_with('@') { specifier.find('/').map_or(0, |at| at + 1) } else { 0 };
    match specifier[skip..].find('/') {
        Some(at) => (&specifier[..skip + at], specifier[skip + at + 1..].trim_end_matches('/')),
        None => (specifier, ""),
    }
}
