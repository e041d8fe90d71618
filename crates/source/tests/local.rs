//! Packages found in a checkout's own folders.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::Path;

use faultline_source::{Limits, PackageFiles, find_node_package, node_package, python_environments};
use faultline_testkit::write_tree;

fn all(_: &str) -> bool {
    true
}

fn paths(files: &PackageFiles) -> Vec<&str> {
    files.files.iter().map(|(p, _)| p.as_str()).collect()
}

fn at(root: &Path, install_path: &str, name: &str, version: &str) -> faultline_source::Result<PackageFiles> {
    node_package(root, root, install_path, (name, version), &Limits::default(), &all)
}

const QS: &str = "node_modules/body-parser/node_modules/qs";

fn modules() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("node_modules/qs/package.json", r#"{"name":"qs","version":"6.11.0"}"#),
        ("node_modules/qs/lib/parse.js", "new"),
        ("node_modules/body-parser/package.json", r#"{"name":"body-parser","version":"1.19.0"}"#),
        ("node_modules/body-parser/node_modules/qs/package.json", r#"{"name":"qs","version":"6.7.0"}"#),
        ("node_modules/body-parser/node_modules/qs/lib/parse.js", "old"),
        ("node_modules/body-parser/node_modules/qs/node_modules/z/z.js", "z"),
        ("node_modules/@acme/util/package.json", "\u{feff}{\"name\":\"@acme/util\",\"version\":\"1.0.0\"}"),
        ("node_modules/broken/package.json", "{"),
    ];
    write_tree(folder.path(), &files);
    folder
}

#[test]
fn a_copy_is_taken_from_where_the_lockfile_says() {
    let folder = modules();
    let files = at(folder.path(), QS, "qs", "6.7.0").unwrap();
    assert_eq!(paths(&files), ["lib/parse.js", "package.json"]);
    assert_eq!(&**files.get("lib/parse.js").unwrap(), b"old");
    assert!(at(folder.path(), "node_modules/@acme/util", "@acme/util", "1.0.0").is_ok());
}

#[test]
fn another_version_than_the_lockfiles_is_refused() {
    let folder = modules();
    assert_eq!(at(folder.path(), QS, "qs", "6.11.0").unwrap_err().code(), "wrong_package");
    assert_eq!(at(folder.path(), "node_modules/gone", "gone", "1.0.0").unwrap_err().code(), "not_found");
    assert_eq!(at(folder.path(), "node_modules/broken", "broken", "1.0.0").unwrap_err().code(), "unreadable");
}

#[test]
fn install_paths_cannot_leave_the_checkout() {
    let folder = modules();
    let project = folder.path().join("app");
    std::fs::create_dir(&project).unwrap();
    for bad in ["node_modules/../../x", "/node_modules/qs", "../node_modules/qs", "src/qs", "", "node_modules//qs"] {
        let found = node_package(folder.path(), &project, bad, ("qs", "6.11.0"), &Limits::default(), &all);
        assert_eq!(found.unwrap_err().code(), "bad_input", "{bad}");
    }
}

#[test]
fn a_copy_is_found_by_version_wherever_it_is() {
    let folder = modules();
    let project = folder.path().join("packages/app");
    std::fs::create_dir_all(&project).unwrap();
    let find = |version| find_node_package(folder.path(), &project, ("qs", version), &Limits::default(), &all);
    assert_eq!(&**find("6.7.0").unwrap().get("lib/parse.js").unwrap(), b"old");
    assert_eq!(&**find("6.11.0").unwrap().get("lib/parse.js").unwrap(), b"new");
    assert_eq!(find("1.0.0").unwrap_err().code(), "not_found");
}

#[cfg(unix)]
#[test]
fn pnpm_links_are_followed_within_the_checkout_only() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = folder.path();
    let store = "node_modules/.pnpm/qs@6.7.0/node_modules/qs";
    let manifest = r#"{"name":"qs","version":"6.7.0"}"#;
    write_tree(root, &[(&format!("{store}/package.json"), manifest)]);
    symlink(".pnpm/qs@6.7.0/node_modules/qs", root.join("node_modules/qs")).unwrap();
    write_tree(outside.path(), &[("package.json", manifest), ("secret.js", "secret")]);
    symlink(outside.path(), root.join("node_modules/evil")).unwrap();
    symlink(outside.path().join("secret.js"), root.join(store).join("link.js")).unwrap();
    assert_eq!(paths(&at(root, "node_modules/qs", "qs", "6.7.0").unwrap()), ["package.json"]);
    assert_eq!(at(root, "node_modules/evil", "qs", "6.7.0").unwrap_err().code(), "bad_input");
    let found = find_node_package(root, root, ("qs", "6.7.0"), &Limits::default(), &all).unwrap();
    assert_eq!(paths(&found), ["package.json"]);
}

const SITE: &str = "svc/env/lib/python3.12/site-packages";

fn environment(record: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| write_tree(folder.path(), &[(&format!("{SITE}/{path}"), text)]);
    write_tree(folder.path(), &[("svc/env/pyvenv.cfg", "home = /usr/bin\n"), ("svc/app.py", "")]);
    file("Jinja2-3.0.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: Jinja2\nVersion: 3.0.0\n\nName: liar\n");
    file("Jinja2-3.0.0.dist-info/RECORD", record);
    file("jinja2/__init__.py", "");
    file("jinja2/env.py", "changed");
    file("flask/__init__.py", "not part of it");
    file("old_thing.egg-info/PKG-INFO", "Name: Old.Thing\nVersion: 1.0\n");
    file("old_thing.egg-info/top_level.txt", "old_thing\n../../evil\n");
    file("old_thing/mod.py", "x");
    folder
}

#[test]
fn an_installed_distribution_has_the_files_it_recorded() {
    let record = "jinja2/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
                  jinja2/env.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n\
                  jinja2/gone.py,,\n../../../bin/tool,,\nJinja2-3.0.0.dist-info/RECORD,,\n";
    let folder = environment(record);
    let environments = python_environments(folder.path(), None);
    assert_eq!(environments.len(), 1);
    let found = environments[0].find("jinja2", "3.0").expect("versions are compared as Python does");
    let files = environments[0].files(found, &Limits::default(), &|p: &str| p.contains(".py")).unwrap();
    assert_eq!(paths(&files), ["jinja2/__init__.py", "jinja2/env.py"]);
    let codes: Vec<_> = files.problems.iter().map(|p| p.code.as_str()).collect();
    assert_eq!(codes, ["not_found", "modified"]);
    assert!(environments[0].find("jinja2", "2.0").is_none());
}

#[test]
fn an_old_install_has_its_top_level_modules() {
    let folder = environment("");
    let environments = python_environments(folder.path(), None);
    let found = environments[0].find("old-thing", "1.0").unwrap();
    assert_eq!(paths(&environments[0].files(found, &Limits::default(), &all).unwrap()), ["old_thing/mod.py"]);
}

#[test]
fn the_active_environment_counts_when_it_is_named() {
    let (checkout, other) = (tempfile::tempdir().unwrap(), environment(""));
    assert!(python_environments(checkout.path(), None).is_empty());
    let active = other.path().join("svc/env");
    assert_eq!(python_environments(checkout.path(), Some(&active)).len(), 1);
    assert!(python_environments(checkout.path(), Some(other.path())).is_empty());
}

#[cfg(unix)]
#[test]
fn links_out_of_site_packages_are_not_followed() {
    let folder = environment("jinja2/secret.py,,\n");
    let outside = tempfile::tempdir().unwrap();
    write_tree(outside.path(), &[("secret.py", "secret")]);
    let link = folder.path().join(SITE).join("jinja2/secret.py");
    std::os::unix::fs::symlink(outside.path().join("secret.py"), link).unwrap();
    let environments = python_environments(folder.path(), None);
    let found = environments[0].find("jinja2", "3.0.0").unwrap();
    let files = environments[0].files(found, &Limits::default(), &all).unwrap();
    assert!(files.files.is_empty());
    assert_eq!(files.problems[0].code, "bad_path");
}
