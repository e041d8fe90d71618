//! Facts beside the bare parser with scopes, on one core, over the files of a folder:
//! `FAULTLINE_BENCH_SOURCES=DIR cargo bench -p faultline-extract --bench javascript`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use faultline_facts::Language;
use oxc_allocator::Allocator;
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

const ROUNDS: u32 = 5;

fn main() {
    let Some(folder) = std::env::var_os("FAULTLINE_BENCH_SOURCES") else {
        println!("skipped: FAULTLINE_BENCH_SOURCES names no folder");
        return;
    };
    let mut sources = Vec::new();
    collect(Path::new(&folder), &mut sources);
    for language in [Language::JavaScript, Language::TypeScript] {
        let texts: Vec<&str> =
            sources.iter().filter(|(of, _)| *of == language).map(|(_, text)| text.as_str()).collect();
        report(language, &texts);
    }
}

fn collect(folder: &Path, sources: &mut Vec<(Language, String)>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(&path, sources);
        } else if let Some(language) = faultline_extract::language_of(&path.to_string_lossy())
            && matches!(language, Language::JavaScript | Language::TypeScript)
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            sources.push((language, text));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(language: Language, texts: &[&str]) {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    if bytes == 0 {
        return;
    }
    let dialect = match language {
        Language::TypeScript => SourceType::ts(),
        _ => SourceType::unambiguous().with_jsx(true),
    };
    let (mut bare, mut facts) = (Duration::ZERO, Duration::ZERO);
    for text in texts {
        bare += best(|| {
            let allocator = Allocator::default();
            let parsed = Parser::new(&allocator, text, dialect).parse();
            std::hint::black_box(SemanticBuilder::new().build(&parsed.program).semantic.scoping().symbols_len());
        });
        facts += best(|| {
            std::hint::black_box(faultline_extract::extract(language, text.as_bytes()));
        });
    }
    let rate = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    println!(
        "{language:?}: {} files, {:.1} MB: bare parser and scopes {:.1} MB/s, facts {:.1} MB/s ({:.0} %)",
        texts.len(),
        bytes as f64 / 1e6,
        rate(bare),
        rate(facts),
        100.0 * bare.as_secs_f64() / facts.as_secs_f64()
    );
}

/// The fastest of a few rounds of one file, so that other work on the machine counts little.
fn best(mut run: impl FnMut()) -> Duration {
    let mut timed = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(|_| timed()).min().unwrap_or_default()
}
