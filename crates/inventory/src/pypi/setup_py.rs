//! `setup.py`, never executed: literal arguments of the `setup(…)` call only.

use faultline_facts::PythonManifest;
use faultline_package::Scope;

use super::manifest::{Declared, Manifest};
use super::problems::Problems;
use super::pyproject::short;
use super::python_tokens::{Token, Word, tokens};
use super::setup_cfg::add_entry_point;
use crate::text::join;

/// Reads a `setup.py`.
pub(super) fn read(file: &str, text: &str, problems: &mut Problems) -> Manifest {
    let tokens = tokens(text);
    let mut manifest = Manifest::default();
    let Some(call) = setup_call(&tokens) else { return manifest };
    manifest.is_project = true;
    for (name, line, value) in arguments(&tokens[call..]) {
        let value = follow(&tokens, value);
        let python = &mut manifest.python;
        match name {
            "name" => python.name = single(&value),
            "version" => python.version = single(&value),
            "package_dir" => package_dir(&value, python),
            "entry_points" => entry_points(&value, python),
            "install_requires" => list(file, line, &value, Scope::Runtime, &mut manifest, problems),
            "setup_requires" => list(file, line, &value, Scope::Build, &mut manifest, problems),
            "tests_require" => list(file, line, &value, Scope::Test, &mut manifest, problems),
            "extras_require" => list(file, line, &value, Scope::Optional, &mut manifest, problems),
            "**" => dynamic(file, line, "`setup(**…)`", problems),
            _ => {}
        }
    }
    manifest
}

fn dynamic(file: &str, line: u32, what: &str, problems: &mut Problems) {
    let detail = format!("{what} is computed and setup.py is not executed: state dependencies in pyproject.toml");
    problems.remark("dynamic_setup", file, line, detail);
}

/// Index behind the opening bracket of `setup(`.
fn setup_call(tokens: &[Token]) -> Option<usize> {
    let opens = |at: usize| tokens.get(at + 1).is_some_and(|t| t.word == Word::Mark('('));
    let defined = |at: usize| at > 0 && tokens[at - 1].word == Word::Name("def");
    (0..tokens.len()).find(|at| tokens[*at].word == Word::Name("setup") && opens(*at) && !defined(*at)).map(|at| at + 2)
}

/// Name, line and value tokens of each keyword argument, up to the closing bracket.
fn arguments<'t>(tokens: &'t [Token<'t>]) -> Vec<(&'t str, u32, Vec<Token<'t>>)> {
    let mut found = Vec::new();
    for part in parts(tokens) {
        match part {
            [Token { word: Word::Name(name), line }, Token { word: Word::Mark('='), .. }, value @ ..] => {
                found.push((*name, *line, value.to_vec()));
            }
            [Token { word: Word::Mark('*'), line }, Token { word: Word::Mark('*'), .. }, ..] => {
                found.push(("**", *line, Vec::new()));
            }
            _ => {}
        }
    }
    found
}

/// The comma-separated parts up to the bracket that closes the level.
fn parts<'t, 's>(tokens: &'s [Token<'t>]) -> Vec<&'s [Token<'t>]> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.word {
            Word::Mark('(' | '[' | '{') => depth += 1,
            Word::Mark(')' | ']' | '}') if depth == 0 => {
                found.push(&tokens[start..index]);
                return found.into_iter().filter(|part| !part.is_empty()).collect();
            }
            Word::Mark(')' | ']' | '}') => depth -= 1,
            Word::Mark(',') if depth == 0 => {
                found.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[start..]);
    found.into_iter().filter(|part| !part.is_empty()).collect()
}

/// Index of the bracket that closes the one a value starts with.
fn closing(value: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    value.iter().position(|token| {
        match token.word {
            Word::Mark('(' | '[' | '{') => depth += 1,
            Word::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// A lone name stands for the literal that is assigned to it.
fn follow<'t>(tokens: &[Token<'t>], value: Vec<Token<'t>>) -> Vec<Token<'t>> {
    let [Token { word: Word::Name(name), .. }] = value.as_slice() else { return value };
    let assigned = (0..tokens.len().saturating_sub(2)).find(|at| {
        tokens[*at].word == Word::Name(name)
            && tokens[at + 1].word == Word::Mark('=')
            && matches!(tokens[at + 2].word, Word::Mark('[' | '(' | '{') | Word::Text(_))
    });
    let Some(at) = assigned.map(|at| at + 2) else { return value };
    if matches!(tokens[at].word, Word::Text(_)) {
        return vec![tokens[at].clone()];
    }
    let end = closing(&tokens[at..]).map_or(tokens.len(), |end| at + end + 1);
    tokens[at..end].to_vec()
}

fn single(value: &[Token]) -> Option<String> {
    match value {
        [Token { word: Word::Text(text), .. }] => Some(text.to_string()),
        _ => None,
    }
}

/// The items of a literal list or tuple, or of the lists in a literal dict.
fn list(file: &str, line: u32, value: &[Token], scope: Scope, manifest: &mut Manifest, problems: &mut Problems) {
    let Some(inner) = inner(value) else {
        return dynamic(file, line, "a list of dependencies", problems);
    };
    if closing(value).is_some_and(|end| end + 1 < value.len()) {
        dynamic(file, line, "a part of the dependencies", problems);
    }
    for part in parts(inner) {
        match part {
            [Token { word: Word::Text(text), line }] => requirement(file, *line, text, scope, manifest, problems),
            // Only one level down: a dict in a dict is nothing that setuptools takes.
            [key @ Token { word: Word::Text(_), .. }, Token { word: Word::Mark(':'), .. }, nested @ ..]
                if is_dict(value) && !is_dict(nested) =>
            {
                list(file, key.line, nested, scope, manifest, problems);
            }
            other => dynamic(file, other[0].line, "a dependency", problems),
        }
    }
}

/// What stands behind the opening bracket; `None` when the value is no literal collection.
fn inner<'s, 't>(value: &'s [Token<'t>]) -> Option<&'s [Token<'t>]> {
    let opens = matches!(value.first()?.word, Word::Mark('[' | '(' | '{'));
    opens.then(|| &value[1..])
}

fn is_dict(value: &[Token]) -> bool {
    value.first().is_some_and(|token| token.word == Word::Mark('{'))
}

fn requirement(file: &str, line: u32, text: &str, scope: Scope, manifest: &mut Manifest, problems: &mut Problems) {
    for text in text.lines().map(str::trim).filter(|text| !text.is_empty()) {
        match Declared::parse(text, scope, file, line) {
            Some(declared) => manifest.declared.push(declared),
            None => problems.entry(file, line, &format!("`{}` is not a requirement", short(text))),
        }
    }
}

fn entry_points(value: &[Token], python: &mut PythonManifest) {
    let Some(groups) = inner(value) else { return };
    for part in parts(groups) {
        let [Token { word: Word::Text(group), .. }, Token { word: Word::Mark(':'), .. }, list @ ..] = part else {
            continue;
        };
        let entries = inner(list).unwrap_or(list);
        for token in entries {
            let Word::Text(text) = &token.word else { continue };
            for (name, target) in text.lines().filter_map(|line| line.split_once('=')) {
                add_entry_point(group, group, name, target, token.line, python);
            }
        }
    }
}

/// `{"": "src"}`: the root of all packages.
fn package_dir(value: &[Token], python: &mut PythonManifest) {
    let Some(pairs) = inner(value) else { return };
    for part in parts(pairs) {
        if let [Token { word: Word::Text(package), .. }, _, Token { word: Word::Text(root), .. }] = part
            && package.is_empty()
        {
            python.package_roots.extend(join("", root));
        }
    }
}
