//! The effective model of a POM: profiles, parents, properties, imported BOMs, managed versions.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use faultline_package::{Coordinates, Location};

use super::interpolate::Properties;
use super::pom::{Body, Dependency, Parent, Pom};
use super::profile;
use crate::text::{folder, join};

/// Longest chain of parents, and deepest nesting of imported BOMs.
const MAX_DEPTH: usize = 48;

/// Whether a POM is to be had.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// Here it is.
    Found(Arc<Pom>),
    /// Nobody has it, and why.
    Missing(String),
    /// Not asked for yet: the caller gets it and builds again.
    Unasked,
}

/// Where POMs and files come from.
pub struct Context<'a> {
    /// A POM of the tree by its path.
    pub by_path: &'a dyn Fn(&str) -> Option<Arc<Pom>>,
    /// A POM by its coordinates.
    pub by_coordinates: &'a dyn Fn(&Coordinates) -> Lookup,
    /// Whether the tree has a file or folder.
    pub has_path: &'a dyn Fn(&str) -> bool,
    /// Properties that the user gives: those of `.mvn/maven.config`.
    pub user: &'a [(String, String)],
}

/// Why a POM that is needed is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Which one.
    pub coordinates: Coordinates,
    /// Why, in words for a person.
    pub why: String,
    /// `parent` or `BOM`.
    pub role: &'static str,
    /// Where it is asked for.
    pub location: Location,
}

/// A POM with everything that decides about it put together.
#[derive(Debug, Clone, Default)]
pub struct Effective {
    /// Its own coordinates; parts that are not known are empty or still hold `${`.
    pub coordinates: Coordinates,
    /// `packaging`.
    pub packaging: String,
    /// Files of the tree that were read for it, its own first.
    pub files: Vec<String>,
    /// `dependencies`, own ones first, with versions and scopes filled in from management.
    pub dependencies: Vec<Dependency>,
    /// `dependencyManagement` with BOMs imported; the first of a key counts.
    pub managed: Vec<Dependency>,
    /// `modules` of the POM itself.
    pub modules: Vec<String>,
    /// Where the artifact has moved to.
    pub relocation: Option<Coordinates>,
    /// The version under which a distribution knows the artifact's own: `debian` stands for it.
    pub original_version: Option<String>,
    /// Parents and BOMs that are not to be had.
    pub missing: Vec<Missing>,
    /// Parents and BOMs that have to be asked for before this can be trusted.
    pub needs: Vec<Coordinates>,
    /// Cycles and the like, with their place.
    pub faults: Vec<(Location, String)>,
}

/// Builds effective models, and keeps those of BOMs that many projects import.
pub struct Builder<'a> {
    context: Context<'a>,
    boms: RefCell<HashMap<Coordinates, Arc<Effective>>>,
}

impl<'a> Builder<'a> {
    /// A builder over a context.
    pub fn new(context: Context<'a>) -> Builder<'a> {
        Builder { context, boms: RefCell::default() }
    }

    /// The effective model of a POM.
    pub fn effective(&self, pom: &Arc<Pom>) -> Effective {
        self.build(pom, &mut Vec::new())
    }

    fn build(&self, pom: &Arc<Pom>, importing: &mut Vec<Coordinates>) -> Effective {
        let mut out = Effective::default();
        let lineage = self.lineage(pom, &mut out);
        out.files = lineage.iter().filter(|p| p.in_tree).map(|p| p.file.to_string()).collect();
        let bodies: Vec<Body> = lineage.iter().map(|pom| self.body(pom)).collect();
        let properties = properties(pom, &bodies, self.context.user);
        let text = |name: &str| properties.get(name).unwrap_or_default();
        out.coordinates =
            Coordinates::new(&text("project.groupId"), &text("project.artifactId"), &text("project.version"));
        out.packaging = text("project.packaging");
        out.original_version = original_version(pom);
        out.modules =
            bodies.first().map(|b| b.modules.iter().map(|m| properties.expand(m)).collect()).unwrap_or_default();
        out.relocation = relocation(pom, &out.coordinates, &properties);
        out.dependencies = merge(bodies.iter().map(|b| b.dependencies.as_slice()), &properties);
        mark_inherited(pom, &mut out.dependencies);
        let managed = merge(bodies.iter().map(|b| b.managed.as_slice()), &properties);
        out.managed = self.import(managed, &mut out, importing);
        inject(&mut out.dependencies, &out.managed);
        let place = Location { file: pom.file.to_string(), line: 1 };
        out.faults.extend(properties.faults().into_iter().map(|why| (place.clone(), why)));
        out
    }

    /// The POM and its parents, nearest first.
    fn lineage(&self, pom: &Arc<Pom>, out: &mut Effective) -> Vec<Arc<Pom>> {
        let mut lineage = vec![Arc::clone(pom)];
        while let Some((child, parent)) = lineage.last().and_then(|c| Some((Arc::clone(c), c.parent.clone()?))) {
            let place = Location { file: child.file.to_string(), line: parent.line };
            let Some(found) = self.parent_of(&child, &parent, &place, out) else { break };
            let is_known = lineage.iter().any(|known| Arc::ptr_eq(known, &found) || known.file == found.file);
            if is_known || lineage.len() >= MAX_DEPTH {
                let why = format!("the parent {}:{} leads back to this POM; correct it", parent.group, parent.artifact);
                out.faults.push((place, why));
                break;
            }
            lineage.push(found);
        }
        lineage
    }

    fn parent_of(&self, child: &Pom, parent: &Parent, place: &Location, out: &mut Effective) -> Option<Arc<Pom>> {
        if let Some(found) = self.parent_by_path(child, parent) {
            return Some(found);
        }
        let own: HashMap<String, String> = child.body.properties.iter().chain(self.context.user).cloned().collect();
        let version = Properties::new(own).expand(&parent.version);
        let coordinates = Coordinates::new(&parent.group, &parent.artifact, &version);
        self.lookup(&coordinates, "parent", place, out)
    }

    fn parent_by_path(&self, child: &Pom, parent: &Parent) -> Option<Arc<Pom>> {
        let relative = parent.relative_path.as_deref().unwrap_or("../pom.xml");
        if !child.in_tree || relative.is_empty() {
            return None;
        }
        let path = join(folder(&child.file), relative)?;
        let below = if path.is_empty() { "pom.xml".to_owned() } else { format!("{path}/pom.xml") };
        let found = (self.context.by_path)(&path).or_else(|| (self.context.by_path)(&below))?;
        let raw = found.raw_coordinates();
        let same = |a: &str, b: &str| a == b || a.contains("${") || b.contains("${");
        let fits = same(&raw.group, &parent.group) && raw.artifact == parent.artifact;
        (fits && same(&raw.version, &parent.version)).then_some(found)
    }

    fn lookup(
        &self,
        coordinates: &Coordinates,
        role: &'static str,
        place: &Location,
        out: &mut Effective,
    ) -> Option<Arc<Pom>> {
        match (self.context.by_coordinates)(coordinates) {
            Lookup::Found(pom) => return Some(pom),
            Lookup::Unasked => out.needs.push(coordinates.clone()),
            Lookup::Missing(why) => {
                let missing = Missing { coordinates: coordinates.clone(), why, role, location: place.clone() };
                out.missing.extend((!out.missing.contains(&missing)).then_some(missing));
            }
        }
        None
    }

    /// What a POM says with its active profiles, whose word counts more.
    fn body(&self, pom: &Pom) -> Body {
        let mut body = pom.body.clone();
        for profile in profile::active(pom, &self.context) {
            body.properties.extend(profile.body.properties.iter().cloned());
            body.modules.extend(profile.body.modules.iter().cloned());
            overlay(&mut body.dependencies, &profile.body.dependencies);
            overlay(&mut body.managed, &profile.body.managed);
        }
        body
    }

    /// Replaces imports by what the BOMs manage; what is declared counts more, then the first import.
    fn import(
        &self,
        declared: Vec<Dependency>,
        out: &mut Effective,
        importing: &mut Vec<Coordinates>,
    ) -> Vec<Dependency> {
        let (imports, mut managed): (Vec<_>, Vec<_>) = declared.into_iter().partition(Dependency::is_import);
        let mut keys: HashSet<[String; 4]> = managed.iter().map(owned_key).collect();
        for import in imports {
            let version = import.version.clone().unwrap_or_default();
            let coordinates = Coordinates::new(&import.group, &import.artifact, &version);
            let Some(bom) = self.bom(&coordinates, &import.location, out, importing) else { continue };
            managed.extend(bom.managed.iter().filter(|entry| keys.insert(owned_key(entry))).cloned());
        }
        managed
    }

    fn bom(
        &self,
        coordinates: &Coordinates,
        place: &Location,
        out: &mut Effective,
        importing: &mut Vec<Coordinates>,
    ) -> Option<Arc<Effective>> {
        if importing.contains(coordinates) || importing.len() >= MAX_DEPTH {
            out.faults.push((place.clone(), format!("the BOM {coordinates} imports itself; correct it")));
            return None;
        }
        let known = self.boms.borrow().get(coordinates).cloned();
        let bom = if let Some(known) = known {
            known
        } else {
            let pom = self.lookup(coordinates, "BOM", place, out)?;
            importing.push(coordinates.clone());
            let built = Arc::new(self.build(&pom, importing));
            importing.pop();
            if built.needs.is_empty() && built.faults.is_empty() {
                self.boms.borrow_mut().insert(coordinates.clone(), Arc::clone(&built));
            }
            built
        };
        out.needs.extend(bom.needs.iter().cloned());
        out.faults.extend(bom.faults.iter().cloned());
        let missing = bom.missing.iter().filter(|m| !out.missing.contains(m)).cloned().collect::<Vec<_>>();
        out.missing.extend(missing.into_iter().map(|m| Missing { location: place.clone(), ..m }));
        Some(bom)
    }
}

fn owned_key(dependency: &Dependency) -> [String; 4] {
    let (group, artifact, kind, classifier) = dependency.key();
    [group, artifact, kind, classifier].map(str::to_owned)
}

/// Entries of `over` replace those of the same key; others come after them.
fn overlay(under: &mut Vec<Dependency>, over: &[Dependency]) {
    for dependency in over {
        match under.iter().position(|known| known.key() == dependency.key()) {
            Some(place) => under[place] = dependency.clone(),
            None => under.push(dependency.clone()),
        }
    }
}

/// Properties as the POM sees them: the user's, its own before its parents', and those of the project.
fn properties(pom: &Pom, bodies: &[Body], user: &[(String, String)]) -> Properties {
    let mut raw: HashMap<String, String> = HashMap::new();
    for body in bodies.iter().rev() {
        raw.extend(body.properties.iter().cloned());
    }
    raw.extend(user.iter().cloned());
    let coordinates = pom.raw_coordinates();
    let packaging = pom.packaging.clone().unwrap_or_else(|| "jar".to_owned());
    let mut project = vec![
        ("groupId", coordinates.group),
        ("artifactId", coordinates.artifact),
        ("version", coordinates.version),
        ("packaging", packaging),
    ];
    if let Some(parent) = &pom.parent {
        project.push(("parent.groupId", parent.group.clone()));
        project.push(("parent.artifactId", parent.artifact.clone()));
        project.push(("parent.version", parent.version.clone()));
    }
    for (name, value) in project {
        raw.entry(name.to_owned()).or_insert_with(|| value.clone());
        raw.insert(format!("pom.{name}"), value.clone());
        raw.insert(format!("project.{name}"), value);
    }
    Properties::new(raw)
}

/// Dependencies of a POM and its parents, interpolated; the nearest of one key counts.
fn merge<'b>(lists: impl Iterator<Item = &'b [Dependency]>, properties: &Properties) -> Vec<Dependency> {
    let mut keys: HashSet<[String; 4]> = HashSet::new();
    let mut out = Vec::new();
    for dependency in lists.flatten() {
        let dependency = expand(dependency, properties);
        if keys.insert(owned_key(&dependency)) {
            out.push(dependency);
        }
    }
    out
}

fn expand(raw: &Dependency, properties: &Properties) -> Dependency {
    let text = |text: &str| properties.expand(text).trim().to_owned();
    let maybe = |value: &Option<String>| value.as_deref().map(text).filter(|value| !value.is_empty());
    Dependency {
        group: text(&raw.group),
        artifact: text(&raw.artifact),
        version: maybe(&raw.version),
        kind: maybe(&raw.kind),
        classifier: maybe(&raw.classifier),
        scope: maybe(&raw.scope),
        optional: maybe(&raw.optional),
        exclusions: raw.exclusions.iter().map(|(group, artifact)| (text(group), text(artifact))).collect(),
        location: raw.location.clone(),
        managed_at: raw.managed_at.clone(),
        inherited_at: raw.inherited_at.clone(),
    }
}

/// Notes at inherited dependencies where the POM names its parent.
fn mark_inherited(pom: &Pom, dependencies: &mut [Dependency]) {
    let Some(parent) = pom.parent.as_ref().filter(|_| pom.in_tree) else { return };
    for dependency in dependencies.iter_mut().filter(|d| *d.location.file != *pom.file) {
        dependency.inherited_at = Some(Location { file: pom.file.to_string(), line: parent.line });
    }
}

/// Fills in from management what dependencies leave open.
fn inject(dependencies: &mut [Dependency], managed: &[Dependency]) {
    let index: HashMap<_, &Dependency> = managed.iter().rev().map(|entry| (entry.key(), entry)).collect();
    for dependency in dependencies {
        let Some(entry) = index.get(&dependency.key()).copied() else { continue };
        if dependency.version.is_none() {
            dependency.version.clone_from(&entry.version);
            dependency.managed_at = Some(entry.location.clone()).filter(|place| !place.file.is_empty());
        }
        if dependency.scope.is_none() {
            dependency.scope.clone_from(&entry.scope);
        }
        if dependency.optional.is_none() {
            dependency.optional.clone_from(&entry.optional);
        }
        if dependency.exclusions.is_empty() {
            dependency.exclusions.clone_from(&entry.exclusions);
        }
    }
}

fn relocation(pom: &Pom, own: &Coordinates, properties: &Properties) -> Option<Coordinates> {
    let moved = pom.relocation.as_ref()?;
    let part =
        |new: &Option<String>, old: &str| new.as_deref().map_or_else(|| old.to_owned(), |t| properties.expand(t));
    let coordinates = Coordinates {
        group: part(&moved.group, &own.group),
        artifact: part(&moved.artifact, &own.artifact),
        version: part(&moved.version, &own.version),
    };
    (coordinates != *own).then_some(coordinates)
}

/// A distribution's own statement; a parent's does not count.
fn original_version(pom: &Pom) -> Option<String> {
    let stated = pom.body.properties.iter().find(|(name, _)| name == "debian.originalVersion");
    stated.map(|(_, version)| version.clone()).filter(|version| !version.is_empty() && !version.contains("${"))
}
