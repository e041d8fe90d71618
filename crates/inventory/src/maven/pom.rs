//! One `pom.xml` as written: nothing inherited, nothing interpolated.

use std::sync::Arc;

use faultline_package::{Coordinates, Location};
use roxmltree::Node;

use super::xml::{self, Fault, Xml, child, children, content, listed, text};
use crate::Incomplete;

/// A POM as its file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pom {
    /// Where it was read: path in the repository, or a name for a person when it is from elsewhere.
    pub file: Arc<str>,
    /// True when `file` is a path of the tree that is read, so that relative paths lead somewhere.
    pub in_tree: bool,
    /// `groupId`.
    pub group: Option<String>,
    /// `artifactId`.
    pub artifact: Option<String>,
    /// `version`.
    pub version: Option<String>,
    /// `packaging`; `None` means `jar`.
    pub packaging: Option<String>,
    /// `parent`.
    pub parent: Option<Parent>,
    /// What profiles may add to.
    pub body: Body,
    /// `profiles`.
    pub profiles: Vec<Profile>,
    /// `distributionManagement/relocation`.
    pub relocation: Option<Relocation>,
}

/// What a POM and its profiles both may say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// `properties` in their order.
    pub properties: Vec<(String, String)>,
    /// `dependencies`.
    pub dependencies: Vec<Dependency>,
    /// `dependencyManagement/dependencies`.
    pub managed: Vec<Dependency>,
    /// `modules`.
    pub modules: Vec<String>,
}

/// A `parent` element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parent {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// `version`.
    pub version: String,
    /// `relativePath`; `None` means `../pom.xml`, empty means none.
    pub relative_path: Option<String>,
    /// Its line.
    pub line: u32,
}

/// A `dependency` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// `groupId`.
    pub group: String,
    /// `artifactId`.
    pub artifact: String,
    /// `version`.
    pub version: Option<String>,
    /// `type`.
    pub kind: Option<String>,
    /// `classifier`.
    pub classifier: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `optional`.
    pub optional: Option<String>,
    /// `exclusions` as group and artifact.
    pub exclusions: Vec<(String, String)>,
    /// File and line of the element; no file when the POM is not of this tree.
    pub location: Location,
    /// Further places that decide about it: where its version is managed.
    pub managed_at: Option<Location>,
    /// Where the project names the parent that it is inherited from.
    pub inherited_at: Option<Location>,
}

/// A `profile` element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `id`.
    pub id: String,
    /// When it is active.
    pub activation: Activation,
    /// What it adds.
    pub body: Body,
}

/// An `activation` element. All conditions that are there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activation {
    /// `activeByDefault`.
    pub by_default: bool,
    /// `jdk`.
    pub jdk: Option<String>,
    /// `os`: name, family, architecture, version.
    pub os: Option<[Option<String>; 4]>,
    /// `property`: name and value.
    pub property: Option<(String, Option<String>)>,
    /// `file`: `exists` and `missing`.
    pub file: Option<(Option<String>, Option<String>)>,
}

/// A `relocation` element; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relocation {
    /// `groupId`.
    pub group: Option<String>,
    /// `artifactId`.
    pub artifact: Option<String>,
    /// `version`.
    pub version: Option<String>,
}

impl Pom {
    /// Group, artifact and version as written, the parent's where the POM has none of its own.
    pub fn raw_coordinates(&self) -> Coordinates {
        let parent = self.parent.as_ref();
        let group = self.group.as_ref().or(parent.map(|p| &p.group));
        let version = self.version.as_ref().or(parent.map(|p| &p.version));
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Coordinates { group: text(group), artifact: text(self.artifact.as_ref()), version: text(version) }
    }
}

impl Dependency {
    /// What management and duplicates are compared by: group, artifact, type and classifier.
    pub fn key(&self) -> (&str, &str, &str, &str) {
        let kind = self.kind.as_deref().unwrap_or("jar");
        (&self.group, &self.artifact, kind, self.classifier.as_deref().unwrap_or(""))
    }

    /// True for a BOM in `dependencyManagement`.
    pub fn is_import(&self) -> bool {
        self.scope.as_deref() == Some("import") && self.kind.as_deref() == Some("pom")
    }
}

/// Reads a POM. `file` is its path in the tree or, with `in_tree` false, a name for a person.
pub fn parse(file: &str, in_tree: bool, bytes: &[u8]) -> Result<Pom, Incomplete> {
    let incomplete = |(line, why): Fault| Incomplete { file: file.to_owned(), line, why };
    let text = xml::decode(bytes).map_err(incomplete)?;
    xml::with_document(&text, |xml| Reader { xml, file: Arc::from(file), in_tree }.pom()).map_err(incomplete)
}

struct Reader<'x, 'a, 'i> {
    xml: &'x Xml<'a, 'i>,
    file: Arc<str>,
    in_tree: bool,
}

impl<'a, 'i> Reader<'_, 'a, 'i> {
    fn pom(&self) -> Result<Pom, Fault> {
        let root = self.xml.root();
        let name = root.tag_name().name();
        if name != "project" {
            return Err((
                self.xml.line(root),
                format!("is not a POM: its outermost element is `{name}`, not `project`"),
            ));
        }
        let relocation = child(root, "distributionManagement").and_then(|node| child(node, "relocation"));
        Ok(Pom {
            file: Arc::clone(&self.file),
            in_tree: self.in_tree,
            group: text(root, "groupId"),
            artifact: text(root, "artifactId"),
            version: text(root, "version"),
            packaging: text(root, "packaging"),
            parent: child(root, "parent").map(|node| self.parent(node)),
            body: self.body(root),
            profiles: listed(root, "profiles", "profile").into_iter().map(|node| self.profile(node)).collect(),
            relocation: relocation.map(|node| Relocation {
                group: text(node, "groupId"),
                artifact: text(node, "artifactId"),
                version: text(node, "version"),
            }),
        })
    }

    fn parent(&self, node: Node) -> Parent {
        Parent {
            group: text(node, "groupId").unwrap_or_default(),
            artifact: text(node, "artifactId").unwrap_or_default(),
            version: text(node, "version").unwrap_or_default(),
            relative_path: child(node, "relativePath").map(content),
            line: self.xml.line(node),
        }
    }

    fn body(&self, node: Node<'a, 'i>) -> Body {
        let dependencies = |node| listed(node, "dependencies", "dependency");
        let managed = child(node, "dependencyManagement").map(dependencies).unwrap_or_default();
        let properties = child(node, "properties").into_iter().flat_map(children);
        let modules = [("modules", "module"), ("subprojects", "subproject")];
        Body {
            properties: properties.map(|p| (p.tag_name().name().to_owned(), content(p))).collect(),
            dependencies: self.dependencies(dependencies(node)),
            managed: self.dependencies(managed),
            modules: modules.iter().flat_map(|(list, item)| listed(node, list, item)).map(content).collect(),
        }
    }

    /// The last of several with one key counts, at the place of the first, as Maven does it.
    fn dependencies(&self, nodes: Vec<Node>) -> Vec<Dependency> {
        let mut out: Vec<Dependency> = Vec::new();
        let mut places: std::collections::HashMap<[String; 4], usize> = std::collections::HashMap::new();
        for node in nodes {
            let dependency = self.dependency(node);
            let (group, artifact, kind, classifier) = dependency.key();
            let key = [group, artifact, kind, classifier].map(str::to_owned);
            if let Some(place) = places.get(&key) {
                out[*place] = dependency;
            } else {
                places.insert(key, out.len());
                out.push(dependency);
            }
        }
        out
    }

    fn dependency(&self, node: Node) -> Dependency {
        let exclusion = |node: Node| {
            let part = |name| text(node, name).unwrap_or_else(|| "*".to_owned());
            (part("groupId"), part("artifactId"))
        };
        let file = if self.in_tree { self.file.to_string() } else { String::new() };
        Dependency {
            group: text(node, "groupId").unwrap_or_default(),
            artifact: text(node, "artifactId").unwrap_or_default(),
            version: text(node, "version"),
            kind: text(node, "type"),
            classifier: text(node, "classifier"),
            scope: text(node, "scope"),
            optional: text(node, "optional"),
            exclusions: listed(node, "exclusions", "exclusion").into_iter().map(exclusion).collect(),
            location: Location { file, line: self.xml.line(node) },
            managed_at: None,
            inherited_at: None,
        }
    }

    fn profile(&self, node: Node<'a, 'i>) -> Profile {
        Profile {
            id: text(node, "id").unwrap_or_else(|| "default".to_owned()),
            activation: child(node, "activation").map(activation).unwrap_or_default(),
            body: self.body(node),
        }
    }
}

fn activation(node: Node) -> Activation {
    Activation {
        by_default: text(node, "activeByDefault").as_deref() == Some("true"),
        jdk: text(node, "jdk"),
        os: child(node, "os").map(|os| ["name", "family", "arch", "version"].map(|name| text(os, name))),
        property: child(node, "property").and_then(|p| Some((text(p, "name")?, text(p, "value")))),
        file: child(node, "file").map(|file| (text(file, "exists"), text(file, "missing"))),
    }
}
