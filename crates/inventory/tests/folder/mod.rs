//! A folder of the disk as the file view that inventory reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All files of a folder by relative path.
pub struct Folder {
    /// Sorted paths.
    pub paths: Vec<String>,
    files: BTreeMap<String, Arc<[u8]>>,
}

impl Folder {
    /// Reads everything under a folder.
    pub fn open(root: &str) -> Folder {
        let mut files = BTreeMap::new();
        let mut stack = vec![PathBuf::from(root)];
        while let Some(path) = stack.pop() {
            if path.is_dir() {
                stack.extend(std::fs::read_dir(&path).expect("folder").flatten().map(|entry| entry.path()));
            } else {
                let name = path.strip_prefix(Path::new(root)).expect("inside").to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read(&path).expect("file").into());
            }
        }
        Folder { paths: files.keys().cloned().collect(), files }
    }

    /// The reader of a tree.
    pub fn read(&self, path: &str) -> Result<Arc<[u8]>, String> {
        self.files.get(path).cloned().ok_or_else(|| "is not there".to_owned())
    }
}
