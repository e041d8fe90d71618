//! Files that a user names.

use std::path::Path;

use crate::EngineError;

/// The text of a file that a user names; a pipe or device, which may never end, is refused.
pub fn read_input(path: &Path) -> Result<String, EngineError> {
    let fault = |e: std::io::Error| EngineError::Input(format!("{}: {e}", path.display()));
    check_regular(path, &std::fs::metadata(path).map_err(fault)?)?;
    std::fs::read_to_string(path).map_err(fault)
}

/// Refuses everything that is not a regular file.
pub(crate) fn check_regular(path: &Path, metadata: &std::fs::Metadata) -> Result<(), EngineError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(EngineError::Input(format!("{}: is no regular file; save what it holds to one and name that", path.display())))
}
