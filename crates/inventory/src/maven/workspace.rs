//! All POMs of a tree, found by path and by coordinates.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use faultline_package::Coordinates;

use super::effective::{Builder, Context, Lookup};
use super::pom::{self, Pom};
use crate::text::{file_name, folder, is_installed};
use crate::{Incomplete, Tree};

/// The POMs of a tree.
pub struct Workspace<'t> {
    tree: &'t Tree<'t>,
    poms: BTreeMap<String, Arc<Pom>>,
    /// Group and artifact to paths and versions.
    by_name: HashMap<(String, String), Vec<(String, String)>>,
    folders: HashSet<&'t str>,
    user: Vec<(String, String)>,
    /// POMs of other names that a relative path leads to.
    others: RefCell<HashMap<String, Option<Arc<Pom>>>>,
}

impl<'t> Workspace<'t> {
    /// Reads every `pom.xml` of a tree; those that cannot be read are returned beside.
    pub fn read(tree: &'t Tree<'t>) -> (Workspace<'t>, Vec<Incomplete>) {
        let mut incomplete = Vec::new();
        let mut poms = BTreeMap::new();
        for path in tree.paths.iter().filter(|path| file_name(path) == "pom.xml" && is_own(path)) {
            match read_pom(tree, path) {
                Ok(pom) => _ = poms.insert(path.clone(), Arc::new(pom)),
                Err(error) => incomplete.push(error),
            }
        }
        let mut folders: HashSet<&str> = HashSet::new();
        if !poms.is_empty() {
            for path in tree.paths {
                let above = std::iter::successors(Some(folder(path)), |f| (!f.is_empty()).then(|| folder(f)));
                above.take_while(|f| !f.is_empty()).any(|f| !folders.insert(f));
            }
        }
        let user = user_properties(tree);
        let mut workspace =
            Workspace { tree, poms, by_name: HashMap::new(), folders, user, others: RefCell::default() };
        workspace.by_name = workspace.names();
        (workspace, incomplete)
    }

    /// Paths and POMs, in the order of paths.
    pub fn poms(&self) -> impl Iterator<Item = (&str, &Arc<Pom>)> {
        self.poms.iter().map(|(path, pom)| (path.as_str(), pom))
    }

    /// The POM of the tree with these coordinates.
    pub fn find(&self, coordinates: &Coordinates) -> Option<Arc<Pom>> {
        let key = (coordinates.group.clone(), coordinates.artifact.clone());
        let known = self.by_name.get(&key)?;
        let (path, _) = known.iter().find(|(_, version)| *version == coordinates.version)?;
        self.poms.get(path).cloned()
    }

    /// Effective models; what the tree does not hold is asked of `outside`.
    pub fn with_builder<T>(&self, outside: &dyn Fn(&Coordinates) -> Lookup, run: impl FnOnce(&Builder) -> T) -> T {
        let by_path = |path: &str| self.by_path(path);
        let by_coordinates = |wanted: &Coordinates| self.find(wanted).map_or_else(|| outside(wanted), Lookup::Found);
        let has_path = |path: &str| self.tree.has(path) || self.folders.contains(path);
        let context =
            Context { by_path: &by_path, by_coordinates: &by_coordinates, has_path: &has_path, user: &self.user };
        run(&Builder::new(context))
    }

    fn by_path(&self, path: &str) -> Option<Arc<Pom>> {
        if let Some(known) = self.poms.get(path) {
            return Some(Arc::clone(known));
        }
        if !self.tree.has(path) || file_name(path) == "pom.xml" {
            return None;
        }
        let mut others = self.others.borrow_mut();
        others.entry(path.to_owned()).or_insert_with(|| read_pom(self.tree, path).ok().map(Arc::new)).clone()
    }

    fn names(&self) -> HashMap<(String, String), Vec<(String, String)>> {
        let mut names: HashMap<(String, String), Vec<(String, String)>> = HashMap::new();
        let outside = |wanted: &Coordinates| Lookup::Missing(format!("{wanted} is not in the repository"));
        self.with_builder(&outside, |builder| {
            for (path, pom) in &self.poms {
                let raw = pom.raw_coordinates();
                let needs_more = [&raw.group, &raw.artifact, &raw.version].iter().any(|part| part.contains("${"));
                let own = if needs_more { builder.effective(pom).coordinates } else { raw };
                names.entry((own.group, own.artifact)).or_default().push((path.clone(), own.version));
            }
        });
        names
    }
}

/// Templates of projects, and what a build copied, are no projects.
fn is_own(path: &str) -> bool {
    let inside = |name: &str| folder(path).split('/').any(|part| part == name);
    !is_installed(path) && !inside("archetype-resources") && !inside("target")
}

fn read_pom(tree: &Tree, path: &str) -> Result<Pom, Incomplete> {
    let bytes = (tree.read)(path).map_err(|why| Incomplete { file: path.to_owned(), line: 0, why })?;
    pom::parse(path, true, &bytes)
}

/// `-Dname=value` of `.mvn/maven.config`.
fn user_properties(tree: &Tree) -> Vec<(String, String)> {
    const FILE: &str = ".mvn/maven.config";
    let text = if tree.has(FILE) { tree.text(FILE).unwrap_or_default() } else { String::new() };
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix("-D"));
    words
        .map(|word| word.split_once('=').unwrap_or((word, "true")))
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .collect()
}

/// Coordinates that nothing of which is left open.
pub fn is_known(coordinates: &Coordinates) -> bool {
    let good = |part: &str| !part.is_empty() && !part.contains("${");
    good(&coordinates.group) && good(&coordinates.artifact) && good(&coordinates.version)
}
