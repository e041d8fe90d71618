//! Annotations with what is literal in them.

use faultline_facts::{Annotation, ClassId, Const, FunctionId};
use tree_sitter::Node;

use super::{
    BODY, Lower,
    names::{child, children, plain},
    span_of,
};

impl Lower<'_> {
    /// Notes the annotations among the modifiers of a declaration.
    pub(super) fn annotations(&mut self, declaration: Node<'_>, function: Option<FunctionId>, class: Option<ClassId>) {
        let Some(modifiers) = child(declaration, "modifiers") else { return };
        for node in children(modifiers) {
            if !matches!(node.kind(), "annotation" | "marker_annotation") {
                continue;
            }
            let Some(name) = node.child_by_field_name("name") else { continue };
            let full = self.names.qualified(&plain(self.text(name)));
            let base = self.global_in(BODY, &full, span_of(node));
            let simple = self.text(name).rsplit('.').next().unwrap_or_default().to_owned();
            let name = self.builder.sym(&simple);
            let mut args = Vec::new();
            if let Some(list) = node.child_by_field_name("arguments") {
                self.literals(list, &mut args);
            }
            self.builder.annotation(Annotation { function, class, base: Some(base), name, args, span: span_of(node) });
        }
    }

    fn literals(&mut self, node: Node<'_>, out: &mut Vec<Const>) {
        for child in children(node) {
            match child.kind() {
                "string_literal" => {
                    let text = self.string_text(child);
                    out.push(Const::Str(self.builder.sym(&text)));
                }
                "class_literal" => {
                    let ty = children(child).into_iter().next().map(|ty| self.names.erased(self.source, ty));
                    out.push(Const::Str(self.builder.sym(&ty.unwrap_or_default())));
                }
                "element_value_pair" => {
                    child.child_by_field_name("value").into_iter().for_each(|value| self.literal_value(value, out));
                }
                _ => self.literals(child, out),
            }
        }
    }

    fn literal_value(&mut self, value: Node<'_>, out: &mut Vec<Const>) {
        if value.kind() == "string_literal" {
            let text = self.string_text(value);
            out.push(Const::Str(self.builder.sym(&text)));
        } else {
            self.literals(value, out);
        }
    }

    /// A string literal without quotes; text blocks as they stand.
    pub(super) fn string_text(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        let inner = text.strip_prefix("\"\"\"").and_then(|t| t.strip_suffix("\"\"\""));
        let inner = inner.or_else(|| text.strip_prefix('"').and_then(|t| t.strip_suffix('"'))).unwrap_or(text);
        if inner.contains('\\') { unescape(inner) } else { inner.to_owned() }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    out
}
