//! Method calls and object creation.

use faultline_facts::{CallKind, DynamicKind, Slot, jvm};
use tree_sitter::Node;

use super::{
    Lower,
    names::{child, children, plain},
    span_of,
};

impl Lower<'_> {
    pub(super) fn method_invocation(&mut self, node: Node<'_>) -> Slot {
        let name = node.child_by_field_name("name").map(|name| self.text(name)).unwrap_or_default();
        let object = node.child_by_field_name("object");
        let (kind, base, key) = match object {
            None => (CallKind::Call, self.receiver(node), self.unqualified_key(name)),
            Some(object) if object.kind() == "super" => {
                (CallKind::Special, self.receiver(node), jvm::owned("super", name))
            }
            Some(object) if is_super(node, object) => {
                let of = self.names.qualified(&plain(self.text(object)));
                (CallKind::Special, self.receiver(node), jvm::owned(&of, name))
            }
            Some(object) => (CallKind::Call, self.base(object), name.to_owned()),
        };
        let list = node.child_by_field_name("arguments");
        let args = list.map(|list| self.arguments(list)).unwrap_or_default();
        self.note_reflection(name, object, list, node);
        let result = self.slot();
        self.call(kind, base, &key, args, result, node);
        result
    }

    /// A method of a class around, or of a class that is imported from.
    fn unqualified_key(&self, name: &str) -> String {
        let owners = self.names.static_owners(name);
        if owners.is_empty() {
            return jvm::unqualified(name);
        }
        jvm::unqualified(&jvm::owned(&jvm::join_alternatives(&owners), name))
    }

    /// Reflection whose name is not written there.
    fn note_reflection(&mut self, name: &str, object: Option<Node<'_>>, list: Option<Node<'_>>, node: Node<'_>) {
        let first = list.map(children).and_then(|args| args.into_iter().next());
        let constant = first.is_some_and(|arg| arg.kind() == "string_literal");
        let on = object.map(|object| self.text(object)).unwrap_or_default();
        let kind = match name {
            "forName" if on == "Class" || on == "java.lang.Class" => DynamicKind::Import,
            "loadClass" if first.is_some() => DynamicKind::Import,
            "getMethod" | "getDeclaredMethod" if first.is_some() => DynamicKind::Reflection,
            "newProxyInstance" => DynamicKind::Reflection,
            "defineClass" => DynamicKind::Eval,
            _ => return,
        };
        if !constant {
            let function = self.function();
            self.builder.dynamic(function, kind, span_of(node));
        }
    }

    pub(super) fn creation(&mut self, node: Node<'_>) -> Slot {
        let Some(ty) = node.child_by_field_name("type") else { return self.slot() };
        let outer = children(node).into_iter().next().filter(|first| first.id() != ty.id() && is_outer(*first));
        let outer = outer.map(|outer| self.value(outer));
        let name = self.created_class(ty, outer.is_some());
        let list = node.child_by_field_name("arguments");
        let args = list.map(|list| self.arguments(list)).unwrap_or_default();
        let result = self.slot();
        let Some(body) = child(node, "class_body") else {
            let base = self.global(&name, node);
            self.call(CallKind::New, base, "<init>", args, result, node);
            return result;
        };
        let binary = self.numbered("");
        self.class(body, &binary, Some(&name));
        let base = self.global(&binary, node);
        self.call(CallKind::New, base, "<init>", Vec::new(), result, node);
        if !args.is_empty() {
            // The constructor of the class above gets the arguments.
            let ignored = self.slot();
            self.call(CallKind::Special, result, &jvm::owned(&name, "<init>"), args, ignored, node);
        }
        result
    }

    /// The class of `new T(…)`; of `outer.new T(…)` a member class of whatever `outer` is.
    fn created_class(&self, ty: Node<'_>, of_outer: bool) -> String {
        let name = self.names.erased(self.source, ty);
        let name = jvm::plain(&name).to_owned();
        if !of_outer {
            return name;
        }
        let simple = name.split('|').next().and_then(|name| name.rsplit(['.', '$']).next()).unwrap_or_default();
        let member = self.names.imports.iter().map(|import| format!("{}.{simple}", import.name));
        let own = self.classes.iter().rev().map(|class| format!("{}${simple}", class.name));
        let mut all: Vec<String> = own.chain(member).chain(self.names.members(simple)).collect();
        all.insert(0, name);
        jvm::join_alternatives(&all)
    }
}

fn is_outer(node: Node<'_>) -> bool {
    !matches!(node.kind(), "type_arguments" | "annotation" | "marker_annotation")
}

/// `Type.super.f()`: the parser keeps `super` apart from the object.
fn is_super(invocation: Node<'_>, object: Node<'_>) -> bool {
    let mut cursor = invocation.walk();
    invocation.children(&mut cursor).any(|child| child.kind() == "super" && child.id() != object.id())
}
