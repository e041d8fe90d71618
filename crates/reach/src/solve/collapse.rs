//! Cycles of copy edges: their nodes hold the same tokens in the end, so they become one node.

use super::store::{Link, NONE, Node, Store, Task, VALUES_ONLY};
use super::token::Tok;

/// Where the search stands in one node: the node and its next edge.
type Frame = (Node, u32);

/// Tarjan's search, with an explicit stack.
struct Search {
    order: Vec<u32>,
    low: Vec<u32>,
    open: Vec<bool>,
    stack: Vec<Node>,
    frames: Vec<Frame>,
    next: u32,
    found: Vec<Vec<Node>>,
}

impl Store {
    /// Merges the nodes of every cycle; gives the number of nodes that vanished.
    pub(crate) fn collapse(&mut self) -> u32 {
        let mut search = Search::new(self.cells.len());
        for node in 0..self.cells.len() as u32 {
            if self.find(node) == node && search.order[node as usize] == NONE {
                search.run(self, node);
            }
        }
        let mut gone = 0;
        for cycle in search.found {
            // Accessors must not leak from properties into variables.
            let accessors = |node: &Node| self.tokens(*node).iter().any(|tok| Tok(*tok).is_accessor());
            if !cycle.iter().any(accessors) {
                gone += cycle.len() as u32 - 1;
                self.merge(&cycle);
            }
        }
        gone
    }

    fn merge(&mut self, cycle: &[Node]) {
        let biggest = cycle.iter().copied().max_by_key(|node| (self.tokens(*node).len(), u32::MAX - node));
        let Some(into) = biggest else { return };
        for node in cycle.iter().copied().filter(|node| *node != into) {
            self.merge_one(node, into);
        }
    }

    fn merge_one(&mut self, node: Node, into: Node) {
        let tokens = self.tokens(node).to_vec();
        let (mut edge, mut watch) = (self.cells[node as usize].edges, self.cells[node as usize].watches);
        self.merged[node as usize] = into;
        while edge != NONE {
            let Link { item, next } = self.edges[edge as usize];
            let dst = self.find(item & !VALUES_ONLY);
            if dst != into {
                self.edge(into, dst, item & VALUES_ONLY != 0);
            }
            edge = next;
        }
        while watch != NONE {
            let (item, next) = self.watch_at(watch);
            let upto = self.cells[into as usize].done;
            let head = self.cells[into as usize].watches;
            self.watches.push(Link { item, next: head });
            self.cells[into as usize].watches = self.watches.len() as u32 - 1;
            if upto > 0 {
                self.push(Task::Deliver { watch: item, node: into, upto }, true);
            }
            watch = next;
        }
        for token in tokens {
            self.add(into, Tok(token));
        }
    }
}

impl Search {
    fn new(count: usize) -> Search {
        Search {
            order: vec![NONE; count],
            low: vec![0; count],
            open: vec![false; count],
            stack: Vec::new(),
            frames: Vec::new(),
            next: 0,
            found: Vec::new(),
        }
    }

    fn run(&mut self, store: &Store, start: Node) {
        self.visit(store, start);
        while let Some((node, edge)) = self.frames.pop() {
            if edge == NONE {
                self.leave(node);
                continue;
            }
            let link = &store.edges[edge as usize];
            self.frames.push((node, link.next));
            let to = store.find(link.item & !VALUES_ONLY);
            if self.order[to as usize] == NONE {
                self.visit(store, to);
            } else if self.open[to as usize] {
                let low = &mut self.low[node as usize];
                *low = (*low).min(self.order[to as usize]);
            }
        }
    }

    fn visit(&mut self, store: &Store, node: Node) {
        self.order[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.next += 1;
        self.open[node as usize] = true;
        self.stack.push(node);
        self.frames.push((node, store.cells[node as usize].edges));
    }

    fn leave(&mut self, node: Node) {
        let low = self.low[node as usize];
        if let Some((above, _)) = self.frames.last() {
            let above = &mut self.low[*above as usize];
            *above = (*above).min(low);
        }
        if low != self.order[node as usize] {
            return;
        }
        let at = self.stack.iter().rposition(|open| *open == node).unwrap_or(0);
        let cycle = self.stack.split_off(at);
        for member in &cycle {
            self.open[*member as usize] = false;
        }
        if cycle.len() > 1 {
            self.found.push(cycle);
        }
    }
}
