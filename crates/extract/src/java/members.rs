//! Fields, methods, constructors, record components.

use faultline_facts::{
    Accessor, CallKind, FunctionId, FunctionKind, Key, Member, MemberPlace, Op, Param, ParamKind, Slot, TypePlace, jvm,
};
use tree_sitter::Node;

use super::{
    Lower,
    classes::{Body, declarators, has_modifier, is_static},
    names::{child, children, count},
    span_of,
};

impl Lower<'_> {
    pub(super) fn fields(&mut self, parts: &Body<'_>, class: Node<'_>) {
        let in_interface = matches!(class.kind(), "interface_declaration" | "annotation_type_declaration");
        for field in parts.members.iter().filter(|m| matches!(m.kind(), "field_declaration" | "constant_declaration")) {
            let Some(ty) = field.child_by_field_name("type") else { continue };
            let ty = self.names.erased(self.source, ty);
            for declarator in declarators(*field) {
                let Some(name) = declarator.child_by_field_name("name") else { continue };
                let ty = with_dimensions(&ty, declarator.child_by_field_name("dimensions").map(|d| self.text(d)));
                let name = self.text(name).to_owned();
                self.field(&name, &ty, in_interface || is_static(*field), declarator);
            }
        }
        let constants: Vec<Node<'_>> = child(class, "enum_body").map(children).unwrap_or_default();
        let own = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        for constant in constants.into_iter().filter(|node| node.kind() == "enum_constant") {
            if let Some(name) = constant.child_by_field_name("name") {
                let name = self.text(name).to_owned();
                self.field(&name, &own, true, constant);
            }
        }
    }

    fn field(&mut self, name: &str, ty: &str, is_static: bool, node: Node<'_>) {
        let slot = self.slot();
        let class = self.global(ty, node);
        self.emit(Op::Typed { slot, class, place: TypePlace::Instance }, node);
        let place = if is_static { MemberPlace::Static } else { MemberPlace::Prototype };
        let name = self.builder.sym(name);
        if let Some(id) = self.classes.last().map(|class| class.id) {
            let member = Member { name, slot, place, accessor: Accessor::Value };
            self.builder.class_mut(id).members.push(member);
        }
    }

    /// Names and types of parameters.
    fn parameters(&self, list: Node<'_>) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for node in children(list) {
            match node.kind() {
                "formal_parameter" => {
                    let ty = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty));
                    let name = node.child_by_field_name("name").map(|name| self.text(name).to_owned());
                    let dimensions = node.child_by_field_name("dimensions").map(|d| self.text(d));
                    found.push((name.unwrap_or_default(), with_dimensions(&ty.unwrap_or_default(), dimensions)));
                }
                "spread_parameter" => {
                    let inner = children(node);
                    let ty = inner.iter().find(|n| !matches!(n.kind(), "modifiers" | "variable_declarator"));
                    let ty = ty.map(|ty| self.names.erased(self.source, *ty)).unwrap_or_default();
                    let name = inner.iter().find(|n| n.kind() == "variable_declarator");
                    let name = name.and_then(|n| n.child_by_field_name("name")).map(|n| self.text(n).to_owned());
                    found.push((name.unwrap_or_default(), format!("{}...", jvm::plain(&ty))));
                }
                _ => {}
            }
        }
        found
    }

    /// Adds the parameters of the function just begun to its scope.
    fn declare_parameters(&mut self, function: FunctionId, params: &[(String, String)]) {
        for (name, ty) in params {
            let slot = self.builder.slot(function);
            let kind = if ty.ends_with("...") { ParamKind::Rest } else { ParamKind::PositionalOnly };
            let sym = self.builder.sym(name);
            self.builder.function_mut(function).params.push(Param { name: sym, slot, kind });
            self.declare(name, slot);
            let plain = jvm::plain(ty).trim_end_matches("...").to_owned();
            let class = span_of_function(self, function);
            self.note_use(&plain, class);
        }
    }

    pub(super) fn method(&mut self, node: Node<'_>, class: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else { return };
        self.names.push_variables(self.source, node);
        let params = node.child_by_field_name("parameters").map(|list| self.parameters(list)).unwrap_or_default();
        let returns = node.child_by_field_name("type").map(|ty| self.names.erased(self.source, ty)).unwrap_or_default();
        let returns = with_dimensions(&returns, node.child_by_field_name("dimensions").map(|d| self.text(d)));
        let key = key_of(self.text(name), &params, jvm::plain(&returns));
        let function = self.begin(&key, FunctionKind::Method, is_static(node), span_of(node));
        let body = node.child_by_field_name("body");
        let flags = &mut self.builder.function_mut(function).flags;
        flags.is_abstract = body.is_none();
        flags.visible = !has_modifier(node, "private")
            && (class.kind() == "interface_declaration"
                || has_modifier(node, "public")
                || has_modifier(node, "protected"));
        self.declare_parameters(function, &params);
        self.annotations(node, Some(function), None);
        self.builder.function_mut(function).flags.overrides = self.is_marked_override(node);
        if has_modifier(node, "native") {
            self.builder.dynamic(function, faultline_facts::DynamicKind::Native, span_of(node));
        }
        if let Some(body) = body {
            self.block(body);
        }
        self.end(function);
        self.names.pop_variables();
    }

    fn is_marked_override(&self, node: Node<'_>) -> bool {
        let Some(modifiers) = child(node, "modifiers") else { return false };
        let marks = children(modifiers).into_iter().filter_map(|mark| mark.child_by_field_name("name"));
        marks.map(|name| self.text(name)).any(|name| name == "Override" || name == "java.lang.Override")
    }

    pub(super) fn constructor(&mut self, node: Node<'_>, parts: &Body<'_>) {
        self.names.push_variables(self.source, node);
        let params = node.child_by_field_name("parameters").map(|list| self.parameters(list)).unwrap_or_default();
        let key = key_of("<init>", &params, "void");
        let function = self.begin(&key, FunctionKind::Constructor, false, span_of(node));
        self.declare_parameters(function, &params);
        self.annotations(node, Some(function), None);
        let body = node.child_by_field_name("body");
        let explicit = body.and_then(|body| child(body, "explicit_constructor_invocation"));
        let calls_own = explicit.is_some_and(|invocation| self.explicit_constructor(invocation));
        if explicit.is_none() {
            self.call_super_constructor(Vec::new(), node);
        }
        if !calls_own {
            self.instance_initializers(parts);
        }
        if let Some(body) = body {
            self.block(body);
        }
        self.end(function);
        self.names.pop_variables();
    }

    /// `this(…)` or `super(…)`; true for the former.
    fn explicit_constructor(&mut self, node: Node<'_>) -> bool {
        let own = node.child_by_field_name("constructor").is_some_and(|of| of.kind() == "this");
        let args = node.child_by_field_name("arguments").map(|list| self.arguments(list)).unwrap_or_default();
        let Some(this) = self.this() else { return own };
        let result = self.slot();
        let key = jvm::owned(if own { "this" } else { "super" }, "<init>");
        self.call(CallKind::Special, this, &key, args, result, node);
        own
    }

    /// A record's components are fields.
    pub(super) fn components(&mut self, record: Node<'_>) {
        let params = record.child_by_field_name("parameters").map(|list| self.parameters(list)).unwrap_or_default();
        for (name, ty) in params {
            let ty = ty.strip_suffix("...").map_or_else(|| jvm::plain(&ty).to_owned(), |ty| format!("{ty}[]"));
            self.field(&name, &ty, false, record);
        }
    }

    /// The constructor that takes all components, unless it is written out.
    pub(super) fn canonical_constructor(&mut self, declared: &[Node<'_>], parts: &Body<'_>, record: Node<'_>) {
        let params = record.child_by_field_name("parameters").map(|list| self.parameters(list)).unwrap_or_default();
        let types = |params: &[(String, String)]| params.iter().map(|(_, ty)| ty.clone()).collect::<Vec<_>>();
        let own = types(&params);
        let written = declared.iter().any(|node| {
            let list = node.child_by_field_name("parameters");
            list.is_some_and(|list| types(&self.parameters(list)) == own)
        });
        if written {
            return;
        }
        let compact = parts.members.iter().find(|m| m.kind() == "compact_constructor_declaration");
        let span = span_of(compact.copied().or_else(|| record.child_by_field_name("name")).unwrap_or(record));
        let function = self.begin(&key_of("<init>", &params, "void"), FunctionKind::Constructor, false, span);
        self.declare_parameters(function, &params);
        if let Some(body) = compact.and_then(|compact| compact.child_by_field_name("body")) {
            self.block(body);
        }
        let class = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        for (name, _) in &params {
            let (Some(base), Some(src)) = (self.this(), self.local(name)) else { continue };
            let key = Key::Named(self.builder.sym(&jvm::owned(&class, name)));
            self.emit(Op::Store { base, key, src, accessor: Accessor::Value }, record);
        }
        self.end(function);
    }

    /// Methods that give a record's components, unless they are written out.
    pub(super) fn accessors(&mut self, parts: &Body<'_>, record: Node<'_>) {
        let params = record.child_by_field_name("parameters").map(|list| self.parameters(list)).unwrap_or_default();
        let class = self.classes.last().map(|class| class.name.clone()).unwrap_or_default();
        for (name, ty) in params {
            let written = parts.members.iter().any(|m| {
                let empty = m.child_by_field_name("parameters").is_none_or(|list| children(list).is_empty());
                m.kind() == "method_declaration"
                    && empty
                    && m.child_by_field_name("name").is_some_and(|n| self.text(n) == name)
            });
            if written {
                continue;
            }
            let ty = ty.strip_suffix("...").map_or_else(|| jvm::plain(&ty).to_owned(), |ty| format!("{ty}[]"));
            let span = span_of(record.child_by_field_name("parameters").unwrap_or(record));
            let function = self.begin(&key_of(&name, &[], &ty), FunctionKind::Method, false, span);
            let (dst, base) = (self.builder.function_mut(function).ret, self.this());
            if let Some(base) = base {
                let key = Key::Named(self.builder.sym(&jvm::owned(&class, &name)));
                self.emit(Op::Load { dst, base, key }, record);
            }
            self.end(function);
        }
    }

    /// Slots of a list of arguments.
    pub(super) fn arguments(&mut self, list: Node<'_>) -> Vec<Slot> {
        children(list).into_iter().map(|arg| self.value(arg)).collect()
    }
}

fn span_of_function(lower: &mut Lower<'_>, function: FunctionId) -> faultline_facts::Span {
    lower.builder.function_mut(function).span
}

fn key_of(name: &str, params: &[(String, String)], returns: &str) -> String {
    let types: Vec<&str> = params.iter().map(|(_, ty)| ty.as_str()).collect();
    format!("{name}({}){returns}", types.join(","))
}

pub(super) fn with_dimensions(ty: &str, dimensions: Option<&str>) -> String {
    let more = dimensions.map_or(0, count);
    if more == 0 { ty.to_owned() } else { format!("{}{}", jvm::plain(ty), "[]".repeat(more)) }
}
