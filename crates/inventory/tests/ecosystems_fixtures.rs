//! What is read from small repositories of the other ecosystems, written out in full.
//!
//! `UPDATE_EXPECT=1 cargo test -p faultline-inventory --test ecosystems_fixtures` writes the expectations anew.

mod folder;
mod render;

use expect_test::expect_file;
use faultline_inventory::{Tree, read};

/// Ecosystems that have fixtures of their own here.
const ECOSYSTEMS: [&str; 3] = ["go", "cargo", "others"];

#[test]
fn every_fixture_reads_as_written_down() {
    for ecosystem in ECOSYSTEMS {
        let root = format!("{}/tests/fixtures/{ecosystem}", env!("CARGO_MANIFEST_DIR"));
        let mut cases: Vec<String> = std::fs::read_dir(&root)
            .expect("fixtures")
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        cases.sort();
        assert!(!cases.is_empty());
        for case in cases {
            let folder = folder::Folder::open(&format!("{root}/{case}"));
            let inventory = read(&Tree { paths: &folder.paths, read: &|path| folder.read(path) });
            expect_file![format!("{root}/{case}.txt")].assert_eq(&render::render(&inventory));
        }
    }
}
