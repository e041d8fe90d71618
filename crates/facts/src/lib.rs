//! The fact schema: what one source blob says, with its codec.
//!
//! Facts depend on the blob's bytes, the language and the frontend's version, on nothing else: no path,
//! no package, no other file. A frontend resolves scopes and reduces a file to functions made of
//! three-address statements over *slots*; the solver gives them meaning.
//!
//! Pure: no I/O. Parser types never appear here.

mod build;
mod codec;
pub mod jvm;
mod op;
mod resource;
mod span;

pub use build::Builder;
pub use codec::{CodecError, FORMAT, decode, encode};
pub use op::{
    Accessor, Arg, ArgKind, Call, CallKind, Callee, Const, Guard, GuardId, Import, ImportId, ImportMode, Imported, Key,
    ObjectKind, Op, Slot, Stmt, Sym, Test, TypePlace,
};
pub use resource::{EntryPointDeclaration, GoManifest, JvmResource, NpmManifest, PythonManifest, Resource};
pub use span::Span;

/// A source language with a frontend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub enum Language {
    /// JavaScript, with JSX.
    JavaScript,
    /// TypeScript, with TSX.
    TypeScript,
    /// Python 3.
    Python,
    /// A JSON file that code may load.
    Json,
    /// Go.
    Go,
    /// Java source.
    Java,
    /// A class file of the Java virtual machine.
    Jvm,
}

impl Language {
    /// True for what meets in the symbol space of the Java virtual machine, see [`jvm`].
    pub fn is_jvm(self) -> bool {
        matches!(self, Language::Java | Language::Jvm)
    }
}

/// How a module takes part in its language's module system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum ModuleKind {
    /// ECMAScript module: has `import` or `export` statements.
    Esm,
    /// CommonJS: uses `require`, `module` or `exports`.
    CommonJs,
    /// Neither: a plain script, or undecidable without its path.
    Script,
    /// A Python module.
    Python,
    /// JSON data: its value is the module.
    Json,
    /// A file of a Go package; files of one folder with one package clause are one namespace.
    Go,
    /// A Java source file or a class file: its classes are found by their names.
    Jvm,
}

/// Index into [`Facts::functions`]; 0 is the module body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct FunctionId(pub u32);

/// Index into [`Facts::classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub struct ClassId(pub u32);

/// Everything that one blob says.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Facts {
    /// The language it was read as.
    pub language: Language,
    /// Module system.
    pub kind: ModuleKind,
    /// Properties of the whole file.
    pub flags: ModuleFlags,
    /// The package that the file declares itself part of (Go `package x`).
    pub package: Option<Sym>,
    /// Condition under which the file is built (`//go:build …`), as written.
    pub constraint: Option<Sym>,
    /// The strings that every [`Sym`] points into.
    pub strings: Vec<String>,
    /// Functions; index 0 is the module body, whose `qualified` is empty.
    pub functions: Vec<Function>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Imports of every kind, also those inside functions.
    pub imports: Vec<Import>,
    /// Call details, pointed to by [`Op::Call`].
    pub calls: Vec<Call>,
    /// Guards, pointed to by [`Stmt::guard`].
    pub guards: Vec<Guard>,
    /// Owner of every slot. Slots of one function are contiguous, see [`Function::slots`].
    pub slot_owner: Vec<FunctionId>,
    /// Module-level names: the slot *is* the attribute of the module object (Python globals, ESM exports).
    ///
    /// Python: every module-level binding. ESM: every export name (`default` included) to the slot whose
    /// current value it shows. CommonJS: empty; exports go through [`Op::Global`] `module` and `exports`.
    pub names: Vec<(Sym, Slot)>,
    /// Re-exports `export {a as b} from`, `export * as ns from`: exported name, import it forwards.
    pub reexports: Vec<(Sym, ImportId)>,
    /// Star imports: `from x import *`, `export * from 'x'`.
    pub stars: Vec<ImportId>,
    /// Python `__all__` when it is a literal list.
    pub all: Option<Vec<Sym>>,
    /// Decorators with their literal arguments.
    pub annotations: Vec<Annotation>,
    /// What static analysis cannot see.
    pub dynamic: Vec<Dynamic>,
    /// Parts of the file that could not be parsed.
    pub problems: Vec<ParseProblem>,
}

impl Facts {
    /// The text of a symbol.
    pub fn text(&self, sym: Sym) -> &str {
        self.strings.get(sym.0 as usize).map_or("", String::as_str)
    }

    /// The function behind an id.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }
}

/// Properties of a whole file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct ModuleFlags {
    /// Its content says that it is a test (imports a test framework, calls `describe`/`it`/`test` globals).
    pub test_like: bool,
    /// Marked as generated.
    pub generated: bool,
    /// Minified.
    pub minified: bool,
    /// Has `if __name__ == "__main__"`, or a `#!` line.
    pub main_like: bool,
    /// The parser recovered from errors: facts may be missing.
    pub parse_errors: bool,
}

/// What kind of function a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, bitcode::Encode, bitcode::Decode)]
pub enum FunctionKind {
    /// The module body.
    Module,
    /// A function declaration, function expression, arrow function or lambda.
    Function,
    /// A method of a class or object literal.
    Method,
    /// A JavaScript class constructor or Python `__init__`.
    Constructor,
    /// A getter (`get x`, `@property`).
    Getter,
    /// A setter.
    Setter,
}

/// One function-like definition.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Function {
    /// Own name, empty when anonymous.
    pub name: Sym,
    /// Name inside the file as the call graph prints it: `Outer.inner`, `<anonymous:3:5>`, `C.get x`,
    /// `f#2`; Python `Class.method`, `outer.<lambda1>`. Empty for the module body.
    pub qualified: Sym,
    /// The function whose body contains this one; `None` for the module body.
    pub parent: Option<FunctionId>,
    /// The class it is a member of.
    pub class: Option<ClassId>,
    /// Kind.
    pub kind: FunctionKind,
    /// Flags.
    pub flags: FunctionFlags,
    /// The whole definition, decorators excluded.
    pub span: Span,
    /// Parameters in order. Python methods include `self`.
    pub params: Vec<Param>,
    /// JavaScript `this` of non-arrow functions. Arrows use the slot of the enclosing function.
    pub this: Option<Slot>,
    /// JavaScript `arguments`, when used: an array-like of all arguments.
    pub arguments: Option<Slot>,
    /// What `return` gives; for an async function the value awaited, not the promise.
    pub ret: Slot,
    /// What a generator yields.
    pub yielded: Option<Slot>,
    /// First and one-past-last slot owned by this function.
    pub slots: (u32, u32),
    /// Its statements in evaluation order, nested functions excluded.
    pub body: Vec<Stmt>,
}

/// Flags of a function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
#[expect(clippy::struct_excessive_bools, reason = "flags of several languages")]
pub struct FunctionFlags {
    /// `async`.
    pub is_async: bool,
    /// A generator.
    pub generator: bool,
    /// Arrow function or lambda.
    pub arrow: bool,
    /// Static method (JavaScript `static`, Python `@staticmethod`).
    pub is_static: bool,
    /// Python `@classmethod`.
    pub classmethod: bool,
    /// Has no body: an abstract or native method.
    pub is_abstract: bool,
    /// Java: made by the compiler to forward to the method that overrides a generic one.
    pub bridge: bool,
    /// Visible outside its class: neither private nor, for Java, without a modifier.
    pub visible: bool,
    /// Java `@Override` is written on it.
    pub overrides: bool,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Param {
    /// Name; empty for destructuring patterns (the body loads the parts from `slot`).
    pub name: Sym,
    /// Receives the argument. Defaults are statements of the body that copy into it.
    pub slot: Slot,
    /// How arguments are bound to it.
    pub kind: ParamKind,
}

/// How arguments are bound to a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum ParamKind {
    /// By position or name.
    Normal,
    /// By position only.
    PositionalOnly,
    /// By name only.
    KeywordOnly,
    /// All remaining positional arguments, as an array or tuple (`...rest`, `*args`).
    Rest,
    /// All remaining keyword arguments, as a dictionary (`**kwargs`).
    KeywordRest,
    /// By position; what is written through it is seen in the argument (Go containers, pointers, channels).
    Shared,
}

/// One class (or TypeScript interface, flagged).
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Class {
    /// Own name, empty when anonymous.
    pub name: Sym,
    /// Name inside the file, like [`Function::qualified`].
    pub qualified: Sym,
    /// The function whose body evaluates the class.
    pub parent: FunctionId,
    /// The whole definition.
    pub span: Span,
    /// Base classes in order, evaluated by the parent function.
    pub bases: Vec<Slot>,
    /// Python metaclass.
    pub metaclass: Option<Slot>,
    /// Named members. Members with computed names are stored by statements of the parent function.
    pub members: Vec<Member>,
    /// JavaScript `constructor`. Python finds `__init__` and `__new__` among the members.
    pub constructor: Option<FunctionId>,
    /// JavaScript instance field initialisers, as a synthetic method called with `this` on construction.
    pub initializer: Option<FunctionId>,
    /// A TypeScript interface or Python protocol: never instantiated itself.
    pub is_interface: bool,
}

/// A named class member. The slot belongs to the class's parent function and *is* the attribute.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Member {
    /// Name; JavaScript private names keep their `#`.
    pub name: Sym,
    /// Holds the member's value (after decorators).
    pub slot: Slot,
    /// Where it lives.
    pub place: MemberPlace,
    /// Value, getter or setter.
    pub accessor: Accessor,
}

/// Where a member lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub enum MemberPlace {
    /// On the class object itself (JavaScript `static`).
    Static,
    /// Seen through instances (JavaScript prototype; Python class attributes, which the class shows too).
    Prototype,
}

/// A decorator or annotation with what is literal in it.
#[derive(Debug, Clone, PartialEq, bitcode::Encode, bitcode::Decode)]
pub struct Annotation {
    /// The decorated function, or `None` when a class is decorated.
    pub function: Option<FunctionId>,
    /// The decorated class.
    pub class: Option<ClassId>,
    /// For `@base.name(…)`: the slot of `base`. For `@name(…)`: the slot of `name` itself.
    pub base: Option<Slot>,
    /// Last part of the decorator's name, e.g. `route`.
    pub name: Sym,
    /// Literal positional arguments, in order, others skipped.
    pub args: Vec<Const>,
    /// Place of the decorator.
    pub span: Span,
}

/// A witness of what static analysis cannot see.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct Dynamic {
    /// The function it stands in.
    pub function: FunctionId,
    /// Kind.
    pub kind: DynamicKind,
    /// Place.
    pub span: Span,
}

/// Kind of a dynamic site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, bitcode::Encode, bitcode::Decode)]
pub enum DynamicKind {
    /// `eval`, `exec`, `new Function`.
    Eval,
    /// An import whose specifier is not constant. The solver may still resolve it; see [`Op::Import`].
    Import,
    /// Reflection with a name that is not constant.
    Reflection,
    /// Native code (`.node`, C extension).
    Native,
    /// A part of the file that could not be parsed.
    ParseGap,
}

impl DynamicKind {
    /// The word used in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            DynamicKind::Eval => "eval",
            DynamicKind::Import => "import",
            DynamicKind::Reflection => "reflection",
            DynamicKind::Native => "native",
            DynamicKind::ParseGap => "parse_gap",
        }
    }
}

/// A part of the file that could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq, bitcode::Encode, bitcode::Decode)]
pub struct ParseProblem {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in UTF-8 bytes.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}
