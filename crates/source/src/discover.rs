//! Finds what is to be read under a folder: git repositories, bare mirrors and plain project directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use faultline_package::Reason;

use crate::error::{Result, SourceError, reason, words};
use crate::text::has_suffix;

/// What kind of source a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A git repository with a working tree; a worktree or submodule checkout too.
    Git,
    /// A git repository without a working tree.
    Bare,
    /// A folder outside of git, read as it is.
    Plain,
}

/// A repository or plain directory that discovery found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Display name: the path relative to the folder given, or that folder's own name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How it is read.
    pub kind: SourceKind,
    /// Stable identity: the origin's address normalised, else the absolute path.
    pub identity: String,
}

/// Everything found under a folder, in the order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Repositories and plain directories.
    pub repositories: Vec<Found>,
    /// What could not be looked at.
    pub problems: Vec<Reason>,
}

/// Files that make a folder outside of git a project directory.
const MANIFESTS: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "Pipfile.lock",
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "deno.json",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "gradle.lockfile",
    "buildscript-gradle.lockfile",
    "verification-metadata.xml",
    "MODULE.bazel",
    "WORKSPACE",
    "WORKSPACE.bazel",
    "build.sbt.lock",
    "go.mod",
    "go.work",
    "go.sum",
    "modules.txt",
    "Cargo.toml",
    "Cargo.lock",
    "packages.lock.json",
    "paket.lock",
    "paket.dependencies",
    "project.assets.json",
    "packages.config",
    "Directory.Packages.props",
    "Packages.props",
    "Gemfile.lock",
    "gems.locked",
    "Gemfile",
    "gems.rb",
    "composer.lock",
    "composer.json",
    "installed.json",
    "mix.lock",
    "mix.exs",
    "rebar.lock",
    "gleam.toml",
    "pubspec.lock",
    "pubspec.yaml",
    "Package.resolved",
    "Podfile.lock",
    "conan.lock",
    "conanfile.txt",
    "conda-lock.yml",
    "environment.yml",
    "environment.yaml",
    "Manifest.toml",
    "JuliaManifest.toml",
    "Project.toml",
    "JuliaProject.toml",
    "cabal.project.freeze",
    "stack.yaml.lock",
    "stack.yaml",
    "renv.lock",
    "META.json",
    "vcpkg.json",
    "action.yml",
    "action.yaml",
];

/// Whether a file of this name is a manifest or lockfile.
pub fn is_manifest_name(name: &str) -> bool {
    const ENDINGS: [&str; 5] = [".csproj", ".fsproj", ".vbproj", ".deps.json", ".gemspec"];
    MANIFESTS.contains(&name)
        || ENDINGS.iter().any(|end| name.ends_with(end))
        || (name.starts_with("requirements") && (has_suffix(name, ".txt") || has_suffix(name, ".in")))
        || name.ends_with("maven_install.json")
        || name.ends_with(".versions.toml")
        || (name.starts_with("pylock.") && has_suffix(name, ".toml"))
}

/// Walks `folder` and finds every repository and plain project directory in it.
///
/// Symbolic links are not followed, except that `folder` itself may be one.
pub fn discover(folder: &Path) -> Result<Discovery> {
    let metadata = fs::metadata(folder).map_err(|e| SourceError::io(folder, &e))?;
    if !metadata.is_dir() {
        return Err(SourceError::BadInput { what: format!("{} is not a folder", folder.display()) });
    }
    let root = fs::canonicalize(folder).map_err(|e| SourceError::io(folder, &e))?;
    let mut walk = Walk { root: &root, found: Vec::new(), problems: Vec::new() };
    walk.run();
    let Walk { mut found, problems, .. } = walk;
    if found.is_empty() {
        found.push((root.clone(), SourceKind::Plain));
    }
    let mut repositories: Vec<Found> = found.into_iter().map(|(path, kind)| describe(&root, path, kind)).collect();
    tell_apart(&root, &mut repositories);
    repositories.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Discovery { repositories, problems })
}

fn describe(root: &Path, path: PathBuf, kind: SourceKind) -> Found {
    let relative = slashed(path.strip_prefix(root).unwrap_or(&path));
    let name = if relative.is_empty() { own_name(&path) } else { relative };
    let origin = if kind == SourceKind::Plain { None } else { crate::repository::origin_of(&path) };
    let identity = origin.unwrap_or_else(|| slashed(&path));
    Found { name, path, kind, identity }
}

/// A repository in the folder given may lie at a path that is the folder's own name.
fn tell_apart(root: &Path, repositories: &mut [Found]) {
    let own = own_name(root);
    let given_itself = repositories.iter().any(|r| r.path == root);
    for nested in repositories.iter_mut().filter(|r| given_itself && r.path != root && r.name == own) {
        nested.name = format!("{own}/{}", nested.name);
    }
}

fn own_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned())
}

pub(crate) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/").replacen("//", "/", 1)
}

/// What encloses a folder during the walk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Repository,
    Plain,
}

struct Walk<'a> {
    root: &'a Path,
    found: Vec<(PathBuf, SourceKind)>,
    problems: Vec<Reason>,
}

/// One folder's entries, read once.
#[derive(Default)]
struct Listing {
    names: BTreeSet<String>,
    folders: Vec<PathBuf>,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut stack = vec![(self.root.to_owned(), Inside::Nothing)];
        while let Some((folder, inside)) = stack.pop() {
            match list(&folder) {
                Ok(listing) => {
                    if let Some(inside) = self.classify(&folder, &listing, inside) {
                        stack.extend(listing.folders.into_iter().rev().map(|f| (f, inside)));
                    }
                }
                Err(error) => self.problem(&folder, "unreadable", &words(&error)),
            }
        }
    }

    /// Notes what `folder` is; returns what its subfolders are inside of, or nothing when they are not looked at.
    fn classify(&mut self, folder: &Path, listing: &Listing, inside: Inside) -> Option<Inside> {
        if is_bare(folder, listing) {
            self.found.push((folder.to_owned(), SourceKind::Bare));
            return None;
        }
        if folder != self.root && is_installed(folder, listing) {
            return None;
        }
        if listing.names.contains(".git") {
            match git_dir_of(folder) {
                Ok(()) => {
                    self.found.push((folder.to_owned(), SourceKind::Git));
                    return Some(Inside::Repository);
                }
                Err(why) => self.problem(folder, "repository_unreadable", &why),
            }
        }
        if inside == Inside::Nothing && listing.names.iter().any(|n| is_manifest_name(n)) {
            self.found.push((folder.to_owned(), SourceKind::Plain));
            return Some(Inside::Plain);
        }
        Some(inside)
    }

    fn problem(&mut self, folder: &Path, code: &str, why: &str) {
        let relative = slashed(folder.strip_prefix(self.root).unwrap_or(folder));
        let place = if relative.is_empty() { ".".to_owned() } else { relative };
        self.problems.push(reason(code, why, &place));
    }
}

fn list(folder: &Path) -> std::io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && name != ".git" && name != "node_modules" {
            listing.folders.push(entry.path());
        }
        listing.names.insert(name);
    }
    listing.folders.sort();
    Ok(listing)
}

fn is_bare(folder: &Path, listing: &Listing) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|n| listing.names.contains(*n))
        && folder.join("objects").is_dir()
        && folder.join("refs").is_dir()
        && folder.join("HEAD").is_file()
}

/// Folders that tools filled: virtual environments, caches and the like.
fn is_installed(folder: &Path, listing: &Listing) -> bool {
    listing.names.contains("pyvenv.cfg")
        || listing.names.contains("CACHEDIR.TAG")
        || folder.file_name().is_some_and(|n| n == "site-packages" || n == "bower_components")
}

/// Checks that `folder/.git` leads to a git directory.
fn git_dir_of(folder: &Path) -> std::result::Result<(), String> {
    let dot_git = folder.join(".git");
    if dot_git.is_dir() {
        return match dot_git.join("HEAD").metadata() {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(format!("`.git` {}", words(&error)))
            }
            Err(_) => Err("`.git` has no HEAD; it is not a complete repository, clone it again".to_owned()),
        };
    }
    // A pipe in its place would never end.
    if !dot_git.metadata().is_ok_and(|m| m.is_file() && m.len() < 1 << 16) {
        return Err("`.git` is neither a folder nor a short file".to_owned());
    }
    let text = fs::read_to_string(&dot_git).map_err(|e| format!("`.git` cannot be read: {e}"))?;
    let target = text.strip_prefix("gitdir:").map(str::trim).unwrap_or_default();
    if target.is_empty() {
        return Err("`.git` is a file without a `gitdir:` line".to_owned());
    }
    if folder.join(target).join("HEAD").exists() {
        Ok(())
    } else {
        Err(format!("`.git` points to {target}, which is not there; run `git worktree repair` or clone it again"))
    }
}
