//! Julia: `Manifest.toml` of both formats, `Project.toml`.

use std::collections::HashMap;

use faultline_package::Origin;

use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::toml_doc::{self, Doc, Table};

fn parsed(text: &str) -> Result<Doc<'_>, Fault> {
    let doc = toml_doc::parse(text);
    match doc.faults.first() {
        Some((line, why)) => Err((*line, format!("is not valid TOML: {why}; {REGENERATE}"))),
        None => Ok(doc),
    }
}

/// `Manifest.toml`: packages under `deps`, in the older format at the top.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let doc = parsed(text)?;
    let julia = toml_doc::text(&doc.root, "julia_version");
    let table =
        if doc.root.contains_key("manifest_format") { toml_doc::table(&doc.root, &["deps"]) } else { Some(&doc.root) };
    let mut keys: HashMap<String, String> = HashMap::new();
    let is_manifest = ["manifest_format", "julia_version"].iter().any(|key| doc.root.contains_key(*key));
    let is_old = doc.root.iter().any(|(_, value)| !toml_doc::items(value).is_empty());
    let mut out = Listed { foreign: !is_manifest && !is_old && !doc.root.is_empty(), ..Listed::default() };
    for (name, value) in table.into_iter().flatten() {
        for item in toml_doc::items(value) {
            let Some(entry) = toml_doc::as_table(item) else { continue };
            let key = toml_doc::text(entry, "uuid").unwrap_or(name.get_ref()).to_owned();
            keys.entry(name.get_ref().to_string()).or_insert_with(|| key.clone());
            // What comes with Julia has its version.
            let version = toml_doc::text(entry, "version").or(julia);
            let line = doc.line(item);
            let git = toml_doc::text(entry, "repo-url");
            let path = toml_doc::text(entry, "path");
            out.packages.push(Package {
                key,
                origin: if git.is_some() {
                    Origin::Git
                } else if path.is_some() {
                    Origin::Path
                } else {
                    Origin::Registry
                },
                resolved: git.map(str::to_owned),
                path: path.map(str::to_owned),
                integrity: toml_doc::text(entry, "git-tree-sha1").and_then(hash).into_iter().collect(),
                needs: needs(entry),
                ..Package::new(name.get_ref(), version, line)
            });
        }
    }
    resolve(&keys, &mut out);
    Ok(out)
}

/// Names, or a table of names and identities where a name alone would not do.
fn needs(entry: &Table) -> Vec<Need> {
    let named = toml_doc::texts(entry, "deps").into_iter().map(Need::of);
    let table = toml_doc::table(entry, &["deps"]).into_iter().flatten();
    named.chain(table.filter_map(|(_, uuid)| Some(Need::of(toml_doc::as_text(uuid)?)))).collect()
}

fn resolve(keys: &HashMap<String, String>, out: &mut Listed) {
    let known: Vec<String> = out.packages.iter().map(|p| p.key.clone()).collect();
    let known: std::collections::HashSet<&str> = known.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    for package in &mut out.packages {
        let (name, line) = (&package.name, package.line);
        package.needs.retain_mut(|need| {
            if let Some(key) = keys.get(&need.key) {
                need.key.clone_from(key);
            }
            let found = known.contains(need.key.as_str());
            if !found {
                faults.push((
                    line,
                    format!("`{name}` requires `{}`, which the file does not hold; {REGENERATE}", need.key),
                ));
            }
            found
        });
    }
    out.faults.extend(faults);
}

/// `Project.toml`.
pub(super) fn manifest(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let doc = parsed(text)?;
    let mut out = Listed {
        name: toml_doc::text(&doc.root, "name").map(str::to_owned),
        version: toml_doc::text(&doc.root, "version").map(str::to_owned),
        direct: Some(Vec::new()),
        foreign: !doc.root.contains_key("deps") && !doc.root.contains_key("uuid"),
        ..Listed::default()
    };
    let compatible =
        |name: &str| toml_doc::table(&doc.root, &["compat"]).and_then(|t| toml_doc::text(t, name)).unwrap_or_default();
    for (name, uuid) in toml_doc::table(&doc.root, &["deps"]).into_iter().flatten() {
        let line = doc.lines.of(name.span().start);
        let key = toml_doc::as_text(uuid).unwrap_or(name.get_ref()).to_owned();
        let package = Package { key, ..Package::new(name.get_ref(), None, line) };
        out.declare(package, compatible(name.get_ref()));
    }
    Ok(out)
}
