//! Scopes and variables by Python's rules, as the binder finds them.

use faultline_facts::Sym;
use rustc_hash::FxHashMap;

pub(super) type ScopeId = u32;
pub(super) type VarId = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Function,
    Class,
    Comprehension,
}

/// What a name means inside the scope that mentions it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Local(VarId),
    Global,
    Nonlocal,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<ScopeId>,
    pub entries: FxHashMap<Sym, Entry>,
    /// Own variables in order of their first binding.
    pub locals: Vec<VarId>,
    /// Every binding in source order; a region is a range of it.
    pub log: Vec<VarId>,
    /// Number of a lambda in the scope that counts it.
    pub number: u32,
    pub lambdas: u32,
}

#[derive(Debug)]
pub(super) struct Var {
    pub sym: Sym,
    /// How many places bind it, parameters included.
    pub assigns: u32,
    /// Written by another function (`global`, `nonlocal`): it has one slot only.
    pub shared: bool,
    pub param: bool,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    pub scopes: Vec<Scope>,
    pub vars: Vec<Var>,
    /// Ranges of the log of the scope in which a loop or `try` stands.
    pub regions: Vec<(u32, u32)>,
}

pub(super) const MODULE: ScopeId = 0;

impl Table {
    pub(super) fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id as usize]
    }

    pub(super) fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id as usize]
    }

    pub(super) fn var(&self, id: VarId) -> &Var {
        &self.vars[id as usize]
    }

    pub(super) fn add_scope(&mut self, kind: ScopeKind, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.push(Scope {
            kind,
            parent,
            entries: FxHashMap::default(),
            locals: Vec::new(),
            log: Vec::new(),
            number: 0,
            lambdas: 0,
        });
        self.scopes.len() as ScopeId - 1
    }

    /// The variable of a scope's own name, made when it is new.
    pub(super) fn local(&mut self, scope: ScopeId, sym: Sym) -> VarId {
        if let Some(Entry::Local(var)) = self.scope(scope).entries.get(&sym) {
            return *var;
        }
        let var = self.vars.len() as VarId;
        self.vars.push(Var { sym, assigns: 0, shared: false, param: false });
        let scope = self.scope_mut(scope);
        scope.entries.insert(sym, Entry::Local(var));
        scope.locals.push(var);
        var
    }

    /// The variable that a name means in a scope; `None` for builtins and names of star imports.
    pub(super) fn resolve(&self, scope: ScopeId, sym: Sym) -> Option<VarId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let here = self.scope(id);
            if here.kind != ScopeKind::Class || id == scope {
                match here.entries.get(&sym) {
                    Some(Entry::Local(var)) => return Some(*var),
                    Some(Entry::Global) => return self.global(sym),
                    Some(Entry::Nonlocal) | None => {}
                }
            }
            at = here.parent;
        }
        None
    }

    fn global(&self, sym: Sym) -> Option<VarId> {
        match self.scope(MODULE).entries.get(&sym) {
            Some(Entry::Local(var)) => Some(*var),
            _ => None,
        }
    }

    /// The variables that a region binds, each once.
    pub(super) fn region(&self, scope: ScopeId, region: u32) -> Vec<VarId> {
        let Some((start, end)) = self.regions.get(region as usize) else { return Vec::new() };
        let mut vars = self.scope(scope).log[*start as usize..*end as usize].to_vec();
        vars.sort_unstable();
        vars.dedup();
        vars
    }
}
