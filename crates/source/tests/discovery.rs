//! What is found under a folder.

use std::path::Path;

use faultline_source::{Discovery, SourceKind, discover};
use faultline_testkit::{GitRepo, write_tree};

fn found(discovery: &Discovery) -> Vec<(&str, SourceKind)> {
    discovery.repositories.iter().map(|r| (r.name.as_str(), r.kind)).collect()
}

fn at(folder: &Path) -> Discovery {
    discover(folder).expect("the folder is there")
}

#[test]
fn repositories_mirrors_worktrees_and_plain_projects_are_found_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let shop = GitRepo::with_files(&root.join("team/shop"), &[("package.json", "{}"), ("sub/package.json", "{}")]);
    shop.git(&["worktree", "add", "--quiet", "../shop-next", "-b", "next"]);
    shop.git(&["clone", "--quiet", "--mirror", ".", "../../mirrors/shop.git"]);
    write_tree(root, &[("plain/pyproject.toml", ""), ("plain/inner/package.json", "{}"), ("notes/readme.txt", "")]);
    let discovery = at(root);
    let expected = [
        ("mirrors/shop.git", SourceKind::Bare),
        ("plain", SourceKind::Plain),
        ("team/shop", SourceKind::Git),
        ("team/shop-next", SourceKind::Git),
    ];
    assert_eq!(found(&discovery), expected);
    assert!(discovery.problems.is_empty(), "{:?}", discovery.problems);
}

#[test]
fn a_repository_given_itself_has_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop");
    GitRepo::with_files(&path, &[("a.js", "")]);
    assert_eq!(found(&at(&path)), [("shop", SourceKind::Git)]);
}

#[test]
fn a_nested_repository_of_the_same_name_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lib");
    GitRepo::with_files(&path, &[("a.js", "")]);
    GitRepo::with_files(&path.join("lib"), &[("b.js", "")]);
    assert_eq!(found(&at(&path)), [("lib", SourceKind::Git), ("lib/lib", SourceKind::Git)]);
}

#[test]
fn nested_repositories_and_submodules_are_repositories_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let library = GitRepo::with_files(&folder.path().join("library"), &[("index.js", "")]);
    let app = GitRepo::with_files(&folder.path().join("app"), &[("package.json", "{}")]);
    app.git(&["submodule", "--quiet", "add", library.path().to_str().unwrap(), "vendor/library"]);
    app.commit("submodule");
    GitRepo::with_files(&app.path().join("tools/nested"), &[("x.py", "")]);
    let names: Vec<_> = at(app.path()).repositories.into_iter().map(|r| r.name).collect();
    assert_eq!(names, ["app", "tools/nested", "vendor/library"]);
}

#[test]
fn a_folder_without_anything_is_one_plain_directory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scripts");
    write_tree(&path, &[("run.py", "print()")]);
    assert_eq!(found(&at(&path)), [("scripts", SourceKind::Plain)]);
}

#[test]
fn a_folder_of_plain_projects_is_several() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &[("a/package.json", "{}"), ("b/requirements-dev.txt", ""), ("c/x.txt", "")]);
    assert_eq!(found(&at(folder.path())), [("a", SourceKind::Plain), ("b", SourceKind::Plain)]);
}

#[test]
fn installed_packages_are_no_repositories() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let files = [
        ("package.json", "{}"),
        ("node_modules/x/package.json", "{}"),
        ("target/CACHEDIR.TAG", ""),
        ("target/package/package.json", "{}"),
        (".venv/pyvenv.cfg", ""),
        (".venv/lib/python3.12/site-packages/y/pyproject.toml", ""),
    ];
    write_tree(root, &files);
    GitRepo::with_files(&root.join("node_modules/dep"), &[("a", "")]);
    assert_eq!(at(root).repositories.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_so_loops_end() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    GitRepo::with_files(&outside.path().join("secret"), &[("a", "")]);
    write_tree(folder.path(), &[("a/package.json", "{}")]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    assert_eq!(found(&at(folder.path())), [("a", SourceKind::Plain)]);
}

#[test]
fn a_broken_git_file_is_a_problem_and_the_rest_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(
        folder.path(),
        &[("broken/.git", "gitdir: /nowhere/at/all\n"), ("odd/.git", "what"), ("half/.git/x", "")],
    );
    GitRepo::with_files(&folder.path().join("good"), &[("a", "")]);
    let discovery = at(folder.path());
    assert_eq!(found(&discovery), [("good", SourceKind::Git)]);
    let places: Vec<_> = discovery.problems.iter().filter_map(|p| p.location.as_ref()).map(|l| &l.file).collect();
    assert_eq!(places, ["broken", "half", "odd"]);
    assert!(discovery.problems.iter().all(|p| p.code == "repository_unreadable"));
}

#[test]
fn identity_is_the_origin_however_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let identity = |name: &str, url: &str| {
        let repo = GitRepo::with_files(&folder.path().join(name), &[("a", "")]);
        repo.git(&["remote", "add", "origin", url]);
        at(repo.path()).repositories[0].identity.clone()
    };
    let https = identity("a", "https://user:token@Git.Example/team/app.git");
    assert_eq!(https, "git.example/team/app");
    assert_eq!(identity("b", "git@git.example:team/app.git"), https);
    assert_eq!(identity("c", "ssh://git@git.example:22/team/app/"), https);
    assert_ne!(identity("d", "https://git.example:8443/team/app"), https);
}

#[test]
fn a_path_that_is_no_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &[("file", "")]);
    assert_eq!(discover(&folder.path().join("file")).unwrap_err().code(), "bad_input");
    assert_eq!(discover(&folder.path().join("gone")).unwrap_err().code(), "not_found");
}
