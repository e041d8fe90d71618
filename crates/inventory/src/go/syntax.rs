//! The line syntax of `go.mod` and `go.work`: directives with words, alone or in parentheses.

use crate::listing::Fault;
use crate::text::to_line;

/// One directive of one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// 1-based line.
    pub line: u32,
    /// The directive.
    pub verb: String,
    /// What follows it.
    pub words: Vec<String>,
    /// Text of the comment at the end of the line.
    pub comment: String,
}

/// Every statement of a file, and the lines that make no sense.
pub(super) fn statements(text: &str) -> (Vec<Statement>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut block: Option<(String, u32)> = None;
    for (index, raw) in text.lines().enumerate() {
        let line = to_line(index + 1);
        let (mut words, comment) = match words(raw) {
            Ok(split) => split,
            Err(why) => {
                faults.push((line, why));
                continue;
            }
        };
        if words.is_empty() {
            continue;
        }
        let closes = words.len() == 1 && words[0] == ")";
        if closes && block.take().is_some() {
            continue;
        }
        let verb = match &block {
            Some((verb, _)) => verb.clone(),
            None => words.remove(0),
        };
        if block.is_none() && words == ["("] {
            block = Some((verb, line));
            continue;
        }
        // `require ( a v1 )` in one line.
        if words.first().is_some_and(|w| w == "(") && words.last().is_some_and(|w| w == ")") {
            words.remove(0);
            words.pop();
            if words.is_empty() {
                continue;
            }
        }
        found.push(Statement { line, verb, words, comment });
    }
    if let Some((verb, line)) = block {
        faults.push((line, format!("the block `{verb} (` does not end; restore it")));
    }
    (found, faults)
}

/// The words of a line and the comment behind them. Words may be quoted.
fn words(line: &str) -> Result<(Vec<String>, String), String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        if let Some(comment) = rest.strip_prefix("//") {
            return Ok((words, comment.trim().to_owned()));
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '`'));
        if let Some(quote) = quote {
            let end = rest[1..].find(quote).ok_or("has a quoted word that does not end; close it")?;
            words.push(rest[1..=end].to_owned());
            rest = rest[end + 2..].trim_start();
            continue;
        }
        if let Some(after) = rest.strip_prefix(['(', ')', ',', '[', ']']) {
            words.push(rest[..1].to_owned());
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '[' | ']'));
        let end = end.unwrap_or(rest.len());
        let end = rest[..end].find("//").filter(|at| *at > 0).unwrap_or(end);
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    Ok((words, String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let (found, _) = statements(text);
        found.iter().map(|s| format!("{} {} {} // {}", s.line, s.verb, s.words.join(" "), s.comment)).collect()
    }

    #[test]
    fn blocks_and_single_lines_are_the_same() {
        let text = "module \"a/b\" // own\nrequire (\n\tx/y v1.0.0 // indirect\n)\nretract [v1.0.0, v1.1.0]\nexclude ( q v1 )\n";
        let expected = [
            "1 module a/b // own",
            "3 require x/y v1.0.0 // indirect",
            "5 retract [ v1.0.0 , v1.1.0 ] // ",
            "6 exclude q v1 // ",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn a_block_that_does_not_end_is_a_fault_with_its_line() {
        let (found, faults) = statements("\nrequire (\n a v1\n");
        assert_eq!((found.len(), faults[0].0), (1, 2));
        assert_eq!(statements("x \"y").1.len(), 1);
    }
}
