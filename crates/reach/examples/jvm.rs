//! Prints the call graph of folders of Java source and class files, without package code.
//!
//! `cargo run -p faultline-reach --example jvm -- DIR…`
#![allow(clippy::print_stdout, reason = "an example for the terminal")]

use std::{fs, path::Path, sync::Arc, time::Instant};

use faultline_extract::{extract, language_of};
use faultline_package::Ecosystem;
use faultline_reach::{Options, Program, SourceFile, Unit, analyse};

fn walk(root: &Path, at: &Path, files: &mut Vec<SourceFile>) {
    let Ok(entries) = fs::read_dir(at) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            walk(root, &path, files);
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let Some(language) = language_of(&name).filter(|language| language.is_jvm()) else { continue };
        let Ok(bytes) = fs::read(&path) else { continue };
        files.push(SourceFile { path: name, facts: Arc::new(extract(language, &bytes)), test: false });
    }
}

fn main() {
    let start = Instant::now();
    let mut unit = Unit::new("", Ecosystem::Maven, 0);
    for root in std::env::args().skip(1) {
        walk(Path::new(&root), Path::new(&root), &mut unit.files);
    }
    unit.files.sort_by(|a, b| a.path.cmp(&b.path));
    let files = unit.files.len();
    let extracted = start.elapsed();
    let analysis = analyse(&Program { units: vec![unit] }, &Options::default());
    for edge in &analysis.edges {
        let (from, to) = (analysis.function(edge.from), analysis.function(edge.to));
        println!("{} -> {} line {} {} {:?}", from.name, to.name, edge.span.line, edge.kind.as_str(), edge.phase);
    }
    for entry in &analysis.entries {
        println!("entry {} {}: {}", entry.kind.as_str(), analysis.function(entry.function).name, entry.why);
    }
    for used in &analysis.externals {
        println!("outside {} -> {} line {}", analysis.function(used.function).name, used.path, used.span.line);
    }
    println!("{files} files read in {extracted:?}, all in {:?}, {:?}", start.elapsed(), analysis.stats);
}
