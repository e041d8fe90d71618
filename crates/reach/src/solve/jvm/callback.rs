//! Calls of code that is not analysed: what is handed to it is called back.

use super::{CallSite, Cls, MethodRef};
use crate::{
    link::jdk,
    solve::{Solver, This, Tok, Token, Watch, key},
};

impl Solver<'_> {
    /// A call of a method that no class of the program declares.
    pub(crate) fn call_outside(&mut self, call: u32, site: &CallSite) {
        let data = self.calls[call as usize];
        let owner = site.owner.map_or("?", |owner| self.linker.classes.name(owner)).to_owned();
        let path = self.path(&format!("java:{owner}.{}", site.name));
        self.note_external(path, data.inst, data.stmt, data.kind);
        if crate::model::jvm::call_outside(self, call, &owner, site) {
            return;
        }
        if crate::model::jvm::keeps(&owner) {
            return;
        }
        for arg in self.args_of(call).to_vec() {
            self.store.watch(arg.node, Watch::HandOut { call, depth: 1 });
        }
    }

    /// An object or callable of the program has been handed to code that is not analysed.
    pub(crate) fn hand_out_jvm(&mut self, call: u32, tok: Tok) {
        match self.tokens.get(tok) {
            Token::Selector(_) => {
                let back = self.call_back(call);
                self.call_selector_back(back, tok);
            }
            Token::Instance(class) => {
                if let Some(class) = self.cls(class) {
                    self.call_back_instance(call, class, tok);
                }
            }
            _ => {}
        }
    }

    fn call_selector_back(&mut self, back: u32, tok: Tok) {
        self.invoke(back, tok, This::None);
    }

    /// The methods with which an object's class overrides those of classes that are not analysed.
    fn call_back_instance(&mut self, call: u32, class: Cls, tok: Tok) {
        let methods = self.callbacks(class);
        if methods.is_empty() {
            return;
        }
        let back = self.call_back(call);
        for at in methods {
            self.call_method(back, at, This::Tok(tok));
        }
    }

    /// Methods that code outside knows an object by.
    pub(crate) fn callbacks(&self, class: Cls) -> Vec<MethodRef> {
        let classes = &self.linker.classes;
        let ty = classes.get(class).ty;
        let outside: Vec<&str> = classes
            .ancestors(ty)
            .filter(|above| classes.class(*above).is_none())
            .map(|above| classes.name(above))
            .filter(|name| *name != "java.lang.Object" && *name != "java.lang.Enum" && *name != "java.lang.Record")
            .collect();
        if outside.is_empty() {
            return Vec::new();
        }
        let unknown = outside.iter().any(|name| !jdk::has(name));
        let mut found = Vec::new();
        for above in classes.ancestors(ty).filter_map(|ty| classes.class(ty)) {
            for (at, method) in (0u32..).zip(&classes.get(above).methods) {
                let known = outside.iter().any(|name| jdk::declares(name, &method.name, method.params.len()));
                let flags = self.facts(classes.get(above).module).function(method.function).flags;
                let wanted = known || (unknown && flags.visible);
                if wanted && !method.is_static && !method.is_abstract && !method.bridge && !method.name.starts_with('<')
                {
                    found.push(MethodRef { class: above, at });
                }
            }
        }
        found
    }

    /// A node of what a model calls back with: results of the callables in `callee`.
    pub(crate) fn call_callback(&mut self, call: u32, purpose: u32, callee: u32, args: &[u32]) -> u32 {
        let result = self.call_back_with(call, purpose, callee, args, This::None);
        let back = self.sub_call(call, key(21, purpose), |solver| solver.calls[call as usize]);
        self.store.watch(callee, Watch::CallInstance { call: back });
        result
    }

    /// An object of the program is called as the functional interface that it implements.
    pub(crate) fn call_as_function(&mut self, call: u32, tok: Tok) {
        let Token::Instance(class) = self.tokens.get(tok) else { return };
        let Some(class) = self.cls(class) else { return };
        for at in self.callbacks(class) {
            self.call_method(call, at, This::Tok(tok));
        }
    }
}

impl Solver<'_> {
    /// An object of the program on which a method that it inherits from outside is called.
    pub(super) fn call_inherited(&mut self, call: u32, site: &CallSite, tok: Tok, class: Cls) {
        let classes = &self.linker.classes;
        let ty = classes.get(class).ty;
        let outside: Vec<String> = classes
            .ancestors(ty)
            .filter(|above| classes.class(*above).is_none())
            .map(|above| classes.name(above).to_owned())
            .collect();
        let collection = outside.iter().find_map(|name| crate::model::jvm::collection(name));
        if matches!(&*site.name, "start" | "run" | "fork" | "join" | "invoke" | "execute" | "get")
            || collection.is_none()
        {
            // The library's own method may call what the class overrides of it.
            let has = |name: &String| !jdk::has(name) || jdk::declares(name, &site.name, site.arity);
            let known = outside.iter().any(|name| name != "java.lang.Object" && has(name));
            if known && !site.name.starts_with('<') && !is_of_object(&site.name) {
                self.call_back_instance(call, class, tok);
            }
        }
        if let Some(shape) = collection {
            let data = self.calls[call as usize];
            let _ = data;
            let object = self.make_for(tok, shape);
            crate::model::jvm::call_on(self, call, site, object);
        }
    }

    /// What an object of a class that extends a collection keeps, apart from its own fields.
    fn make_for(&mut self, tok: Tok, shape: crate::solve::Shape) -> Tok {
        let Token::Instance(class) = self.tokens.get(tok) else { return tok };
        let Token::Class { env, .. } = self.tokens.get(class) else { return tok };
        self.tokens.intern(Token::Object { inst: env, stmt: u32::MAX - tok.0, part: 240, shape })
    }
}

fn is_of_object(name: &str) -> bool {
    matches!(
        name,
        "toString" | "hashCode" | "equals" | "getClass" | "notify" | "notifyAll" | "wait" | "name" | "ordinal"
    )
}
