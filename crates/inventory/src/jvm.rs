//! What files below `META-INF` name to the Java virtual machine and to Spring: service providers, main classes,
//! factories.

use faultline_facts::{EntryPointDeclaration, JvmResource, Resource};

use crate::text::to_line;
use crate::{Inventory, Tree};

/// Largest file of this kind that is read, in lines.
const MAX_LINES: usize = 100_000;

/// True for a file that names classes, in a source tree or in a jar.
pub fn names_classes(path: &str) -> bool {
    reader(path).is_some()
}

type Reader = fn(&str) -> Vec<EntryPointDeclaration>;

fn reader(path: &str) -> Option<Reader> {
    let (before, inner) = path.rsplit_once("META-INF/")?;
    if !before.is_empty() && !before.ends_with('/') {
        return None;
    }
    match inner.split_once('/') {
        None if inner == "MANIFEST.MF" => Some(manifest),
        None if inner == "spring.factories" => Some(factories),
        Some(("services", service)) if !service.contains('/') => Some(list),
        Some(("spring", file)) if file.ends_with(".imports") => Some(list),
        _ => None,
    }
}

/// Adds what the files of a tree name.
pub fn read(tree: &Tree, out: &mut Inventory) {
    for path in tree.paths {
        let Some(read) = reader(path) else { continue };
        // What is not text names nothing; it is no manifest that anybody would miss.
        let Ok(text) = tree.text(path) else { continue };
        let lines = read(&text);
        if !lines.is_empty() {
            out.resources.push((path.clone(), Resource::Jvm(JvmResource { lines })));
        }
    }
}

fn declared(name: &str, target: &str, line: usize) -> EntryPointDeclaration {
    EntryPointDeclaration { name: name.to_owned(), target: target.to_owned(), line: to_line(line) }
}

/// One class a line; `#` starts a comment.
fn list(text: &str) -> Vec<EntryPointDeclaration> {
    let lines = text.lines().take(MAX_LINES).enumerate();
    let names = lines.map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()));
    names.filter(|(_, name)| !name.is_empty()).map(|(line, name)| declared(name, name, line)).collect()
}

/// The classes of a manifest; a line that starts with a space goes on with the one before.
fn manifest(text: &str) -> Vec<EntryPointDeclaration> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().take(MAX_LINES).enumerate() {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest.trim_end()),
            _ => lines.push((index + 1, line.trim_end().to_owned())),
        }
    }
    let keys = ["Main-Class", "Start-Class", "Premain-Class", "Agent-Class"];
    let class = |(line, text): &(usize, String)| {
        let (key, value) = text.split_once(':')?;
        keys.contains(&key).then(|| declared(key, value.trim(), *line))
    };
    lines.iter().filter_map(class).collect()
}

/// `interface=class,class` with lines that go on after a backslash.
fn factories(text: &str) -> Vec<EntryPointDeclaration> {
    let mut out = Vec::new();
    let mut key = String::new();
    let mut goes_on = false;
    for (index, line) in text.lines().take(MAX_LINES).enumerate() {
        let mut line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !goes_on {
            let (name, value) = line.split_once('=').unwrap_or((line, ""));
            name.trim().clone_into(&mut key);
            line = value.trim();
        }
        goes_on = line.ends_with('\\');
        let names = line.trim_end_matches('\\').split(',').map(str::trim).filter(|name| !name.is_empty());
        out.extend(names.map(|name| declared(&key, name, index + 1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn lines(path: &str, text: &str) -> Vec<(String, String, u32)> {
        let paths = [path.to_owned()];
        let mut out = Inventory::default();
        read(&Tree { paths: &paths, read: &|_| Ok(Arc::from(text.as_bytes())) }, &mut out);
        let Some((_, Resource::Jvm(found))) = out.resources.pop() else { return Vec::new() };
        found.lines.into_iter().map(|line| (line.name, line.target, line.line)).collect()
    }

    fn line(name: &str, target: &str, line: u32) -> (String, String, u32) {
        (name.to_owned(), target.to_owned(), line)
    }

    #[test]
    fn providers_main_classes_and_factories_are_read() {
        let found = lines("lib/a.jar!/META-INF/services/x.Y", "# first\na.B # provider\n\nc.D\n");
        assert_eq!(found, [line("a.B", "a.B", 2), line("c.D", "c.D", 4)]);
        let found = lines("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMain-Class: a.very.lo\r\n ng.Name\r\n");
        assert_eq!(found, [line("Main-Class", "a.very.long.Name", 2)]);
        let found = lines("src/main/resources/META-INF/spring.factories", "x.Auto=\\\n  a.B,\\\n  c.D\ny.Z=e.F\n");
        assert_eq!(found, [line("x.Auto", "a.B", 2), line("x.Auto", "c.D", 3), line("y.Z", "e.F", 4)]);
        assert!(lines("META-INF/services/sub/x.Y", "a.B").is_empty() && lines("xMETA-INF/services/x", "a").is_empty());
    }
}
