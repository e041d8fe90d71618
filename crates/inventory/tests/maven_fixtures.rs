//! What is read from small repositories of Maven and Gradle, written out in full.
//!
//! `UPDATE_EXPECT=1 cargo test -p faultline-inventory --test maven_fixtures` writes the expectations anew.

mod folder;
mod render;

use expect_test::expect_file;
use faultline_inventory::{Inventory, Tree, read as read_tree};
use faultline_package::Project;
use render::render;

fn read(case: &str) -> Inventory {
    let folder = folder::Folder::open(&format!("{}/tests/fixtures/maven/{case}", env!("CARGO_MANIFEST_DIR")));
    read_tree(&Tree { paths: &folder.paths, read: &|path| folder.read(path) })
}

#[test]
fn every_fixture_reads_as_written_down() {
    let root = format!("{}/tests/fixtures/maven", env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<String> = std::fs::read_dir(&root)
        .expect("fixtures")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    cases.sort();
    assert!(cases.len() > 2);
    for case in cases {
        let inventory = read(&case);
        // What is kept comes back: no package has a name that cannot be read again.
        let kept = serde_json::to_string(&inventory.projects).expect("JSON");
        assert_eq!(serde_json::from_str::<Vec<Project>>(&kept).expect("projects"), inventory.projects);
        expect_file![format!("{root}/{case}.txt")].assert_eq(&render(&inventory));
    }
}
