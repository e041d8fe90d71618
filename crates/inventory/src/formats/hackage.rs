//! Haskell: `cabal.project.freeze`, `stack.yaml.lock`, `stack.yaml`.

use faultline_package::Origin;

use super::yaml_map;
use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE};
use crate::npm::doc::Item;
use crate::text::to_line;

/// `cabal.project.freeze`: constraints of the form `any.name ==version`. Flags and what comes with GHC have no version.
pub(super) fn freeze(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let mut out = Listed::default();
    for (index, raw) in text.lines().enumerate() {
        let code = raw.trim();
        if code.starts_with("--") {
            continue;
        }
        let code = code.strip_prefix("constraints:").unwrap_or(code);
        for part in code.split(',') {
            let found = part.trim().strip_prefix("any.").and_then(|rest| rest.split_once("=="));
            if let Some((name, version)) = found {
                out.packages.push(Package::new(name.trim(), Some(version), to_line(index + 1)));
            }
        }
    }
    Ok(out)
}

/// `name-1.2.3@sha256:…`, with or without a revision.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let plain = text.split('@').next()?.trim();
    let (name, version) = plain.rsplit_once('-')?;
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    (is_version && !name.is_empty() && !plain.contains(['/', ' '])).then_some((name, version))
}

/// `stack.yaml.lock`. The snapshot itself is not in it.
pub(super) fn stack_lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for item in root.get("packages").map(Item::items).unwrap_or_default() {
        let Some(completed) = item.get("completed") else {
            out.fault(item.line, format!("a package is not completed; {REGENERATE}"));
            continue;
        };
        let hackage = completed.text_of("hackage").and_then(identifier);
        let package = if let Some((name, version)) = hackage {
            Package::new(name, Some(version), completed.line)
        } else if let Some(name) = completed.text_of("name") {
            let resolved = completed.text_of("git").or_else(|| completed.text_of("url")).map(str::to_owned);
            let package = Package::new(name, completed.text_of("version"), completed.line);
            Package { origin: Origin::Git, resolved, ..package }
        } else {
            out.fault(completed.line, format!("a package has no name; {REGENERATE}"));
            continue;
        };
        out.declare(package, "");
    }
    if root.get("snapshots").is_some_and(|s| !s.items().is_empty()) {
        out.gaps.push(("snapshot_not_read", 0, "packages of the snapshot are not in the lockfile".to_owned()));
    }
    Ok(out)
}

/// `stack.yaml`: packages beside the snapshot.
pub(super) fn stack(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    for item in root.get("extra-deps").map(Item::items).unwrap_or_default() {
        if let Some((name, version)) = item.text().and_then(identifier) {
            let package = Package::new(name, Some(version), item.line);
            let need = Need { line: item.line, ..Need::of(&package.key) };
            out.direct.get_or_insert_default().push(need);
            out.packages.push(package);
        }
    }
    Ok(out)
}
