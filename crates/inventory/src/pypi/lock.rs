//! What all lockfile formats come down to: packages and resolved dependencies between them.

use std::collections::HashMap;

use faultline_package::{Ecosystem, Integrity, Purl, Scope};

use super::requirement::accepts;
use super::source::Source;

/// Versions of one name that are looked through; lockfiles hold a handful, hostile ones any number.
pub(super) const MOST_VERSIONS: usize = 64;

/// A lockfile.
#[derive(Debug, Clone, Default)]
pub(super) struct Lock {
    /// Path relative to the repository.
    pub file: String,
    /// Its packages, projects of the checkout included.
    pub packages: Vec<LockPackage>,
    /// Indexes by normalised name.
    pub by_name: HashMap<String, Vec<u32>>,
    /// Folder and package of every project that this lockfile is for.
    pub roots: Vec<(String, u32)>,
    /// True when the format says which package needs which.
    pub has_edges: bool,
    /// True when the entry of a project says what it needs directly.
    pub has_direct: bool,
}

/// A package of a lockfile.
#[derive(Debug, Clone)]
pub(super) struct LockPackage {
    /// Name and version.
    pub purl: Purl,
    /// Where it comes from.
    pub source: Source,
    /// Hashes.
    pub integrity: Vec<Integrity>,
    /// Marker of the package itself.
    pub marker: Option<String>,
    /// File that states it, when that is not the lockfile.
    pub file: Option<String>,
    /// 1-based line of its name.
    pub line: u32,
    /// Scope by the lockfile's own word, for packages that nothing leads to.
    pub hint: Scope,
    /// True when the lockfile says that the project names it.
    pub direct: bool,
    /// Its dependencies.
    pub dependencies: Vec<LockDependency>,
}

/// Under which condition a dependency holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Under {
    /// Always.
    Base,
    /// With an extra, by normalised name.
    Extra(String),
    /// With a development group of a project.
    Group(String),
}

/// A dependency within a lockfile.
#[derive(Debug, Clone)]
pub(super) struct LockDependency {
    /// Index of the package.
    pub to: u32,
    /// Condition.
    pub under: Under,
    /// Extras of the target that it asks for, by normalised name.
    pub extras: Vec<String>,
    /// Requirement as written.
    pub requirement: String,
    /// Marker as written.
    pub marker: Option<String>,
}

/// A normalised name, of a package or an extra.
pub(super) fn normal(name: &str) -> String {
    Purl::new(Ecosystem::PyPi, name, None).name().to_owned()
}

/// A purl.
pub(super) fn purl(name: &str, version: Option<&str>) -> Purl {
    Purl::new(Ecosystem::PyPi, name, version)
}

impl Lock {
    /// A lockfile with packages whose dependencies are still to be filled in.
    pub(super) fn new(file: &str, packages: Vec<LockPackage>, has_edges: bool) -> Lock {
        let mut by_name: HashMap<String, Vec<u32>> = HashMap::with_capacity(packages.len());
        for (index, package) in packages.iter().enumerate() {
            by_name.entry(package.purl.name().to_owned()).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
        }
        Lock { file: file.to_owned(), packages, by_name, has_edges, ..Lock::default() }
    }

    /// The packages of a normalised name, of very many versions only the first.
    pub(super) fn named(&self, name: &str) -> &[u32] {
        self.by_name.get(name).map_or(&[], |all| &all[..all.len().min(MOST_VERSIONS)])
    }

    /// The packages of a name that meet a requirement; all of that name when none does.
    pub(super) fn matching(&self, name: &str, requirement: &str) -> Vec<u32> {
        let named = self.named(name);
        if named.len() < 2 {
            return named.to_vec();
        }
        let version = |index: &u32| self.packages[*index as usize].purl.version().unwrap_or_default();
        let met: Vec<u32> = named.iter().filter(|i| accepts(requirement, version(i))).copied().collect();
        if met.is_empty() { named.to_vec() } else { met }
    }

    /// Packages that no other package of the lockfile needs.
    pub(super) fn tops(&self) -> Vec<u32> {
        let mut needed = vec![false; self.packages.len()];
        for (index, package) in self.packages.iter().enumerate() {
            for dependency in &package.dependencies {
                if dependency.to as usize != index {
                    needed[dependency.to as usize] = true;
                }
            }
        }
        (0..self.packages.len() as u32).filter(|index| !needed[*index as usize]).collect()
    }

    /// Marks the projects of this lockfile, and everything that those other than `own` lead to.
    pub(super) fn taken_by_others(&self, own: Option<u32>) -> Vec<bool> {
        let mut taken = vec![false; self.packages.len()];
        let mut stack: Vec<u32> = self.roots.iter().map(|(_, root)| *root).filter(|root| Some(*root) != own).collect();
        while let Some(index) = stack.pop() {
            if !std::mem::replace(&mut taken[index as usize], true) {
                stack.extend(self.packages[index as usize].dependencies.iter().map(|dependency| dependency.to));
            }
        }
        taken
    }
}

/// `sha256:abc` as an integrity, for a file when it is known.
pub(super) fn integrity(hash: &str, file: Option<&str>) -> Option<Integrity> {
    let (algorithm, hex) = hash.trim().split_once([':', '='])?;
    hashed(algorithm, hex, file)
}

/// Algorithm and hex digest as an integrity; `None` when the digest is not hex.
pub(super) fn hashed(algorithm: &str, hex: &str, file: Option<&str>) -> Option<Integrity> {
    let is_hex = hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| Integrity {
        algorithm: algorithm.trim().to_ascii_lowercase(),
        hex: hex.to_ascii_lowercase(),
        file: file.filter(|f| !f.is_empty()).map(str::to_owned),
    })
}

/// The file name at the end of an address, without query and fragment.
pub(super) fn url_file(url: &str) -> Option<&str> {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty())
}
