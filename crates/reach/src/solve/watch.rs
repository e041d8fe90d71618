//! What is to happen for each token that arrives at a node.

use super::store::Node;
use super::token::{Inst, Mod, PathId, Tok};
use crate::names::Name;

/// A reaction to tokens of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Watch {
    /// Base of a load statement.
    Load { inst: Inst, stmt: u32 },
    /// Computed key of a load statement: names arrive.
    LoadKey { inst: Inst, stmt: u32 },
    /// Base of a store statement.
    Store { inst: Inst, stmt: u32 },
    /// Computed key of a store statement.
    StoreKey { inst: Inst, stmt: u32 },
    /// Loads one name of every base into a node.
    Read { name: Name, dst: Node },
    /// Callee of a call.
    Call { call: u32 },
    /// Receiver of a method call.
    Method { call: u32, name: Name },
    /// Receiver of a method call with computed name.
    MethodAny { call: u32, key: Node },
    /// Key of a method call whose receiver is known.
    MethodKey { call: u32, base: Tok },
    /// Callee found on a receiver.
    CallOn { call: u32, this: Tok },
    /// Accessors found by a load.
    Getter { inst: Inst, stmt: u32, this: Tok, dst: Node },
    /// Accessors found by a store.
    Setter { inst: Inst, stmt: u32, this: Tok, src: Node },
    /// Functions become accessors.
    Wrap { dst: Node, setter: bool },
    /// Parents of an object.
    Parent { of: Tok },
    /// The `prototype` of each token is a parent.
    PrototypeOf { dst: Node },
    /// Python: what is found on a class becomes bound to the receiver.
    Bind { dst: Node, this: Tok, class: bool },
    /// Receivers of a view above a class.
    Super { class: Tok, dst: Node },
    /// Metaclasses of a class.
    Meta { dst: Node, class: Tok, name: Name },
    /// `__new__` functions of a class.
    NewOf { call: u32, class: Tok },
    /// Waits for promises.
    Await { dst: Node },
    /// What promises are rejected with.
    Rejection { dst: Node },
    /// Elements of each token.
    Elements { dst: Node },
    /// Property names of each token.
    Keys { dst: Node, inherited: bool },
    /// Property values of each token.
    Values { dst: Node },
    /// All properties of each token are copied to the objects in `dst`.
    SpreadFrom { dst: Node },
    /// All properties of `src` are copied to each token.
    SpreadInto { src: Tok },
    /// One property of `src` is copied to each token.
    CopyInto { src: Tok, name: Name },
    /// Properties of each token are copied to the objects in `dst`, for the names in `key`.
    CopyNamed { dst: Node, key: Node },
    /// For each name: copied from `src` to the objects in `dst`.
    CopyKey { dst: Node, src: Tok },
    /// Elements of an argument list spread over parameters.
    SpreadArgs { call: u32, callee: Inst, at: u32 },
    /// Items of a dictionary spread over parameters.
    SpreadKeywords { callee: Inst },
    /// Passes tokens that satisfy a test.
    Narrow { inst: Inst, stmt: u32, dst: Node },
    /// Classes declared for a value.
    Typed { slot: Node, place: u8 },
    /// Functions handed to code that is not analysed.
    HandOut { call: u32, depth: u8 },
    /// A joined path.
    Join { left: Node, right: Node, dst: Node },
    /// Files that are started.
    Start { call: u32 },
    /// The folder of each path.
    Folder { dst: Node },
    /// Names of what lies in each folder.
    FolderNames { dst: Node },
    /// Paths of the files that specifiers mean.
    Resolve { module: Mod, dst: Node },
    /// A concatenated string.
    Concat { left: Node, right: Node, dst: Node },
    /// Names of events that listeners are stored under.
    Event { object: Tok, node: Node, store: bool },
    /// Bound attribute names: `getattr`, `Reflect.get`.
    NamedRead { base: Node, dst: Node },
    /// A base for [`Watch::NamedRead`].
    ReadOf { name: Name, dst: Node },
    /// Names that are written on the objects in `base`.
    NamedWrite { base: Node, src: Node },
    /// A base for [`Watch::NamedWrite`].
    WriteOf { name: Name, src: Node },
    /// Names for property definitions: descriptors in `descriptor` for objects in `base`.
    Define { base: Node, descriptor: Node },
    /// Names of properties that a descriptor describes.
    Describe { base: Node, object: Tok },
    /// A base for [`Watch::Define`].
    DefineOn { name: Name, descriptor: Node },
    /// A descriptor for a property of an object.
    Descriptor { object: Tok, name: Name },
    /// Map of descriptors for the objects in `base`.
    DefineAll { base: Node },
    /// A base for [`Watch::DefineAll`].
    DefineAllOn { descriptors: Tok },
    /// Module names to load.
    Require { call: u32, python: bool },
    /// Elements of a list with which `callback` is called, as `call` says.
    EachElement { call: u32, callback: Node, others: Node },
    /// Receivers for a modelled function called by `call` or `apply`.
    ThisOf { call: u32, callee: Tok },
    /// Receivers fixed by `bind`.
    BindThis { call: u32, func: Tok, args: u32 },
    /// A method of the language, where something from outside arrives.
    NamedMethod { path: PathId, dst: Node },
    /// Functions whose leading arguments are fixed.
    Partial { call: u32, args: u32 },
    /// Elements of lists, other values as they are.
    Flatten { dst: Node },
    /// Constructors that inherit from those in `parent`.
    Inherits { parent: Node },
    /// Objects whose prototype becomes what is in `parent`.
    Adopt { parent: Node },
    /// The prototypes of each token.
    ParentsTo { dst: Node },
    /// The class of each token.
    ClassOf { dst: Node },
    /// Strings pass.
    TextOnly { dst: Node },
    /// Java: receivers of a virtual call.
    Virtual { call: u32 },
    /// Java: receivers that a method reference is bound to.
    VirtualRef { call: u32 },
    /// Java: objects that are called as the functional interface that they implement.
    CallInstance { call: u32 },
    /// Java: objects on which the library calls a method by itself.
    Implicit { call: u32, name: Name },
    /// Java: names of classes to load.
    ClassNamed { call: u32 },
    /// Java: names of methods looked up on a class.
    MethodNamed { call: u32, class: Tok },
    /// Java: classes whose services are asked for.
    Services { call: u32 },
    /// Objects that get elements from a node.
    FillElements { from: Node },
    /// Classes that a Go value is tested for; what passes goes on.
    GoTest { src: Node, dst: Node },
    /// Values tested for one Go class.
    GoNarrow { class: Tok, dst: Node },
    /// Values of embedded Go types whose field is written.
    GoStore { name: Name, src: Node },
    /// Functions become accessors of one property.
    Accessor { object: Tok, name: Name, setter: bool },
}

/// What is to happen for each property of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FieldWatch {
    /// Copied to another object under the same name.
    CopyTo { dst: Tok },
    /// Its name is added to a node.
    Names { dst: Node },
    /// Its value is added to a node.
    Values { dst: Node },
    /// Its value is added if it is an element.
    Elements { dst: Node },
    /// Its functions are called by code that is not analysed.
    HandOut { call: u32, depth: u8 },
    /// It is a descriptor of a property of an object.
    Define { object: Tok },
    /// It is passed by keyword.
    Keyword { callee: Inst },
    /// It is passed by position.
    Position { call: u32, callee: Inst, at: u32 },
}
