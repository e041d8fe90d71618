//! What the calls and field accesses of a file mean, as far as declared types tell: one walk in statement order.

use faultline_facts::{
    Call, CallKind, Callee, Const, Facts, Function, FunctionId, Key, ObjectKind, Op, Slot, Stmt, Test, TypePlace,
    jvm::{FieldKey, MethodKey},
};
use rustc_hash::FxHashMap;

use crate::{
    link::{
        jdk,
        jvm::{Classes, Cls, Field, MethodRef, Ty},
        member::Known,
    },
    solve::Mod,
};

/// A call of a method.
#[derive(Debug, Clone)]
pub(crate) struct CallSite {
    /// The class that declares the method, or that the receiver is declared to be of.
    pub(crate) owner: Option<Ty>,
    pub(crate) name: Box<str>,
    /// Declared methods of the program that it may mean; several where the arguments' types are not known.
    pub(crate) methods: Vec<MethodRef>,
    /// Parameter types, where the call itself says them.
    pub(crate) params: Option<Vec<Ty>>,
    pub(crate) arity: usize,
    /// The receiver is an object around the one that calls.
    pub(crate) outer: bool,
    /// The base is a class, not an object of it.
    pub(crate) on_class: bool,
}

/// What the accesses of one file mean.
#[derive(Default)]
pub(crate) struct Sites {
    calls: Vec<Option<CallSite>>,
    fields: FxHashMap<(FunctionId, u32), (Ty, Field)>,
    /// Slots that hold class objects.
    classes: FxHashMap<Slot, Ty>,
    types: FxHashMap<Slot, Known>,
}

impl Sites {
    pub(crate) fn call(&self, index: u32) -> Option<&CallSite> {
        self.calls.get(index as usize)?.as_ref()
    }

    pub(crate) fn field(&self, function: FunctionId, stmt: u32) -> Option<(Ty, Field)> {
        self.fields.get(&(function, stmt)).copied()
    }

    /// The class that a slot holds.
    pub(crate) fn class(&self, slot: Slot) -> Option<Ty> {
        self.classes.get(&slot).copied()
    }

    /// The type that a slot is declared or computed to have.
    pub(crate) fn type_of(&self, slot: Slot) -> Option<Ty> {
        if let Some(Known::Type(ty)) = self.types.get(&slot) { Some(*ty) } else { None }
    }

    pub(crate) fn new(facts: &Facts, module: Mod, classes: &mut Classes) -> Sites {
        let sites = Sites { calls: vec![None; facts.calls.len()], ..Sites::default() };
        let mut reader = Reader { facts, module, classes, sites, inside: None };
        for (id, function) in facts.functions.iter().enumerate() {
            reader.function(FunctionId(id as u32), function);
        }
        reader.sites
    }
}

struct Reader<'f, 'c> {
    facts: &'f Facts,
    module: Mod,
    classes: &'c mut Classes,
    sites: Sites,
    inside: Option<Cls>,
}

impl Reader<'_, '_> {
    fn function(&mut self, id: FunctionId, function: &Function) {
        self.inside = self.class_around(function);
        if let (Some(this), Some(class)) = (function.this, self.inside) {
            let ty = self.classes.get(class).ty;
            self.sites.types.insert(this, Known::Type(ty));
        }
        let key = MethodKey::parse(self.facts.text(function.name));
        for (param, ty) in function.params.iter().zip(key.param_types()) {
            let ty = self.resolve(ty);
            self.sites.types.insert(param.slot, Known::Type(ty));
        }
        for (stmt, Stmt { op, .. }) in function.body.iter().enumerate() {
            self.statement(id, stmt as u32, op);
        }
    }

    /// The class whose method a function is, or lies in.
    fn class_around(&self, function: &Function) -> Option<Cls> {
        let mut at = Some(function);
        while let Some(function) = at {
            if let Some(class) = function.class {
                return self.classes.of(self.module, class);
            }
            at = function.parent.map(|parent| self.facts.function(parent));
        }
        None
    }

    fn resolve(&mut self, text: &str) -> Ty {
        self.classes.resolve(self.module, self.inside, text)
    }

    fn known(&self, slot: Slot) -> Known {
        self.sites.types.get(&slot).copied().unwrap_or(Known::Nothing)
    }

    fn set(&mut self, slot: Slot, known: Known) {
        if known != Known::Nothing {
            self.sites.types.entry(slot).or_insert(known);
        }
    }

    fn set_type(&mut self, slot: Slot, name: &str) {
        let ty = self.resolve(name);
        self.set(slot, Known::Type(ty));
    }

    fn statement(&mut self, function: FunctionId, stmt: u32, op: &Op) {
        match op {
            Op::Global { dst, name } => {
                let ty = self.resolve(self.facts.text(*name));
                self.sites.classes.insert(*dst, ty);
            }
            Op::Class { dst, class } => {
                if let Some(class) = self.classes.of(self.module, *class) {
                    self.sites.classes.insert(*dst, self.classes.get(class).ty);
                }
            }
            Op::Typed { slot, class, place: TypePlace::Instance } => self.typed(*slot, *class),
            Op::Copy { dst, src } => self.set(*dst, self.known(*src)),
            Op::Const { dst, value } => self.constant(*dst, value),
            Op::Concat { dst, .. } | Op::Object { dst, kind: ObjectKind::Text } => {
                self.set_type(*dst, "java.lang.String");
            }
            Op::Closure { dst, .. } => self.set(*dst, Known::Callable),
            Op::Narrow { dst, test: Test::Instance(class), .. } => self.typed(*dst, *class),
            Op::Load { dst, base, key } => self.load(function, stmt, *dst, *base, *key),
            Op::Store { base, key: Key::Named(key), .. } => {
                if let Some(field) = self.field(*base, self.facts.text(*key)) {
                    self.sites.fields.insert((function, stmt), field);
                }
            }
            Op::Iterate { dst, src } => self.element(*dst, *src),
            Op::Call { call } => self.call(*call),
            _ => {}
        }
    }

    fn typed(&mut self, slot: Slot, class: Slot) {
        if let Some(ty) = self.sites.classes.get(&class) {
            self.sites.types.insert(slot, Known::Type(*ty));
        }
    }

    fn constant(&mut self, dst: Slot, value: &Const) {
        match value {
            Const::Str(_) => self.set_type(dst, "java.lang.String"),
            Const::Int(_) => self.set_type(dst, "int"),
            Const::Num(_) => self.set_type(dst, "double"),
            Const::Bool(_) => self.set_type(dst, "boolean"),
            Const::Null | Const::Undefined => self.set(dst, Known::Null),
        }
    }

    fn element(&mut self, dst: Slot, src: Slot) {
        let Known::Type(ty) = self.known(src) else { return };
        if let Some(element) = self.classes.name(ty).strip_suffix("[]").map(ToOwned::to_owned) {
            self.set_type(dst, &element);
        }
    }

    fn load(&mut self, function: FunctionId, stmt: u32, dst: Slot, base: Slot, key: Key) {
        let Key::Named(key) = key else { return self.element(dst, base) };
        let text = self.facts.text(key);
        if let Some((class, field)) = self.field(base, text) {
            self.sites.fields.insert((function, stmt), (class, field));
            return self.set_value(dst, field.ty);
        }
        let key = FieldKey::parse(text);
        if key.owner.is_none() && !key.rest.is_empty() {
            let ty = self.resolve(key.rest);
            self.sites.classes.insert(dst, ty);
        } else if key.owner.is_some() && !key.rest.is_empty() {
            self.set_type(dst, key.rest);
        }
    }

    /// `Object` is what erasure leaves of a type variable: it says nothing.
    fn set_value(&mut self, dst: Slot, ty: Ty) {
        if self.classes.name(ty) != "java.lang.Object" {
            self.set(dst, Known::Type(ty));
        }
    }

    fn field(&mut self, base: Slot, text: &str) -> Option<(Ty, Field)> {
        let key = FieldKey::parse(text);
        if let Some(owner) = key.owner {
            let owner = self.resolve(owner);
            return self.classes.field(owner, key.name);
        }
        if key.unqualified {
            return self.around().into_iter().find_map(|class| self.classes.field(class, key.name));
        }
        let ty = self.sites.class(base).or_else(|| self.sites.type_of(base))?;
        self.classes.field(ty, key.name)
    }

    /// The classes around, innermost first.
    fn around(&self) -> Vec<Ty> {
        let Some(inside) = self.inside else { return Vec::new() };
        let mut ty = self.classes.get(inside).ty;
        let mut found = vec![ty];
        while let Some((outer, _)) = self.classes.name(ty).rsplit_once('$')
            && let Some(class) = self.classes.in_file(self.module, outer)
        {
            ty = class;
            found.push(ty);
        }
        found
    }

    fn call(&mut self, index: u32) {
        let call = &self.facts.calls[index as usize];
        let Callee::Method { base, key: Key::Named(key) } = call.callee else { return };
        let key = MethodKey::parse(self.facts.text(key));
        let mut site = self.site(call, base, &key);
        if call.kind == CallKind::New && site.owner.is_some_and(|owner| self.classes.class(owner).is_none()) {
            site.methods.clear();
        }
        self.result(call, &key, &site);
        self.sites.calls[index as usize] = Some(site);
    }

    fn site(&mut self, call: &Call, base: Slot, key: &MethodKey<'_>) -> CallSite {
        let (owner, outer) = self.owner(call, base, key);
        let mut site = CallSite {
            owner,
            name: key.name.into(),
            methods: Vec::new(),
            params: None,
            arity: call.args.len(),
            outer,
            on_class: self.sites.class(base).is_some(),
        };
        if key.params.is_some() {
            let params: Vec<Ty> = key.param_types().map(|param| self.resolve(param)).collect();
            site.methods =
                owner.and_then(|owner| self.classes.declared(owner, key.name, &params)).into_iter().collect();
            site.arity = params.len();
            site.params = Some(params);
            return site;
        }
        let Some(owner) = owner else { return site };
        site.methods = if call.kind == CallKind::Reference {
            self.classes.named(owner, key.name)
        } else {
            let args: Vec<Known> = call.args.iter().map(|arg| self.known(arg.slot)).collect();
            self.classes.applicable(owner, key.name, &args)
        };
        site
    }

    /// The type that a call is looked up in, and whether that is a class around the caller's.
    fn owner(&mut self, call: &Call, base: Slot, key: &MethodKey<'_>) -> (Option<Ty>, bool) {
        if key.unqualified {
            return self.unqualified_owner(key);
        }
        let inside = self.inside.map(|class| self.classes.get(class).ty);
        match (key.owner, call.kind) {
            (Some("super"), _) => (inside.and_then(|ty| self.classes.superclass(ty)), false),
            (Some("this"), _) => (inside, false),
            (Some(owner), _) => (Some(self.resolve(owner)), false),
            (None, _) => (self.sites.class(base).or_else(|| self.sites.type_of(base)), false),
        }
    }

    /// The innermost class around that has a method of the name, else a class of static imports.
    fn unqualified_owner(&mut self, key: &MethodKey<'_>) -> (Option<Ty>, bool) {
        let around = self.around();
        for (depth, class) in around.iter().enumerate() {
            if self.classes.has_method(*class, key.name) {
                return (Some(*class), depth > 0);
            }
        }
        let imported: Vec<Ty> =
            key.owner.into_iter().flat_map(|owner| owner.split('|')).map(|name| self.resolve(name)).collect();
        let found = imported.iter().find(|class| self.classes.has_method(**class, key.name));
        // What no class of the program has comes from a class outside that is imported from or inherited.
        (found.or(imported.first()).or(around.first()).copied(), false)
    }

    fn result(&mut self, call: &Call, key: &MethodKey<'_>, site: &CallSite) {
        if call.kind == CallKind::Reference {
            return self.set(call.result, Known::Callable);
        }
        if call.kind == CallKind::New {
            return site.owner.into_iter().for_each(|owner| self.set(call.result, Known::Type(owner)));
        }
        if let Some(method) = site.methods.first() {
            let returns = self.classes.method(*method).returns;
            return self.set_value(call.result, returns);
        }
        if !key.returns.is_empty() {
            let ty = self.resolve(key.returns);
            return self.set_value(call.result, ty);
        }
        let Some(owner) = site.owner else { return };
        let above: Vec<Ty> = self.classes.ancestors(owner).collect();
        let found = above.iter().find_map(|ty| jdk::find(self.classes.name(*ty), key.name, site.arity));
        if let Some(method) = found.filter(|method| method.returns != "java.lang.Object") {
            self.set_type(call.result, method.returns);
        }
    }
}
