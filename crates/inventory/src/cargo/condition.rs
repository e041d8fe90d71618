//! `cfg(…)` expressions that hold on no target at all.

/// True when a `[target.'…']` key can never hold, as `cfg(any())`, which packages use to pin versions.
pub(super) fn never(target: &str) -> bool {
    let Some(inner) = target.trim().strip_prefix("cfg(").and_then(|t| t.strip_suffix(')')) else { return false };
    fixed(inner, 0) == Some(false)
}

/// Deepest nesting that is looked into.
const MAX_DEPTH: usize = 16;

/// The value of an expression that does not depend on the target.
fn fixed(text: &str, depth: usize) -> Option<bool> {
    let text = text.trim();
    match text {
        "true" => return Some(true),
        "false" => return Some(false),
        _ if depth > MAX_DEPTH => return None,
        _ => {}
    }
    let (head, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let decides = match head.trim() {
        "not" => return fixed(inner, depth + 1).map(|value| !value),
        "any" => true,
        "all" => false,
        _ => return None,
    };
    let values: Vec<Option<bool>> = parts(inner).into_iter().map(|part| fixed(part, depth + 1)).collect();
    if values.contains(&Some(decides)) {
        return Some(decides);
    }
    values.iter().all(|value| *value == Some(!decides)).then_some(!decides)
}

/// The parts between commas that are not in parentheses or quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    let mut out = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out.retain(|part| !part.trim().is_empty());
    out
}

#[cfg(test)]
mod tests {
    use super::never;

    #[test]
    fn what_no_target_fulfils() {
        for text in ["cfg(any())", "cfg(not(all()))", "cfg(all(unix, any()))", "cfg(false)"] {
            assert!(never(text), "{text}");
        }
        for text in
            ["cfg(unix)", "cfg(any(windows, any()))", "cfg(all())", "cfg(not(any()))", "x86_64-pc-windows-gnu", "cfg("]
        {
            assert!(!never(text), "{text}");
        }
    }
}
