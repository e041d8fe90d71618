//! Extracts every source file below a folder and prints totals and problems:
//! `cargo run --release -p faultline-extract --example survey -- DIR`.

use std::path::Path;

#[derive(Default)]
struct Totals {
    files: usize,
    bytes: usize,
    functions: usize,
    statements: usize,
    calls: usize,
    encoded: usize,
}

fn main() {
    let mut totals = Totals::default();
    for folder in std::env::args().skip(1) {
        visit(Path::new(&folder), &mut totals);
    }
    let Totals { files, bytes, functions, statements, calls, encoded } = totals;
    println!(
        "{files} files, {bytes} bytes, {functions} functions, {statements} statements, {calls} calls, {encoded} encoded"
    );
}

fn visit(path: &Path, totals: &mut Totals) {
    if path.is_symlink() {
        return;
    }
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
        entries.sort();
        for entry in &entries {
            visit(entry, totals);
        }
        return;
    }
    let Some(language) = faultline_extract::language_of(&path.to_string_lossy()) else { return };
    let Ok(bytes) = std::fs::read(path) else { return };
    let facts = faultline_extract::extract(language, &bytes);
    for problem in &facts.problems {
        println!("{}:{}:{}: {}", path.display(), problem.line, problem.column, problem.message);
    }
    totals.files += 1;
    totals.bytes += bytes.len();
    totals.functions += facts.functions.len();
    totals.statements += facts.functions.iter().map(|function| function.body.len()).sum::<usize>();
    totals.calls += facts.calls.len();
    totals.encoded += faultline_facts::encode(&facts).len();
}
