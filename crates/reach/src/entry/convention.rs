//! Exports that a platform calls because of where the file lies or what it exports.

use faultline_facts::{Function, Language, ModuleKind};

use super::{is_test_file, origin::functions_in};
use crate::{
    EntryKind::{self, Handler, Main, Route},
    solve::{Func, Inst, Mod, Node, Solver, Tok, Token},
};

/// Exports of a module that are called from outside.
#[derive(Debug, Clone)]
pub(crate) struct Exported {
    pub(crate) module: Mod,
    pub(crate) names: Vec<String>,
    pub(crate) kind: EntryKind,
    pub(crate) why: String,
    /// The statement that makes them entries; `None` for the functions themselves.
    pub(crate) place: Option<(String, u32)>,
}

/// Files in a folder of a project that has a package.
struct PathRule {
    packages: &'static [&'static str],
    /// Start of the path inside the project, `src/` left out.
    folder: &'static str,
    /// File names without extension; empty for all.
    stems: &'static [&'static str],
    exports: &'static [&'static str],
    kind: EntryKind,
    why: &'static str,
}

const NEXT: &[&str] = &["next"];
const VERBS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The first that matches holds.
static PATHS: &[PathRule] = &[
    PathRule {
        packages: NEXT,
        folder: "pages/api/",
        stems: &[],
        exports: &["default"],
        kind: Route,
        why: "API route of next",
    },
    PathRule {
        packages: NEXT,
        folder: "pages/",
        stems: &[],
        exports: &["default", "getServerSideProps", "getStaticProps", "getStaticPaths"],
        kind: Route,
        why: "page of next",
    },
    PathRule { packages: NEXT, folder: "app/", stems: &["route"], exports: VERBS, kind: Route, why: "route of next" },
    PathRule {
        packages: NEXT,
        folder: "app/",
        stems: &["page", "layout", "template", "default", "error", "not-found", "loading"],
        exports: &["default", "generateMetadata", "generateStaticParams"],
        kind: Route,
        why: "page of next",
    },
    PathRule {
        packages: NEXT,
        folder: "",
        stems: &["middleware", "proxy"],
        exports: &["middleware", "proxy", "default"],
        kind: Route,
        why: "middleware of next",
    },
    PathRule {
        packages: NEXT,
        folder: "",
        stems: &["instrumentation"],
        exports: &["register"],
        kind: Main,
        why: "started by next",
    },
    PathRule {
        packages: &["@remix-run/node", "@remix-run/react", "react-router"],
        folder: "app/routes/",
        stems: &[],
        exports: &["default", "loader", "action"],
        kind: Route,
        why: "route of remix",
    },
    PathRule {
        packages: &["@sveltejs/kit"],
        folder: "routes/",
        stems: &["+server"],
        exports: VERBS,
        kind: Route,
        why: "route of sveltekit",
    },
    PathRule {
        packages: &["@sveltejs/kit"],
        folder: "routes/",
        stems: &["+page.server", "+layout.server", "+page", "+layout"],
        exports: &["load", "actions"],
        kind: Route,
        why: "page of sveltekit",
    },
    PathRule {
        packages: &["nuxt", "nitropack"],
        folder: "server/",
        stems: &[],
        exports: &["default"],
        kind: Route,
        why: "server file of nuxt",
    },
    PathRule {
        packages: &["@vercel/node"],
        folder: "api/",
        stems: &[],
        exports: &["default"],
        kind: Handler,
        why: "function of vercel",
    },
    PathRule {
        packages: &["@netlify/functions"],
        folder: "netlify/functions/",
        stems: &[],
        exports: &["handler", "default"],
        kind: Handler,
        why: "function of netlify",
    },
];

/// Names under which serverless platforms look for a handler.
const HANDLERS: &[&str] = &["handler", "lambda_handler", "lambdaHandler"];
/// Names of a handler's second parameter.
const CONTEXTS: &[&str] = &["context", "_context", "ctx", "_ctx"];

/// Modules whose exports are called by convention.
pub(crate) fn modules(solver: &Solver<'_>) -> Vec<Exported> {
    let all = (0..solver.linker.modules.len() as u32).map(Mod);
    let own = all.filter(|m| solver.linker.unit_of(*m).first_party() && !is_test_file(&solver.linker, *m));
    own.filter_map(|module| by_path(solver, module).or_else(|| serverless(solver, module))).collect()
}

fn by_path(solver: &Solver<'_>, module: Mod) -> Option<Exported> {
    let unit = solver.linker.unit_of(module);
    if solver.facts(module).language == Language::Python {
        return None;
    }
    let path = solver.linker.path_of(module).strip_prefix(&unit.root)?.trim_start_matches('/');
    let path = path.strip_prefix("src/").unwrap_or(path);
    let (stem, _) = path.rsplit('/').next()?.rsplit_once('.')?;
    let depends = |package: &&str| unit.dependencies.iter().any(|(name, _)| name == package);
    let rule = PATHS.iter().find(|rule| {
        let placed = if rule.folder.is_empty() { !path.contains('/') } else { path.starts_with(rule.folder) };
        placed && (rule.stems.is_empty() || rule.stems.contains(&stem)) && rule.packages.iter().any(depends)
    })?;
    let names = rule.exports.iter().map(|name| (*name).to_owned()).collect();
    Some(Exported { module, names, kind: rule.kind, why: rule.why.to_owned(), place: None })
}

/// `exports.handler = (event, context) => …`, `def lambda_handler(event, context)`.
fn serverless(solver: &Solver<'_>, module: Mod) -> Option<Exported> {
    let facts = solver.facts(module);
    let names: Vec<String> = HANDLERS
        .iter()
        .filter(|name| facts.strings.iter().any(|text| text == *name))
        .map(|name| (*name).to_owned())
        .collect();
    let takes_event = |function: &Function| {
        let name = |at: usize| function.params.get(at).map(|param| facts.text(param.name));
        let event = matches!(name(0), Some("event" | "_event" | "evt"));
        let named = HANDLERS.contains(&facts.text(function.name));
        let is_context = name(1).is_some_and(|name| CONTEXTS.contains(&name));
        event
            && function.class.is_none()
            && (is_context || (named && function.params.len() == 1 && lies_as_handler(solver, module)))
    };
    if names.is_empty() || !facts.functions.iter().any(takes_event) {
        return None;
    }
    Some(Exported { module, names, kind: Handler, why: "serverless handler by its name".to_owned(), place: None })
}

fn lies_as_handler(solver: &Solver<'_>, module: Mod) -> bool {
    let path = solver.linker.path_of(module);
    path.split(['/', '.'])
        .any(|part| matches!(part, "handler" | "handlers" | "lambda" | "lambdas" | "functions" | "lambda_function"))
}

/// Functions that a module exports under a name. The module has been run.
pub(crate) fn functions(solver: &mut Solver<'_>, module: Mod, name: &str) -> Vec<(Func, Inst)> {
    let nodes = export_nodes(solver, module, name);
    solver.solve();
    let mut found: Vec<(Func, Inst)> = nodes.into_iter().flat_map(|node| functions_in(solver, node)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn export_nodes(solver: &mut Solver<'_>, module: Mod, name: &str) -> Vec<Node> {
    let is_default = name == "default";
    let name = solver.names.intern(name);
    if matches!(solver.facts(module).kind, ModuleKind::Esm | ModuleKind::Python) {
        let namespace = solver.tokens.intern(Token::Module(module));
        return vec![solver.lookup(namespace, name)];
    }
    let exports = solver.exports_node(module);
    solver.solve();
    let values: Vec<Tok> = solver.store.tokens(exports).iter().map(|tok| Tok(*tok)).collect();
    let functions = values.iter().any(|tok| matches!(solver.tokens.get(*tok), Token::Function { .. }));
    let mut nodes: Vec<Node> = values.into_iter().map(|value| solver.lookup(value, name)).collect();
    nodes.extend((is_default && functions).then_some(exports));
    nodes
}
