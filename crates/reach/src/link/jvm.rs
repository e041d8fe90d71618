//! Classes of the Java virtual machine by name, with their hierarchy and members: source and class files in one
//! symbol space.

use faultline_facts::{ClassId, Facts, FunctionId, MemberPlace, Op, Slot, TypePlace, jvm};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{ModuleInfo, folder_of};
use crate::solve::Mod;

/// A type: a class of the program, one outside, a primitive or an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ty(pub u32);

/// A class of the program: index into [`Classes::list`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cls(pub u32);

/// A method of a class of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MethodRef {
    pub(crate) class: Cls,
    pub(crate) at: u32,
}

/// One declared method.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: Box<str>,
    pub(crate) params: Vec<Ty>,
    /// Parameters that are type variables, where a method with another type overrides.
    pub(crate) variable: Vec<bool>,
    pub(crate) variadic: bool,
    pub(crate) returns: Ty,
    pub(crate) function: FunctionId,
    pub(crate) is_static: bool,
    pub(crate) is_abstract: bool,
    pub(crate) bridge: bool,
    /// Parameter types of generic methods that this one overrides.
    pub(crate) aliases: Vec<Vec<Ty>>,
}

/// One declared field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) slot: Slot,
    pub(crate) ty: Ty,
    pub(crate) is_static: bool,
}

/// One class of the program.
#[derive(Debug)]
pub(crate) struct Class {
    pub(crate) ty: Ty,
    pub(crate) module: Mod,
    pub(crate) id: ClassId,
    pub(crate) bases: Vec<Ty>,
    pub(crate) is_interface: bool,
    pub(crate) methods: Vec<Method>,
    by_name: FxHashMap<Box<str>, Vec<u32>>,
    fields: FxHashMap<Box<str>, Field>,
}

impl Class {
    /// Its methods with a name.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = (u32, &Method)> {
        self.by_name.get(name).into_iter().flatten().map(|at| (*at, &self.methods[*at as usize]))
    }

    pub(crate) fn field(&self, name: &str) -> Option<Field> {
        self.fields.get(name).copied()
    }
}

/// Every class and type name of a program.
#[derive(Default)]
pub(crate) struct Classes {
    pub(crate) list: Vec<Class>,
    names: Vec<Box<str>>,
    class_of: Vec<Option<Cls>>,
    children: Vec<Vec<Ty>>,
    by_name: FxHashMap<Box<str>, Vec<Ty>>,
    by_id: FxHashMap<(Mod, ClassId), Cls>,
    /// Unit and folder of each module, to choose among classes of one name.
    places: Vec<(u32, Box<str>)>,
}

impl Classes {
    pub(crate) fn build(modules: &[ModuleInfo<'_>]) -> Classes {
        let mut classes = Classes::default();
        let is_jvm = |module: &&ModuleInfo<'_>| module.facts().language.is_jvm();
        if !modules.iter().any(|module| is_jvm(&module)) {
            return classes;
        }
        classes.places = modules.iter().map(|module| (module.at.unit.0, folder_of(&module.file.path).into())).collect();
        let numbered = || (0u32..).map(Mod).zip(modules).filter(|(_, module)| is_jvm(module));
        for (id, module) in numbered() {
            classes.declare(id, module.facts());
        }
        for (id, module) in numbered() {
            classes.define(id, module.facts());
        }
        classes.link_children();
        classes.find_aliases();
        classes
    }

    fn declare(&mut self, module: Mod, facts: &Facts) {
        for (id, class) in facts.classes.iter().enumerate() {
            let name = facts.text(class.qualified);
            let ty = self.new_type(name);
            let cls = Cls(self.list.len() as u32);
            self.class_of[ty.0 as usize] = Some(cls);
            self.by_id.insert((module, ClassId(id as u32)), cls);
            self.list.push(Class {
                ty,
                module,
                id: ClassId(id as u32),
                bases: Vec::new(),
                is_interface: class.is_interface,
                methods: Vec::new(),
                by_name: FxHashMap::default(),
                fields: FxHashMap::default(),
            });
        }
    }

    fn new_type(&mut self, name: &str) -> Ty {
        let ty = Ty(self.names.len() as u32);
        self.names.push(name.into());
        self.class_of.push(None);
        self.children.push(Vec::new());
        self.by_name.entry(name.into()).or_default().push(ty);
        ty
    }

    fn define(&mut self, module: Mod, facts: &Facts) {
        let names = evaluated_names(facts);
        for (id, class) in facts.classes.iter().enumerate() {
            let Some(cls) = self.by_id.get(&(module, ClassId(id as u32))).copied() else { continue };
            let bases = class.bases.iter().filter_map(|slot| names.get(slot));
            let bases: Vec<Ty> = bases.map(|name| self.resolve(module, Some(cls), name)).collect();
            self.list[cls.0 as usize].bases = bases;
        }
        self.define_fields(module, facts, &names);
        self.define_methods(module, facts);
    }

    fn define_fields(&mut self, module: Mod, facts: &Facts, names: &FxHashMap<Slot, &str>) {
        let types = typed_slots(facts, names);
        for (id, class) in facts.classes.iter().enumerate() {
            let Some(cls) = self.by_id.get(&(module, ClassId(id as u32))).copied() else { continue };
            for member in &class.members {
                let ty = types.get(&member.slot).map_or("java.lang.Object", |name| *name);
                let ty = self.resolve(module, Some(cls), ty);
                let field = Field { slot: member.slot, ty, is_static: member.place == MemberPlace::Static };
                self.list[cls.0 as usize].fields.insert(facts.text(member.name).into(), field);
            }
        }
    }

    fn define_methods(&mut self, module: Mod, facts: &Facts) {
        for (at, function) in facts.functions.iter().enumerate() {
            let Some(cls) = function.class.and_then(|class| self.by_id.get(&(module, class)).copied()) else {
                continue;
            };
            let key = jvm::MethodKey::parse(facts.text(function.name));
            let mut method = Method {
                name: key.name.into(),
                params: Vec::new(),
                variable: Vec::new(),
                variadic: key.params.is_some_and(|params| params.ends_with("...")),
                returns: self.resolve(module, Some(cls), key.returns),
                function: FunctionId(at as u32),
                is_static: function.flags.is_static,
                is_abstract: function.flags.is_abstract,
                bridge: function.flags.bridge,
                aliases: Vec::new(),
            };
            for param in key.param_types() {
                method.variable.push(jvm::is_variable(param));
                method.params.push(self.resolve(module, Some(cls), param));
            }
            let class = &mut self.list[cls.0 as usize];
            class.by_name.entry(method.name.clone()).or_default().push(class.methods.len() as u32);
            class.methods.push(method);
        }
    }

    fn link_children(&mut self) {
        for class in &self.list {
            for base in &class.bases {
                self.children[base.0 as usize].push(class.ty);
            }
        }
    }

    /// Source has no bridges: a method overrides one of a type above whose parameters are type variables.
    fn find_aliases(&mut self) {
        let mut found: Vec<(MethodRef, Vec<Ty>)> = Vec::new();
        for (id, class) in (0u32..).map(Cls).zip(&self.list) {
            let above: Vec<Cls> =
                self.ancestors(class.ty).filter_map(|ty| self.class(ty)).filter(|c| *c != id).collect();
            for (at, method) in
                (0u32..).zip(&class.methods).filter(|(_, m)| !m.is_static && m.name.as_ref() != "<init>")
            {
                for other in above.iter().flat_map(|above| self.get(*above).named(&method.name)).map(|(_, m)| m) {
                    if overrides_generic(method, other) {
                        found.push((MethodRef { class: id, at }, other.params.clone()));
                    }
                }
            }
        }
        for (at, params) in found {
            self.list[at.class.0 as usize].methods[at.at as usize].aliases.push(params);
        }
    }

    /// The type with a name as a file sees it. Names of source may be lists of alternatives.
    pub(crate) fn resolve(&mut self, from: Mod, inside: Option<Cls>, text: &str) -> Ty {
        let text = jvm::plain(text);
        let (_, dimensions) = jvm::alternatives(text);
        let dimensions = if dimensions.ends_with("...") {
            format!("{}[]", dimensions.trim_end_matches("..."))
        } else {
            dimensions.to_owned()
        };
        let found = self.find(from, inside, text);
        let name = match (found, dimensions.is_empty()) {
            (Some(ty), true) => return ty,
            (Some(ty), false) => self.name(ty).to_owned(),
            (None, _) => outside(text).to_owned(),
        };
        let name = format!("{name}{dimensions}");
        match self.by_name.get(name.as_str()).and_then(|all| all.first()) {
            Some(ty) => *ty,
            None => self.new_type(&name),
        }
    }

    /// The class of the program, if any, that a type's text means.
    fn find(&self, from: Mod, inside: Option<Cls>, text: &str) -> Option<Ty> {
        let (names, _) = jvm::alternatives(text);
        let names: Vec<&str> = names.collect();
        if let Some(found) = names.iter().find_map(|name| self.lookup(from, name)) {
            return Some(found);
        }
        let simple = names.last()?.rsplit('.').next()?;
        (names.len() > 1).then(|| self.inherited_member(from, inside?, simple)).flatten()
    }

    /// A member class of a type above one of the classes around.
    fn inherited_member(&self, from: Mod, inside: Cls, simple: &str) -> Option<Ty> {
        let mut around = self.name(self.get(inside).ty);
        loop {
            let class = self.lookup(from, around)?;
            let found = self.ancestors(class).find_map(|ty| self.lookup(from, &format!("{}${simple}", self.name(ty))));
            if found.is_some() {
                return found;
            }
            around = around.rsplit_once('$')?.0;
        }
    }

    /// A class by binary name, or by a name with dots before member classes.
    fn lookup(&self, from: Mod, name: &str) -> Option<Ty> {
        let mut name = name.to_owned();
        for _ in 0..8 {
            if let Some(all) = self.by_name.get(name.as_str())
                && let Some(ty) = self.choose(from, all)
            {
                return Some(ty);
            }
            let dot = name.rfind('.')?;
            name.replace_range(dot..=dot, "$");
        }
        None
    }

    /// Of several classes of one name: that of the same file, then the nearest of the same unit, then the first of
    /// the class path.
    fn choose(&self, from: Mod, all: &[Ty]) -> Option<Ty> {
        if let [one] = all {
            return self.class_of[one.0 as usize].map(|_| *one);
        }
        let (unit, folder) = &self.places[from.0 as usize];
        let closeness = |ty: &Ty| {
            let module = self.list[self.class_of[ty.0 as usize]?.0 as usize].module;
            let (other, path) = &self.places[module.0 as usize];
            let shared = folder.split('/').zip(path.split('/')).take_while(|(a, b)| a == b).count();
            Some((module == from, other == unit, if other == unit { shared } else { 0 }, std::cmp::Reverse(ty.0)))
        };
        all.iter().filter_map(|ty| Some((closeness(ty)?, *ty))).max().map(|(_, ty)| ty)
    }

    /// The file that declares the class that a type's text means.
    pub(crate) fn file_of(&self, from: Mod, text: &str) -> Option<Mod> {
        let class = self.class(self.find(from, None, text)?)?;
        Some(self.get(class).module)
    }

    /// The class of one file with a binary name.
    pub(crate) fn in_file(&self, module: Mod, name: &str) -> Option<Ty> {
        let all = self.by_name.get(name)?;
        all.iter().copied().find(|ty| self.class(*ty).is_some_and(|class| self.get(class).module == module))
    }

    pub(crate) fn name(&self, ty: Ty) -> &str {
        &self.names[ty.0 as usize]
    }

    /// The class of the program that a type is.
    pub(crate) fn class(&self, ty: Ty) -> Option<Cls> {
        self.class_of[ty.0 as usize]
    }

    pub(crate) fn get(&self, class: Cls) -> &Class {
        &self.list[class.0 as usize]
    }

    pub(crate) fn method(&self, at: MethodRef) -> &Method {
        &self.get(at.class).methods[at.at as usize]
    }

    /// The class of a definition.
    pub(crate) fn of(&self, module: Mod, id: ClassId) -> Option<Cls> {
        self.by_id.get(&(module, id)).copied()
    }

    /// A type that is known by name, without looking from any file.
    pub(crate) fn known(&self, name: &str) -> Option<Ty> {
        self.by_name.get(name)?.first().copied()
    }

    /// Types that name a type as their base.
    pub(crate) fn children(&self, ty: Ty) -> &[Ty] {
        &self.children[ty.0 as usize]
    }

    /// A type and everything above it, superclasses before interfaces, each once.
    pub(crate) fn ancestors(&self, ty: Ty) -> impl Iterator<Item = Ty> {
        let mut seen: FxHashSet<Ty> = FxHashSet::default();
        let mut chain = Vec::new();
        let mut at = Some(ty);
        while let Some(class) = at {
            if !seen.insert(class) {
                break;
            }
            chain.push(class);
            at = self.superclass(class);
        }
        let mut next = 0;
        while next < chain.len() {
            for base in self.bases(chain[next]) {
                if seen.insert(*base) {
                    chain.push(*base);
                }
            }
            next += 1;
        }
        chain.into_iter()
    }

    pub(crate) fn bases(&self, ty: Ty) -> &[Ty] {
        self.class(ty).map_or(&[], |class| &self.get(class).bases)
    }

    /// The first base of a class that is no interface.
    pub(crate) fn superclass(&self, ty: Ty) -> Option<Ty> {
        let class = self.get(self.class(ty)?);
        if class.is_interface { None } else { class.bases.first().copied() }
    }

    /// True for interfaces and for classes that declare a method without a body.
    pub(crate) fn is_abstract(&self, class: Cls) -> bool {
        let class = self.get(class);
        class.is_interface || class.methods.iter().any(|method| method.is_abstract)
    }

    pub(crate) fn is_subtype(&self, ty: Ty, of: Ty) -> bool {
        ty == of || self.ancestors(ty).any(|above| above == of)
    }
}

/// True when `method` overrides `other` although its parameters differ.
fn overrides_generic(method: &Method, other: &Method) -> bool {
    method.params.len() == other.params.len()
        && method.params != other.params
        && !other.is_static
        && method.params.iter().zip(&other.params).zip(&other.variable).all(|((own, above), var)| own == above || *var)
}

/// The names that slots of a file's functions are evaluated from.
pub(crate) fn evaluated_names(facts: &Facts) -> FxHashMap<Slot, &str> {
    let statements = facts.functions.iter().flat_map(|function| &function.body);
    let globals = statements.filter_map(|stmt| match &stmt.op {
        Op::Global { dst, name } => Some((*dst, facts.text(*name))),
        _ => None,
    });
    globals.collect()
}

/// The type that each slot is declared to have.
pub(crate) fn typed_slots<'f>(facts: &Facts, names: &FxHashMap<Slot, &'f str>) -> FxHashMap<Slot, &'f str> {
    let statements = facts.functions.iter().flat_map(|function| &function.body);
    let typed = statements.filter_map(|stmt| match &stmt.op {
        Op::Typed { slot, class, place: TypePlace::Instance } => Some((*slot, *names.get(class)?)),
        _ => None,
    });
    typed.collect()
}

/// What a name that no class of the program has most likely means: the language's own class, else the first choice.
pub(crate) fn outside(text: &str) -> &str {
    let (names, _) = jvm::alternatives(text);
    let names: Vec<&str> = names.collect();
    if let Some(known) = names.iter().find_map(|name| super::jdk::known(name)) {
        return known;
    }
    // A star import of what is not here, else the same package.
    let foreign = names.iter().skip(1).find(|name| !super::jdk::has_package(name));
    foreign.or(names.first()).copied().unwrap_or("java.lang.Object")
}
