//! What type names of a file mean, as far as the file itself says: declared classes, imports, type variables.

use faultline_facts::jvm;
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

/// Classes of `java.lang` that code names most; others are found by the linker.
const LANGUAGE: &[&str] = &[
    "Object",
    "String",
    "Integer",
    "Long",
    "Boolean",
    "Double",
    "Float",
    "Short",
    "Byte",
    "Character",
    "Number",
    "Math",
    "System",
    "Thread",
    "Runnable",
    "Class",
    "ClassLoader",
    "Exception",
    "RuntimeException",
    "Throwable",
    "Error",
    "Iterable",
    "Comparable",
    "CharSequence",
    "StringBuilder",
    "StringBuffer",
    "Enum",
    "Record",
    "Override",
    "Void",
    "AutoCloseable",
    "Cloneable",
    "Process",
    "ProcessBuilder",
    "Runtime",
    "ThreadLocal",
    "Deprecated",
    "FunctionalInterface",
    "SuppressWarnings",
    "SafeVarargs",
    "InterruptedException",
    "IllegalArgumentException",
    "IllegalStateException",
    "NullPointerException",
    "UnsupportedOperationException",
    "ClassNotFoundException",
    "NumberFormatException",
    "IndexOutOfBoundsException",
    "StackTraceElement",
    "Package",
    "Module",
    "ThreadGroup",
];

/// The text of a node.
pub(super) fn text<'s>(source: &'s str, node: Node<'_>) -> &'s str {
    source.get(node.byte_range()).unwrap_or_default()
}

/// Named children.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// The first child of a kind.
pub(super) fn child<'t>(node: Node<'t>, kind: &str) -> Option<Node<'t>> {
    children(node).into_iter().find(|child| child.kind() == kind)
}

/// An import of the file.
#[derive(Debug, Clone)]
pub(super) struct Imported {
    pub(super) name: String,
    pub(super) star: bool,
    pub(super) is_static: bool,
}

/// The names that a file declares and imports.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) package: String,
    pub(super) imports: Vec<Imported>,
    single: FxHashMap<String, String>,
    stars: Vec<String>,
    /// Binary names of member classes and classes of the file.
    declared: FxHashSet<String>,
    /// Type variables in scope with their bounds.
    variables: Vec<FxHashMap<String, String>>,
    /// Classes around, outermost first, and local classes by name.
    pub(super) around: Vec<String>,
    pub(super) local: Vec<FxHashMap<String, String>>,
}

impl Names {
    pub(super) fn read(source: &str, root: Node<'_>) -> Names {
        let mut names = Names::default();
        for node in children(root) {
            match node.kind() {
                "package_declaration" => {
                    let name = children(node).into_iter().rfind(|n| n.kind().ends_with("identifier"));
                    names.package = name.map(|name| plain(text(source, name))).unwrap_or_default();
                }
                "import_declaration" => names.import(source, node),
                _ => {}
            }
        }
        for node in children(root) {
            names.declare(source, node, None);
        }
        names
    }

    fn import(&mut self, source: &str, node: Node<'_>) {
        let Some(name) = children(node).into_iter().find(|n| n.kind().ends_with("identifier")) else { return };
        let name = plain(text(source, name));
        let star = child(node, "asterisk").is_some();
        let mut cursor = node.walk();
        let is_static = node.children(&mut cursor).any(|n| n.kind() == "static");
        if !is_static && star {
            self.stars.push(name.clone());
        } else if !is_static {
            let simple = name.rsplit('.').next().unwrap_or_default().to_owned();
            self.single.insert(simple, name.clone());
        }
        self.imports.push(Imported { name, star, is_static });
    }

    /// Notes a class and its member classes.
    fn declare(&mut self, source: &str, node: Node<'_>, outer: Option<&str>) {
        if !node.kind().ends_with("_declaration") {
            return;
        }
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body")) else {
            return;
        };
        if !is_class(node.kind()) {
            return;
        }
        let binary = self.binary(outer, text(source, name));
        let mut inside = children(body);
        inside.extend(children(body).into_iter().filter(|n| n.kind() == "enum_body_declarations").flat_map(children));
        for member in inside {
            self.declare(source, member, Some(&binary));
        }
        self.declared.insert(binary);
    }

    /// The binary name of a class inside another or of the file.
    pub(super) fn binary(&self, outer: Option<&str>, simple: &str) -> String {
        match outer {
            Some(outer) => format!("{outer}${simple}"),
            None if self.package.is_empty() => simple.to_owned(),
            None => format!("{}.{simple}", self.package),
        }
    }

    /// Member classes of the file with a simple name.
    pub(super) fn members(&self, simple: &str) -> Vec<String> {
        let end = format!("${simple}");
        let mut found: Vec<String> = self.declared.iter().filter(|name| name.ends_with(&end)).cloned().collect();
        found.sort_unstable();
        found
    }

    pub(super) fn push_variables(&mut self, source: &str, declaration: Node<'_>) {
        let mut scope = FxHashMap::default();
        if let Some(list) = declaration.child_by_field_name("type_parameters") {
            for parameter in children(list) {
                let Some(name) = child(parameter, "type_identifier").or_else(|| child(parameter, "identifier")) else {
                    continue;
                };
                let bound = child(parameter, "type_bound").and_then(|bound| children(bound).into_iter().next());
                let bound = bound.map_or_else(|| "java.lang.Object".to_owned(), |bound| self.erased(source, bound));
                scope.insert(text(source, name).to_owned(), jvm::plain(&bound).to_owned());
            }
        }
        self.variables.push(scope);
    }

    pub(super) fn pop_variables(&mut self) {
        self.variables.pop();
    }

    /// The erased text of a type.
    pub(super) fn erased(&self, source: &str, node: Node<'_>) -> String {
        match node.kind() {
            "type_identifier" | "identifier" => self.class_name(text(source, node)),
            "scoped_type_identifier" | "scoped_identifier" => self.qualified(&plain(text(source, node))),
            "generic_type" | "annotated_type" | "catch_type" | "type_bound" => {
                let inner = children(node).into_iter().find(|n| !n.kind().ends_with("annotation"));
                inner.map_or_else(String::new, |inner| self.erased(source, inner))
            }
            "array_type" => {
                let element = node.child_by_field_name("element").map(|e| self.erased(source, e)).unwrap_or_default();
                let dimensions = node.child_by_field_name("dimensions").map_or(1, |d| count(text(source, d)));
                let (plain, variable) = (jvm::plain(&element).to_owned(), jvm::is_variable(&element));
                let array = plain + &"[]".repeat(dimensions);
                if variable { jvm::variable(&array) } else { array }
            }
            _ => plain(text(source, node)),
        }
    }

    /// A name with dots: its first part may be a class that is imported or declared here.
    pub(super) fn qualified(&self, name: &str) -> String {
        let Some((first, rest)) = name.split_once('.') else { return self.class_name(name) };
        if !first.starts_with(|c: char| c.is_uppercase()) {
            return name.to_owned();
        }
        let all = self.class_name(first);
        let all = jvm::plain(&all);
        let all: Vec<String> = all.split('|').map(|first| format!("{first}.{rest}")).collect();
        jvm::join_alternatives(&all)
    }

    /// What a simple type name may mean, first choice first.
    pub(super) fn class_name(&self, simple: &str) -> String {
        if let Some(bound) = self.variables.iter().rev().find_map(|scope| scope.get(simple)) {
            return jvm::variable(bound);
        }
        if let Some(local) = self.local.iter().rev().find_map(|scope| scope.get(simple)) {
            return local.clone();
        }
        for around in self.around.iter().rev() {
            let member = format!("{around}${simple}");
            if self.declared.contains(&member) {
                return member;
            }
            if around.rsplit(['.', '$']).next() == Some(simple) {
                return around.clone();
            }
        }
        let own = self.binary(None, simple);
        if self.declared.contains(&own) {
            return own;
        }
        if let Some(imported) = self.single.get(simple) {
            return imported.clone();
        }
        if LANGUAGE.contains(&simple) && self.stars.is_empty() {
            return jvm::join_alternatives(&[own, format!("java.lang.{simple}")]);
        }
        let mut all = vec![own];
        all.extend(self.stars.iter().map(|star| format!("{star}.{simple}")));
        all.push(format!("java.lang.{simple}"));
        jvm::join_alternatives(&all)
    }

    /// Classes from which a static import may take a member of a name.
    pub(super) fn static_owners(&self, member: &str) -> Vec<String> {
        let named =
            |import: &&Imported| import.is_static && (import.star || import.name.rsplit('.').next() == Some(member));
        let owner = |import: &Imported| {
            if import.star { Some(import.name.clone()) } else { Some(import.name.rsplit_once('.')?.0.to_owned()) }
        };
        self.imports.iter().filter(named).filter_map(owner).collect()
    }

    /// The class that a single static import takes a member of this name from.
    pub(super) fn static_owner(&self, member: &str) -> Option<String> {
        let import =
            self.imports.iter().find(|i| i.is_static && !i.star && i.name.rsplit('.').next() == Some(member))?;
        Some(import.name.rsplit_once('.')?.0.to_owned())
    }
}

pub(super) fn is_class(kind: &str) -> bool {
    matches!(
        kind,
        "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration"
    )
}

/// A name without blanks, comments and annotations.
pub(super) fn plain(of: &str) -> String {
    of.split_whitespace().filter(|part| !part.starts_with('@')).collect()
}

/// Pairs of brackets.
pub(super) fn count(dimensions: &str) -> usize {
    dimensions.bytes().filter(|byte| *byte == b'[').count().min(255)
}
