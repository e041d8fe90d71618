//! Comprehensions and generator expressions, inlined into the function around them.

use faultline_facts::{Accessor, Key, ObjectKind, Op, Slot};
use ruff_python_ast::{Comprehension, Expr};
use ruff_text_size::Ranged;

use super::lower::Lower;

impl Lower<'_> {
    pub(super) fn comprehension(&mut self, expr: &Expr, want: Option<Slot>) -> Slot {
        let (kind, key, value, generators, index) = match expr {
            Expr::ListComp(node) => (ObjectKind::Array, None, &node.elt, &node.generators, &node.node_index),
            Expr::Generator(node) => (ObjectKind::Array, None, &node.elt, &node.generators, &node.node_index),
            Expr::SetComp(node) => (ObjectKind::Set, None, &node.elt, &node.generators, &node.node_index),
            Expr::DictComp(node) => {
                (ObjectKind::Dict, node.key.as_ref(), &node.value, &node.generators, &node.node_index)
            }
            _ => return self.out(want),
        };
        let dst = self.object(kind, want);
        let Some(scope) = index.load().as_u32() else { return dst };
        let Some((first, rest)) = generators.split_first() else { return dst };
        let iterable = self.expr(&first.iter);
        let outer = std::mem::replace(&mut self.frame.scope, scope);
        self.own(scope);
        let mark = self.env.mark();
        self.generator(first, iterable);
        for generator in rest {
            let iterable = self.expr(&generator.iter);
            self.generator(generator, iterable);
        }
        self.collect(dst, kind, key.map(AsRef::as_ref), value);
        self.frame.scope = outer;
        self.rejoin(mark);
        dst
    }

    fn generator(&mut self, generator: &Comprehension, iterable: Slot) {
        self.store_item(&generator.target, iterable, &generator.iter, generator.is_async);
        for test in &generator.ifs {
            self.test(test);
            let condition = self.condition(test);
            self.refine(&condition.yes);
        }
    }

    fn collect(&mut self, dst: Slot, kind: ObjectKind, key: Option<&Expr>, value: &Expr) {
        if let Expr::Starred(starred) = value {
            let src = self.expr(&starred.value);
            return self.push(Op::Spread { dst, src });
        }
        let key = match (kind, key) {
            (ObjectKind::Dict, Some(key)) => Key::Computed(self.expr(key)),
            (ObjectKind::Dict, None) => {
                let src = self.expr(value);
                return self.push(Op::Spread { dst, src });
            }
            _ => Key::Element,
        };
        let src = self.expr(value);
        self.push_at(Op::Store { base: dst, key, src, accessor: Accessor::Value }, value.range());
    }
}
