//! Lambdas and method references.

use faultline_facts::{CallKind, FunctionFlags, FunctionKind, Op, Param, ParamKind, Slot, Sym, jvm};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::{Frame, Lower, names::children, span_of};

impl Lower<'_> {
    /// `x -> …`: named when its body is done, so that inner lambdas have the lower numbers, as compilers do it.
    pub(super) fn lambda(&mut self, node: Node<'_>) -> Slot {
        let dst = self.slot();
        let parent = self.function();
        let function = self.builder.function(Sym(0), Sym(0), Some(parent), FunctionKind::Function, span_of(node));
        self.builder.function_mut(function).flags = FunctionFlags { arrow: true, ..FunctionFlags::default() };
        let this = self.this();
        self.frames.push(Frame { function, this, scopes: vec![FxHashMap::default()], yields: Vec::new() });
        self.names.local.push(FxHashMap::default());
        if let Some(parameters) = node.child_by_field_name("parameters") {
            self.lambda_parameters(parameters);
        }
        if let Some(body) = node.child_by_field_name("body") {
            if body.kind() == "block" {
                self.block(body);
            } else {
                let src = self.value(body);
                let ret = self.builder.function_mut(function).ret;
                self.emit(Op::Copy { dst: ret, src }, body);
            }
        }
        self.names.local.pop();
        self.frames.pop();
        let (class, number) = match self.classes.last_mut() {
            Some(class) => {
                class.lambdas += 1;
                (class.name.clone(), class.lambdas - 1)
            }
            None => (String::new(), 0),
        };
        let (name, qualified) = (format!("lambda${number}"), format!("{class}.lambda${number}"));
        let (name, qualified) = (self.builder.sym(&name), self.builder.sym(&qualified));
        let entry = self.builder.function_mut(function);
        (entry.name, entry.qualified) = (name, qualified);
        self.emit(Op::Closure { dst, function }, node);
        dst
    }

    fn lambda_parameters(&mut self, node: Node<'_>) {
        let list = if node.kind() == "identifier" { vec![node] } else { children(node) };
        for parameter in list {
            let (name, ty) = match parameter.kind() {
                "identifier" => (self.text(parameter), None),
                _ => match parameter.child_by_field_name("name") {
                    Some(name) => (self.text(name), parameter.child_by_field_name("type")),
                    None => continue,
                },
            };
            let ty = ty.map(|ty| self.names.erased(self.source, ty)).unwrap_or_default();
            let slot = self.variable(name, &ty, parameter);
            let sym = self.builder.sym(name);
            let function = self.function();
            let param = Param { name: sym, slot, kind: ParamKind::PositionalOnly };
            self.builder.function_mut(function).params.push(param);
        }
    }

    /// `Type::name`, `value::name`, `Type::new`.
    pub(super) fn method_reference(&mut self, node: Node<'_>) -> Slot {
        let result = self.slot();
        let mut cursor = node.walk();
        let all: Vec<Node<'_>> = node.children(&mut cursor).collect();
        let (Some(object), Some(member)) = (all.first(), all.last()) else { return result };
        let is_new = member.kind() == "new";
        let name = if is_new { "<init>" } else { self.text(*member) };
        let (base, key) = match object.kind() {
            "super" => (self.receiver(node), jvm::owned("super", name)),
            kind if kind.ends_with("type") || kind == "type_identifier" => {
                let ty = self.names.erased(self.source, *object);
                (self.global(&ty, *object), name.to_owned())
            }
            _ if is_new => {
                let ty = self.names.erased(self.source, *object);
                (self.global(&ty, *object), name.to_owned())
            }
            _ => (self.base(*object), name.to_owned()),
        };
        self.call(CallKind::Reference, base, &key, Vec::new(), result, node);
        result
    }
}
