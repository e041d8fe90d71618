//! npm, yarn, pnpm and bun projects.

mod assemble;
mod bun;
mod deno;
mod discover;
pub(crate) mod doc;
mod integrity;
mod lock;
mod manifest;
mod nesting;
mod package_lock;
mod pnpm;
mod pnpm_path;
mod spec;
mod workspace;
mod yarn;
mod yarn_syntax;

use faultline_facts::NpmManifest;

use crate::{Incomplete, Inventory, Tree};
use doc::{Fault, Item, Value};
use lock::{Dep, Importer, Lock};

/// Adds every npm project of a tree.
pub fn read(tree: &Tree, out: &mut Inventory) {
    discover::read(tree, out);
}

/// What a `package.json` says about code; for packages that are no projects, such as installed ones.
pub fn manifest_facts(file: &str, text: &str) -> Result<NpmManifest, Incomplete> {
    manifest::parse(file, text).map(|m| m.facts).map_err(|(line, why)| Incomplete { file: file.to_owned(), line, why })
}

/// Text behind a key; another type is a fault.
fn text_or_fault(item: &Item, key: &str, faults: &mut Vec<Fault>) -> Option<String> {
    match item.get(key).map(|i| (&i.value, i.line))? {
        (Value::Text(text), _) => Some(text.to_string()),
        (Value::Null, _) => None,
        (_, line) => {
            faults.push((line, format!("`{key}` is not text")));
            None
        }
    }
}

/// Per package whether another one requires it.
fn required(lock: &Lock) -> Vec<bool> {
    let mut required = vec![false; lock.packages.len()];
    for dep in lock.packages.iter().flat_map(|p| &p.deps) {
        required[dep.to] = true;
    }
    required
}

/// Where no manifest says what is direct: what no package requires must be.
fn infer_direct(lock: &mut Lock, importer: &mut Importer) {
    let required = required(lock);
    for (to, package) in lock.packages.iter().enumerate().filter(|(index, _)| !required[*index]) {
        let name = package.alias.clone().unwrap_or_else(|| package.name.clone());
        importer.deps.push(Dep { to, requirement: String::new(), scope: package.flag, name, line: 0 });
    }
    let detail = "no package.json stands beside the lockfile: packages that no other one requires are taken as direct";
    lock.gaps.push(("no_manifest", detail.to_owned()));
}
