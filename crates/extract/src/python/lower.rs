//! The second walk: state and the small operations that every part of it uses.

use faultline_facts::{
    Arg, ArgKind, Builder, Call, CallKind, Callee, ClassId, Const, FunctionId, GuardId, Key, ObjectKind, Op, Slot,
    Span, Sym,
};
use ruff_text_size::TextRange;
use rustc_hash::FxHashMap;

use super::env::Env;
use super::lines::Lines;
use super::scope::{MODULE, ScopeId, Table, VarId};

/// The class that a function is a method of, or is nested in a method of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Enclosing {
    pub id: ClassId,
    pub name: Sym,
    pub slot: Slot,
}

/// State of the function being lowered.
#[derive(Debug)]
pub(super) struct Frame {
    pub function: FunctionId,
    pub scope: ScopeId,
    /// What qualified names of things defined here begin with: empty or `outer.`.
    pub prefix: String,
    pub class: Option<Enclosing>,
    pub first_param: Option<Slot>,
    pub guard: Option<GuardId>,
    /// False after `return`, `raise`, `break` and `continue`.
    pub live: bool,
    /// Depth of `if`, `try` and loops.
    pub conditional: u32,
    /// Under `if TYPE_CHECKING`.
    pub type_only: bool,
    pub yielded: Option<Slot>,
    /// Receives results that nothing reads.
    sink: Option<Slot>,
    consts: FxHashMap<ConstKey, Slot>,
    globals: FxHashMap<Sym, Slot>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ConstKey {
    Str(Sym),
    Int(i64),
    Bool(bool),
    Null,
}

impl Frame {
    pub(super) fn new(function: FunctionId, scope: ScopeId, prefix: String) -> Frame {
        Frame {
            function,
            scope,
            prefix,
            class: None,
            first_param: None,
            guard: None,
            live: true,
            conditional: 0,
            type_only: false,
            yielded: None,
            sink: None,
            consts: FxHashMap::default(),
            globals: FxHashMap::default(),
        }
    }
}

/// Lowers one module.
pub(super) struct Lower<'s> {
    pub builder: Builder,
    pub source: &'s str,
    pub lines: Lines,
    pub table: Table,
    pub env: Env,
    pub frame: Frame,
    /// Where imported names come from, as a dotted path.
    pub origins: FxHashMap<VarId, String>,
    /// Classes by the variable that their statement binds.
    pub classes: FxHashMap<VarId, Enclosing>,
    /// How often a qualified name was given.
    pub qualified: FxHashMap<String, u32>,
    /// Accessors found in the class body being lowered.
    pub accessors: Vec<faultline_facts::Member>,
}

impl<'s> Lower<'s> {
    pub(super) fn new(builder: Builder, source: &'s str, lines: Lines, table: Table) -> Lower<'s> {
        let env = Env::new(table.vars.len(), source.len());
        Lower {
            builder,
            source,
            lines,
            table,
            env,
            frame: Frame::new(FunctionId(0), MODULE, String::new()),
            origins: FxHashMap::default(),
            classes: FxHashMap::default(),
            qualified: FxHashMap::default(),
            accessors: Vec::new(),
        }
    }

    pub(super) fn slot(&mut self) -> Slot {
        self.builder.slot(self.frame.function)
    }

    pub(super) fn out(&mut self, want: Option<Slot>) -> Slot {
        want.unwrap_or_else(|| self.builder.slot(self.frame.function))
    }

    /// A slot for results that nothing reads.
    pub(super) fn sink(&mut self) -> Slot {
        if let Some(slot) = self.frame.sink {
            return slot;
        }
        let slot = self.slot();
        self.frame.sink = Some(slot);
        slot
    }

    /// An operator or implicit call whose result nothing reads.
    pub(super) fn effect(&mut self, kind: CallKind, base: Slot, method: &str, args: &[Slot], range: TextRange) {
        let sink = self.sink();
        self.special(kind, base, method, args, Some(sink), range);
    }

    pub(super) fn span(&mut self, range: TextRange) -> Span {
        self.lines.span(range)
    }

    /// Appends a statement whose place does not matter.
    pub(super) fn push(&mut self, op: Op) {
        self.builder.push(self.frame.function, op, Span::default(), self.frame.guard);
    }

    pub(super) fn push_at(&mut self, op: Op, range: TextRange) {
        let span = self.span(range);
        self.builder.push(self.frame.function, op, span, self.frame.guard);
    }

    pub(super) fn copy(&mut self, dst: Slot, src: Slot) {
        if dst != src {
            self.push(Op::Copy { dst, src });
        }
    }

    /// Gives `src`, copied into the wanted slot when there is one.
    pub(super) fn give(&mut self, src: Slot, want: Option<Slot>) -> Slot {
        match want {
            Some(dst) => {
                self.copy(dst, src);
                dst
            }
            None => src,
        }
    }

    /// The slot of a literal; one per function and value unless a slot is wanted.
    pub(super) fn constant(&mut self, value: Const, want: Option<Slot>) -> Slot {
        if let Some(dst) = want {
            self.push(Op::Const { dst, value });
            return dst;
        }
        let key = match &value {
            Const::Str(sym) => Some(ConstKey::Str(*sym)),
            Const::Int(int) => Some(ConstKey::Int(*int)),
            Const::Bool(bool) => Some(ConstKey::Bool(*bool)),
            Const::Null => Some(ConstKey::Null),
            Const::Num(_) | Const::Undefined => None,
        };
        if let Some(slot) = key.and_then(|key| self.frame.consts.get(&key)) {
            return *slot;
        }
        let dst = self.slot();
        self.builder.push(self.frame.function, Op::Const { dst, value }, Span::default(), None);
        if let Some(key) = key {
            self.frame.consts.insert(key, dst);
        }
        dst
    }

    pub(super) fn text(&mut self, text: &str) -> Slot {
        let sym = self.builder.sym(text);
        self.constant(Const::Str(sym), None)
    }

    /// The slot of a name that no scope declares; one per function.
    pub(super) fn global(&mut self, name: Sym) -> Slot {
        if let Some(slot) = self.frame.globals.get(&name) {
            return *slot;
        }
        let dst = self.slot();
        self.builder.push(self.frame.function, Op::Global { dst, name }, Span::default(), None);
        self.frame.globals.insert(name, dst);
        dst
    }

    pub(super) fn object(&mut self, kind: ObjectKind, want: Option<Slot>) -> Slot {
        let dst = self.out(want);
        self.push(Op::Object { dst, kind });
        dst
    }

    pub(super) fn load(&mut self, base: Slot, key: Key, want: Option<Slot>, range: TextRange) -> Slot {
        let dst = self.out(want);
        self.push_at(Op::Load { dst, base, key }, range);
        dst
    }

    pub(super) fn call(&mut self, kind: CallKind, callee: Callee, args: Vec<Arg>, result: Slot, range: TextRange) {
        let span = self.span(range);
        let call = Call { kind, callee, args, result };
        self.builder.call(self.frame.function, call, span, self.frame.guard);
    }

    /// An operator or implicit call of a special method.
    pub(super) fn special(
        &mut self,
        kind: CallKind,
        base: Slot,
        method: &str,
        args: &[Slot],
        result: Option<Slot>,
        range: TextRange,
    ) -> Slot {
        let key = Key::Named(self.builder.sym(method));
        let args = args.iter().map(|slot| Arg { slot: *slot, kind: ArgKind::Positional }).collect();
        let result = self.out(result);
        self.call(kind, Callee::Method { base, key }, args, result, range);
        result
    }

    /// A name of the file that is unique among its functions.
    pub(super) fn qualify(&mut self, name: &str) -> Sym {
        // Only recovery from a broken `def` leaves the name out.
        let name = if name.is_empty() { "<unnamed>" } else { name };
        let mut full = format!("{}{name}", self.frame.prefix);
        let count = self.qualified.entry(full.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            full = format!("{full}#{count}");
        }
        self.builder.sym(&full)
    }

    /// `__x` inside a class is `_Class__x`.
    pub(super) fn mangled(&mut self, name: &str) -> Sym {
        match self.frame.class {
            Some(class) if name.starts_with("__") && !name.ends_with("__") => {
                let owner = self.text_of(class.name).trim_start_matches('_').to_owned();
                self.builder.sym(&format!("_{owner}{name}"))
            }
            _ => self.builder.sym(name),
        }
    }

    pub(super) fn text_of(&mut self, sym: Sym) -> &str {
        self.builder.facts_mut().strings.get(sym.0 as usize).map_or("", String::as_str)
    }
}
