//! Composite literals.

use faultline_facts::{Accessor, Key, Op, Slot, TypePlace};
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, kind, named},
    lower::Lower,
    span,
};

impl<'t> Lower<'t> {
    pub(super) fn composite(&mut self, node: Node<'t>) -> Option<Slot> {
        let (of, body) = (field(node, Part::Type)?, field(node, Part::Body)?);
        self.literal(of, body)
    }

    /// A literal of a type that is written out.
    fn literal(&mut self, of: Node<'t>, body: Node<'t>) -> Option<Slot> {
        self.nested(body, |lower| match kind(of) {
            Kind::ArrayType | Kind::OpenArrayType | Kind::SliceType => {
                Some(lower.elements(of, field(of, Part::Element), body))
            }
            Kind::MapType => Some(lower.elements(of, field(of, Part::Value), body)),
            Kind::PointerType | Kind::ParenthesizedType => {
                of.named_child(0).and_then(|inner| lower.literal(inner, body))
            }
            _ => Some(lower.record(of, body)),
        })
    }

    /// A literal of a container: it is its elements.
    fn elements(&mut self, of: Node<'t>, element: Option<Node<'t>>, body: Node<'t>) -> Slot {
        let types = self.types(of);
        let dst = self.slot();
        self.typed(dst, &types, TypePlace::Instance, span(body));
        for item in named(body) {
            let (key, value) = parts(item);
            let key_type = field(of, Part::Key);
            for (part, part_type) in [(key, key_type), (value, element)] {
                if let Some(src) = part.and_then(|part| self.element(part, part_type)) {
                    self.copy(dst, src, span(item));
                }
            }
        }
        dst
    }

    fn element(&mut self, node: Node<'t>, of: Option<Node<'t>>) -> Option<Slot> {
        match (inner(node), of) {
            (inner, Some(of)) if kind(inner) == Kind::LiteralValue => self.literal(of, inner),
            (inner, None) if kind(inner) == Kind::Identifier => None,
            (inner, _) => self.expr(inner),
        }
    }

    /// A literal of a struct or of another named type.
    fn record(&mut self, of: Node<'t>, body: Node<'t>) -> Slot {
        let types = self.types(of);
        let dst = self.slot();
        self.typed(dst, &types, TypePlace::Made, span(body));
        self.fill(dst, body);
        dst
    }

    fn fill(&mut self, dst: Slot, body: Node<'t>) {
        for (index, item) in named(body).into_iter().enumerate() {
            let (key, value) = parts(item);
            let Some(value) = value else { continue };
            let src = self.part_of(dst, inner(value));
            let key = match key.map(inner) {
                None => Key::Index(u32::try_from(index).unwrap_or(u32::MAX)),
                Some(name) if kind(name) == Kind::Identifier => Key::Named(self.sym(name)),
                Some(other) => {
                    if let Some(key) = self.expr(other) {
                        self.put(dst, Key::Element, key, item);
                    }
                    Key::Element
                }
            };
            if let Some(src) = src {
                self.put(dst, key, src, item);
            }
        }
    }

    /// An element whose type is left out is one of those that the container declares.
    fn part_of(&mut self, container: Slot, node: Node<'t>) -> Option<Slot> {
        if kind(node) != Kind::LiteralValue {
            return self.expr(node);
        }
        self.nested(node, |lower| {
            let dst = lower.slot();
            lower.push(Op::Load { dst, base: container, key: Key::Element }, span(node));
            lower.fill(dst, node);
            Some(dst)
        })
    }

    fn put(&mut self, base: Slot, key: Key, src: Slot, at: Node<'t>) {
        self.push(Op::Store { base, key, src, accessor: Accessor::Value }, span(at));
    }
}

/// Key and value of an element.
fn parts(item: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    match kind(item) {
        Kind::KeyedElement => (field(item, Part::Key), field(item, Part::Value)),
        _ => (None, Some(item)),
    }
}

fn inner(node: Node<'_>) -> Node<'_> {
    if kind(node) == Kind::LiteralElement { node.named_child(0).unwrap_or(node) } else { node }
}
