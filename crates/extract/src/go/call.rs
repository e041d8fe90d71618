//! Calls, conversions and the language's own functions.

use faultline_facts::{
    Accessor, Arg, ArgKind, Call, CallKind, Callee, DynamicKind, FunctionKind, Key, Op, Param, ParamKind, Slot,
    TypePlace,
};
use tree_sitter::Node;

use super::{
    kind::{Kind, Part, field, kind, named},
    lower::{Bound, Lower, bare},
    span,
    types::is_predeclared,
};

/// Functions of the language. Those that packages like to redefine (`min`, `max`, `close`) are left to the solver.
const BUILTINS: &[&str] = &[
    "append", "cap", "complex", "copy", "delete", "imag", "len", "make", "new", "panic", "print", "println", "real",
    "recover",
];

impl<'t> Lower<'t> {
    pub(super) fn call(&mut self, node: Node<'t>) -> Option<Slot> {
        let function = field(node, Part::Function)?;
        let arguments = field(node, Part::Arguments).map(named).unwrap_or_default();
        let inner = bare(function);
        if kind(inner) == Kind::Identifier {
            let text = self.text(inner);
            if self.known(text).is_none() && !self.imports.contains_key(text) {
                if is_predeclared(text) {
                    return arguments.first().and_then(|argument| self.expr(*argument));
                }
                if BUILTINS.contains(&text) {
                    return self.builtin(node, text, &arguments);
                }
            }
        }
        let callee = self.callee(inner);
        let args = self.arguments(&arguments);
        self.note_dynamic(node, inner);
        let callee = callee?;
        let result = self.slot();
        self.builder.call(self.current.id, Call { kind: CallKind::Call, callee, args, result }, span(node), None);
        Some(result)
    }

    fn callee(&mut self, node: Node<'t>) -> Option<Callee> {
        if kind(node) != Kind::Selector {
            return self.expr(node).map(Callee::Value);
        }
        let (operand, name) = (field(node, Part::Operand)?, field(node, Part::Member)?);
        if self.package_of(operand).is_some() {
            return self.expr(node).map(Callee::Value);
        }
        let is_type = matches!(self.known(self.text(bare(operand))), Some(Bound::Type(_)));
        if is_type || kind(operand) == Kind::Parenthesized && kind(bare(operand)) == Kind::Unary {
            return self.expr(node).map(Callee::Value);
        }
        let base = self.expr(operand)?;
        let key = Key::Named(self.sym(name));
        Some(Callee::Method { base, key })
    }

    /// A single call as the only argument may give several: it is spread.
    fn arguments(&mut self, arguments: &[Node<'t>]) -> Vec<Arg> {
        let only_call = matches!(arguments, [only] if kind(*only) == Kind::Call);
        let arg_kind = if only_call { ArgKind::Spread } else { ArgKind::Positional };
        let mut args = Vec::with_capacity(arguments.len());
        for argument in arguments {
            // Positions count, so an argument without callable parts has a slot too.
            let slot = match self.expr(*argument) {
                Some(slot) => slot,
                None => self.nothing(*argument),
            };
            args.push(Arg { slot, kind: arg_kind });
        }
        while args.len() > 1 && self.is_nothing(args[args.len() - 1].slot) {
            args.pop();
        }
        args
    }

    /// Calls of `append`, `new` and the like.
    fn builtin(&mut self, node: Node<'t>, name: &str, arguments: &[Node<'t>]) -> Option<Slot> {
        match name {
            "new" | "make" => self.made(node, arguments),
            "append" => self.append(node, arguments),
            "copy" => self.copy_elements(arguments),
            "panic" => {
                if let Some(src) = arguments.first().and_then(|argument| self.expr(*argument)) {
                    let name = self.builder.sym("@panic");
                    self.push(Op::StoreGlobal { name, src }, span(node));
                }
                None
            }
            "recover" => {
                let dst = self.slot();
                let name = self.builder.sym("@panic");
                self.push(Op::Global { dst, name }, span(node));
                Some(dst)
            }
            _ => {
                for argument in arguments {
                    self.effect(*argument);
                }
                None
            }
        }
    }

    fn made(&mut self, node: Node<'t>, arguments: &[Node<'t>]) -> Option<Slot> {
        let (of, rest) = arguments.split_first()?;
        for argument in rest {
            self.effect(*argument);
        }
        let types = self.types(*of);
        let dst = self.slot();
        self.typed(dst, &types, TypePlace::Made, span(node));
        Some(dst)
    }

    fn append(&mut self, node: Node<'t>, arguments: &[Node<'t>]) -> Option<Slot> {
        let values: Vec<Slot> = arguments.iter().filter_map(|argument| self.expr(*argument)).collect();
        let (list, added) = values.split_first()?;
        if added.is_empty() {
            return Some(*list);
        }
        let dst = self.slot();
        self.copy(dst, *list, span(node));
        for src in added {
            self.push(Op::Store { base: *list, key: Key::Element, src: *src, accessor: Accessor::Value }, span(node));
            self.copy(dst, *src, span(node));
        }
        Some(dst)
    }

    fn copy_elements(&mut self, arguments: &[Node<'t>]) -> Option<Slot> {
        let [target, source] = arguments else { return None };
        if let Some(src) = self.expr(*source) {
            self.write_into(*target, src, 0);
        }
        None
    }

    /// A value as one of a type.
    pub(super) fn converted(&mut self, node: Node<'t>, of: Node<'t>, value: Option<Slot>) -> Option<Slot> {
        let types = self.types(of);
        if types.is_empty() {
            return value;
        }
        let dst = self.slot();
        self.typed(dst, &types, TypePlace::Instance, span(node));
        if let Some(src) = value {
            self.copy(dst, src, span(node));
        }
        Some(dst)
    }

    /// Reflection by name and plugins.
    fn note_dynamic(&mut self, node: Node<'t>, callee: Node<'t>) {
        if kind(callee) != Kind::Selector {
            return;
        }
        let (Some(operand), Some(name)) = (field(callee, Part::Operand), field(callee, Part::Member)) else {
            return;
        };
        let kind = match self.text(name) {
            "MethodByName" if self.imports.contains_key("reflect") => DynamicKind::Reflection,
            "Open" if self.text(operand) == "plugin" && self.package_of(operand).is_some() => DynamicKind::Import,
            _ => return,
        };
        self.builder.dynamic(self.current.id, kind, span(node));
    }

    /// A function `(receiver, arguments…) → receiver.name(arguments…)`.
    pub(super) fn forwarder(&mut self, node: Node<'t>, of: Slot, name: &str) -> Slot {
        let at = span(node);
        let around = self.current.id;
        let (own, outer) = (self.builder.sym(name), self.qualified.get(&around).cloned().unwrap_or_default());
        let qualified = self.builder.sym(&format!("{outer}.{name}-thunk"));
        let id = self.builder.function(own, qualified, Some(around), FunctionKind::Function, at);
        let (receiver, rest, result) = (self.builder.slot(id), self.builder.slot(id), self.builder.slot(id));
        let empty = self.builder.sym("");
        let function = self.builder.function_mut(id);
        function.params = vec![
            Param { name: empty, slot: receiver, kind: ParamKind::Normal },
            Param { name: empty, slot: rest, kind: ParamKind::Rest },
        ];
        let ret = function.ret;
        let key = Key::Named(self.builder.sym(name));
        self.builder.push(id, Op::Typed { slot: receiver, class: of, place: TypePlace::Instance }, at, None);
        let call = Call {
            kind: CallKind::Call,
            callee: Callee::Method { base: receiver, key },
            args: vec![Arg { slot: rest, kind: ArgKind::Spread }],
            result,
        };
        self.builder.call(id, call, at, None);
        self.builder.push(id, Op::Copy { dst: ret, src: result }, at, None);
        let dst = self.slot();
        self.push(Op::Closure { dst, function: id }, at);
        dst
    }

    /// A slot that holds nothing.
    fn nothing(&mut self, _at: Node<'t>) -> Slot {
        let id = self.current.id;
        if let Some(slot) = self.empty.get(&id) {
            return *slot;
        }
        let slot = self.slot();
        self.empty.insert(id, slot);
        slot
    }

    fn is_nothing(&self, slot: Slot) -> bool {
        self.empty.get(&self.current.id) == Some(&slot)
    }
}
