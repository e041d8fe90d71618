//! Methods that the runtime calls on objects whose class inherits from one of its own.

use super::{Inst, Solver, Tok, Token};
use crate::names::Name;

/// Classes between an object's and the runtime's.
const MAX_ANCESTORS: usize = 12;

impl Solver<'_> {
    /// Remembers where a class is first instantiated.
    pub(crate) fn first_made(&mut self, class: Tok, inst: Inst, stmt: u32) {
        if self.instantiated.insert(class) {
            self.made.push((class, inst, stmt));
        }
    }

    /// Calls the hooks (`_write`, `_transform`, `_read`, …) of instantiated classes that inherit from outside.
    pub(crate) fn call_hooks(&mut self) {
        for index in 0..self.made.len() {
            let (class, inst, stmt) = self.made[index];
            let script = match self.tokens.get(class) {
                Token::Function { func, .. } => self.is_script(self.module_of(func)),
                Token::Class { class, .. } => self.is_script(self.class_of(class).0),
                _ => false,
            };
            if !script {
                continue;
            }
            let chain = self.prototypes(class);
            let from_outside = chain.iter().any(|tok| self.is_outside_class(*tok));
            if !from_outside {
                continue;
            }
            let instance = self.tokens.intern(Token::Instance(class));
            let names: Vec<Name> = chain.iter().flat_map(|tok| self.hook_names(*tok)).collect();
            for name in names {
                let node = self.lookup(instance, name);
                for tok in self.store.tokens(node).to_vec() {
                    if Tok(tok).is_callable() {
                        self.call_method_from_outside(inst, stmt, Tok(tok), instance);
                    }
                }
            }
        }
    }

    fn prototypes(&mut self, class: Tok) -> Vec<Tok> {
        let first = self.tokens.intern(Token::Prototype(class));
        let mut chain = vec![first];
        let mut at = 0;
        while at < chain.len() && chain.len() < MAX_ANCESTORS {
            if !matches!(self.tokens.get(chain[at]), Token::Path(_)) {
                let parents = self.parents(chain[at]);
                for parent in self.store.tokens(parents).to_vec() {
                    if !chain.contains(&Tok(parent)) {
                        chain.push(Tok(parent));
                    }
                }
            }
            at += 1;
        }
        chain
    }

    fn is_outside_class(&self, tok: Tok) -> bool {
        let Token::Path(path) = self.tokens.get(tok) else { return false };
        let text = self.path_text(path);
        text.starts_with("node:") && !text.starts_with("node:events") || text.starts_with("pkg:")
    }

    fn hook_names(&mut self, of: Tok) -> Vec<Name> {
        if matches!(self.tokens.get(of), Token::Path(_)) {
            return Vec::new();
        }
        let written = self.written(of);
        written.into_iter().map(|(name, _)| name).filter(|name| self.names.text(*name).starts_with('_')).collect()
    }
}
