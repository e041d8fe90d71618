//! `setup.cfg` of setuptools, and `entry_points.txt` of installed packages.

use faultline_facts::{EntryPointDeclaration, PythonManifest};
use faultline_package::{Location, Scope};

use super::ini::{self, Entry};
use super::manifest::{Declared, Manifest};
use super::problems::Problems;
use super::pyproject::short;
use crate::text::join;

/// Reads a `setup.cfg`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Manifest {
    let mut manifest = Manifest::default();
    for entry in ini::parse(text) {
        match (entry.section.as_str(), entry.key.as_str()) {
            ("metadata", "name") => {
                manifest.is_project = true;
                manifest.python.name = literal(&entry);
            }
            ("metadata", "version") => manifest.python.version = literal(&entry),
            ("metadata", "requires_dist") | ("options", "install_requires") => {
                list(file, &entry, Scope::Runtime, &mut manifest, problems);
            }
            ("options", "setup_requires") => list(file, &entry, Scope::Build, &mut manifest, problems),
            ("options", "tests_require") => list(file, &entry, Scope::Test, &mut manifest, problems),
            ("options.extras_require", _) => list(file, &entry, Scope::Optional, &mut manifest, problems),
            ("options.entry_points", _) => entry_points(&entry, &mut manifest.python),
            ("options", "package_dir") => package_dir(&entry, &mut manifest.python),
            ("options.packages.find", "where") => roots(entry.text(), &mut manifest.python),
            _ => {}
        }
    }
    manifest
}

/// Text that is not a directive such as `attr: package.__version__`.
fn literal(entry: &Entry) -> Option<String> {
    let text = entry.text();
    let directive = ["attr:", "file:"].iter().any(|word| text.starts_with(word));
    (!text.is_empty() && !directive).then(|| text.to_owned())
}

fn list(file: &str, entry: &Entry, scope: Scope, manifest: &mut Manifest, problems: &mut Problems) {
    manifest.is_project = true;
    if let Some(files) = entry.text().strip_prefix("file:") {
        for name in files.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let location = Location { file: file.to_owned(), line: entry.line };
            manifest.requirement_files.push((name.to_owned(), scope, location));
        }
        return;
    }
    // A semicolon starts a marker on a line of its own and parts requirements in the one-line form.
    for (line, text) in &entry.values {
        match Declared::parse(text, scope, file, *line) {
            Some(declared) => manifest.declared.push(declared),
            None => problems.entry(file, *line, &format!("`{}` is not a requirement", short(text))),
        }
    }
}

fn entry_points(entry: &Entry, python: &mut PythonManifest) {
    for (line, text) in &entry.values {
        let Some((name, target)) = text.split_once('=') else { continue };
        add_entry_point(&entry.key, &entry.written, name, target, *line, python);
    }
}

/// Adds one `name = module:attr` to the scripts or to the other entry points.
pub(super) fn add_entry_point(
    group: &str,
    written: &str,
    name: &str,
    target: &str,
    line: u32,
    to: &mut PythonManifest,
) {
    let target = target.split('[').next().unwrap_or(target).trim().to_owned();
    if matches!(group, "console_scripts" | "gui_scripts") {
        to.scripts.push(EntryPointDeclaration { name: name.trim().to_owned(), target, line });
    } else {
        let name = format!("{written}/{}", name.trim());
        to.entry_points.push(EntryPointDeclaration { name, target, line });
    }
}

/// Reads an `entry_points.txt`.
pub(super) fn entry_points_txt(text: &str, python: &mut PythonManifest) {
    for entry in ini::parse(text) {
        add_entry_point(&entry.section.clone(), &entry.section, &entry.written, entry.text(), entry.line, python);
    }
}

/// `=src`: the root of all packages.
fn package_dir(entry: &Entry, python: &mut PythonManifest) {
    for (_, text) in &entry.values {
        if let Some(root) = text.strip_prefix('=') {
            roots(root, python);
        }
    }
}

fn roots(text: &str, python: &mut PythonManifest) {
    python.package_roots.extend(join("", text.trim()));
    python.package_roots.sort();
    python.package_roots.dedup();
}
