//! The state of lowering one file, and the small operations that everything else is made of.

use faultline_facts::{
    Accessor, Arg, ArgKind, Builder, Call, CallKind, Callee, ClassId, Const, DynamicKind, FunctionId, GuardId,
    ImportId, Key, Language, ModuleKind, ObjectKind, Op, Slot, Span, Stmt, Sym,
};
use oxc_ast::ast::TSType;
use oxc_semantic::{Scoping, SymbolId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::lines::Lines;
use super::names::{Hint, Names};
use super::variables::Flow;

/// Constants remembered per function; beyond it they are emitted again.
const REMEMBERED: usize = 32;

/// Where the value of an expression goes.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// The slot.
    pub slot: Slot,
    /// Nothing else flows into it, so a fresh object may be built in it.
    pub sole: bool,
}

/// `None`: the expression chooses a slot itself.
pub(super) type Into = Option<Target>;

/// The state of one file.
pub(super) struct Lower<'b, 'a> {
    pub builder: Builder,
    pub scoping: &'b Scoping,
    /// The whole file.
    pub text: &'b str,
    pub lines: Lines,
    pub kind: ModuleKind,
    pub language: Language,
    /// Slot of each symbol; `NO_SLOT` until met.
    pub slots: Vec<Slot>,
    /// Per symbol: whether all its assignments stand in the function that declares it.
    pub written_locally: Vec<Option<bool>>,
    /// Function of each scope that begins one; `NO_FUNCTION` otherwise.
    pub scope_functions: Vec<FunctionId>,
    pub frame: Frame,
    pub names: Names<'b>,
    /// Name for the function, class or object literal that is lowered next.
    pub hint: Option<Hint<'b>>,
    pub aliases: FxHashMap<SymbolId, &'b TSType<'a>>,
    /// Variables that hold a `require` made by `createRequire`.
    pub requires: FxHashSet<SymbolId>,
    /// Imports by the variable they bind.
    pub imported_symbols: FxHashMap<SymbolId, ImportId>,
    /// Decorators are in use, so types may be kept as values.
    pub decorated: bool,
    /// Objects of the namespaces around, innermost last.
    pub namespaces: Vec<Slot>,
    pub test_like: bool,
    /// Memory of finished frames.
    pub spare: Vec<Known>,
}

/// The function being lowered.
pub(super) struct Frame {
    pub id: FunctionId,
    pub this: Option<Slot>,
    /// Nearest function that is not an arrow, which owns `arguments`.
    pub arguments_owner: Option<FunctionId>,
    pub class: Option<ClassId>,
    /// The object literal whose method this is; `super` starts at its prototype.
    pub home: Option<Slot>,
    /// Node in [`Names`].
    pub naming: u32,
    pub guard: Option<GuardId>,
    /// Depth of conditionals, loops and `try` around.
    pub conditional: u32,
    pub flow: Flow,
    known: Known,
    plain: [Option<Slot>; 2],
}

impl Frame {
    /// A frame without anything inherited.
    pub(super) fn new(id: FunctionId, naming: u32) -> Frame {
        Frame {
            id,
            this: None,
            arguments_owner: None,
            class: None,
            home: None,
            naming,
            guard: None,
            conditional: 0,
            flow: Flow::default(),
            known: Known::default(),
            plain: [None, None],
        }
    }

    /// Gives the statements to the function, and the memory to the next frame.
    pub(super) fn finish(self, builder: &mut Builder) -> Known {
        let mut known = self.known;
        builder.function_mut(self.id).body = known.body.as_slice().to_vec();
        known.body.clear();
        known.consts.clear();
        known.globals.clear();
        known
    }
}

/// The growing parts of a frame, whose memory is used again: statements so far, and constants and globals
/// that the function has slots for already.
#[derive(Default)]
pub(super) struct Known {
    body: Vec<Stmt>,
    consts: Vec<(Const, Slot)>,
    globals: Vec<(Sym, Slot)>,
}

/// A symbol without a slot so far.
pub(super) const NO_SLOT: Slot = Slot(u32::MAX);
/// A scope that does not begin a function.
pub(super) const NO_FUNCTION: FunctionId = FunctionId(u32::MAX);

impl Lower<'_, '_> {
    /// A frame in recycled memory.
    pub(super) fn new_frame(&mut self, id: FunctionId, naming: u32) -> Frame {
        let known = self.spare.pop().unwrap_or_default();
        Frame { known, ..Frame::new(id, naming) }
    }

    /// A fresh slot of the current function.
    pub(super) fn temp(&mut self) -> Slot {
        self.builder.slot(self.frame.id)
    }

    /// The target's slot, or a fresh one.
    pub(super) fn slot(&mut self, into: Into) -> Slot {
        match into {
            Some(target) => target.slot,
            None => self.temp(),
        }
    }

    fn emit(&mut self, op: Op, span: Span, guard: Option<GuardId>) {
        self.frame.known.body.push(Stmt { op, span, guard });
    }

    /// Appends a statement under the current guard.
    pub(super) fn push(&mut self, op: Op, span: oxc_span::Span) {
        let span = self.lines.span(span);
        self.emit(op, span, self.frame.guard);
    }

    /// Appends a statement whose place and condition do not matter.
    pub(super) fn push_bare(&mut self, op: Op) {
        self.emit(op, Span::default(), None);
    }

    /// Copies unless both are the same.
    pub(super) fn copy(&mut self, dst: Slot, src: Slot) {
        if dst != src {
            let guard = self.frame.guard;
            self.emit(Op::Copy { dst, src }, Span::default(), guard);
        }
    }

    /// Gives `src` to the target, if there is one.
    pub(super) fn deliver(&mut self, src: Slot, into: Into) -> Slot {
        match into {
            Some(target) => {
                self.copy(target.slot, src);
                target.slot
            }
            None => src,
        }
    }

    /// A slot with a constant.
    pub(super) fn constant(&mut self, value: Const, into: Into) -> Slot {
        if let Some(target) = into {
            let op = Op::Const { dst: target.slot, value };
            self.emit(op, Span::default(), self.frame.guard);
            return target.slot;
        }
        if let Some((_, slot)) = self.frame.known.consts.iter().find(|(known, _)| *known == value) {
            return *slot;
        }
        let slot = self.temp();
        if self.frame.known.consts.len() < REMEMBERED {
            self.frame.known.consts.push((value.clone(), slot));
        }
        self.push_bare(Op::Const { dst: slot, value });
        slot
    }

    /// A string constant.
    pub(super) fn text(&mut self, text: &str, into: Into) -> Slot {
        let sym = self.builder.sym(text);
        self.constant(Const::Str(sym), into)
    }

    /// A value without callable parts.
    pub(super) fn plain(&mut self, into: Into) -> Slot {
        self.opaque(0, ObjectKind::Plain, into)
    }

    /// A string that is not constant.
    pub(super) fn some_text(&mut self, into: Into) -> Slot {
        self.opaque(1, ObjectKind::Text, into)
    }

    fn opaque(&mut self, which: usize, kind: ObjectKind, into: Into) -> Slot {
        let slot = if let Some(slot) = self.frame.plain[which] {
            slot
        } else {
            let dst = self.temp();
            self.frame.plain[which] = Some(dst);
            self.push_bare(Op::Object { dst, kind });
            dst
        };
        self.deliver(slot, into)
    }

    /// The value of a name that nothing in the file declares.
    pub(super) fn global(&mut self, name: &str, into: Into) -> Slot {
        let name = self.builder.sym(name);
        let slot = match self.frame.known.globals.iter().find(|(known, _)| *known == name) {
            Some((_, slot)) => *slot,
            None => self.fresh_global(name),
        };
        self.deliver(slot, into)
    }

    fn fresh_global(&mut self, name: Sym) -> Slot {
        let dst = self.temp();
        if self.frame.known.globals.len() < REMEMBERED {
            self.frame.known.globals.push((name, dst));
        }
        self.push_bare(Op::Global { dst, name });
        dst
    }

    /// A fresh object in a slot that holds nothing else, unless the target is already such.
    pub(super) fn object(&mut self, kind: ObjectKind, span: oxc_span::Span, into: Into) -> Slot {
        let dst = match into {
            Some(target) if target.sole => target.slot,
            _ => self.temp(),
        };
        self.push(Op::Object { dst, kind }, span);
        dst
    }

    /// Reads a property.
    pub(super) fn load(&mut self, base: Slot, key: Key, span: oxc_span::Span, into: Into) -> Slot {
        let dst = self.slot(into);
        self.push(Op::Load { dst, base, key }, span);
        dst
    }

    /// Reads a property by name.
    pub(super) fn load_name(&mut self, base: Slot, name: &str, span: oxc_span::Span) -> Slot {
        let key = Key::Named(self.builder.sym(name));
        self.load(base, key, span, None)
    }

    /// Writes a property.
    pub(super) fn store(&mut self, base: Slot, key: Key, src: Slot, span: oxc_span::Span) {
        self.push(Op::Store { base, key, src, accessor: Accessor::Value }, span);
    }

    /// Writes a property by name.
    pub(super) fn store_name(&mut self, base: Slot, name: &str, src: Slot, span: oxc_span::Span) {
        let key = Key::Named(self.builder.sym(name));
        self.store(base, key, src, span);
    }

    /// Calls.
    pub(super) fn invoke(
        &mut self,
        kind: CallKind,
        callee: Callee,
        args: Vec<Arg>,
        span: oxc_span::Span,
        into: Into,
    ) -> Slot {
        let result = self.slot(into);
        let span = self.lines.span(span);
        let calls = &mut self.builder.facts_mut().calls;
        let call = calls.len() as u32;
        calls.push(Call { kind, callee, args, result });
        self.emit(Op::Call { call }, span, self.frame.guard);
        result
    }

    /// Notes a dynamic site.
    pub(super) fn dynamic(&mut self, kind: DynamicKind, span: oxc_span::Span) {
        let span = self.lines.span(span);
        self.builder.dynamic(self.frame.id, kind, span);
    }
}

/// A positional argument.
pub(super) fn positional(slot: Slot) -> Arg {
    Arg { slot, kind: ArgKind::Positional }
}
