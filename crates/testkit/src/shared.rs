//! Data that lie beside the project and are not part of it.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the crate lies in crates/").to_owned()
}

/// The folder of shared test data: `$FAULTLINE_SHARED`, else `../shared` beside the workspace.
///
/// Without it a notice is printed, and the test is expected to return.
pub fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("FAULTLINE_SHARED").map(PathBuf::from);
    let found = named.or_else(|| Some(workspace_root().parent()?.join("shared"))).filter(|p| p.join("data").is_dir());
    if found.is_none() {
        eprintln!("skipped: no shared test data; set FAULTLINE_SHARED to their folder");
    }
    found
}
