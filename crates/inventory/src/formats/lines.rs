//! Small readers of lines that several formats share.

/// Number of spaces at the start of a line.
pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// `name (inside)`.
pub(super) fn name_and_brackets(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(" (")?;
    let (inside, _) = rest.split_once(')')?;
    Some((name.trim(), inside.trim())).filter(|(name, inside)| !name.is_empty() && !inside.is_empty())
}

/// The parts between commas that lie outside of brackets and quotes, and the offset of each.
pub(super) fn parts(text: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let (mut depth, mut quoted, mut escaped, mut start) = (0_usize, false, false, 0);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                out.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push((start, &text[start..]));
    out.retain(|(_, part)| !part.trim().is_empty());
    out
}

/// What lies within the first bracket of a text and its partner, and the offset of it; to the end when there is none.
pub(super) fn within(text: &str, open: char, close: char) -> Option<(usize, &str)> {
    let start = text.find(open)? + open.len_utf8();
    let (mut depth, mut quoted, mut escaped) = (1_usize, false, false);
    for (at, c) in text[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ if quoted => {}
            _ if c == open => depth += 1,
            _ if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Some((start, &text[start..start + at]));
                }
            }
            _ => {}
        }
    }
    Some((start, &text[start..]))
}

/// The text within the first pair of double quotes.
pub(super) fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}
