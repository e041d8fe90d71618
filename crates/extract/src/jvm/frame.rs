//! The operand stack and local variables of one method, as slots.

use faultline_facts::{Builder, FunctionId, Op, Slot, Span};
use rustc_hash::{FxHashMap, FxHashSet};

/// A value on the stack or in a local variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Val {
    /// A number or the like that takes one place.
    Plain,
    /// One that takes two.
    Wide,
    /// A reference.
    Ref(Slot),
}

/// Values that are carried over a jump; code of compilers has one or two.
const MAX_CARRIED: usize = 32;
/// No stack is deeper.
const MAX_STACK: usize = 65_535;

/// What a method's variables hold at one place of its code.
pub(super) struct Frame {
    pub(super) function: FunctionId,
    pub(super) span: Span,
    stack: Vec<Val>,
    /// Variables written in this block, until it ends.
    locals: FxHashMap<u16, Slot>,
    /// The slot that a variable has between blocks.
    homes: FxHashMap<u16, Slot>,
    carried: Vec<Slot>,
    entries: FxHashMap<u32, Vec<Val>>,
    /// Objects made but not yet constructed.
    pub(super) fresh: FxHashSet<Slot>,
    plain: Option<Slot>,
}

impl Frame {
    pub(super) fn new(function: FunctionId, homes: FxHashMap<u16, Slot>, span: Span) -> Frame {
        Frame {
            function,
            span,
            stack: Vec::new(),
            locals: FxHashMap::default(),
            homes,
            carried: Vec::new(),
            entries: FxHashMap::default(),
            fresh: FxHashSet::default(),
            plain: None,
        }
    }

    pub(super) fn push(&mut self, val: Val) {
        if self.stack.len() < MAX_STACK {
            self.stack.push(val);
        }
    }

    pub(super) fn pop(&mut self) -> Val {
        self.stack.pop().unwrap_or(Val::Plain)
    }

    pub(super) fn pop_many(&mut self, count: usize) {
        self.stack.truncate(self.stack.len().saturating_sub(count));
    }

    /// The slot of the value on top; numbers share one that holds nothing.
    pub(super) fn pop_slot(&mut self, builder: &mut Builder) -> Slot {
        match self.pop() {
            Val::Ref(slot) => slot,
            _ => self.plain_slot(builder),
        }
    }

    pub(super) fn plain_slot(&mut self, builder: &mut Builder) -> Slot {
        *self.plain.get_or_insert_with(|| builder.slot(self.function))
    }

    /// Pushes a fresh slot.
    pub(super) fn push_new(&mut self, builder: &mut Builder) -> Slot {
        let slot = builder.slot(self.function);
        self.push(Val::Ref(slot));
        slot
    }

    pub(super) fn load(&mut self, builder: &mut Builder, index: u16) {
        let slot = match self.locals.get(&index) {
            Some(slot) => *slot,
            None => self.home(builder, index),
        };
        self.push(Val::Ref(slot));
    }

    fn home(&mut self, builder: &mut Builder, index: u16) -> Slot {
        *self.homes.entry(index).or_insert_with(|| builder.slot(self.function))
    }

    pub(super) fn store(&mut self, index: u16) {
        if let Val::Ref(slot) = self.pop() {
            self.locals.insert(index, slot);
        }
    }

    /// Writes the variables of the block to the slots that they have between blocks.
    fn settle(&mut self, builder: &mut Builder) {
        let mut written: Vec<(u16, Slot)> = self.locals.iter().map(|(index, slot)| (*index, *slot)).collect();
        written.sort_unstable();
        for (index, src) in written {
            let dst = self.home(builder, index);
            if dst != src {
                builder.push(self.function, Op::Copy { dst, src }, self.span, None);
            }
        }
    }

    /// Control may go to `target` from here.
    pub(super) fn flow_to(&mut self, builder: &mut Builder, target: u32) {
        self.settle(builder);
        if self.stack.is_empty() {
            return;
        }
        let stack = self.stack.clone();
        let mut entry = Vec::with_capacity(stack.len());
        for (depth, val) in stack.into_iter().enumerate() {
            entry.push(match val {
                Val::Ref(src) if depth < MAX_CARRIED => {
                    while self.carried.len() <= depth {
                        self.carried.push(builder.slot(self.function));
                    }
                    let dst = self.carried[depth];
                    if dst != src {
                        builder.push(self.function, Op::Copy { dst, src }, self.span, None);
                    }
                    // What is not yet constructed stays itself.
                    if self.fresh.contains(&src) { Val::Ref(src) } else { Val::Ref(dst) }
                }
                Val::Ref(_) => Val::Plain,
                other => other,
            });
        }
        if entry.len() <= 2 * MAX_CARRIED {
            self.entries.entry(target).or_insert(entry);
        }
    }

    /// A block begins.
    pub(super) fn begin(&mut self, at: u32) {
        self.locals.clear();
        self.stack = self.entries.get(&at).cloned().unwrap_or_default();
    }

    /// A handler begins: the exception alone is on the stack.
    pub(super) fn begin_handler(&mut self, exception: Slot) {
        self.locals.clear();
        self.stack = vec![Val::Ref(exception)];
    }

    fn is_wide(&self, from_top: usize) -> bool {
        let at = self.stack.len().checked_sub(from_top + 1);
        at.and_then(|at| self.stack.get(at)).is_some_and(|val| *val == Val::Wide)
    }

    /// Copies the top `count` places below `below` further places.
    pub(super) fn dup(&mut self, count: usize, below: usize) {
        let entries = self.entries_in(count, 0);
        let depth = entries + self.entries_in(below, entries);
        let at = self.stack.len().saturating_sub(depth);
        let top = self.stack.len().saturating_sub(entries);
        let copied: Vec<Val> = self.stack[top..].to_vec();
        if self.stack.len() < MAX_STACK {
            self.stack.splice(at..at, copied);
        }
    }

    /// How many entries, from `skip` below the top, make up a number of places.
    fn entries_in(&self, places: usize, skip: usize) -> usize {
        let mut left = places;
        let mut entries = 0;
        while left > 0 {
            left = left.saturating_sub(if self.is_wide(skip + entries) { 2 } else { 1 });
            entries += 1;
        }
        entries
    }

    pub(super) fn pop2(&mut self) {
        let entries = self.entries_in(2, 0);
        self.pop_many(entries);
    }

    pub(super) fn swap(&mut self) {
        let (a, b) = (self.pop(), self.pop());
        self.push(a);
        self.push(b);
    }
}
