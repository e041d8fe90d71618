//! What stands before the first declaration: package clause, build constraint, imports.

use faultline_facts::{DynamicKind, Import, ImportMode, Imported, Op};
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, kind, named},
    lower::{Bound, FILE, Lower},
    span,
};

impl<'t> Lower<'t> {
    /// Reads comments and the package clause.
    pub(super) fn header(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        let mut more = cursor.goto_first_child();
        while more {
            let node = cursor.node();
            match kind(node) {
                Kind::Comment => self.comment(node),
                Kind::Package => {
                    if let Some(name) = named(node).first() {
                        let name = self.sym(*name);
                        self.builder.facts_mut().package.get_or_insert(name);
                    }
                }
                _ => {}
            }
            more = cursor.goto_next_sibling();
        }
    }

    fn comment(&mut self, node: Node<'t>) {
        let text = self.text(node);
        let before_package = self.builder.facts_mut().package.is_none();
        if text.starts_with("//go:linkname") {
            self.builder.dynamic(FILE, DynamicKind::Native, span(node));
        } else if before_package {
            if text.starts_with("// Code generated") && text.trim_end().ends_with("DO NOT EDIT.") {
                self.builder.facts_mut().flags.generated = true;
            }
            if let Some(constraint) = text.strip_prefix("//go:build ") {
                let constraint = self.builder.sym(constraint.trim());
                self.builder.facts_mut().constraint = Some(constraint);
            }
        }
    }

    /// Binds imported packages.
    pub(super) fn import_declaration(&mut self, node: Node<'t>) {
        for spec in named(node) {
            match kind(spec) {
                Kind::ImportSpec => self.import_spec(spec),
                Kind::ImportSpecs => named(spec).into_iter().for_each(|spec| self.import_spec(spec)),
                _ => {}
            }
        }
    }

    fn import_spec(&mut self, node: Node<'t>) {
        let Some(path) = field(node, Part::Path) else { return };
        let path = self.text(path).trim_matches(['"', '`']);
        let alias = field(node, Part::Name);
        if path == "C" {
            self.builder.dynamic(FILE, DynamicKind::Native, span(node));
            self.imports.insert("C".to_owned(), Bound::Nothing);
            return;
        }
        let what = match alias.map(kind) {
            Some(Kind::Dot) => Imported::Star,
            Some(Kind::Blank) => Imported::Effect,
            _ => Imported::Module,
        };
        let specifier = self.builder.sym(path);
        let import = Import { specifier, level: 0, what, mode: ImportMode::Static, function: FILE, span: span(node) };
        let import = self.builder.import(import);
        let dst = self.builder.slot(FILE);
        self.push_file(Op::Import { dst, import }, span(node));
        match (what, alias) {
            (Imported::Star, _) => self.builder.facts_mut().stars.push(import),
            (Imported::Module, Some(alias)) => {
                self.imports.insert(self.text(alias).to_owned(), Bound::Value(dst));
            }
            (Imported::Module, None) => {
                for name in guesses(path) {
                    self.imports.entry(name).or_insert(Bound::Value(dst));
                }
            }
            _ => {}
        }
    }
}

/// Names that a package most likely has. The file alone does not tell; the solver looks at the package clause of
/// what is imported where these fail.
fn guesses(path: &str) -> Vec<String> {
    let mut parts = path.rsplit('/');
    let mut last = parts.next().unwrap_or(path);
    if is_major(last)
        && let Some(before) = parts.next()
    {
        last = before;
    }
    let mut names = vec![last];
    if let Some((stem, version)) = last.rsplit_once('.')
        && (is_major(version) || version == "go")
    {
        names.insert(0, stem);
    }
    let first = names[0];
    names.extend(first.strip_prefix("go-"));
    names.extend(first.strip_prefix("go."));
    names.extend(first.strip_suffix("-go"));
    names.extend(first.rsplit(['-', '.']).next());
    names.iter().map(|name| (*name).to_owned()).filter(|name| !name.contains(['-', '.'])).collect()
}

fn is_major(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}
