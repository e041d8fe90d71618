//! Statements: three-address operations over slots.

use crate::{ClassId, FunctionId, Span};

/// A variable, parameter or temporary of one function; blob-local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct Slot(pub u32);

/// An interned string; index into `Facts::strings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct Sym(pub u32);

/// Index into `Facts::imports`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct ImportId(pub u32);

/// Index into `Facts::guards`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct GuardId(pub u32);

/// One operation at one place.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Stmt {
    /// What happens.
    pub op: Op,
    /// The expression's whole extent. Matters for `Load` and `Store` (accessors), `Import` and calls.
    pub span: Span,
    /// Innermost condition under which it happens, when that is one worth knowing.
    pub guard: Option<GuardId>,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub enum Op {
    /// `dst ⊇ src`.
    Copy {
        /// Target.
        dst: Slot,
        /// Source.
        src: Slot,
    },
    /// A literal.
    Const {
        /// Target.
        dst: Slot,
        /// The literal.
        value: Const,
    },
    /// String concatenation or template, of constants and others.
    Concat {
        /// Target.
        dst: Slot,
        /// Left.
        left: Slot,
        /// Right.
        right: Slot,
    },
    /// A closure of `function` over the current environment.
    Closure {
        /// Target.
        dst: Slot,
        /// The function.
        function: FunctionId,
    },
    /// A class object; its members and bases are in `Facts::classes`.
    Class {
        /// Target.
        dst: Slot,
        /// The class.
        class: ClassId,
    },
    /// A new object, array, dictionary … ; contents follow as `Store`.
    Object {
        /// Target.
        dst: Slot,
        /// What kind.
        kind: ObjectKind,
    },
    /// `dst = base[key]`, getters and descriptors included.
    Load {
        /// Target.
        dst: Slot,
        /// Object read.
        base: Slot,
        /// Property.
        key: Key,
    },
    /// `base[key] = src`, setters included. With `accessor` other than `Value` it *defines* an accessor.
    Store {
        /// Object written.
        base: Slot,
        /// Property.
        key: Key,
        /// Value, or accessor function.
        src: Slot,
        /// Plain value or accessor definition.
        accessor: Accessor,
    },
    /// Copies all properties or elements of `src` into the object `dst` (`{...x}`, `[...x]`, `**x` in a literal).
    Spread {
        /// Object written.
        dst: Slot,
        /// Object or iterable read.
        src: Slot,
    },
    /// A call; details in `Facts::calls`.
    Call {
        /// Index into `Facts::calls`.
        call: u32,
    },
    /// Executes an import and binds what it gives.
    Import {
        /// Target.
        dst: Slot,
        /// The import.
        import: ImportId,
    },
    /// A name that no scope of the file declares: a builtin, a global, or something a star import gives.
    Global {
        /// Target.
        dst: Slot,
        /// The name. CommonJS `module`, `exports`, `require` and `__dirname` come this way when not shadowed.
        name: Sym,
    },
    /// Assignment to an undeclared global, or through `globalThis`/`window`.
    StoreGlobal {
        /// The name.
        name: Sym,
        /// Value.
        src: Slot,
    },
    /// An element of an iterable (`for … of`, unpacking, `yield from`).
    Iterate {
        /// Target.
        dst: Slot,
        /// Iterable.
        src: Slot,
    },
    /// A property name of an object (`for … in`, iteration over a dictionary's keys).
    Keys {
        /// Target.
        dst: Slot,
        /// Object.
        src: Slot,
    },
    /// The value of a promise or awaitable.
    Await {
        /// Target.
        dst: Slot,
        /// Promise.
        src: Slot,
    },
    /// `dst` is the part of `src` that passes a test (narrowing by `instanceof`, `isinstance`, `typeof`).
    Narrow {
        /// Target.
        dst: Slot,
        /// Source.
        src: Slot,
        /// The test.
        test: Test,
    },
    /// The parent class's view of `this`: loads on it start after `class` in the MRO.
    Super {
        /// Target.
        dst: Slot,
        /// The class that the enclosing method belongs to.
        class: ClassId,
        /// The receiver (`this`, `self`, or `cls`).
        this: Slot,
    },
    /// The value in `slot` is declared to be of the class(es) in `class`.
    Typed {
        /// The typed value.
        slot: Slot,
        /// Evaluates to the class (or interface) object.
        class: Slot,
        /// Which part of the value has that type.
        place: TypePlace,
    },
}

/// Which part of a value a type speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum TypePlace {
    /// The value is an instance of it.
    Instance,
    /// Its elements are (`List[T]`, `T[]`, values of `Dict[K, T]`).
    Element,
    /// The value is the class itself (`Type[T]`, `typeof T`).
    Class,
    /// The value it resolves to when awaited is (`Promise<T>`, `Awaitable[T]`).
    Awaited,
    /// It is a fresh value of exactly that type, made here (Go composite literals, `new`, zero values).
    Made,
}

/// A literal.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub enum Const {
    /// String (Python bytes too, when valid UTF-8).
    Str(Sym),
    /// Integer that fits.
    Int(i64),
    /// Any other number.
    Num(f64),
    /// Boolean.
    Bool(bool),
    /// `null`, `None`.
    Null,
    /// `undefined`.
    Undefined,
}

/// Kind of a fresh object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum ObjectKind {
    /// JavaScript object literal.
    Object,
    /// JavaScript array, Python list.
    Array,
    /// Python tuple: elements by index.
    Tuple,
    /// Python dictionary.
    Dict,
    /// Set.
    Set,
    /// Regular expression literal.
    Regex,
    /// String value produced by an expression that is not constant.
    Text,
    /// A value without callable parts (number, boolean).
    Plain,
}

/// Which property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum Key {
    /// Attribute or property by constant name: `o.x`, `o['x']`. Not for Python subscripts.
    Named(Sym),
    /// Element by constant index.
    Index(u32),
    /// Some element, index not known (`push`ed values, array holes).
    Element,
    /// Python subscript by constant string: `d['x']`.
    Item(Sym),
    /// By a value: `o[k]`.
    Computed(Slot),
}

/// Plain value or accessor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum Accessor {
    /// A value.
    Value,
    /// A getter function.
    Getter,
    /// A setter function.
    Setter,
}

/// A narrowing test.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub enum Test {
    /// Instance of the class in the slot.
    Instance(Slot),
    /// Not an instance of the class in the slot.
    NotInstance(Slot),
    /// Callable.
    Callable,
    /// Not callable.
    NotCallable,
    /// A string.
    Text,
    /// Equal to the constant.
    Equals(Const),
    /// Not equal to the constant.
    Differs(Const),
}

/// A condition on a slot. Nested conditions chain through `parent`; all must hold.
///
/// Frontends emit guards only for tests of a variable that is never reassigned (parameters above all)
/// against constants: `if (x === 'a')`, `switch (x) { case 'a': }`, `typeof x === 'function'`.
/// The solver uses them where it knows the value (cloned calls), and may ignore them.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Guard {
    /// Enclosing condition.
    pub parent: Option<GuardId>,
    /// Tested slot.
    pub slot: Slot,
    /// Any of these tests holds (a `switch` case with fall-through has several).
    pub any: Vec<Test>,
    /// Or this other condition does, its `parent` aside: `!(a && b)` over two slots.
    pub or: Option<GuardId>,
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Import {
    /// Specifier as written: `./x`, `@a/b/c`, `a.b`; empty for Python `from . import x`.
    pub specifier: Sym,
    /// Leading dots of a Python relative import; 0 otherwise.
    pub level: u32,
    /// What is imported.
    pub what: Imported,
    /// How.
    pub mode: ImportMode,
    /// Function in which it stands.
    pub function: FunctionId,
    /// Place: the whole import statement or `require(…)` call.
    pub span: Span,
}

/// What an import takes from the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum Imported {
    /// The module itself: `import * as x`, `require`, `import a.b as x`. For Python `import a.b` two imports
    /// are emitted: `a.b` (its slot unused) and `a` (bound to the name).
    Module,
    /// One name; may be a Python submodule.
    Name(Sym),
    /// The ESM default export.
    Default,
    /// Every public name.
    Star,
    /// Nothing: `import 'x'`.
    Effect,
}

/// How an import happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, bitcode::Encode, bitcode::Decode)]
pub enum ImportMode {
    /// Static import statement or top-level `require`.
    Static,
    /// Inside a function, a conditional or `try`.
    Conditional,
    /// `import('x')` or `importlib.import_module('x')` with a constant; the value is a promise for the former.
    Dynamic,
    /// Types only: nothing is loaded.
    TypeOnly,
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum Callee {
    /// A value.
    Value(Slot),
    /// A property of an object, which becomes the receiver: `base.key(…)`.
    Method {
        /// Receiver.
        base: Slot,
        /// Property.
        key: Key,
    },
}

/// Kind of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum CallKind {
    /// An ordinary call. In Python also instantiation.
    Call,
    /// JavaScript `new`.
    New,
    /// `super(…)` in a JavaScript constructor; the callee is the slot of an `Op::Super`.
    SuperNew,
    /// A decorator applied to what it decorates.
    Decorator,
    /// A method of exactly the class named, without dispatch: Java `super.f()`, `this(…)`, private methods.
    Special,
    /// Nothing runs: the result is a callable of the callee with the arguments as its first ones (Java
    /// method references and lambdas of class files).
    Reference,
    /// An operator that may call a method (`a + b`, `a[b]`, `a < b`): callee is the method by its special name.
    Operator,
    /// An implicit call: `__iter__`, `__next__`, `__enter__`, `__exit__`, `toString`, tagged templates excepted.
    Implicit,
}

/// Details of a call.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Call {
    /// Kind.
    pub kind: CallKind,
    /// What is called.
    pub callee: Callee,
    /// Arguments in order.
    pub args: Vec<Arg>,
    /// Receives the result. For an async function: a promise.
    pub result: Slot,
}

/// An argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Arg {
    /// Value.
    pub slot: Slot,
    /// How it is passed.
    pub kind: ArgKind,
}

/// How an argument is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum ArgKind {
    /// By position.
    Positional,
    /// `...x`, `*x`.
    Spread,
    /// `name=x`.
    Keyword(Sym),
    /// `**x`.
    KeywordSpread,
}

/// Applies `rename` to every slot that facts mention.
pub(crate) fn rename_slots(facts: &mut crate::Facts, rename: &dyn Fn(&mut Slot)) {
    for function in &mut facts.functions {
        function.params.iter_mut().for_each(|p| rename(&mut p.slot));
        [&mut function.this, &mut function.arguments, &mut function.yielded].into_iter().flatten().for_each(rename);
        rename(&mut function.ret);
        function.body.iter_mut().for_each(|stmt| rename_op(&mut stmt.op, rename));
    }
    for class in &mut facts.classes {
        class.bases.iter_mut().chain(&mut class.metaclass).for_each(rename);
        class.members.iter_mut().for_each(|m| rename(&mut m.slot));
    }
    for call in &mut facts.calls {
        match &mut call.callee {
            Callee::Value(slot) => rename(slot),
            Callee::Method { base, key } => {
                rename(base);
                rename_key(key, rename);
            }
        }
        call.args.iter_mut().for_each(|a| rename(&mut a.slot));
        rename(&mut call.result);
    }
    for guard in &mut facts.guards {
        rename(&mut guard.slot);
        guard.any.iter_mut().for_each(|test| rename_test(test, rename));
    }
    facts.names.iter_mut().for_each(|(_, slot)| rename(slot));
    facts.annotations.iter_mut().filter_map(|a| a.base.as_mut()).for_each(rename);
}

fn rename_key(key: &mut Key, rename: &dyn Fn(&mut Slot)) {
    if let Key::Computed(slot) = key {
        rename(slot);
    }
}

fn rename_test(test: &mut Test, rename: &dyn Fn(&mut Slot)) {
    if let Test::Instance(slot) | Test::NotInstance(slot) = test {
        rename(slot);
    }
}

fn rename_op(op: &mut Op, rename: &dyn Fn(&mut Slot)) {
    match op {
        Op::Copy { dst, src }
        | Op::Spread { dst, src }
        | Op::Iterate { dst, src }
        | Op::Keys { dst, src }
        | Op::Await { dst, src } => {
            rename(dst);
            rename(src);
        }
        Op::Const { dst, .. }
        | Op::Closure { dst, .. }
        | Op::Class { dst, .. }
        | Op::Object { dst, .. }
        | Op::Import { dst, .. }
        | Op::Global { dst, .. } => rename(dst),
        Op::StoreGlobal { src, .. } => rename(src),
        Op::Concat { dst, left, right } => [dst, left, right].into_iter().for_each(rename),
        Op::Load { dst, base, key } => {
            rename(dst);
            rename(base);
            rename_key(key, rename);
        }
        Op::Store { base, key, src, .. } => {
            rename(base);
            rename_key(key, rename);
            rename(src);
        }
        Op::Narrow { dst, src, test } => {
            rename(dst);
            rename(src);
            rename_test(test, rename);
        }
        Op::Super { dst, this, .. } => {
            rename(dst);
            rename(this);
        }
        Op::Typed { slot, class, .. } => {
            rename(slot);
            rename(class);
        }
        Op::Call { .. } => {}
    }
}
