//! `build.sbt.lock`.

use faultline_package::{Integrity, Scope};

use super::{Found, Listed};
use crate::maven::xml::Fault;
use crate::npm::doc::{self, Item};

/// Reads the lock file.
pub(super) fn read(file: &str, text: &str) -> Result<Found, Fault> {
    let root = doc::json(text, false)?;
    let Some(list) = root.get("dependencies") else {
        return Err((1, "has no `dependencies`: lock again".to_owned()));
    };
    let packages = list.items().iter().filter_map(|item| package(file, item)).collect();
    Ok(Found { packages, complete: true, files: vec![file.to_owned()], ..Found::default() })
}

fn package(file: &str, item: &Item) -> Option<Listed> {
    let (org, name) = (item.text_of("org")?, item.text_of("name")?);
    let configurations = item.get("configurations").map_or(&[][..], Item::items);
    let scope = configurations.iter().filter_map(Item::text).map(scope).min().unwrap_or(Scope::Runtime);
    let mut package = Listed::new(org, name, item.text_of("version").unwrap_or_default(), scope, file, item.line);
    for artifact in item.get("artifacts").map_or(&[][..], Item::items) {
        let hash = artifact.text_of("hash").and_then(|hash| hash.split_once(':'));
        package.integrity.extend(hash.map(|(algorithm, hex)| Integrity {
            algorithm: algorithm.to_ascii_lowercase(),
            hex: hex.to_ascii_lowercase(),
            file: artifact.text_of("name").map(str::to_owned),
        }));
    }
    Some(package)
}

fn scope(configuration: &str) -> Scope {
    match configuration {
        "test" => Scope::Test,
        "provided" => Scope::Peer,
        "optional" => Scope::Optional,
        "plugin" | "scala-tool" | "scala-doc-tool" => Scope::Build,
        _ => Scope::Runtime,
    }
}
