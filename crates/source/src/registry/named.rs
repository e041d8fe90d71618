//! Whether an artifact holds the package that it was fetched for.

use std::str::FromStr;

use faultline_package::{Ecosystem, Purl};
use pep440_rs::Version;
use serde::Deserialize;

use crate::archive::PackageFiles;
use crate::error::{Result, SourceError};

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
}

/// An error when the artifact says of itself that it is another package. What says nothing of itself passes.
pub(super) fn check(purl: &Purl, artifact: &str, files: &PackageFiles) -> Result<()> {
    let stated = match purl.ecosystem() {
        Ecosystem::Npm => files.get("package.json").and_then(|bytes| npm(bytes)),
        Ecosystem::PyPi => files.files.iter().find(|(path, _)| is_metadata(path)).and_then(|(_, bytes)| python(bytes)),
        _ => None,
    };
    let (wanted, version) = (purl.full_name(), purl.version().unwrap_or_default());
    match stated {
        Some((name, found)) if !same_name(purl, &name) || !same_version(purl.ecosystem(), &found, version) => {
            Err(SourceError::WrongContent {
                what: artifact.to_owned(),
                found: format!("{name} {found}"),
                wanted: format!("{wanted} {version}"),
            })
        }
        _ => Ok(()),
    }
}

fn npm(bytes: &[u8]) -> Option<(String, String)> {
    let manifest: Manifest = serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
    Some((manifest.name?, manifest.version?))
}

fn is_metadata(path: &str) -> bool {
    path == "PKG-INFO"
        || path.split_once('/').is_some_and(|(top, file)| top.ends_with(".dist-info") && file == "METADATA")
}

fn python(bytes: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let head = text.lines().take_while(|line| !line.is_empty());
    let value = |name: &str| {
        let mut values =
            head.clone().filter_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)));
        values.next().map(|(_, value)| value.trim().to_owned())
    };
    Some((value("name")?, value("version")?))
}

fn same_name(purl: &Purl, found: &str) -> bool {
    let wanted = purl.full_name();
    match purl.ecosystem() {
        Ecosystem::PyPi => Purl::new(Ecosystem::PyPi, found, None).full_name() == wanted,
        _ => found.eq_ignore_ascii_case(&wanted),
    }
}

/// Old packages write `v1.0.0` or leave build metadata out.
fn same_version(ecosystem: Ecosystem, found: &str, wanted: &str) -> bool {
    let plain = |text: &str| text.trim().trim_start_matches(['v', '=']).split('+').next().map(str::to_owned);
    match (Version::from_str(found), Version::from_str(wanted)) {
        (Ok(found), Ok(wanted)) if ecosystem == Ecosystem::PyPi => found == wanted,
        _ => plain(found) == plain(wanted),
    }
}
