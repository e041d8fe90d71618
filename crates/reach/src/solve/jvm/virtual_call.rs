//! Virtual calls: what each object that arrives as receiver does.

use super::{CallSite, Cls, Expected, MethodRef, Ty};
use crate::solve::{Solver, This, Tok, Token};

impl Solver<'_> {
    /// A receiver has arrived at a virtual call.
    pub(crate) fn call_virtual(&mut self, call: u32, tok: Tok) {
        let Some((module, index)) = self.jvm_sites.get(&call).copied() else { return };
        let sites = self.sites(module);
        let Some(site) = sites.call(index) else { return };
        match self.tokens.get(tok) {
            Token::Instance(class) => self.call_on_instance(call, site, tok, class),
            Token::Function { .. } | Token::Bound { .. } | Token::Selector(_) => self.call_on_callable(call, site, tok),
            _ => crate::model::jvm::call_on(self, call, site, tok),
        }
    }

    fn call_on_instance(&mut self, call: u32, site: &CallSite, tok: Tok, class: Tok) {
        let Some(class) = self.cls(class) else { return crate::model::jvm::call_on(self, call, site, tok) };
        let targets = self.declared_targets(site, class);
        for at in &targets {
            self.call_method(call, *at, This::Tok(tok));
        }
        if targets.is_empty() && self.is_entry(site) {
            // An entry of a map stands for its value.
            self.give_token(call, tok);
        } else if targets.is_empty() && !self.linker.classes.get(class).is_interface {
            self.call_inherited(call, site, tok, class);
        }
    }

    fn is_entry(&self, site: &CallSite) -> bool {
        let of_entry = site.owner.is_some_and(|owner| self.linker.classes.name(owner) == "java.util.Map$Entry");
        of_entry && matches!(&*site.name, "getKey" | "getValue")
    }

    /// The methods that a call means on an object of exactly this class.
    pub(super) fn declared_targets(&self, site: &CallSite, class: Cls) -> Vec<MethodRef> {
        let classes = &self.linker.classes;
        let ty = classes.get(class).ty;
        let mut found: Vec<MethodRef> = Vec::new();
        for at in &site.methods {
            let declared = classes.method(*at);
            if !declared.is_static && classes.is_subtype(ty, classes.get(at.class).ty) {
                found.extend(classes.dispatch(ty, &site.name, &declared.params));
            }
        }
        if site.methods.is_empty() && self.may_have(ty, site) {
            match &site.params {
                Some(params) => found.extend(classes.dispatch(ty, &site.name, params)),
                None => found = classes.dispatch_by_arity(ty, &site.name, site.arity),
            }
            if found.is_empty() {
                found = classes.dispatch_by_arity(ty, &site.name, site.arity);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// False for objects that reached a receiver only because value flow forgets what a cast or a container knew.
    fn may_have(&self, ty: Ty, site: &CallSite) -> bool {
        site.owner.is_none_or(|owner| self.linker.classes.may_be_subtype(ty, owner))
    }

    /// A lambda or method reference as receiver: the interface's own methods, else it is what is called.
    fn call_on_callable(&mut self, call: u32, site: &CallSite, tok: Tok) {
        let classes = &self.linker.classes;
        let bodies: Vec<MethodRef> =
            site.methods.iter().copied().filter(|at| !classes.method(*at).is_abstract).collect();
        for at in &bodies {
            self.call_method(call, *at, This::Tok(tok));
        }
        if !bodies.is_empty() {
            return;
        }
        let modelled = crate::model::jvm::combines(&site.name) || &*site.name == "invoke";
        if site.methods.is_empty() && modelled {
            return crate::model::jvm::call_on(self, call, site, tok);
        }
        self.invoke(call, tok, This::None);
    }

    /// A receiver of a method reference has arrived.
    pub(crate) fn bind_virtual(&mut self, call: u32, tok: Tok) {
        let Some((module, index)) = self.jvm_sites.get(&call).copied() else { return };
        let sites = self.sites(module);
        let Some(site) = sites.call(index) else { return };
        match self.tokens.get(tok) {
            Token::Instance(class) => {
                let Some(class) = self.cls(class) else { return };
                for at in self.declared_targets(&CallSite { methods: site.methods.clone(), ..site.clone() }, class) {
                    self.give_function(call, at, Some(tok));
                }
            }
            Token::Function { .. } | Token::Bound { .. } | Token::Selector(_) => self.give_token(call, tok),
            _ => {}
        }
    }

    /// Objects of the declared type stand in for receivers of which none is known: those that exist, else all.
    pub(crate) fn inject_declared(&mut self, all: bool) {
        for index in 0..self.jvm.typed.len() {
            let Expected { node, ty, call, .. } = self.jvm.typed[index];
            if let Some(call) = call.filter(|_| self.store.is_crowded(node)) {
                self.call_on_every(index, call, ty);
                continue;
            }
            if !self.typed_nodes.contains(&node) && self.has_receiver(node) {
                continue;
            }
            let made: Vec<Tok> = self.jvm.made.get(&ty).cloned().unwrap_or_default();
            let made = if made.is_empty() && all { self.every_instance(ty) } else { made };
            for tok in made {
                self.typed_nodes.insert(node);
                self.store.add(node, tok);
            }
        }
    }

    /// A receiver set that is full has lost objects: the call is made on every object of the declared type.
    fn call_on_every(&mut self, index: usize, call: u32, ty: Ty) {
        let made: Vec<Tok> = self.jvm.made.get(&ty).cloned().unwrap_or_default();
        let done = std::mem::replace(&mut self.jvm.typed[index].done, made.len());
        for tok in made.into_iter().skip(done) {
            self.call_virtual(call, tok);
        }
    }

    fn has_receiver(&self, node: u32) -> bool {
        let tokens = self.store.tokens(node).iter();
        tokens.map(|tok| self.tokens.get(Tok(*tok))).any(|token| !matches!(token, Token::Path(_) | Token::AnyText))
    }

    /// Instances of every class of the program below a type of the program.
    fn every_instance(&mut self, ty: Ty) -> Vec<Tok> {
        if self.linker.classes.class(ty).is_none() {
            return Vec::new();
        }
        let mut below = vec![ty];
        let mut next = 0;
        while next < below.len() && below.len() < 200 {
            for child in self.linker.classes.children(below[next]).to_vec() {
                if !below.contains(&child) {
                    below.push(child);
                }
            }
            next += 1;
        }
        let classes: Vec<Cls> = below.into_iter().filter_map(|ty| self.linker.classes.class(ty)).collect();
        let mut found = Vec::new();
        for class in classes {
            if !self.linker.classes.get(class).is_interface {
                let token = self.class_token(class, crate::solve::Inst(crate::solve::NONE));
                found.push(self.tokens.intern(Token::Instance(token)));
            }
        }
        found
    }
}
