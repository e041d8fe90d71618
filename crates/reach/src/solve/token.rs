//! Abstract values, interned.

use rustc_hash::FxHashMap;

use crate::names::Name;

/// A function of the program: position over all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Func(pub u32);

/// A class of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassRef(pub u32);

/// A file of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mod(pub u32);

/// A function instance: a function, the instance that closed over it, and a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Inst(pub u32);

/// An access path of code that is not analysed, or of the language's own library. 0 is just "outside".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathId(pub u32);

/// An interned token. Accessors and strings have bits of their own, so that the store can tell them quickly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tok(pub u32);

const ACCESSOR: u32 = 1 << 31;
const TEXT: u32 = 1 << 30;
const PATH: u32 = 1 << 29;
const CALLABLE: u32 = 1 << 28;

impl Tok {
    /// Some string.
    pub(crate) const ANY_TEXT: Tok = Tok(TEXT);

    /// Something outside the program.
    pub(crate) const ANY_PATH: Tok = Tok(PATH);

    pub(crate) fn of_path(path: PathId) -> Tok {
        Tok(path.0 | PATH)
    }

    /// A function, class or bound function of the program.
    pub(crate) fn is_callable(self) -> bool {
        self.0 & CALLABLE != 0
    }

    pub(crate) fn is_path(self) -> bool {
        self.0 & PATH != 0
    }

    pub(crate) fn is_text(self) -> bool {
        self.0 & TEXT != 0
    }

    pub(crate) fn is_accessor(self) -> bool {
        self.0 & ACCESSOR != 0
    }
}

/// What kind of object an allocation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Object,
    Array,
    Tuple,
    Dict,
    Set,
    Promise,
    Map,
    /// An iterator: its elements are under [`Name::ELEMENT`].
    Iterator,
    /// A property descriptor made from an object that holds functions.
    Property,
}

/// An abstract value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// A closure.
    Function { func: Func, env: Inst },
    /// A class.
    Class { class: ClassRef, env: Inst },
    /// All instances of a class, of a function used with `new`, or of a class that is not analysed.
    Instance(Tok),
    /// What a statement of an instance allocates; `part` tells apart several of one statement.
    Object { inst: Inst, stmt: u32, part: u8, shape: Shape },
    /// The object under `prototype` of a function or class.
    Prototype(Tok),
    /// A module as a namespace.
    Module(Mod),
    /// `CommonJS` `module`.
    CommonJs(Mod),
    /// The initial `module.exports`.
    Exports(Mod),
    /// A callable with receiver and leading arguments fixed (`args` indexes the solver's lists).
    Bound { func: Tok, this: Tok, args: u32 },
    /// Code that is not analysed.
    Path(PathId),
    /// A string.
    Text(Name),
    /// Some string.
    AnyText,
    /// An accessor read.
    Getter(Tok),
    /// An accessor written.
    Setter(Tok),
    /// Promise of an async function's result.
    Promise(Inst),
    /// Generator object.
    Generator(Inst),
    /// View of `this` above a class.
    Super { class: Tok, this: Tok },
    /// Java: a method reference without receiver, made by a call: the first argument is the receiver, or an object is
    /// made.
    Selector(u32),
    /// The absent receiver.
    Nothing,
}

#[derive(Default)]
pub(crate) struct Tokens {
    map: FxHashMap<Token, Tok>,
    plain: Vec<Token>,
    accessors: Vec<Token>,
    texts: Vec<Token>,
}

impl Tokens {
    pub(crate) fn intern(&mut self, token: Token) -> Tok {
        if let Some(tok) = self.map.get(&token) {
            return *tok;
        }
        let tok = if let Token::Path(path) = token {
            return Tok::of_path(path);
        } else if let Token::AnyText = token {
            return Tok::ANY_TEXT;
        } else if let Token::Text(_) = token {
            self.texts.push(token);
            Tok(self.texts.len() as u32 | TEXT)
        } else if matches!(token, Token::Getter(_) | Token::Setter(_)) {
            self.accessors.push(token);
            Tok((self.accessors.len() as u32 - 1) | ACCESSOR)
        } else {
            self.plain.push(token);
            let callable = matches!(
                token,
                Token::Function { .. } | Token::Class { .. } | Token::Bound { .. } | Token::Selector(_)
            );
            Tok((self.plain.len() as u32 - 1) | if callable { CALLABLE } else { 0 })
        };
        self.map.insert(token, tok);
        tok
    }

    pub(crate) fn get(&self, tok: Tok) -> Token {
        if tok.is_accessor() {
            self.accessors[(tok.0 & !ACCESSOR) as usize]
        } else if tok == Tok::ANY_TEXT {
            Token::AnyText
        } else if tok.is_path() {
            Token::Path(PathId(tok.0 & !PATH))
        } else if tok.is_text() {
            self.texts[(tok.0 & !TEXT) as usize - 1]
        } else {
            self.plain[(tok.0 & !CALLABLE) as usize]
        }
    }

    pub(crate) fn count(&self) -> u32 {
        (self.plain.len() + self.accessors.len() + self.texts.len()) as u32
    }
}
