//! A builder that frontends fill in any order; `finish` makes slots contiguous per function.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::{
    Annotation, Call, Class, ClassId, Dynamic, DynamicKind, Facts, Function, FunctionFlags, FunctionId, FunctionKind,
    Guard, GuardId, Import, ImportId, Language, ModuleFlags, ModuleKind, Op, Param, ParseProblem, Slot, Span, Stmt,
    Sym, op,
};

/// Collects the facts of one blob.
#[derive(Debug)]
pub struct Builder {
    facts: Facts,
    /// Found by text, which `facts.strings` holds.
    symbols: HashTable<Sym>,
}

impl Builder {
    /// A builder whose function 0 is the module body with the given extent.
    pub fn new(language: Language, kind: ModuleKind, span: Span) -> Builder {
        let facts = Facts {
            language,
            kind,
            flags: ModuleFlags::default(),
            package: None,
            constraint: None,
            strings: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            calls: Vec::new(),
            guards: Vec::new(),
            slot_owner: Vec::new(),
            names: Vec::new(),
            reexports: Vec::new(),
            stars: Vec::new(),
            all: None,
            annotations: Vec::new(),
            dynamic: Vec::new(),
            problems: Vec::new(),
        };
        let mut builder = Builder { facts, symbols: HashTable::new() };
        let empty = builder.sym("");
        builder.function(empty, empty, None, FunctionKind::Module, span);
        builder
    }

    /// Interns a string.
    pub fn sym(&mut self, text: &str) -> Sym {
        let hash = FxBuildHasher.hash_one(text);
        let strings = &self.facts.strings;
        if let Some(sym) = self.symbols.find(hash, |sym| strings[sym.0 as usize] == text) {
            return *sym;
        }
        let sym = Sym(index(strings.len()));
        self.symbols.insert_unique(hash, sym, |sym| FxBuildHasher.hash_one(strings[sym.0 as usize].as_str()));
        self.facts.strings.push(text.to_owned());
        sym
    }

    /// Adds a function with a fresh return slot; fill the rest through [`Builder::function_mut`].
    pub fn function(
        &mut self,
        name: Sym,
        qualified: Sym,
        parent: Option<FunctionId>,
        kind: FunctionKind,
        span: Span,
    ) -> FunctionId {
        let id = FunctionId(index(self.facts.functions.len()));
        let ret = self.slot(id);
        self.facts.functions.push(Function {
            name,
            qualified,
            parent,
            class: None,
            kind,
            flags: FunctionFlags::default(),
            span,
            params: Vec::<Param>::new(),
            this: None,
            arguments: None,
            ret,
            yielded: None,
            slots: (0, 0),
            body: Vec::new(),
        });
        id
    }

    /// The function behind an id.
    pub fn function_mut(&mut self, id: FunctionId) -> &mut Function {
        &mut self.facts.functions[id.0 as usize]
    }

    /// A fresh slot owned by `function`.
    pub fn slot(&mut self, function: FunctionId) -> Slot {
        self.facts.slot_owner.push(function);
        Slot(index(self.facts.slot_owner.len() - 1))
    }

    /// Adds a class.
    pub fn class(&mut self, class: Class) -> ClassId {
        self.facts.classes.push(class);
        ClassId(index(self.facts.classes.len() - 1))
    }

    /// The class behind an id.
    pub fn class_mut(&mut self, id: ClassId) -> &mut Class {
        &mut self.facts.classes[id.0 as usize]
    }

    /// Adds an import.
    pub fn import(&mut self, import: Import) -> ImportId {
        self.facts.imports.push(import);
        ImportId(index(self.facts.imports.len() - 1))
    }

    /// Adds a guard.
    pub fn guard(&mut self, guard: Guard) -> GuardId {
        self.facts.guards.push(guard);
        GuardId(index(self.facts.guards.len() - 1))
    }

    /// Appends a statement to `function`.
    pub fn push(&mut self, function: FunctionId, op: Op, span: Span, guard: Option<GuardId>) {
        self.facts.functions[function.0 as usize].body.push(Stmt { op, span, guard });
    }

    /// Appends a call to `function`.
    pub fn call(&mut self, function: FunctionId, call: Call, span: Span, guard: Option<GuardId>) {
        let op = Op::Call { call: index(self.facts.calls.len()) };
        self.facts.calls.push(call);
        self.push(function, op, span, guard);
    }

    /// Notes a dynamic site.
    pub fn dynamic(&mut self, function: FunctionId, kind: DynamicKind, span: Span) {
        self.facts.dynamic.push(Dynamic { function, kind, span });
    }

    /// Notes a decorator.
    pub fn annotation(&mut self, annotation: Annotation) {
        self.facts.annotations.push(annotation);
    }

    /// Notes a parse problem and sets the module's flag.
    pub fn problem(&mut self, problem: ParseProblem) {
        self.facts.flags.parse_errors = true;
        self.facts.problems.push(problem);
    }

    /// Direct access to the facts, for names, re-exports, flags and kind.
    pub fn facts_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }

    /// Renumbers slots so that each function's are contiguous, and gives the facts out.
    pub fn finish(mut self) -> Facts {
        let mut starts = vec![0_u32; self.facts.functions.len() + 1];
        for owner in &self.facts.slot_owner {
            starts[owner.0 as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        for (function, range) in self.facts.functions.iter_mut().zip(starts.windows(2)) {
            function.slots = (range[0], range[1]);
        }
        let mut next = starts;
        let mut renamed = Vec::with_capacity(self.facts.slot_owner.len());
        for owner in &self.facts.slot_owner {
            let slot = &mut next[owner.0 as usize];
            renamed.push(Slot(*slot));
            *slot += 1;
        }
        for (id, function) in self.facts.functions.iter().enumerate() {
            self.facts.slot_owner[function.slots.0 as usize..function.slots.1 as usize].fill(FunctionId(index(id)));
        }
        op::rename_slots(&mut self.facts, &|slot: &mut Slot| *slot = renamed[slot.0 as usize]);
        self.facts
    }
}

/// Blob-local ids are 32 bits; a blob under the size limit cannot have more.
fn index(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
