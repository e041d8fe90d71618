//! Text of manifests: decoding, line numbers, paths, and checks that must come before any recursive parser.

/// Deepest nesting that a parser is given; every real manifest stays far below.
pub const MAX_NESTING: usize = 128;

/// UTF-8 text without byte order mark; refuses other encodings and merge-conflict markers, with the line.
pub fn decode(bytes: &[u8]) -> Result<String, (u32, String)> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err((1, "is UTF-16, not UTF-8: save it as UTF-8".to_owned()));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|b| *b == b'\n').count();
        (to_line(line), "is not UTF-8 text: save it as UTF-8 or generate it again".to_owned())
    })?;
    match conflict_marker(text) {
        Some(line) => {
            Err((line, "holds merge-conflict markers: resolve the conflict and generate it again".to_owned()))
        }
        None => Ok(text.to_owned()),
    }
}

/// The 1-based line of the first merge-conflict marker, if the text holds an opening and a closing one.
fn conflict_marker(text: &str) -> Option<u32> {
    let mut first = None;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("<<<<<<< ") {
            first.get_or_insert(to_line(index + 1));
        } else if line.starts_with(">>>>>>> ") && first.is_some() {
            return first;
        }
    }
    None
}

/// A line number as the graph keeps it.
pub fn to_line(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// Byte offsets to 1-based lines.
pub struct Lines(Vec<usize>);

impl Lines {
    /// Finds the line starts of a text.
    pub fn new(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1).collect())
    }

    /// The 1-based line of a byte offset.
    pub fn of(&self, offset: usize) -> u32 {
        to_line(1 + self.0.partition_point(|start| *start <= offset))
    }
}

/// The folder of a path; empty for files at the top.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The file name of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `path` seen from `folder`, with `.` and `..` resolved; `None` when it leaves the repository or is absolute.
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// True for paths inside folders that hold installed or copied third-party packages.
pub fn is_installed(path: &str) -> bool {
    const FOLDERS: [&str; 8] = [
        "node_modules",
        "bower_components",
        "jspm_packages",
        "vendor",
        ".yarn",
        ".pnpm-store",
        "site-packages",
        ".git",
    ];
    folder(path).split('/').any(|part| FOLDERS.contains(&part))
}
