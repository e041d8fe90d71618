//! What paths in an archive become.

use super::{ArchiveKind, PackageFiles};
use crate::text::has_suffix;

/// Applied to every path before the caller is asked whether it is kept.
pub(super) type Early = fn(&str) -> Option<String>;

pub(super) fn early(kind: ArchiveKind) -> Early {
    match kind {
        ArchiveKind::NpmTarball | ArchiveKind::Sdist | ArchiveKind::Crate => {
            |path| path.split_once('/').map(|(_, rest)| rest.to_owned())
        }
        ArchiveKind::Wheel => |path| Some(wheel_path(path)),
        ArchiveKind::GoModule => |path| Some(path.split_once('@')?.1.split_once('/')?.1.to_owned()),
        ArchiveKind::Other => |path| Some(path.to_owned()),
    }
}

/// `name-1.0.data/purelib/x` and `…/platlib/x` are installed as `x`.
fn wheel_path(path: &str) -> String {
    let installed = path.split_once('/').filter(|(top, _)| has_suffix(top, ".data")).and_then(|(_, rest)| {
        let (scheme, rest) = rest.split_once('/')?;
        matches!(scheme, "purelib" | "platlib").then(|| rest.to_owned())
    });
    installed.unwrap_or_else(|| path.to_owned())
}

/// Brings a source distribution with a `src` folder into the layout it is installed in.
pub(super) fn late(kind: ArchiveKind, files: &mut PackageFiles) {
    let package = files.files.iter().any(|(p, _)| p == "src/__init__.py");
    let modules = files.files.iter().any(|(p, _)| p.starts_with("src/") && has_suffix(p, ".py"));
    if kind != ArchiveKind::Sdist || package || !modules {
        return;
    }
    for (path, _) in &mut files.files {
        if let Some(rest) = path.strip_prefix("src/") {
            *path = rest.to_owned();
        }
    }
    files.files.sort_by(|a, b| a.0.cmp(&b.0));
    files.files.dedup_by(|later, first| later.0 == first.0);
}
