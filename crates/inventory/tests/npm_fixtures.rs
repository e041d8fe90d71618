//! What is read from small repositories of every npm format, written out in full.
//!
//! `UPDATE_EXPECT=1 cargo test -p faultline-inventory --test npm_fixtures` writes the expectations anew.

mod folder;
mod render;

use expect_test::expect_file;
use faultline_facts::Resource;
use faultline_inventory::{Inventory, Tree, npm};
use render::render;

fn read(case: &str) -> Inventory {
    let folder = folder::Folder::open(&format!("{}/tests/fixtures/npm/{case}", env!("CARGO_MANIFEST_DIR")));
    let mut inventory = Inventory::default();
    npm::read(&Tree { paths: &folder.paths, read: &|path| folder.read(path) }, &mut inventory);
    inventory
}

#[test]
fn every_fixture_reads_as_written_down() {
    let root = format!("{}/tests/fixtures/npm", env!("CARGO_MANIFEST_DIR"));
    let mut cases: Vec<String> = std::fs::read_dir(&root)
        .expect("fixtures")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    cases.sort();
    assert!(cases.len() > 5);
    for case in cases {
        expect_file![format!("{root}/{case}.txt")].assert_eq(&render(&read(&case)));
    }
}

#[test]
fn a_manifest_tells_what_code_needs() {
    let inventory = read("no-lockfile");
    let (_, resource) = inventory.resources.iter().find(|(file, _)| file == "package.json").expect("root manifest");
    let Resource::Npm(manifest) = resource else { panic!("not npm") };
    assert!(manifest.is_module);
    assert_eq!(manifest.main.as_deref(), Some("./index.js"));
    assert_eq!(manifest.exports.as_deref(), Some(r#"{".":{"import":"./index.js","require":"./index.cjs"}}"#));
    assert_eq!((manifest.bin[0].name.as_str(), manifest.bin[0].target.as_str()), ("bare", "./cli.js"));
    assert_eq!(manifest.scripts[0].target, "node .");
}
