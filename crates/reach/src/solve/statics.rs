//! What can be said of a file before solving: constants, single definitions, wrapper functions.

use faultline_facts::{
    Accessor, ArgKind, Callee, ClassId, Const, Facts, FunctionId, FunctionKind, ImportId, Key, Language, MemberPlace,
    ObjectKind, Op, ParamKind, Slot, Test,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::names::{Name, Names};

/// A value known before solving.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Known {
    Text(Name),
    Int(i64),
    Num(f64),
    Bool(bool),
    Null,
    Undefined,
    /// Some function or class.
    Callable,
    /// Some object that cannot be called.
    Object,
}

impl Known {
    /// Numbers that are equal exactly for equal values.
    pub(crate) fn key(self) -> (u8, u64) {
        match self {
            Known::Text(name) => (0, u64::from(name.0)),
            Known::Int(value) => (1, value.cast_unsigned()),
            Known::Num(value) => (2, value.to_bits()),
            Known::Bool(value) => (3, u64::from(value)),
            Known::Null => (4, 0),
            Known::Undefined => (5, 0),
            Known::Callable => (6, 0),
            Known::Object => (7, 0),
        }
    }
}

/// How a slot is defined, when once.
#[derive(Debug, Clone, Copy)]
enum Single {
    Known(Known),
    Copy(Slot),
    Load(Slot, Slot),
}

/// Functions up to this many statements, nested ones included, are cloned whatever they do.
const TINY: usize = 14;
/// Statements that the clones of one function may have together.
const CLONED_STATEMENTS: usize = 4000;
/// Clones of a function with functions inside: each clone makes closures of its own.
const MAX_FACTORY_CLONES: usize = 12;
/// Objects of one function above which those that hold only data are not told apart.
const MANY_OBJECTS: usize = 40;
/// Above this many statements nothing is cloned.
const HUGE: usize = 400;

/// Facts about one file's facts.
pub(crate) struct Statics {
    /// The program-wide name of each symbol.
    pub(crate) names: Vec<Name>,
    /// Members by class, place and name.
    pub(crate) members: FxHashMap<(ClassId, bool, Name), Vec<(Slot, Accessor)>>,
    /// Slot of each name of the module object.
    pub(crate) attributes: FxHashMap<Name, Slot>,
    /// How many clones, one per call site, each function is worth.
    pub(crate) wrap: Vec<u16>,
    /// Slots that hold what a parameter holds.
    pub(crate) from_param: FxHashSet<Slot>,
    /// Slots of objects that hold data alone, in functions that have many.
    pub(crate) data: FxHashSet<Slot>,
    /// Slots that hold `arguments.length`, with the function that it is of.
    pub(crate) counts: FxHashMap<Slot, FunctionId>,
    /// Slots that an import binds, and nothing else.
    pub(crate) imported: FxHashMap<Slot, ImportId>,
    defined: Vec<u8>,
    single: FxHashMap<Slot, Single>,
    pub(crate) python: bool,
}

impl Statics {
    pub(crate) fn new(facts: &Facts, names: &mut Names) -> Statics {
        let mut statics = Statics {
            names: facts.strings.iter().map(|text| names.intern(text)).collect(),
            members: FxHashMap::default(),
            attributes: FxHashMap::default(),
            wrap: vec![0; facts.functions.len()],
            from_param: FxHashSet::default(),
            data: FxHashSet::default(),
            counts: FxHashMap::default(),
            imported: FxHashMap::default(),
            defined: vec![0; facts.slot_owner.len()],
            single: FxHashMap::default(),
            python: facts.language == Language::Python,
        };
        statics.read_members(facts);
        statics.read_definitions(facts);
        statics.read_imports(facts);
        statics.find_counts(facts);
        if !facts.language.is_jvm() {
            statics.find_wrappers(facts);
        }
        statics.find_data(facts);
        statics
    }

    fn read_members(&mut self, facts: &Facts) {
        self.attributes = facts.names.iter().map(|(sym, slot)| (self.names[sym.0 as usize], *slot)).collect();
        for (id, class) in facts.classes.iter().enumerate() {
            for member in &class.members {
                let fixed = member.place == MemberPlace::Static && !self.python;
                let key = (ClassId(id as u32), fixed, self.names[member.name.0 as usize]);
                self.members.entry(key).or_default().push((member.slot, member.accessor));
                self.define(member.slot, None);
            }
        }
    }

    fn read_definitions(&mut self, facts: &Facts) {
        for stmt in facts.functions.iter().flat_map(|function| &function.body) {
            let (slot, single) = match &stmt.op {
                Op::Copy { dst, src } => (*dst, Some(Single::Copy(*src))),
                Op::Const { dst, value } => (*dst, Some(Single::Known(self.known(value)))),
                Op::Closure { dst, .. } | Op::Class { dst, .. } => (*dst, Some(Single::Known(Known::Callable))),
                Op::Object { dst, kind: ObjectKind::Text | ObjectKind::Plain } => (*dst, None),
                Op::Object { dst, .. } => (*dst, Some(Single::Known(Known::Object))),
                Op::Load { dst, base, key: Key::Computed(key) } => (*dst, Some(Single::Load(*base, *key))),
                Op::Call { call } => (facts.calls[*call as usize].result, None),
                Op::Concat { dst, .. }
                | Op::Load { dst, .. }
                | Op::Import { dst, .. }
                | Op::Global { dst, .. }
                | Op::Iterate { dst, .. }
                | Op::Keys { dst, .. }
                | Op::Await { dst, .. }
                | Op::Narrow { dst, .. }
                | Op::Super { dst, .. } => (*dst, None),
                Op::Store { .. } | Op::Spread { .. } | Op::StoreGlobal { .. } | Op::Typed { .. } => continue,
            };
            self.define(slot, single);
        }
    }

    fn read_imports(&mut self, facts: &Facts) {
        for stmt in facts.functions.iter().flat_map(|function| &function.body) {
            if let Op::Import { dst, import } = &stmt.op
                && self.defined[dst.0 as usize] == 1
            {
                self.imported.insert(*dst, *import);
            }
        }
    }

    fn define(&mut self, slot: Slot, single: Option<Single>) {
        let count = &mut self.defined[slot.0 as usize];
        *count = count.saturating_add(1);
        match single {
            Some(single) if *count == 1 => {
                self.single.insert(slot, single);
            }
            _ => {
                self.single.remove(&slot);
            }
        }
    }

    pub(crate) fn known(&self, value: &Const) -> Known {
        match value {
            Const::Str(sym) => Known::Text(self.names[sym.0 as usize]),
            Const::Int(value) => Known::Int(*value),
            Const::Num(value) => Known::Num(*value),
            Const::Bool(value) => Known::Bool(*value),
            Const::Null => Known::Null,
            Const::Undefined => Known::Undefined,
        }
    }

    /// True when no statement writes the slot, so that a parameter holds its argument alone.
    pub(crate) fn unwritten(&self, slot: Slot) -> bool {
        self.defined[slot.0 as usize] == 0
    }

    /// The slot's value when known, or the unwritten slot that it copies.
    pub(crate) fn trace(&self, mut slot: Slot) -> Result<Known, Slot> {
        for _ in 0..8 {
            match self.single.get(&slot) {
                Some(Single::Known(known)) => return Ok(*known),
                Some(Single::Copy(src)) => slot = *src,
                _ => break,
            }
        }
        Err(slot)
    }

    /// For a value read by `base[key]` alone: base and key.
    pub(crate) fn read_by_key(&self, mut slot: Slot) -> Option<(Slot, Slot)> {
        for _ in 0..4 {
            match self.single.get(&slot) {
                Some(Single::Load(base, key)) => return Some((*base, *key)),
                Some(Single::Copy(src)) => slot = *src,
                _ => return None,
            }
        }
        None
    }

    /// True when two slots hold the same value.
    pub(crate) fn same(&self, a: Slot, b: Slot) -> bool {
        self.origin(a) == self.origin(b)
    }

    fn origin(&self, mut slot: Slot) -> Slot {
        for _ in 0..8 {
            match self.single.get(&slot) {
                Some(Single::Copy(src)) => slot = *src,
                _ => break,
            }
        }
        slot
    }

    fn find_counts(&mut self, facts: &Facts) {
        let owners =
            facts.functions.iter().enumerate().filter_map(|(id, f)| Some((f.arguments?, FunctionId(id as u32))));
        let owners: FxHashMap<Slot, FunctionId> = owners.collect();
        for stmt in facts.functions.iter().flat_map(|function| &function.body) {
            if let Op::Load { dst, base, key: Key::Named(name) } = &stmt.op
                && facts.text(*name) == "length"
                && let Some(owner) = owners.get(base)
            {
                self.counts.insert(*dst, *owner);
            }
        }
    }

    /// Tables of constants: their objects need not be told apart.
    fn find_data(&mut self, facts: &Facts) {
        for function in &facts.functions {
            let mut objects: FxHashSet<Slot> = FxHashSet::default();
            for stmt in &function.body {
                match &stmt.op {
                    Op::Object { dst, .. } => {
                        objects.insert(*dst);
                    }
                    Op::Store { base, src, .. } if !matches!(self.trace(*src), Ok(known) if known != Known::Callable) =>
                    {
                        objects.remove(base);
                    }
                    Op::Spread { dst, .. } => {
                        objects.remove(dst);
                    }
                    _ => {}
                }
            }
            if objects.len() > MANY_OBJECTS {
                self.data.extend(objects);
            }
        }
    }

    fn find_wrappers(&mut self, facts: &Facts) {
        let origin = param_origins(facts);
        self.from_param.extend(origin.keys().copied());
        if facts.language == Language::Go {
            return;
        }
        let sizes = sizes(facts);
        let mut makes_closures = vec![false; facts.functions.len()];
        for parent in facts.functions.iter().filter_map(|function| function.parent) {
            makes_closures[parent.0 as usize] = true;
        }
        let mut found = vec![false; facts.functions.len()];
        let mut mark = |slot: Slot| {
            for function in origin.get(&slot).into_iter().flatten() {
                found[function.0 as usize] = true;
            }
        };
        for function in &facts.functions {
            for stmt in &function.body {
                used_as_code(facts, &stmt.op, &mut mark);
            }
        }
        for guard in &facts.guards {
            if guard.any.iter().any(|test| !matches!(test, Test::Instance(_) | Test::NotInstance(_))) {
                mark(guard.slot);
            }
        }
        for owner in facts.guards.iter().filter_map(|guard| self.counts.get(&guard.slot)) {
            found[owner.0 as usize] = true;
        }
        let mut mark = |slot: Slot| {
            for function in origin.get(&slot).into_iter().flatten() {
                found[function.0 as usize] = true;
            }
        };
        for function in &facts.functions {
            mark(function.ret);
            function.yielded.iter().for_each(|slot| mark(*slot));
        }
        for (id, function) in facts.functions.iter().enumerate() {
            let receiver = usize::from(self.python && function.class.is_some());
            let tiny = sizes[id] <= TINY && function.params.len() > receiver && sizes[id] > 0;
            if function.kind != FunctionKind::Module && sizes[id] <= HUGE && (tiny || found[id]) {
                let most = if makes_closures[id] { MAX_FACTORY_CLONES } else { 64 };
                self.wrap[id] = (CLONED_STATEMENTS / sizes[id].max(1)).clamp(4, most) as u16;
            }
        }
    }
}

/// Statements of each function with its nested ones.
fn sizes(facts: &Facts) -> Vec<usize> {
    let mut sizes: Vec<usize> = facts.functions.iter().map(|function| function.body.len()).collect();
    for id in (0..facts.functions.len()).rev() {
        if let Some(FunctionId(parent)) = facts.functions[id].parent
            && (parent as usize) < id
        {
            sizes[parent as usize] += sizes[id];
        }
    }
    sizes
}

/// For each slot, the functions whose parameters it may hold a copy of.
fn param_origins(facts: &Facts) -> FxHashMap<Slot, Vec<FunctionId>> {
    let mut origin: FxHashMap<Slot, Vec<FunctionId>> = FxHashMap::default();
    for (id, function) in facts.functions.iter().enumerate() {
        let receiver = usize::from(function.class.is_some() && facts.language == Language::Python);
        let params = function.params.iter().skip(receiver).map(|param| param.slot).chain(function.arguments);
        params.for_each(|slot| origin.entry(slot).or_default().push(FunctionId(id as u32)));
    }
    for _ in 0..4 {
        let mut changed = false;
        for stmt in facts.functions.iter().flat_map(|function| &function.body) {
            if let Op::Copy { dst, src } | Op::Narrow { dst, src, .. } = &stmt.op
                && let Some(from) = origin.get(src).cloned()
            {
                let to = origin.entry(*dst).or_default();
                let before = to.len();
                for function in from {
                    if !to.contains(&function) {
                        to.push(function);
                    }
                }
                changed |= to.len() != before;
            }
        }
        if !changed {
            break;
        }
    }
    origin
}

/// Slots whose value decides which code runs, or which object is written.
fn used_as_code(facts: &Facts, op: &Op, mark: &mut dyn FnMut(Slot)) {
    match op {
        Op::Call { call } => {
            let call = &facts.calls[*call as usize];
            match call.callee {
                Callee::Value(slot) => mark(slot),
                Callee::Method { base, key: Key::Named(name) } => {
                    if matches!(facts.text(name), "call" | "apply" | "bind") {
                        mark(base);
                    }
                    if facts.text(name).starts_with("define") || facts.text(name) == "assign" {
                        call.args.iter().for_each(|arg| mark(arg.slot));
                    }
                }
                Callee::Method { key: Key::Computed(key), .. } => mark(key),
                Callee::Method { .. } => {}
            }
            let spread = call.args.iter().filter(|a| matches!(a.kind, ArgKind::Spread | ArgKind::KeywordSpread));
            spread.for_each(|arg| mark(arg.slot));
        }
        Op::Store { base, key: Key::Computed(key), .. } => {
            mark(*base);
            mark(*key);
        }
        Op::Load { key: Key::Computed(key), .. } => mark(*key),
        Op::Spread { dst, .. } => mark(*dst),
        _ => {}
    }
}

/// The parameter that a positional argument goes to.
pub(crate) fn position(params: &[faultline_facts::Param], at: usize) -> Option<(usize, bool)> {
    let mut seen = 0;
    for (index, param) in params.iter().enumerate() {
        match param.kind {
            ParamKind::Normal | ParamKind::PositionalOnly | ParamKind::Shared => {
                if seen == at {
                    return Some((index, false));
                }
                seen += 1;
            }
            ParamKind::Rest => return Some((index, true)),
            ParamKind::KeywordOnly | ParamKind::KeywordRest => {}
        }
    }
    None
}
