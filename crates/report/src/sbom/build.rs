//! From projects to a bill of materials: one component per package version, edges joined over copies and projects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use faultline_inventory::Incomplete;
use faultline_inventory::metadata::{PackageMetadata, Party};
use faultline_package::{EdgeFrom, Integrity, NodeId, Origin, PackageNode, Project, Purl, Scope};

use super::{Bom, Completeness, Component, Kind, Licence};

/// What the document is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Name of the repository or folder.
    pub name: String,
    /// `host/path` of the repository's remote.
    pub remote: Option<String>,
    /// Commit.
    pub revision: Option<String>,
}

/// Everything that a document is made from.
#[derive(Debug, Default)]
pub struct Material<'a> {
    /// What it is about.
    pub subject: Subject,
    /// What the subject says about itself, where it is more than one project.
    pub subject_metadata: PackageMetadata,
    /// Hashes of the artifact that is built from the subject.
    pub subject_hashes: Vec<Integrity>,
    /// Projects; exactly one makes that project the subject itself.
    pub projects: Vec<&'a Project>,
    /// What projects say about themselves, by their position.
    pub own_metadata: Vec<PackageMetadata>,
    /// Hashes of the file that stands for each project, by their position: its manifest, or an artifact.
    pub own_hashes: Vec<Vec<Integrity>>,
    /// What packages say about themselves, by package URL.
    pub metadata: BTreeMap<String, PackageMetadata>,
    /// Files that could not be read.
    pub incomplete: &'a [Incomplete],
    /// When it is made, RFC 3339.
    pub created: String,
    /// Who answers for it.
    pub author: Option<Party>,
    /// Version of this program.
    pub tool_version: String,
}

/// Makes the bill of materials.
pub fn build(material: &Material) -> Bom {
    let mut builder = Builder { material, components: Vec::new(), known: BTreeMap::new() };
    builder.components.push(subject(material));
    let roots = builder.projects();
    for (project, root) in material.projects.iter().zip(&roots) {
        builder.packages(project, *root, &roots);
    }
    let unknowns = material.incomplete.iter().map(|item| format!("{}: {}", place(&item.file, item.line), item.why));
    let mut bom = Bom {
        components: builder.components,
        created: material.created.clone(),
        author: material.author.clone(),
        tool_version: material.tool_version.clone(),
        unknowns: unknowns.collect(),
    };
    order(&mut bom);
    bom
}

struct Builder<'a> {
    material: &'a Material<'a>,
    components: Vec<Component>,
    known: BTreeMap<String, usize>,
}

impl Builder<'_> {
    /// One component per project, or the subject for the only one.
    fn projects(&mut self) -> Vec<usize> {
        let material = self.material;
        if material.projects.len() == 1 {
            return vec![0];
        }
        let mut roots = Vec::new();
        for (index, project) in material.projects.iter().enumerate() {
            let metadata = material.own_metadata.get(index).cloned().unwrap_or_default();
            let mut component = application(project, &metadata, format!("project:{}", shown(&project.path)));
            component.hashes = material.own_hashes.get(index).cloned().unwrap_or_default();
            self.components.push(component);
            roots.push(self.components.len() - 1);
        }
        // Two projects of one folder differ by their ecosystem.
        for (root, project) in roots.iter().zip(&material.projects) {
            let reference = format!("{}#{}", self.components[*root].reference, project.ecosystem.purl_type());
            self.components[*root].reference = reference;
        }
        self.components[0].depends_on.clone_from(&roots);
        roots
    }

    fn packages(&mut self, project: &Project, root: usize, roots: &[usize]) {
        let place = |builder: &mut Self, node: &PackageNode| {
            (!is_build_tool(node)).then(|| builder.package(project, node, roots))
        };
        let places: Vec<Option<usize>> = project.graph.packages.iter().map(|node| place(self, node)).collect();
        let tools = project.graph.packages.iter().filter(|node| is_build_tool(node));
        let tools = tools.map(|node| format!("build_tool: {} in whatever version the builder takes", node.purl));
        self.components[root].gaps.extend(tools);
        for edge in &project.graph.edges {
            let from = match edge.from {
                EdgeFrom::Root => Some(root),
                EdgeFrom::Node(NodeId(id)) => places[id as usize],
            };
            let (Some(from), Some(to)) = (from, places[edge.to.0 as usize]) else { continue };
            let list = &mut self.components[from].depends_on;
            if from != to && !list.contains(&to) {
                list.push(to);
            }
        }
    }

    /// Position of a package's component: that of its project where it is one of the subject's own folders.
    fn package(&mut self, project: &Project, node: &PackageNode, roots: &[usize]) -> usize {
        if let Some(own) = self.own_project(node, roots) {
            return own;
        }
        let reference = reference_of(node);
        let position = if let Some(position) = self.known.get(&reference) {
            *position
        } else {
            let metadata = self.material.metadata.get(&node.purl.to_string()).cloned().unwrap_or_default();
            self.components.push(library(node, reference.clone(), &metadata));
            self.known.insert(reference, self.components.len() - 1);
            self.components.len() - 1
        };
        self.merge(position, project, node);
        position
    }

    fn own_project(&self, node: &PackageNode, roots: &[usize]) -> Option<usize> {
        let path = node.path.as_ref().filter(|_| matches!(node.origin, Origin::Path | Origin::Link))?;
        let projects = self.material.projects.iter().zip(roots);
        let mut same = projects.filter(|(p, _)| p.path == *path && p.ecosystem == node.purl.ecosystem());
        same.next().map(|(_, root)| *root)
    }

    fn merge(&mut self, position: usize, project: &Project, node: &PackageNode) {
        let component = &mut self.components[position];
        component.scope = Some(component.scope.map_or(node.scope, |scope| scope.min(node.scope)));
        extend(&mut component.hashes, &node.integrity);
        extend(&mut component.occurrences, &node.locations);
        if node.id != node.purl.to_string() {
            extend(&mut component.copies, std::slice::from_ref(&node.id));
        }
        extend(&mut component.markers, node.marker.as_slice());
        let known = if !project.complete {
            Completeness::Incomplete
        } else if node.purl.version().is_none() || node.origin != Origin::Registry {
            Completeness::Unknown
        } else {
            Completeness::Complete
        };
        component.completeness = component.completeness.max(known);
    }
}

/// What a manifest asks of the builder without a version is no part of what is built.
fn is_build_tool(node: &PackageNode) -> bool {
    node.scope == Scope::Build && node.purl.version().is_none()
}

fn extend<T: Clone + Ord>(list: &mut Vec<T>, more: &[T]) {
    list.extend_from_slice(more);
    list.sort();
    list.dedup();
}

fn reference_of(node: &PackageNode) -> String {
    let purl = node.purl.to_string();
    match node.origin {
        Origin::Registry if node.purl.version().is_some() => purl,
        // Without a version, or from elsewhere, the package URL does not tell two of them apart.
        _ => format!("{purl}#{}", node.path.as_ref().or(node.resolved.as_ref()).unwrap_or(&node.id)),
    }
}

fn subject(material: &Material) -> Component {
    let Subject { name, remote, revision } = &material.subject;
    if let [project] = material.projects.as_slice() {
        let metadata = material.own_metadata.first().cloned().unwrap_or_default();
        let mut component = application(project, &metadata, "subject".to_owned());
        if project.name.is_none() {
            component.name.clone_from(name);
        }
        component.version = component.version.or_else(|| revision.clone());
        component.purl = component.purl.or_else(|| Some(generic_purl(&component.name, component.version.as_deref())));
        component.revision.clone_from(revision);
        component.hashes = match material.subject_hashes.as_slice() {
            [] => material.own_hashes.first().cloned().unwrap_or_default(),
            artifact => artifact.to_vec(),
        };
        component.repository = component.repository.or_else(|| remote.as_ref().map(|r| format!("https://{r}")));
        return component;
    }
    Component {
        version: revision.clone(),
        purl: Some(generic_purl(name, revision.as_deref())),
        repository: remote.as_ref().map(|r| format!("https://{r}")),
        revision: revision.clone(),
        hashes: material.subject_hashes.clone(),
        ..described(empty(Kind::Application, "subject".to_owned(), name.clone()), &material.subject_metadata)
    }
}

/// Package URL of something that no registry has.
fn generic_purl(name: &str, version: Option<&str>) -> String {
    let clean = |text: &str| {
        text.bytes().fold(String::new(), |mut out, b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'~') {
                out.push(char::from(b));
            } else {
                let _ = write!(out, "%{b:02X}");
            }
            out
        })
    };
    version.map_or_else(
        || format!("pkg:generic/{}", clean(name)),
        |version| format!("pkg:generic/{}@{}", clean(name), clean(version)),
    )
}

fn application(project: &Project, metadata: &PackageMetadata, reference: String) -> Component {
    let purl = project.name.as_ref().map(|name| Purl::new(project.ecosystem, name, project.version.as_deref()));
    let name = purl.as_ref().map_or_else(|| shown(&project.path).to_owned(), |p| p.name().to_owned());
    let gaps: Vec<String> = if project.complete {
        Vec::new()
    } else {
        project.reasons.iter().map(|r| format!("{}: {}", r.code, r.detail)).collect()
    };
    let manifest = |file: &String| faultline_package::Location { file: file.clone(), line: 0 };
    Component {
        group: purl.as_ref().and_then(|p| p.namespace().map(str::to_owned)),
        version: project.version.clone(),
        purl: purl.as_ref().map(ToString::to_string),
        ecosystem: Some(project.ecosystem.purl_type()),
        occurrences: project.files.iter().map(manifest).collect(),
        completeness: if project.complete { Completeness::Complete } else { Completeness::Incomplete },
        gaps,
        ..described(empty(Kind::Application, reference, name), metadata)
    }
}

fn library(node: &PackageNode, reference: String, metadata: &PackageMetadata) -> Component {
    Component {
        group: node.purl.namespace().map(str::to_owned),
        version: node.purl.version().map(str::to_owned),
        purl: Some(node.purl.to_string()),
        ecosystem: Some(node.purl.ecosystem().purl_type()),
        scope: Some(node.scope),
        origin: Some(node.origin),
        distribution: node.resolved.as_deref().and_then(web_address),
        ..described(empty(Kind::Library, reference, node.purl.name().to_owned()), metadata)
    }
}

fn described(component: Component, metadata: &PackageMetadata) -> Component {
    Component {
        licence: metadata.licence.as_deref().and_then(Licence::read),
        supplier: supplier(&component.name, metadata),
        description: metadata.description.clone(),
        homepage: metadata.homepage.clone(),
        repository: metadata.repository.clone(),
        copyright: metadata.copyright.clone(),
        ..component
    }
}

/// The author; where none is stated, those who keep the page or repository that the package names.
fn supplier(name: &str, metadata: &PackageMetadata) -> Option<Party> {
    let page = metadata.homepage.clone().or_else(|| metadata.repository.clone());
    match &metadata.author {
        Some(author) if author.email.is_none() => {
            Some(Party { url: author.url.clone().or(page), name: author.name.clone(), email: None })
        }
        Some(author) => Some(author.clone()),
        None => page.map(|url| Party { name: Some(format!("maintainers of {name}")), email: None, url: Some(url) }),
    }
}

fn empty(kind: Kind, reference: String, name: String) -> Component {
    Component {
        reference,
        kind,
        group: None,
        name,
        version: None,
        purl: None,
        ecosystem: None,
        scope: None,
        origin: None,
        hashes: Vec::new(),
        licence: None,
        supplier: None,
        description: None,
        homepage: None,
        repository: None,
        copyright: None,
        revision: None,
        distribution: None,
        occurrences: Vec::new(),
        copies: Vec::new(),
        markers: Vec::new(),
        depends_on: Vec::new(),
        completeness: Completeness::Complete,
        gaps: Vec::new(),
    }
}

/// An address that may stand in a document: no credentials, nothing that is no address.
fn web_address(text: &str) -> Option<String> {
    let text = text.split('#').next().unwrap_or(text);
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let clean = !host.is_empty()
        && !host.contains('@')
        && !rest.contains([' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}', '?']);
    clean.then(|| text.to_owned())
}

/// Packages by reference, behind subject and projects; edges follow.
fn order(bom: &mut Bom) {
    let mut order: Vec<usize> = (0..bom.components.len()).collect();
    let key = |i: usize| (i != 0, bom.components[i].kind, bom.components[i].reference.as_str());
    order.sort_by(|a, b| key(*a).cmp(&key(*b)));
    let mut renamed = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        renamed[*old] = new;
    }
    let mut old: Vec<Option<Component>> = bom.components.drain(..).map(Some).collect();
    bom.components = order.iter().filter_map(|i| old[*i].take()).collect();
    for component in &mut bom.components {
        component.depends_on = component.depends_on.iter().map(|i| renamed[*i]).collect();
        component.depends_on.sort_unstable();
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}

fn place(file: &str, line: u32) -> String {
    if line == 0 { file.to_owned() } else { format!("{file}:{line}") }
}
