//! Actions that workflows of GitHub use.

use faultline_package::Scope;

use super::yaml_map;
use crate::Tree;
use crate::listing::{Fault, Listed, Package};
use crate::npm::doc::Item;
use crate::text::{file_name, folder, is_installed};

/// Workflows belong to the repository, actions to their folder.
pub(super) fn home(path: &str) -> Option<&str> {
    let is_yaml = path.strip_suffix(".yml").or_else(|| path.strip_suffix(".yaml")).is_some();
    let above = folder(path);
    if is_yaml && (above == ".github/workflows" || above.ends_with("/.github/workflows")) {
        return Some(folder(folder(above)));
    }
    let is_action = matches!(file_name(path), "action.yml" | "action.yaml") && !is_installed(path);
    is_action.then_some(above)
}

/// A workflow or a composite action: every `uses`.
pub(super) fn read(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = yaml_map(text)?;
    let mut out = Listed { direct: Some(Vec::new()), ..Listed::default() };
    let jobs = root.entries_of("jobs").iter().flat_map(|job| {
        let steps = job.item.get("steps").map(Item::items).unwrap_or_default();
        std::iter::once(&job.item).chain(steps)
    });
    let own = root.get("runs").and_then(|r| r.get("steps")).map(Item::items).unwrap_or_default();
    for (text, line) in
        jobs.chain(own).filter_map(|step| step.get("uses")).filter_map(|uses| Some((uses.text()?, uses.line)))
    {
        if text.starts_with("./") || text.starts_with("docker://") {
            continue;
        }
        let (name, reference) = text.split_once('@').unwrap_or((text, ""));
        let repository: Vec<&str> = name.split('/').take(2).collect();
        if repository.len() < 2 {
            out.fault(line, format!("`{text}` is not `owner/repository@reference`; correct it"));
            continue;
        }
        let package = Package::new(&repository.join("/"), Some(reference), line);
        let key = format!("{} {reference}", package.name);
        out.declare(Package { key, scope: Scope::Build, ..package }, "");
    }
    Ok(out)
}
