//! Functions: parameters, results, bodies.

use faultline_facts::{ClassId, FunctionId, FunctionKind, Key, ObjectKind, Op, Param, ParamKind, Slot, TypePlace};
use rustc_hash::FxHashMap;
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, fields, kind, named},
    lower::{Bound, Current, Lower},
    span,
};

/// What a function is called.
pub(super) struct Signature<'t> {
    pub(super) name: &'t str,
    pub(super) qualified: String,
    pub(super) kind: FunctionKind,
    pub(super) receiver: Option<Node<'t>>,
    /// The interface that it belongs to.
    pub(super) class: Option<ClassId>,
}

impl<'t> Lower<'t> {
    /// Lowers a function with its body.
    pub(super) fn function(&mut self, node: Node<'t>, signature: &Signature<'t>) -> FunctionId {
        let name = self.builder.sym(signature.name);
        let qualified = self.builder.sym(&signature.qualified);
        let parent = self.current.id;
        let id = self.builder.function(name, qualified, Some(parent), signature.kind, span(node));
        self.builder.function_mut(id).class = signature.class;
        self.qualified.insert(id, signature.qualified.clone());
        let outer = std::mem::replace(
            &mut self.current,
            Current { id, results: Vec::new(), params: FxHashMap::default(), unsafe_noted: false },
        );
        self.scoped(|lower| {
            lower.type_parameters(node);
            if let Some(receiver) = signature.receiver {
                lower.receiver(id, receiver);
            }
            lower.parameters(id, node);
            lower.results(id, node);
            if let Some(body) = field(node, Part::Body) {
                lower.block(body);
            }
        });
        self.current = outer;
        id
    }

    /// A function literal; its name counts within the function around it.
    pub(super) fn closure(&mut self, node: Node<'t>) -> Slot {
        let around = self.current.id;
        let count = self.closures.entry(around).or_insert(0);
        *count += 1;
        let count = *count;
        let qualified = match self.qualified.get(&around) {
            None => format!("init.func{count}"),
            Some(outer) if outer.rsplit('.').next().is_some_and(is_closure) => format!("{outer}.{count}"),
            Some(outer) => format!("{outer}.func{count}"),
        };
        let signature = Signature { name: "", qualified, kind: FunctionKind::Function, receiver: None, class: None };
        let function = self.function(node, &signature);
        let dst = self.slot();
        self.push(Op::Closure { dst, function }, span(node));
        dst
    }

    pub(super) fn type_parameters(&mut self, node: Node<'t>) {
        let Some(list) = field(node, Part::TypeParameters) else { return };
        let declared: Vec<Node<'t>> = named(list).into_iter().filter(|p| kind(*p) == Kind::TypeParameter).collect();
        // Bounds may name parameters declared beside them.
        for name in declared.iter().flat_map(|parameter| fields(*parameter, Part::Name)) {
            let text = self.text(name);
            self.bind(text, Bound::Parameter(Vec::new()));
        }
        for parameter in declared {
            let bounds = field(parameter, Part::Type).map(|of| self.types(of)).unwrap_or_default();
            for name in fields(parameter, Part::Name) {
                let text = self.text(name);
                self.bind(text, Bound::Parameter(bounds.clone()));
            }
        }
    }

    fn receiver(&mut self, id: FunctionId, list: Node<'t>) {
        let slot = self.slot();
        self.builder.function_mut(id).this = Some(slot);
        let Some(parameter) = named(list).into_iter().find(|p| kind(*p) == Kind::Parameter) else { return };
        let Some(of) = field(parameter, Part::Type) else { return };
        self.receiver_parameters(of);
        let types = self.types(of);
        self.typed(slot, &types, TypePlace::Instance, span(parameter));
        if let Some(name) = field(parameter, Part::Name) {
            let text = self.text(name);
            self.bind(text, Bound::Value(slot));
        }
    }

    /// The receiver `*List[T]` declares `T`.
    fn receiver_parameters(&mut self, mut of: Node<'t>) {
        while matches!(kind(of), Kind::PointerType | Kind::ParenthesizedType) {
            let Some(inner) = of.named_child(0) else { return };
            of = inner;
        }
        if kind(of) != Kind::GenericType {
            return;
        }
        for arguments in named(of).into_iter().skip(1) {
            for argument in named(arguments) {
                let text = self.text(argument);
                self.bind(text, Bound::Parameter(Vec::new()));
            }
        }
    }

    fn parameters(&mut self, id: FunctionId, node: Node<'t>) {
        let Some(list) = field(node, Part::Parameters) else { return };
        for parameter in named(list) {
            let rest = match kind(parameter) {
                Kind::Parameter => false,
                Kind::Variadic => true,
                _ => continue,
            };
            let Some(of) = field(parameter, Part::Type) else { continue };
            let types = self.types(of);
            let names = fields(parameter, Part::Name);
            for name in &names {
                let text = self.text(*name);
                self.parameter(id, text, rest, &types, *name);
            }
            if names.is_empty() {
                self.parameter(id, "", rest, &types, parameter);
            }
        }
    }

    fn parameter(&mut self, id: FunctionId, name: &'t str, rest: bool, types: &[Slot], at: Node<'t>) {
        let slot = self.slot();
        let sym = self.builder.sym(name);
        let kind = if rest { ParamKind::Rest } else { ParamKind::Normal };
        let params = &mut self.builder.function_mut(id).params;
        params.push(Param { name: sym, slot, kind });
        self.current.params.insert(slot, params.len() - 1);
        self.typed(slot, types, TypePlace::Instance, span(at));
        self.bind(name, Bound::Value(slot));
    }

    fn results(&mut self, id: FunctionId, node: Node<'t>) {
        let Some(result) = field(node, Part::Result) else { return };
        if kind(result) != Kind::Parameters {
            let ret = self.builder.function_mut(id).ret;
            let types = self.types(result);
            self.typed(ret, &types, TypePlace::Instance, span(result));
            self.current.results = vec![ret];
            return;
        }
        let mut declared: Vec<(&'t str, Vec<Slot>, Node<'t>)> = Vec::new();
        for parameter in named(result).into_iter().filter(|p| kind(*p) == Kind::Parameter) {
            let Some(of) = field(parameter, Part::Type) else { continue };
            let types = self.types(of);
            let names = fields(parameter, Part::Name);
            if names.is_empty() {
                declared.push(("", types, parameter));
            } else {
                declared.extend(names.into_iter().map(|name| (self.text(name), types.clone(), name)));
            }
        }
        let several = declared.len() > 1;
        let ret = self.builder.function_mut(id).ret;
        if several {
            self.push(Op::Object { dst: ret, kind: ObjectKind::Tuple }, span(result));
        }
        for (index, (name, types, at)) in declared.into_iter().enumerate() {
            let slot = if several { self.slot() } else { ret };
            self.typed(slot, &types, TypePlace::Instance, span(at));
            if several {
                let key = Key::Index(u32::try_from(index).unwrap_or(u32::MAX));
                let accessor = faultline_facts::Accessor::Value;
                self.push(Op::Store { base: ret, key, src: slot, accessor }, span(at));
            }
            self.bind(name, Bound::Value(slot));
            self.current.results.push(slot);
        }
    }

    /// What is written through a parameter is seen in the argument.
    pub(super) fn note_written(&mut self, slot: Slot) {
        if let Some(index) = self.current.params.get(&slot) {
            let id = self.current.id;
            if let Some(param) = self.builder.function_mut(id).params.get_mut(*index)
                && param.kind == ParamKind::Normal
            {
                param.kind = ParamKind::Shared;
            }
        }
    }
}

fn is_closure(part: &str) -> bool {
    let digits = part.strip_prefix("func").unwrap_or(part);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
