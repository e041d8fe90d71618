//! Modules that are loaded by a name which is not known where it is loaded, but stands as a string elsewhere.

use super::{Mod, NONE, Solver, Tok, key};
use crate::{Dependency, EdgeKind, link::Target};

/// Places that load what is not known, for one string.
const MAX_SITES: usize = 6;
/// Longest name of a module.
const MAX_NAME: usize = 80;

impl Solver<'_> {
    /// Strings in running code that name a package on which that code depends, where running code loads modules by
    /// names that are not known. Edges of the weakest kind; false when there are none.
    pub(crate) fn load_by_name(&mut self) -> bool {
        let sites = self.open_loads();
        if sites.is_empty() {
            return false;
        }
        let mut found = false;
        for id in 0..self.linker.modules.len() as u32 {
            let module = Mod(id);
            let runs = self.module_inst[id as usize].is_some_and(|inst| self.inst(inst).entered);
            if !runs || !self.is_script(module) {
                continue;
            }
            for target in self.named_packages(module) {
                found |= self.load_at(&sites, module, target);
            }
        }
        found
    }

    /// Calls that load a module of which no name is known.
    fn open_loads(&self) -> Vec<u32> {
        let open = |(_, node): &&(u32, super::Node)| {
            let tokens = self.store.tokens(*node);
            !tokens.iter().any(|tok| Tok(*tok).is_text() && *tok != Tok::ANY_TEXT.0)
        };
        self.loads.iter().filter(open).map(|(call, _)| *call).collect()
    }

    /// Modules of packages that strings of a file name, as far as its package depends on them.
    fn named_packages(&self, module: Mod) -> Vec<Mod> {
        let facts = self.facts(module);
        let unit = self.linker.unit_of(module);
        let mut found = Vec::new();
        for text in facts.strings.iter().filter(|text| text.len() <= MAX_NAME) {
            let Some(name) = package_name(text) else { continue };
            let known = unit.dependencies.iter().any(|(own, to)| own == name && matches!(to, Dependency::Unit(_)));
            if !known {
                continue;
            }
            for target in self.linker.resolve(module, text, 0) {
                if let Target::Module(target) = target {
                    found.push(target);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Loads at the places of the naming package when it has any, else wherever it may be.
    fn load_at(&mut self, sites: &[u32], named_in: Mod, target: Mod) -> bool {
        let unit = |solver: &Self, call: u32| {
            let module = solver.module_of_inst(solver.calls[call as usize].inst);
            solver.linker.info(module).at.unit
        };
        if self.module_inst[target.0 as usize].is_some_and(|inst| self.inst(inst).entered) {
            return false;
        }
        let own = self.linker.info(named_in).at.unit;
        let near: Vec<u32> = sites.iter().copied().filter(|call| unit(self, *call) == own).collect();
        let chosen = if near.is_empty() { sites } else { &near };
        for call in chosen.iter().copied().take(MAX_SITES) {
            let data = self.calls[call as usize];
            let span = self.span(data.inst, data.stmt);
            let inst = self.module_instance(target);
            self.record(data.inst, data.stmt, inst, EdgeKind::Name, span);
            self.enter(inst);
            let result = if data.result == NONE { self.temp(call, key(60, 0)) } else { data.result };
            self.bind_module(target, faultline_facts::Imported::Module, None, result);
        }
        true
    }
}

/// The package that a specifier begins with, when it can be one.
fn package_name(text: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'@');
    if text.is_empty() || text.starts_with(['.', '/']) || !text.bytes().all(plain) {
        return None;
    }
    let slash = text.find('/');
    let end =
        if text.starts_with('@') { text[slash? + 1..].find('/').map(|at| at + slash.unwrap_or(0) + 1) } else { slash };
    Some(&text[..end.unwrap_or(text.len())])
}
