//! Values whose class is only declared.

use rustc_hash::FxHashMap;

use super::{Node, Solver, Tok, Token};

/// Instantiated classes below each class.
type Below = FxHashMap<Tok, Vec<Tok>>;

impl Solver<'_> {
    /// Gives declared values where no value of the declared class is known.
    pub(crate) fn inject_typed(&mut self) {
        self.inject_declared(false);
        let mut below: Option<Below> = None;
        for index in 0..self.typed.len() {
            let (slot, place, class) = self.typed[index];
            if !matches!(self.tokens.get(class), Token::Class { .. } | Token::Path(_)) {
                continue;
            }
            if self.is_known(slot, place, class) && !self.typed_nodes.contains(&slot) {
                continue;
            }
            match place {
                0 => {
                    let below = below.get_or_insert_with(|| self.instantiated_below());
                    let below = below.get(&class).cloned().unwrap_or_default();
                    self.inject_instances(slot, class, &below);
                }
                2 => {
                    self.store.add(slot, class);
                }
                _ => continue,
            }
            self.typed_nodes.insert(slot);
        }
    }

    /// True when the slot holds what is declared; in Python, a stand-in for it is not that.
    fn is_known(&self, slot: Node, place: u8, class: Tok) -> bool {
        let python = place == 0 && self.is_python_class(class) && matches!(self.tokens.get(class), Token::Class { .. });
        self.store.tokens(slot).iter().any(|tok| match self.tokens.get(Tok(*tok)) {
            Token::Path(_) | Token::Text(_) | Token::AnyText => false,
            Token::Instance(of) if python && matches!(self.tokens.get(of), Token::Class { .. }) => {
                self.resolution_order(of).contains(&class)
            }
            _ => true,
        })
    }

    fn instantiated_below(&self) -> Below {
        let mut all: Vec<Tok> = self.instantiated.iter().copied().collect();
        all.sort_unstable();
        let mut below = Below::default();
        for candidate in all.into_iter().filter(|tok| matches!(self.tokens.get(*tok), Token::Class { .. })) {
            for above in self.resolution_order(candidate).iter().filter(|above| **above != candidate) {
                below.entry(*above).or_default().push(candidate);
            }
        }
        below
    }

    fn inject_instances(&mut self, slot: Node, class: Tok, below: &[Tok]) {
        for class in [class].iter().chain(below) {
            let instance = self.tokens.intern(Token::Instance(*class));
            self.store.add(slot, instance);
        }
    }
}
