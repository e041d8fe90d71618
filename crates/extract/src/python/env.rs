//! Which slot holds a variable now: flow sensitivity inside one function.
//!
//! A variable bound once has one slot, its *home*. One bound several times gets a slot per binding; where
//! control flow meets, a fresh slot joins them. Functions inside read the home, which then receives every
//! binding. A budget bounds the joins; when it is used up, everything reads homes, which is always right.

use faultline_facts::{FunctionId, Op, Slot, Span};
use rustc_hash::FxHashMap;

use super::lower::Lower;
use super::scope::{ScopeId, VarId};

#[derive(Debug, Default)]
pub(super) struct State {
    owner: Option<FunctionId>,
    home: Option<Slot>,
    current: Option<Slot>,
    /// Every binding so far.
    versions: Vec<Slot>,
    /// How many of the bindings the home has received.
    received: usize,
    /// What functions inside saw at their definitions, for the home to receive.
    captured: Vec<Slot>,
}

/// Slots that receive every binding inside a loop or `try` body.
#[derive(Debug)]
pub(super) struct Phi {
    slots: Vec<(VarId, Slot)>,
}

#[derive(Debug)]
pub(super) struct Env {
    states: Vec<State>,
    journal: Vec<(VarId, Option<Slot>)>,
    /// Loops and `try` bodies around the present place, of outer functions too.
    phis: Vec<Phi>,
    /// Slots that narrow another one.
    narrowed: FxHashMap<Slot, Slot>,
    budget: usize,
}

/// How a branch ended.
#[derive(Debug, Default)]
pub(super) struct Exit {
    pub changes: Vec<(VarId, Option<Slot>)>,
    pub live: bool,
}

impl Env {
    pub(super) fn new(vars: usize, bytes: usize) -> Env {
        let states = (0..vars).map(|_| State::default()).collect();
        Env {
            states,
            journal: Vec::new(),
            phis: Vec::new(),
            narrowed: FxHashMap::default(),
            budget: bytes.max(1000) * 2,
        }
    }

    fn state(&mut self, var: VarId) -> &mut State {
        &mut self.states[var as usize]
    }

    pub(super) fn mark(&self) -> usize {
        self.journal.len()
    }

    fn set(&mut self, var: VarId, slot: Option<Slot>) {
        let old = std::mem::replace(&mut self.state(var).current, slot);
        self.journal.push((var, old));
    }

    fn spend(&mut self, amount: usize) -> bool {
        self.budget = self.budget.saturating_sub(amount);
        self.budget > 0
    }

    /// Takes back what happened since the mark.
    pub(super) fn undo(&mut self, mark: usize) {
        while self.journal.len() > mark {
            if let Some((var, old)) = self.journal.pop() {
                self.state(var).current = old;
            }
        }
    }

    /// What happened since the mark, taken back.
    pub(super) fn take(&mut self, mark: usize, live: bool) -> Exit {
        let mut vars: Vec<VarId> = self.journal[mark..].iter().map(|(var, _)| *var).collect();
        vars.sort_unstable();
        vars.dedup();
        let changes = vars.into_iter().map(|var| (var, self.states[var as usize].current)).collect();
        self.undo(mark);
        Exit { changes, live }
    }

    fn root(&self, mut slot: Slot) -> Slot {
        while let Some(source) = self.narrowed.get(&slot) {
            slot = *source;
        }
        slot
    }
}

impl Phi {
    fn slot(&self, var: VarId) -> Option<Slot> {
        let at = self.slots.binary_search_by_key(&var, |(var, _)| *var).ok()?;
        Some(self.slots[at].1)
    }
}

impl Exit {
    /// The variable's slot at the end of the branch; `before` when the branch did not touch it.
    fn value(&self, var: VarId, before: Option<Slot>) -> Option<Slot> {
        match self.changes.binary_search_by_key(&var, |(var, _)| *var) {
            Ok(at) => self.changes[at].1,
            Err(_) => before,
        }
    }
}

impl Lower<'_> {
    /// Makes the current function the owner of a scope's variables.
    pub(super) fn own(&mut self, scope: ScopeId) {
        let function = self.frame.function;
        for at in 0..self.table.scope(scope).locals.len() {
            let var = self.table.scope(scope).locals[at];
            self.env.state(var).owner = Some(function);
        }
    }

    pub(super) fn versioned(&self, var: VarId) -> bool {
        let info = self.table.var(var);
        info.assigns > 1 && !info.shared && self.env.budget > 0
    }

    /// The slot that receives every value of the variable.
    pub(super) fn home(&mut self, var: VarId) -> Slot {
        let home = self.bare_home(var);
        let owner = self.owner(var);
        let state = self.env.state(var);
        let missed = std::mem::replace(&mut state.received, state.versions.len());
        let missed: Vec<Slot> = state.versions[missed..].to_vec();
        for src in missed {
            self.builder.push(owner, Op::Copy { dst: home, src }, Span::default(), None);
        }
        home
    }

    fn bare_home(&mut self, var: VarId) -> Slot {
        if let Some(home) = self.env.state(var).home {
            return home;
        }
        let owner = self.owner(var);
        let home = self.builder.slot(owner);
        self.env.state(var).home = Some(home);
        home
    }

    fn owner(&self, var: VarId) -> FunctionId {
        self.env.states[var as usize].owner.unwrap_or(self.frame.function)
    }

    /// The slot from which a function inside reads: what the variable holds at the function's definition, and
    /// all that is bound later.
    fn capture(&mut self, var: VarId) -> Slot {
        let Some(current) = self.env.state(var).current.filter(|_| self.versioned(var)) else {
            return self.home(var);
        };
        let home = self.bare_home(var);
        let owner = self.owner(var);
        let around: Vec<Slot> = self.env.phis.iter().filter_map(|phi| phi.slot(var)).collect();
        for src in around.into_iter().chain([current]) {
            let state = self.env.state(var);
            if src != home && !state.captured.contains(&src) {
                state.captured.push(src);
                self.builder.push(owner, Op::Copy { dst: home, src }, Span::default(), None);
            }
        }
        home
    }

    /// A slot to write a new value of the variable into.
    pub(super) fn define(&mut self, var: VarId) -> Slot {
        if !self.versioned(var) {
            let home = self.home(var);
            if self.is_own(var) && self.env.state(var).current.is_some() {
                self.env.set(var, None);
            }
            return home;
        }
        let slot = self.slot();
        self.bring(var, slot);
        slot
    }

    /// Makes `slot` the parameter's or variable's present value.
    pub(super) fn bring(&mut self, var: VarId, slot: Slot) {
        let state = self.env.state(var);
        state.versions.push(slot);
        if let Some(home) = state.home {
            // With a home that has received all so far, this one is the last; else it is just not forgotten.
            if state.received + 1 == state.versions.len() {
                state.received += 1;
            } else {
                state.captured.push(slot);
            }
            self.copy(home, slot);
        }
        if let Some(phi) = self.phi_of(var) {
            self.copy(phi, slot);
        }
        self.env.set(var, Some(slot));
    }

    /// A parameter that is never bound again lives in its own slot.
    pub(super) fn adopt(&mut self, var: VarId, slot: Slot) {
        let info = self.table.var(var);
        if info.assigns > 1 && !info.shared {
            self.bring(var, slot);
        } else if self.env.state(var).home.is_none() {
            self.env.state(var).home = Some(slot);
        } else {
            let home = self.home(var);
            self.copy(home, slot);
        }
    }

    pub(super) fn is_own(&self, var: VarId) -> bool {
        self.env.states[var as usize].owner == Some(self.frame.function)
    }

    /// The slot to read the variable from, here.
    pub(super) fn read(&mut self, var: VarId) -> Slot {
        if !self.is_own(var) {
            return self.capture(var);
        }
        let current = self.env.state(var).current;
        match current {
            Some(slot) if self.env.budget > 0 => slot,
            _ => self.home(var),
        }
    }

    /// Lets `slot` stand for the variable until the branch ends.
    pub(super) fn narrow(&mut self, var: VarId, slot: Slot, source: Slot) {
        self.env.narrowed.insert(slot, source);
        self.env.set(var, Some(slot));
    }

    fn phi_of(&self, var: VarId) -> Option<Slot> {
        self.env.phis.last()?.slot(var)
    }

    /// Collects every value that the region's variables take, from now until [`Lower::close`].
    pub(super) fn open(&mut self, region: u32) {
        let mut slots = Vec::new();
        for var in self.table.region(self.frame.scope, region) {
            if !self.versioned(var) || !self.is_own(var) || !self.env.spend(1) {
                continue;
            }
            let phi = self.slot();
            if let Some(before) = self.env.state(var).current {
                self.copy(phi, before);
            }
            slots.push((var, phi));
        }
        self.env.phis.push(Phi { slots });
    }

    /// Reads inside see what the loop's last round left.
    pub(super) fn enter_phi(&mut self) {
        let slots = self.env.phis.last().map(|phi| phi.slots.clone()).unwrap_or_default();
        for (var, slot) in slots {
            self.env.set(var, Some(slot));
        }
    }

    /// Ends a region; what it collected also belongs to the region around it.
    pub(super) fn close(&mut self) -> Exit {
        let slots = self.env.phis.pop().map(|phi| phi.slots).unwrap_or_default();
        for (var, slot) in &slots {
            if let Some(outer) = self.phi_of(*var) {
                self.copy(outer, *slot);
            }
        }
        Exit { changes: slots.into_iter().map(|(var, slot)| (var, Some(slot))).collect(), live: true }
    }

    /// Sets the variables as a branch left them.
    pub(super) fn apply(&mut self, exit: &Exit) {
        for (var, slot) in &exit.changes {
            self.env.set(*var, *slot);
        }
    }

    /// Continues where the branches meet; those that left do not count.
    pub(super) fn merge(&mut self, exits: &[Exit]) {
        self.frame.live = exits.iter().any(|exit| exit.live);
        if exits.iter().all(|exit| exit.changes.is_empty()) {
            return;
        }
        let live: Vec<&Exit> = exits.iter().filter(|exit| exit.live).collect();
        let mut vars: Vec<VarId> = live.iter().flat_map(|exit| exit.changes.iter().map(|(var, _)| *var)).collect();
        vars.sort_unstable();
        vars.dedup();
        for var in vars {
            let before = self.env.state(var).current;
            let values: Vec<Option<Slot>> = live.iter().map(|exit| exit.value(var, before)).collect();
            let joined = self.join(var, &values);
            if joined != before {
                self.env.set(var, joined);
            }
        }
    }

    fn join(&mut self, var: VarId, values: &[Option<Slot>]) -> Option<Slot> {
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            return values.first().copied().flatten();
        }
        let home = (!self.versioned(var)).then(|| self.home(var));
        let mut slots: Vec<Slot> = values.iter().filter_map(|v| v.or(home)).map(|slot| self.env.root(slot)).collect();
        slots.sort_unstable();
        slots.dedup();
        match slots.as_slice() {
            [] => None,
            [one] if Some(*one) == home => None,
            [one] => Some(*one),
            _ if !self.env.spend(slots.len()) => None,
            _ => {
                let phi = self.slot();
                for slot in slots {
                    self.copy(phi, slot);
                }
                Some(phi)
            }
        }
    }
}
