//! The standard layout: `group/with/slashes/artifact/version/artifact-version-classifier.extension`.

use std::fs;
use std::path::{Path, PathBuf};

use faultline_package::Coordinates;
use roxmltree::{Document, Node};

use crate::error::{Result, SourceError};

/// The version under which Debian files whatever it has.
const DEBIAN: &str = "debian";

/// Where a file lies in a repository.
pub(super) struct Place {
    coordinates: Coordinates,
    extension: String,
    classifier: String,
}

impl Place {
    /// Coordinates come from files of others: only plain ones become a path.
    pub(super) fn new(coordinates: &Coordinates, extension: &str, classifier: &str) -> Result<Place> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        let plain = |text: &str| text.chars().all(allowed) && !text.starts_with('.') && text.len() < 128;
        if !coordinates.is_plain() || extension.is_empty() || !plain(extension) || !plain(classifier) {
            return Err(SourceError::BadInput { what: format!("`{coordinates}` cannot be Maven coordinates") });
        }
        let (extension, classifier) = (extension.to_owned(), classifier.to_owned());
        Ok(Place { coordinates: coordinates.clone(), extension, classifier })
    }

    /// The folder of all versions.
    pub(super) fn parent(&self) -> String {
        format!("{}/{}", self.coordinates.group.replace('.', "/"), self.coordinates.artifact)
    }

    /// The folder of the version.
    pub(super) fn folder(&self) -> String {
        format!("{}/{}", self.parent(), self.coordinates.version)
    }

    /// The file name.
    pub(super) fn file(&self) -> String {
        self.file_at(&self.coordinates.version)
    }

    /// The file name with another version in it.
    pub(super) fn file_at(&self, version: &str) -> String {
        let classifier = if self.classifier.is_empty() { String::new() } else { format!("-{}", self.classifier) };
        format!("{}-{version}{classifier}.{}", self.coordinates.artifact, self.extension)
    }

    pub(super) fn is_snapshot(&self) -> bool {
        self.coordinates.version.ends_with("-SNAPSHOT")
    }

    /// The file in a folder of this layout; also where Debian files the same version under its own name.
    pub(super) fn in_folder(&self, root: &Path) -> Option<PathBuf> {
        let own = root.join(self.folder()).join(self.file());
        if own.is_file() {
            return Some(own);
        }
        if self.is_snapshot() {
            let metadata = fs::read_dir(root.join(self.folder())).ok()?.flatten();
            let mut files: Vec<PathBuf> = metadata.map(|e| e.path()).filter(|p| self.is_timed(p)).collect();
            files.sort();
            return files.pop();
        }
        let folder = root.join(self.parent()).join(DEBIAN);
        let pom = fs::read_to_string(folder.join(format!("{}-{DEBIAN}.pom", self.coordinates.artifact))).ok()?;
        let same = format!("<debian.originalVersion>{}<", self.coordinates.version);
        let file = folder.join(self.file_at(DEBIAN));
        (pom.contains(&same) && file.is_file()).then_some(file)
    }

    /// `artifact-1.0-20260101.120000-1.jar` of `1.0-SNAPSHOT`.
    fn is_timed(&self, path: &Path) -> bool {
        let base = self.coordinates.version.trim_end_matches("SNAPSHOT");
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let rest = name.strip_prefix(&format!("{}-{base}", self.coordinates.artifact));
        let ending = self.file_at("");
        let ending = ending.trim_start_matches(&self.coordinates.artifact).trim_start_matches('-');
        let ending = if self.classifier.is_empty() { format!(".{}", self.extension) } else { format!("-{ending}") };
        let time = rest.and_then(|rest| rest.strip_suffix(&ending));
        time.is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') && path.is_file())
    }
}

/// Versions of an artifact that lie in a folder, and those that its metadata list.
pub(super) fn versions_in(root: &Path, place: &Place) -> Vec<String> {
    let folder = root.join(place.parent());
    let mut versions = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_metadata =
            name.starts_with("maven-metadata") && Path::new(&name).extension().is_some_and(|e| e == "xml");
        if is_metadata {
            versions.extend(fs::read(entry.path()).map(|bytes| listed_versions(&bytes)).unwrap_or_default());
        } else if name != DEBIAN && entry.path().join(place.file_at(&name)).is_file() {
            versions.push(name);
        }
    }
    versions
}

/// The versions of a `maven-metadata.xml`.
pub(super) fn listed_versions(bytes: &[u8]) -> Vec<String> {
    with_root(bytes, |root| {
        let list = child(root, "versioning").and_then(|v| child(v, "versions"))?;
        Some(list.children().filter(|n| n.has_tag_name("version")).filter_map(|n| n.text()).map(clean).collect())
    })
    .unwrap_or_default()
}

/// The version in the file names of a snapshot, as its `maven-metadata.xml` says.
pub(super) fn snapshot_version(bytes: &[u8]) -> Option<String> {
    with_root(bytes, |root| {
        let version = child(root, "version")?.text()?;
        let snapshot = child(child(root, "versioning")?, "snapshot")?;
        let (time, build) = (child(snapshot, "timestamp")?.text()?, child(snapshot, "buildNumber")?.text()?);
        let base = version.trim().strip_suffix("SNAPSHOT")?;
        Some(format!("{base}{}-{}", time.trim(), build.trim()))
    })
    .filter(|version| version.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c)))
}

fn clean(text: &str) -> String {
    text.trim().to_owned()
}

fn with_root<T>(bytes: &[u8], read: impl FnOnce(Node) -> Option<T>) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    let document = Document::parse(text).ok()?;
    read(document.root_element())
}

/// The first child element of a name, whatever its name space.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}
