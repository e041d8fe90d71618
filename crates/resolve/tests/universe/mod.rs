//! Universes of packages written as indented text, and the graphs wanted of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Package → versions with their dependency lines; a version may be unlisted.
pub type Universe = BTreeMap<String, Vec<Release>>;

/// One version of a package.
#[derive(Debug, Clone, Default)]
pub struct Release {
    pub version: String,
    pub attributes: String,
    /// Attributes, name, requirement.
    pub dependencies: Vec<(String, String, String)>,
}

/// A resolution to try.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub name: String,
    pub root: (String, String),
    pub universe: String,
    pub graph: String,
}

/// What a file holds.
#[derive(Debug, Default)]
pub struct Data {
    pub universes: BTreeMap<String, Universe>,
    pub cases: Vec<Case>,
}

/// Name and version of nodes, and edges between them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub nodes: BTreeSet<String>,
    pub edges: BTreeSet<(String, String)>,
    pub errors: bool,
}

fn blocks(text: &str) -> Vec<(String, String, Vec<String>)> {
    let mut out: Vec<(String, String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("-- ") {
            open = head.trim() != "END";
            if let Some((kind, name)) = head.trim().split_once(' ').filter(|_| open) {
                out.push((kind.to_owned(), name.trim().to_owned(), Vec::new()));
            }
        } else if open
            && !line.trim().is_empty()
            && let Some(block) = out.last_mut()
        {
            block.2.push(line.to_owned());
        }
    }
    out
}

/// Reads a data file.
pub fn data(path: &Path) -> Data {
    let mut data = Data::default();
    for (kind, name, lines) in blocks(&std::fs::read_to_string(path).expect("data file")) {
        match kind.as_str() {
            "Universe" => _ = data.universes.insert(name, universe(&lines)),
            "Test" => data.cases.push(case(name, &lines)),
            other => panic!("block {other}"),
        }
    }
    data
}

fn universe(lines: &[String]) -> Universe {
    let mut out = Universe::new();
    let mut package = String::new();
    for line in lines {
        let depth = line.chars().take_while(|c| *c == '\t').count();
        let text = line.trim();
        if depth == 0 {
            text.clone_into(&mut package);
            out.entry(package.clone()).or_default();
        } else if depth == 1 {
            let (attributes, version) = text.rsplit_once('|').unwrap_or(("", text));
            let (version, attributes) = (version.trim().to_owned(), attributes.trim().to_owned());
            out.entry(package.clone()).or_default().push(Release { version, attributes, dependencies: Vec::new() });
        } else {
            let (attributes, rest) = text.rsplit_once('|').unwrap_or(("", text));
            let at = rest[1..].find('@').map_or(rest.len(), |at| at + 1);
            let requirement = rest[at..].trim_start_matches('@').to_owned();
            let releases = out.get_mut(&package).expect("package");
            let dependency = (attributes.trim().to_owned(), rest[..at].trim().to_owned(), requirement);
            releases.last_mut().expect("version").dependencies.push(dependency);
        }
    }
    out
}

fn case(name: String, lines: &[String]) -> Case {
    let mut case = Case { name, ..Case::default() };
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Resolve", name, version] => case.root = ((*name).to_owned(), (*version).to_owned()),
            ["Universe", name] => (*name).clone_into(&mut case.universe),
            ["Graph", name] => (*name).clone_into(&mut case.graph),
            other => panic!("line {other:?}"),
        }
    }
    case
}

/// The value of an attribute.
pub fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let words: Vec<&str> = attributes.split_whitespace().collect();
    let at = words.iter().position(|word| word.eq_ignore_ascii_case(name))?;
    Some(words.get(at + 1).copied().unwrap_or("").trim_matches('"'))
}

/// Reads the wanted graphs of a file.
pub fn wanted(path: &Path) -> BTreeMap<String, Wanted> {
    let text = std::fs::read_to_string(path).expect("want file");
    blocks(&text).into_iter().map(|(_, name, lines)| (name, graph(&lines))).collect()
}

fn graph(lines: &[String]) -> Wanted {
    let mut wanted = Wanted::default();
    let mut stack: Vec<(usize, String)> = Vec::new();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    let mut later: Vec<(String, String)> = Vec::new();
    for line in lines {
        let body = line.trim_start_matches(|c: char| c.is_whitespace() || "│├└─".contains(c));
        let width: usize = line[..line.len() - body.len()].chars().map(|c| if c == '\t' { 3 } else { 1 }).sum();
        while stack.last().is_some_and(|(depth, _)| *depth >= width) {
            stack.pop();
        }
        let (label, body) = match body.split_once(": ") {
            Some((label, rest)) if label.chars().all(|c| c.is_ascii_digit()) => (Some(label), rest),
            _ => (None, body),
        };
        if body.contains("ERROR") {
            wanted.errors = true;
            continue;
        }
        let body = body.rsplit('|').next().unwrap_or(body).trim();
        let from = stack.last().map(|(_, name)| name.clone());
        if let Some(reference) = body.strip_prefix('$') {
            let reference = reference.split('@').next().unwrap_or("").to_owned();
            later.extend(from.map(|from| (from, reference)));
            continue;
        }
        let (name, version) = body.rsplit_once(' ').unwrap_or((body, ""));
        let at = name[1..].find('@').map_or(name.len(), |at| at + 1);
        let node = format!("{} {}", &name[..at], version.trim());
        wanted.nodes.insert(node.clone());
        wanted.edges.extend(from.map(|from| (from, node.clone())));
        labels.extend(label.map(|label| (label.to_owned(), node.clone())));
        stack.push((width, node));
    }
    for (from, label) in later {
        wanted.edges.insert((from, labels.get(&label).cloned().unwrap_or(label)));
    }
    wanted
}
