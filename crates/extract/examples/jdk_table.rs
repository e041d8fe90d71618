//! Prints the table of a Java library's public classes that the linker knows without analysing them
//! (`crates/reach/src/link/jdk.txt`); `scripts/jdk-table` says how it is made.
//!
//! `cargo run -p faultline-extract --example jdk_table -- DIR…`
#![allow(clippy::print_stdout, reason = "an example for the terminal")]

use std::{collections::BTreeMap, fs, path::Path};

use faultline_extract::extract;
use faultline_facts::{Facts, Language, Op, jvm::MethodKey};

/// Packages whose classes code uses, extends or implements.
const PACKAGES: &[&str] = &[
    "java.lang",
    "java.lang.ref",
    "java.lang.reflect",
    "java.io",
    "java.net",
    "java.net.http",
    "java.nio",
    "java.nio.channels",
    "java.nio.charset",
    "java.nio.file",
    "java.security",
    "java.sql",
    "java.text",
    "java.time",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
    "java.util.function",
    "java.util.jar",
    "java.util.logging",
    "java.util.regex",
    "java.util.stream",
    "java.util.zip",
    "javax.naming",
    "javax.naming.spi",
    "javax.script",
    "javax.sql",
    "javax.xml.parsers",
];

fn walk(at: &Path, table: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(at) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(&path, table);
        } else if path.extension().is_some_and(|extension| extension == "class")
            && let Ok(bytes) = fs::read(&path)
        {
            add(&extract(Language::Jvm, &bytes), &bytes, table);
        }
    }
}

fn add(facts: &Facts, bytes: &[u8], table: &mut BTreeMap<String, String>) {
    let Some(class) = facts.classes.first() else { return };
    let name = facts.text(class.qualified);
    let package = name.rsplit_once('.').map_or("", |(package, _)| package);
    let hidden = name.rsplit('$').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit()));
    if !PACKAGES.contains(&package) || hidden || !is_public(bytes) {
        return;
    }
    let body = &facts.functions[0].body;
    let evaluated = |slot| {
        body.iter().find_map(|stmt| match stmt.op {
            Op::Global { dst, name } if dst == slot => Some(facts.text(name)),
            _ => None,
        })
    };
    let bases: Vec<&str> = class.bases.iter().filter_map(|slot| evaluated(*slot)).collect();
    let bases = if bases.is_empty() { "-".to_owned() } else { bases.join(",") };
    let kind = if class.is_interface { "interface" } else { "class" };
    let mut methods: Vec<String> = facts
        .functions
        .iter()
        .filter_map(|function| {
            let key = MethodKey::parse(facts.text(function.name));
            let flags = function.flags;
            if !flags.visible || flags.bridge || key.name.starts_with('<') {
                return None;
            }
            let mark = if flags.is_abstract && class.is_interface { "!" } else { "" };
            Some(format!("{mark}{}/{}:{}", key.name, key.param_types().count(), key.returns))
        })
        .collect();
    methods.sort();
    methods.dedup();
    let line = [format!("{name} {kind} {bases}")].into_iter().chain(methods).collect::<Vec<_>>().join(" ");
    table.insert(name.to_owned(), line);
}

/// The access flags follow the constant pool; member classes of public ones count as public.
fn is_public(bytes: &[u8]) -> bool {
    noak::reader::Class::new(bytes).is_ok_and(|class| class.access_flags().contains(noak::AccessFlags::PUBLIC))
}

fn main() {
    let mut table = BTreeMap::new();
    for dir in std::env::args().skip(1) {
        walk(Path::new(&dir), &mut table);
    }
    for line in table.values() {
        println!("{line}");
    }
}
