//! Repositories in memory, and an inventory as text for people to review.

#![allow(dead_code, reason = "every test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a broken fixture has to fail the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use faultline_facts::Resource;
use faultline_inventory::{Inventory, Tree, pypi};
use faultline_package::{EdgeFrom, Location, Project};

/// Files by path.
#[derive(Default, Clone)]
pub struct Repository(pub BTreeMap<String, Vec<u8>>);

impl Repository {
    /// A repository of texts.
    pub fn of(files: &[(&str, &str)]) -> Repository {
        Repository(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
    }

    /// The fixture of a name.
    pub fn load(case: &str) -> Repository {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pypi").join(case);
        let mut repository = Repository::default();
        repository.add(&root, &root);
        assert!(!repository.0.is_empty(), "no files in {}", root.display());
        repository
    }

    fn add(&mut self, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.add(root, &path);
            } else {
                let relative = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                self.0.insert(relative, std::fs::read(&path).unwrap());
            }
        }
    }

    /// Its Python projects.
    pub fn read(&self) -> Inventory {
        self.with(pypi::read)
    }

    /// Its Python projects by another reader.
    pub fn with(&self, read: impl Fn(&Tree, &mut Inventory)) -> Inventory {
        let paths: Vec<String> = self.0.keys().cloned().collect();
        let bytes =
            |path: &str| self.0.get(path).map(|b| Arc::from(b.as_slice())).ok_or_else(|| "is not there".to_owned());
        let mut out = Inventory::default();
        read(&Tree { paths: &paths, read: &bytes }, &mut out);
        out
    }
}

fn place(location: &Location) -> String {
    format!("{}:{}", location.file, location.line)
}

/// The whole inventory.
pub fn render(inventory: &Inventory) -> String {
    let mut out = String::new();
    for project in &inventory.projects {
        render_project(project, &mut out);
    }
    for problem in &inventory.incomplete {
        writeln!(out, "incomplete {}:{}: {}", problem.file, problem.line, problem.why).unwrap();
    }
    for (file, resource) in &inventory.resources {
        let Resource::Python(python) = resource else { continue };
        writeln!(out, "resource {file}: {:?} {:?} roots {:?}", python.name, python.version, python.package_roots)
            .unwrap();
        for script in python.scripts.iter().chain(&python.entry_points) {
            writeln!(out, "  {} = {} (line {})", script.name, script.target, script.line).unwrap();
        }
    }
    out
}

fn render_project(project: &Project, out: &mut String) {
    let complete = if project.complete { "complete" } else { "incomplete" };
    let (name, version) = (project.name.as_deref().unwrap_or("?"), project.version.as_deref().unwrap_or("?"));
    writeln!(out, "project `{}` {name} {version} {complete}, files {}", project.path, project.files.join(" ")).unwrap();
    for reason in &project.reasons {
        let at = reason.location.as_ref().map(place).unwrap_or_default();
        writeln!(out, "  {} {at}: {}", reason.code, reason.detail).unwrap();
    }
    for package in &project.graph.packages {
        let relationship = format!("{:?}", package.relationship).to_lowercase();
        let origin = format!("{:?}", package.origin).to_lowercase();
        write!(out, "  {} {relationship} {} {origin}", package.id, package.scope.as_str()).unwrap();
        for (word, value) in [("marker", &package.marker), ("from", &package.resolved), ("path", &package.path)] {
            if let Some(value) = value.as_ref().filter(|value| !value.contains("registry.example")) {
                write!(out, " {word} {value:?}").unwrap();
            }
        }
        for hash in &package.integrity {
            let last = &hash.hex[hash.hex.len() - 4..];
            write!(out, " {}:…{last}={}", hash.algorithm, hash.file.as_deref().unwrap_or("?")).unwrap();
        }
        writeln!(out, " at {}", package.locations.iter().map(place).collect::<Vec<_>>().join(" ")).unwrap();
    }
    for edge in &project.graph.edges {
        let from = match edge.from {
            EdgeFrom::Root => "root",
            EdgeFrom::Node(id) => &project.graph.package(id).id,
        };
        let to = &project.graph.package(edge.to).id;
        writeln!(out, "  {from} -> {to} `{}` {}", edge.requirement, edge.scope.as_str()).unwrap();
    }
}
