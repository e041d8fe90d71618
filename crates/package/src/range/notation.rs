//! From text to constraints: VERS and comparator lists.

use super::{Constraint, Operator, bounds};
use crate::{Ecosystem, Version};

/// Alternatives of conjunctions; an empty conjunction is every version.
pub(super) type Intervals = Vec<Vec<Constraint>>;

const OPERATORS: [(&str, Operator); 7] = [
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("!=", Operator::NotEqual),
    ("==", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Equal),
];

/// `npm/>=1.0|<2` (what follows `vers:`).
pub(super) fn vers(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    let (scheme, constraints) = text.split_once('/').ok_or("`vers:` is followed by `type/constraints`")?;
    if Ecosystem::from_purl_type(&scheme.to_ascii_lowercase()) != Some(ecosystem) {
        return Err(format!("its type `{scheme}` is not the package's type `{}`", ecosystem.purl_type()));
    }
    pipes(ecosystem, constraints)
}

/// `>=1.0|<2`: by the VERS rules neighbours in version order form intervals.
fn pipes(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    if text.trim() == "*" {
        return Ok(vec![Vec::new()]);
    }
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    let constraints: Vec<Constraint> =
        parts.map(|part| constraint(ecosystem, &decode(part))).collect::<Result<_, _>>()?;
    if constraints.is_empty() {
        return Err("it has no constraint; `*` is every version".into());
    }
    Ok(join(constraints))
}

fn join(constraints: Vec<Constraint>) -> Intervals {
    let (equal, rest): (Vec<_>, Vec<_>) = constraints.into_iter().partition(|c| c.operator == Operator::Equal);
    let (excluded, mut bounds): (Vec<_>, Vec<_>) = rest.into_iter().partition(|c| c.operator == Operator::NotEqual);
    bounds.sort_by(|a, b| a.version.cmp(&b.version));
    let mut intervals = pair(bounds);
    if intervals.is_empty() && equal.is_empty() {
        intervals.push(Vec::new());
    }
    for interval in &mut intervals {
        interval.extend(excluded.iter().cloned());
    }
    intervals.extend(equal.into_iter().map(|c| vec![c]));
    intervals
}

/// A lower bound and the next upper bound form one interval; of several upper bounds in a row the last counts,
/// of several lower ones the first.
fn pair(bounds: Vec<Constraint>) -> Intervals {
    let mut intervals: Intervals = Vec::new();
    let mut open: Option<Constraint> = None;
    let mut closed = false;
    for bound in bounds {
        let upper = matches!(bound.operator, Operator::Less | Operator::LessEqual);
        match (upper, closed) {
            (true, true) => {
                if let Some(last) = intervals.last_mut() {
                    last.pop();
                    last.push(bound);
                }
            }
            (true, false) => {
                intervals.push(open.take().into_iter().chain([bound]).collect());
                closed = true;
            }
            (false, _) => {
                open.get_or_insert(bound);
                closed = false;
            }
        }
    }
    intervals.extend(open.map(|bound| vec![bound]));
    intervals
}

/// A range without `vers:`, in the notation of the ecosystem or as comparators.
pub(super) fn bare(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    if matches!(text, "*" | "") {
        return Ok(vec![Vec::new()]);
    }
    if text.replace("||", "").contains('|') {
        return pipes(ecosystem, text);
    }
    if text.starts_with(['[', '(']) {
        return bounds::brackets(ecosystem, text);
    }
    let alternatives = if ecosystem == Ecosystem::Npm { vec![text] } else { text.split("||").collect() };
    let mut intervals = Vec::new();
    for alternative in alternatives {
        intervals.extend(conjunction(ecosystem, alternative.trim())?);
    }
    Ok(intervals)
}

fn conjunction(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    match ecosystem {
        Ecosystem::PyPi => bounds::python(text).or_else(|why| comparators(ecosystem, text).map_err(|_| why)),
        Ecosystem::Npm if !text.contains(',') => {
            bounds::npm(ecosystem, text).or_else(|why| comparators(ecosystem, text).map_err(|_| why))
        }
        Ecosystem::Gem | Ecosystem::Hex | Ecosystem::Composer if text.contains('~') => {
            bounds::pessimistic(ecosystem, text)
        }
        _ if text.contains(['^', '~', '*']) || text.contains(" - ") => bounds::npm(ecosystem, &text.replace(',', " ")),
        _ => comparators(ecosystem, text),
    }
}

/// `>=1.0, <2` or `>=1.0 <2`: all must hold.
pub(super) fn comparators(ecosystem: Ecosystem, text: &str) -> Result<Intervals, String> {
    words(text).iter().map(|word| constraint(ecosystem, word)).collect::<Result<_, _>>().map(|all| vec![all])
}

/// Splits at commas and spaces, and joins an operator to the version after it.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut pending = String::new();
    for word in text.split([',', ' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()) {
        pending.push_str(word);
        if !word.ends_with(['<', '>', '=', '~', '^', '!']) {
            words.push(std::mem::take(&mut pending));
        }
    }
    words.extend((!pending.is_empty()).then_some(pending));
    words
}

/// One comparator; a version alone means `=`.
pub(super) fn constraint(ecosystem: Ecosystem, text: &str) -> Result<Constraint, String> {
    let found = OPERATORS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)));
    let (operator, version) = found.unwrap_or((Operator::Equal, text));
    let version = version.trim();
    if version.contains(['<', '>', '=', '|', ',']) {
        return Err(format!("`{text}` is not an operator and one version"));
    }
    let version = Version::parse(ecosystem, version)
        .ok_or_else(|| format!("`{version}` is not a version of type `{}`", ecosystem.purl_type()))?;
    Ok(Constraint { operator, version })
}

/// Percent-decodes; VERS encodes characters in versions that have a meaning in it.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let hex = (*byte == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(decoded.unwrap_or(*byte));
        index += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
