//! Entry points in YAML: services of compose files, functions of serverless configurations.

use saphyr_parser::{Event, Parser};

use crate::commands::Command;
use crate::start::{below, shell_words};

/// Values in one file above which the rest is not read.
const MAX_EVENTS: usize = 30_000;
/// Levels below which nothing is read.
const MAX_DEPTH: usize = 12;
/// Extensions of the file behind a handler.
const EXTENSIONS: [&str; 9] = ["js", "ts", "mjs", "cjs", "mts", "cts", "jsx", "tsx", "py"];

/// A scalar, and the keys that lead to it.
struct Leaf {
    keys: Vec<String>,
    line: u32,
    text: String,
}

/// A handler and the file that has it.
pub(crate) struct Handler {
    pub line: u32,
    /// `file:function`.
    pub target: String,
}

/// True for compose files.
pub(crate) fn is_compose(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| {
        ["docker-compose", "compose"]
            .iter()
            .any(|n| stem == *n || stem.strip_prefix(n).is_some_and(|r| r.starts_with('.')))
    })
}

/// True for configurations of serverless platforms.
pub(crate) fn is_serverless(name: &str) -> bool {
    matches!(name, "serverless.yml" | "serverless.yaml" | "template.yml" | "template.yaml")
}

/// `command` and `entrypoint` of every service.
pub(crate) fn compose(folder: &str, text: &str) -> Vec<Command> {
    let leaves = leaves(text);
    let mut commands: Vec<(Vec<String>, Command)> = Vec::new();
    for leaf in &leaves {
        let [services, service, key, rest @ ..] = leaf.keys.as_slice() else { continue };
        if services != "services" || !matches!(key.as_str(), "command" | "entrypoint") {
            continue;
        }
        let at = vec![service.clone(), key.clone()];
        let words = if rest.is_empty() { shell_words(&leaf.text) } else { vec![leaf.text.clone()] };
        if let Some((_, command)) = commands.last_mut().filter(|(known, _)| *known == at) {
            command.words.extend(words);
            continue;
        }
        let value = |keys: &[&str]| value(&leaves, &["services", service], keys);
        let context = value(&["build"]).or_else(|| value(&["build", "context"])).unwrap_or(".");
        let Some(folder) = below(folder, context) else { continue };
        let workdir = value(&["working_dir"]).map(str::to_owned);
        commands.push((at, Command { line: leaf.line, words, workdir, folder: Some(folder) }));
    }
    commands.into_iter().map(|(_, command)| command).collect()
}

/// Handlers of functions whose file is there.
pub(crate) fn handlers(folder: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Handler> {
    let leaves = leaves(text);
    let found = leaves.iter().filter_map(|leaf| {
        let keys: Vec<&str> = leaf.keys.iter().map(String::as_str).collect();
        let code = match keys.as_slice() {
            ["functions", _, "handler"] => None,
            ["Resources", name, "Properties", "Handler"] => {
                value(&leaves, &["Resources", name], &["Properties", "CodeUri"])
                    .or_else(|| value(&leaves, &["Globals", "Function"], &["CodeUri"]))
            }
            _ => return None,
        };
        let folder = below(folder, code.unwrap_or("."))?;
        let (file, function) = leaf.text.rsplit_once('.')?;
        let stem = below(&folder, file)?;
        let file = EXTENSIONS.iter().map(|extension| format!("{stem}.{extension}")).find(|path| exists(path))?;
        Some(Handler { line: leaf.line, target: format!("{file}:{function}") })
    });
    found.collect()
}

fn value<'l>(leaves: &'l [Leaf], start: &[&str], keys: &[&str]) -> Option<&'l str> {
    let wanted = || start.iter().chain(keys);
    leaves.iter().find(|leaf| leaf.keys.iter().eq(wanted())).map(|leaf| leaf.text.as_str())
}

/// An open mapping or sequence.
struct Open {
    is_map: bool,
    /// The key that waits for its value.
    key: Option<String>,
}

/// Scalars of the first document; what follows a syntax error is left out.
fn leaves(text: &str) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut stack: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text).take(MAX_EVENTS) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                stack.push(Open { is_map: matches!(event, Event::MappingStart(..)), key: None });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                stack.pop();
                close(&mut stack);
            }
            Event::Scalar(text, ..) => match stack.last_mut() {
                Some(open) if open.is_map && open.key.is_none() => open.key = Some(text.into_owned()),
                _ => {
                    let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
                    if stack.len() <= MAX_DEPTH {
                        found.push(Leaf { keys: keys(&stack), line, text: text.into_owned() });
                    }
                    close(&mut stack);
                }
            },
            Event::Alias(_) => close(&mut stack),
            Event::DocumentEnd => break,
            _ => {}
        }
    }
    found
}

/// A value has ended: its key is done with.
fn close(stack: &mut [Open]) {
    if let Some(open) = stack.last_mut() {
        open.key = None;
    }
}

fn keys(stack: &[Open]) -> Vec<String> {
    stack.iter().map(|open| open.key.clone().unwrap_or_default()).collect()
}
