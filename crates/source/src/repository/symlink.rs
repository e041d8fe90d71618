//! Symbolic links within a revision. Nothing outside of it is ever followed.

use super::listing::{Entry, EntryKind, Snapshot};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

pub(super) fn follow<'a>(snapshot: &'a Snapshot, link: &Entry) -> Option<&'a Entry> {
    let mut current = snapshot.get(&link.path)?;
    for _ in 0..MAX_LINKS {
        match current.kind {
            EntryKind::Symlink => {
                let target = String::from_utf8(snapshot.read_raw(current).ok()?).ok()?;
                current = snapshot.get(&join(&current.path, &target)?)?;
            }
            EntryKind::Submodule => return None,
            EntryKind::File | EntryKind::Executable | EntryKind::LfsPointer => return Some(current),
        }
    }
    None
}

/// The path that `target` means in a link at `path`; nothing when it leaves the tree.
fn join(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn targets_stay_in_the_tree() {
        assert_eq!(join("a/b", "../c").as_deref(), Some("c"));
        assert_eq!(join("a/b", "./c//d").as_deref(), Some("a/c/d"));
        assert_eq!(join("a/b", "../../etc/passwd"), None);
        assert_eq!(join("a", "/etc/passwd"), None);
    }
}
