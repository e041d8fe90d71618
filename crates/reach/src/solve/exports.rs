//! Exported access paths of units: what `package.name` means.

use std::collections::{BTreeMap, VecDeque};

use faultline_facts::Language;
use rustc_hash::FxHashSet;

use super::{Mod, Solver, Tok, Token};
use crate::{
    FunctionRef, UnitId,
    link::{Loader, Target},
    names::Name,
};

/// Length of access paths.
const MAX_DEPTH: u32 = 3;
/// Values of one property above which its name says nothing.
const MAX_VALUES: usize = 16;
/// Properties that are looked at for one module.
const MAX_STEPS: usize = 20_000;

/// Unit and access path → functions.
pub(crate) type Exports = BTreeMap<(UnitId, String), Vec<FunctionRef>>;

impl Solver<'_> {
    /// Access paths from the main module of every npm unit, and from every module of Python units.
    pub(crate) fn export_paths(&mut self, wanted: &dyn Fn(UnitId) -> bool) -> Exports {
        let mut out = Exports::new();
        for id in 0..self.linker.program.units.len() {
            let unit = UnitId(id as u32);
            if !wanted(unit) {
                continue;
            }
            for target in self.linker.in_unit(unit, "", Loader::Any) {
                if let Target::Module(module) = target
                    && self.facts(module).language != Language::Python
                {
                    let values = self.export_values(module);
                    self.walk(unit, "", values, &mut out);
                }
            }
        }
        self.python_exports(wanted, &mut out);
        for functions in out.values_mut() {
            functions.sort_unstable();
            functions.dedup();
        }
        out
    }

    fn export_values(&mut self, module: Mod) -> Vec<Tok> {
        if self.module_inst[module.0 as usize].is_none() {
            return Vec::new();
        }
        if matches!(self.facts(module).kind, faultline_facts::ModuleKind::Esm) {
            return vec![self.tokens.intern(Token::Module(module))];
        }
        let object = self.tokens.intern(Token::CommonJs(module));
        let node = self.field(object, Name::EXPORTS);
        self.store.tokens(node).iter().map(|tok| Tok(*tok)).collect()
    }

    fn python_exports(&mut self, wanted: &dyn Fn(UnitId) -> bool, out: &mut Exports) {
        for id in 0..self.linker.modules.len() {
            let module = Mod(id as u32);
            if !self.is_python(module) || self.module_inst[id].is_none() {
                continue;
            }
            let unit = self.linker.info(module).at.unit;
            if !wanted(unit) {
                continue;
            }
            let name = crate::naming::module_name(&self.linker, module);
            let token = self.tokens.intern(Token::Module(module));
            self.walk(unit, &name, vec![token], out);
        }
    }

    /// Breadth first, so that the shortest path of every object is taken; functions keep all their names.
    fn walk(&mut self, unit: UnitId, prefix: &str, values: Vec<Tok>, out: &mut Exports) {
        let mut seen: FxHashSet<Tok> = FxHashSet::default();
        let mut queue: VecDeque<(String, Tok, u32)> = VecDeque::new();
        queue.extend(values.into_iter().map(|value| (prefix.to_owned(), value, 0)));
        let mut steps = 0;
        while let Some((path, value, depth)) = queue.pop_front() {
            if let Token::Function { func, .. } = self.tokens.get(value) {
                out.entry((unit, path.clone())).or_default().push(FunctionRef(func.0));
            }
            if depth >= MAX_DEPTH || !seen.insert(value) || !self.exports_fields(value, depth) {
                continue;
            }
            for (name, tokens) in self.named_values(value) {
                steps += 1;
                if steps > MAX_STEPS {
                    return;
                }
                let inner = self.inner_path(&path, name);
                queue.extend(tokens.into_iter().map(|token| (inner.clone(), token, depth + 1)));
            }
        }
    }

    /// Own properties that have names, and those of the prototype.
    fn named_values(&mut self, value: Tok) -> Vec<(Name, Vec<Tok>)> {
        let mut fields = self.written(value);
        if let Token::Function { .. } | Token::Class { .. } = self.tokens.get(value) {
            let prototype = self.tokens.intern(Token::Prototype(value));
            if self.object_of.contains_key(&prototype) {
                fields.extend(self.written(prototype));
            }
        }
        let mut found = Vec::new();
        for (name, node) in fields {
            let tokens = self.store.tokens(node);
            if tokens.len() <= MAX_VALUES && !self.names.text(name).starts_with(['@', '\'', '[']) {
                found.push((name, tokens.iter().map(|tok| self.unwrapped(Tok(*tok))).collect()));
            }
        }
        found
    }

    fn inner_path(&self, path: &str, name: Name) -> String {
        let text = self.names.text(name);
        match (path.is_empty(), name == Name::PROTOTYPE || name == Name::EXPORTS) {
            (_, true) => path.to_owned(),
            (true, false) => text.to_owned(),
            (false, false) => format!("{path}.{text}"),
        }
    }

    fn unwrapped(&self, tok: Tok) -> Tok {
        match self.tokens.get(tok) {
            Token::Getter(inner) | Token::Setter(inner) => inner,
            Token::Bound { func, .. } => func,
            _ => tok,
        }
    }

    /// Modules inside modules are exports of their own unit, so the walk does not enter them.
    fn exports_fields(&self, value: Tok, depth: u32) -> bool {
        match self.tokens.get(value) {
            Token::Module(_) => depth == 0,
            token => matches!(
                token,
                Token::Class { .. }
                    | Token::Exports(_)
                    | Token::Object { .. }
                    | Token::Function { .. }
                    | Token::Prototype(_)
            ),
        }
    }
}
