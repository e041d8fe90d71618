//! Files that are started as a worker or process of their own, by a constant path.

use faultline_facts::{Callee, Const, Facts, Key, Language, Op, Slot};

use super::{Found, is_test_file, node::file_of};
use crate::{
    EntryKind,
    link::folder_of,
    solve::{Inst, Mod, Solver, Tok, Token},
};

/// What starts a file.
const STARTERS: &[&str] =
    &["node:worker_threads.Worker", "node:child_process.fork", "node:cluster.setupPrimary", "node:cluster.setupMaster"];
/// Packages that do.
const STARTER_PACKAGES: &[&str] = &["piscina", "workerpool", "tinypool", "jest-worker", "bree"];
/// Options that hold the file.
const OPTIONS: &[&str] = &["filename", "exec"];
/// Steps back from an argument to its constant parts.
const MAX_STEPS: u32 = 6;

/// Started files, with the place of the start.
pub(crate) fn find(solver: &Solver<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for id in 0..solver.insts.len() as u32 {
        let inst = Inst(id);
        let module = solver.module_of_inst(inst);
        let candidate = solver.inst(inst).entered
            && solver.facts(module).language != Language::Python
            && solver.linker.unit_of(module).first_party()
            && !is_test_file(&solver.linker, module);
        if candidate {
            started(solver, inst, module, &mut found);
        }
    }
    found
}

fn started(solver: &Solver<'_>, inst: Inst, module: Mod, out: &mut Vec<Found>) {
    let facts = solver.facts(module);
    for stmt in &solver.function(solver.inst(inst).func).body {
        let Op::Call { call } = &stmt.op else { continue };
        let call = &facts.calls[*call as usize];
        let Some(starter) = starter(solver, inst, module, call.callee) else { continue };
        let Some(target) = call.args.first().and_then(|arg| text(facts, arg.slot, 0)) else { continue };
        let Some(target) = file(solver, module, &target) else { continue };
        out.push(Found {
            module: target,
            function: None,
            kind: EntryKind::Main,
            why: format!("started by `{starter}`"),
            file: solver.linker.path_of(module).to_owned(),
            line: stmt.span.line,
        });
    }
}

fn starter(solver: &Solver<'_>, inst: Inst, module: Mod, callee: Callee) -> Option<&'static str> {
    let (slot, method) = match callee {
        Callee::Value(slot) => (slot, None),
        Callee::Method { base, key: Key::Named(name) } => (base, Some(solver.facts(module).text(name))),
        Callee::Method { .. } => return None,
    };
    let node = solver.node_of(inst, slot);
    let path_of = |tok: &u32| match solver.tokens.get(Tok(*tok)) {
        Token::Path(path) => Some(solver.path_text(path)),
        _ => None,
    };
    solver.store.tokens(node).iter().filter_map(path_of).find_map(|path| {
        let full = method.map_or_else(|| path.to_owned(), |name| format!("{path}.{name}"));
        let builtin = STARTERS.iter().find(|starter| **starter == full);
        builtin.map(|starter| starter.trim_start_matches("node:")).or_else(|| {
            let name = path.strip_prefix("pkg:npm/")?;
            let begins = |package: &&&str| name.split(['@', '.', '(']).next() == Some(**package);
            STARTER_PACKAGES.iter().find(begins).copied()
        })
    })
}

/// The constant parts of a path: `path.join(__dirname, 'x.js')`, `new URL('./x.js', import.meta.url)`.
fn text(facts: &Facts, slot: Slot, steps: u32) -> Option<String> {
    let owner = facts.slot_owner.get(slot.0 as usize).filter(|_| steps < MAX_STEPS)?;
    let part = |slot: Slot| text(facts, slot, steps + 1);
    facts.function(*owner).body.iter().find_map(|stmt| match &stmt.op {
        Op::Const { dst, value: Const::Str(value) } if *dst == slot => Some(facts.text(*value).to_owned()),
        Op::Copy { dst, src } if *dst == slot => part(*src),
        Op::Concat { dst, left, right } if *dst == slot => {
            let both = part(*left).unwrap_or_default() + &part(*right).unwrap_or_default();
            (!both.is_empty()).then_some(both)
        }
        Op::Call { call } if facts.calls[*call as usize].result == slot => {
            let args = &facts.calls[*call as usize].args;
            let parts: Vec<String> = args.iter().filter_map(|arg| part(arg.slot)).collect();
            (!parts.is_empty()).then(|| parts.join("/"))
        }
        Op::Store { base, key: Key::Named(name), src, .. } if *base == slot && OPTIONS.contains(&facts.text(*name)) => {
            part(*src)
        }
        _ => None,
    })
}

/// The file that a path means, seen from the starting file or from the project's folder.
fn file(solver: &Solver<'_>, from: Mod, target: &str) -> Option<Mod> {
    let linker = &solver.linker;
    let unit = linker.info(from).at.unit;
    let target = target.trim_start_matches('/');
    let root = &linker.unit_of(from).root;
    [folder_of(linker.path_of(from)), root].into_iter().find_map(|folder| file_of(linker, unit, folder, target))
}
