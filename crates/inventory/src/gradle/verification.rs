//! `gradle/verification-metadata.xml`.

use faultline_package::{Integrity, Scope};
use roxmltree::Node;

use super::Listed;
use crate::maven::xml::{self, Fault, children, listed};

/// Every component with the hashes of its artifacts.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Vec<Listed>, Fault> {
    let text = xml::decode(bytes)?;
    xml::with_document(&text, |xml| {
        let root = xml.root();
        if root.tag_name().name() != "verification-metadata" {
            return Err((1, "is not a Gradle verification file: generate it again".to_owned()));
        }
        let components = listed(root, "components", "component").into_iter();
        Ok(components.filter_map(|component| package(file, xml.line(component), component)).collect())
    })
}

fn package(file: &str, line: u32, component: Node) -> Option<Listed> {
    let attribute = |name: &str| component.attribute(name).unwrap_or_default();
    let (group, name, version) = (attribute("group"), attribute("name"), attribute("version"));
    // Without both it is no package that anybody could look up.
    if name.is_empty() || group.is_empty() {
        return None;
    }
    let mut package = Listed::new(group, name, version, Scope::Runtime, file, line);
    let artifacts = children(component).filter(|node| node.tag_name().name() == "artifact");
    package.integrity =
        artifacts.flat_map(|artifact| children(artifact).filter_map(move |hash| integrity(artifact, hash))).collect();
    Some(package)
}

fn integrity(artifact: Node, hash: Node) -> Option<Integrity> {
    let algorithm = hash.tag_name().name();
    let value = hash.attribute("value")?;
    matches!(algorithm, "sha512" | "sha256" | "sha1" | "md5").then(|| Integrity {
        algorithm: algorithm.to_owned(),
        hex: value.to_ascii_lowercase(),
        file: artifact.attribute("name").map(str::to_owned),
    })
}
