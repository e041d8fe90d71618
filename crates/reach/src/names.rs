//! One interner for every name of a program.

use rustc_hash::FxHashMap;

/// An interned string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name(pub u32);

/// Strings to numbers and back.
#[derive(Debug, Default)]
pub(crate) struct Names {
    map: FxHashMap<Box<str>, u32>,
    list: Vec<Box<str>>,
}

macro_rules! known {
    ($($id:ident = $text:expr,)*) => {
        #[expect(clippy::upper_case_acronyms, reason = "they read as the names they stand for")]
        #[derive(Clone, Copy)]
        #[allow(non_camel_case_types, reason = "an index list, never seen outside this macro")]
        enum Index { $($id,)* }
        impl Name {
            $(pub(crate) const $id: Name = Name(Index::$id as u32);)*
        }
        const KNOWN: &[&str] = &[$($text,)*];
    };
}

known! {
    EMPTY = "",
    // Some element of an array, list, set or dictionary.
    ELEMENT = "[]",
    // What a promise resolves to; what a Go type that is no struct holds.
    VALUE = "@value",
    // What a promise is rejected with.
    REJECTED = "@rejected",
    // What a generator returns.
    RETURNED = "@return",
    // Keys of a map.
    KEYS = "@keys",
    // What any `throw` of the program throws.
    THROWN = "@thrown",
    PROTOTYPE = "prototype",
    PROTO = "__proto__",
    CONSTRUCTOR = "constructor",
    EXPORTS = "exports",
    DEFAULT = "default",
    MODULE = "module",
    GET = "get",
    SET = "set",
    PLAIN_VALUE = "value",
    CALL = "__call__",
    INIT = "__init__",
    NEW = "__new__",
    CLASS = "__class__",
    DUNDER_GET = "__get__",
    // Listeners of any event of an emitter.
    LISTENERS = "@on",
}

impl Names {
    pub(crate) fn new() -> Names {
        let mut names = Names::default();
        for text in KNOWN {
            names.intern(text);
        }
        names
    }

    pub(crate) fn intern(&mut self, text: &str) -> Name {
        if let Some(id) = self.map.get(text) {
            return Name(*id);
        }
        let id = self.list.len() as u32;
        self.list.push(text.into());
        self.map.insert(text.into(), id);
        Name(id)
    }

    pub(crate) fn get(&self, text: &str) -> Option<Name> {
        self.map.get(text).map(|id| Name(*id))
    }

    pub(crate) fn text(&self, name: Name) -> &str {
        &self.list[name.0 as usize]
    }
}
