//! What is known of the language's own library, which is not analysed: hierarchy and overridable methods.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// One class of the library.
struct Class {
    is_interface: bool,
    bases: Vec<&'static str>,
    methods: Vec<Method>,
}

/// A method that a subclass may override, or that code calls for its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) arity: u32,
    pub(crate) returns: &'static str,
    pub(crate) is_abstract: bool,
}

type Table = FxHashMap<&'static str, Class>;

/// One class a line: `name kind bases`, then ` name/arity:type` for its methods, `!` before abstract ones.
static TEXT: &str = include_str!("jdk.txt");

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| TEXT.lines().filter_map(read).collect())
}

fn read(line: &'static str) -> Option<(&'static str, Class)> {
    let mut words = line.split(' ');
    let (name, kind, bases) = (words.next()?, words.next()?, words.next()?);
    let bases = bases.split(',').filter(|base| *base != "-").collect();
    Some((name, Class { is_interface: kind == "interface", bases, methods: words.filter_map(method).collect() }))
}

fn method(word: &'static str) -> Option<Method> {
    let is_abstract = word.starts_with('!');
    let (name, rest) = word.trim_start_matches('!').split_once('/')?;
    let (arity, returns) = rest.split_once(':')?;
    Some(Method { name, arity: arity.parse().ok()?, returns, is_abstract })
}

/// A class of the library by its binary name, or with dots before member classes.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    let mut name = name.to_owned();
    loop {
        if let Some((known, _)) = table().get_key_value(name.as_str()) {
            return Some(known);
        }
        let dot = name.rfind('.')?;
        name.replace_range(dot..=dot, "$");
    }
}

/// True for a class of the library.
pub(crate) fn has(name: &str) -> bool {
    table().contains_key(name)
}

/// True when the library has the package of a class name, which then is known not to be in it.
pub(crate) fn has_package(name: &str) -> bool {
    static PACKAGES: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    let package = |name: &'static str| name.rsplit_once('.').map(|(package, _)| package);
    let packages = PACKAGES.get_or_init(|| table().keys().copied().filter_map(package).collect());
    name.rsplit_once('.').is_some_and(|(package, _)| packages.contains(package))
}

/// True for a class of the library that is no interface.
pub(crate) fn is_class(name: &str) -> bool {
    table().get(name).is_some_and(|class| !class.is_interface)
}

/// A class of the library and everything above it.
fn ancestors(name: &str) -> Vec<&'static str> {
    let Some((name, _)) = table().get_key_value(name) else { return Vec::new() };
    let mut found = vec![*name];
    let mut next = 0;
    while next < found.len() {
        for base in table().get(found[next]).map_or(&[][..], |class| &class.bases) {
            if !found.contains(base) {
                found.push(base);
            }
        }
        next += 1;
    }
    found
}

pub(crate) fn is_subtype(name: &str, of: &str) -> bool {
    name == of || of == "java.lang.Object" || ancestors(name).contains(&of)
}

/// True when a class of the library itself has a method that others override.
pub(crate) fn declares(class: &str, name: &str, arity: usize) -> bool {
    let is = |method: &&Method| method.name == name && method.arity as usize == arity;
    ancestors(class).iter().any(|class| table().get(class).is_some_and(|class| class.methods.iter().find(is).is_some()))
}

/// The method of a class of the library, or of one above it.
pub(crate) fn find(class: &str, name: &str, arity: usize) -> Option<Method> {
    let declared = |class: &str| {
        let methods = &table().get(class)?.methods;
        methods.iter().find(|method| method.name == name && method.arity as usize == arity).copied()
    };
    // Methods of variable arity are listed with one number of parameters.
    let named = |class: &str| table().get(class)?.methods.iter().find(|method| method.name == name).copied();
    let all = || ancestors(class).into_iter().chain(["java.lang.Object"]);
    all().find_map(declared).or_else(|| all().find_map(named))
}
