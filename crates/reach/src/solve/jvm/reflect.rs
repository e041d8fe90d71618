//! Classes found by constant names: `Class.forName`, services.

use faultline_facts::Resource;

use crate::solve::{Inst, NONE, Node, Solver, This, Tok, Token, key};
use crate::{
    EdgeKind,
    link::jvm::{Cls, Ty},
};

impl Solver<'_> {
    /// A name has arrived at `Class.forName`.
    pub(crate) fn load_class_named(&mut self, call: u32, tok: Tok) {
        let Token::Text(name) = self.tokens.get(tok) else { return };
        let Some(class) = self.class_named(self.names.text(name)) else { return };
        let data = self.calls[call as usize];
        self.initialise(data.inst, data.stmt, class);
        let token = self.class_token(class, Inst(NONE));
        self.give_token(call, token);
    }

    fn class_named(&self, name: &str) -> Option<Cls> {
        self.linker.classes.class(self.linker.classes.known(name)?)
    }

    /// Methods of a class with a name are values.
    pub(crate) fn give_method_named(&mut self, call: u32, class: Tok, tok: Tok) {
        let (Token::Text(name), Some(class)) = (self.tokens.get(tok), self.cls(class)) else { return };
        let ty = self.linker.classes.get(class).ty;
        let methods = self.linker.classes.named(ty, self.names.text(name));
        for at in methods {
            let env = self.class_env(at.class, Inst(NONE));
            let func = self.method_func(at);
            let token = self.tokens.intern(Token::Function { func, env });
            self.give_token(call, token);
        }
    }

    /// The providers that `META-INF/services` names for a class are made.
    pub(crate) fn load_services(&mut self, call: u32, tok: Tok) {
        let name = match self.tokens.get(tok) {
            Token::Class { .. } => {
                self.cls(tok).map(|class| self.linker.classes.name(self.linker.classes.get(class).ty).to_owned())
            }
            Token::Path(path) => self.path_text(path).strip_prefix("java:").map(ToOwned::to_owned),
            _ => None,
        };
        let Some(name) = name else { return };
        let elements = self.temp(call, key(64, 0));
        self.give_collection(call, elements);
        for provider in self.providers(&name) {
            if let Some(class) = self.class_named(&provider) {
                self.make_reflected(call, class, elements);
            }
        }
    }

    fn providers(&self, service: &str) -> Vec<String> {
        let resources = self.linker.program.units.iter().flat_map(|unit| &unit.resources);
        let of = resources.filter_map(|(path, resource)| match resource {
            Resource::Jvm(list) if path.ends_with(&format!("META-INF/services/{service}")) => Some(&list.lines),
            _ => None,
        });
        of.flatten().map(|line| line.name.clone()).collect()
    }

    /// An object of a class is made by its constructor without parameters.
    pub(crate) fn make_reflected(&mut self, call: u32, class: Cls, into: Node) {
        let data = self.calls[call as usize];
        self.initialise(data.inst, data.stmt, class);
        let instance = self.instantiate(class, call);
        self.store.add(into, instance);
        let constructor = self.linker.classes.get(class).named("<init>").find(|(_, m)| m.params.is_empty());
        let Some(at) = constructor.map(|(at, _)| at) else { return };
        let made = self.sub_call(call, key(65, class.0), |solver| crate::solve::CallData {
            args: (0, 0),
            result: NONE,
            edge: EdgeKind::Reflection,
            ..solver.calls[call as usize]
        });
        self.call_method(made, crate::link::jvm::MethodRef { class, at }, This::Tok(instance));
    }

    /// Casts and type tests let pass what may be of the type.
    pub(crate) fn narrow_jvm(&mut self, inst: Inst, test: &faultline_facts::Test, dst: Node, tok: Tok) {
        let (class, negated) = match test {
            faultline_facts::Test::Instance(class) => (*class, false),
            faultline_facts::Test::NotInstance(class) => (*class, true),
            _ => {
                self.store.add(dst, tok);
                return;
            }
        };
        let module = self.module_of_inst(inst);
        let wanted = self.sites(module).class(class);
        if negated || wanted.is_none_or(|wanted| self.may_be(tok, wanted)) {
            self.store.add(dst, tok);
        }
    }

    fn may_be(&self, tok: Tok, wanted: Ty) -> bool {
        let classes = &self.linker.classes;
        match self.tokens.get(tok) {
            Token::Instance(class) => match self.cls(class) {
                Some(class) => classes.may_be_subtype(classes.get(class).ty, wanted),
                None => true,
            },
            Token::Text(_) | Token::AnyText => classes.class(wanted).is_none(),
            _ => true,
        }
    }
}
