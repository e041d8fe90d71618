//! Classes: names, bases, what is made of fields, initialisers and constructors.

use faultline_facts::{
    Accessor, Call, CallKind, Callee, Class as ClassFacts, ClassId, FunctionFlags, FunctionId, FunctionKind, Key, Op,
    Slot, Span, jvm,
};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::{
    ClassFrame, Frame, Lower,
    names::{child, children, is_class},
    span_of,
};

/// The parts of a class body.
#[derive(Default)]
pub(super) struct Body<'t> {
    pub(super) members: Vec<Node<'t>>,
    constants: Vec<Node<'t>>,
}

impl Lower<'_> {
    /// A class inside another (by the other's binary name) or of the file.
    pub(super) fn class_declaration(&mut self, node: Node<'_>, outer: Option<&str>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let binary = self.names.binary(outer, self.text(name));
        self.class(node, &binary, None);
    }

    /// A class declared by a statement.
    pub(super) fn local_class(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let simple = self.text(name).to_owned();
        let binary = self.numbered(&simple);
        if let Some(scope) = self.names.local.last_mut() {
            scope.insert(simple, binary.clone());
        }
        self.class(node, &binary, None);
    }

    /// `Outer$1Name`, numbered in the class around.
    pub(super) fn numbered(&mut self, simple: &str) -> String {
        let Some(class) = self.classes.last_mut() else { return simple.to_owned() };
        let number = class.numbered.entry(simple.to_owned()).or_insert(0);
        *number += 1;
        format!("{}${number}{simple}", class.name)
    }

    /// Lowers a class; `base` is what an anonymous one extends or implements.
    pub(super) fn class(&mut self, node: Node<'_>, binary: &str, base: Option<&str>) -> ClassId {
        self.names.around.push(binary.to_owned());
        self.names.push_variables(self.source, node);
        let parent = self.function();
        let bases = self.bases(node, base);
        let simple = binary.rsplit(['.', '$']).next().unwrap_or_default().to_owned();
        let facts = ClassFacts {
            name: self.builder.sym(&simple),
            qualified: self.builder.sym(binary),
            parent,
            span: span_of(node),
            bases,
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface: matches!(node.kind(), "interface_declaration" | "annotation_type_declaration"),
        };
        let id = self.builder.class(facts);
        let functions = self.frames.len();
        let (name, numbered) = (binary.to_owned(), FxHashMap::default());
        self.classes.push(ClassFrame { id, name, lambdas: 0, numbered, functions });
        self.annotations(node, None, Some(id));
        self.class_body(node);
        self.classes.pop();
        self.names.pop_variables();
        self.names.around.pop();
        id
    }

    fn bases(&mut self, node: Node<'_>, base: Option<&str>) -> Vec<Slot> {
        let mut names: Vec<String> = Vec::new();
        let is_interface = matches!(node.kind(), "interface_declaration" | "annotation_type_declaration");
        let superclass = node.child_by_field_name("superclass").and_then(|of| children(of).into_iter().next());
        match (node.kind(), superclass, base) {
            (_, _, Some(base)) => names.push(base.to_owned()),
            (_, Some(of), _) => names.push(self.names.erased(self.source, of)),
            ("enum_declaration", ..) => names.push("java.lang.Enum".to_owned()),
            ("record_declaration", ..) => names.push("java.lang.Record".to_owned()),
            _ if is_interface => {}
            _ => names.push("java.lang.Object".to_owned()),
        }
        let lists = node.child_by_field_name("interfaces").into_iter().chain(child(node, "extends_interfaces"));
        for list in lists.flat_map(children).filter(|list| list.kind() == "type_list") {
            names.extend(children(list).into_iter().map(|ty| self.names.erased(self.source, ty)));
        }
        names.into_iter().map(|name| self.global(&name, node)).collect()
    }

    fn class_body(&mut self, node: Node<'_>) {
        let body = node
            .child_by_field_name("body")
            .or_else(|| child(node, "class_body"))
            .or_else(|| (node.kind() == "class_body").then_some(node));
        let parts = body.map(parts).unwrap_or_default();
        self.fields(&parts, node);
        if node.kind() == "record_declaration" {
            self.components(node);
        }
        self.static_initializer(&parts, node);
        self.constructors(&parts, node);
        for member in &parts.members {
            match member.kind() {
                "method_declaration" | "annotation_type_element_declaration" => self.method(*member, node),
                kind if is_class(kind) => {
                    let outer = self.classes.last().map(|class| class.name.clone());
                    self.class_declaration(*member, outer.as_deref());
                }
                _ => {}
            }
        }
        if node.kind() == "record_declaration" {
            self.accessors(&parts, node);
        }
    }

    /// Static fields with values, static blocks and enum constants run in `<clinit>`.
    fn static_initializer(&mut self, parts: &Body<'_>, class: Node<'_>) {
        let in_interface = matches!(class.kind(), "interface_declaration" | "annotation_type_declaration");
        let runs = |member: &Node<'_>| match member.kind() {
            "static_initializer" => true,
            "field_declaration" | "constant_declaration" => {
                (in_interface || is_static(*member)) && declarators(*member).iter().any(is_computed)
            }
            _ => false,
        };
        if parts.constants.is_empty() && !parts.members.iter().any(runs) {
            return;
        }
        let span = span_of(class);
        let function = self.begin("<clinit>()void", FunctionKind::Method, true, span);
        for constant in &parts.constants {
            self.constant(*constant, class);
        }
        for member in &parts.members {
            match member.kind() {
                "static_initializer" => children(*member).into_iter().for_each(|block| self.statement(block)),
                "field_declaration" | "constant_declaration" if in_interface || is_static(*member) => {
                    self.initial_values(*member, true);
                }
                _ => {}
            }
        }
        self.end(function);
    }

    fn constant(&mut self, node: Node<'_>, class: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        let of = match node.child_by_field_name("body") {
            Some(body) => {
                let binary = self.numbered("");
                self.class(body, &binary, Some(&own));
                binary
            }
            None => own.clone(),
        };
        let args = node.child_by_field_name("arguments").map(|list| self.arguments(list)).unwrap_or_default();
        let result = self.slot();
        let base = self.global(&of, node);
        self.call(CallKind::New, base, "<init>", args, result, node);
        let base = self.global(&own, class);
        let key = self.builder.sym(&jvm::owned(&own, self.text(name)));
        self.emit(Op::Store { base, key: Key::Named(key), src: result, accessor: Accessor::Value }, node);
    }

    /// Assigns what the declarators of a field say.
    pub(super) fn initial_values(&mut self, field: Node<'_>, is_static: bool) {
        let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        for declarator in declarators(field) {
            let (Some(name), Some(value)) =
                (declarator.child_by_field_name("name"), declarator.child_by_field_name("value"))
            else {
                continue;
            };
            let src = self.value(value);
            let base = match self.this().filter(|_| !is_static) {
                Some(this) => this,
                None => self.global(&own, declarator),
            };
            let key = self.builder.sym(&jvm::owned(&own, self.text(name)));
            self.emit(Op::Store { base, key: Key::Named(key), src, accessor: Accessor::Value }, declarator);
        }
    }

    /// Field initialisers and blocks, at the start of a constructor.
    pub(super) fn instance_initializers(&mut self, parts: &Body<'_>) {
        for member in &parts.members {
            match member.kind() {
                "block" => self.statement(*member),
                "field_declaration" if !is_static(*member) => self.initial_values(*member, false),
                _ => {}
            }
        }
    }

    fn constructors(&mut self, parts: &Body<'_>, class: Node<'_>) {
        if matches!(class.kind(), "interface_declaration" | "annotation_type_declaration") {
            return;
        }
        let declared = parts.members.iter().filter(|m| m.kind() == "constructor_declaration");
        let declared: Vec<Node<'_>> = declared.copied().collect();
        for constructor in &declared {
            self.constructor(*constructor, parts);
        }
        if class.kind() == "record_declaration" {
            return self.canonical_constructor(&declared, parts, class);
        }
        if declared.is_empty() {
            let span = class.child_by_field_name("name").map_or_else(|| span_of(class), span_of);
            let function = self.begin("<init>()void", FunctionKind::Constructor, false, span);
            self.call_super_constructor(Vec::new(), class);
            self.instance_initializers(parts);
            self.end(function);
        }
    }

    /// Arguments of an anonymous class go to the class above, which only calls know; without any it is plain.
    pub(super) fn call_super_constructor(&mut self, args: Vec<Slot>, node: Node<'_>) {
        let Some(this) = self.this() else { return };
        let result = self.slot();
        self.call(CallKind::Special, this, &jvm::owned("super", "<init>"), args, result, node);
    }

    /// Begins a function of the class being lowered.
    pub(super) fn begin(&mut self, key: &str, kind: FunctionKind, is_static: bool, span: Span) -> FunctionId {
        let parent = self.function();
        let (class, name) = self.classes.last().map_or((ClassId(0), String::new()), |c| (c.id, c.name.clone()));
        let shown = key.rfind(')').map_or(key, |at| &key[..=at]);
        let qualified = self.builder.sym(&format!("{name}.{shown}"));
        let key = self.builder.sym(key);
        let function = self.builder.function(key, qualified, Some(parent), kind, span);
        let this = (!is_static).then(|| self.builder.slot(function));
        let entry = self.builder.function_mut(function);
        entry.class = Some(class);
        entry.this = this;
        entry.flags = FunctionFlags { is_static, visible: true, ..FunctionFlags::default() };
        self.frames.push(Frame { function, this, scopes: vec![FxHashMap::default()], yields: Vec::new() });
        self.names.local.push(FxHashMap::default());
        function
    }

    pub(super) fn end(&mut self, function: FunctionId) {
        if self.frames.last().is_some_and(|frame| frame.function == function) {
            self.frames.pop();
            self.names.local.pop();
        }
    }

    /// Adds a method call to the current function.
    pub(super) fn call(
        &mut self,
        kind: CallKind,
        base: Slot,
        key: &str,
        args: Vec<Slot>,
        result: Slot,
        node: Node<'_>,
    ) {
        let key = Key::Named(self.builder.sym(key));
        let arg = |slot| faultline_facts::Arg { slot, kind: faultline_facts::ArgKind::Positional };
        let call =
            Call { kind, callee: Callee::Method { base, key }, args: args.into_iter().map(arg).collect(), result };
        let function = self.function();
        self.builder.call(function, call, span_of(node), None);
    }
}

/// Members, with those behind an enum's constants.
pub(super) fn parts(body: Node<'_>) -> Body<'_> {
    let mut parts = Body::default();
    for node in children(body) {
        match node.kind() {
            "enum_constant" => parts.constants.push(node),
            "enum_body_declarations" => parts.members.extend(children(node)),
            _ => parts.members.push(node),
        }
    }
    parts
}

/// The words among a declaration's modifiers.
pub(super) fn has_modifier(declaration: Node<'_>, word: &str) -> bool {
    let Some(modifiers) = child(declaration, "modifiers") else { return false };
    let mut cursor = modifiers.walk();
    modifiers.children(&mut cursor).any(|modifier| modifier.kind() == word)
}

pub(super) fn is_static(declaration: Node<'_>) -> bool {
    has_modifier(declaration, "static")
}

pub(super) fn declarators(field: Node<'_>) -> Vec<Node<'_>> {
    children(field).into_iter().filter(|node| node.kind() == "variable_declarator").collect()
}

/// False for constants that the compiler writes into the class file.
fn is_computed(declarator: &Node<'_>) -> bool {
    let value = declarator.child_by_field_name("value");
    value.is_some_and(|value| !value.kind().ends_with("_literal") && !matches!(value.kind(), "true" | "false"))
        || value.is_some_and(|value| matches!(value.kind(), "null_literal" | "class_literal"))
}
