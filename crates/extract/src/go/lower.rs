//! State of the lowering: scopes, names of the file, slots of the file's body.

use faultline_facts::{Builder, DynamicKind, Facts, FunctionId, Key, Op, ParseProblem, Slot, Span, Sym, TypePlace};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::{
    MOST_PROBLEMS,
    kind::{Kind, kind},
    span,
};

/// The file's body.
pub(super) const FILE: FunctionId = FunctionId(0);
/// Expressions, statements and types inside each other beyond this are left out.
const MOST_NESTED: u32 = 200;

/// What a name means.
#[derive(Debug, Clone)]
pub(super) enum Bound {
    /// A variable or function.
    Value(Slot),
    /// A type.
    Type(Slot),
    /// A type parameter, with the types that bound it.
    Parameter(Vec<Slot>),
    /// A constant, or something else without callable parts.
    Nothing,
}

/// The function that is being lowered.
pub(super) struct Current {
    pub(super) id: FunctionId,
    /// Slots of its results; one result is the function's `ret` itself.
    pub(super) results: Vec<Slot>,
    /// Parameters of its own through which containers may be written: slot and position.
    pub(super) params: FxHashMap<Slot, usize>,
    pub(super) unsafe_noted: bool,
}

pub(super) struct Lower<'t> {
    pub(super) builder: Builder,
    pub(super) source: &'t [u8],
    pub(super) current: Current,
    /// Local scopes, innermost last.
    pub(super) scopes: Vec<FxHashMap<&'t str, Bound>>,
    /// Names that the file declares at package level.
    pub(super) top: FxHashMap<&'t str, Bound>,
    /// Names of imported packages.
    pub(super) imports: FxHashMap<String, Bound>,
    globals: FxHashMap<&'t str, Slot>,
    members: FxHashMap<(Slot, &'t str), Slot>,
    /// Where a local container came from: writing into it writes there too.
    pub(super) origins: FxHashMap<Slot, Node<'t>>,
    pub(super) closures: FxHashMap<FunctionId, u32>,
    pub(super) qualified: FxHashMap<FunctionId, String>,
    /// Per function the slot that holds nothing.
    pub(super) empty: FxHashMap<FunctionId, Slot>,
    depth: u32,
    too_deep: bool,
}

impl<'t> Lower<'t> {
    pub(super) fn new(builder: Builder, source: &'t [u8]) -> Lower<'t> {
        Lower {
            builder,
            source,
            current: Current { id: FILE, results: Vec::new(), params: FxHashMap::default(), unsafe_noted: false },
            scopes: Vec::new(),
            top: FxHashMap::default(),
            imports: FxHashMap::default(),
            globals: FxHashMap::default(),
            members: FxHashMap::default(),
            origins: FxHashMap::default(),
            closures: FxHashMap::default(),
            qualified: FxHashMap::default(),
            empty: FxHashMap::default(),
            depth: 0,
            too_deep: false,
        }
    }

    pub(super) fn finish(self) -> Facts {
        self.builder.finish()
    }

    pub(super) fn text(&self, node: Node<'t>) -> &'t str {
        self.source.get(node.byte_range()).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    pub(super) fn sym(&mut self, node: Node<'t>) -> Sym {
        let text = self.text(node);
        self.builder.sym(text)
    }

    pub(super) fn slot(&mut self) -> Slot {
        self.builder.slot(self.current.id)
    }

    pub(super) fn push(&mut self, op: Op, at: Span) {
        self.builder.push(self.current.id, op, at, None);
    }

    pub(super) fn push_file(&mut self, op: Op, at: Span) {
        self.builder.push(FILE, op, at, None);
    }

    pub(super) fn copy(&mut self, dst: Slot, src: Slot, at: Span) {
        if dst != src {
            self.push(Op::Copy { dst, src }, at);
        }
    }

    /// Says that a slot holds values of the types.
    pub(super) fn typed(&mut self, slot: Slot, types: &[Slot], place: TypePlace, at: Span) {
        for class in types {
            self.push(Op::Typed { slot, class: *class, place }, at);
        }
    }

    /// Runs `inside` one level deeper; gives nothing where that is too deep.
    pub(super) fn nested<T>(&mut self, node: Node<'t>, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MOST_NESTED {
            self.note_depth(node);
            return None;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn note_depth(&mut self, node: Node<'t>) {
        if !std::mem::replace(&mut self.too_deep, true) {
            let at = span(node);
            let message = format!("nested more than {MOST_NESTED} levels deep; what is inside is left out");
            self.builder.problem(ParseProblem { line: at.line, column: at.column, message });
            self.builder.dynamic(self.current.id, DynamicKind::ParseGap, at);
        }
    }

    pub(super) fn bind(&mut self, name: &'t str, bound: Bound) {
        if name.is_empty() || name == "_" {
            return;
        }
        match self.scopes.last_mut() {
            Some(scope) => scope.insert(name, bound),
            None => self.top.insert(name, bound),
        };
    }

    pub(super) fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(FxHashMap::default());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    /// What the file itself says about a name.
    pub(super) fn known(&self, name: &str) -> Option<&Bound> {
        let local = self.scopes.iter().rev().find_map(|scope| scope.get(name));
        local.or_else(|| self.top.get(name))
    }

    /// The slot of the package that a name means, unless something nearer has that name.
    pub(super) fn imported(&self, name: &str) -> Option<&Bound> {
        if self.known(name).is_some() { None } else { self.imports.get(name) }
    }

    /// A name that the file does not declare, evaluated once.
    pub(super) fn global(&mut self, node: Node<'t>) -> Slot {
        let text = self.text(node);
        if let Some(slot) = self.globals.get(text) {
            return *slot;
        }
        let dst = self.builder.slot(FILE);
        let name = self.builder.sym(text);
        self.push_file(Op::Global { dst, name }, span(node));
        self.globals.insert(text, dst);
        dst
    }

    /// A member of an imported package, evaluated once.
    pub(super) fn member(&mut self, package: Slot, name: Node<'t>) -> Slot {
        let text = self.text(name);
        if let Some(slot) = self.members.get(&(package, text)) {
            return *slot;
        }
        let dst = self.builder.slot(FILE);
        let key = Key::Named(self.builder.sym(text));
        self.push_file(Op::Load { dst, base: package, key }, span(name));
        self.members.insert((package, text), dst);
        dst
    }

    /// Notes the places that the parser did not understand.
    pub(super) fn errors(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        let mut count = 0;
        loop {
            let node = cursor.node();
            let bad = node.is_error() || node.is_missing();
            if bad {
                count += 1;
                self.error(node);
            }
            let inside = !bad && node.has_error() && cursor.goto_first_child();
            if inside && count < MOST_PROBLEMS {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
            if count >= MOST_PROBLEMS {
                return;
            }
        }
    }

    fn error(&mut self, node: Node<'t>) {
        let at = span(node);
        let message = if node.is_missing() {
            format!("`{}` is missing", node.kind())
        } else {
            let text: String = self.text(node).chars().take_while(|c| *c != '\n').take(30).collect();
            if text.is_empty() { "not Go".to_owned() } else { format!("unexpected `{text}`") }
        };
        self.builder.problem(ParseProblem { line: at.line, column: at.column, message });
        self.builder.dynamic(FILE, DynamicKind::ParseGap, at);
    }

    /// Notes `unsafe` once per function.
    pub(super) fn note_unsafe(&mut self, at: Span) {
        if !std::mem::replace(&mut self.current.unsafe_noted, true) {
            self.builder.dynamic(self.current.id, DynamicKind::Native, at);
        }
    }
}

/// The identifier inside parentheses and dereferences, when there is one.
pub(super) fn bare(mut node: Node<'_>) -> Node<'_> {
    while kind(node) == Kind::Parenthesized {
        let Some(inner) = node.named_child(0) else { break };
        node = inner;
    }
    node
}
