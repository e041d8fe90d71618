//! R: `renv.lock`.

use faultline_package::Origin;

use crate::Tree;
use crate::listing::{Fault, Listed, Need, Package, REGENERATE, hash};
use crate::npm::doc::{Item, json};

/// `renv.lock`. Packages of a repository other than CRAN are no registry packages of CRAN.
pub(super) fn lock(_: &Tree, _: &str, text: &str) -> Result<Listed, Fault> {
    let root = json(text, false)?;
    if !root.is_map() {
        return Err((root.line, format!("is not an object: {REGENERATE}")));
    }
    let mut out = Listed::default();
    for entry in root.entries_of("Packages") {
        let item = &entry.item;
        let Some(version) = item.text_of("Version") else {
            out.fault(entry.line, format!("`{}` has no version; {REGENERATE}", entry.key));
            continue;
        };
        let origin = match (item.text_of("Source"), item.text_of("Repository")) {
            (Some("GitHub" | "GitLab" | "Bitbucket" | "git"), _) => Origin::Git,
            (_, Some(repository)) if repository != "CRAN" && !repository.contains("://") => Origin::Url,
            (Some("Bioconductor"), _) | (_, None) => Origin::Url,
            _ => Origin::Registry,
        };
        let needs = item.get("Requirements").map(Item::items).unwrap_or_default().iter().filter_map(Item::text);
        // Packages that come with R are not listed.
        let needs = needs.map(|name| Need { optional: true, ..Need::of(name) }).collect();
        let name = item.text_of("Package").unwrap_or(&entry.key);
        let integrity = item.text_of("Hash").and_then(hash).into_iter().collect();
        out.packages.push(Package { origin, needs, integrity, ..Package::new(name, Some(version), entry.line) });
    }
    Ok(out)
}
