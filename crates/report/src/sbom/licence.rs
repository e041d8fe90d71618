//! Licences as documents need them: an identifier, an expression, or a name that is neither.

use spdx::{Expression, ParseMode};

/// A declared licence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Licence {
    /// One identifier of the SPDX list.
    Id(String),
    /// An SPDX expression.
    Expression(String),
    /// Words that are no SPDX expression.
    Named(String),
}

impl Licence {
    /// Reads a declared licence. Spellings that mean an SPDX licence without doubt are mended.
    pub fn read(text: &str) -> Option<Licence> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if let Some(id) = listed(text) {
            return Some(Licence::Id(id));
        }
        if let Some(expression) = expression(text) {
            return Some(match listed(&expression) {
                Some(id) => Licence::Id(id),
                None => Licence::Expression(expression),
            });
        }
        let without = text.trim_start_matches("the ").trim_start_matches("The ");
        Some(imprecise(without).map_or_else(|| Licence::Named(text.to_owned()), Licence::Id))
    }

    /// The SPDX expression; a licence by name has none.
    pub fn spdx(&self) -> Option<&str> {
        match self {
            Licence::Id(text) | Licence::Expression(text) => Some(text),
            Licence::Named(_) => None,
        }
    }

    /// As written for people.
    pub fn as_str(&self) -> &str {
        match self {
            Licence::Id(text) | Licence::Expression(text) | Licence::Named(text) => text,
        }
    }
}

/// The identifier in the list's own spelling. Identifiers newer than the formats' schemas are left to expressions.
fn listed(text: &str) -> Option<String> {
    let exact = spdx::license_id(text);
    let any_case = || spdx::identifiers::LICENSES.iter().find(|l| l.name.eq_ignore_ascii_case(text)).map(|l| l.name);
    exact.map(|l| l.name).or_else(any_case).map(str::to_owned)
}

/// As written, else with the operators in their proper spelling. Names are not guessed inside of expressions.
fn expression(text: &str) -> Option<String> {
    let spelled = text.replace('/', " OR ").replace(" or ", " OR ").replace(" and ", " AND ");
    let spelled = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    let parse = |text: &str| Expression::parse_mode(text, ParseMode::STRICT).ok().map(|e| e.as_ref().to_owned());
    parse(text).or_else(|| parse(&spelled))
}

/// Only when the whole text is one known name.
fn imprecise(text: &str) -> Option<String> {
    let plain: String = text.to_lowercase().chars().filter(|c| !matches!(c, ',' | '"')).collect();
    USUAL_NAMES.iter().find(|(name, _)| *name == plain).map(|(_, id)| (*id).to_owned())
}

/// Names in manifests that mean one licence and version.
const USUAL_NAMES: [(&str, &str); 14] = [
    ("apache 2", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license version 2.0", "Apache-2.0"),
    ("apache software license version 2.0", "Apache-2.0"),
    ("mit license", "MIT"),
    ("isc license", "ISC"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("eclipse public license 2.0", "EPL-2.0"),
    ("eclipse public license - v 2.0", "EPL-2.0"),
];

#[cfg(test)]
mod tests {
    use super::Licence;

    fn read(text: &str) -> String {
        format!("{:?}", Licence::read(text))
    }

    #[test]
    fn spellings_without_doubt_are_mended_and_others_kept() {
        assert_eq!(read("MIT"), r#"Some(Id("MIT"))"#);
        assert_eq!(read("mit"), r#"Some(Id("MIT"))"#);
        assert_eq!(read("The Apache License, Version 2.0"), r#"Some(Id("Apache-2.0"))"#);
        assert_eq!(read("(MIT OR Apache-2.0)"), r#"Some(Expression("(MIT OR Apache-2.0)"))"#);
        assert_eq!(read("MIT/Apache-2.0"), r#"Some(Expression("MIT OR Apache-2.0"))"#);
        assert_eq!(read("BSD"), r#"Some(Named("BSD"))"#);
        assert_eq!(read("SEE LICENSE IN x"), r#"Some(Named("SEE LICENSE IN x"))"#);
        assert_eq!(read(" "), "None");
    }
}
