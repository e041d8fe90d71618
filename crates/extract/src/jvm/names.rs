//! Names and descriptors of class files in the form that facts use.

use noak::MStr;
use std::borrow::Cow;

/// Text of a class file; what is not valid is replaced.
pub(super) fn text(of: &MStr) -> Cow<'_, str> {
    of.to_str().map_or_else(|| Cow::Owned(of.display().to_string()), Cow::Borrowed)
}

/// `a/b/C` or `[La/b/C;` to `a.b.C`, `a.b.C[]`.
pub(super) fn class_name(internal: &str) -> String {
    if internal.starts_with('[') {
        return next_type(internal).map_or_else(|| internal.to_owned(), |(ty, _)| ty);
    }
    internal.replace('/', ".")
}

/// The first type of a descriptor, and what follows it.
fn next_type(descriptor: &str) -> Option<(String, &str)> {
    let plain = descriptor.trim_start_matches('[');
    let dimensions = descriptor.len() - plain.len();
    let (base, rest) = match plain.bytes().next()? {
        b'L' => {
            let (name, rest) = plain[1..].split_once(';')?;
            (name.replace('/', "."), rest)
        }
        primitive => (primitive_name(primitive)?.to_owned(), plain.get(1..)?),
    };
    Some((base + &"[]".repeat(dimensions.min(255)), rest))
}

fn primitive_name(code: u8) -> Option<&'static str> {
    Some(match code {
        b'B' => "byte",
        b'C' => "char",
        b'D' => "double",
        b'F' => "float",
        b'I' => "int",
        b'J' => "long",
        b'S' => "short",
        b'Z' => "boolean",
        b'V' => "void",
        _ => return None,
    })
}

/// One type's descriptor.
pub(super) fn field_type(descriptor: &str) -> String {
    next_type(descriptor).map_or_else(|| "java.lang.Object".to_owned(), |(ty, _)| ty)
}

/// Parameter types and return type of a method.
#[derive(Debug, Clone, Default)]
pub(super) struct Signature {
    pub(super) params: Vec<String>,
    pub(super) returns: String,
}

impl Signature {
    pub(super) fn parse(descriptor: &str) -> Signature {
        let mut signature = Signature::default();
        let mut rest = descriptor.strip_prefix('(').unwrap_or_default();
        while !rest.starts_with(')') {
            let Some((ty, after)) = next_type(rest) else { break };
            signature.params.push(ty);
            rest = after;
        }
        signature.returns = field_type(rest.strip_prefix(')').unwrap_or("V"));
        signature
    }

    /// `name(type,type)return`.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{name}({}){}", self.params.join(","), self.returns)
    }
}

/// True for values that may refer to code: objects and arrays of them.
pub(super) fn is_reference(ty: &str) -> bool {
    !matches!(ty, "byte" | "char" | "double" | "float" | "int" | "long" | "short" | "boolean" | "void")
}

/// True for types that take two places on the stack and among locals.
pub(super) fn is_wide(ty: &str) -> bool {
    matches!(ty, "long" | "double")
}

/// Which parameters of a generic signature are type variables.
pub(super) fn variables(signature: &str) -> Vec<bool> {
    let start = signature.find('(').map_or(signature.len(), |at| at + 1);
    let mut rest = &signature[start..];
    let mut found = Vec::new();
    while let Some(first) = rest.trim_start_matches('[').bytes().next() {
        if first == b')' {
            break;
        }
        found.push(first == b'T');
        let plain = rest.trim_start_matches('[');
        rest = match first {
            b'L' | b'T' => after_class(plain),
            _ => &plain[1..],
        };
    }
    found
}

/// What follows a class type, type arguments included.
fn after_class(of: &str) -> &str {
    let mut depth = 0_i32;
    for (at, byte) in of.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b';' if depth == 0 => return &of[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_become_types() {
        let signature = Signature::parse("(I[[JLjava/util/Map$Entry;)[Ljava/lang/String;");
        assert_eq!(signature.params, ["int", "long[][]", "java.util.Map$Entry"]);
        assert_eq!(signature.returns, "java.lang.String[]");
        assert_eq!(class_name("[La/B;"), "a.B[]");
    }

    #[test]
    fn broken_descriptors_end() {
        assert_eq!(Signature::parse("(Lx").params.len(), 0);
        assert_eq!(Signature::parse("(Q)V").params.len(), 0);
        assert_eq!(Signature::parse("").returns, "void");
    }

    #[test]
    fn type_variables_are_found() {
        assert_eq!(variables("<T:Ljava/lang/Object;>(TT;ILjava/util/List<TT;>;[TT;)V"), [true, false, false, true]);
    }
}
