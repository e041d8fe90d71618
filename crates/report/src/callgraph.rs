//! The call graph: `faultline.callgraph/1`, DOT, and a summary for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use faultline_facts::Language;
use faultline_package::Ecosystem;
use faultline_reach::{Analysis, CallEdge, CallPath, DynamicSite, ExternalUse, FunctionNode, FunctionRef, Program};
use serde::Serialize;

/// Name and number of the schema, see `docs/schemas/callgraph.json`.
const SCHEMA: &str = "faultline.callgraph/1";

/// A solved program, and the part of its edges that counts.
pub struct Graph<'a> {
    /// What was analysed.
    pub program: &'a Program,
    /// The result.
    pub analysis: &'a Analysis,
    /// Edges shown.
    pub edges: Vec<CallEdge>,
    /// Call paths to the targets, when targets were named.
    pub paths: Option<Vec<CallPath>>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    functions: Vec<Function<'a>>,
    edges: Vec<Edge<'a>>,
    dynamic: Vec<Dynamic<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Vec<Path<'a>>>,
    complete: bool,
}

#[derive(Serialize)]
struct Function<'a> {
    id: u32,
    name: &'a str,
    package: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    end_line: Option<u32>,
    end_column: Option<u32>,
    entry: Option<&'static str>,
}

#[derive(Serialize)]
struct Edge<'a> {
    from: u32,
    to: u32,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    kind: &'static str,
}

#[derive(Serialize)]
struct Dynamic<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    kind: &'static str,
    package: Option<&'a str>,
}

#[derive(Serialize)]
struct Path<'a> {
    entry: Option<&'static str>,
    weakest_edge: &'static str,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    function: u32,
    name: &'a str,
    package: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: u32,
    edge: Option<&'static str>,
}

/// The graph as one JSON document on one line, with a final line end: these get big.
pub fn to_json(graph: &Graph) -> serde_json::Result<String> {
    let analysis = graph.analysis;
    let ids = Ids::of(graph);
    let listed = (0u32..).zip(&analysis.functions).filter_map(|(id, node)| function(graph, &ids, id, node));
    let outside = ids.outside.iter().map(|(name, id)| outside(name, *id));
    let outside_edges = analysis.externals.iter().filter_map(|used| outside_edge(graph, &ids, used));
    let document = Document {
        schema: SCHEMA,
        functions: listed.chain(outside).collect(),
        edges: graph.edges.iter().filter_map(|e| edge(graph, &ids, e)).chain(outside_edges).collect(),
        dynamic: analysis.dynamic.iter().map(|site| dynamic(graph, site)).collect(),
        paths: graph.paths.as_ref().map(|paths| paths.iter().map(|p| path(graph, &ids, p)).collect()),
        complete: !analysis.budget_hit,
    };
    let mut text = serde_json::to_string(&document)?;
    text.push('\n');
    Ok(text)
}

/// Numbers of the functions listed: JSON files are modules without code and are left out; functions of the
/// language itself and of code that was not analysed follow the others, where the ecosystem's names have them.
struct Ids<'a> {
    listed: Vec<Option<u32>>,
    outside: BTreeMap<&'a str, u32>,
}

impl<'a> Ids<'a> {
    fn of(graph: &Graph<'a>) -> Ids<'a> {
        let analysis = graph.analysis;
        let mut next = 0u32;
        let mut number = || {
            next += 1;
            next - 1
        };
        let has_code = |node: &FunctionNode| match graph.program.file(node.file).facts.language {
            Language::Json => false,
            // Classes have no body besides their methods.
            language => !language.is_jvm() || ![".java", ".class"].iter().any(|end| node.name.ends_with(end)),
        };
        let listed = analysis.functions.iter().map(|node| has_code(node).then(&mut number)).collect();
        let names: BTreeSet<&str> = analysis
            .externals
            .iter()
            .filter(|used| speaks_of_outside(graph, used))
            .map(|used| used.path.as_str())
            .collect();
        let outside = names.into_iter().map(|name| (name, number())).collect();
        Ids { listed, outside }
    }

    fn get(&self, function: FunctionRef) -> Option<u32> {
        self.listed.get(function.0 as usize).copied().flatten()
    }
}

/// Python's names have builtins (`<builtin>.len`) and dotted names of other packages.
fn speaks_of_outside(graph: &Graph, used: &ExternalUse) -> bool {
    let file = graph.analysis.function(used.function).file;
    graph.program.unit(file.unit).ecosystem == Ecosystem::PyPi
}

fn function<'a>(graph: &Graph<'a>, ids: &Ids, id: u32, node: &'a FunctionNode) -> Option<Function<'a>> {
    Some(Function {
        id: ids.get(FunctionRef(id))?,
        name: &node.name,
        package: graph.analysis.package_of(FunctionRef(id)),
        file: Some(file_of(graph, FunctionRef(id))),
        line: Some(node.span.line),
        column: Some(node.span.column),
        end_line: Some(node.span.end_line),
        end_column: Some(node.span.end_column),
        entry: node.entry.map(faultline_reach::EntryKind::as_str),
    })
}

fn outside(name: &str, id: u32) -> Function<'_> {
    let none = None;
    Function {
        id,
        name,
        package: None,
        file: None,
        line: none,
        column: none,
        end_line: none,
        end_column: none,
        entry: None,
    }
}

fn edge<'a>(graph: &Graph<'a>, ids: &Ids, edge: &CallEdge) -> Option<Edge<'a>> {
    Some(Edge {
        from: ids.get(edge.from)?,
        to: ids.get(edge.to)?,
        file: file_of(graph, edge.from),
        line: edge.span.line,
        column: edge.span.column,
        end_line: edge.span.end_line,
        end_column: edge.span.end_column,
        kind: edge.kind.as_str(),
    })
}

fn outside_edge<'a>(graph: &Graph<'a>, ids: &Ids, used: &ExternalUse) -> Option<Edge<'a>> {
    Some(Edge {
        from: ids.get(used.function)?,
        to: *ids.outside.get(used.path.as_str())?,
        file: file_of(graph, used.function),
        line: used.span.line,
        column: used.span.column,
        end_line: used.span.end_line,
        end_column: used.span.end_column,
        kind: faultline_reach::EdgeKind::Direct.as_str(),
    })
}

fn dynamic<'a>(graph: &Graph<'a>, site: &DynamicSite) -> Dynamic<'a> {
    Dynamic {
        file: &graph.program.file(site.file).path,
        line: site.span.line,
        column: site.span.column,
        kind: site.kind.as_str(),
        package: graph.analysis.package_of(site.function),
    }
}

fn path<'a>(graph: &Graph<'a>, ids: &Ids, path: &CallPath) -> Path<'a> {
    let entry = path.entry.and_then(|index| graph.analysis.entries.get(index as usize));
    let steps = path.steps.iter().map(|step| Step {
        function: ids.get(step.function).unwrap_or_default(),
        name: &graph.analysis.function(step.function).name,
        package: graph.analysis.package_of(step.function),
        file: file_of(graph, step.function),
        line: step.span.line,
        column: step.span.column,
        edge: step.edge.map(faultline_reach::EdgeKind::as_str),
    });
    Path { entry: entry.map(|e| e.kind.as_str()), weakest_edge: path.weakest.as_str(), steps: steps.collect() }
}

fn file_of<'a>(graph: &Graph<'a>, function: FunctionRef) -> &'a str {
    &graph.program.file(graph.analysis.function(function).file).path
}

/// The graph for Graphviz: functions that take part in an edge.
pub fn to_dot(graph: &Graph) -> String {
    let mut out = String::from("digraph calls {\n  rankdir=LR;\n  node [shape=box];\n");
    let mut used: Vec<FunctionRef> = graph.edges.iter().flat_map(|e| [e.from, e.to]).collect();
    used.sort_unstable();
    used.dedup();
    for function in used {
        let node = graph.analysis.function(function);
        let label =
            graph.analysis.package_of(function).map_or_else(|| node.name.clone(), |p| format!("{p}\n{}", node.name));
        let style = if node.entry.is_some() { ", style=bold" } else { "" };
        let _ = writeln!(out, "  f{} [label={}{style}];", function.0, quoted(&label));
    }
    for edge in &graph.edges {
        let place = format!("{}:{}", file_of(graph, edge.from), edge.span.line);
        let _ = writeln!(
            out,
            "  f{} -> f{} [label={}, tooltip={}];",
            edge.from.0,
            edge.to.0,
            quoted(edge.kind.as_str()),
            quoted(&place)
        );
    }
    out.push_str("}\n");
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Calls in the order of callers, then entry points, dynamic sites and figures.
pub fn to_text(graph: &Graph) -> String {
    let mut out = String::new();
    let analysis = graph.analysis;
    let name = |function: FunctionRef| {
        let node = analysis.function(function);
        analysis.package_of(function).map_or_else(|| node.name.clone(), |p| format!("{p} {}", node.name))
    };
    for path in graph.paths.iter().flatten() {
        let _ = writeln!(out, "path, weakest edge {}", path.weakest.as_str());
        for step in &path.steps {
            let edge = step.edge.map(|e| format!("  [{}]", e.as_str())).unwrap_or_default();
            let place = format!("{}:{}:{}", file_of(graph, step.function), step.span.line, step.span.column);
            let _ = writeln!(out, "  {place}  {}{edge}", name(step.function));
        }
    }
    if graph.paths.is_none() {
        write_edges(&mut out, graph, &name);
    }
    write_figures(&mut out, graph);
    out
}

fn write_edges(out: &mut String, graph: &Graph, name: &dyn Fn(FunctionRef) -> String) {
    let mut caller = None;
    for edge in &graph.edges {
        if caller != Some(edge.from) {
            let entry =
                graph.analysis.function(edge.from).entry.map(|e| format!("  [{}]", e.as_str())).unwrap_or_default();
            let _ = writeln!(out, "{}{entry}", name(edge.from));
            caller = Some(edge.from);
        }
        let place = format!("{}:{}:{}", file_of(graph, edge.from), edge.span.line, edge.span.column);
        let _ = writeln!(out, "  {place}  {}  {}", edge.kind.as_str(), name(edge.to));
    }
}

fn write_figures(out: &mut String, graph: &Graph) {
    let analysis = graph.analysis;
    let _ = writeln!(
        out,
        "{} functions in {} files, {} reached; {} calls, {} entry points, {} dynamic sites",
        analysis.functions.len(),
        analysis.stats.files,
        analysis.stats.reached,
        graph.edges.len(),
        analysis.entries.len(),
        analysis.dynamic.len()
    );
    if let Some(paths) = &graph.paths {
        let _ = writeln!(out, "{} call paths to the target", paths.len());
    }
    if analysis.budget_hit {
        out.push_str("incomplete: the budget was spent; raise it with --budget\n");
    }
}
