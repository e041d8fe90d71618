//! How facts of Java source and of class files name things, so that both meet in one symbol space.
//!
//! * A class's `qualified` is its binary name: `pkg.Outer$Inner`. A type is a binary name, a primitive, either with
//!   `[]` behind it for arrays. Where a source file alone cannot tell which class a simple name means, a type is a
//!   list of [alternatives](alternatives), of which the first that exists holds.
//! * A method's `name` is its key, `name(type,type)return`, its `qualified` the class's name, a dot and the key.
//!   The last type of a variable-arity method ends in `...`. Lambdas are named `lambda$N`, without types.
//! * `Op::Global` with a type's name gives the class object. Bases and the types of fields are evaluated so in the
//!   body of the function that holds the class; the place of [`Op::Typed`](crate::Op::Typed) says the rest.
//! * A method call has `Callee::Method` whose key is a [`MethodKey`]; a field is read by a [`FieldKey`].

/// Parts a list of candidate names for one type.
const ALTERNATIVE: char = '|';
/// Stands before a name that is looked up in the classes around, innermost first.
const UNQUALIFIED: char = '~';
/// Stands behind a type that erasure made of a type variable.
const VARIABLE: char = '*';
/// Parts the class that declares a member from the member's name.
const OWNER: char = '#';

/// The candidates of a type, first choice first, and the array dimensions behind them.
pub fn alternatives(of: &str) -> (impl Iterator<Item = &str>, &str) {
    let at = dimensions_at(of);
    (of[..at].split(ALTERNATIVE), &of[at..])
}

/// Where `[]…` or `...` at the end of a type begins.
fn dimensions_at(of: &str) -> usize {
    let plain = of.strip_suffix("...").unwrap_or(of);
    plain.trim_end_matches("[]").len()
}

/// True for a parameter type that erasure made of a type variable: a method with another type may override it.
pub fn is_variable(of: &str) -> bool {
    of.ends_with(VARIABLE)
}

/// A type without the mark of a type variable.
pub fn plain(of: &str) -> &str {
    of.strip_suffix(VARIABLE).unwrap_or(of)
}

/// Marks a type as made of a type variable.
pub fn variable(of: &str) -> String {
    format!("{of}{VARIABLE}")
}

/// Joins candidates for one type.
pub fn join_alternatives<S: AsRef<str>>(candidates: &[S]) -> String {
    let parts: Vec<&str> = candidates.iter().map(AsRef::as_ref).collect();
    parts.join("|")
}

/// A method as a call names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodKey<'a> {
    /// The class that the call names; `None` where the receiver's type has to tell.
    pub owner: Option<&'a str>,
    /// To be looked up in the classes around the call and in static imports.
    pub unqualified: bool,
    /// Its name.
    pub name: &'a str,
    /// Parameter types; `None` where the arguments have to tell.
    pub params: Option<&'a str>,
    /// Return type, empty when not known.
    pub returns: &'a str,
}

impl<'a> MethodKey<'a> {
    /// Reads a key.
    pub fn parse(text: &'a str) -> MethodKey<'a> {
        let (unqualified, text) = match text.strip_prefix(UNQUALIFIED) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (head, tail) = match text.split_once('(') {
            Some((head, tail)) => (head, Some(tail)),
            None => (text, None),
        };
        let (owner, name) = match head.split_once(OWNER) {
            Some((owner, name)) => (Some(owner), name),
            None => (None, head),
        };
        let (params, returns) = match tail.map(|tail| tail.split_once(')').unwrap_or((tail, ""))) {
            Some((params, returns)) => (Some(params), returns),
            None => (None, ""),
        };
        MethodKey { owner, unqualified, name, params, returns }
    }

    /// The types of its parameters.
    pub fn param_types(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.params.into_iter().flat_map(|params| params.split(',')).filter(|param| !param.is_empty())
    }
}

/// A field as an access names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldKey<'a> {
    /// The class that the access names; `None` where the receiver's type has to tell.
    pub owner: Option<&'a str>,
    /// To be looked up in the classes around the access and in static imports.
    pub unqualified: bool,
    /// Its name.
    pub name: &'a str,
    /// Its type where the access says it (class files), else what the name means when there is no such field.
    pub rest: &'a str,
}

impl<'a> FieldKey<'a> {
    /// Reads a key: `owner#name:type`, `name`, or `~name:class`.
    pub fn parse(text: &'a str) -> FieldKey<'a> {
        let (unqualified, text) = match text.strip_prefix(UNQUALIFIED) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        let (owner, name) = match head.split_once(OWNER) {
            Some((owner, name)) => (Some(owner), name),
            None => (None, head),
        };
        FieldKey { owner, unqualified, name, rest }
    }
}

/// The key of a member that is looked up in the classes around.
pub fn unqualified(name: &str) -> String {
    format!("{UNQUALIFIED}{name}")
}

/// The key of a member of a named class.
pub fn owned(owner: &str, member: &str) -> String {
    format!("{owner}{OWNER}{member}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = MethodKey::parse("a.B#f(int,java.lang.String[])void");
        assert_eq!((key.owner, key.name, key.returns), (Some("a.B"), "f", "void"));
        assert_eq!(key.param_types().collect::<Vec<_>>(), ["int", "java.lang.String[]"]);
        let key = MethodKey::parse("~f");
        assert!(key.unqualified && key.params.is_none() && key.name == "f");
        let key = FieldKey::parse("~Log:a.Log|java.lang.Log");
        assert!(key.unqualified && key.name == "Log" && key.rest == "a.Log|java.lang.Log");
    }

    #[test]
    fn alternatives_keep_their_dimensions() {
        let (names, rest) = alternatives("a.B|c.B[][]");
        assert_eq!((names.collect::<Vec<_>>(), rest), (vec!["a.B", "c.B"], "[][]"));
        let (names, rest) = alternatives("a.B...");
        assert_eq!((names.collect::<Vec<_>>(), rest), (vec!["a.B"], "..."));
    }
}
