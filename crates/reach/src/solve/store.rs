//! The constraint store: nodes with token sets, copy edges and watches, and a worklist.
//!
//! A node's tokens are a list in order of arrival with a mark of what has been propagated, so the
//! difference is a suffix. Short lists live in the node; longer ones spill, with a hash set beside them.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::token::Tok;
use super::watch::Watch;

/// A constraint variable.
pub(crate) type Node = u32;

/// No node.
pub(crate) const NONE: u32 = u32::MAX;

/// Edges with this bit carry values only, not accessors.
pub(super) const VALUES_ONLY: u32 = 1 << 31;

/// How much one node holds. What comes above is left out, or becomes a value that says nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Strings above which it is just "some string".
    texts: u32,
    /// Access paths above which they are just "something outside".
    paths: u32,
    /// Objects, and functions, above which further ones are left out.
    objects: u32,
    callables: u32,
    /// A full node says so to what reads it, and passes no more values on.
    vague: bool,
    /// Clones of one function.
    pub(crate) clones: u16,
}

impl Limits {
    /// For programs whose values may all be followed.
    pub(crate) const PLAIN: Limits =
        Limits { texts: 48, paths: 12, objects: 64, callables: 200, vague: false, clones: 64 };

    /// For Go, whose values are types: an interface has many implementations, and nothing else crowds a node.
    pub(crate) const GO: Limits =
        Limits { texts: 8, paths: 8, objects: 2000, callables: 2000, vague: false, clones: 64 };

    /// For big Python programs: members of what is full are found by name instead.
    pub(crate) const BIG_PYTHON: Limits =
        Limits { texts: 24, paths: 8, objects: 24, callables: 48, vague: true, clones: 8 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::PLAIN
    }
}

/// Tokens in one node above which its work waits.
const CROWDED: u32 = 48;
const INLINE: usize = 3;
const HASH_ABOVE: usize = 24;

pub(super) struct Cell {
    items: [u32; INLINE],
    len: u32,
    pub(super) done: u32,
    pub(super) edges: u32,
    pub(super) watches: u32,
}

#[derive(Default)]
struct Spill {
    list: Vec<u32>,
    set: FxHashSet<u32>,
    texts: u32,
    paths: u32,
    callables: u32,
}

pub(super) struct Link<T> {
    pub(super) item: T,
    pub(super) next: u32,
}

/// Work to do.
#[derive(Clone, Copy)]
pub(crate) enum Task {
    /// A node has tokens that were not propagated.
    Node(Node),
    /// A new watch is to see the first `upto` tokens of a node.
    Deliver { watch: Watch, node: Node, upto: u32 },
}

#[derive(Default)]
pub(crate) struct Store {
    pub(super) cells: Vec<Cell>,
    /// Nodes that were merged point to what they became.
    pub(super) merged: Vec<u32>,
    spill: Vec<Spill>,
    pub(super) edges: Vec<Link<u32>>,
    pub(super) watches: Vec<Link<Watch>>,
    known_edges: FxHashSet<u64>,
    known_watches: FxHashSet<(Node, Watch)>,
    pub(crate) work: VecDeque<Task>,
    /// Work on sets that are already big: it waits until the rest is done.
    pub(crate) later: VecDeque<Task>,
    pub(crate) propagated: u64,
    /// Tokens offered to nodes, most of them known there.
    pub(crate) attempts: u64,
    /// Tokens that were left out.
    pub(crate) saturated: u64,
    pub(crate) limits: Limits,
}

impl Store {
    pub(crate) fn node(&mut self) -> Node {
        self.nodes(1)
    }

    /// `count` fresh nodes in a row; the first.
    pub(crate) fn nodes(&mut self, count: u32) -> Node {
        let first = self.cells.len() as u32;
        self.merged.extend(first..first + count);
        self.cells.extend((0..count).map(|_| Cell { items: [0; INLINE], len: 0, done: 0, edges: NONE, watches: NONE }));
        first
    }

    /// True when something becomes of the node's tokens.
    pub(crate) fn is_used(&self, node: Node) -> bool {
        let cell = &self.cells[self.find(node) as usize];
        cell.edges != NONE || cell.watches != NONE
    }

    pub(crate) fn count(&self) -> u32 {
        self.cells.len() as u32
    }

    /// What a node became.
    pub(crate) fn find(&self, mut node: Node) -> Node {
        while self.merged[node as usize] != node {
            node = self.merged[node as usize];
        }
        node
    }

    /// True when a node holds as much as it may.
    pub(crate) fn is_crowded(&self, node: Node) -> bool {
        let cell = &self.cells[self.find(node) as usize];
        if cell.len < self.limits.objects || cell.len as usize <= INLINE {
            return false;
        }
        let spill = &self.spill[cell.items[0] as usize];
        let objects = cell.len - spill.texts - spill.paths - spill.callables;
        spill.callables >= self.limits.callables || objects >= self.limits.objects
    }

    pub(crate) fn tokens(&self, node: Node) -> &[u32] {
        let node = self.find(node);
        let cell = &self.cells[node as usize];
        let len = cell.len as usize;
        if len <= INLINE { &cell.items[..len] } else { &self.spill[cell.items[0] as usize].list[..len] }
    }

    fn contains(&self, node: Node, token: Tok) -> bool {
        let tokens = self.tokens(node);
        if tokens.len() <= HASH_ABOVE {
            return tokens.contains(&token.0);
        }
        self.spill[self.cells[node as usize].items[0] as usize].set.contains(&token.0)
    }

    /// The token, or a general one where the node holds too many of its kind.
    fn widened(&self, node: Node, token: Tok) -> Tok {
        let cell = &self.cells[node as usize];
        if cell.len as usize <= INLINE || token.0 & (Tok::ANY_TEXT.0 | Tok::ANY_PATH.0) == 0 || token.is_accessor() {
            return token;
        }
        let spill = &self.spill[cell.items[0] as usize];
        if token.is_text() && spill.texts >= self.limits.texts {
            Tok::ANY_TEXT
        } else if token.is_path() && spill.paths >= self.limits.paths {
            Tok::ANY_PATH
        } else {
            token
        }
    }

    fn is_full(&self, node: Node, token: Tok) -> bool {
        let cell = &self.cells[node as usize];
        if cell.len < self.limits.objects || token.is_text() || token.is_path() || token.is_accessor() {
            return false;
        }
        let spill = &self.spill[cell.items[0] as usize];
        if token.is_callable() {
            return spill.callables >= self.limits.callables;
        }
        cell.len - spill.texts - spill.paths - spill.callables >= self.limits.objects
    }

    pub(super) fn push(&mut self, task: Task, crowded: bool) {
        if crowded {
            self.later.push_back(task);
        } else {
            self.work.push_back(task);
        }
    }

    /// Adds a token; false when it was there.
    pub(crate) fn add(&mut self, node: Node, token: Tok) -> bool {
        self.attempts += 1;
        let node = self.find(node);
        let token = self.widened(node, token);
        if self.is_full(node, token) {
            self.saturated += u64::from(!self.contains(node, token));
            return self.limits.vague && self.add(node, Tok::ANY_PATH);
        }
        if self.contains(node, token) {
            return false;
        }
        self.propagated += 1;
        let cell = &mut self.cells[node as usize];
        let len = cell.len as usize;
        if len < INLINE {
            cell.items[len] = token.0;
        } else {
            push_spilled(cell, &mut self.spill, token);
        }
        cell.len += 1;
        if cell.len == cell.done + 1 {
            let crowded = cell.len > CROWDED;
            self.push(Task::Node(node), crowded);
        }
        true
    }

    /// `dst ⊇ src`; `values` leaves accessors out.
    pub(crate) fn edge(&mut self, src: Node, dst: Node, values: bool) {
        let (src, dst) = (self.find(src), self.find(dst));
        if src == dst || !self.known_edges.insert((u64::from(src) << 32) | u64::from(dst)) {
            return;
        }
        self.fresh_edge(src, dst, values);
    }

    /// Like [`Store::edge`] where the caller knows that the edge is new.
    pub(crate) fn fresh_edge(&mut self, src: Node, dst: Node, values: bool) {
        let (src, dst) = (self.find(src), self.find(dst));
        if src == dst {
            return;
        }
        let next = self.cells[src as usize].edges;
        self.edges.push(Link { item: if values { dst | VALUES_ONLY } else { dst }, next });
        self.cells[src as usize].edges = self.edges.len() as u32 - 1;
        let done = self.cells[src as usize].done;
        if self.limits.vague && self.is_crowded(src) {
            self.add(dst, Tok::ANY_PATH);
            return;
        }
        for index in 0..done {
            let token = self.token_at(src, index);
            if !(values && token.is_accessor()) {
                self.add(dst, token);
            }
        }
    }

    pub(crate) fn token_at(&self, node: Node, index: u32) -> Tok {
        Tok(self.tokens(node)[index as usize])
    }

    /// Calls back for every token of the node, now and later. A second identical watch is dropped.
    pub(crate) fn watch(&mut self, node: Node, watch: Watch) {
        let node = self.find(node);
        if self.known_watches.insert((node, watch)) {
            self.fresh_watch(node, watch);
        }
    }

    /// Like [`Store::watch`] where the caller knows that the watch is new.
    pub(crate) fn fresh_watch(&mut self, node: Node, watch: Watch) {
        let node = self.find(node);
        let cell = &mut self.cells[node as usize];
        self.watches.push(Link { item: watch, next: cell.watches });
        cell.watches = self.watches.len() as u32 - 1;
        let upto = cell.done;
        if upto > 0 {
            self.push(Task::Deliver { watch, node, upto }, upto > CROWDED);
        }
    }

    /// Marks all tokens of a node as propagated, copies the difference along its edges, and gives the
    /// difference as a range of indexes and the head of the watch list.
    pub(crate) fn flush(&mut self, node: Node) -> (u32, u32, u32) {
        let node = self.find(node);
        let cell = &mut self.cells[node as usize];
        let (from, to, watches, mut edge) = (cell.done, cell.len, cell.watches, cell.edges);
        cell.done = to;
        let crowded = self.limits.vague && self.is_crowded(node);
        while edge != NONE {
            let Link { item, next } = self.edges[edge as usize];
            let (dst, values) = (self.find(item & !VALUES_ONLY), item & VALUES_ONLY != 0);
            if crowded && dst != node {
                self.add(dst, Tok::ANY_PATH);
            }
            for index in from..if dst == node || crowded { from } else { to } {
                let token = self.token_at(node, index);
                if !(values && token.is_accessor()) {
                    self.add(dst, token);
                }
            }
            edge = next;
        }
        (from, to, watches)
    }

    pub(crate) fn watch_at(&self, index: u32) -> (Watch, u32) {
        let link = &self.watches[index as usize];
        (link.item, link.next)
    }
}

fn push_spilled(cell: &mut Cell, spill: &mut Vec<Spill>, token: Tok) {
    let len = cell.len as usize;
    if len == INLINE {
        let list = cell.items.to_vec();
        let texts = list.iter().filter(|tok| Tok(**tok).is_text()).count() as u32;
        let paths = list.iter().filter(|tok| Tok(**tok).is_path()).count() as u32;
        let callables = list.iter().filter(|tok| Tok(**tok).is_callable()).count() as u32;
        spill.push(Spill { list, set: FxHashSet::default(), texts, paths, callables });
        cell.items[0] = spill.len() as u32 - 1;
    }
    let spilled = &mut spill[cell.items[0] as usize];
    spilled.list.push(token.0);
    spilled.texts += u32::from(token.is_text());
    spilled.paths += u32::from(token.is_path());
    spilled.callables += u32::from(token.is_callable());
    if len + 1 == HASH_ABOVE + 1 {
        spilled.set.extend(spilled.list.iter().copied());
    } else if len + 1 > HASH_ABOVE {
        spilled.set.insert(token.0);
    }
}
