//! Type annotations: which classes a value is declared to be of.

use faultline_facts::{FunctionId, Op, Slot, Span, TypePlace};
use ruff_python_ast::{Expr, ExprSubscript, Operator};
use ruff_python_parser::typing::parse_type_annotation;

use super::lower::Lower;

/// Longer strings are no annotations.
const LONGEST: usize = 200;

enum Generic {
    /// `Optional[T]`, `Annotated[T, …]`: the type of the first argument.
    First,
    /// `Union[A, B]`: of all arguments.
    All,
    /// `List[T]`: the elements are of all arguments.
    Elements,
    /// `Generator[T, …]`: the elements are of the first argument.
    FirstElement,
    /// `Dict[K, V]`: the elements are of the last argument.
    LastElement,
    Class,
    /// `Awaitable[T]`, `Coroutine[…, …, T]`: the last argument is what awaiting gives.
    Awaited,
    /// `Callable[…]`, `Literal[…]`.
    Nothing,
    /// A class with parameters of its own.
    Plain,
}

impl Lower<'_> {
    pub(super) fn push_types(&mut self, function: FunctionId, slot: Slot, types: &[(Slot, TypePlace)]) {
        for (class, place) in types {
            let op = Op::Typed { slot, class: *class, place: *place };
            self.builder.push(function, op, Span::default(), None);
        }
    }

    pub(super) fn tuple_types(&mut self, tuple: &Expr, out: &mut Vec<(Slot, TypePlace)>) {
        if let Expr::Tuple(tuple) = tuple {
            for class in &tuple.elts {
                let class = self.expr(class);
                out.push((class, TypePlace::Instance));
            }
        }
    }

    /// Appends the classes that an annotation names.
    pub(super) fn types(&mut self, annotation: &Expr, place: TypePlace, out: &mut Vec<(Slot, TypePlace)>) {
        match annotation {
            Expr::Name(_) | Expr::Attribute(_) => self.named_type(annotation, place, out),
            Expr::StringLiteral(text) if text.value.len() < LONGEST => {
                if let Ok(parsed) = parse_type_annotation(text, self.source) {
                    self.types(parsed.expression(), place, out);
                }
            }
            Expr::BinOp(union) if union.op == Operator::BitOr => {
                self.types(&union.left, place, out);
                self.types(&union.right, place, out);
            }
            Expr::Subscript(subscript) => self.generic(subscript, place, out),
            _ => {}
        }
    }

    fn named_type(&mut self, expr: &Expr, place: TypePlace, out: &mut Vec<(Slot, TypePlace)>) {
        let origin = self.origin(expr);
        let root = origin.as_deref().and_then(|origin| origin.split('.').next()).unwrap_or("");
        if matches!(origin.as_deref(), Some("typing.Self" | "typing_extensions.Self")) {
            out.extend(self.frame.class.map(|class| (class.slot, place)));
            return;
        }
        if matches!(root, "typing" | "typing_extensions") || self.is_scalar(expr) {
            return;
        }
        let class = self.expr(expr);
        out.push((class, place));
    }

    /// A builtin: its methods are no code that is analysed.
    fn is_scalar(&mut self, expr: &Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let known = matches!(
            name.id.as_str(),
            "int"
                | "str"
                | "float"
                | "bool"
                | "bytes"
                | "object"
                | "complex"
                | "bytearray"
                | "list"
                | "dict"
                | "set"
                | "tuple"
                | "frozenset"
                | "type"
                | "range"
                | "slice"
                | "memoryview"
                | "property"
        );
        known && self.lookup(name.id.as_str()).is_none()
    }

    fn generic(&mut self, node: &ExprSubscript, place: TypePlace, out: &mut Vec<(Slot, TypePlace)>) {
        let args: &[Expr] = match &*node.slice {
            Expr::Tuple(tuple) => &tuple.elts,
            other => std::slice::from_ref(other),
        };
        let (args, inner) = match generic_kind(last_part(&node.value)) {
            Generic::Nothing => return,
            Generic::Plain => return self.named_type(&node.value, place, out),
            Generic::First => (args.get(..1), place),
            Generic::All => (Some(args), place),
            Generic::Elements => (Some(args), TypePlace::Element),
            Generic::FirstElement => (args.get(..1), TypePlace::Element),
            Generic::LastElement => (args.last().map(std::slice::from_ref), TypePlace::Element),
            Generic::Class => (Some(args), TypePlace::Class),
            Generic::Awaited => (args.last().map(std::slice::from_ref), TypePlace::Awaited),
        };
        // A part of a part cannot be said.
        if place != TypePlace::Instance && inner != place {
            return;
        }
        for arg in args.unwrap_or_default() {
            self.types(arg, inner, out);
        }
    }
}

fn last_part(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

fn generic_kind(name: &str) -> Generic {
    match name {
        "Optional" | "Annotated" | "Final" | "ClassVar" | "Required" | "NotRequired" | "ReadOnly" | "InitVar" => {
            Generic::First
        }
        "Union" => Generic::All,
        "List" | "list" | "Sequence" | "MutableSequence" | "Iterable" | "Iterator" | "Set" | "set" | "FrozenSet"
        | "frozenset" | "AbstractSet" | "MutableSet" | "Deque" | "deque" | "Tuple" | "tuple" | "Collection"
        | "Container" | "AsyncIterable" | "AsyncIterator" | "ValuesView" | "Reversible" => Generic::Elements,
        "Generator" | "AsyncGenerator" => Generic::FirstElement,
        "Dict" | "dict" | "Mapping" | "MutableMapping" | "DefaultDict" | "defaultdict" | "OrderedDict" => {
            Generic::LastElement
        }
        "Type" | "type" => Generic::Class,
        "Awaitable" | "Coroutine" | "Future" | "Task" => Generic::Awaited,
        "Callable" | "Literal" | "TypeGuard" | "TypeIs" | "Concatenate" | "Unpack" => Generic::Nothing,
        _ => Generic::Plain,
    }
}
