//! POMs and build scripts that nobody would write by accident: the answer comes, and says what is wrong.

use std::fmt::Write;
use std::sync::Arc;

use faultline_inventory::{Inventory, Tree, read};
use proptest::prelude::*;

fn read_one(name: &str, text: &str) -> Inventory {
    let paths = [name.to_owned()];
    read(&Tree { paths: &paths, read: &|_| Ok(Arc::from(text.as_bytes())) })
}

#[test]
fn a_hundred_thousand_dependencies_are_read() {
    let mut text =
        String::from("<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><dependencies>\n");
    for n in 0..100_000 {
        let _ = writeln!(
            text,
            "<dependency><groupId>g</groupId><artifactId>d{n}</artifactId><version>1</version></dependency>"
        );
    }
    text.push_str("</dependencies></project>");
    let inventory = read_one("pom.xml", &text);
    let packages = &inventory.projects[0].graph.packages;
    assert_eq!(packages.len(), 100_000);
    assert!(packages.iter().any(|p| p.purl.name() == "d99999" && p.locations[0].line == 100_001));
}

#[test]
fn deep_nesting_ends() {
    let xml = format!("<project>{}{}</project>", "<a>".repeat(200_000), "</a>".repeat(200_000));
    assert!(read_one("pom.xml", &xml).incomplete.is_empty());
    let open = read_one("pom.xml", &"<project>".repeat(100_000));
    assert_eq!(open.incomplete.len(), 1);
    read_one("MODULE.bazel", &format!("x = {}", "[".repeat(100_000)));
    read_one("build.gradle", &"dependencies {".repeat(100_000));
    read_one("maven_install.json", &"{\"artifacts\":".repeat(100_000));
}

#[test]
fn broken_xml_has_its_line() {
    for (text, line) in
        [("", 1), ("<project>\n<a></b>\n</project>", 2), ("<project>\n&x", 2), ("<!DOCTYPE a>\n<project/>", 1)]
    {
        let inventory = read_one("pom.xml", text);
        let lines: Vec<u32> = inventory.incomplete.iter().map(|i| i.line).collect();
        assert_eq!(lines, [line], "{text} {:?}", inventory.incomplete);
    }
}

const NAMES: [&str; 6] =
    ["pom.xml", "build.gradle", "gradle.lockfile", "MODULE.bazel", "libs.versions.toml", "maven_install.json"];

proptest! {
    #[test]
    fn nothing_panics(name in 0..NAMES.len(), pieces in prop::collection::vec(0..14_usize, 0..40)) {
        const PIECES: [&str; 14] = [
            "<project>", "</project>", "<parent>", "dependencies {", "}", "\"a:b:1\"", "${x}", "\n", "'", "[", "=", "é", "maven.install(artifacts=", "<dependency>",
        ];
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        let first = read_one(NAMES[name], &text);
        prop_assert_eq!(first, read_one(NAMES[name], &text));
    }
}
