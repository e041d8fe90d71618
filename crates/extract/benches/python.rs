//! Speed of the Python frontend beside the bare parser, over every `.py` file below a folder:
//! `FAULTLINE_BENCH_PYTHON=DIR cargo bench -p faultline-extract --bench python`.

#![expect(clippy::cast_precision_loss, reason = "sizes are shown, not computed with")]

use std::path::Path;
use std::time::{Duration, Instant};

use faultline_extract::extract;
use faultline_facts::{Facts, Language, encode};

/// The fastest round counts: others may be using the machine.
const ROUNDS: usize = 9;

fn main() {
    let Some(root) = std::env::var_os("FAULTLINE_BENCH_PYTHON") else {
        println!("FAULTLINE_BENCH_PYTHON names no folder; nothing measured");
        return;
    };
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    let bytes: usize = files.iter().map(Vec::len).sum();
    let (mut parser, mut frontend) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        parser = parser.min(time(|| files.iter().map(|file| parse(file)).sum()));
        frontend = frontend.min(time(|| files.iter().map(|file| extract(Language::Python, file).calls.len()).sum()));
    }
    let facts: Vec<Facts> = files.iter().map(|file| extract(Language::Python, file)).collect();
    report(bytes, files.len(), parser, frontend, &facts);
}

fn report(bytes: usize, files: usize, parser: Duration, frontend: Duration, facts: &[Facts]) {
    let megabytes = bytes as f64 / 1e6;
    let rate = |time: Duration| megabytes / time.as_secs_f64();
    let statements: usize = facts.iter().flat_map(|f| &f.functions).map(|f| f.body.len()).sum();
    let calls: usize = facts.iter().map(|f| f.calls.len()).sum();
    let slots: usize = facts.iter().map(|f| f.slot_owner.len()).sum();
    let problems: usize = facts.iter().map(|f| f.problems.len()).sum();
    let encoded: usize = facts.iter().map(|f| encode(f).len()).sum();
    println!("{files} files, {megabytes:.1} MB, {problems} parse problems");
    println!("parser alone {:.0} MB/s, frontend {:.0} MB/s", rate(parser), rate(frontend));
    println!("{statements} statements, {calls} calls, {slots} slots, {:.1} MB encoded", encoded as f64 / 1e6);
}

fn parse(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let options = ruff_python_parser::ParseOptions::from(ruff_python_parser::Mode::Module);
    ruff_python_parser::parse_unchecked(&text, options).tokens().len()
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed()
}

fn collect(folder: &Path, out: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            out.extend(std::fs::read(&path));
        }
    }
}
