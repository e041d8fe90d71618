//! Files that a user names.

use std::path::Path;

use crate::EngineError;

/// The text of a file that a user names; a pipe or device, which may never end, is refused.
pub fn read_input(path: &Path) -> Result<String, EngineError> {
    let fault = |e: std::io::Error| EngineError::Input(format!("{}: {}", path.display(), os_words(&e)));
    check_regular(path, &std::fs::metadata(path).map_err(fault)?)?;
    let bytes = std::fs::read(path).map_err(fault)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|b| *b == b'\n').count();
        EngineError::Input(format!("{}:{line}: is not UTF-8 text; save it as UTF-8", path.display()))
    })
}

/// Refuses everything that is not a regular file.
pub(crate) fn check_regular(path: &Path, metadata: &std::fs::Metadata) -> Result<(), EngineError> {
    if metadata.is_file() {
        return Ok(());
    }
    let path = path.display();
    Err(EngineError::Input(if metadata.is_dir() {
        format!("{path}: is a folder; name a file")
    } else {
        format!("{path}: is no regular file; save what it holds to one and name that")
    }))
}

/// The system's words without its number, with the remedy where there is one.
pub(crate) fn os_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "is not there; check the path".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read; change its permissions".to_owned(),
        _ => error.to_string(),
    }
}
