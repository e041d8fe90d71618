//! Variables: one slot per symbol, plus the version that is current on a straight line.
//!
//! A variable's own slot holds everything that is ever assigned to it. Where control flow makes it certain
//! which assignment or test came last, reads use that *version* instead. Versions are kept only for
//! variables that no other function writes, and end where control flow joins.

use faultline_facts::{FunctionId, Op, Slot, Test};
use oxc_ast::ast::{BindingIdentifier, IdentifierReference};
use oxc_semantic::{ScopeId, SymbolFlags, SymbolId};
use rustc_hash::FxHashMap;

use super::lower::{Lower, NO_FUNCTION, NO_SLOT};

/// Current versions inside one function.
#[derive(Default)]
pub(super) struct Flow {
    current: FxHashMap<SymbolId, Slot>,
    log: Vec<Change>,
}

struct Change {
    symbol: SymbolId,
    before: Option<Slot>,
    assigned: bool,
}

impl Flow {
    fn set(&mut self, symbol: SymbolId, slot: Option<Slot>, assigned: bool) {
        let before = match slot {
            Some(slot) => self.current.insert(symbol, slot),
            None => self.current.remove(&symbol),
        };
        self.log.push(Change { symbol, before, assigned });
    }

    /// A place to come back to.
    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Leaves a branch: what was current before it is again, except variables assigned inside, unless the
    /// branch never continues (`returned`).
    pub(super) fn leave(&mut self, mark: usize, returned: bool) {
        let mut assigned = Vec::new();
        while self.log.len() > mark {
            let Some(change) = self.log.pop() else { break };
            match change.before {
                Some(slot) => self.current.insert(change.symbol, slot),
                None => self.current.remove(&change.symbol),
            };
            if change.assigned && !returned {
                assigned.push(change.symbol);
            }
        }
        for symbol in assigned {
            self.set(symbol, None, true);
        }
    }
}

impl Lower<'_, '_> {
    /// The symbol of a reference; `None` for globals.
    pub(super) fn symbol_of(&self, reference: &IdentifierReference<'_>) -> Option<SymbolId> {
        let id = reference.reference_id.get()?;
        let symbol = self.scoping.get_reference(id).symbol_id()?;
        let flags = self.scoping.symbol_flags(symbol);
        let ambient = flags.contains(SymbolFlags::Ambient) && !flags.intersects(SymbolFlags::Import);
        (!ambient).then_some(symbol)
    }

    /// True for an identifier that is not declared in the file.
    pub(super) fn is_global(&self, reference: &IdentifierReference<'_>, name: &str) -> bool {
        reference.name == name && self.symbol_of(reference).is_none()
    }

    /// The slot that holds every value of a symbol.
    pub(super) fn symbol_slot(&mut self, symbol: SymbolId) -> Slot {
        let index = symbol_index(symbol);
        if self.slots[index] == NO_SLOT {
            let owner = self.function_of_scope(self.scoping.symbol_scope_id(symbol));
            self.slots[index] = self.builder.slot(owner);
        }
        self.slots[index]
    }

    /// The slot of a declared name.
    pub(super) fn binding_slot(&mut self, id: &BindingIdentifier<'_>) -> Slot {
        match id.symbol_id.get() {
            Some(symbol) => self.symbol_slot(symbol),
            None => self.temp(),
        }
    }

    /// The slot to read a variable from, here.
    pub(super) fn read_symbol(&mut self, symbol: SymbolId) -> Slot {
        if let Some(slot) = self.frame.flow.current.get(&symbol) {
            return *slot;
        }
        self.symbol_slot(symbol)
    }

    fn function_of_scope(&self, scope: ScopeId) -> FunctionId {
        self.scoping
            .scope_ancestors(scope)
            .map(|scope| self.scope_functions[scope_index(scope)])
            .find(|function| *function != NO_FUNCTION)
            .unwrap_or(FunctionId(0))
    }

    /// Says that a scope begins a function.
    pub(super) fn begin_scope(&mut self, scope: Option<ScopeId>, function: FunctionId) {
        if let Some(scope) = scope {
            self.scope_functions[scope_index(scope)] = function;
        }
    }

    /// Declared once and never assigned after.
    pub(super) fn is_single(&self, symbol: SymbolId) -> bool {
        !self.scoping.symbol_is_mutated(symbol) && self.scoping.symbol_redeclarations(symbol).is_empty()
    }

    /// May have versions: declared in this function and written nowhere else.
    pub(super) fn is_versioned(&mut self, symbol: SymbolId) -> bool {
        let scope = self.scoping.symbol_scope_id(symbol);
        if self.function_of_scope(scope) != self.frame.id {
            return false;
        }
        let index = symbol_index(symbol);
        if self.written_locally[index].is_none() {
            let home = self.function_scope(scope);
            let mut writes = self.scoping.get_resolved_references(symbol).filter(|reference| reference.is_write());
            self.written_locally[index] = Some(writes.all(|write| self.function_scope(write.scope_id()) == home));
        }
        self.written_locally[index] == Some(true)
    }

    fn function_scope(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scoping.scope_ancestors(scope).find(|scope| self.scoping.scope_flags(*scope).is_function())
    }

    /// Assigns: the variable's slot gets the value, and the value becomes the current version.
    pub(super) fn assign_symbol(&mut self, symbol: SymbolId, src: Slot) {
        let slot = self.symbol_slot(symbol);
        self.copy(slot, src);
        if self.is_versioned(symbol) {
            self.frame.flow.set(symbol, Some(src), true);
        }
    }

    /// Sets the version of a parameter at the function's start.
    pub(super) fn begin_version(&mut self, symbol: SymbolId, slot: Slot) {
        self.frame.flow.set(symbol, Some(slot), false);
    }

    /// A version that passes a test, until the branch is left.
    pub(super) fn narrow(&mut self, symbol: SymbolId, test: Test, span: oxc_span::Span) {
        let src = self.read_symbol(symbol);
        let dst = self.temp();
        self.push(Op::Narrow { dst, src, test }, span);
        self.frame.flow.set(symbol, Some(dst), false);
    }

    /// Before a loop, or where jumps may come in: versions of variables that are assigned anywhere end.
    pub(super) fn forget_assigned(&mut self) {
        let assigned: Vec<SymbolId> =
            self.frame.flow.current.keys().copied().filter(|symbol| !self.is_single(*symbol)).collect();
        let mut assigned = assigned;
        assigned.sort_unstable();
        for symbol in assigned {
            self.frame.flow.set(symbol, None, true);
        }
    }
}

/// Index of a symbol.
pub(super) fn symbol_index(symbol: SymbolId) -> usize {
    symbol.index()
}

fn scope_index(scope: ScopeId) -> usize {
    scope.index()
}
