//! Class definitions; their bodies are statements of the function around them.

use faultline_facts::{Accessor, Arg, ArgKind, CallKind, Callee, Class, ClassId, Key, Member, MemberPlace, Op, Slot};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use super::lower::{Enclosing, Lower};
use super::scope::ScopeId;

impl Lower<'_> {
    pub(super) fn class_def(&mut self, def: &StmtClassDef) {
        let Some(scope) = def.node_index.load().as_u32() else { return };
        let decorated = self.decorators(&def.decorator_list);
        let (id, keywords) = self.class_header(def);
        let var = self.lookup(def.name.as_str());
        let once = var.filter(|var| self.table.var(*var).assigns == 1);
        let slot = match once.filter(|_| def.decorator_list.is_empty()) {
            Some(var) => self.define(var),
            None => self.slot(),
        };
        let class = Enclosing { id, name: self.builder.sym(def.name.as_str()), slot };
        if let Some(var) = once {
            self.classes.insert(var, class);
        }
        self.class_body(def, scope, class);
        self.push(Op::Class { dst: slot, class: id });
        self.class_hooks(def, class, keywords);
        let value = self.decorate(&decorated, slot);
        self.annotate(&decorated, None, Some(id));
        if let Some(var) = var {
            self.take_value(var, value);
        }
    }

    /// Evaluates bases and keywords, and makes the class.
    fn class_header(&mut self, def: &StmtClassDef) -> (ClassId, Vec<Arg>) {
        let start = self.keyword(def.range(), def.decorator_list.last().map(Ranged::end));
        let mut class = Class {
            name: self.builder.sym(def.name.as_str()),
            qualified: self.class_name(def.name.as_str()),
            parent: self.frame.function,
            span: self.span(TextRange::new(start, def.end())),
            bases: Vec::new(),
            metaclass: None,
            members: Vec::new(),
            constructor: None,
            initializer: None,
            is_interface: def.bases().iter().any(|base| self.is_protocol(base)),
        };
        class.bases = def.bases().iter().map(|base| self.base_class(base)).collect();
        let mut keywords = Vec::new();
        for keyword in def.keywords() {
            let slot = self.expr(&keyword.value);
            match &keyword.arg {
                Some(name) if name.as_str() == "metaclass" => class.metaclass = Some(slot),
                Some(name) => {
                    let kind = ArgKind::Keyword(self.builder.sym(name.as_str()));
                    keywords.push(Arg { slot, kind });
                }
                None => keywords.push(Arg { slot, kind: ArgKind::KeywordSpread }),
            }
        }
        (self.builder.class(class), keywords)
    }

    fn class_name(&mut self, name: &str) -> faultline_facts::Sym {
        let full = format!("{}{name}", self.frame.prefix);
        self.builder.sym(&full)
    }

    fn is_protocol(&mut self, base: &Expr) -> bool {
        let base = if let Expr::Subscript(subscript) = base { &subscript.value } else { base };
        matches!(self.origin(base).as_deref(), Some("typing.Protocol" | "typing_extensions.Protocol"))
    }

    /// `Generic[T]` and `Base[int]` inherit from what is subscripted.
    fn base_class(&mut self, base: &Expr) -> Slot {
        match base {
            Expr::Subscript(subscript) => self.expr(&subscript.value),
            other => self.expr(other),
        }
    }

    fn class_body(&mut self, def: &StmtClassDef, scope: ScopeId, class: Enclosing) {
        let outer = (self.frame.scope, self.frame.class, self.frame.prefix.len());
        self.frame.scope = scope;
        self.frame.class = Some(class);
        self.frame.prefix.push_str(def.name.as_str());
        self.frame.prefix.push('.');
        let accessors = std::mem::take(&mut self.accessors);
        self.own(scope);
        self.member_homes(scope);
        let mark = self.env.mark();
        self.block(&def.body);
        self.env.undo(mark);
        let members = self.members(scope);
        self.builder.class_mut(class.id).members = members;
        self.set_names(def, scope, class);
        self.accessors = accessors;
        self.frame.prefix.truncate(outer.2);
        (self.frame.scope, self.frame.class) = (outer.0, outer.1);
    }

    fn member_homes(&mut self, scope: ScopeId) {
        for var in self.table.scope(scope).locals.clone() {
            self.home(var);
        }
    }

    fn members(&mut self, scope: ScopeId) -> Vec<Member> {
        let mut members = Vec::new();
        for var in self.table.scope(scope).locals.clone() {
            let sym = self.table.var(var).sym;
            let accessors: Vec<Member> = self.accessors.iter().filter(|m| m.name == sym).cloned().collect();
            let name = self.text_of(sym).to_owned();
            let name = self.mangled(&name);
            if accessors.is_empty() {
                let slot = self.home(var);
                members.push(Member { name, slot, place: MemberPlace::Prototype, accessor: Accessor::Value });
            }
            members.extend(accessors.into_iter().map(|member| Member { name, ..member }));
        }
        members
    }

    /// Members that are results of calls may be descriptors, which learn their name.
    fn set_names(&mut self, def: &StmtClassDef, scope: ScopeId, class: Enclosing) {
        for stmt in &def.body {
            let (target, value) = match stmt {
                Stmt::Assign(node) if node.targets.len() == 1 => (&node.targets[0], &*node.value),
                Stmt::AnnAssign(node) => match &node.value {
                    Some(value) => (&*node.target, &**value),
                    None => continue,
                },
                _ => continue,
            };
            let (Expr::Name(name), true) = (target, value.is_call_expr()) else { continue };
            let sym = self.builder.sym(name.id.as_str());
            if self.accessors.iter().any(|member| member.name == sym) {
                continue;
            }
            let Some(var) = self.table.resolve(scope, sym) else { continue };
            let slot = self.home(var);
            let text = self.text(name.id.as_str());
            self.effect(CallKind::Implicit, slot, "__set_name__", &[class.slot, text], value.range());
        }
    }

    /// The bases' `__init_subclass__`.
    fn class_hooks(&mut self, def: &StmtClassDef, class: Enclosing, keywords: Vec<Arg>) {
        if def.bases().iter().all(|base| self.is_builtin(base, "object")) {
            return;
        }
        let parents = self.slot();
        self.push(Op::Super { dst: parents, class: class.id, this: class.slot });
        let key = Key::Named(self.builder.sym("__init_subclass__"));
        let result = self.slot();
        self.call(CallKind::Implicit, Callee::Method { base: parents, key }, keywords, result, def.name.range());
    }
}
