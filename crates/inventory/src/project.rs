//! The file view that inventory reads from, and what it returns.

use std::sync::Arc;

use faultline_facts::Resource;
use faultline_package::Project;

/// Gives the bytes of a file, or says why not in words for a person.
pub type ReadFile<'a> = dyn Fn(&str) -> Result<Arc<[u8]>, String> + 'a;

/// Files of one repository revision: paths and a reader.
pub struct Tree<'a> {
    /// Paths relative to the repository, with `/`, sorted.
    pub paths: &'a [String],
    /// Reads one of them; the caller limits the size. The error says why in words for a person.
    pub read: &'a ReadFile<'a>,
}

/// A file that could not be read or understood, with a remedy in the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incomplete {
    /// Path relative to the repository.
    pub file: String,
    /// 1-based line; 0 when no line is known.
    pub line: u32,
    /// What is wrong and what to do about it.
    pub why: String,
}

/// Everything that the manifests and lockfiles of a tree say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Projects, ordered by path and ecosystem.
    pub projects: Vec<Project>,
    /// Files that could not be read or understood.
    pub incomplete: Vec<Incomplete>,
    /// Per manifest file what it says about code.
    pub resources: Vec<(String, Resource)>,
}

/// All projects of a tree, in every ecosystem known.
pub fn read(tree: &Tree) -> Inventory {
    let mut inventory = Inventory::default();
    crate::maven::read(tree, &mut inventory);
    crate::gradle::read(tree, &mut inventory);
    crate::jvm::read(tree, &mut inventory);
    crate::npm::read(tree, &mut inventory);
    crate::pypi::read(tree, &mut inventory);
    crate::go::read(tree, &mut inventory);
    crate::cargo::read(tree, &mut inventory);
    crate::listing::read(tree, crate::formats::ALL, &mut inventory);
    inventory.projects.sort_by(|a, b| (&a.path, a.ecosystem).cmp(&(&b.path, b.ecosystem)));
    inventory.incomplete.sort();
    inventory.incomplete.dedup();
    inventory.resources.sort_by(|a, b| a.0.cmp(&b.0));
    inventory
}

/// Files of the same folder that say more about a manifest or lockfile that is read alone.
pub fn companions(name: &str) -> &'static [&'static str] {
    match name {
        "go.mod" => &["go.sum", "vendor/modules.txt"],
        "Cargo.lock" => &["Cargo.toml"],
        "Gemfile.lock" => &["Gemfile"],
        "gems.locked" => &["gems.rb"],
        "composer.lock" => &["composer.json"],
        "mix.lock" => &["mix.exs"],
        "pubspec.lock" => &["pubspec.yaml"],
        "paket.lock" => &["paket.dependencies"],
        "conan.lock" => &["conanfile.txt"],
        "Manifest.toml" => &["Project.toml"],
        "Cargo.toml" => &["Cargo.lock"],
        "package.json" => &["pyproject.toml"],
        "pyproject.toml" => &["package.json"],
        _ => &["package.json", "pyproject.toml"],
    }
}

impl Tree<'_> {
    /// True when the tree holds this file.
    pub fn has(&self, path: &str) -> bool {
        self.paths.binary_search_by(|p| p.as_str().cmp(path)).is_ok()
    }

    /// The text of a file: UTF-8 without byte order mark, free of merge-conflict markers.
    pub fn text(&self, path: &str) -> Result<String, Incomplete> {
        let bytes = (self.read)(path).map_err(|why| Incomplete { file: path.to_owned(), line: 0, why })?;
        crate::text::decode(&bytes).map_err(|(line, why)| Incomplete { file: path.to_owned(), line, why })
    }
}
