//! Each fixture is a source file with the facts beside it, read by a person before it was accepted.
//! `UPDATE_EXPECT=1 cargo test -p faultline-extract --test javascript_fixtures` rewrites them.

use std::path::{Path, PathBuf};

use faultline_extract::{dump, extract, language_of};

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/javascript");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_none_or(|extension| extension != "facts"));
    paths.sort();
    paths
}

#[test]
fn fixtures_have_the_facts_beside_them() {
    let paths = fixtures();
    assert!(paths.len() > 10);
    for path in paths {
        let language = language_of(&path.to_string_lossy()).unwrap();
        let facts = extract(language, &std::fs::read(&path).unwrap());
        let mut expected = path.into_os_string();
        expected.push(".facts");
        expect_test::expect_file![PathBuf::from(expected)].assert_eq(&dump(&facts));
    }
}

#[test]
fn facts_survive_the_codec_and_are_the_same_every_time() {
    for path in fixtures() {
        let language = language_of(&path.to_string_lossy()).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let facts = extract(language, &bytes);
        assert_eq!(facts, extract(language, &bytes));
        assert_eq!(faultline_facts::decode(&faultline_facts::encode(&facts)), Ok(facts));
    }
}
